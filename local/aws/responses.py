"""What an HTTP API answers in its own name: too large, too slow, throttled, failed.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import ministack.services.lambda_svc as lambdas
from ministack.services import apigateway

from local.aws import functions

Record = dict[str, Any]

BODY_BYTES = 10_485_760
LONGEST_SECONDS = 30.0


def apply() -> None:
    """Applies the changes of this module."""
    answer_failures()
    limit_requests()


def answer_failures() -> None:
    """A throttled function is 503, one that failed or ran into its time-out is 500, without a word of why."""
    convert = lambdas.lambda_execute_result_to_api_proxy_response

    def convert_failures(result: Record) -> tuple[Record | None, str | None]:
        if result.get("throttle"):
            return _message(503, "Service Unavailable"), None
        if result.get("error"):
            return _message(500, "Internal Server Error"), None
        converted: tuple[Record | None, str | None] = convert(result)
        return converted

    lambdas.lambda_execute_result_to_api_proxy_response = convert_failures


def limit_requests() -> None:
    """Refuses bodies of more than 10 MB, and those that Lambda would refuse; waits 30 s for the function.

    That a body between the two limits is refused is documented, with which status is not; here it is the same.
    """
    invoke = apigateway._invoke_lambda_proxy

    async def invoke_checked(
        integration: Record,
        api: str,
        stage: str,
        path: str,
        method: str,
        headers: Record,
        body: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        if event_size(headers, body) > functions.SYNCHRONOUS_BYTES or len(body or b"") > BODY_BYTES:
            return _answer(413, "Request Entity Too Large")
        call = asyncio.ensure_future(invoke(integration, api, stage, path, method, headers, body, *args, **kwargs))
        seconds = min(LONGEST_SECONDS, int(integration.get("timeoutInMillis") or 30_000) / 1000)
        done, _ = await asyncio.wait([call], timeout=seconds)
        return call.result() if done else _answer(503, "Service Unavailable")

    apigateway._invoke_lambda_proxy = invoke_checked


def event_size(headers: Record, body: bytes | None) -> int:
    """The bytes of the event, as far as the caller makes them: what is no text goes in base64."""
    if body and apigateway._v2_request_body_is_text(headers.get("content-type")):
        return functions.size(headers) + functions.size(body.decode(errors="replace"))
    return functions.size(headers) + len(body or b"") * 4 // 3


def _message(status: int, text: str) -> Record:
    body = json.dumps({"message": text})
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": body}


def _answer(status: int, text: str) -> tuple[int, Record, bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps({"message": text}).encode()
