"""CloudWatch's alarms: which state each has by its metric's values, with a clock that may run faster.

    GET /_local/alarms                all alarms, as CloudWatch would see them now
    GET /_local/alarms?speed=60       the same with a clock that runs 60 times faster: a period of five minutes lasts five
                                      seconds, and what has waited for ten seconds has waited for ten minutes

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
"""

from __future__ import annotations

import json
import math
import operator
import time
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch

from local.aws import metrics
from local.aws.metrics import Point

Record = dict[str, Any]

PATH = "/_local/alarms"
MOST_SPEED = 300.0
EXTRA_PERIODS = 2
"""How many periods more than it needs an alarm looks back, to find real values. The documentation's example is three periods
of which five are looked at; the number is not documented otherwise."""

DURATIONS = ("ApproximateAgeOfOldestMessage", "IteratorAge")
"""Metrics that grow with the clock; and so do our own whose name ends in `Ms`."""

STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "Average": lambda values: sum(values) / len(values),
    "SampleCount": len,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def answer(speed: str) -> tuple[int, str]:
    """The status and text for a look at all alarms."""
    try:
        factor = float(speed or "1")
    except ValueError:
        factor = 0.0
    if not 1 <= factor <= MOST_SPEED:
        return 400, f"speed is a number from 1 to {MOST_SPEED:.0f}, such as {PATH}?speed=60"
    now = time.time()
    found = [about(alarm, now, factor) for alarm in cloudwatch._alarms.all_values()]
    return 200, json.dumps(sorted(found, key=lambda alarm: alarm["name"]), indent=2)


def about(alarm: Record, now: float, speed: float) -> Record:
    """An alarm: its state, and the values that it follows from, the oldest first."""
    dimension = next((one["Value"] for one in alarm.get("Dimensions") or ()), "")
    points = metrics.points(alarm["Namespace"], alarm["MetricName"], dimension)
    values = by_period(points, alarm, now, speed)
    if alarm["MetricName"] in DURATIONS or alarm["MetricName"].endswith("Ms"):
        values = [None if value is None else value * speed for value in values]
    return {
        "name": alarm["AlarmName"],
        "state": state(values, alarm),
        "values": values,
        "condition": f"{alarm['Statistic']} {alarm['ComparisonOperator']} {alarm['Threshold']:g}",
        "metric": " ".join(filter(None, [alarm["Namespace"], alarm["MetricName"], dimension])),
        "description": alarm["AlarmDescription"],
    }


def by_period(points: list[Point], alarm: Record, now: float, speed: float) -> list[float | None]:
    """The statistic of each of the latest periods that are over; nothing for one without a value."""
    length, count = alarm["Period"] / speed, alarm["EvaluationPeriods"] + EXTRA_PERIODS
    last = math.floor(now / length)
    buckets: list[list[float]] = [[] for _ in range(count)]
    for at, value in points:
        index = math.floor(at / length) - (last - count)
        if 0 <= index < count:
            buckets[index].append(value)
    statistic = STATISTICS[alarm["Statistic"]]
    return [statistic(values) if values else None for values in buckets]


def state(values: list[float | None], alarm: Record) -> str:
    """The state by CloudWatch's rules: real values count first, and missing ones only as far as real ones are too few.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    needed = alarm["EvaluationPeriods"]
    breaches, threshold = COMPARISONS[alarm["ComparisonOperator"]], alarm["Threshold"]
    real = [breaches(value, threshold) for value in values if value is not None]
    missing = alarm["TreatMissingData"]
    if missing not in ("breaching", "notBreaching"):
        return "NOT IMITATED: TreatMissingData must be breaching or notBreaching"
    counted = real[-needed:] + [missing == "breaching"] * (needed - len(real))
    return "ALARM" if sum(counted) >= alarm.get("DatapointsToAlarm", needed) else "OK"
