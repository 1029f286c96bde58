"""What was given up, why, and back with it: the dead-letter queues of any stack, local or on AWS.

    .local/venv/bin/python -m ops.dead_letters --local .local                       show, local stack
    .local/venv/bin/python -m ops.dead_letters --stack paceline --put-back          put back, AWS

A ticket goes back into the queue of its priority, an item of the timer into the timer, a step of a campaign or an upload
into the queue of ingestion. That is always safe: a ticket only says "look at this session", a report that comes late changes
nothing, and ingestion goes on where its campaign is. What cannot be read stays where it is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ops import access

QUEUE_OF = {1: "HighQueueUrl", 5: "NormalQueueUrl", 10: "BulkQueueUrl"}
"""The output with the queue of each priority."""

HIDDEN_SECONDS = 5
"""For so long what was looked at is out of sight: just long enough to look at the rest."""


@dataclass(frozen=True)
class Letter:
    """A message of a dead-letter queue."""

    id: str
    handle: str
    body: str
    receives: int
    first_sent: str

    @property
    def content(self) -> dict[str, Any] | None:
        """What it says, or nothing when that is nothing of ours."""
        try:
            content = json.loads(self.body)
        except ValueError:
            return None
        if not isinstance(content, dict):
            return None
        is_ticket = all(isinstance(content.get(name), str) for name in ("sessionId", "messageId"))
        return content if "kind" in content or is_ticket or _is_ingestion(content) else None

    @property
    def queue(self) -> str | None:
        """The output with the queue that the message came from, or nothing if that is not known."""
        content = self.content
        if content is None:
            return None
        if "kind" in content:
            return "TimerQueueUrl"
        return "IngestQueueUrl" if _is_ingestion(content) else QUEUE_OF.get(content.get("priority", 0))


def _is_ingestion(content: dict[str, Any]) -> bool:
    """Whether it is a step of an ingestion, or the bucket's own message about an upload."""
    return {"campaignId", "segment"} <= content.keys() or "Records" in content


def letters(sqs: Any, queue_url: str) -> Iterator[Letter]:
    """Everything in a dead-letter queue that is not hidden."""
    seen: set[str] = set()
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=HIDDEN_SECONDS,
            AttributeNames=["All"],
        )
        # What took so long to show that it is visible again was shown before.
        found = [message for message in answer.get("Messages", []) if message["MessageId"] not in seen]
        if not found:
            return
        for message in found:
            seen.add(message["MessageId"])
            attributes = message.get("Attributes", {})
            first = datetime.fromtimestamp(int(attributes.get("SentTimestamp", 0)) / 1000, timezone.utc)
            yield Letter(
                message["MessageId"],
                message["ReceiptHandle"],
                message["Body"],
                int(attributes.get("ApproximateReceiveCount", 0)),
                first.isoformat(timespec="seconds"),
            )


def explain(letter: Letter, message: dict[str, Any] | None) -> str:
    """One line for a person: what it is, and what became of the message that it is about."""
    content = letter.content
    if content is None:
        return f"{letter.first_sent}  malformed, stays: {letter.body[:80]!r}"
    what = content.get("kind") or f"ticket of priority {content.get('priority')}"
    if _is_ingestion(content):
        what = "step of a campaign that is stored" if "segment" in content else "upload"
    if "messageId" not in content:
        return f"{letter.first_sent}  {what}, received {letter.receives} times: {letter.body[:200]}"
    if message is None:
        state = "its message is gone: nothing is left to do"
    elif message["status"]["S"] in ("queued", "sending"):
        error = message.get("error", {}).get("M", {}).get("code", {}).get("S")
        state = f"its message is {message['status']['S']}" + (f" after {error}" if error else "")
    else:
        state = f"its message is {message['status']['S']}: nothing is lost"
    return (
        f"{letter.first_sent}  {what}, received {letter.receives} times, "
        f"session {content['sessionId']}, message {content['messageId']}; {state}"
    )


def put_back(sqs: Any, outputs: dict[str, str], dead_url: str, letter: Letter) -> bool:
    """Sends a letter where it came from, then deletes it; dying in between sends it twice, which does no harm."""
    queue, content = letter.queue, letter.content
    if queue is None or content is None:
        return False
    fifo = {}
    if queue in QUEUE_OF.values():
        # A ticket needs an id that no other had: of one that was sent lately, the queue would drop it.
        fifo = {"MessageGroupId": content["sessionId"], "MessageDeduplicationId": letter.id}
    sqs.send_message(QueueUrl=outputs[queue], MessageBody=letter.body, **fifo)
    sqs.delete_message(QueueUrl=dead_url, ReceiptHandle=letter.handle)
    return True


def go_over(clients: dict[str, Any], outputs: dict[str, str], puts_back: bool) -> int:
    """Shows everything that was given up, and puts it back when asked to. Returns how much stays."""
    stays = 0
    for name in ("TicketsDeadQueueUrl", "TimerDeadQueueUrl", "IngestDeadQueueUrl"):
        for letter in letters(clients["sqs"], outputs[name]):
            is_back = puts_back and put_back(clients["sqs"], outputs, outputs[name], letter)
            stays += not is_back
            print(("put back  " if is_back else "") + explain(letter, message_of(clients["dynamodb"], outputs, letter)))
    return stays


def message_of(dynamodb: Any, outputs: dict[str, str], letter: Letter) -> dict[str, Any] | None:
    """The row of the message that a letter is about."""
    content = letter.content
    if content is None or "messageId" not in content:
        return None
    key = {name: {"S": content[name]} for name in ("sessionId", "messageId")}
    item: dict[str, Any] | None = dynamodb.get_item(TableName=outputs["MessagesTableName"], Key=key).get("Item")
    return item


def main() -> None:
    parser = argparse.ArgumentParser(description="Shows what was given up, and puts it back.")
    access.add_arguments(parser)
    parser.add_argument("--put-back", action="store_true", help="put everything back where it came from")
    arguments = parser.parse_args()
    stack = access.chosen(arguments)
    try:
        clients = {name: stack.client(name) for name in ("dynamodb", "sqs")}
        stays = go_over(clients, stack.outputs(), arguments.put_back)
    except (ClientError, BotoCoreError) as error:
        sys.exit(str(error))
    if not arguments.put_back:
        print(f"{stays} given up" + ("; --put-back puts them back" if stays else ""))


if __name__ == "__main__":
    main()
