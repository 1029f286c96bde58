"""Tries on AWS what the local stack cannot tell: deploys a stack of its own, uses it, looks, and removes all of it again.

    make aws-check                              AWS, credentials from the environment; asks before it begins
    make aws-check LOCAL=.local                 the same steps on a running local stack, which stays
    make aws-check ARGS='--remove paceline-check-0a1b2c'    what an interrupted run has left

Prints a table of assumptions and what was seen, and after a run on AWS writes docs/AWS_CHECK.md.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError

from local.settings import ROOT, Progress
from ops import access, operator_cli
from ops.access import Access
from ops.check import cost, deployment, platform, steps
from ops.check.cost import Sizes
from ops.check.run import Check
from ops.check.table import Row, Step, Verdict, document, markdown, run_all
from ops.check.watcher import AwsWatcher, LocalWatcher, Watcher

DOCUMENT = ROOT / "docs" / "AWS_CHECK.md"
# Those about the whole come last, when everything has been used.
STEPS: list[Step] = [*steps.STEPS, *platform.STEPS]
Say = Callable[[str], None]


class CheckError(Exception):
    """The check cannot be run like this; the text is for a person."""


def look(stack: Access, sizes: Sizes, watcher: Watcher, say: Say) -> list[Row]:
    """Runs all steps against a deployed stack."""
    return run_all(STEPS, Check(stack, sizes, watcher), say)


def on_aws(stack: Access, sizes: Sizes, is_sure: bool, say: Say) -> list[Row]:
    """Deploys a stack, checks it, and removes it in every case."""
    stack = replace(stack, stack=deployment.new_name())
    missing = deployment.missing_tools()
    if missing:
        raise CheckError(f"Not found: {', '.join(missing)}. README.md, \"Deploy to AWS\", says how to get them.")
    quota = _begin(stack, sizes, is_sure)
    template = deployment.build()
    try:
        say(f"deploying {stack.stack}; after an accident: make aws-check ARGS='--remove {stack.stack}'")
        deployment.deploy(stack, template, quota)
        rows = look(stack, sizes, AwsWatcher(stack), say)
        # Before the removal, which may fail.
        tell(rows)
        write(rows, f"region {region_of(stack)}", sizes)
        return rows
    finally:
        remove(stack, say)


def _begin(stack: Access, sizes: Sizes, is_sure: bool) -> int:
    """Says what will be done and what it costs, and asks. Returns the account's quota of executions."""
    identity = stack.client("sts").get_caller_identity()
    quota = stack.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    print(cost.bill(sizes))
    print(f"Account {identity['Account']}, {region_of(stack)}, {quota} executions at a time, stack {stack.stack}.")
    if cost.total(sizes) > cost.LIMIT:
        raise CheckError(f"That is more than ${cost.LIMIT:.2f}; take smaller sizes.")
    if not is_sure and input("Deploy it, and remove it afterwards? [y/N] ").strip().lower() != "y":
        raise CheckError("Nothing was done.")
    return int(quota)


def remove(stack: Access, say: Say) -> None:
    """Removes everything; a second Ctrl-C does not stop it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: say("everything is being removed; please wait"))
    left = deployment.Removal(stack, say).run()
    if left:
        print("\nLEFT BEHIND, and it costs money:\n  " + "\n  ".join(left))
        print(f"Try again: make aws-check ARGS='--remove {stack.stack}'")
        raise CheckError("Not everything could be removed.")
    say("everything is removed")


def on_local(folder: Path, sizes: Sizes, writes: bool, say: Say) -> list[Row]:
    """Checks a running local stack, and leaves it as it is."""
    rows = look(access.of_folder(folder), sizes, LocalWatcher(folder / "logs" / "stack.log"), say)
    tell(rows)
    if writes:
        write(rows, "the local stack", sizes)
    return rows


def region_of(stack: Access) -> str:
    """Where it is."""
    return str(stack.client("lambda").meta.region_name)


def tell(rows: list[Row]) -> None:
    """Prints the table."""
    print(f"\n{markdown(rows)}\n", flush=True)


def write(rows: list[Row], where: str, sizes: Sizes) -> None:
    """Writes the document."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    about = (
        f"{sizes.recipients:,} recipients over {sizes.sessions} sessions, "
        f"{sizes.sends:,} sent, {sizes.cancels:,} cancelled, all with the sandbox provider."
    )
    DOCUMENT.write_text(document(rows, where, commit, time.strftime("%Y-%m-%d", time.gmtime()), about))
    print(f"written: {DOCUMENT.relative_to(ROOT)}", flush=True)


def main() -> None:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, _interrupt)
    say = Progress().say
    try:
        rows = _run(arguments, say)
    except (CheckError, deployment.DeploymentError, operator_cli.OperatorError, ClientError, BotoCoreError) as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit("interrupted")
    if any(row.seen.verdict is Verdict.DIFFERS for row in rows):
        sys.exit(1)


def _run(arguments: argparse.Namespace, say: Say) -> list[Row]:
    stack = Access("", arguments.endpoint, arguments.region)
    if arguments.remove:
        remove(replace(stack, stack=arguments.remove), say)
        return []
    sizes = _sizes(arguments)
    if arguments.local:
        return on_local(Path(arguments.local), sizes, arguments.write, say)
    return on_aws(stack, sizes, arguments.yes, say)


def _sizes(arguments: argparse.Namespace) -> Sizes:
    sizes = Sizes(arguments.recipients, arguments.sessions, arguments.sends, arguments.cancels)
    if not 4 <= sizes.sessions <= 100:
        raise CheckError("--sessions is 4 to 100: an account has no more.")
    if sizes.sends < 10 or sizes.cancels < 1 or sizes.recipients < sizes.cancels * 2 + sizes.sessions:
        raise CheckError("--sends is 10 or more, --recipients twice --cancels and --sessions or more.")
    return sizes


def _arguments() -> argparse.Namespace:
    sizes = Sizes()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--local", metavar="DIR", help="the running local stack of this folder, in place of AWS")
    parser.add_argument("--region", help="default: the environment's")
    parser.add_argument("--endpoint", help=argparse.SUPPRESS)
    parser.add_argument("--recipients", type=int, default=sizes.recipients, help="how many are stored (default: 20000)")
    parser.add_argument("--sessions", type=int, default=sizes.sessions, help="over how many sessions (default: 100)")
    parser.add_argument("--sends", type=int, default=sizes.sends, help="how many messages are sent (default: 600)")
    parser.add_argument("--cancels", type=int, default=sizes.cancels, help="how many are cancelled (default: 2500)")
    parser.add_argument("--write", action="store_true", help="write docs/AWS_CHECK.md after a local run, too")
    parser.add_argument("--yes", action="store_true", help="do not ask before the deployment")
    parser.add_argument("--remove", metavar="STACK", help="remove what an interrupted run has left, and do nothing else")
    return parser.parse_args()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    # Ends through the `finally` above, so that the stack is removed.
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
