"""What a step of the check is, and the table that all of them fill: an assumption, and what was seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Verdict(Enum):
    """How an assumption came out."""

    OK = "ok"
    DIFFERS = "differs"
    NOT_SEEN = "not seen"


@dataclass(frozen=True)
class Seen:
    """What a step has seen."""

    verdict: Verdict
    text: str


def ok(text: str) -> Seen:
    """The assumption holds."""
    return Seen(Verdict.OK, text)


def differs(text: str) -> Seen:
    """It does not hold."""
    return Seen(Verdict.DIFFERS, text)


def not_seen(text: str) -> Seen:
    """This run could not tell; the text says why."""
    return Seen(Verdict.NOT_SEEN, text)


def judged(holds: bool, text: str) -> Seen:
    """The one or the other."""
    return ok(text) if holds else differs(text)


Looking = Generator[None, None, Seen]


@dataclass(frozen=True)
class Step:
    """One assumption, and the function that looks whether it holds.

    `look` begins something, yields, and returns what it sees of it. All steps begin before the first one looks, so that what
    takes long runs side by side. One that has nothing to begin yields at once.
    """

    name: str
    assumption: str
    look: Callable[[Any], Looking]


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    step: Step
    seen: Seen


def run_all(steps: Iterable[Step], check: Any, say: Callable[[str], None]) -> list[Row]:
    """Begins all steps, then has each of them look. One that fails differs, and keeps no other from going on."""
    begun = [(step, _begin(step, check, say)) for step in steps]
    return [Row(step, _end(step, looking, say)) for step, looking in begun]


def _begin(step: Step, check: Any, say: Callable[[str], None]) -> Looking | Seen:
    looking = step.look(check)
    started = time.monotonic()
    try:
        next(looking)
    except StopIteration as stop:
        return stop.value if isinstance(stop.value, Seen) else differs("it has said nothing")
    except Exception as error:  # whatever it is, the other steps and the removal go on
        return differs(_sentence(error))
    seconds = time.monotonic() - started
    if seconds > 1:
        say(f"begun: {step.name} ({seconds:.0f} s)")
    return looking


def _end(step: Step, looking: Looking | Seen, say: Callable[[str], None]) -> Seen:
    seen = looking if isinstance(looking, Seen) else _finish(looking)
    say(f"{step.name}: {seen.verdict.value}, {seen.text}")
    return seen


def _finish(looking: Looking) -> Seen:
    try:
        next(looking)
    except StopIteration as stop:
        return stop.value if isinstance(stop.value, Seen) else differs("it has said nothing")
    except Exception as error:  # as above
        return differs(_sentence(error))
    return differs("it has not come to an end")


def _sentence(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def markdown(rows: Iterable[Row]) -> str:
    """The table, for a document and for a terminal."""
    lines = [f"| {row.step.name} | {_cell(row.step.assumption)} | {row.seen.verdict.value} | {_cell(row.seen.text)} |" for row in rows]
    return "\n".join(["| step | assumption | | seen |", "|---|---|---|---|", *lines])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def document(rows: list[Row], where: str, commit: str, date: str, sizes: str) -> str:
    """The text of docs/AWS_CHECK.md."""
    counts = ", ".join(f"{sum(row.seen.verdict is verdict for row in rows)} {verdict.value}" for verdict in Verdict)
    return (
        "# What AWS does\n\n"
        f"Written by `make aws-check` on {date}: {where}, commit {commit}. {sizes}\n\n"
        f"{counts}.\n\n{markdown(rows)}\n"
    )
