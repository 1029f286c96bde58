"""The functions' processes: how fast they are reached, what they see of their environment, and what they print."""

from __future__ import annotations

import os
import socketserver
import time
from collections.abc import Callable
from typing import Any

import ministack.core.lambda_runtime as runtime
import ministack.services.lambda_svc as lambdas

from local.log_lines import readable

Record = dict[str, Any]

FUNCTION_VARIABLES = frozenset({"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"})
"""What a function may see of the launcher's own environment."""

on_line: list[Callable[[str, str], None]] = []
"""Each is called with a function's name and a line that it wrote."""


def apply() -> None:
    """Applies the changes of this module."""
    answer_runtime_api_without_delay()
    print_function_logs()
    isolate_function_environment()


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
            text = line.decode("utf-8", errors="replace")
            print(readable(self._function, text, time.time()), flush=True)
            for tell in on_line:
                tell(self._function, text)
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
