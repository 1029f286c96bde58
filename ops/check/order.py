"""Whether the messages of a session went out as promised, by their own times. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

IN_PROGRESS = 1
"""A send that was being prepared when a better message was accepted may still go first."""


@dataclass(frozen=True)
class Sent:
    """A message that was sent; times are milliseconds since 1970."""

    id: str
    priority: int
    due: int
    """What decides within its priority: when it was accepted, or its campaign."""
    known: int
    """When it was stored at the latest, so that every later look at the line sees it."""
    sending: int
    sent: int
    is_of_campaign: bool = False

    @property
    def place(self) -> tuple[int, int, str]:
        """Where it stands in its session's line."""
        return (self.priority, self.due, self.id)


def millis(text: str) -> int:
    """A time of the API, as milliseconds since 1970."""
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def sent_of(message: dict[str, Any], known: dict[str, int], campaign_due: int) -> Sent:
    """A message as the API shows it. `known` says of single messages when they were stored at the latest."""
    is_of_campaign = message["campaignId"] is not None
    due = campaign_due if is_of_campaign else millis(message["createdAt"])
    return Sent(
        message["id"],
        message["priority"],
        due,
        known.get(message["id"], due),
        millis(message["sendingAt"]),
        millis(message["sentAt"]),
        is_of_campaign,
    )


def overtaken(messages: list[Sent]) -> list[str]:
    """The messages that had to wait for worse ones: more than the one that was being sent as they came."""
    wrong = []
    for message in messages:
        waited = [
            other
            for other in messages
            if other.place > message.place and message.known <= other.sending < message.sending
        ]
        allowed = 0 if message.is_of_campaign else IN_PROGRESS
        if len(waited) > allowed:
            wrong.append(f"{message.id} (priority {message.priority}) waited for {len(waited)} that were behind it")
    return wrong


def crossings(messages: list[Sent]) -> int:
    """How many messages went before one that was accepted earlier: whether there was any order to keep."""
    went = sorted(messages, key=lambda message: message.sending)
    return sum(any(later.due < message.due for later in went[index + 1 :]) for index, message in enumerate(went))


def gaps(messages: list[Sent]) -> list[int]:
    """The milliseconds between the end of each send and the start of the next; below 0 where two overlap."""
    went = sorted(messages, key=lambda message: message.sending)
    return [later.sending - earlier.sent for earlier, later in pairwise(went)]
