"""SQS refuses what it is documented to refuse: delays, visibility, receipts, sizes, identifiers, kinds of queues.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from ministack.core.concurrency import esm_wake
from ministack.services import sqs

from local.aws import provisioning

Record = dict[str, Any]
Action = Callable[[Record, str], Record]

LONGEST_DELAY = 900
LONGEST_VISIBILITY = 43_200
LONGEST_WAIT = 20
LARGEST_MESSAGE = 1_048_576
"""1 MiB with attributes, also for all messages of a batch together; it was 256 KiB until August 2025."""

MOST_ATTRIBUTES = 10
MOST_IN_FLIGHT = 120_000
FIFO_WINDOW = 120_000
"""A FIFO queue looks for message groups among its first 120,000 messages only."""

IDENTIFIER = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")


def apply() -> None:
    """Applies the changes of this module."""
    check_messages()
    check_receives()
    remember_receives()
    look_at_a_window()
    sqs._HANDLERS["ChangeMessageVisibility"] = change_visibility
    sqs._HANDLERS["ChangeMessageVisibilityBatch"] = change_visibility_batch
    sqs._HANDLERS["DeleteMessage"] = delete_message
    sqs._HANDLERS["DeleteMessageBatch"] = delete_message_batch
    delete_for_mappings_in_time()
    check_queues()


def check_messages() -> None:
    """Refuses delays, identifiers and sizes that SQS does not take. A batch answers so for each entry.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """
    send, send_batch = sqs._act_send_message, sqs._act_send_message_batch

    def send_checked(data: Record, url: str) -> Record:
        in_range("DelaySeconds", data.get("DelaySeconds"), LONGEST_DELAY)
        for name in ("MessageGroupId", "MessageDeduplicationId"):
            if data.get(name) is not None and not IDENTIFIER.fullmatch(data[name]):
                raise invalid(
                    data[name],
                    name,
                    f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length.",
                )
        if len(data.get("MessageAttributes") or {}) > MOST_ATTRIBUTES:
            raise sqs._Err(
                "InvalidParameterValue",
                f"Number of message attributes exceeds the allowed maximum [{MOST_ATTRIBUTES}].",
            )
        if size(data) > LARGEST_MESSAGE:
            reason = f"Message must be shorter than {LARGEST_MESSAGE} bytes."
            raise sqs._Err("InvalidParameterValue", f"One or more parameters are invalid. Reason: {reason}")
        result: Record = send(data, url)
        return result

    def send_batch_checked(data: Record, url: str) -> Record:
        total = sum(map(size, data.get("Entries") or []))
        if total > LARGEST_MESSAGE and len(data["Entries"]) <= sqs._BATCH_MAX_ENTRIES:
            text = f"Batch requests cannot be longer than {LARGEST_MESSAGE} bytes. You have sent {total} bytes."
            raise sqs._Err("BatchRequestTooLong", text)
        result: Record = send_batch(data, url)
        return result

    sqs._act_send_message = send_checked  # which the batch calls, too
    sqs._HANDLERS.update({"SendMessage": send_checked, "SendMessageBatch": send_batch_checked})


def check_receives() -> None:
    """Refuses visibility and waiting times that SQS does not take, and short polls at 120,000 messages in flight.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """
    receive = sqs._HANDLERS["ReceiveMessage"]

    async def receive_checked(data: Record, url: str) -> Record:
        in_range("VisibilityTimeout", data.get("VisibilityTimeout"), LONGEST_VISIBILITY)
        in_range("WaitTimeSeconds", data.get("WaitTimeSeconds"), LONGEST_WAIT)
        queue = sqs._get_q(data.get("QueueUrl", url), "sqs:ReceiveMessage")
        if not queue["is_fifo"] and not data.get("WaitTimeSeconds") and full(queue):
            raise sqs._Err("OverLimit", "The maximum number of in flight messages is reached.", 403)
        result: Record = await receive(data, url)
        return result

    sqs._HANDLERS["ReceiveMessage"] = receive_checked


def remember_receives() -> None:
    """Keeps when each message was received, for the twelve hours, and the receipts that newer ones replaced.

    A full queue gives nothing: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
    """
    collect = sqs._collect_msgs

    def collect_and_remember(queue: Record, most: int, visibility: int) -> list[Record]:
        if full(queue):
            return []
        found: list[Record] = collect(queue, most, visibility)
        for message in found:
            if "last_receipt" in message:
                message.setdefault("old_receipts", []).append(message["last_receipt"])
            message.update({"last_receipt": message["receipt_handle"], "received_at": time.time()})
        return found

    sqs._collect_msgs = collect_and_remember


def look_at_a_window() -> None:
    """A FIFO queue with more than 120,000 messages does not see the groups behind them.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/avoid-backlog-with-the-same-message-group-id.html
    """
    collect = sqs._collect_fifo

    def collect_from_window(queue: Record, *rest: Any) -> list[Record]:
        window = (
            {**queue, "messages": queue["messages"][:FIFO_WINDOW]} if len(queue["messages"]) > FIFO_WINDOW else queue
        )
        found: list[Record] = collect(window, *rest)
        return found

    sqs._collect_fifo = collect_from_window


def change_visibility(data: Record, url: str) -> Record:
    """Only a message in flight has a visibility to change, and for at most twelve hours since it was received.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
    """
    queue = sqs._get_q(data.get("QueueUrl", url), "sqs:ChangeMessageVisibility")
    return _change_visibility(queue, data)


def change_visibility_batch(data: Record, url: str) -> Record:
    """The same for several messages, each with an answer of its own."""
    queue = sqs._get_q(data.get("QueueUrl", url), "sqs:ChangeMessageVisibility")
    return each_entry(data, "ChangeMessageVisibilityBatchRequestEntry", lambda entry: _change_visibility(queue, entry))


def _change_visibility(queue: Record, data: Record) -> Record:
    seconds = in_range("VisibilityTimeout", data.get("VisibilityTimeout"), LONGEST_VISIBILITY)
    if seconds is None:
        raise sqs._Err("MissingParameter", "The request must contain the parameter VisibilityTimeout.")
    receipt = receipt_of(data)
    message = next((message for message in queue["messages"] if message["receipt_handle"] == receipt), None)
    if message is None:
        raise invalid(
            receipt, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change."
        )
    now = time.time()
    if message["visible_at"] <= now:
        raise sqs._Err(
            "MessageNotInflight",
            f"Value {receipt} for parameter ReceiptHandle is invalid. Reason: Message is not in flight.",
        )
    if now + seconds - message.get("received_at", now) > LONGEST_VISIBILITY:
        reason = f"Total VisibilityTimeout for the message is beyond the limit [{LONGEST_VISIBILITY} seconds]"
        raise invalid(seconds, "VisibilityTimeout", reason)
    message["visible_at"] = now + seconds
    if seconds == 0:
        esm_wake.set()
    return {}


def delete_message(data: Record, url: str) -> Record:
    """Deleting twice succeeds; on a FIFO queue a receipt expires with its visibility time-out.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
    https://repost.aws/knowledge-center/sqs-receipt-handle-error
    """
    return _delete(sqs._get_q(data.get("QueueUrl", url), "sqs:DeleteMessage"), data)


def delete_message_batch(data: Record, url: str) -> Record:
    """The same for several messages, each with an answer of its own."""
    queue = sqs._get_q(data.get("QueueUrl", url), "sqs:DeleteMessage")
    return each_entry(data, "DeleteMessageBatchRequestEntry", lambda entry: _delete(queue, entry))


def _delete(queue: Record, data: Record) -> Record:
    receipt = receipt_of(data)
    for place, message in enumerate(queue["messages"]):
        latest = message["receipt_handle"] == receipt
        if not latest and receipt not in message.get("old_receipts", ()):
            continue
        if queue["is_fifo"] and (not latest or message["visible_at"] <= time.time()):
            raise invalid(receipt, "ReceiptHandle", "The receipt handle has expired.")
        if latest:  # an older receipt of a standard queue succeeds, and the message may stay
            del queue["messages"][place]
        break
    return {}


def delete_for_mappings_in_time() -> None:
    """A mapping deletes as anybody does: too late on a FIFO queue, and the message comes again."""
    delete = sqs._delete_messages_for_esm

    def delete_in_time(url: str, receipts: set[str]) -> None:
        with sqs._queues_lock:
            queue, now = sqs._get_q(url), time.time()
            if queue["is_fifo"]:
                expired = {message["receipt_handle"] for message in queue["messages"] if message["visible_at"] <= now}
                receipts = receipts - expired
        delete(url, receipts)

    sqs._delete_messages_for_esm = delete_in_time


def check_queues() -> None:
    """A dead-letter queue is of its source's kind; a template's queue has the API's limits.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """
    create, change = sqs._HANDLERS["CreateQueue"], sqs._HANDLERS["SetQueueAttributes"]

    def create_checked(data: Record, url: str) -> Record:
        check_dead_letters(
            str(data.get("QueueName", "")).endswith(".fifo"), (data.get("Attributes") or {}).get("RedrivePolicy")
        )
        result: Record = create(data, url)
        return result

    def change_checked(data: Record, url: str) -> Record:
        queue = sqs._get_q(data.get("QueueUrl", url))
        check_dead_letters(queue["is_fifo"], (data.get("Attributes") or {}).get("RedrivePolicy"))
        result: Record = change(data, url)
        return result

    def check(properties: Record) -> None:
        try:
            sqs._validate_numeric_attrs(properties)
            check_dead_letters(str(properties.get("FifoQueue", "")).lower() == "true", properties.get("RedrivePolicy"))
        except sqs._Err as error:
            raise ValueError(error.message) from error

    sqs._HANDLERS.update({"CreateQueue": create_checked, "SetQueueAttributes": change_checked})
    provisioning.before("AWS::SQS::Queue", check)


