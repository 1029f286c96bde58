"""The steps that send and store: order, gaps, visibility, recursion, progress, and every route."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from ops.check import order
from ops.check.api import Answer, Json, wait_for
from ops.check.cost import SEGMENT_ROWS
from ops.check.order import Sent, millis
from ops.check.routes import ahead, call_all, routes_of
from ops.check.run import Check, known_at, recipients, shares, split_sends
from ops.check.table import Looking, Seen, Step, differs, judged, not_seen, ok

VISIBILITY_GAP_MS = 4_000
QUEUE_TIMEOUT_MS = 25_000
HIDDEN_AT_MOST_MS = 15_000
"""What came later than this has waited for the queue's time-out, or nearly."""
LOOP_LIMIT = 16
"""So often AWS lets a function run in one chain, unless it has `RecursiveLoop: Allow`."""
LOOPING = ("dispatch", "wake", "ingest", "chores")
TICKET_RECEIVES = 20
"""Receives after which a ticket is made anew, by way of the timer: one step of a chain (`shared/domain/src/tuning.rs`)."""
PROGRESS_SECONDS = 30
SETTLED = ("sent", "delivered", "read", "failed", "cancelled")


def every_route(check: Check) -> Looking:
    """Calls them all, and has the operator count."""
    calls = call_all(check.other)
    check.facts.first_calls = calls.seconds
    missing = routes_of(check.template) - calls.seconds.keys()
    check.operate("recount", accountId=check.accounts[1])
    yield
    if calls.wrong or missing:
        return differs(f"unexpected: {'; '.join(calls.wrong) or 'none'}; not called: {', '.join(sorted(missing)) or 'none'}")
    return ok(f"{len(calls.seconds)} routes called, and the operator's count")


def sessions(check: Check) -> Looking:
    """Creates them."""
    pacing = {"minGapMs": check.gap_ms, "maxGapMs": check.gap_ms}

    def create(number: int) -> str:
        body = {"name": f"check {number}", "provider": {"kind": "sandbox"}, "pacing": pacing}
        return str(check.main.must("POST", "/sessions", body)["id"])

    check.facts.sessions = check.side_by_side(create, range(check.sizes.sessions))
    yield
    return ok(f"{len(check.facts.sessions)} sessions")


def store(check: Check) -> Looking:
    """Starts a campaign for each session, a month ahead, and waits until all rows are stored."""
    begin = ahead(days=30)

    def start(pair: tuple[str, int]) -> tuple[str, int]:
        session, count = pair
        body = {"sessionId": session, "defaultMessage": "hello", "scheduledAt": begin, "recipients": recipients(count)}
        return str(check.main.must("POST", "/messages/bulk", body)["campaignId"]), count

    pairs = zip(check.facts.sessions, shares(check.sizes), strict=True)
    check.facts.campaigns = check.side_by_side(start, pairs)
    yield
    stored = wait_for(lambda: _stored(check), check.patience, "storing all campaigns")
    expected = sum(count for _, count in check.facts.campaigns)
    return judged(stored == expected, f"{stored:,} of {expected:,} rows in {len(check.facts.campaigns)} campaigns")


def _stored(check: Check) -> int | None:
    """The rows of all campaigns, once none of them is being stored."""
    ours = dict(check.facts.campaigns)
    found = [campaign for campaign in check.main.each("/campaigns?limit=100") if campaign["id"] in ours]
    if len(found) < len(ours) or any(campaign["status"] == "ingesting" for campaign in found):
        return None
    return sum(campaign["counts"]["total"] for campaign in found)


