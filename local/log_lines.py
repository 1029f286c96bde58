"""Makes a function's log line readable: JSON, as it is written for CloudWatch, becomes a sentence with fields."""

from __future__ import annotations

import json
import time
from typing import Any

HIDDEN = frozenset({"timestamp", "level", "message", "target", "span", "spans"})
"""Fields that are shown in another way, or that say nothing on a local stack."""


def readable(function: str, line: str, at: float) -> str:
    """One line for a person: time, function, level, sentence, fields. What is no JSON record stays as it is."""
    clock = f"{time.strftime('%H:%M:%S', time.localtime(at))}.{int(at * 1000) % 1000:03d}"
    return f"{clock} {function} | {_sentence(line.rstrip())}"


def _sentence(line: str) -> str:
    try:
        # Pairs, because a field may have the name of the sentence, and both are worth seeing.
        record = json.loads(line, object_pairs_hook=lambda pairs: pairs)
    except ValueError:
        return line
    if not isinstance(record, list) or not record or not isinstance(record[0], tuple):
        return line
    sentences = [value for name, value in record if name == "message"]
    if not sentences:
        return line
    fields = [(name, value) for name, value in record if name not in HIDDEN]
    fields += [("message", value) for value in sentences[1:]]
    level = next((value for name, value in record if name == "level"), "")
    return " ".join([f"{level:<5}", str(sentences[0]), *(f"{name}={_value(value)}" for name, value in fields)])


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value if value and " " not in value else json.dumps(value, ensure_ascii=False)
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        value = dict(value)
    return json.dumps(value, ensure_ascii=False)
