"""Throttling on demand: a test makes one table, queue or function refuse for a few seconds, as AWS throttles it.

    PUT /_local/throttle/table/NAME?seconds=5       (or queue/NAME, or function/NAME; 0 ends it)

Nothing else on the local stack throttles but the account's concurrency, see `concurrency.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import ministack.services.lambda_svc as lambdas
from ministack.core.responses import error_response_json
from ministack.services import dynamodb, sqs

Record = dict[str, Any]

PATH = "/_local/throttle/"
KINDS = ("table", "queue", "function")
MOST_SECONDS = 600.0
TABLE_ACTIONS = (
    "_put_item",
    "_get_item",
    "_delete_item",
    "_update_item",
    "_query",
    "_scan",
    "_batch_write_item",
    "_batch_get_item",
    "_transact_write_items",
    "_transact_get_items",
)
QUEUE_ACTIONS = (
    "SendMessage",
    "SendMessageBatch",
    "ReceiveMessage",
    "DeleteMessage",
    "DeleteMessageBatch",
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
)

_until: dict[tuple[str, str], float] = {}


def apply() -> None:
    """Applies the changes of this module, after those that replace actions of tables, queues and functions."""
    throttle_tables()
    throttle_queues()
    throttle_functions()


def set_throttle(kind: str, name: str, seconds: str) -> str | None:
    """Starts or ends refusing. Returns what is wrong with the wish, or nothing."""
    if kind not in KINDS or not name:
        return f"The path is {PATH}KIND/NAME; a kind is one of: {', '.join(KINDS)}."
    try:
        duration = float(seconds)
    except ValueError:
        duration = -1.0
    if not 0 <= duration <= MOST_SECONDS:
        return f"seconds is a number from 0 to {MOST_SECONDS:.0f}, such as {PATH}{kind}/{name}?seconds=5"
    _until[(kind, name)] = time.monotonic() + duration
    return None


def throttled(kind: str, name: str) -> bool:
    """Whether something refuses at the moment."""
    return _until.get((kind, name), 0.0) > time.monotonic()


def throttle_tables() -> None:
    """Refuses reads and writes of a table, each request as a whole.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    """
    text = (
        "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your "
        "table or index so please try again shortly."
    )

    def unless_throttled(action: Callable[[Record], Any]) -> Callable[[Record], Any]:
        def run(data: Record) -> Any:
            if any(throttled("table", dynamodb._normalize_table_name(name)) for name in tables(data)):
                return error_response_json("ThrottlingException", text, 400)
            return action(data)

        return run

    for name in TABLE_ACTIONS:
        setattr(dynamodb, name, unless_throttled(getattr(dynamodb, name)))


def tables(data: Record) -> Iterable[str]:
    """The tables of a request."""
    if data.get("TableName"):
        yield data["TableName"]
    yield from data.get("RequestItems") or ()
    for item in data.get("TransactItems") or ():
        yield from (part["TableName"] for part in item.values() if "TableName" in part)


def throttle_queues() -> None:
    """Refuses the actions on a queue's messages. What Lambda itself does for a mapping goes on.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """

    def unless_throttled(action: Callable[[Record, str], Any]) -> Callable[[Record, str], Any]:
        def run(data: Record, url: str) -> Any:
            if throttled("queue", (data.get("QueueUrl") or url).rsplit("/", 1)[-1]):
                raise sqs._Err("RequestThrottled", "The request was denied due to request throttling.")
            return action(data, url)

        return run

    for name in QUEUE_ACTIONS:
        sqs._HANDLERS[name] = unless_throttled(sqs._HANDLERS[name])


def throttle_functions() -> None:
    """Refuses executions of a function, as at the limit of its reserved concurrency.

    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
    """
    acquire = lambdas._acquire_execution_slot

    def acquire_unless_throttled(function: Record, config: Record) -> Any:
        return (None, "function") if throttled("function", config["FunctionName"]) else acquire(function, config)

    lambdas._acquire_execution_slot = acquire_unless_throttled
