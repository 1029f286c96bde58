"""Checks the tools and makes the virtual environments. Runs with the system's Python, before anything is installed.

    python3 -m local.prepare run     what `make run` needs
    python3 -m local.prepare lint    what the checks of the template and of the dependencies need
    python3 -m local.prepare issuer  the OpenID server that the tests log in at; needs Node

An environment is made again only when one of its requirements files changed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

ISSUER = Path(__file__).resolve().parent.parent / "tests" / "system" / "issuer"
OLDEST_PYTHON = (3, 10)
ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = {
    # The SAM CLI pins other versions of the AWS libraries than the local stack does.
    "run": (ROOT / ".local" / "venv", ["requirements.txt"]),
    "lint": (ROOT / ".local" / "venv-lint", ["requirements-lint.txt", "requirements-cargo.txt"]),
}


def missing_tools() -> list[str]:
    """One sentence for each tool that is missing, saying how to get it."""
    missing = []
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        missing.append(
            f"Python 3.10 or newer is needed, this is {found}. Install one, or name another: make run PYTHON=python3.12"
        )
    if shutil.which("cargo") is None:
        missing.append("Cargo, Rust's build tool, is missing. Install Rust from https://rustup.rs")
    if shutil.which("cc") is None:
        missing.append(
            "A C compiler (cc) is missing. Install one: apt install build-essential, or xcode-select --install"
        )
    return missing


def install_issuer() -> None:
    """Installs the OpenID server of the tests; quick when nothing changed."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        sys.exit(
            f"{' and '.join(missing)} is missing: the tests log in at a real OpenID server, which runs on Node 20 or newer. "
            "Install Node from https://nodejs.org, or: apt install nodejs npm"
        )
    lock, stamp = ISSUER / "package-lock.json", ISSUER / "node_modules" / "lock.sha256"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"installing the OpenID server of {lock.relative_to(ROOT)} (once) …", flush=True)
    command = ["npm", "ci", "--prefix", str(ISSUER), "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    run(command, "Is the network (the npm registry) reachable?")
    stamp.write_text(wanted)


def make_environment(name: str) -> None:
    """Makes or renews the virtual environment of that name; quick when nothing changed."""
    folder, names = ENVIRONMENTS[name]
    requirements = [ROOT / "local" / name for name in names]
    stamp = folder / "requirements.sha256"
    # Another Python needs another environment too.
    wanted = hashlib.sha256(b"".join(map(Path.read_bytes, requirements)) + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    started = time.monotonic()
    print(f"installing the tools of local/{' and '.join(names)} (about a minute, once) …", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(folder)], "Python's venv module may be missing: apt install python3-venv")
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for file in requirements:  # one by one: where one line has a hash, pip asks all lines for theirs
        run([*pip, "--requirement", str(file)], "Is the network (pypi.org) reachable?")
    stamp.write_text(wanted)
    print(f"  done in {time.monotonic() - started:.0f} s", flush=True)


def run(command: list[str], hint: str) -> None:
    """Runs a command, and ends with the hint when it fails."""
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        sys.exit(f"This failed: {' '.join(command)}\n{hint}")


def main() -> None:
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name == "issuer":
        install_issuer()
        return
    if name not in ENVIRONMENTS:
        sys.exit(__doc__)
    missing = missing_tools()
    if missing:
        sys.exit("\n".join(missing))
    make_environment(name)


if __name__ == "__main__":
    main()
