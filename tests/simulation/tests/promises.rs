//! The promises hold under faults, a run is repeated by its seed, and a rule that is taken out is missed.
//!
//! `make sim SEEDS=n` runs more seeds, and `cargo run --profile sim -p simulation rules` prints the whole table.

use simulation::fleet::run_seeds;
use simulation::rules::{RULES, Rule, find};
use simulation::run::run_seed;

/// Small enough for every run of the tests; the nightly figure is `make sim`'s.
const SEEDS: u64 = 400;

/// Rules whose absence shows within the first hundreds of seeds. The others need thousands of seeds, or are caught by a second rule.
const QUICK_TO_SHOW: u64 = 300;

#[test]
fn all_promises_hold() {
    let tally = run_seeds(1, SEEDS, &[], |_| true);
    let broken: Vec<String> =
        tally.violations.iter().map(|(seed, violation)| format!("seed {seed}: {violation}")).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(tally.counts.sent > 10 * SEEDS, "the runs hardly did anything: {:?}", tally.counts);
    assert!(tally.fault_total() > 10 * SEEDS, "there were hardly any faults");
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 1..=20 {
        let (first, second) = (run_seed(seed, &[]), run_seed(seed, &[]));
        assert_eq!(first.trace_hash, second.trace_hash, "seed {seed}");
    }
    assert_ne!(run_seed(1, &[]).trace_hash, run_seed(2, &[]).trace_hash);
}

#[test]
fn rules_that_are_taken_out_are_missed() {
    let missed: Vec<&str> = RULES.iter().filter(|rule| shows_quickly(rule)).map(|rule| rule.name).collect();
    for name in [
        "the lease",
        "the lease is conditional on the fence that was read",
        "the fence on the claim",
        "the old row tells a repeated claim",
        "the clock is checked against the function's end before the call",
        "what waits is read strongly consistently",
        "a second look after the lease",
        "no blind resend",
        "a look for more before the acknowledgement",
        "waits that are no gaps go to the timer",
        "a fresh deduplication id for every hop",
        "a worn-out ticket is made anew",
        "the row before the ticket",
        "a scheduled message has a wake-up of its own",
        "a cancel is conditional on `queued`",
        "the gap",
        "the order of the classes",
        "the order inside a class",
        "an abandoned lease is taken over",
        "attempts are counted in the row",
        "a retry waits",
        "reports only move forward",
        "a campaign is asked whether it may send",
        "a campaign is read strongly consistently, under the lease",
        "a campaign's own gap is its own",
        "a resume sends a ticket",
        "what was sent is counted with the release",
        "a recovery counts what may have been sent",
        "the clock is held against the quiet hours",
        "it is asked whether a contact is new",
        "that no chats may be opened is remembered",
        "a message that is moved far has a wake-up of its own",
    ] {
        assert!(
            missed.contains(&name),
            "without {name}, {QUICK_TO_SHOW} seeds show nothing; missed: {missed:#?}"
        );
    }
}

fn shows_quickly(rule: &Rule) -> bool {
    find(rule, QUICK_TO_SHOW).is_some()
}
