"""A chain of invocations through a queue is stopped after sixteen, unless its function allows loops."""

from __future__ import annotations

import json
import unittest

from local.aws.recursion import Trace
from local.aws_tests.emulator import QUEUE_RIGHTS, eventually, shared

AGAIN = """
import boto3, os

def handler(event, context):
    for record in event["Records"]:
        number = int(record["body"])
        queue = os.environ["QUEUE" if number < 20 else "END"]
        boto3.client("sqs").send_message(QueueUrl=queue, MessageBody=str(number + 1))
"""
"""Answers each message of its queue with the next one, but number 20, which it tells elsewhere."""


class RecursiveLoops(unittest.TestCase):
    def setUp(self) -> None:
        self.aws = shared()
        self.sqs = self.aws.client("sqs")

    def loop(self, name: str) -> tuple[str, str, str]:
        """A queue whose messages make the function send more; where refused ones go, and where the loop ends."""
        end, dead = self.aws.queue(f"{name}-end"), self.aws.queue(f"{name}-dead")
        redrive = json.dumps({"deadLetterTargetArn": self.aws.arn(dead), "maxReceiveCount": 2})
        queue = self.aws.queue(name, VisibilityTimeout="2", RedrivePolicy=redrive)
        variables = {"QUEUE": queue, "END": end}
        self.aws.function(name, AGAIN, QUEUE_RIGHTS, Timeout=2, Environment={"Variables": variables})
        self.aws.client("lambda").create_event_source_mapping(
            FunctionName=name, EventSourceArn=self.aws.arn(queue), BatchSize=1
        )
        return queue, dead, end

    def received(self, queue: str) -> dict[str, str]:
        """The messages of a queue: bodies, and how often each was received."""
        found = self.sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        ).get("Messages", [])
        return {message["Body"]: message["Attributes"]["ApproximateReceiveCount"] for message in found}

    def test_the_seventeenth_invocation_is_refused_and_counts_as_a_receive(self) -> None:
        queue, dead, end = self.loop("stopped")
        self.sqs.send_message(QueueUrl=queue, MessageBody="1")
        # Number 17 was received twice, without the function seeing it, and a third time from the dead letters.
        self.assertEqual(eventually(lambda: self.received(dead)), {"17": "3"})
        self.assertEqual(self.received(end), {})

    def test_a_loop_that_is_allowed_goes_on(self) -> None:
        queue, dead, end = self.loop("allowed")
        functions = self.aws.client("lambda")
        functions.put_function_recursion_config(FunctionName="allowed", RecursiveLoop="Allow")
        self.assertEqual(functions.get_function_recursion_config(FunctionName="allowed")["RecursiveLoop"], "Allow")
        self.sqs.send_message(QueueUrl=queue, MessageBody="1")
        self.assertEqual(eventually(lambda: self.received(end)), {"21": "1"})
        self.assertEqual(self.received(dead), {})

    def test_a_template_sets_whether_loops_are_allowed(self) -> None:
        role = self.aws.role("template-role", [])
        code = {"ZipFile": "def handler(event, context): pass"}
        function = {"Runtime": "python3.13", "Handler": "index.handler", "Role": role, "Code": code}
        for setting in ("Allow", "Terminate"):
            properties = function | {"FunctionName": "by-template", "RecursiveLoop": setting}
            self.aws.deploy("loops", {"F": {"Type": "AWS::Lambda::Function", "Properties": properties}})
            answer = self.aws.client("lambda").get_function_recursion_config(FunctionName="by-template")
            self.assertEqual(answer["RecursiveLoop"], setting)


class Traces(unittest.TestCase):
    def test_a_batch_continues_its_longest_chain(self) -> None:
        arn = "arn:aws:lambda:us-east-1:000000000000:function:f"
        short = Trace("1-0-a").through(arn)
        long = Trace("1-0-b").through(arn).through(arn).through(arn + "-other")
        both = Trace.of([short.header(), long.header()])
        self.assertEqual((both.root, both.count(arn), both.count(arn + "-other")), ("1-0-a", 2, 1))

    def test_a_header_of_others_begins_a_chain(self) -> None:
        self.assertEqual(Trace.of(["Root=1-5-6;Sampled=1", "nonsense", "Lineage=a:x|:3"]).lineage, {})


if __name__ == "__main__":
    unittest.main()
