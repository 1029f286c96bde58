"""Each alarm fires when its cause is there, and ends when it is over; none fires while all is well.

    python -m local.stack_tests.alarms .local/stack.json            # or: … -k throttles

Needs a running local stack that nobody else uses, with `GapFloorMs` of at most 100: it makes tables refuse and stops queues.
"""

from __future__ import annotations

import sys
import time
import unittest
from collections.abc import Callable
from pathlib import Path

from local.stack_tests.world import FAST, World, eventually

SPEED = 300
"""Five minutes are one second."""

STALLED_SECONDS = 61
"""From when a message could have gone until a sweep takes its line for standing still."""

HOUR = 3_600_000


class Alarms(unittest.TestCase):
    """One test for each cause. The clock of the alarms runs fast."""

    world: World

    def fires(self, name: str, cause: Callable[[], object] = lambda: None) -> None:
        """The alarm fires while the cause is there, or repeated."""
        eventually(lambda: self.world.alarm(name, SPEED) == "ALARM", cause)

    def ends(self, name: str, cure: Callable[[], object] = lambda: None) -> None:
        """The alarm ends."""
        eventually(lambda: self.world.alarm(name, SPEED) == "OK", cure)

    def test_given_up(self) -> None:
        for queue in ("Timer", "Ingest", "Chores"):
            with self.subTest(queue), self.world.impatient(queue):
                self.world.put(queue, "poison")
                self.fires(f"{queue.lower()}-dead")
                self.world.purge(f"{queue}Dead")
                self.ends(f"{queue.lower()}-dead")

    def test_tickets_given_up(self) -> None:
        session = self.world.session()
        with self.world.impatient("Normal"):
            with self.world.refusing("function", f"{self.world.name}-dispatch"):
                self.world.send(session)
                self.fires("tickets-dead")
            self.world.purge("TicketsDead")
            self.ends("tickets-dead")

    def test_nothing_takes_from_a_queue(self) -> None:
        session = self.world.session()
        ticket = {"sessionId": session, "priority": 5, "messageId": "0193b3c0-0000-7000-8000-00000000dead"}
        for queue, function, body in (
            ("Timer", "wake", {"kind": "ticket"} | ticket),
            ("Ingest", "ingest", {"Service": "Amazon S3", "Event": "s3:TestEvent"}),
            ("Chores", "chores", {"subject": {"session": session}, "number": 1}),
        ):
            with self.subTest(queue):
                with self.world.stopped(function):
                    self.world.put(queue, body)
                    self.fires(f"{queue.lower()}-old")
                self.ends(f"{queue.lower()}-old")

    def test_what_fails_again_and_again(self) -> None:
        self.fires("comes-again", lambda: self.world.put("Chores", "poison"))
        self.world.purge("Chores")
        self.ends("comes-again")

    def test_streams_that_are_late(self) -> None:
        for name, table in (("project-late", "Statistics"), ("watch-late", "Watched")):
            with self.subTest(name):
                with self.world.refusing("table", self.world.table(table)), self.world.stopped("dispatch"):
                    self.world.send(self.world.session())
                    self.fires(name)
                self.ends(name)

    def test_an_api_that_fails(self) -> None:
        with self.world.refusing("table", self.world.table("Campaigns")):
            self.fires("api-failing", lambda: self.world.api("GET", "/campaigns/01a20472-1e3f-7a42-8bcf-000000000000"))
        self.ends("api-failing")

    def test_throttles(self) -> None:
        with self.world.refusing("function", f"{self.world.name}-billing-plans"):
            self.fires("throttled", lambda: self.world.api("GET", "/billing/plans"))
        self.ends("throttled")

    def test_unknown_outcomes(self) -> None:
        self.world.provider.behaviour = "hang up"
        for _ in range(3):
            self.world.send(self.world.session())
        self.fires("outcome-unknown")
        self.world.provider.behaviour = "accept"
        self.ends("outcome-unknown")

    def test_refused_credentials(self) -> None:
        self.world.provider.behaviour = "refuse"
        self.world.send(self.world.session())
        self.fires("credentials-refused")
        self.world.provider.behaviour = "accept"
        self.ends("credentials-refused")

    def test_what_cannot_be_read(self) -> None:
        self.world.put("Normal", "poison")
        self.fires("malformed")
        self.ends("malformed")

    def test_refused_webhooks(self) -> None:
        path = f"/provider-webhooks/waha/{self.world.session()}"
        self.fires("webhooks-refused", lambda: self.world.api("POST", path, {"event": "message.ack"}))
        self.ends("webhooks-refused")

    def test_sweeps_that_fail_or_do_not_run(self) -> None:
        self.fires("sweep-failing")
        self.ends("sweep-failing", lambda: self.world.invoke("sweep"))
        with self.world.refusing("table", self.world.table("Due")):
            self.fires("sweep-failing", lambda: self.world.invoke("sweep"))
        self.ends("sweep-failing", lambda: self.world.invoke("sweep"))

    def test_sessions_that_stand_still(self) -> None:
        """Those that may not send are looked at by the same sweeps, and are no alarm."""
        self.make_waiting_sessions()
        session = self.world.session()
        with self.world.stopped("dispatch"):
            self.world.send(session)
            eventually(lambda: session in self.watched())
            time.sleep(STALLED_SECONDS)
            started = time.monotonic()
            self.world.purge("High", "Normal", "Bulk")
            self.fires("rows-overdue", lambda: self.world.invoke("sweep"))
            self.assertGreater(time.monotonic() - started, 540 / SPEED)
        self.ends("rows-overdue", lambda: self.world.invoke("sweep"))
        time.sleep(2)
        self.assertGreaterEqual(self.world.invoke("sweep")["lookedAt"], 3)
        self.assertEqual(self.world.invoke("sweep")["stillMs"], 0, "those that may not send")

    def make_waiting_sessions(self) -> None:
        """An hour's gap, a paused campaign and a hold, each with a message that waits behind it."""
        gap = self.world.session(pacing={"minGapMs": HOUR, "maxGapMs": HOUR})
        self.world.send(gap, 3)
        paused = self.world.session()
        with self.world.stopped("dispatch"):
            campaign = self.world.campaign(paused)
            self.assertEqual(self.world.api("POST", f"/campaigns/{campaign}/pause")[0], 200)
        self.world.provider.behaviour = "refuse"
        held = self.world.session()
        self.world.send(held, 2)
        eventually(lambda: {gap, paused, held} <= self.watched())
        self.world.provider.behaviour = "accept"

    def watched(self) -> set[str]:
        """The sessions that are watched."""
        found = self.world.tables.scan(TableName=self.world.table("Watched"), ConsistentRead=True)["Items"]
        return {item["sessionId"]["S"] for item in found}

    def test_a_campaign_that_is_stored_for_long(self) -> None:
        session = self.world.session()
        with self.world.stopped("dispatch"):
            campaign = self.world.campaign(session)
            eventually(lambda: session in self.watched())
            ingested_at = self.unfinish(campaign)
            self.make_older(session)
            self.fires("campaign-ingesting", lambda: self.world.invoke("sweep"))
            self.assertEqual(self.world.alarm("rows-overdue", SPEED), "OK")
            self.note_ingested(campaign, "SET ingestedAt = :at", {":at": ingested_at})
        self.ends("campaign-ingesting", lambda: self.world.invoke("sweep"))

    def unfinish(self, campaign: str) -> dict[str, str]:
        """Makes a campaign one that is still being stored. Returns when it was stored."""
        before = self.note_ingested(campaign, "REMOVE ingestedAt", None)
        found: dict[str, str] = before["Attributes"]["ingestedAt"]
        return found

    def note_ingested(self, campaign: str, change: str, values: dict[str, dict[str, str]] | None) -> dict[str, dict]:
        key = {"accountId": {"S": self.world.account["accountId"]}, "campaignId": {"S": campaign}}
        more = {"ExpressionAttributeValues": values} if values else {}
        answer: dict[str, dict] = self.world.tables.update_item(
            TableName=self.world.table("Campaigns"), Key=key, UpdateExpression=change, ReturnValues="ALL_OLD", **more
        )
        return answer

    def make_older(self, session: str) -> None:
        """Makes what waits in a session due three hours ago."""
        table = self.world.table("Messages")
        rows = self.world.tables.query(
            TableName=table, KeyConditionExpression="sessionId = :s", ExpressionAttributeValues={":s": {"S": session}}
        )["Items"]
        for row in rows:
            line, due, message = row["pendingKey"]["S"].split("#")
            row["pendingKey"]["S"] = f"{line}#{int(due) - 3 * HOUR:015}#{message}"
            self.world.tables.put_item(TableName=table, Item=row)


class Quiet(unittest.TestCase):
    """Nothing fires while all is well."""

    world: World

    def test_no_alarm_while_all_is_well(self) -> None:
        gap = self.world.session(pacing={"minGapMs": HOUR, "maxGapMs": HOUR})
        busy = self.world.session(pacing=FAST)
        self.world.send(gap, 5)
        self.world.campaign(busy)
        for _ in range(20):
            self.world.send(busy)
            self.world.invoke("sweep")
            time.sleep(1)
        # A session that waits for its gap hides its ticket for longer than ten minutes of this clock.
        states = self.world.alarms(speed=60)
        # But a delay of the timer's, of up to 15 minutes, is none of a message's at rest: by this clock it lasts for hours.
        states.pop(f"{self.world.name}-timer-old")
        self.assertEqual([name for name, state in states.items() if state != "OK"], [])


def load_tests(loader: unittest.TestLoader, *_: object) -> unittest.TestSuite:
    """First the stack while nothing is wrong with it."""
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in (Quiet, Alarms))


def main() -> None:
    Alarms.world = Quiet.world = World(Path(sys.argv.pop(1)))
    unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
