"""Lambda's quotas of payloads and environments.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import json
from typing import Any

import ministack.services.lambda_svc as lambdas
from ministack.core.responses import error_response_json

from local.aws import provisioning

Record = dict[str, Any]

SYNCHRONOUS_BYTES = 6_291_456
"""6 MB for a request and for a response of a synchronous invocation; the same for the batches of a mapping."""

ASYNCHRONOUS_BYTES = 1_048_576
"""1 MB for an event; it was 256 KB until October 2025."""

ENVIRONMENT_BYTES = 4_096
"""4 KB for all variables of a function together."""


def apply() -> None:
    """Applies the changes of this module."""
    limit_requests()
    limit_results()
    limit_environments()


def limit_requests() -> None:
    """Refuses an Invoke request that is too large.

    https://docs.aws.amazon.com/lambda/latest/dg/API_Invoke.html
    """
    invoke = lambdas._invoke

    async def invoke_checked(name: str, event: Any, headers: Record, *args: Any, **kwargs: Any) -> Any:
        asynchronous = headers.get("x-amz-invocation-type") == "Event"
        most = ASYNCHRONOUS_BYTES if asynchronous else SYNCHRONOUS_BYTES
        if size(event) > most:
            kind = "Event" if asynchronous else "RequestResponse"
            text = f"{size(event)} byte payload is too large for the {kind} invocation type (limit {most} bytes)"
            return error_response_json("RequestTooLargeException", text, 413)
        return await invoke(name, event, headers, *args, **kwargs)

    lambdas._invoke = invoke_checked


def limit_results() -> None:
    """A result that is too large is an error of the function.

    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
    """
    execute = lambdas._execute_function_dispatch

    def execute_checked(*args: Any) -> Record:
        result: Record = execute(*args)
        if result.get("error") or size(result.get("body")) <= SYNCHRONOUS_BYTES:
            return result
        text = f"Response payload size exceeded maximum allowed payload size ({SYNCHRONOUS_BYTES} bytes)."
        error = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": text}
        return {"error": True, "body": error, "log": result.get("log", "")}

    lambdas._execute_function_dispatch = execute_checked


def limit_environments() -> None:
    """Refuses variables of more than 4 KB, from the API and from a template.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    create, update = lambdas._create_function, lambdas._update_config

    def create_checked(data: Record, *args: Any, **kwargs: Any) -> Any:
        return refused(data) or create(data, *args, **kwargs)

    def update_checked(name: str, data: Record, *args: Any, **kwargs: Any) -> Any:
        return refused(data) or update(name, data, *args, **kwargs)

    def check(properties: Record) -> None:
        if refused(properties):
            raise ValueError(TOO_MANY_VARIABLES)

    lambdas._create_function, lambdas._update_config = create_checked, update_checked
    provisioning.before("AWS::Lambda::Function", check)


TOO_MANY_VARIABLES = (
    "Lambda was unable to configure your environment variables because the environment variables you have "
    "provided exceeded the 4KB limit."
)


def refused(data: Record) -> Any:
    """Lambda's refusal of a configuration's variables, or nothing."""
    variables = (data.get("Environment") or {}).get("Variables") or {}
    if size(variables) <= ENVIRONMENT_BYTES:
        return None
    return error_response_json("InvalidParameterValueException", TOO_MANY_VARIABLES, 400)


def size(value: object) -> int:
    """The bytes of a value as JSON."""
    if isinstance(value, bytes):
        return len(value)
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str).encode())
