"""What SQS refuses."""

from __future__ import annotations

import json
import time
import unittest
from typing import Any

from local.aws_tests.emulator import refusal, shared

INVALID = ("InvalidParameterValue", 400)


class Queues(unittest.TestCase):
    def setUp(self) -> None:
        self.sqs = shared().client("sqs")
        self.plain = shared().queue(f"plain-{self.id().rsplit('.')[-1]}"[:80])
        self.fifo = shared().queue(f"fifo-{self.id().rsplit('.')[-1]}"[:70] + ".fifo", FifoQueue="true")

    def send(self, queue: str, **more: Any) -> tuple[str, int]:
        fifo = {"MessageGroupId": "g", "MessageDeduplicationId": "d"} if queue == self.fifo else {}
        return refusal(self.sqs.send_message, **({"QueueUrl": queue, "MessageBody": "x"} | fifo | more))

    def receive(self, queue: str, **more: Any) -> str:
        """Receives the message that was sent. Returns its receipt."""
        receipt: str = self.sqs.receive_message(QueueUrl=queue, **more)["Messages"][0]["ReceiptHandle"]
        return receipt

    def test_delays_end_at_fifteen_minutes_and_are_not_for_a_message_of_a_fifo_queue(self) -> None:
        self.assertEqual(self.send(self.plain, DelaySeconds=900)[0], "accepted")
        self.assertEqual(self.send(self.plain, DelaySeconds=901), INVALID)
        self.assertEqual(self.send(self.plain, DelaySeconds=-1), INVALID)
        self.assertEqual(self.send(self.fifo, DelaySeconds=1), INVALID)

    def test_identifiers_have_up_to_128_characters_without_blanks(self) -> None:
        for name in ("MessageGroupId", "MessageDeduplicationId"):
            self.assertEqual(self.send(self.fifo, **{name: "a" * 128})[0], "accepted")
            self.assertEqual(self.send(self.fifo, **{name: "a" * 129}), INVALID)
            self.assertEqual(self.send(self.fifo, **{name: "a b"}), INVALID)

    def test_a_message_and_a_batch_have_up_to_a_mebibyte_with_attributes(self) -> None:
        attribute = {"a": {"DataType": "String", "StringValue": "b"}}
        size = 1_048_576 - len("aStringb")
        self.assertEqual(self.send(self.plain, MessageBody="x" * size, MessageAttributes=attribute)[0], "accepted")
        self.assertEqual(self.send(self.plain, MessageBody="x" * (size + 1), MessageAttributes=attribute), INVALID)
        halves = [{"Id": str(number), "MessageBody": "x" * 524_289} for number in range(2)]
        refused = refusal(self.sqs.send_message_batch, QueueUrl=self.plain, Entries=halves)
        self.assertEqual(refused[1], 400)
        self.assertIn("BatchRequestTooLong", refused[0])

    def test_a_batch_has_up_to_ten_entries_and_answers_for_each(self) -> None:
        eleven = [{"Id": str(number), "MessageBody": "x"} for number in range(11)]
        refused = refusal(self.sqs.send_message_batch, QueueUrl=self.plain, Entries=eleven)
        self.assertIn("TooManyEntriesInBatchRequest", refused[0])
        two = [{"Id": "good", "MessageBody": "x"}, {"Id": "bad", "MessageBody": "x", "DelaySeconds": 901}]
        answer = self.sqs.send_message_batch(QueueUrl=self.plain, Entries=two)
        self.assertEqual([entry["Id"] for entry in answer["Failed"]], ["bad"])

    def test_only_a_message_in_flight_has_a_visibility_to_change(self) -> None:
        self.send(self.plain)
        receipt = self.receive(self.plain, VisibilityTimeout=1)
        change = {"QueueUrl": self.plain, "ReceiptHandle": receipt}
        self.assertEqual(refusal(self.sqs.change_message_visibility, VisibilityTimeout=43_201, **change), INVALID)
        self.assertEqual(refusal(self.sqs.change_message_visibility, VisibilityTimeout=0, **change)[0], "accepted")
        refused = refusal(self.sqs.change_message_visibility, VisibilityTimeout=5, **change)
        self.assertIn("MessageNotInflight", refused[0])
        batch = self.sqs.change_message_visibility_batch(
            QueueUrl=self.plain, Entries=[{"Id": "a", "ReceiptHandle": receipt, "VisibilityTimeout": 5}]
        )
        self.assertIn("MessageNotInflight", batch["Failed"][0]["Code"])

    def test_a_message_is_invisible_for_twelve_hours_since_its_receive_at_most(self) -> None:
        self.send(self.plain)
        receipt = self.receive(self.plain)
        time.sleep(1.1)
        change = {"QueueUrl": self.plain, "ReceiptHandle": receipt}
        self.assertEqual(refusal(self.sqs.change_message_visibility, VisibilityTimeout=43_200, **change), INVALID)
        self.assertEqual(refusal(self.sqs.change_message_visibility, VisibilityTimeout=43_190, **change)[0], "accepted")

    def test_deleting_twice_succeeds(self) -> None:
        for queue in (self.plain, self.fifo):
            self.send(queue)
            receipt = self.receive(queue)
            for _ in range(2):
                deleted = refusal(self.sqs.delete_message, QueueUrl=queue, ReceiptHandle=receipt)
                self.assertEqual(deleted, ("accepted", 200))
        self.assertIn(
            "ReceiptHandleIsInvalid", refusal(self.sqs.delete_message, QueueUrl=self.plain, ReceiptHandle="x")[0]
        )

    def test_a_receipt_of_a_fifo_queue_expires(self) -> None:
        self.send(self.fifo)
        receipt = self.receive(self.fifo, VisibilityTimeout=1)
        time.sleep(1.1)
        delete = {"QueueUrl": self.fifo, "ReceiptHandle": receipt}
        self.assertEqual(refusal(self.sqs.delete_message, **delete), INVALID)
        newer = self.receive(self.fifo)
        self.assertEqual(refusal(self.sqs.delete_message, **delete), INVALID)
        self.assertEqual(refusal(self.sqs.delete_message, **(delete | {"ReceiptHandle": newer}))[0], "accepted")

    def test_a_dead_letter_queue_is_of_the_same_kind(self) -> None:
        redrive = json.dumps({"deadLetterTargetArn": shared().arn(self.plain), "maxReceiveCount": 3})
        change = {"QueueUrl": self.fifo, "Attributes": {"RedrivePolicy": redrive}}
        self.assertEqual(refusal(self.sqs.set_queue_attributes, **change), INVALID)
        made = {"QueueName": "other.fifo", "Attributes": {"FifoQueue": "true", "RedrivePolicy": redrive}}
        self.assertEqual(refusal(self.sqs.create_queue, **made), INVALID)
        other = shared().queue(self.plain.rsplit("/", 1)[-1][:70] + "-source")
        self.assertEqual(
            refusal(self.sqs.set_queue_attributes, QueueUrl=other, Attributes={"RedrivePolicy": redrive})[0], "accepted"
        )


if __name__ == "__main__":
    unittest.main()
