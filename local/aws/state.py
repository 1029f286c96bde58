"""What MiniStack keeps: queues that several threads change, and streams that outlive a restart."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ministack.services import dynamodb, eventbridge, s3, sqs

Record = dict[str, Any]


def apply() -> None:
    """Applies the changes of this module, after those that replace actions of a queue."""
    lock_queues()
    persist_streams()


def lock_queues() -> None:
    """HTTP requests change a queue's list without the lock that the poller's thread takes.

    Both replace the list after walking it: a message that another thread appends in between is gone.
    """
    sqs._queues_lock = threading.RLock()

    def locked(change: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            with sqs._queues_lock:
                return change(*args, **kwargs)

        return run

    for name, action in sqs._HANDLERS.items():
        if name != "ReceiveMessage":  # waits inside; its steps are locked one by one below
            sqs._HANDLERS[name] = locked(action)
    for module, name in (
        (sqs, "_collect_msgs"),
        (sqs, "_dlq_sweep"),
        (sqs, "_expire_retained"),
        (eventbridge, "_dispatch_to_sqs"),
        (s3, "_deliver_event_to_sqs"),
    ):
        setattr(module, name, locked(getattr(module, name)))


def persist_streams() -> None:
    """MiniStack saves how far each mapping has read a table's stream, but not the stream.

    After a restart every new record would lie before the saved position and never be delivered.
    """
    get_state, load_state = dynamodb.get_state, dynamodb.load_persisted_state

    def get_with_streams() -> Record:
        streams = {"stream_records": dynamodb._stream_records, "stream_trimmed": dynamodb._stream_trimmed}
        return dict(get_state()) | streams

    def load_with_streams(data: Record) -> None:
        load_state(data)
        dynamodb._stream_records.update(data.get("stream_records", {}))
        dynamodb._stream_trimmed.update(data.get("stream_trimmed", {}))

    dynamodb.get_state, dynamodb.load_persisted_state = get_with_streams, load_with_streams
