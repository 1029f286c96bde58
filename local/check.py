"""Everything that `make test` runs: formatting, lints, the template, and all tests against a stack of their own.

The stack lives in `.local/test` on a free port, starts empty, and is ended in every case. A step that fails does
not keep the others from running, so that one run shows all that is wrong.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import FrameType

from local import process
from local.settings import PROFILE, ROOT, Settings

# Short gaps, so that tests of pacing take seconds; limits that no test meets by accident (those of the limits
# themselves have their own way).
PARAMS = "MinGapMs=1000 MaxGapMs=2000 GapFloorMs=500 SendPerMinute=100000 BulkPerMinute=100000 OtherPerMinute=100000"
# The tests start an OpenID server at this address.
LOGIN = "OidcClientId=paceline OidcIssuer=http://127.0.0.1:{port} AllowedOrigins=https://app.example.com"
LINT = ROOT / ".local" / "venv-lint" / "bin"
FOLDERS = ["local", "ops", "bench"]
# A tenth of what it does on AWS: about a minute.
CHECK_SIZES = ["--recipients", "2000", "--sends", "60", "--cancels", "300"]
DOCS = ["cargo", "doc", "--workspace", "--no-deps", "--document-private-items", "--profile", PROFILE]
DENY = str(LINT / "cargo-deny")
SAM = {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1"}


@dataclass(frozen=True)
class Step:
    """One command."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    needs: list[str] | None = None
    """A command without which the step makes no sense: when it fails, the step is left out."""

    def run(self) -> bool:
        """Runs it with its output visible, and says whether it succeeded and how long it took."""
        print(f"\n== {self.name}: {' '.join(self.command)}", flush=True)
        if self.needs and subprocess.run(self.needs, cwd=ROOT, capture_output=True, check=False).returncode != 0:
            print(f"== {self.name}: left out, since this fails: {' '.join(self.needs)}", flush=True)
            return True
        started = time.monotonic()
        passed = subprocess.run(self.command, cwd=ROOT, env=os.environ | self.env, check=False).returncode == 0
        print(f"== {self.name}: {'ok' if passed else 'FAILED'} in {time.monotonic() - started:.1f} s", flush=True)
        return passed


STATIC = [
    Step("format", ["cargo", "fmt", "--all", "--check"]),
    Step("python", [sys.executable, "-m", "compileall", "-q", *FOLDERS]),
    Step("python tests", [sys.executable, "-m", "unittest", "discover", "--start-directory", "."]),
    Step("sam validate", [str(LINT / "sam"), "validate", "--lint", "--template", "template.yaml"], SAM),
    Step("cfn-lint", [str(LINT / "cfn-lint"), "template.yaml"]),
    Step("unused dependencies", [str(LINT / "cargo-shear"), "--locked", "--deny-warnings"]),
    Step("dependencies", [DENY, "--locked", "check", "bans", "licenses", "sources"]),
    # The database comes from GitHub, which not every machine reaches.
    Step("advisories", [DENY, "--frozen", "check", "advisories"], needs=[DENY, "fetch", "db"]),
    # The same profile as the tests: build scripts, C code among them, are then compiled once.
    Step("clippy", ["cargo", "clippy", "--workspace", "--all-targets", "--profile", PROFILE, "--", "-D", "warnings"]),
    Step("docs", DOCS, {"RUSTDOCFLAGS": "-D warnings"}),
]


def tests(settings: Settings) -> list[str]:
    """Starts the stack, runs all tests against it and ends it. Returns the names of the steps that failed."""
    stack = [sys.executable, "-m", "local.stack", "--dir", str(settings.folder), "--stack", settings.name]
    params = f"{PARAMS} {LOGIN.format(port=process.free_port())}"
    up = Step("stack", [*stack, "up", "--no-message", "--port", str(settings.port), "--params", params])
    run = Step(
        "tests",
        ["cargo", "test", "--workspace", "--no-fail-fast", "--profile", PROFILE],
        {"PACELINE_STACK": str(settings.stack_json)},
    )
    check = Step("aws-check", [sys.executable, "-m", "ops.aws_check", "--local", str(settings.folder), *CHECK_SIZES])
    leaks = Step("secrets in logs", [sys.executable, "-m", "local.leaks", str(settings.folder), settings.name])
    wipe = Step("stop", [*stack, "wipe"])  # fails when it leaves a process behind
    process.stop(settings, keep=False)
    try:
        failed = run_all([up]) or run_all([run, check, leaks])
    finally:
        stopped = run_all([wipe])
    return failed + stopped


def run_all(steps: list[Step]) -> list[str]:
    """Runs all steps and returns the names of those that failed."""
    return [step.name for step in steps if not step.run()]


def main() -> None:
    static_only = sys.argv[1:] == ["lint"]
    signal.signal(signal.SIGTERM, _interrupt)
    started = time.monotonic()
    failed = run_all(STATIC)
    if not static_only:
        failed += tests(Settings(ROOT / ".local" / "test", process.free_port(), "paceline-test"))
    print(f"\n{'FAILED: ' + ', '.join(failed) if failed else 'all passed'} ({time.monotonic() - started:.0f} s)")
    if "tests" in failed:
        print("What the stack said: .local/test/logs/stack.log")
    sys.exit(1 if failed else 0)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    # Ends through the `finally` above, so that the stack is stopped.
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted")
