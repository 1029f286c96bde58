"""Changes to MiniStack 1.5.33 that make the local stack behave as AWS does.

Each function changes one thing and says why. They reach into private names, which is why the
launcher refuses any other version of MiniStack: look at every one of them again when upgrading.
"""

from __future__ import annotations

import os
import socketserver
import threading
import time
from collections.abc import Callable
from typing import Any

import ministack.core.lambda_runtime as runtime
import ministack.services.lambda_svc as lambdas
from ministack import app
from ministack.core.concurrency import esm_wake
from ministack.services import dynamodb, eventbridge, s3, scheduler, sqs

from local.log_lines import readable

Record = dict[str, Any]
"""What MiniStack keeps of a function, a mapping or a queue."""

POLL_SECONDS = 0.1
"""How late a visibility time-out or a delay may be noticed. MiniStack looks once a second."""

DEFAULT_CONCURRENCY = 20
"""Batches at a time of a mapping without `MaximumConcurrency`. AWS goes far higher; two cores do not."""

FUNCTION_VARIABLES = frozenset({"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"})
"""What a function may see of the launcher's own environment."""

stopping = threading.Event()
"""Set when the stack ends: from then on nothing starts a function."""


def apply_all() -> None:
    """Applies every change below."""
    run_fifo_groups_side_by_side()
    keep_failures_from_pausing_a_mapping()
    notice_due_messages_soon()
    read_streams_beside_queues()
    tick_schedules_each_second()
    start_nothing_while_stopping()
    lock_queues()
    persist_streams()
    answer_runtime_api_without_delay()
    print_function_logs()
    isolate_function_environment()


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


def answer_runtime_api_without_delay() -> None:
    """Takes about 90 ms from each invocation.

    Headers and body are written apart, which Nagle's algorithm turns into 40 ms; then MiniStack waits
    up to 50 ms for a first log line, which a function that logs nothing pays in full. Log lines are
    printed as they come (see below), so nothing is lost by not waiting.
    """
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    wait_for_lines = runtime.Worker._drain_stderr_bounded

    def drain(worker: Any, first_line_wait: float = 0.0) -> str:
        # A time is only given after a failed start, where the lines are the reason to show.
        return str(wait_for_lines(worker, first_line_wait) if first_line_wait else worker._drain_stderr())

    runtime.ProvidedWorker._drain_stderr_bounded = drain


def print_function_logs() -> None:
    """Prints each line a function writes, at once, with its time and the function's name.

    MiniStack would keep them for its CloudWatch Logs, in a new stream per invocation, which made a
    long run slow to save.
    """
    lambdas._emit_lambda_logs = lambda *_args, **_kwargs: None
    pump = runtime.ProvidedWorker._pump_output

    def pump_and_print(worker: Any, stream: Any, log_queue: Any) -> None:
        pump(worker, _PrintedLines(stream, worker.func_name), log_queue)

    runtime.ProvidedWorker._pump_output = pump_and_print


class _PrintedLines:
    """A pipe that prints what is read from it."""

    def __init__(self, stream: Any, function: str) -> None:
        self._stream = stream
        self._function = function

    def readline(self) -> bytes:
        line: bytes = self._stream.readline()
        if line:
            print(readable(self._function, line.decode("utf-8", errors="replace"), time.time()), flush=True)
        return line

    def close(self) -> None:
        self._stream.close()


def isolate_function_environment() -> None:
    """Gives a function what Lambda would give it, and nothing of the launcher's own environment.

    A variable set in a developer's shell must not make a test pass.
    """
    build = lambdas._provided_worker_env

    def build_isolated(config: Record, code_dir: str, port: int) -> dict[str, str]:
        env = build(config, code_dir, port)
        own = lambdas._runtime_env_vars(config)
        inherited = {
            name
            for name, value in os.environ.items()
            if env.get(name) == value and name not in own and not name.startswith("AWS_")
        }
        kept = {name: value for name, value in env.items() if name not in inherited - FUNCTION_VARIABLES}
        return kept | {"TZ": ":UTC", "LANG": "en_US.UTF-8"}

    lambdas._provided_worker_env = build_isolated
