"""The operator's commands on any stack, local or on AWS: accounts, API keys, sessions, tokens, counting and sealing again.

    make operator ARGS='create-account --name Acme'                          the local stack
    .local/venv/bin/python -m ops.operator_cli --stack paceline \\
        create-api-key --account-id … --name server                          AWS, credentials from the environment

A thin way to call the stack's `operator` function, which does the work; `aws lambda invoke` does the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ops import access

Answer = dict[str, Any]


class OperatorError(Exception):
    """The operator function refused or failed; the text is for a person."""


def call(client: Any, stack: str, command: str, **arguments: Any) -> Answer:
    """Invokes `<stack>-operator` and returns its answer. `client` is a boto3 Lambda client."""
    payload = json.dumps({"command": command} | arguments)
    try:
        answer = client.invoke(FunctionName=f"{stack}-operator", Payload=payload.encode())
    except (ClientError, BotoCoreError) as error:
        raise OperatorError(f"{stack}-operator could not be called: {error}") from error
    body = json.loads(answer["Payload"].read() or "null")
    if "FunctionError" in answer or not isinstance(body, dict):
        raise OperatorError(f"{stack}-operator failed at {command}: {json.dumps(body)}")
    if _is_problem(body):
        errors = "".join(
            f"\n  {item.get('pointer', '')}: {item.get('detail', '')}" for item in body.get("errors") or []
        )
        raise OperatorError(f"{command}: {body.get('code')}: {body.get('detail')}{errors}")
    return body


def _is_problem(body: Answer) -> bool:
    status = body.get("status")
    return isinstance(status, int) and status >= 400


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Accounts, API keys, sessions and tokens of a stack; counting and sealing anew.")
    access.add_arguments(parser)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    account = commands.add_parser("create-account", help="a new account")
    account.add_argument("--name", required=True)

    key = commands.add_parser("create-api-key", help="a new key of an account; it is shown only this once")
    key.add_argument("--account-id", required=True, dest="accountId")
    key.add_argument("--name", required=True)

    session = commands.add_parser("create-session", help="a new WhatsApp session of an account")
    session.add_argument("--account-id", required=True, dest="accountId")
    session.add_argument("--name", required=True)
    session.add_argument(
        "--provider", type=_json, default={"kind": "sandbox"}, help='JSON (default: {"kind": "sandbox"})'
    )
    session.add_argument("--limits", type=_json, help='JSON, such as {"dailyMax": 200, "timeZone": "Europe/Berlin"}')

    recount = commands.add_parser("recount", help="count what there is of an account's messages anew")
    recount.add_argument("--account-id", required=True, dest="accountId")

    commands.add_parser("reseal", help="store all sessions' secrets anew, under the stack's secret of now")

    token = commands.add_parser("issue-token", help="a JWT of an account")
    token.add_argument("--account-id", required=True, dest="accountId")
    token.add_argument("--expires-in-seconds", type=int, default=86_400, dest="expiresInSeconds")
    return parser


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {text} (has the shell taken the quotes?)") from error


def main() -> None:
    parsed = _parser().parse_args()
    arguments = {name: value for name, value in vars(parsed).items() if name not in access.ARGUMENTS}
    stack = access.chosen(parsed)
    # As long as the function may take; and once, since a command whose answer was lost may have been carried out.
    patient = Config(read_timeout=900, retries={"total_max_attempts": 1})
    try:
        answer = call(stack.client("lambda", config=patient), stack.stack, **arguments)
    except (OperatorError, BotoCoreError) as error:
        sys.exit(str(error))
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
