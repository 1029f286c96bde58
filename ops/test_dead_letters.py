"""What is put back, and where: a ticket in the wrong queue, or dropped as a duplicate, would be lost once more."""

import json
import unittest
from typing import Any

from ops import dead_letters
from ops.dead_letters import Letter

OUTPUTS = {name: name for name in ("HighQueueUrl", "NormalQueueUrl", "BulkQueueUrl", "TimerQueueUrl", "IngestQueueUrl", "ChoresQueueUrl")}
IDS = {"sessionId": "s", "messageId": "m"}


def letter(body: Any) -> Letter:
    return Letter("id-1", "handle-1", body if isinstance(body, str) else json.dumps(body), 101, "2026-04-20T10:00:00")


class Sqs:
    """Writes down what it is asked to do."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def send_message(self, **arguments: Any) -> None:
        self.calls.append(("send", arguments))

    def delete_message(self, **arguments: Any) -> None:
        self.calls.append(("delete", arguments))


class PutBack(unittest.TestCase):
    def test_a_ticket_goes_into_the_queue_of_its_priority(self) -> None:
        for priority, queue in ((1, "HighQueueUrl"), (5, "NormalQueueUrl"), (10, "BulkQueueUrl")):
            sqs = Sqs()
            self.assertTrue(dead_letters.put_back(sqs, OUTPUTS, "dead", letter(IDS | {"priority": priority})))
            (first, sent), (second, deleted) = sqs.calls
            self.assertEqual((first, second), ("send", "delete"), "deleted only when it is back")
            self.assertEqual((sent["QueueUrl"], sent["MessageGroupId"]), (queue, "s"))
            self.assertEqual(sent["MessageDeduplicationId"], "id-1", "not the id of the lost one")
            self.assertEqual(deleted, {"QueueUrl": "dead", "ReceiptHandle": "handle-1"})

    def test_an_item_of_the_timer_goes_into_the_timer(self) -> None:
        sqs = Sqs()
        item = letter(IDS | {"kind": "sandbox_report", "status": "read"})
        self.assertTrue(dead_letters.put_back(sqs, OUTPUTS, "dead", item))
        self.assertEqual(sqs.calls[0][1], {"QueueUrl": "TimerQueueUrl", "MessageBody": item.body})

    def test_what_ingestion_gave_up_goes_on_there(self) -> None:
        for body in ({"accountId": "a", "campaignId": "c", "segment": 3}, {"Records": [{"eventSource": "aws:s3"}]}):
            sqs = Sqs()
            item = letter(body)
            self.assertTrue(dead_letters.put_back(sqs, OUTPUTS, "dead", item))
            self.assertEqual(sqs.calls[0][1], {"QueueUrl": "IngestQueueUrl", "MessageBody": item.body})
            self.assertNotIn("malformed", dead_letters.explain(item, None))

    def test_a_step_of_a_chore_goes_on_there(self) -> None:
        sqs = Sqs()
        item = letter({"subject": {"campaign": "c"}, "number": 7})
        self.assertTrue(dead_letters.put_back(sqs, OUTPUTS, "dead", item))
        self.assertEqual(sqs.calls[0][1], {"QueueUrl": "ChoresQueueUrl", "MessageBody": item.body})
        self.assertIn("step of a chore", dead_letters.explain(item, None))

    def test_the_clearing_of_a_campaign_is_an_item_of_the_timer(self) -> None:
        sqs = Sqs()
        self.assertTrue(dead_letters.put_back(sqs, OUTPUTS, "dead", letter({"kind": "clear_campaign", "campaignId": "c"})))
        self.assertEqual(sqs.calls[0][1]["QueueUrl"], "TimerQueueUrl")

    def test_what_cannot_be_read_stays(self) -> None:
        for body in ("what", "[]", {"sessionId": "s"}, IDS | {"priority": 7}):
            sqs = Sqs()
            self.assertFalse(dead_letters.put_back(sqs, OUTPUTS, "dead", letter(body)))
            self.assertEqual(sqs.calls, [])


class Explain(unittest.TestCase):
    def test_it_says_what_became_of_the_message(self) -> None:
        ticket = letter(IDS | {"priority": 5})
        self.assertIn("nothing is left to do", dead_letters.explain(ticket, None))
        self.assertIn("nothing is lost", dead_letters.explain(ticket, {"status": {"S": "sent"}}))
        waiting = {"status": {"S": "queued"}, "error": {"M": {"code": {"S": "provider_unavailable"}}}}
        text = dead_letters.explain(ticket, waiting)
        self.assertIn("ticket of priority 5, received 101 times, session s, message m", text)
        self.assertIn("queued after provider_unavailable", text)
        self.assertIn("malformed", dead_letters.explain(letter("what"), None))


if __name__ == "__main__":
    unittest.main()
