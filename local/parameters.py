"""Template parameters, as given on the command line and as the template declares them."""

from __future__ import annotations

import difflib
import shlex
from typing import Any

LOCAL_VALUES = {
    "Architecture": "x86_64",
    "AllowPrivateProviders": "true",
    "HighConcurrency": "20",
    "TimerConcurrency": "20",
}
"""What a local stack always sets: the tests' providers listen on this machine, which has few cores."""


class ParameterError(ValueError):
    """A parameter that the template does not know, or a word that is no parameter; the text is for a person."""


def parse(text: str) -> dict[str, str]:
    """Reads `Name=value Other="two words"`."""
    params = {}
    for word in shlex.split(text):
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise ParameterError(f'“{word}” is no parameter; write PARAMS="Name=value Other=value".')
        params[name] = value
    return params


def in_force(template: dict[str, Any], given: dict[str, str]) -> dict[str, str]:
    """All parameters with their values: the template's defaults, the local ones, and what was given."""
    declared: dict[str, Any] = template.get("Parameters") or {}
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise ParameterError(_unknown(unknown[0], sorted(declared)))
    values = {name: _text(about["Default"]) for name, about in declared.items() if "Default" in about}
    values |= {name: value for name, value in LOCAL_VALUES.items() if name in declared}
    values |= given
    missing = sorted(set(declared) - set(values))
    if missing:
        raise ParameterError(f'{missing[0]} has no default; give it: PARAMS="{missing[0]}=…"')
    return values


def typed(template: dict[str, Any], values: dict[str, str]) -> dict[str, str | int | float]:
    """The values as JSON has them: numbers as numbers. Secret ones are left out."""
    declared = template.get("Parameters") or {}
    shown = {name: value for name, value in values.items() if not declared[name].get("NoEcho")}
    return {name: _number(value) if declared[name].get("Type") == "Number" else value for name, value in shown.items()}


def _text(value: object) -> str:
    # YAML reads an unquoted true as a boolean; CloudFormation calls it "true".
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: str) -> int | float:
    return int(value) if value.lstrip("-").isdigit() else float(value)


def _unknown(name: str, declared: list[str]) -> str:
    close = difflib.get_close_matches(name, declared, n=1, cutoff=0.6)
    guess = f" Did you mean {close[0]}?" if close else ""
    return f"The template has no parameter {name}.{guess}\nIt has: {', '.join(declared)}"
