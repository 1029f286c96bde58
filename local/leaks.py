"""Looks for secrets in the log of a stack: of MiniStack, and of every function. `make test` runs it after all tests.

    python -m local.leaks FOLDER        the stack in that folder, which must still run
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from local import demo, process
from local.settings import Settings
from ops import secret_cli
from ops.access import Access

PATTERNS = {
    "an API key": re.compile(r"gapi_[A-Za-z0-9]{4}_[A-Za-z0-9]{28}"),
    "a token": re.compile(r"eyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}\."),
    "credentials": re.compile(r"(?i)\b(bearer|basic) [A-Za-z0-9+/=._-]{16,}"),
    "a login's cookie": re.compile(r"__Host-paceline-login=[^;\s]"),
    "a code of the OpenID provider": re.compile(r"[?&]code=[A-Za-z0-9_-]{16,}"),
}

TEST_SECRETS = [demo.LOCAL_CLIENT_SECRET, "provider-stubs-key", "a-secret-of-this-test"]
"""What the tests' providers are given."""


def find(lines: Iterable[str], secrets: list[str]) -> Iterator[str]:
    """One sentence for each line that holds a secret; without the secret."""
    for number, line in enumerate(lines, 1):
        found = [name for name, pattern in PATTERNS.items() if pattern.search(line)]
        found += ["a secret of the stack or of a test" for secret in secrets if secret in line]
        if found:
            yield f"line {number}: {', '.join(found)}"


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    running = process.running(Settings(folder, 0))
    if running is None:
        sys.exit(f"No stack runs in {folder}.")
    settings = Settings(folder, running.port, sys.argv[2] if len(sys.argv) > 2 else "paceline")
    document = secret_cli.Stack(Access(settings.name, settings.endpoint)).read()
    roots = [document["current"], document.get("next"), *document.get("older", [])]
    secrets = TEST_SECRETS + [root for root in roots if root]
    with settings.log.open(errors="replace") as log:
        lines = log.readlines()
    leaks = list(find(lines, secrets))
    if not lines or not any("answered a request" in line for line in lines):
        sys.exit(f"{settings.log} has no lines of functions: nothing was looked at.")
    if leaks:
        sys.exit("Secrets in the log:\n" + "\n".join(leaks[:20]))
    print(f"no secret in {len(lines)} lines of {settings.log}")


if __name__ == "__main__":
    main()
