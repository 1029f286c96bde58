"""Fills a fresh local stack: two accounts, a sandbox session each, and one message on its way to the phone."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from local import deploy, parameters
from local.settings import Settings, fail
from ops import operator_cli, secret_cli
from ops.access import Access

Json = dict[str, Any]

LOCAL_CLIENT_SECRET = "client-secret-of-a-local-stack"
"""What a local stack shows to its OpenID provider; `tests/system/src/login.rs` has the same."""

DEMO_PHONE = "+49 151 5550 1234"
TOKEN_SECONDS = 86_400
DELIVERY_SECONDS = 90
POLL_SECONDS = 0.25
PATIENT_AFTER_SECONDS = 8
"""From then on a look a second: a message may wait for those of an earlier run, and looks count towards the limit."""
ARRIVED = ("delivered", "read")
ENDED = (*ARRIVED, "failed", "cancelled")
STATE_TIMES = {"queued": "queuedAt", "sending": "sendingAt", "sent": "sentAt", "delivered": "deliveredAt"}
"""Where a message says when it reached each state; a look may come too late to see one pass."""

NO_MESSAGE = "00000000-0000-7000-8000-000000000000"


def write_stack_json(settings: Settings, template: Json, say: Callable[[str], None]) -> Json:
    """Makes sure that the accounts of `stack.json` exist, and writes it. Accounts that still work are kept."""
    call = _operator(settings)
    before = _read(settings)
    mine = _account(settings, call, before, "Demo", say)
    other = _account(settings, call, before.get("other") or {}, "Other", say)
    params = parameters.in_force(template, settings.params)
    about = {
        "baseUrl": settings.base_url,
        "awsEndpoint": settings.endpoint,
        **mine,
        "stackName": settings.name,
        "outputs": Access(settings.name, settings.endpoint).outputs(),
        "other": other,
        "expiredJwt": call("issue-token", accountId=mine["accountId"], expiresInSeconds=-60)["jwt"],
        "params": parameters.typed(template, params),
    }
    temporary = settings.stack_json.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)  # it holds a key and a token
    temporary.write_text(json.dumps(about, indent=2) + "\n")
    temporary.replace(settings.stack_json)
    return about


def set_login_client(settings: Settings) -> None:
    """Gives a stack that has a login the secret that the tests' OpenID server knows it by."""
    if not settings.params.get("OidcClientId"):
        return
    stack = secret_cli.Stack(Access(settings.name, settings.endpoint))
    secret = stack.read()
    if secret.get("loginClient") != LOCAL_CLIENT_SECRET:
        stack.write(secret_cli.set_login_client(secret, LOCAL_CLIENT_SECRET))


def send_and_follow(about: Json, say: Callable[[str], None]) -> str:
    """Sends one message and prints each state it reaches. Returns its id."""
    body = {"sessionId": about["sessionId"], "to": DEMO_PHONE, "message": "Hello from Paceline"}
    status, answer = request(about, "POST", "/messages/send", body)
    if status != 202:
        fail(f"The demo message was not accepted: {status} {json.dumps(answer)}\nThe log: make logs")
    say(f"POST /messages/send  → 202, jobId {answer['jobId']}")
    _follow(about, answer["jobId"], say)
    return str(answer["jobId"])


def request(about: Json, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
    """One call of the API with the account's key."""
    headers = {"X-API-Key": about["apiKey"], "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body is not None else None
    call = urllib.request.Request(about["baseUrl"] + path, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(call, timeout=35) as answer:
            return answer.status, json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")
        try:
            return error.code, json.loads(text)
        except ValueError:
            return error.code, {"detail": text}


def _follow(about: Json, message: str, say: Callable[[str], None]) -> None:
    shown: list[str] = []
    started = time.monotonic()
    while True:
        status, answer = request(about, "GET", f"/messages/{message}")
        waited = time.monotonic() - started
        if status == 429 and waited < DELIVERY_SECONDS:
            time.sleep(1)
            continue
        if status != 200:
            fail(f"GET /messages/{message} answered {status} {json.dumps(answer)}\nThe log: make logs")
        for state in _reached(answer):
            if state not in shown:
                shown.append(state)
                say(f"  {state:<10} {answer.get(STATE_TIMES.get(state, f'{state}At')) or ''}")
        if answer["status"] in ENDED:
            break
        if waited > DELIVERY_SECONDS:
            why = f" (waits: {answer['waiting']['reason']})" if answer.get("waiting") else ""
            fail(f"The message is still {answer['status']} after {DELIVERY_SECONDS} s{why}. The log: make logs")
        time.sleep(POLL_SECONDS if waited < PATIENT_AFTER_SECONDS else 1)
    if answer["status"] not in ARRIVED:
        fail(f"The message ended as {answer['status']}: {json.dumps(answer.get('error'))}\nThe log: make logs")


def _reached(message: Json) -> list[str]:
    """The states up to the present one, in order: those whose time is set."""
    passed = [state for state, at in STATE_TIMES.items() if message.get(at)]
    return passed if message["status"] in passed or message["status"] == "read" else [*passed, message["status"]]


def _account(settings: Settings, call: Callable[..., Json], known: Json, name: str, say: Callable[[str], None]) -> Json:
    """The known account with a fresh token, or a new one when it no longer works."""
    if not _works(settings, known):
        account = call("create-account", name=name)["accountId"]
        key = call("create-api-key", accountId=account, name="demo")["apiKey"]
        session = call("create-session", accountId=account, name="demo", provider={"kind": "sandbox"})["sessionId"]
        known = {"apiKey": key, "accountId": account, "sessionId": session}
        say(f"created account {name} with an API key and a sandbox session")
    jwt = call("issue-token", accountId=known["accountId"], expiresInSeconds=TOKEN_SECONDS)["jwt"]
    return {"apiKey": known["apiKey"], "jwt": jwt, "accountId": known["accountId"], "sessionId": known["sessionId"]}


def _works(settings: Settings, known: Json) -> bool:
    """Whether the key opens its account. An unknown message is 404 then, and 401 with a wrong key."""
    if not {"apiKey", "accountId", "sessionId"} <= set(known):
        return False
    status, _ = request({"baseUrl": settings.base_url, "apiKey": known["apiKey"]}, "GET", f"/messages/{NO_MESSAGE}")
    return status == 404


def _operator(settings: Settings) -> Callable[..., Json]:
    client = deploy.client(settings, "lambda")

    def call(command: str, **arguments: Any) -> Json:
        try:
            return operator_cli.call(client, settings.name, command, **arguments)
        except operator_cli.OperatorError as error:
            fail(f"{error}\nThe log: make logs")

    return call


def _read(settings: Settings) -> Json:
    try:
        about: Json = json.loads(settings.stack_json.read_text())
        return about
    except (FileNotFoundError, ValueError):
        return {}
