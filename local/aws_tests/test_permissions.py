"""A function has the rights of its role and no others; services need theirs, too."""

from __future__ import annotations

import json
import unittest
import urllib.error
import urllib.request
from typing import Any

import boto3

from local.aws_tests.emulator import QUEUE_RIGHTS, eventually, refusal, shared

SEND = """
import boto3, os
from botocore.exceptions import ClientError

def handler(event, context):
    try:
        boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody="x")
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "sent"
"""

SEND_BATCH = """
import boto3, os

def handler(event, context):
    entries = [{"Id": "a", "MessageBody": "x"}]
    sent = boto3.client("sqs").send_message_batch(QueueUrl=os.environ["QUEUE"], Entries=entries)
    return "sent" if len(sent["Successful"]) == 1 else sent
"""


class Roles(unittest.TestCase):
    def setUp(self) -> None:
        self.aws = shared()
        self.iam = self.aws.client("iam")

    def invoke(self, name: str) -> Any:
        return json.loads(self.aws.client("lambda").invoke(FunctionName=name)["Payload"].read())

    def test_a_function_may_do_what_its_role_allows_and_nothing_else(self) -> None:
        queue = self.aws.queue("rights")
        self.aws.function("rights", SEND, [], Environment={"Variables": {"QUEUE": queue}})
        self.assertIn("AccessDenied", self.invoke("rights"))
        policy = {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": self.aws.arn(queue)}]}
        made = self.iam.create_policy(PolicyName="send", PolicyDocument=json.dumps(policy))["Policy"]["Arn"]
        self.iam.attach_role_policy(RoleName="rights-role", PolicyArn=made)
        self.assertEqual(self.invoke("rights"), "sent")
        self.iam.detach_role_policy(RoleName="rights-role", PolicyArn=made)
        self.assertIn("AccessDenied", self.invoke("rights"))

    def test_a_batch_needs_the_right_of_the_single_action(self) -> None:
        queue = self.aws.queue("batches")
        self.aws.function("batches", SEND_BATCH, ["sqs:SendMessage"], Environment={"Variables": {"QUEUE": queue}})
        self.assertEqual(self.invoke("batches"), "sent")

    def test_a_mapping_takes_messages_in_the_name_of_the_role(self) -> None:
        queue = self.aws.queue("mapped", VisibilityTimeout="5")
        self.aws.function("mapped", "def handler(event, context): pass", QUEUE_RIGHTS[:2])
        functions = self.aws.client("lambda")
        mapping = {"FunctionName": "mapped", "EventSourceArn": self.aws.arn(queue)}
        self.assertEqual(
            refusal(functions.create_event_source_mapping, **mapping), ("InvalidParameterValueException", 400)
        )
        rights = {"Statement": [{"Effect": "Allow", "Action": QUEUE_RIGHTS, "Resource": "*"}]}
        self.iam.put_role_policy(RoleName="mapped-role", PolicyName="rights", PolicyDocument=json.dumps(rights))
        made = functions.create_event_source_mapping(**mapping)["UUID"]
        self.iam.delete_role_policy(RoleName="mapped-role", PolicyName="rights")
        eventually(lambda: "AccessDenied" in functions.get_event_source_mapping(UUID=made)["LastProcessingResult"])
        self.aws.client("sqs").send_message(QueueUrl=queue, MessageBody="x")
        counts = self.aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        self.assertEqual(counts["ApproximateNumberOfMessages"], "1")

    def test_an_api_needs_the_function_s_permission(self) -> None:
        arn = self.aws.function("by-api", "def handler(event, context): return {'statusCode': 204}", [])
        api = self.aws.api("by-api", arn)
        self.assertEqual(status(self.aws.api_url(api)), 500)
        self.aws.permit("by-api", api)
        self.assertEqual(status(self.aws.api_url(api)), 204)


class Callers(unittest.TestCase):
    def test_only_the_administrator_s_key_with_its_secret_is_taken(self) -> None:
        endpoint = shared().settings.endpoint
        for key, secret in (("test", "wrong"), ("AKIAIOSFODNN7EXAMPLE", "test")):
            client = boto3.client(
                "dynamodb",
                endpoint_url=endpoint,
                region_name="us-east-1",
                aws_access_key_id=key,
                aws_secret_access_key=secret,
            )
            self.assertGreaterEqual(refusal(client.list_tables)[1], 400, key)
        unsigned = urllib.request.Request(endpoint, b"{}", {"x-amz-target": "DynamoDB_20120810.ListTables"})
        self.assertGreaterEqual(status(unsigned), 400)
        self.assertEqual(refusal(shared().client("dynamodb").list_tables), ("accepted", 200))

    def test_a_policy_that_asks_for_tls_lets_loopback_pass(self) -> None:
        s3 = shared().client("s3")
        s3.create_bucket(Bucket="only-tls")
        arn = "arn:aws:s3:::only-tls/*"
        condition = {"Bool": {"aws:SecureTransport": "false"}}
        deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": arn, "Condition": condition}
        s3.put_bucket_policy(Bucket="only-tls", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
        source = "import boto3\ndef handler(e, c): boto3.client('s3').put_object(Bucket='only-tls', Key='k', Body=b'x')"
        shared().function("puts", source, ["s3:PutObject"])
        self.assertNotIn("FunctionError", shared().client("lambda").invoke(FunctionName="puts"))


def status(request: str | urllib.request.Request) -> int:
    """The status of an answer."""
    try:
        with urllib.request.urlopen(request, timeout=35) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


if __name__ == "__main__":
    unittest.main()
