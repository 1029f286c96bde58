"""The stack's secret, on any stack, local or on AWS: exchanging it, and what the stack shows to its OpenID provider.

    make secret ARGS=stage                     the local stack
    .local/venv/bin/python -m ops.secret_cli --stack paceline stage           AWS, credentials from the environment

An exchange is two commands. `stage` makes the next secret, which from then on is accepted; `use` makes everything new with
it. Both restart the functions, since each of them reads the secret when it starts. The secrets of before stay accepted.
"""

from __future__ import annotations

import argparse
import getpass
import json
import secrets
import string
import sys
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ops import access
from ops.access import Access

SECRET_CHARS = 64
RESTART_SECONDS = 60

Document = dict[str, Any]


class SecretError(Exception):
    """The command makes no sense for this secret; the text is for a person."""


def parse(text: str) -> Document:
    """The secret as a document; at first it is the bare text that CloudFormation has made."""
    return json.loads(text) if text.lstrip().startswith("{") else {"current": text}


def stage(secret: Document) -> Document:
    """The secret with a next one, which is accepted from now on."""
    if "next" in secret:
        raise SecretError("There is a next secret already; `use` it.")
    return secret | {"next": "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(SECRET_CHARS))}


def use(secret: Document) -> Document:
    """The secret with `next` in use as `current`; the previous one is still accepted."""
    if "next" not in secret:
        raise SecretError("There is no next secret; `stage` one first.")
    rest = {name: value for name, value in secret.items() if name != "next"}
    return rest | {"current": secret["next"], "older": [secret["current"], *secret.get("older", [])]}


def set_login_client(secret: Document, value: str) -> Document:
    """The secret with what the stack shows to its OpenID provider."""
    return secret | {"loginClient": value}


class Stack:
    """A deployed stack: its secret and its functions."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._secrets = access.client("secretsmanager")
        self._lambda = access.client("lambda")

    def read(self) -> Document:
        """The secret."""
        return parse(self._secrets.get_secret_value(SecretId=self._arn())["SecretString"])

    def write(self, secret: Document) -> None:
        """Stores the secret; Secrets Manager keeps the version of before."""
        self._secrets.put_secret_value(SecretId=self._arn(), SecretString=json.dumps(secret))

    def restart(self, why: str) -> None:
        """Makes every function start again, and waits until all of them have the change."""
        functions = self._functions()
        for function in functions:
            about = self._lambda.get_function_configuration(FunctionName=function)
            # Another environment makes Lambda start new processes; nothing reads this variable.
            variables = about.get("Environment", {}).get("Variables", {}) | {"SECRET_CHANGED": why}
            self._lambda.update_function_configuration(FunctionName=function, Environment={"Variables": variables})
        deadline = time.monotonic() + RESTART_SECONDS
        while any(not self._is_up_to_date(function) for function in functions):
            if time.monotonic() > deadline:
                raise SecretError(f"The functions have not restarted within {RESTART_SECONDS} s; look at them, then: restart")
            time.sleep(0.5)

    def _is_up_to_date(self, function: str) -> bool:
        about = self._lambda.get_function_configuration(FunctionName=function)
        return about.get("LastUpdateStatus", "Successful") == "Successful"

    def _arn(self) -> str:
        return self._access.outputs()["SecretArn"]

    def _functions(self) -> list[str]:
        cloudformation = self._access.client("cloudformation")
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=self._access.stack)
        resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        kind = "AWS::Lambda::Function"
        return [resource["PhysicalResourceId"] for resource in resources if resource["ResourceType"] == kind]


def run(stack: Stack, command: str) -> str:
    """Carries a command out, and says what comes next."""
    secret = stack.read()
    match command:
        case "stage":
            # Again after one that could not restart all functions: the next secret stays.
            if "next" not in secret:
                stack.write(stage(secret))
            done = "Every function accepts the next secret. Give invocations that still run 15 minutes, then: use"
        case "use":
            stack.write(use(secret))
            done = "Everything new is made with the new secret; what was made before still holds."
        case "restart":
            done = "All functions have read the secret anew."
        case _:
            value = sys.stdin.readline().strip() if not sys.stdin.isatty() else getpass.getpass("client secret: ")
            if not value:
                raise SecretError("Give the client's secret on standard input.")
            stack.write(set_login_client(secret, value))
            done = "The stack shows the new client secret to its OpenID provider."
    stack.restart(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {command}")
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    access.add_arguments(parser)
    parser.add_argument("command", choices=["stage", "use", "restart", "set-login-client"])
    arguments = parser.parse_args()
    try:
        print(run(Stack(access.chosen(arguments)), arguments.command))
    except (SecretError, ClientError, BotoCoreError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
