"""The metrics that the template's alarms look at, taken from the emulator's own state and the functions' log lines.

MiniStack keeps alarms and metric filters, but no metric of queues, streams or an API, and it matches no filter. Here each value
is noted with its time; `alarms.py` looks at them. Nothing outlives a restart.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

import ministack.services.lambda_svc as lambdas
from ministack.services import apigateway, cloudwatch_logs, sqs

from local.aws import processes, provisioning
from local.aws.log_patterns import Pattern, PatternError
from local.aws.work import stopping

Record = dict[str, Any]
Point = tuple[float, float]
"""When, and what."""

KEPT_POINTS = 20_000
"""Of each metric: hours of one that is looked at each second."""

SAMPLE_SECONDS = 0.5
"""How often queues are looked at. SQS does so each minute."""

RECEIVES_LEFT_OUT = 3
"""What was received so often does not count for the age of a queue's oldest message."""

_points: dict[tuple[str, str, str], deque[Point]] = {}
_lock = threading.Lock()


def apply() -> None:
    """Applies the changes of this module, after those that refuse executions."""
    watch_functions()
    watch_api()
    watch_logs()
    check_filters()
    threading.Thread(target=sample_queues, daemon=True, name="queue-metrics").start()


def note(namespace: str, name: str, dimension: str, value: float) -> None:
    """Notes a value of a metric. The dimension is its value alone, or empty: no metric here has two."""
    with _lock:
        points = _points.setdefault((namespace, name, dimension), deque(maxlen=KEPT_POINTS))
        points.append((time.time(), value))


def points(namespace: str, name: str, dimension: str) -> list[Point]:
    """All that was noted of a metric, the oldest first."""
    with _lock:
        return list(_points.get((namespace, name, dimension), ()))


def watch_functions() -> None:
    """Invocations, errors and throttles, of each function and of all of them; how late a stream's batch is.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    execute, acquire = lambdas._execute_function_dispatch, lambdas._acquire_execution_slot

    def execute_and_note(function: Record, config: Record, event: Any, *args: Any) -> Record:
        note_function(config["FunctionName"], "Invocations", 1)
        age_ms = iterator_age_ms(event)
        if age_ms is not None:
            note_function(config["FunctionName"], "IteratorAge", age_ms)
        result: Record = execute(function, config, event, *args)
        note_function(config["FunctionName"], "Errors", 1 if result.get("error") else 0)
        return result

    def acquire_and_note(function: Record, config: Record) -> Any:
        slot, limit = acquire(function, config)
        if slot is None:
            note_function(config["FunctionName"], "Throttles", 1)
        return slot, limit

    lambdas._execute_function_dispatch, lambdas._acquire_execution_slot = execute_and_note, acquire_and_note


def note_function(function: str, name: str, value: float) -> None:
    """Lambda has each metric of a function, and the same without a dimension for all functions together."""
    note("AWS/Lambda", name, function, value)
    note("AWS/Lambda", name, "", value)


def iterator_age_ms(event: Any) -> float | None:
    """The age of the last record of a stream's batch, or nothing for another event."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not records or records[-1].get("eventSource") != "aws:dynamodb":
        return None
    created = float(records[-1]["dynamodb"]["ApproximateCreationDateTime"])
    return max(0.0, time.time() - created) * 1000


def watch_api() -> None:
    """Answers of the class 4xx and 5xx, and the part of the access log that filters look at.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    """
    handle = apigateway._handle_execute_in_scope

    async def handle_and_note(api: str, stage: str, path: str, method: str, *args: Any, **kwargs: Any) -> Any:
        answer = await handle(api, stage, path, method, *args, **kwargs)
        for name, first in (("4xx", 4), ("5xx", 5)):
            note("AWS/ApiGateway", name, api, 1 if answer[0] // 100 == first else 0)
        route = apigateway._match_route(api, method, "/" + path.lstrip("/")) or {}
        line = {"method": method, "route": route.get("routeKey", ""), "status": str(answer[0])}
        for group in access_logs(api):
            note_line(group, json.dumps(line))
        return answer

    apigateway._handle_execute_in_scope = handle_and_note


def access_logs(api: str) -> Iterable[str]:
    """The groups that the stages of an API write their access logs to."""
    for stage in (apigateway._stages.get(api) or {}).values():
        arn = str((stage.get("accessLogSettings") or {}).get("destinationArn", ""))
        if arn:
            yield arn.split(":log-group:")[-1].removesuffix(":*")


def watch_logs() -> None:
    """Each line that a function writes meets the filters of its group."""
    processes.on_line.append(lambda function, line: note_line(group_of(function), line))


def group_of(function: str) -> str:
    """The log group of a function."""
    config = (lambdas._functions.get(function) or {}).get("config") or {}
    group: str = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{function}"
    return group


def note_line(group: str, line: str) -> None:
    """Notes the values of all metric filters of a log group that match a line.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
    """
    filters = [about for about in cloudwatch_logs._metric_filters.all_values() if about["logGroupName"] == group]
    if not filters:
        return
    try:
        record = json.loads(line)
    except ValueError:
        return
    for about in filters:
        if Pattern(about["filterPattern"]).matches(record):
            for wanted in about["metricTransformations"]:
                value = metric_value(wanted["metricValue"], record)
                if value is not None:
                    note(wanted["metricNamespace"], wanted["metricName"], "", value)


def metric_value(wanted: str, record: Any) -> float | None:
    """A number, or the number that a field of the line has; nothing when that is none."""
    if not str(wanted).startswith("$."):
        return float(wanted)
    value = Pattern.field(record, str(wanted)[2:])
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def check_filters() -> None:
    """Refuses a filter whose pattern is not understood here, so that none fails to match in silence."""

    def check(properties: Record) -> None:
        try:
            Pattern(str(properties.get("FilterPattern", "")))
        except PatternError as error:
            raise ValueError(str(error)) from error

    provisioning.before("AWS::Logs::MetricFilter", check)


def sample_queues() -> None:
    """What waits in each queue, and for how long.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    """
    while not stopping.wait(SAMPLE_SECONDS):
        now = time.time()
        for queue in list(sqs._queues.all_values()):
            messages = list(queue["messages"])
            visible = sum(message["visible_at"] <= now for message in messages)
            note("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue["name"], visible)
            note("AWS/SQS", "ApproximateAgeOfOldestMessage", queue["name"], oldest_seconds(messages, now))


def oldest_seconds(messages: list[Record], now: float) -> float:
    """The age of the oldest message that was not received three times already: SQS leaves out what does not succeed."""
    fresh = [message["sent_at"] for message in messages if message["receive_count"] < RECEIVES_LEFT_OUT]
    return max(0.0, now - min(fresh)) if fresh else 0.0

