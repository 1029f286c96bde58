"""What stands before MiniStack's HTTP interface: who may call at all, and the paths that are the local stack's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ministack import app as ministack
from ministack.services import s3

from local.aws import alarms, recursion, throttling
from local.aws.work import stopping

Scope = dict[str, Any]

API = "/_aws/execute-api/"
LOOPBACK = ("127.0.0.1", "localhost")


async def app(scope: Scope, receive: Any, send: Any) -> None:
    """MiniStack for this machine's programs. While the stack stops, Paceline's API takes no more calls."""
    if scope["type"] != "http":
        await ministack.app(scope, receive, send)
        return
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    refused = foreign(scope, headers)
    if refused:
        await answer(send, 403, refused)
    elif scope["path"].startswith(throttling.PATH):
        await throttle(scope, send)
    elif scope["path"] == alarms.PATH:
        await answer(send, *alarms.answer(query(scope, "speed")))
    elif stopping.is_set() and scope["path"].startswith(API):
        await answer(send, 503, "")
    else:
        recursion.received.set(headers.get("x-amzn-trace-id"))
        await ministack.app(scope, receive, send)


def foreign(scope: Scope, headers: dict[str, str]) -> str | None:
    """Why a request is refused that a web page may have sent, or nothing.

    Whoever reaches this port can read every secret of the stack and run code as its functions. So a page that has
    its own name point at this machine is refused by `Host`, and one of another origin by `Origin`: but at the API,
    which answers for its own `AllowedOrigins`, and at a bucket whose CORS configuration names the origin.
    """
    if not local(f"//{headers.get('host', '')}"):
        return f"This stack answers at {' and '.join(LOOPBACK)} only."
    origin = headers.get("origin")
    if origin is None or local(origin) or scope["path"].startswith(API) or in_bucket_cors(scope, headers):
        return None
    return "This stack takes no calls from web pages of other origins."


def local(address: str) -> bool:
    """Whether an address names this machine."""
    try:
        return urlsplit(address).hostname in LOOPBACK
    except ValueError:
        return False


def in_bucket_cors(scope: Scope, headers: dict[str, str]) -> bool:
    """Whether the path is a bucket's, and the bucket's own rules allow the origin."""
    bucket = scope["path"].lstrip("/").partition("/")[0]
    method = headers.get("access-control-request-method", scope["method"])
    return bool(s3._bucket_owner_account(bucket) and s3.cors_response_headers(bucket, method, headers))


async def throttle(scope: Scope, send: Any) -> None:
    """Makes something refuse for a while; see `throttling.py`."""
    kind, _, name = scope["path"].removeprefix(throttling.PATH).partition("/")
    seconds = query(scope, "seconds")
    if scope["method"] != "PUT":
        await answer(send, 405, "Only PUT is answered here.")
        return
    wrong = throttling.set_throttle(kind, name, seconds)
    await answer(send, 400 if wrong else 204, wrong or "")


def query(scope: Scope, name: str) -> str:
    """A parameter of the address, or an empty text."""
    return parse_qs(scope["query_string"].decode()).get(name, [""])[-1]


async def answer(send: Any, status: int, text: str) -> None:
    """Answers with a text."""
    await send({"type": "http.response.start", "status": status, "headers": list(_headers(text))})
    await send({"type": "http.response.body", "body": text.encode()})


def _headers(text: str) -> Iterable[tuple[bytes, bytes]]:
    yield b"content-length", str(len(text.encode())).encode()
    if text:
        yield b"content-type", b"text/plain; charset=utf-8"
