"""Calls every route once, with a request that reaches all that the function behind it may do."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from ops.check.api import Answer, Api, Json

BASE = "/api/v1"
PHONE = "+16505551234"
APP_SECRET, VERIFY_TOKEN = "app-secret-of-the-check", "verify-token-of-the-check"
CLOUD_API: Json = {
    "kind": "cloud_api",
    "phoneNumberId": "1",
    "accessToken": "none",
    "appSecret": APP_SECRET,
    "verifyToken": VERIFY_TOKEN,
}
BOUNDARY = "part-of-the-check"


def routes_of(template: Any) -> set[str]:
    """The routes of a template, such as `GET /messages/{id}`; all but the default one."""
    functions = [item["Properties"] for item in template["Resources"].values() if item["Type"] == "AWS::Serverless::Function"]
    events = [event for function in functions for event in function.get("Events", {}).values()]
    routes = [event["Properties"] for event in events if event["Type"] == "HttpApi"]
    return {f"{route['Method']} {route['Path'].removeprefix(BASE)}" for route in routes if "Path" in route}


@dataclass
class Calls:
    """The calls made so far."""

    api: Api
    seconds: dict[str, float] = field(default_factory=dict)
    """How long the first call of each route took."""
    wrong: list[str] = field(default_factory=list)
    """The routes that answered something unexpected."""

    def make(self, route: str, expected: tuple[int, ...], body: Json | bytes | None = None, **given: Any) -> Json:
        """Calls a route, and notes its answer. `given` has the ids in its path, and `query`, `token` and `headers`."""
        method, path = route.split(" ")
        for name in ("id", "provider", "sessionId"):
            path = path.replace(f"{{{name}}}", str(given.get(name)))
        path += given.get("query", "")
        answer = self._call(method, path, body, given)
        self.seconds.setdefault(route, answer.seconds)
        if answer.status not in expected:
            self.wrong.append(f"{route}: {answer.status} {answer.json.get('code', '')}".strip())
        return answer.json

    def _call(self, method: str, path: str, body: Any, given: Json) -> Answer:
        if given.get("token"):
            return self.api.with_token(method, path, body)
        return self.api.call(method, path, body, given.get("headers"))


def call_all(api: Api) -> Calls:
    """Calls all routes."""
    calls = Calls(api)
    _public(calls)
    session = calls.make("POST /sessions", (201,), {"name": "routes", "provider": {"kind": "sandbox"}}, token=True).get("id")
    _messages(calls, session)
    _campaigns(calls, session)
    _webhooks(calls)
    _keys(calls)
    _sessions(calls, session)
    return calls


def _public(calls: Calls) -> None:
    calls.make("GET /openapi.json", (200,))
    calls.make("GET /docs", (200,))
    calls.make("GET /billing/plans", (200,))
    # 404 without a login; 503 when its provider does not answer.
    calls.make("GET /auth/google", (302, 303, 404, 503))
    calls.make("GET /auth/google/callback", (400, 404), query="?state=none&code=none")
    calls.make("GET /nothing", (404,))


def _messages(calls: Calls, session: Any) -> None:
    text = {"sessionId": session, "to": PHONE, "message": "echo: hello", "priority": 1}
    key = {"idempotency-key": f"check-{time.time_ns()}"}
    sent = calls.make("POST /messages/send", (202,), text, headers=key).get("jobId")
    # So far ahead that it goes by the table `due`; and then it is cancelled.
    later = calls.make("POST /messages/send", (202,), text | {"scheduledAt": ahead(hours=1)}).get("jobId")
    calls.make("GET /messages/{id}", (200,), id=sent)
    calls.make("DELETE /messages/{id}", (200,), id=later)
    calls.make("GET /messages", (200,), query=f"?sessionId={session}&limit=1")
    calls.make("GET /messages", (200,), query="?limit=1&page=2")
    calls.make("GET /messages/conversations", (200,))
    calls.make("GET /messages/stats", (200,), token=True)


def _campaigns(calls: Calls, session: Any) -> None:
    recipients = [{"phone": PHONE}, {"phone": "none"}]
    body = {"sessionId": session, "defaultMessage": "hello", "scheduledAt": ahead(hours=1), "recipients": recipients}
    campaign = calls.make("POST /messages/bulk", (202,), body).get("campaignId")
    calls.make("GET /campaigns", (200,))
    calls.make("GET /campaigns/{id}", (200,), id=campaign)
    calls.make("GET /campaigns/{id}/rejected", (200,), id=campaign)
    calls.make("POST /campaigns/{id}/pause", (200,), id=campaign)
    calls.make("POST /campaigns/{id}/resume", (200,), id=campaign)
    calls.make("DELETE /campaigns/{id}", (200,), id=campaign)
    fields = {"sessionId": str(session), "defaultMessage": "hi", "scheduledAt": ahead(hours=1)}
    form = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    calls.make("POST /messages/bulk/csv", (202,), _form(fields, f"phone\n{PHONE}\nnone\n"), headers=form)
    calls.make("POST /messages/bulk/uploads", (201,), fields | {"fileName": "list.csv"})


def _webhooks(calls: Calls) -> None:
    body = {"name": "webhooks", "provider": CLOUD_API}
    session = calls.make("POST /sessions", (201,), body, token=True).get("id")
    path = {"provider": "cloud_api", "sessionId": session}
    route = "/provider-webhooks/{provider}/{sessionId}"
    query = f"?hub.mode=subscribe&hub.verify_token={VERIFY_TOKEN}&hub.challenge=1"
    calls.make(f"GET {route}", (200,), query=query, **path)
    webhook = json.dumps(_inbound()).encode()
    signature = "sha256=" + hmac.new(APP_SECRET.encode(), webhook, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-hub-signature-256": signature}
    calls.make(f"POST {route}", (200,), webhook, headers=headers, **path)


def _keys(calls: Calls) -> None:
    key = calls.make("POST /api-keys", (201,), {"name": "routes"}, token=True).get("id")
    calls.make("GET /api-keys", (200,), token=True)
    calls.make("DELETE /api-keys/{id}", (204,), id=key, token=True)


def _sessions(calls: Calls, session: Any) -> None:
    calls.make("GET /sessions", (200,))
    calls.make("GET /sessions/{id}", (200,), id=session)
    calls.make("PATCH /sessions/{id}", (200,), {"limits": {"dailyMax": 100_000}}, id=session, token=True)
    calls.make("POST /sessions/{id}/resume", (200,), id=session)
    # It still has waiting messages, which a chore cancels.
    calls.make("DELETE /sessions/{id}", (202, 204), id=session, query="?cancelWaiting=true")


def ahead(**how_far: float) -> str:
    """A time in the future."""
    return (datetime.now(timezone.utc) + timedelta(**how_far)).isoformat(timespec="milliseconds")


def _form(fields: dict[str, str], file: str) -> bytes:
    parts = [f'name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
    parts.append(f'name="file"; filename="list.csv"\r\ncontent-type: text/csv\r\n\r\n{file}')
    lines = [f"--{BOUNDARY}\r\ncontent-disposition: form-data; {part}\r\n" for part in parts]
    return "".join([*lines, f"--{BOUNDARY}--\r\n"]).encode()


def _inbound() -> Json:
    """An inbound message, as Meta's Cloud API tells it."""
    phone = PHONE.removeprefix("+")
    message = {"from": phone, "id": f"wamid.{time.time_ns()}", "timestamp": str(int(time.time())), "type": "text"}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "1", "phone_number_id": CLOUD_API["phoneNumberId"]},
        "contacts": [{"profile": {"name": "Kim"}, "wa_id": phone}],
        "messages": [message | {"text": {"body": "hello"}}],
    }
    change = {"field": "messages", "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
