"""What Lambda and the HTTP API refuse: sizes, settings, executions too many, and what a test makes refuse."""

from __future__ import annotations

import json
import os
import threading
import time
import unittest
import urllib.error
import urllib.request
from typing import Any
from unittest.mock import patch

import ministack.services.lambda_svc as lambdas

from local.aws import concurrency
from local.aws_tests.emulator import QUEUE_RIGHTS, Emulator, eventually, refusal, shared

REFUSED = ("InvalidParameterValueException", 400)
BACK = "def handler(event, context): return 'x' * event.get('size', 0)"
SLOW = "import time\ndef handler(event, context): time.sleep(2)"


def call(url: str, data: bytes | None = None, method: str | None = None) -> tuple[int, str]:
    """An answer's status and text."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, method=method), timeout=40) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def permitted_api(aws: Emulator, name: str, arn: str) -> str:
    """Makes an HTTP API that may call the function. Returns its address."""
    api = aws.api(name, arn)
    aws.permit(name, api)
    return aws.api_url(api)


class Sizes(unittest.TestCase):
    def test_a_synchronous_payload_has_six_megabytes_in_and_out(self) -> None:
        functions = shared().client("lambda")
        shared().function("back", BACK, [])
        large = json.dumps({"text": "x" * 6_291_456})
        refused = refusal(functions.invoke, FunctionName="back", Payload=large)
        self.assertEqual(refused, ("RequestTooLargeException", 413))
        self.assertNotIn("FunctionError", functions.invoke(FunctionName="back", Payload=b'{"size": 6000000}'))
        answer = functions.invoke(FunctionName="back", Payload=b'{"size": 6291456}')
        self.assertEqual(json.loads(answer["Payload"].read())["errorType"], "Function.ResponseSizeTooLarge")

    def test_an_event_has_one_megabyte(self) -> None:
        shared().function("event", BACK, [])
        send = {"FunctionName": "event", "InvocationType": "Event"}
        payload = json.dumps({"text": "x" * 1_048_576})
        refused = refusal(shared().client("lambda").invoke, Payload=payload, **send)
        self.assertEqual(refused, ("RequestTooLargeException", 413))

    def test_variables_have_four_kilobytes_together(self) -> None:
        shared().function("variables", BACK, [], Environment={"Variables": {"A": "x" * 4_000}})
        change = {"FunctionName": "variables", "Environment": {"Variables": {"A": "x" * 4_000, "B": "x" * 100}}}
        self.assertEqual(refusal(shared().client("lambda").update_function_configuration, **change), REFUSED)

    def test_the_api_refuses_large_bodies_and_tells_nothing_of_failures(self) -> None:
        arn = shared().function("fails", "def handler(event, context): raise ValueError('of its own')", [])
        url = permitted_api(shared(), "fails", arn)
        self.assertEqual(call(url), (500, '{"message": "Internal Server Error"}'))
        self.assertEqual(call(url, b"x" * 10_485_761)[0], 413)


class Mappings(unittest.TestCase):
    def setUp(self) -> None:
        self.functions = shared().client("lambda")

    def test_the_visibility_is_at_least_the_time_out_and_concurrency_at_least_two(self) -> None:
        shared().function("timed", BACK, QUEUE_RIGHTS, Timeout=10)
        arn = shared().arn(shared().queue("short", VisibilityTimeout="9"))
        mapping = {"FunctionName": "timed", "EventSourceArn": arn}
        self.assertEqual(refusal(self.functions.create_event_source_mapping, **mapping), REFUSED)
        mapping["EventSourceArn"] = shared().arn(shared().queue("long", VisibilityTimeout="10"))
        one = {"ScalingConfig": {"MaximumConcurrency": 1}}
        self.assertEqual(refusal(self.functions.create_event_source_mapping, **mapping, **one)[1], 400)
        self.assertEqual(refusal(self.functions.create_event_source_mapping, **mapping)[0], "accepted")

    def test_a_fifo_queue_has_batches_of_ten(self) -> None:
        shared().function("ordered", BACK, QUEUE_RIGHTS)
        arn = shared().arn(shared().queue("ordered.fifo", FifoQueue="true"))
        mapping = {"FunctionName": "ordered", "EventSourceArn": arn, "BatchSize": 11}
        self.assertEqual(refusal(self.functions.create_event_source_mapping, **mapping), REFUSED)


class Concurrency(unittest.TestCase):
    """An account whose functions share three executions."""

    aws: Emulator
    functions: Any

    @classmethod
    def setUpClass(cls) -> None:
        cls.aws = Emulator(concurrency=3)
        cls.addClassCleanup(cls.aws.stop)
        cls.functions = cls.aws.client("lambda")

    def occupy(self, name: str, times: int) -> list[threading.Thread]:
        """Starts so many executions, and waits until they run."""
        invoke = self.aws.client("lambda").invoke
        threads = [threading.Thread(target=invoke, kwargs={"FunctionName": name}) for _ in range(times)]
        for thread in threads:
            thread.start()
        time.sleep(0.8)
        return threads

    def test_all_functions_share_the_account_s_concurrency(self) -> None:
        arn = self.aws.function("slow", SLOW, [])
        self.aws.function("other", BACK, QUEUE_RIGHTS, Timeout=1)
        url = permitted_api(self.aws, "slow", arn)
        queue = self.aws.queue("waiting", VisibilityTimeout="2")
        self.functions.create_event_source_mapping(FunctionName="other", EventSourceArn=self.aws.arn(queue))
        self.functions.invoke(FunctionName="other", Payload=b"{}")
        threads = self.occupy("slow", 3)
        self.aws.client("sqs").send_message(QueueUrl=queue, MessageBody="x")
        self.assertEqual(refusal(self.functions.invoke, FunctionName="other"), ("TooManyRequestsException", 429))
        self.assertEqual(call(url), (503, '{"message": "Service Unavailable"}'))
        self.assertEqual(self.waiting(queue), ("0", "1"))  # it was received, and stays invisible
        for thread in threads:
            thread.join()
        self.assertEqual(refusal(self.functions.invoke, FunctionName="other", Payload=b"{}")[0], "accepted")
        eventually(lambda: self.waiting(queue) == ("0", "0"))

    def waiting(self, queue: str) -> tuple[str, str]:
        """How many messages are visible, and how many are not."""
        counts: dict[str, str] = self.aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])[
            "Attributes"
        ]
        return counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]

    def test_a_small_account_has_nothing_to_reserve(self) -> None:
        self.aws.function("reserves", BACK, [])
        reserve = {"FunctionName": "reserves", "ReservedConcurrentExecutions": 1}
        self.assertEqual(refusal(self.functions.put_function_concurrency, **reserve), REFUSED)


class Reservations(unittest.TestCase):
    def test_what_is_reserved_is_taken_from_the_others(self) -> None:
        functions = {name: {"config": config(name), "concurrency": kept} for name, kept in (("a", 2), ("b", None))}
        account = {"LAMBDA_ACCOUNT_CONCURRENCY": "3"}
        with patch.dict(os.environ, account), patch.object(lambdas, "_functions", functions):
            taken = [concurrency.acquire(functions[name], config(name)) for name in "bbaaa"]
            for key, _ in taken:
                lambdas._release_execution_slot(key)
        self.assertEqual([refused for _, refused in taken], [None, "account", None, None, "function"])

    def test_a_template_reserves(self) -> None:
        code = {"ZipFile": BACK}
        function = {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": shared().role("kept", []),
            "Code": code,
        }
        properties = function | {"FunctionName": "kept", "ReservedConcurrentExecutions": 1}
        resources = {"F": {"Type": "AWS::Lambda::Function", "Properties": properties}}
        shared().deploy("kept", resources)
        kept = shared().client("lambda").get_function_concurrency(FunctionName="kept")
        self.assertEqual(kept["ReservedConcurrentExecutions"], 1)


def config(name: str) -> dict[str, str]:
    """A function's configuration."""
    return {"FunctionName": name, "FunctionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{name}"}


