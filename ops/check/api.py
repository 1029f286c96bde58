"""Calls of the API and of signed addresses, and waiting for what they bring about."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import urllib3

T = TypeVar("T")
Json = dict[str, Any]
SIDE_BY_SIDE = 4
"""Calls at a time: enough to be quick, and less than half of what a new AWS account may run."""
TRIES = 60
TIMEOUT = urllib3.Timeout(connect=10, read=35)


class CallError(Exception):
    """The API answered something else than it should."""


class WaitError(Exception):
    """What was waited for has not come."""


@dataclass(frozen=True)
class Answer:
    """An answer, and how long it took."""

    status: int
    headers: Any
    body: bytes
    seconds: float

    @property
    def json(self) -> Json:
        """The body, or an empty object when it is no JSON."""
        try:
            found: Json = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Http:
    """A client for any address; it follows no redirect and repeats nothing."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(maxsize=SIDE_BY_SIDE, retries=False)

    def call(self, method: str, url: str, body: bytes | None = None, headers: Json | None = None) -> Answer:
        """One call."""
        started = time.monotonic()
        answer = self._pool.request(method, url, body=body, headers=headers, redirect=False, timeout=TIMEOUT)
        return Answer(answer.status, answer.headers, answer.data, time.monotonic() - started)


class Api:
    """An account's calls of the API."""

    def __init__(self, http: Http, base_url: str, key: str, token: str) -> None:
        self.http, self.base_url = http, base_url
        self._key, self._token = key, token

    def call(self, method: str, path: str, body: Json | bytes | None = None, headers: Json | None = None) -> Answer:
        """A call with the account's key; where a limit is reached, it is made again when the answer says so."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        given = {"x-api-key": self._key} | ({"content-type": "application/json"} if isinstance(body, dict) else {})
        for _ in range(TRIES):
            answer = self.http.call(method, self.base_url + path, data, given | (headers or {}))
            # 503 without a problem is a function that was throttled, as in a new account; nothing was done.
            if answer.status != 429 and not (answer.status == 503 and "code" not in answer.json):
                break
            time.sleep(float(answer.headers.get("retry-after", 1)))
        return answer

    def with_token(self, method: str, path: str, body: Json | None = None) -> Answer:
        """A call with a token, for what a key may not do."""
        return self.call(method, path, body, {"authorization": f"Bearer {self._token}"})

    def must(self, method: str, path: str, body: Json | None = None) -> Json:
        """The body of an answer that has to be a success."""
        answer = self.call(method, path, body)
        if answer.status >= 300:
            raise CallError(f"{method} {path}: {answer.status} {answer.body[:200]!r}")
        return answer.json

    def each(self, path: str) -> Iterator[Json]:
        """All items of a list, page by page."""
        cursor = None
        while True:
            page = self.must("GET", path + (f"&cursor={cursor}" if cursor else ""))
            yield from page["data"]
            cursor = page["pagination"]["nextCursor"]
            if not cursor:
                return


def wait_for(find: Callable[[], T | None], seconds: float, what: str, pause: float = 1.0) -> T:
    """What `find` finds in the end."""
    until = time.monotonic() + seconds
    while True:
        found = find()
        if found is not None:
            return found
        if time.monotonic() > until:
            raise WaitError(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)