def long_ingestion(check: Check) -> Looking:
    """The longest list is stored by a chain of steps."""
    yield
    campaign, count = check.facts.campaigns[0]
    hops = -(-count // SEGMENT_ROWS)
    about = check.main.must("GET", f"/campaigns/{campaign}")
    return _chain(about["status"] == "active", hops, f"{count:,} rows")


def _chain(is_done: bool, hops: int, what: str) -> Seen:
    text = f"{what}, in a chain of about {hops}"
    if not is_done:
        return differs(f"{text}: not done")
    return ok(text) if hops > LOOP_LIMIT else not_seen(f"{text}: done, but too short a chain to tell")


def cancel(check: Check) -> Looking:
    """Cancels a whole campaign, and waits until nothing of it waits."""
    yield
    campaign, count = check.facts.campaigns[1]
    check.main.must("DELETE", f"/campaigns/{campaign}")
    session = check.facts.sessions[1]
    path = f"/messages?sessionId={session}&status=queued&limit=1"
    wait_for(lambda: True if not list(check.main.each(path)) else None, check.patience, "cancelling")
    return ok(f"none of {count:,} rows waits any more")


def progress(check: Check) -> Looking:
    """The counts of the cancelled campaign, which come by the stream."""
    yield
    campaign, count = check.facts.campaigns[1]

    def cancelled() -> int | None:
        counts = check.main.must("GET", f"/campaigns/{campaign}")["counts"]
        return count if counts["cancelled"] == count else None

    found = wait_for(cancelled, PROGRESS_SECONDS * 2, f"{count} cancelled in the campaign's counts")
    return ok(f"{found:,} counted as cancelled")


def send(check: Check) -> Looking:
    """Sends a campaign, and single messages of both higher priorities while it runs."""
    session = check.facts.sessions[-1]
    rows, priorities = split_sends(check.sizes.sends)
    gaps = {"delayMin": check.gap_ms, "delayMax": check.gap_ms}
    body = {"sessionId": session, "defaultMessage": "hello", "recipients": recipients(rows)} | gaps
    campaign = check.main.must("POST", "/messages/bulk", body)
    path = f"/messages?sessionId={session}&limit=100"
    # The sandbox's last report of a message: from then on the campaign runs, and the single messages go past it.
    first = f"/messages?sessionId={session}&status=read&limit=1"
    wait_for(lambda: check.main.must("GET", first)["data"] or None, check.patience, "the campaign's first message", 0.5)
    known = dict(check.side_by_side(lambda pair: _send_one(check, session, pair), enumerate(priorities)))
    yield

    def ours(message: Json) -> bool:
        return message["campaignId"] == campaign["campaignId"] or message["id"] in known

    messages = wait_for(lambda: _settled(check, path, ours, check.sizes.sends), check.patience, "sending", 3.0)
    check.facts.sent = _sent(messages, known)
    attempts = max(message["attempts"] for message in messages)
    times = [one.sending for one in check.facts.sent]
    text = f"{len(times)} of {check.sizes.sends} sent in {(max(times) - min(times)) / 1000:.0f} s, attempts at most: {attempts}"
    return judged(len(times) == check.sizes.sends and attempts == 1, text)


def _sent(messages: list[Json], known: dict[str, int]) -> list[Sent]:
    due = millis(min(message["createdAt"] for message in messages if message["campaignId"]))
    return [order.sent_of(message, known, due) for message in messages if message["sentAt"]]


def _send_one(check: Check, session: str, pair: tuple[int, int]) -> tuple[str, int]:
    number, priority = pair
    body = {"sessionId": session, "to": f"+491611{number:05d}00", "message": "hello", "priority": priority}
    answer: Answer = check.main.call("POST", "/messages/send", body)
    if answer.status != 202:
        raise AssertionError(f"POST /messages/send: {answer.status} {answer.json.get('code')}")
    return answer.json["jobId"], known_at(millis(answer.json["createdAt"]), answer.seconds)


def _settled(check: Check, path: str, ours: Callable[[Json], bool], count: int) -> list[Json] | None:
    """Our messages, once each of them has ended."""
    found = [message for message in check.main.each(path) if ours(message)]
    ended = [message for message in found if message["status"] in SETTLED]
    return found if len(ended) == count else None


def priority_is_strict(check: Check) -> Looking:
    """By the messages' own times."""
    yield
    if not check.facts.sent:
        return not_seen("nothing was sent")
    wrong = order.overtaken(check.facts.sent)
    crossed = order.crossings(check.facts.sent)
    if wrong:
        return differs(f"{len(wrong)} times: {wrong[0]}")
    return judged(crossed > 0, f"{len(check.facts.sent)} messages, {crossed} of them went before an older one")


def one_at_a_time(check: Check) -> Looking:
    """No send began before the one before it had ended."""
    yield
    found = order.gaps(check.facts.sent)
    if not found:
        return not_seen("nothing was sent")
    overlaps = sum(gap < 0 for gap in found)
    return judged(overlaps == 0, f"{overlaps} overlaps in {len(found) + 1} sends")


def gaps_are_kept(check: Check) -> Looking:
    """No gap is shorter than the smallest that may be drawn."""
    yield
    found = order.gaps(check.facts.sent)
    if not found:
        return not_seen("nothing was sent")
    text = f"{min(found)} to {max(found)} ms, half of them below {median(found):.0f}; asked for: {check.gap_ms}"
    return judged(min(found) >= check.gap_ms, text)


def long_sending(check: Check) -> Looking:
    """A ticket is made anew after 20 receives, each time one step further in its chain."""
    yield
    rows = sum(one.is_of_campaign for one in check.facts.sent)
    wanted = split_sends(check.sizes.sends)[0]
    return _chain(rows == wanted, rows // TICKET_RECEIVES, f"{rows} messages of one session and priority")


def visibility(check: Check) -> Looking:
    """Single messages of a session whose gaps are some seconds."""
    session = check.facts.sessions[-2]
    pacing = {"minGapMs": VISIBILITY_GAP_MS, "maxGapMs": VISIBILITY_GAP_MS}
    check.main.must("PATCH", f"/sessions/{session}", {"pacing": pacing})
    known = dict(_send_one(check, session, (number, 5)) for number in range(4))
    yield
    path = f"/messages?sessionId={session}&limit=100"
    messages = wait_for(lambda: _settled(check, path, lambda one: one["id"] in known, 4), check.patience, "sending four", 2.0)
    found = order.gaps([order.sent_of(message, known, 0) for message in messages])
    text = f"back after {min(found) / 1000:.1f} to {max(found) / 1000:.1f} s; set: 4 s, the queue's own time-out: 25 s"
    return judged(min(found) >= VISIBILITY_GAP_MS and max(found) <= HIDDEN_AT_MOST_MS, text)


STEPS = [
    Step("sessions", "the sessions of the check are there", sessions),
    Step("send", "every message goes out with one attempt", send),
    Step("visibility", "a hidden ticket comes back when set, not at the queue's time-out", visibility),
    Step("routes", "every route answers as its contract says", every_route),
    Step("store", "campaigns of many sessions are stored side by side, every row once", store),
    Step("priority", "a better message waits for the send in progress at most", priority_is_strict),
    Step("one at a time", "a session never has two provider calls running", one_at_a_time),
    Step("gaps", "the gap is kept", gaps_are_kept),
    Step("long sending", f"a session sends on when its tickets' chain is over {LOOP_LIMIT} steps long", long_sending),
    Step("long ingestion", f"a campaign is stored by a chain of over {LOOP_LIMIT} steps", long_ingestion),
    Step("cancel", "after a cancel no row of a campaign waits any more", cancel),
    Step("progress", "a campaign's counts follow its messages by the stream", progress),
]