class Throttles(unittest.TestCase):
    def throttle(self, kind: str, name: str, seconds: str = "5") -> int:
        return call(f"{shared().settings.endpoint}/_local/throttle/{kind}/{name}?seconds={seconds}", method="PUT")[0]

    def check(self, kind: str, name: str, request: Any, refused: tuple[str, int], **arguments: Any) -> None:
        """Refused while it is throttled, and accepted after that."""
        self.assertEqual(self.throttle(kind, name), 204)
        self.assertEqual(refusal(request, **arguments), refused)
        self.assertEqual(self.throttle(kind, name, "0"), 204)
        self.assertEqual(refusal(request, **arguments)[0], "accepted")

    def test_what_is_throttled_refuses_as_on_aws(self) -> None:
        tables, queues, functions = (shared().client(name) for name in ("dynamodb", "sqs", "lambda"))
        tables.create_table(
            TableName="throttled",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        )
        queue = shared().queue("throttled")
        shared().function("throttled", BACK, [])
        key = {"TableName": "throttled", "Key": {"k": {"S": "a"}}}
        self.check("table", "throttled", tables.get_item, ("ThrottlingException", 400), **key)
        batch = {"RequestItems": {"throttled": [{"PutRequest": {"Item": {"k": {"S": "a"}}}}]}}
        self.check("table", "throttled", tables.batch_write_item, ("ThrottlingException", 400), **batch)
        message = {"QueueUrl": queue, "MessageBody": "x"}
        self.check("queue", "throttled", queues.send_message, ("RequestThrottled", 400), **message)
        invocation = {"FunctionName": "throttled", "Payload": b"{}"}
        self.check("function", "throttled", functions.invoke, ("TooManyRequestsException", 429), **invocation)

    def test_a_wish_that_makes_no_sense_is_refused(self) -> None:
        for kind, name, seconds in (
            ("bucket", "x", "1"),
            ("table", "", "1"),
            ("table", "x", "soon"),
            ("table", "x", "601"),
        ):
            self.assertEqual(self.throttle(kind, name, seconds), 400)


if __name__ == "__main__":
    unittest.main()
