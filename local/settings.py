"""Where a local stack lives and what it is called: the one value that the other modules share."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
REGION = "us-east-1"

LOCAL_API_ID = "9aceace1"
"""The HTTP API's id, the same after each deployment, so that the base URL stays. Eight hexadecimal digits."""

PROFILE = "quick"
"""The Cargo profile of the binaries that run locally."""


@dataclass(frozen=True)
class Settings:
    """One local stack."""

    folder: Path
    """State, logs and `stack.json`; nothing is written elsewhere."""
    port: int
    name: str = "paceline"
    """The CloudFormation stack's name."""
    params: dict[str, str] = field(default_factory=dict)
    """Template parameters that differ from the template's defaults."""
    concurrency: int | None = None
    """How many executions the account's functions share; nothing for as many as this machine has memory for."""

    @property
    def endpoint(self) -> str:
        """Where all AWS services answer."""
        return f"http://{HOST}:{self.port}"

    @property
    def base_url(self) -> str:
        """Where Paceline's API answers."""
        return f"{self.endpoint}/_aws/execute-api/{LOCAL_API_ID}/$default/api/v1"

    @property
    def log(self) -> Path:
        """MiniStack's and the functions' log."""
        return self.folder / "logs" / "stack.log"

    @property
    def stack_json(self) -> Path:
        """What scripts and tests need to use the stack."""
        return self.folder / "stack.json"

    @property
    def make_variables(self) -> str:
        """The variables that name this stack in a `make` command; empty for the usual one."""
        inside = self.folder.is_relative_to(ROOT)
        folder = self.folder.relative_to(ROOT) if inside else self.folder
        return "" if folder == Path(".local") else f" LOCAL_DIR={folder}"

    @cached_property
    def target(self) -> Path:
        """Cargo's target folder, wherever the environment or Cargo's configuration put it."""
        command = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            fail(f"cargo metadata failed:\n{answer.stderr.strip()}")
        return Path(json.loads(answer.stdout)["target_directory"])


class Progress:
    """Prints each step with the time since the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def say(self, text: str) -> None:
        """Prints one line with the time."""
        print(f"[{time.monotonic() - self._started:6.1f} s] {text}", flush=True)


def fail(message: str) -> NoReturn:
    """Ends the program with a message for a person."""
    sys.exit(f"\n{message}")
