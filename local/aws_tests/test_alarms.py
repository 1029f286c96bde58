"""Alarms follow from metrics as CloudWatch documents it, and metrics from queues, functions, the API and log lines."""

from __future__ import annotations

import json
import unittest
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from local.aws.alarms import by_period, state
from local.aws.log_patterns import Pattern, PatternError
from local.aws.metrics import metric_value, oldest_seconds
from local.aws_tests.emulator import Record, eventually, refusal, shared

SPEED = 60
"""A period of five minutes lasts five seconds."""

FAILS = "def handler(event, context):\n    raise ValueError('on purpose')\n"


def call(url: str, method: str = "GET", **query: str) -> tuple[int, str]:
    """The status and text of an answer."""
    try:
        with urlopen(Request(f"{url}?{urlencode(query)}", method=method), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def alarm(**changes: Any) -> Record:
    """An alarm as MiniStack keeps it: one period in which the value is above nought."""
    return {
        "Period": 300,
        "EvaluationPeriods": 1,
        "Statistic": "Sum",
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    } | changes


class States(unittest.TestCase):
    def test_the_latest_values_count(self) -> None:
        self.assertEqual(state([0.0, 0.0, 1.0], alarm()), "ALARM")
        self.assertEqual(state([1.0, 1.0, 0.0], alarm()), "OK")

    def test_missing_values_count_only_where_there_are_too_few(self) -> None:
        # As in the documentation's table: the real value is older than what is missing, and counts all the same.
        self.assertEqual(state([1.0, None, None], alarm()), "ALARM")
        self.assertEqual(state([None, None, None], alarm()), "OK")
        self.assertEqual(state([None, None, None], alarm(TreatMissingData="breaching")), "ALARM")
        three = alarm(EvaluationPeriods=3)
        self.assertEqual(state([None, None, None, 1.0, 1.0], three), "OK")
        self.assertEqual(state([None, None, 1.0, 1.0, 1.0], three), "ALARM")
        self.assertEqual(state([None, None, None, 1.0, 1.0], three | {"TreatMissingData": "breaching"}), "ALARM")

    def test_some_of_several_periods_may_be_enough(self) -> None:
        one_of_two = alarm(EvaluationPeriods=2, DatapointsToAlarm=1)
        self.assertEqual(state([0.0, 0.0, 1.0, 0.0], one_of_two), "ALARM")
        self.assertEqual(state([1.0, 1.0, 0.0, 0.0], one_of_two), "OK")

    def test_only_periods_that_are_over_count(self) -> None:
        points = [(5.0, 2.0), (9.9, 3.0), (10.0, 7.0)]
        self.assertEqual(by_period(points, alarm(), 14.9, SPEED), [None, None, 5.0])
        self.assertEqual(by_period(points, alarm(Statistic="Maximum"), 15.0, SPEED), [None, 3.0, 7.0])

    def test_the_speed_is_that_of_the_periods(self) -> None:
        points = [(290.0, 2.0), (310.0, 3.0)]
        self.assertEqual(by_period(points, alarm(), 600.0, 1), [None, 2.0, 3.0])


class Patterns(unittest.TestCase):
    def test_fields_are_compared(self) -> None:
        record = {"a": {"b": "POST /x/webhooks/{id}"}, "n": 3, "yes": True, "status": "401"}
        for text, expected in (
            ('{ $.a.b = "POST *webhooks*" }', True),
            ('{ $.a.b = "GET *" }', False),
            ('{ $.missing = "*" }', False),
            ('{ $.status = "*" }', True),
            ('{ $.n = "*" }', False),
            ("{ $.n >= 3 }", True),
            ("{ $.n > 3 }", False),
            ("{ $.status > 3 }", False),
            ("{ $.yes IS TRUE }", True),
            ("{ $.no IS TRUE }", False),
            ('{ ($.n > 5) || ($.status = "4*" && $.yes IS TRUE) }', True),
            ('{ ($.n > 5 || $.status = "4*") && $.yes IS FALSE }', False),
        ):
            self.assertEqual(Pattern(text).matches(record), expected, text)

    def test_what_is_not_understood_is_said(self) -> None:
        for text in ("ERROR", "{ $.a }", "{ ($.a = 1 }", "{ $.a = 1 $.b = 2 }", "{ $.a ~ 1 }", "{ $.a IS MAYBE }"):
            with self.assertRaises(PatternError):
                Pattern(text)


class Values(unittest.TestCase):
    def test_a_metric_is_a_number_or_a_field(self) -> None:
        self.assertEqual(metric_value("1", {}), 1.0)
        self.assertEqual(metric_value("$.late_ms", {"late_ms": 41}), 41.0)
        for other in ({}, {"late_ms": "41"}, {"late_ms": True}):
            self.assertIsNone(metric_value("$.late_ms", other))

    def test_what_was_received_three_times_has_no_age(self) -> None:
        message = {"sent_at": 10.0, "receive_count": 2}
        self.assertEqual(oldest_seconds([message, message | {"sent_at": 20.0}], 30.0), 20.0)
        self.assertEqual(oldest_seconds([message | {"receive_count": 3}, message | {"sent_at": 20.0}], 30.0), 10.0)
        self.assertEqual(oldest_seconds([], 30.0), 0.0)


class Metrics(unittest.TestCase):
    """What happens in the emulator is seen by an alarm, which ends when it ends."""

    def setUp(self) -> None:
        self.aws = shared()

    def watch(self, name: str, namespace: str, metric: str, dimension: tuple[str, str] | None, **changes: Any) -> None:
        """Makes an alarm of a period of five minutes."""
        dimensions = [{"Name": dimension[0], "Value": dimension[1]}] if dimension else []
        about = {"AlarmName": name, "Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}
        properties = alarm(Statistic="Maximum", AlarmDescription="for a test") | about | changes
        self.aws.deploy(f"stack-{name}", {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}})

    def state(self, name: str) -> str:
        found = json.loads(call(f"{self.aws.settings.endpoint}/_local/alarms", speed=str(SPEED))[1])
        state: str = next(alarm["state"] for alarm in found if alarm["name"] == name)
        return state

    def becomes(self, name: str, state: str) -> None:
        eventually(lambda: self.state(name) == state)

    def test_messages_that_wait(self) -> None:
        queue = self.aws.queue("waiting")
        self.watch("waiting", "AWS/SQS", "ApproximateNumberOfMessagesVisible", ("QueueName", "waiting"))
        self.assertEqual(self.state("waiting"), "OK")
        self.aws.client("sqs").send_message(QueueUrl=queue, MessageBody="x")
        self.becomes("waiting", "ALARM")
        self.aws.client("sqs").purge_queue(QueueUrl=queue)
        self.becomes("waiting", "OK")

    def test_the_age_of_a_queue_leaves_out_poison(self) -> None:
        queue = self.aws.queue("poisoned", VisibilityTimeout="0")
        age = ("QueueName", "poisoned")
        self.watch("old", "AWS/SQS", "ApproximateAgeOfOldestMessage", age, Threshold=120)
        sqs = self.aws.client("sqs")
        sqs.send_message(QueueUrl=queue, MessageBody="x")
        self.becomes("old", "ALARM")
        for _ in range(3):
            sqs.receive_message(QueueUrl=queue)
        self.becomes("old", "OK")

    def test_functions_that_fail_or_are_throttled(self) -> None:
        self.aws.function("failing", FAILS, [])
        self.watch("errors", "AWS/Lambda", "Errors", ("FunctionName", "failing"), Statistic="Sum")
        self.watch("throttles", "AWS/Lambda", "Throttles", None, Statistic="Sum")
        self.aws.client("lambda").invoke(FunctionName="failing")
        self.becomes("errors", "ALARM")
        self.assertEqual(self.state("throttles"), "OK")
        throttle = f"{self.aws.settings.endpoint}/_local/throttle/function/failing"
        call(throttle, "PUT", seconds="60")
        refusal(self.aws.client("lambda").invoke, FunctionName="failing")
        call(throttle, "PUT", seconds="0")
        self.becomes("throttles", "ALARM")
        for name in ("errors", "throttles"):
            self.becomes(name, "OK")

    def test_an_api_that_fails(self) -> None:
        api = self.aws.api("failing-api", self.aws.function("behind-api", FAILS, []))
        self.aws.permit("behind-api", api)
        self.watch("api", "AWS/ApiGateway", "5xx", ("ApiId", api), Statistic="Sum")
        self.assertEqual(call(self.aws.api_url(api))[0], 500)
        self.becomes("api", "ALARM")
        self.becomes("api", "OK")

    def test_a_stream_that_is_late(self) -> None:
        table = {
            "TableName": "streamed",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        }
        tables = self.aws.client("dynamodb")
        stream = tables.create_table(**table)["TableDescription"]["LatestStreamArn"]
        self.aws.function("reader", FAILS, ["dynamodb:*"])
        functions = self.aws.client("lambda")
        self.watch("late", "AWS/Lambda", "IteratorAge", ("FunctionName", "reader"), Threshold=240_000)
        functions.create_event_source_mapping(
            FunctionName="reader", EventSourceArn=stream, StartingPosition="TRIM_HORIZON"
        )
        tables.put_item(TableName="streamed", Item={"id": {"S": "x"}})
        self.becomes("late", "ALARM")
        functions.delete_function(FunctionName="reader")
        self.becomes("late", "OK")

    def test_lines_of_an_access_log(self) -> None:
        group = "/aws/vendedlogs/test"
        self.aws.deploy("access-log", {"L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": group}}})
        value = {"MetricNamespace": "Own", "MetricName": "Failed", "MetricValue": "1"}
        pattern = '{ $.status = "5*" }'
        properties = {"LogGroupName": group, "FilterPattern": pattern, "MetricTransformations": [value]}
        self.aws.deploy("access-filter", {"F": {"Type": "AWS::Logs::MetricFilter", "Properties": properties}})
        api = self.aws.api("logging-api", self.aws.function("logged", FAILS, []))
        self.aws.permit("logged", api)
        arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"
        settings = {"DestinationArn": arn, "Format": "{}"}
        self.aws.client("apigatewayv2").update_stage(ApiId=api, StageName="$default", AccessLogSettings=settings)
        self.watch("lines", "Own", "Failed", None, Statistic="Sum")
        call(self.aws.api_url(api))
        self.becomes("lines", "ALARM")
        self.becomes("lines", "OK")

    def test_a_pattern_that_is_not_understood_is_refused(self) -> None:
        properties = {"LogGroupName": "any", "FilterPattern": "ERROR", "MetricTransformations": []}
        self.aws.deploy("bad-filter", {"F": {"Type": "AWS::Logs::MetricFilter", "Properties": properties}})
        events = self.aws.client("cloudformation").describe_stack_events(StackName="bad-filter")["StackEvents"]
        reasons = [event.get("ResourceStatusReason", "") for event in events]
        self.assertTrue(any("only patterns for JSON are imitated" in reason for reason in reasons), reasons)

    def test_a_speed_that_makes_no_sense_is_refused(self) -> None:
        for speed in ("0", "fast", "1000"):
            status, _ = call(f"{self.aws.settings.endpoint}/_local/alarms", speed=speed)
            self.assertEqual(status, 400, speed)


if __name__ == "__main__":
    unittest.main()
