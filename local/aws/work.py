"""When work starts: how queues, streams and schedules are looked at, and that nothing starts while the stack stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import ministack.services.lambda_svc as lambdas
from ministack import app
from ministack.core.concurrency import esm_wake
from ministack.services import eventbridge, scheduler

Record = dict[str, Any]
"""What MiniStack keeps of a function, a mapping or a queue."""

POLL_SECONDS = 0.1
"""How late a visibility time-out or a delay may be noticed. MiniStack looks once a second."""

DEFAULT_CONCURRENCY = 20
"""Batches at a time of a mapping without `MaximumConcurrency`. AWS goes far higher; two cores do not."""

stopping = threading.Event()
"""Set when the stack ends: from then on nothing starts a function."""


def apply() -> None:
    """Applies the changes of this module."""
    run_fifo_groups_side_by_side()
    keep_failures_from_pausing_a_mapping()
    notice_due_messages_soon()
    read_streams_beside_queues()
    tick_schedules_each_second()
    start_nothing_while_stopping()


def run_fifo_groups_side_by_side() -> None:
    """MiniStack runs one batch per FIFO mapping; AWS one per message group, up to MaximumConcurrency.

    The queue itself keeps a group with a message in flight out of any second batch, so order inside
    a group holds with more batches at a time.
    """

    def concurrency(mapping: Record, function: Record, config: Record, _queue: Record | None = None) -> int:
        scaling = mapping.get("ScalingConfig") or {}
        limit = int(scaling.get("MaximumConcurrency") or DEFAULT_CONCURRENCY)  # a text, where a parameter gives it
        reserved = lambdas._reserved_concurrency(function, config)
        return limit if reserved is None else min(limit, reserved)

    lambdas._sqs_esm_concurrency = concurrency


def keep_failures_from_pausing_a_mapping() -> None:
    """After a failed batch MiniStack stops the whole mapping for a second.

    One killed worker would hold up every session of its queue. On AWS a mapping that reports batch
    item failures is not slowed down.
    """
    lambdas._ESM_BACKOFF_SECONDS = 0.0


def notice_due_messages_soon() -> None:
    """Wakes the poller often: a message that becomes visible again wakes it by nothing else."""

    def tick() -> None:
        while not stopping.wait(POLL_SECONDS):
            esm_wake.set()

    threading.Thread(target=tick, daemon=True, name="poll-ticker").start()


def read_streams_beside_queues() -> None:
    """MiniStack runs stream consumers on the thread that polls the queues, so a slow one stops dispatch."""
    poll_streams = lambdas._poll_dynamodb_streams
    lambdas._poll_dynamodb_streams = lambda: False

    def loop() -> None:
        while not stopping.is_set():
            try:
                busy = poll_streams()
            except Exception as error:  # the thread must outlive a broken function
                app.logger.warning("stream poller: %s", error)
                busy = False
            if not busy:
                time.sleep(POLL_SECONDS)

    threading.Thread(target=loop, daemon=True, name="stream-poller").start()


def tick_schedules_each_second() -> None:
    """Scheduler and rules look for what is due every second instead of every ten and thirty."""
    scheduler._SCHEDULE_TICK_INTERVAL = 1
    eventbridge._SCHEDULER_TICK_INTERVAL = 1


def start_nothing_while_stopping() -> None:
    """Lets the launcher wait until running functions end, before it saves the state."""

    def unless_stopping(start: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: False if stopping.is_set() else start()

    lambdas._poll_sqs = unless_stopping(lambdas._poll_sqs)
    scheduler._tick_schedules = unless_stopping(scheduler._tick_schedules)
    eventbridge._tick_scheduled_rules = unless_stopping(eventbridge._tick_scheduled_rules)
