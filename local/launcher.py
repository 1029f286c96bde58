"""Runs MiniStack, the local AWS, as the local stack needs it.

Started by `stack.py` with the virtual environment's Python; not meant to be run by hand. Settings come
from the environment (see `process.py`). It differs from the `ministack` command in three ways: the
changes of `local/aws`; a stop that waits for running functions before the state is saved;
and no function process outlives it.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import os
import resource
import signal
import sys
import threading
import time
from typing import Any

MINISTACK_VERSION = "1.5.33"

DRAIN_SECONDS = 16.0
"""A stop waits this long for running functions: a little more than dispatch's time-out. What runs longer is cut off."""

forgetting = threading.Event()
"""Set when the stack ends without keeping its state."""


def check_version() -> None:
    """Ends the process when another MiniStack than the patched one is installed."""
    found = importlib.metadata.version("ministack")
    if found != MINISTACK_VERSION:
        sys.exit(
            f"The local stack changes private parts of MiniStack {MINISTACK_VERSION}, but {found} is installed. "
            f"Remove .local/venv and run again, or go through local/aws when upgrading."
        )


async def stop_requested() -> None:
    """Returns once the process was asked to end and the functions in progress are done.

    SIGTERM keeps the state. SIGINT forgets it, and so has nothing to wait for.
    """
    from ministack.core.lambda_runtime import workers_in_use

    from local.aws.work import stopping

    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    def forget() -> None:
        forgetting.set()
        asked.set()

    loop.add_signal_handler(signal.SIGTERM, asked.set)
    loop.add_signal_handler(signal.SIGINT, forget)
    await asked.wait()
    stopping.set()
    deadline = time.monotonic() + (0 if forgetting.is_set() else DRAIN_SECONDS)
    while workers_in_use() and time.monotonic() < deadline:
        await asyncio.sleep(0.02)


def end_functions_before_saving() -> None:
    """Makes MiniStack end every function process before it writes the state to disk.

    What a function did after its table was written would otherwise be lost, as if it had never been.
    """
    from ministack import app
    from ministack.core import lambda_runtime

    save = app.save_all

    def end_then_save(services: dict[str, Any]) -> None:
        lambda_runtime.reset()
        if not forgetting.is_set():
            save(services)

    app.save_all = end_then_save


def raise_file_limit() -> None:
    """Lifts the soft limit of open files to the hard one, for bursts of connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses an unlimited number; the soft limit then stays
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def serve() -> None:
    """Serves until SIGTERM or SIGINT."""
    from hypercorn.asyncio import serve as serve_http
    from hypercorn.config import Config
    from ministack import app

    from local.aws import front

    config = Config()
    config.bind = [f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.loglevel = app.LOG_LEVEL
    asyncio.run(serve_http(front.app, config, shutdown_trigger=stop_requested))


def main() -> None:
    check_version()
    from local import aws

    aws.apply_all()
    end_functions_before_saving()
    raise_file_limit()
    print(f"MiniStack {MINISTACK_VERSION} on port {os.environ['GATEWAY_PORT']}", flush=True)
    try:
        serve()
    finally:
        from ministack.core import lambda_runtime

        lambda_runtime.reset()
    print("stopped", flush=True)


if __name__ == "__main__":
    main()
