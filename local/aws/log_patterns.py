"""Filter patterns of CloudWatch Logs for lines in JSON: comparisons of fields, `&&`, `||` and parentheses.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
"""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

Match = Callable[[Any], bool]

TOKEN = re.compile(r'\s*(&&|\|\||\(|\)|\$\.[\w.-]+|!=|>=|<=|=|>|<|"[^"]*"|-?\d+(?:\.\d+)?|[A-Z]+)')
NUMBERS = {"=": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}


class PatternError(ValueError):
    """A pattern that is wrong, or that uses something that is not imitated."""


class Pattern:
    """One pattern, such as `{ ($.route = "POST *") && ($.status = "4*") }`."""

    def __init__(self, text: str) -> None:
        self.matches: Match = compiled(text)

    @staticmethod
    def field(record: Any, path: str) -> Any:
        """The field at a path such as `span.requestId`; nothing when there is none."""
        for name in path.split("."):
            record = record.get(name) if isinstance(record, dict) else None
        return record


@lru_cache
def compiled(text: str) -> Match:
    """The pattern as a function."""
    inner = re.fullmatch(r"\s*\{(.*)\}\s*", text, re.DOTALL)
    if not inner:
        raise PatternError(f"only patterns for JSON are imitated, not: {text}")
    tokens = tokens_of(inner[1], text)
    match = any_of(tokens, text)
    if tokens:
        raise PatternError(f"not understood from {tokens[0]} on: {text}")
    return match


def tokens_of(inner: str, text: str) -> list[str]:
    """The words of a pattern."""
    found, at = [], 0
    while inner[at:].strip():
        token = TOKEN.match(inner, at)
        if not token:
            raise PatternError(f"not understood from {inner[at:].strip()} on: {text}")
        found.append(token[1])
        at = token.end()
    return found


def any_of(tokens: list[str], text: str) -> Match:
    """Parts joined by `||`."""
    parts = [all_of(tokens, text)]
    while tokens[:1] == ["||"]:
        tokens.pop(0)
        parts.append(all_of(tokens, text))
    return lambda record: any(part(record) for part in parts)


def all_of(tokens: list[str], text: str) -> Match:
    """Parts joined by `&&`, which binds more tightly."""
    parts = [one(tokens, text)]
    while tokens[:1] == ["&&"]:
        tokens.pop(0)
        parts.append(one(tokens, text))
    return lambda record: all(part(record) for part in parts)


def one(tokens: list[str], text: str) -> Match:
    """A comparison, or something in parentheses."""
    if tokens[:1] == ["("]:
        tokens.pop(0)
        match = any_of(tokens, text)
        if tokens[:1] != [")"]:
            raise PatternError(f"a parenthesis is not closed: {text}")
        tokens.pop(0)
        return match
    if len(tokens) < 3 or not tokens[0].startswith("$."):
        raise PatternError(f"a comparison such as $.field = 1 is missing: {text}")
    path, sign, value = tokens.pop(0)[2:], tokens.pop(0), tokens.pop(0)
    return comparison(path, sign, value, text)


def comparison(path: str, sign: str, value: str, text: str) -> Match:
    """A field compared with a text, in which `*` stands for anything, with a number, or with a constant."""
    if sign == "IS" and value in CONSTANTS:
        constant = CONSTANTS[value]
        return lambda record: Pattern.field(record, path) is constant
    if value.startswith('"') and sign in ("=", "!="):
        wanted = value[1:-1].replace("[", "[[]").replace("?", "[?]")
        return lambda record: texts_equal(Pattern.field(record, path), wanted) == (sign == "=")
    if sign in NUMBERS and value.lstrip("-")[:1].isdigit():
        return lambda record: is_number(Pattern.field(record, path)) and NUMBERS[sign](
            Pattern.field(record, path), float(value)
        )
    raise PatternError(f"the comparison of $.{path} is not understood: {text}")


def texts_equal(found: Any, wanted: str) -> bool:
    """Whether a field is a text of this form."""
    return isinstance(found, str) and fnmatch.fnmatchcase(found, wanted)


def is_number(found: Any) -> bool:
    """Whether a field is a number."""
    return isinstance(found, int | float) and not isinstance(found, bool)