def check_dead_letters(fifo: bool, policy: str | Record | None) -> None:
    """Refuses a dead-letter queue of the other kind."""
    if not policy:
        return
    try:
        parsed = policy if isinstance(policy, dict) else json.loads(policy)
        target = sqs._queue_by_arn(parsed["deadLetterTargetArn"])
    except (ValueError, KeyError, TypeError):
        return  # which MiniStack refuses in its own words
    if target and target["is_fifo"] != fifo:
        raise invalid(
            json.dumps(parsed), "RedrivePolicy", "Dead-letter queue must be same type of queue as the source."
        )


def each_entry(data: Record, kind: str, act: Callable[[Record], Record]) -> Record:
    """A batch's answer: what became of each entry."""
    entries = data.get("Entries") or []
    sqs._validate_batch_entries(entries, kind)
    answer: Record = {"Successful": [], "Failed": []}
    for entry in entries:
        try:
            act(entry)
            answer["Successful"].append({"Id": entry["Id"]})
        except sqs._Err as error:
            failed = {"Id": entry["Id"], "Code": error.code, "Message": error.message, "SenderFault": True}
            answer["Failed"].append(failed)
    return answer


def receipt_of(data: Record) -> str:
    """The receipt of a request, when it has the form of one that was once given out."""
    receipt = data.get("ReceiptHandle")
    if not receipt:
        raise sqs._Err("MissingParameter", "The request must contain the parameter ReceiptHandle.")
    try:
        return str(uuid.UUID(receipt))
    except ValueError as error:
        text = f'The input receipt handle "{receipt}" is not a valid receipt handle.'
        raise sqs._Err("ReceiptHandleIsInvalid", text, 404) from error


def in_range(name: str, value: Any, most: int) -> int | None:
    """A number from nothing to `most`, or nothing when none was given."""
    if value is None:
        return None
    if not str(value).isdigit() or int(value) > most:
        raise invalid(value, name, f"{name} must be an integer between 0 and {most}.")
    return int(value)


def full(queue: Record) -> bool:
    """Whether as many messages are in flight as a queue takes. Counted only where there may be so many."""
    if len(queue["messages"]) < MOST_IN_FLIGHT:
        return False
    now = time.time()
    flying = sum(message["visible_at"] > now and message.get("receive_count", 0) > 0 for message in queue["messages"])
    return bool(flying >= MOST_IN_FLIGHT)


def size(message: Record) -> int:
    """What a message counts for: its body, and the name, type and value of each attribute."""
    total = len((message.get("MessageBody") or "").encode())
    for name, value in (message.get("MessageAttributes") or {}).items():
        total += len(name.encode()) + sum(len(str(part).encode()) for part in value.values())
    return total


def invalid(value: object, name: str, reason: str) -> Exception:
    """SQS's refusal of a parameter."""
    error: Exception = sqs._Err(
        "InvalidParameterValue", f"Value {value} for parameter {name} is invalid. Reason: {reason}"
    )
    return error
