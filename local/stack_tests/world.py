"""What the tests of a running stack do to it: sessions behind a provider that misbehaves, refusing tables, stopped queues."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from local import demo
from ops.access import Access

Json = dict[str, Any]

PATIENCE_SECONDS = 60.0
FAST = {"minGapMs": 100, "maxGapMs": 200}


class Provider(ThreadingHTTPServer):
    """A WAHA server that takes every message, refuses the credentials, or hangs up without an answer."""

    def __init__(self) -> None:
        self.behaviour = "accept"
        super().__init__(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answers(BaseHTTPRequestHandler):
    """One request of a provider's."""

    server: Provider

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.server.behaviour == "hang up":
            self.connection.close()
            return
        status, body = (401, {"message": "Unauthorized"}) if self.server.behaviour == "refuse" else (201, {"id": "true_1@c.us_A"})
        self.reply(status, body)

    def do_GET(self) -> None:
        self.reply(200, {"numberExists": True, "chatId": "1@c.us"})

    def reply(self, status: int, body: Json) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


class World:
    """A running stack, by its `stack.json`, with an account and a provider of its own."""

    def __init__(self, stack_json: Path) -> None:
        self.about: Json = json.loads(stack_json.read_text())
        self.name, self.endpoint = self.about["stackName"], self.about["awsEndpoint"]
        self.access = Access(self.name, self.endpoint)
        self.lambdas, self.sqs, self.tables = map(self.access.client, ("lambda", "sqs", "dynamodb"))
        self.outputs: dict[str, str] = self.access.outputs()
        self.provider = Provider()

    @cached_property
    def account(self) -> Json:
        """An account of its own, with a key."""
        account = self.invoke("operator", command="create-account", name="alarms")["accountId"]
        key = self.invoke("operator", command="create-api-key", accountId=account, name="alarms")["apiKey"]
        return {"baseUrl": self.about["baseUrl"], "apiKey": key, "accountId": account}

    def invoke(self, function: str, **event: Any) -> Json:
        """Invokes a function; nothing when it fails."""
        answer = self.lambdas.invoke(FunctionName=f"{self.name}-{function}", Payload=json.dumps(event))
        return {} if "FunctionError" in answer else dict(json.loads(answer["Payload"].read() or "{}"))

    def session(self, **more: Any) -> str:
        """A session behind the provider, with short gaps unless told otherwise. Returns its id."""
        name = f"s{time.monotonic_ns()}"
        provider = {"kind": "waha", "baseUrl": self.provider.url, "apiKey": "key", "session": name}
        event = {"accountId": self.account["accountId"], "name": name, "provider": provider, "pacing": FAST} | more
        return str(self.invoke("operator", command="create-session", **event)["sessionId"])

    def api(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        """A call of the API."""
        return demo.request(self.account, method, path, body)

    def send(self, session: str, count: int = 1) -> list[str]:
        """Sends messages. Returns their ids."""
        body = {"sessionId": session, "to": "+49 151 5550 1234", "message": "x"}
        return [str(self.api("POST", "/messages/send", body)[1]["jobId"]) for _ in range(count)]

    def campaign(self, session: str) -> str:
        """A campaign of two, once it is stored. Returns its id."""
        recipients = [{"phone": f"+49151555012{n}0", "message": "x"} for n in range(2)]
        body = {"sessionId": session, "name": "alarms", "recipients": recipients}
        status, answer = self.api("POST", "/messages/bulk", body)
        assert status == 202, answer
        found = str(answer["campaignId"])
        eventually(lambda: self.api("GET", f"/campaigns/{found}")[1]["status"] != "ingesting")
        return found

    def alarm(self, name: str, speed: int) -> str:
        """The state of an alarm."""
        return str(self.alarms(speed)[f"{self.name}-{name}"])

    def alarms(self, speed: int) -> dict[str, str]:
        """The states of all alarms."""
        with urllib.request.urlopen(f"{self.endpoint}/_local/alarms?speed={speed}", timeout=10) as answer:
            return {alarm["name"]: alarm["state"] for alarm in json.loads(answer.read())}

    @contextlib.contextmanager
    def refusing(self, kind: str, name: str) -> Iterator[None]:
        """A table, queue or function that refuses everything."""
        self._throttle(kind, name, 600)
        try:
            yield
        finally:
            self._throttle(kind, name, 0)

    def _throttle(self, kind: str, name: str, seconds: int) -> None:
        url = f"{self.endpoint}/_local/throttle/{kind}/{name}?seconds={seconds}"
        urllib.request.urlopen(urllib.request.Request(url, method="PUT"), timeout=10).close()

    def table(self, name: str) -> str:
        """A table's name, such as `Watched`."""
        return self.outputs[f"{name}TableName"]

    def url(self, queue: str) -> str:
        """A queue's address, such as `TimerDead`."""
        return self.outputs[f"{queue}QueueUrl"]

    def put(self, queue: str, body: object) -> None:
        """Puts a message into a queue."""
        group = {"MessageGroupId": "g", "MessageDeduplicationId": str(time.monotonic_ns())}
        fifo = self.url(queue).endswith(".fifo")
        self.sqs.send_message(QueueUrl=self.url(queue), MessageBody=json.dumps(body), **(group if fifo else {}))

    @contextlib.contextmanager
    def stopped(self, function: str) -> Iterator[None]:
        """A function whose event sources are off."""
        self._enable(function, enabled=False)
        try:
            yield
        finally:
            self._enable(function, enabled=True)

    def _enable(self, function: str, *, enabled: bool) -> None:
        for mapping in self.lambdas.list_event_source_mappings(FunctionName=f"{self.name}-{function}")["EventSourceMappings"]:
            self.lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)

    @contextlib.contextmanager
    def impatient(self, queue: str) -> Iterator[None]:
        """A queue that gives up after one receive and a second, instead of a hundred and minutes."""
        url = self.url(queue)
        names = ["RedrivePolicy", "VisibilityTimeout"]
        before = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        once = json.dumps(json.loads(before["RedrivePolicy"]) | {"maxReceiveCount": 1})
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": once, "VisibilityTimeout": "1"})
        try:
            yield
        finally:
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes=before)

    def purge(self, *queues: str) -> None:
        """Empties queues."""
        for queue in queues:
            self.sqs.purge_queue(QueueUrl=self.url(queue))


def eventually(look: Callable[[], Any], meanwhile: Callable[[], object] = lambda: None) -> Any:
    """What a look finds, once it finds something; something else is done before each look."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        meanwhile()
        if found := look():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not seen within {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.2)
