"""Measures sizes, starts, round trips, own CPU and latency of the functions.

    make bench                              needs a running local stack (make run); builds the release binaries first
    make bench FUNCTIONS="wake dispatch"    sizes and starts of these only: the release build of all takes long

Times depend on the machine and on what else it does; counts do not. Nothing here is asserted.
"""

from __future__ import annotations

import http.client
import io
import json
import statistics
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.runtime import Proxy, Running, filled, running
from local.settings import ROOT, Progress, Settings, fail
from ops.access import Access

STARTS = 20
WARM_UP = 50
REQUESTS = 500
REQUESTED = ("get-message", "not-found", "send-message")
"""The functions that get requests."""
DELAY_S = 0.25
"""Much longer than everything else in a request, so that the request's time shows how many calls wait for one another."""


def main() -> None:
    folder = ROOT / (sys.argv[1] if len(sys.argv) > 1 else ".local")
    try:
        stack = json.loads((folder / "stack.json").read_text())
    except OSError:
        fail(f"There is no {folder}/stack.json. Start the local stack first: make run")
    progress = Progress()
    names = sys.argv[2:] or sorted(path.parent.name for path in (ROOT / "functions").glob("*/Cargo.toml"))
    build(progress, sorted({*names, *REQUESTED}))
    target = Settings(folder, 0).target / "release"
    progress.say("sizes and starts")
    for name in names:
        print_size_and_start(target / name, stack)
    progress.say("one warm POST /messages/send")
    measure_send(target / "send-message", stack)
    progress.say("what limiting and authentication add to a request")
    measure_front(target, stack)
    progress.say("latency through the local stack (its binaries, its emulator)")
    measure_latency(stack)


def build(progress: Progress, names: list[str]) -> None:
    progress.say("building the release binaries (minutes, once) …")
    command = ["cargo", "build", "--release", "--locked", *(word for name in names for word in ("-p", name))]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        fail("The release binaries could not be built.")


def variables(stack: dict[str, Any], name: str) -> dict[str, str]:
    """The environment that the template gives a function."""
    access = Access(stack["stackName"], stack["awsEndpoint"])
    answer = access.client("lambda").get_function_configuration(FunctionName=f"{access.stack}-{name}")
    return dict(answer["Environment"]["Variables"])


def print_size_and_start(binary: Path, stack: dict[str, Any]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.write(binary, "bootstrap")
    env = variables(stack, binary.name)
    starts = []
    for _ in range(STARTS):
        with running(binary, env, stack["awsEndpoint"]) as function:
            starts.append(function.start_ms)
    size = binary.stat().st_size / 1e6
    print(
        f"  {binary.name:<16} {size:5.1f} MB, zipped {len(packed.getvalue()) / 1e6:4.1f} MB, "
        f"start to ready: median {statistics.median(starts):5.1f} ms, worst of {STARTS} {max(starts):5.1f} ms"
    )


def measure_send(binary: Path, stack: dict[str, Any]) -> None:
    event = filled(ROOT / "events" / "send-message.json", stack)
    env = variables(stack, "send-message") | {"SEND_PER_MINUTE": "1000000"}
    proxy = Proxy(stack["awsEndpoint"])
    with running(binary, env, proxy.address) as function:
        for _ in range(3):
            invoke(function, event)
        proxy.calls.clear()
        proxy.delay_s = DELAY_S
        seconds = invoke(function, event)
        print(f"  AWS calls: {len(proxy.calls)} ({', '.join(proxy.calls)})")
        print(f"  of them one after another: {seconds / DELAY_S:.1f} (its time with {DELAY_S * 1000:.0f} ms a call)")
    proxy.close()
    with running(binary, env, stack["awsEndpoint"]) as function:
        for _ in range(WARM_UP):
            invoke(function, event)
        before = function.cpu_ms()
        for _ in range(REQUESTS):
            invoke(function, event)
        print(f"  own CPU: {(function.cpu_ms() - before) / REQUESTS:.2f} ms a request, over {REQUESTS} requests")


def measure_front(target: Path, stack: dict[str, Any]) -> None:
    """Requests that end right after their front: with the limit alone, and with limit and credentials."""
    key, token = {"x-api-key": stack["apiKey"]}, {"authorization": f"Bearer {stack['jwt']}"}
    cases = [
        ("limit", "not-found", {}, 404),
        ("limit and API key", "get-message", key, 404),
        ("limit and token", "get-message", token, 404),
    ]
    for what, name, headers, status in cases:
        event = json.loads((ROOT / "events" / f"{name}.json").read_text())
        event["headers"] = {k: v for k, v in event["headers"].items() if k != "x-api-key"} | headers
        event["pathParameters"] = {"id": "no-id"}
        env = variables(stack, name) | {"OTHER_PER_MINUTE": "1000000"}
        proxy = Proxy(stack["awsEndpoint"])
        with running(target / name, env, proxy.address) as function:
            for _ in range(3):
                invoke(function, json.dumps(event), status)
            proxy.calls.clear()
            proxy.delay_s = DELAY_S
            seconds = invoke(function, json.dumps(event), status)
        proxy.close()
        with running(target / name, env, stack["awsEndpoint"]) as function:
            for _ in range(WARM_UP):
                invoke(function, json.dumps(event), status)
            before = function.cpu_ms()
            for _ in range(REQUESTS):
                invoke(function, json.dumps(event), status)
            cpu = (function.cpu_ms() - before) / REQUESTS
        calls = ", ".join(proxy.calls) or "none"
        print(f"  {what:<18} {cpu:5.2f} ms own CPU, AWS calls: {calls}; one after another: {seconds / DELAY_S:.1f}")


def invoke(function: Running, event: str, status: int = 202) -> float:
    answer, seconds = function.runtime.invoke(event)
    if json.loads(answer).get("statusCode") != status:
        fail(f"The function answered {answer[:300]}")
    return seconds


def measure_latency(stack: dict[str, Any]) -> None:
    base = urlsplit(stack["baseUrl"])
    connection = http.client.HTTPConnection(base.hostname or "", base.port, timeout=30)
    body = json.dumps({"sessionId": stack["sessionId"], "to": "+4915155501234", "message": "Hello", "priority": 10})
    headers = {"X-API-Key": stack["apiKey"], "Content-Type": "application/json"}
    times = []
    for number in range(WARM_UP + REQUESTS):
        started = time.perf_counter()
        connection.request("POST", f"{base.path}/messages/send", body, headers)
        response = connection.getresponse()
        text = response.read()
        if response.status == 429:
            fail("The stack's own limit is in the way: make run PARAMS='SendPerMinute=100000'")
        if response.status != 202:
            fail(f"POST /messages/send answered {response.status}: {text[:300]!r}")
        if number >= WARM_UP:
            times.append((time.perf_counter() - started) * 1000)
    cuts = statistics.quantiles(times, n=100)
    print(f"  POST /messages/send, one caller, {REQUESTS} requests: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms")


if __name__ == "__main__":
    main()
