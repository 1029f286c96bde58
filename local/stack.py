"""The local stack: starts it, deploys into it, shows it, ends it. `make run` and its neighbours call this.

up       build, start, deploy, create the demo accounts, send a message and follow it
down     end it and keep its state
logs     follow its log
status   whether it runs, and where
wipe     end it and forget its state
package  build the release binaries and zip them, as they are deployed to AWS
"""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from local import demo, deploy, expand, parameters, process
from local.settings import PROFILE, ROOT, Progress, Settings, fail

READY = """
Paceline runs.

  base URL  {baseUrl}
  API key   {apiKey}
  session   {sessionId}  (sandbox: it sends nowhere, and answers like a phone)
  all of it {file}

Send a message:

  curl -sS '{baseUrl}/messages/send' -H 'X-API-Key: {apiKey}' -H 'Content-Type: application/json' \\
    -d '{{"sessionId":"{sessionId}","to":"+4915155501234","message":"Hello"}}'

Look at one, here at the message above (the jobId of an answer is the message's id):

  curl -sS '{baseUrl}/messages/{message}' -H 'X-API-Key: {apiKey}'

Next: make logs{variables} follows the log, make stop{variables} ends it (its state is kept).
"""


def up(settings: Settings, message: bool) -> None:
    """Everything from the sources to a running stack with accounts in it."""
    progress = Progress()
    template = _template(settings)
    process.check_port(settings)
    progress.say("building the functions")
    deploy.build(deploy.functions(template).values(), PROFILE)
    started = process.start(settings)
    progress.say(f"MiniStack {'started' if started else 'already runs'} on port {settings.port}, log {settings.log}")
    deploy.deploy(settings, template, progress.say)
    demo.set_login_client(settings)
    about = demo.write_stack_json(settings, _template(settings), progress.say)
    progress.say(f"ready: {settings.stack_json}")
    if message:
        sent = demo.send_and_follow(about, progress.say)
        print(READY.format(**about, message=sent, file=settings.stack_json, variables=settings.make_variables))


def down(settings: Settings) -> None:
    """Ends the stack."""
    if not process.stop(settings):
        print(f"No stack runs in {settings.folder}.")
        return
    _check_nothing_left(settings)
    print(f"Stopped. The state is kept; make run{settings.make_variables} continues with it.")


def logs(settings: Settings) -> None:
    """Follows the log until interrupted."""
    if not settings.log.exists():
        fail(f"There is no log in {settings.folder} yet; start a stack: make run{settings.make_variables}")
    os.execvp("tail", ["tail", "-n", "100", "-F", str(settings.log)])


def status(settings: Settings) -> None:
    """Prints whether the stack runs. Fails when it does not, for scripts."""
    found = process.running(settings)
    if found is None:
        fail(f"No stack runs in {settings.folder}; start one: make run{settings.make_variables}")
    answers = process.healthy(settings)
    print(f"MiniStack: port {found.port}, process {found.pid}, {'answers' if answers else 'DOES NOT ANSWER'}")
    stack = deploy.describe(settings) if answers else None
    print(f"Stack {settings.name}: {stack['StackStatus'] if stack else 'not deployed'}")
    functions = [command for command in process.processes_left(settings) if command.endswith("/bootstrap")]
    print(f"Function processes: {len(functions)}")
    if settings.stack_json.exists():
        print(f"API: {json.loads(settings.stack_json.read_text())['baseUrl']}")


def wipe(settings: Settings) -> None:
    """Ends the stack and forgets its state. The log stays, to look at what went wrong."""
    process.stop(settings, keep=False)
    _check_nothing_left(settings)
    print(f"Forgot the state in {settings.folder}.")


def package(settings: Settings) -> None:
    """Zips the release binaries and prints their sizes."""
    binaries = sorted(deploy.functions(_template(settings)).values())
    deploy.build(binaries, "release")
    folder = settings.folder / "package"
    folder.mkdir(parents=True, exist_ok=True)
    for binary in binaries:
        packed = deploy.package(settings.target / "release" / binary, level=9)
        (folder / f"{binary}.zip").write_bytes(packed)
        print(f"{len(packed) / 1e6:6.2f} MB  {folder / binary}.zip")


def _check_nothing_left(settings: Settings) -> None:
    left = process.processes_left(settings)
    if left:
        fail(f"These processes were left behind: {left}")


def _template(settings: Settings) -> dict[str, Any]:
    """The template, once the given parameters are known to fit it."""
    template = expand.read(deploy.TEMPLATE.read_text())
    try:
        parameters.in_force(template, settings.params)
    except parameters.ParameterError as error:
        fail(str(error))
    return template


def _settings(arguments: argparse.Namespace) -> Settings:
    folder = (ROOT / arguments.dir).resolve()
    try:
        params = parameters.parse(arguments.params)
    except (parameters.ParameterError, ValueError) as error:
        fail(str(error))
    port = arguments.port
    if port is None:
        found = process.running(Settings(folder, 0))
        port = found.port if found else 4566
    settings = Settings(folder, port or process.free_port(), arguments.stack, params, arguments.concurrency)
    params.setdefault("ApiUrl", settings.base_url)
    return settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["up", "down", "logs", "status", "wipe", "package"])
    parser.add_argument("--dir", default=".local", help="where state and logs live (default: .local)")
    parser.add_argument("--port", type=int, help="default: that of the running stack, or 4566; 0 takes a free one")
    parser.add_argument("--stack", default="paceline", help="name of the CloudFormation stack")
    parser.add_argument("--params", default="", help="template parameters: 'Name=value Other=value'")
    parser.add_argument("--concurrency", type=int, help="executions that all functions share, such as 10 in a new account")
    parser.add_argument("--no-message", action="store_true", help="send no demo message")
    return parser.parse_args()


def main() -> None:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        os.environ.pop(name, None)  # a profile of the developer's that boto3 would insist on finding
    arguments = _arguments()
    settings = _settings(arguments)
    match arguments.command:
        case "up":
            up(settings, not arguments.no_message)
        case "down":
            down(settings)
        case "logs":
            logs(settings)
        case "status":
            status(settings)
        case "wipe":
            wipe(settings)
        case "package":
            package(settings)


if __name__ == "__main__":
    main()
