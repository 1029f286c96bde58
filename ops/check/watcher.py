"""What functions have written into their logs, and what CloudWatch counted, since the check began."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ops.access import Access

SETTLE_SECONDS = 90
"""Until what is in the logs is found, and what was counted is in the metrics; AWS promises nothing."""
REPORT = '{ $.type = "platform.report" }'
ERROR = '{ $.level = "ERROR" || $.record.status = "error" || $.record.status = "timeout" }'


@dataclass(frozen=True)
class Report:
    """What Lambda says of one invocation."""

    function: str
    init_ms: float | None
    """How long its start took, if it was a cold one."""
    memory_mb: int
    used_mb: int

    @classmethod
    def parse(cls, function: str, line: str) -> Report | None:
        """Reads a line of a log in JSON; nothing when it is no report."""
        try:
            event = json.loads(line)
            metrics = event["record"]["metrics"]
            is_report = event["type"] == "platform.report"
        except (ValueError, KeyError, TypeError):
            return None
        if not is_report:
            return None
        return cls(function, metrics.get("initDurationMs"), metrics["memorySizeMB"], metrics["maxMemoryUsedMB"])


class AwsWatcher:
    """The log groups and metrics of a stack on AWS."""

    is_aws = True

    def __init__(self, access: Access) -> None:
        self._stack = access.stack
        self._logs, self._cloudwatch = access.client("logs"), access.client("cloudwatch")
        self._started = datetime.now(timezone.utc)
        self._reports: list[Report] | None = None

    def settle(self) -> None:
        """Waits until the last lines are there."""
        time.sleep(SETTLE_SECONDS)

    def lines(self, *words: str) -> list[str]:
        """The lines of all functions that have one of the words, in this case."""
        pattern = " ".join(f'?"{word}"' for word in words)
        return [f"{function}: {line}" for function, line in self._find(pattern)]

    def errors(self) -> list[str]:
        """What was logged as an error, crashed, or ran into its time-out."""
        return [f"{function}: {line}" for function, line in self._find(ERROR)]

    def reports(self) -> list[Report] | None:
        """Lambda's reports of all invocations up to the first time that they are asked for."""
        if self._reports is None:
            found = (Report.parse(function, line) for function, line in self._find(REPORT))
            self._reports = [report for report in found if report]
        return self._reports

    def metric(self, name: str, function: str) -> float | None:
        """The sum of one of Lambda's metrics for a function."""
        answer = self._cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=name,
            Dimensions=[{"Name": "FunctionName", "Value": f"{self._stack}-{function}"}],
            StartTime=self._started - timedelta(minutes=1),
            EndTime=datetime.now(timezone.utc) + timedelta(minutes=1),
            Period=3600,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in answer["Datapoints"])

    def _find(self, pattern: str) -> Iterator[tuple[str, str]]:
        prefix = f"/aws/lambda/{self._stack}-"
        groups = self._logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
        events = self._logs.get_paginator("filter_log_events")
        since = int(self._started.timestamp() * 1000)
        for name in [group["logGroupName"] for page in groups for group in page["logGroups"]]:
            for page in events.paginate(logGroupName=name, filterPattern=pattern, startTime=since):
                for event in page["events"]:
                    yield name.removeprefix(prefix), event["message"]


class LocalWatcher:
    """The log of a local stack; it counts nothing."""

    is_aws = False

    def __init__(self, log: Path) -> None:
        self._log = log
        self._begin = log.stat().st_size

    def settle(self) -> None:
        """Nothing to wait for."""

    def lines(self, *words: str) -> list[str]:
        """As on AWS."""
        with self._log.open("rb") as log:
            log.seek(self._begin)
            text = log.read().decode(errors="replace")
        return [line for line in text.splitlines() if any(word in line for word in words)]

    def errors(self) -> list[str]:
        """As on AWS; also those that others have caused."""
        return self.lines("| ERROR")

    def reports(self) -> list[Report] | None:
        """There are none."""
        return None

    def metric(self, name: str, function: str) -> float | None:
        """There is none."""
        return None


Watcher = AwsWatcher | LocalWatcher
