"""Measures what each list costs in an account with a million messages: calls, bytes, and the function's own time.

    make bench-lists    needs a running local stack (make run); builds two release binaries first

The messages are computed, not stored: no emulator answers a query of a million rows as fast as DynamoDB does. A server in
front of the local stack answers queries of the table of messages in DynamoDB's protocol, with rows and index entries of
the true shape, and passes everything else on. Besides its own time a request waits for its calls, which DynamoDB answers
within milliseconds each.
"""

from __future__ import annotations

import json
import statistics
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.functions import build, variables
from bench.runtime import Proxy, running
from local.settings import ROOT, Progress, Settings, fail
from ops.access import Access

COUNT = 1_000_000
SESSIONS = 10
OURS = 7
"""Which of them is the demo session: one that has failed messages."""
CONTACTS = 10_000
ITEM_BYTES = 600
QUERY_MAX_BYTES = 1_000_000
RUNS = 15

Row = dict[str, Any]
"""An item in DynamoDB's own JSON."""

FILTERS = [
    "",
    "status=read",
    "status=received",
    "status=failed",
    "status=queued",
    "to=16500000007",
    "to=16500000007&status=failed",
    "sessionId={session}",
    "sessionId={session}&status=failed",
    "sessionId={session}&to=16500000007&status=read",
]


