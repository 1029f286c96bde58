"""What the steps share: the stack that is checked, two accounts on it, and what earlier steps have made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.config import Config
from samtranslator.yaml_helper import yaml_parse

from local.settings import ROOT
from ops import operator_cli
from ops.access import Access
from ops.check.api import SIDE_BY_SIDE, Api, Http, Json
from ops.check.cost import Sizes
from ops.check.order import Sent
from ops.check.watcher import Watcher

T = TypeVar("T")
PHONES = "49155{:07d}00"
"""Numbers that the sandbox sends to: none of the endings that mean trouble."""
SHARE_OF_SMALL = 50
"""A fiftieth of all recipients is spread over the sessions that have neither the long list nor the cancelled one."""


@dataclass
class Facts:
    """What steps have made, for those after them."""

    sessions: list[str] = field(default_factory=list)
    campaigns: list[tuple[str, int]] = field(default_factory=list)
    """The stored campaigns and their recipients: first the long one, then the one that is cancelled."""
    sent: list[Sent] = field(default_factory=list)
    """What was sent, in the order in which it is listed."""
    first_calls: dict[str, float] = field(default_factory=dict)
    """The seconds of the first call of each route."""
    upload: Json = field(default_factory=dict)
    """Where and how a file may be put."""


class Check:
    """A run of the check."""

    def __init__(self, access: Access, sizes: Sizes, watcher: Watcher) -> None:
        self.access, self.sizes, self.watcher = access, sizes, watcher
        self.outputs = access.outputs()
        self.params = parameters_of(access)
        self.http = Http()
        self.template = yaml_parse((ROOT / "template.yaml").read_text())
        # As long as the function may take; and once, since a command whose answer was lost may have been carried out.
        patient = Config(read_timeout=900, retries={"total_max_attempts": 1})
        self._lambda = access.client("lambda", config=patient)
        self.patience = 60.0 + sizes.sends * 2 + sizes.recipients / 40
        """Seconds after which what has not come does not come."""
        self.facts = Facts()
        self.base_url = self._base_url()
        self.accounts: list[str] = []
        self.main, self.other = self._account("check"), self._account("check of routes")

    @property
    def is_aws(self) -> bool:
        """Whether the stack runs on AWS."""
        return self.watcher.is_aws

    @property
    def gap_ms(self) -> int:
        """The smallest gap that the stack allows."""
        return max(int(self.params["GapFloorMs"]), 1)

    def operate(self, command: str, **arguments: Any) -> Json:
        """One of the operator's commands."""
        return operator_cli.call(self._lambda, self.access.stack, command, **arguments)

    def side_by_side(self, do: Callable[[Any], T], items: Iterable[Any]) -> list[T]:
        """Does something with each item, several at a time."""
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            return list(pool.map(do, items))

    def _account(self, name: str) -> Api:
        account = self.operate("create-account", name=name)["accountId"]
        self.accounts.append(account)
        key = self.operate("create-api-key", accountId=account, name="check")["apiKey"]
        token = self.operate("issue-token", accountId=account, expiresInSeconds=14_400)["jwt"]
        return Api(self.http, self.base_url, key, token)

    def _base_url(self) -> str:
        return self.params.get("ApiUrl") or self.outputs["ApiBaseUrl"]


def parameters_of(access: Access) -> dict[str, str]:
    """The parameters that the stack was deployed with."""
    stack = access.client("cloudformation").describe_stacks(StackName=access.stack)["Stacks"][0]
    return {item["ParameterKey"]: item["ParameterValue"] for item in stack.get("Parameters", [])}


def shares(sizes: Sizes) -> list[int]:
    """How many recipients each session gets: a long list, a list that is cancelled, and short ones."""
    short = max(sizes.sessions - 2, 0)
    rest = max(sizes.recipients // SHARE_OF_SMALL, short)
    long = sizes.recipients - sizes.cancels - rest
    each = [rest // short + (number < rest % short) for number in range(short)]
    return [long, sizes.cancels, *each]


def recipients(count: int) -> list[Json]:
    """So many recipients."""
    return [{"phone": PHONES.format(number)} for number in range(count)]


def split_sends(sends: int) -> tuple[int, list[int]]:
    """How many go out as a campaign, and the priorities of the single messages among them."""
    singles = sends * 3 // 10
    return sends - singles, [1 if number % 4 == 3 else 5 for number in range(singles)]


def known_at(created: int, seconds: float) -> int:
    """When a message was stored at the latest, by the stack's clock: the answer has come, and all of the call was later."""
    return created + round(seconds * 1000)

