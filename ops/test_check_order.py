"""Whether wrong orders and gaps are seen in the times of messages."""

import unittest
from typing import Any

from ops.check import order
from ops.check.order import Sent


def sent(id: str, priority: int, due: int, sending: int, known: int | None = None, of_campaign: bool = False) -> Sent:
    return Sent(id, priority, due, due if known is None else known, sending, sending + 50, of_campaign)


class Order(unittest.TestCase):
    def test_a_reply_waits_for_the_send_in_progress_only(self) -> None:
        reply = sent("reply", 1, 1_000, 1_700)
        one = [sent("a", 10, 0, 900, of_campaign=True), sent("b", 10, 0, 1_100, of_campaign=True), reply]
        self.assertEqual(order.overtaken(one), [])
        two = [*one, sent("c", 10, 0, 1_400, of_campaign=True)]
        self.assertEqual(order.overtaken(two), ["reply (priority 1) waited for 2 that were behind it"])

    def test_what_went_before_it_was_known_did_not_overtake(self) -> None:
        before = [sent(name, 10, 0, at, of_campaign=True) for name, at in (("a", 1_100), ("b", 1_300))]
        self.assertEqual(order.overtaken([*before, sent("reply", 1, 1_000, 1_700, known=1_400)]), [])

    def test_within_a_priority_the_older_goes_first(self) -> None:
        later = [sent("b", 5, 1_100, 2_000), sent("c", 5, 1_200, 2_500)]
        self.assertEqual(len(order.overtaken([sent("a", 5, 1_000, 3_000), *later])), 1)
        self.assertEqual(order.overtaken([sent("a", 5, 1_000, 1_500), *later]), [])

    def test_rows_of_a_campaign_never_change_places(self) -> None:
        rows = [sent("row-1", 10, 0, 2_000, of_campaign=True), sent("row-2", 10, 0, 1_000, of_campaign=True)]
        self.assertEqual(order.overtaken(rows), ["row-1 (priority 10) waited for 1 that were behind it"])

    def test_crossings_tell_whether_there_was_an_order_to_keep(self) -> None:
        in_turn = [sent("a", 5, 1_000, 2_000), sent("b", 5, 1_100, 3_000)]
        self.assertEqual(order.crossings(in_turn), 0)
        self.assertEqual(order.crossings([*in_turn, sent("reply", 1, 1_500, 2_500)]), 1)

    def test_gaps_are_from_the_end_of_a_send_to_the_next(self) -> None:
        self.assertEqual(order.gaps([sent("b", 5, 0, 1_600), sent("a", 5, 0, 1_000)]), [550])
        self.assertEqual(order.gaps([sent("a", 5, 0, 1_000), sent("b", 5, 0, 1_020)]), [-30], "they overlap")

    def test_times_are_read_as_the_api_writes_them(self) -> None:
        message: dict[str, Any] = {"id": "m", "priority": 5, "campaignId": None, "createdAt": "2026-11-22T18:05:26.088Z"}
        message |= {"sendingAt": "2026-11-22T18:05:27.033Z", "sentAt": "2026-11-22T18:05:27.092Z"}
        single = order.sent_of(message, {"m": 7}, 3)
        self.assertEqual((single.sending - single.due, single.sent - single.sending, single.known), (945, 59, 7))
        row = order.sent_of(message | {"campaignId": "c"}, {}, 3)
        self.assertEqual((row.due, row.known, row.is_of_campaign), (3, 3, True))


if __name__ == "__main__":
    unittest.main()
