"""What a run on AWS costs, at most: counted from the sizes, with the list prices of us-east-1 and no free tier."""

from __future__ import annotations

from dataclasses import dataclass

LIMIT = 1.00
"""Dollars that a run may cost."""
MILLION = 1_000_000
HOURS_OF_MONTH = 730
SEGMENT_ROWS = 1_000
"""Rows of a campaign that one step of the ingestion stores (`shared/domain/src/tuning.rs`)."""
FUNCTIONS = 40


@dataclass(frozen=True)
class Sizes:
    """How much a run does."""

    recipients: int = 20_000
    sessions: int = 100
    sends: int = 600
    cancels: int = 2_500


@dataclass(frozen=True)
class Part:
    """A line of the bill."""

    what: str
    count: float
    price: float
    """Dollars for one."""
    priced: str
    """The price as the provider's list has it."""

    @property
    def dollars(self) -> float:
        """What it comes to."""
        return self.count * self.price


def parts(sizes: Sizes) -> list[Part]:
    """The bill. Each count is on the high side; docs/DISPATCH.md has what a message uses."""
    # A session, a campaign and a few looks for each session; half of the sends are calls; each step looks again and again.
    calls = sizes.sessions * 10 + sizes.sends + 2_000
    # A message is sent by one invocation and woken, reported and counted by others.
    invocations = calls + sizes.sends * 8 + sizes.recipients / 50 + sizes.cancels / 20 + 1_000
    # A stored row 3 and its counters 2; a sent one 9, two reports and its counters; a cancelled one 2 and its counters.
    writes = sizes.recipients * 5 + sizes.sends * 16 + sizes.cancels * 5 + calls * 2
    reads = sizes.recipients + sizes.sends * 20 + sizes.cancels * 2 + calls * 30
    seconds_of_storing = sizes.recipients / 100
    gb_seconds = invocations * 0.1 + seconds_of_storing * 0.5
    log_gb = invocations * 3_000 / 1e9
    return [
        Part("HTTP API requests", calls, 1.00 / MILLION, "$1.00 a million"),
        Part("Lambda requests", invocations, 0.20 / MILLION, "$0.20 a million"),
        Part("Lambda GB-seconds", gb_seconds, 0.0000133334, "$0.0000133334"),
        Part("SQS requests", sizes.sends * 20 + invocations * 2 + 20_000, 0.50 / MILLION, "$0.50 a million"),
        Part("DynamoDB write units", writes, 0.625 / MILLION, "$0.625 a million"),
        Part("DynamoDB read units", reads, 0.125 / MILLION, "$0.125 a million"),
        Part("CloudWatch logs, GB", log_gb, 0.50, "$0.50 a GB"),
        Part("S3 requests", 500, 5.00 / MILLION, "$5.00 a million"),
        Part("Secrets Manager requests", FUNCTIONS * 20, 5.00 / MILLION, "$5.00 a million"),
        Part("a secret, hours", 2, 0.40 / HOURS_OF_MONTH, "$0.40 a month"),
        Part("six alarms, hours", 6 * 2, 0.10 / HOURS_OF_MONTH, "$0.10 a month each"),
        Part("CloudWatch requests", 200, 10.00 / MILLION, "$0.01 a thousand"),
    ]


def total(sizes: Sizes) -> float:
    """Dollars of the whole run."""
    return sum(part.dollars for part in parts(sizes))


def bill(sizes: Sizes) -> str:
    """The bill, for a person."""
    lines = [f"  {part.what:<26} {part.count:>12,.2f}  at {part.priced:<18}  ${part.dollars:.4f}" for part in parts(sizes)]
    ending = f"  {'at most':<26} {'':>12}     {'':<18}  ${total(sizes):.2f}"
    return "\n".join(["What it costs (us-east-1; elsewhere up to twice as much):", *lines, ending])
