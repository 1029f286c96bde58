"""Starts and ends the stack's processes: MiniStack, and the functions it runs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from local.settings import HOST, REGION, ROOT, Settings, fail

START_SECONDS = 60
STOP_SECONDS = 120
"""Functions in progress get 16 s to end, and a large state its time to be written."""

LAUNCHER = "local.launcher"
LAUNCHER_SOURCES = [
    *(ROOT / "local" / name for name in ("launcher.py", "log_lines.py", "requirements.txt")),
    *sorted((ROOT / "local" / "aws").glob("*.py")),
]


@dataclass(frozen=True)
class Running:
    """A stack's process, as its `process.json` tells."""

    pid: int
    port: int
    version: str


def running(settings: Settings) -> Running | None:
    """The running stack of this folder, if there is one."""
    try:
        found = Running(**json.loads(_process_file(settings).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return found if found.pid in _own_processes(settings) else None


def check_port(settings: Settings) -> None:
    """Fails when the port is taken by anything but this stack, or when this stack runs on another one."""
    found = running(settings)
    if found and found.port != settings.port:
        fail(
            f"The stack in {settings.folder} already runs on port {found.port}.\n"
            f"Use it:    make run PORT={found.port}{settings.make_variables}\n"
            f"Or end it: make stop{settings.make_variables}"
        )
    if not found and not _is_free(settings.port):
        other = next(filter(_is_free, range(settings.port + 1, settings.port + 100)), free_port())
        fail(
            f"Port {settings.port} is taken by another program.\n"
            f"Choose another: make run PORT={other}{settings.make_variables}"
        )


def start(settings: Settings) -> bool:
    """Makes sure that the stack runs, and says whether it had to be started."""
    found = running(settings)
    if found and found.version == _version(settings) and healthy(settings):
        return False
    if found:
        stop(settings)
    _end_leftovers(settings)
    check_port(settings)
    _launch(settings)
    return True


def stop(settings: Settings, *, keep: bool = True) -> bool:
    """Ends the stack and says whether it ran. Its state is kept, or forgotten."""
    found = running(settings)
    if found:
        os.kill(found.pid, signal.SIGTERM if keep else signal.SIGINT)
        if not _wait(lambda: running(settings) is None, STOP_SECONDS):
            print(f"The stack did not end within {STOP_SECONDS} s; killing it. Its last changes are lost.")
            os.kill(found.pid, signal.SIGKILL)
    _end_leftovers(settings)
    _process_file(settings).unlink(missing_ok=True)
    shutil.rmtree(settings.folder / "tmp", ignore_errors=True)  # the functions' unpacked code
    if not keep:
        shutil.rmtree(settings.folder / "state", ignore_errors=True)
        settings.stack_json.unlink(missing_ok=True)
    return found is not None


def healthy(settings: Settings) -> bool:
    """Whether MiniStack answers."""
    try:
        with urllib.request.urlopen(f"{settings.endpoint}/_ministack/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    """A port that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def processes_left(settings: Settings) -> list[str]:
    """Commands of the processes that belong to this stack: MiniStack's and the functions'."""
    return list(_own_processes(settings).values())


def _launch(settings: Settings) -> None:
    for name in ("state", "logs"):
        (settings.folder / name).mkdir(parents=True, exist_ok=True)
    shutil.rmtree(settings.folder / "tmp", ignore_errors=True)  # unpacked code of earlier runs
    (settings.folder / "tmp").mkdir()
    if settings.log.exists():
        settings.log.replace(settings.log.with_suffix(".previous.log"))
    with settings.log.open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", LAUNCHER, str(settings.folder)],
            cwd=ROOT,
            env=_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that ending the terminal does not end the stack
        )
    about = Running(child.pid, settings.port, _version(settings))
    _process_file(settings).write_text(json.dumps(asdict(about)))
    if not _wait(lambda: healthy(settings) or child.poll() is not None, START_SECONDS) or child.poll() is not None:
        tail = "\n".join(settings.log.read_text(errors="replace").splitlines()[-15:])
        stop(settings)
        fail(f"MiniStack did not start. The end of {settings.log}:\n{tail}")


def _environment(settings: Settings) -> dict[str, str]:
    """What the launcher sees: nothing of the developer's shell but where programs and the home folder are."""
    state, tmp = settings.folder / "state", settings.folder / "tmp"
    limit = {} if settings.concurrency is None else {"LAMBDA_ACCOUNT_CONCURRENCY": str(settings.concurrency)}
    return limit | {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", str(settings.folder)),
        "TMPDIR": str(tmp),
        "PYTHONUNBUFFERED": "1",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(settings.port),
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        # Functions inherit it; without it they would call the real AWS.
        "AWS_ENDPOINT_URL": settings.endpoint,
        # Policies are in force: each function has the rights of its role.
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "LOG_LEVEL": "WARNING",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # No Docker, also where there is one: a socket that is not there is never asked.
        "DOCKER_HOST": f"unix://{tmp}/no-docker.sock",
    }


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _end_leftovers(settings: Settings) -> None:
    """Ends processes of a stack that was killed: functions outlive a MiniStack that had no time to end them."""
    left = _own_processes(settings)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if left and not _wait(lambda: not _own_processes(settings), 5):
        print(f"These processes could not be ended: {sorted(_own_processes(settings))}")


def _own_processes(settings: Settings) -> dict[int, str]:
    """Processes started from this stack's folder. Their command names it: the launcher's argument, or the code."""
    folder = re.escape(str(settings.folder))
    own = re.compile(rf"{re.escape(LAUNCHER)} {folder}$|{folder}/tmp/\S*/bootstrap$")
    return {pid: command for pid, command in _commands().items() if own.search(command)}


def _commands() -> dict[int, str]:
    """The command line of every live process, by id. Ended ones that nobody collected yet have none."""
    if Path("/proc/self/cmdline").exists():
        return {int(path.parent.name): _command(path) for path in Path("/proc").glob("[0-9]*/cmdline")}
    lines = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,command="], capture_output=True, text=True, check=True
    ).stdout
    return {int(line.split()[0]): line.strip().partition(" ")[2].strip() for line in lines.splitlines() if line.strip()}


def _command(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace").rstrip("\0").replace("\0", " ")
    except OSError:  # it ended in the meantime
        return ""


def _version(settings: Settings) -> str:
    """Changes with the code and the settings that MiniStack runs with, so that a running one is replaced."""
    parts = [path.read_bytes() for path in LAUNCHER_SOURCES] + [str(settings.concurrency).encode()]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def _process_file(settings: Settings) -> Path:
    return settings.folder / "process.json"


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
