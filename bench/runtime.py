"""What a function sees of Lambda and of AWS when it is measured: a Runtime API, and a proxy that counts and delays.

A binary is started as Lambda starts it. The Runtime API hands it one event at a time; the proxy stands between it and
the local stack, so that its calls can be counted, and, by making each of them slow, those that wait for one another.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 30


class RuntimeApi:
    """Lambda's Runtime API for one function process."""

    def __init__(self) -> None:
        self.ready_at: float | None = None
        self._events: queue.Queue[str] = queue.Queue()
        self._answers: queue.Queue[str] = queue.Queue()
        self._server = _serve(self._handler())
        self.address = f"127.0.0.1:{self._server.server_port}"

    def invoke(self, event: str) -> tuple[str, float]:
        """Hands an event to the function; its answer, and how long it took in seconds."""
        started = time.perf_counter()
        self._events.put(event)
        answer = self._answers.get(timeout=TIMEOUT_S)
        return answer, time.perf_counter() - started

    def close(self) -> None:
        self._server.shutdown()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(_Quiet):
            def do_GET(self) -> None:
                api.ready_at = api.ready_at or time.perf_counter()
                event = api._events.get()
                deadline = int((time.time() + 15) * 1000)
                self.answer(
                    200,
                    event.encode(),
                    {
                        "Lambda-Runtime-Aws-Request-Id": f"bench-{time.monotonic_ns()}",
                        "Lambda-Runtime-Deadline-Ms": str(deadline),
                        "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:bench",
                    },
                )

            def do_POST(self) -> None:
                body = self.body()
                self.answer(202, b"{}", {})
                if not self.path.endswith("/init/error"):
                    api._answers.put(body.decode())

        return Handler


@dataclass
class Proxy:
    """Forwards to the local stack, counts calls by operation, and delays each by so much."""

    endpoint: str
    delay_s: float = 0.0
    calls: list[str] = field(default_factory=list)
    busy_s: float = 0.0
    """How long at least one call was being answered."""

    def __post_init__(self) -> None:
        self._lock, self._active, self._since = threading.Lock(), 0, 0.0
        self._server = _serve(self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()

    def own_answer(self, operation: str, body: bytes) -> bytes | None:
        """What is answered here instead of being passed on."""
        return None

    @contextmanager
    def _busy(self) -> Iterator[None]:
        with self._lock:
            if self._active == 0:
                self._since = time.perf_counter()
            self._active += 1
        try:
            yield
        finally:
            with self._lock:
                self._active -= 1
                if self._active == 0:
                    self.busy_s += time.perf_counter() - self._since

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self
        upstream = urlsplit(self.endpoint)

        class Handler(_Quiet):
            def do_POST(self) -> None:
                body = self.body()
                operation = self.headers.get("x-amz-target", self.path).rsplit(".", 1)[-1]
                proxy.calls.append(operation)
                with proxy._busy():
                    self.pass_on(operation, body)

            def pass_on(self, operation: str, body: bytes) -> None:
                time.sleep(proxy.delay_s)
                if (own := proxy.own_answer(operation, body)) is not None:
                    self.answer(200, own, {"Content-Type": "application/x-amz-json-1.0"})
                    return
                connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port, timeout=TIMEOUT_S)
                headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}  # the host is signed
                connection.request("POST", self.path, body, headers)
                response = connection.getresponse()
                content = {"Content-Type": response.headers.get("Content-Type", "application/json")}
                self.answer(response.status, response.read(), content)
                connection.close()

        return Handler


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        pass

    def body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().strip(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A function that is ended leaves its connections behind; that is no news."""


def _serve(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    server = _Server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@dataclass
class Running:
    """A function process that is ready for its first event."""

    runtime: RuntimeApi
    process: subprocess.Popen[bytes]
    start_ms: float

    def cpu_ms(self) -> float:
        """CPU time of the process so far, user and system together."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(binary: Path, variables: dict[str, str], endpoint: str) -> Iterator[Running]:
    """Starts a function's binary as Lambda does, and ends it afterwards."""
    runtime = RuntimeApi()
    env = variables | {
        "AWS_LAMBDA_RUNTIME_API": runtime.address,
        "AWS_LAMBDA_FUNCTION_NAME": binary.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": endpoint,
    }
    started = time.perf_counter()
    process = subprocess.Popen([binary], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while runtime.ready_at is None and process.poll() is None and time.perf_counter() - started < TIMEOUT_S:
            time.sleep(0.0005)
        if runtime.ready_at is None:
            raise RuntimeError(f"{binary.name} did not become ready")
        yield Running(runtime, process, (runtime.ready_at - started) * 1000)
    finally:
        process.kill()
        process.wait()
        runtime.close()


def filled(event: Path, stack: dict[str, Any]) -> str:
    """An event of `events/` with this stack's values in place of its `{{…}}`."""
    text = event.read_text()
    for name, value in stack.items():
        text = text.replace("{{%s}}" % name, value if isinstance(value, str) else json.dumps(value))
    return text