class Million(Proxy):
    """The table of messages: number `n` was created `n` seconds after the beginning, in session `n mod 10`."""

    def __init__(self, stack: dict[str, Any], table: str, row: Row) -> None:
        self.table, self.row = table, row
        self.sessions = [stack["sessionId"] if n == OURS else str(uuid.UUID(int=n)) for n in range(SESSIONS)]
        self.read_bytes = 0
        super().__init__(stack["awsEndpoint"])

    def own_answer(self, operation: str, body: bytes) -> bytes | None:
        request = json.loads(body) if operation in ("Query", "BatchGetItem") else {}
        if operation == "Query" and request["TableName"] == self.table:
            return json.dumps(self.query(request)).encode()
        if operation == "BatchGetItem" and self.table in request["RequestItems"]:
            keys = request["RequestItems"][self.table]["Keys"]
            rows = [self.item(number_of(key["messageId"]["S"])) for key in keys]
            self.read_bytes += sum(billed(row) for row in rows)
            return json.dumps({"Responses": {self.table: rows}, "UnprocessedKeys": {}}).encode()
        return None

    def query(self, request: Row) -> Row:
        """The newest first, as the lists ask: from before a message on, of the account or of one session."""
        values = request["ExpressionAttributeValues"]
        end = number_of(values[":before"]["S"]) if ":before" in values else COUNT
        session = None if "IndexName" in request else self.sessions.index(values[":partition"]["S"])
        make = self.entry if session is None else self.item
        step = 1 if session is None else SESSIONS
        newest = end - 1 if session is None else end - 1 - (end - 1 - session) % SESSIONS
        most = min(request["Limit"], QUERY_MAX_BYTES // size(make(0)))
        numbers = range(newest, -1, -step)[:most]
        items = [make(number) for number in numbers]
        self.read_bytes += -(-sum(map(size, items)) // 4096) * 4096
        answer: Row = {"Items": items, "Count": len(items), "ScannedCount": len(items)}
        if items and numbers[-1] >= step:
            answer["LastEvaluatedKey"] = self.entry(numbers[-1])
        return answer

    def entry(self, number: int) -> Row:
        names = ("accountId", "messageId", "sessionId", "to", "direction")
        whole = self.item(number)
        return {name: whole[name] for name in names}

    def item(self, number: int) -> Row:
        is_inbound = number % 10 == 3
        status = "failed" if number % 1_000 == 7 else "received" if is_inbound else "read"
        return self.row | {
            "messageId": {"S": message_id(number)},
            "sessionId": {"S": self.sessions[number % SESSIONS]},
            "to": {"S": f"1650{number % CONTACTS:07}"},
            "direction": {"S": "inbound" if is_inbound else "outbound"},
            "status": {"S": status},
        }


def message_id(number: int) -> str:
    """A UUIDv7 of its second, with the number in its last bits."""
    millis = 1_700_000_000_000 + number * 1_000
    return str(uuid.UUID(int=millis << 80 | 0x7000 << 64 | 0x8000 << 48 | number))


def number_of(text: str) -> int:
    return uuid.UUID(text).int & 0xFFFF_FFFF


def size(item: Row) -> int:
    """Bytes of an item, near enough: its names and its values."""
    return sum(len(name) + len(str(next(iter(value.values())))) for name, value in item.items())


def billed(item: Row) -> int:
    return -(-size(item) // 4096) * 4096


def main() -> None:
    folder = ROOT / (sys.argv[1] if len(sys.argv) > 1 else ".local")
    try:
        stack = json.loads((folder / "stack.json").read_text())
    except OSError:
        fail(f"There is no {folder}/stack.json. Start the local stack first: make run")
    progress = Progress()
    build(progress, ["list-messages", "list-conversations"])
    target = Settings(folder, 0).target / "release"
    table = variables(stack, "list-messages")["MESSAGES_TABLE"]
    million = Million(stack, table, sample_row(stack, table))
    print(f"{'list':<52} {'found':>6} {'calls':>6} {'bytes':>10} {'median ms':>10} {'worst ms':>9}")
    for limit in (20, 100):
        for binary, path, query in lists(limit):
            measure(million, stack, target / binary, path, query.format(session=stack["sessionId"]))
    million.close()


def lists(limit: int) -> Iterator[tuple[str, str, str]]:
    for query in FILTERS:
        yield "list-messages", "/messages", f"{query}&limit={limit}".strip("&")
    for query in ("", "sessionId={session}&"):
        yield "list-conversations", "/messages/conversations", f"{query}limit={limit}"


def sample_row(stack: dict[str, Any], table: str) -> Row:
    """A stored message, with a text that makes it as long as messages are."""
    client = Access(stack["stackName"], stack["awsEndpoint"]).client("dynamodb")
    query = {":s": {"S": stack["sessionId"]}}
    found = client.query(TableName=table, KeyConditionExpression="sessionId = :s", ExpressionAttributeValues=query)
    rows = [row for row in found["Items"] if row["status"]["S"] == "read"]
    if not rows:
        fail("The demo session has no message that was read. Start the local stack anew: make run")
    row: Row = rows[0]
    return row | {"message": {"S": "x" * (ITEM_BYTES - size(row))}}


def measure(million: Million, stack: dict[str, Any], binary: Path, path: str, query: str) -> None:
    event = json.loads((ROOT / "events" / f"{binary.name}.json").read_text())
    event["headers"]["x-api-key"] = stack["apiKey"]
    event["rawQueryString"] = query
    event["queryStringParameters"] = dict(part.split("=") for part in query.split("&"))
    env = variables(stack, binary.name) | {"OTHER_PER_MINUTE": "1000000"}
    times = []
    with running(binary, env, million.address) as function:
        for _ in range(RUNS + 2):
            million.calls.clear()
            million.read_bytes, million.busy_s = 0, 0.0
            text, seconds = function.runtime.invoke(json.dumps(event))
            times.append((seconds - million.busy_s) * 1000)
    answer = json.loads(text)
    if answer["statusCode"] != 200:
        fail(f"{path}?{query} answered {text[:300]}")
    found = len(json.loads(answer["body"])["data"])
    name = f"{path}?{query}".replace(stack["sessionId"], "…")
    print(
        f"{name:<52} {found:>6} {len(million.calls):>6} {million.read_bytes:>10,} "
        f"{statistics.median(times[2:]):>10.1f} {max(times[2:]):>9.1f}"
    )


if __name__ == "__main__":
    main()
