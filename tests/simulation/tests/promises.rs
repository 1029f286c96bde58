//! The promises hold under faults, a run is repeated by its seed, and a rule that is taken out is missed.
//!
//! `make sim SEEDS=n` runs more seeds, and `cargo run --profile sim -p simulation rules` prints the whole table.

use simulation::fleet::run_seeds;
use simulation::rules::{RULES, Rule};
use simulation::run::run_seed;

/// Small enough for every run of the tests; the nightly figure is `make sim`'s.
const SEEDS: u64 = 400;

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

/// By the seeds of the table, which move when handlers, fakes or scenarios change.
#[test]
fn rules_that_are_taken_out_are_missed() {
    let unseen = |rule: &&Rule| rule.seed.is_some_and(|seed| rule.shown_by(seed).is_none());
    let unseen: Vec<&str> = RULES.iter().filter(unseen).map(|rule| rule.name).collect();
    assert!(
        unseen.is_empty(),
        "not missed by their seeds any more: {unseen:#?}\nlook for others (cargo run --profile sim -p simulation rules), \
         and take them over to tests/simulation/src/rules.rs and docs/DISPATCH.md"
    );
}

#[test]
fn the_documents_name_the_same_rules_and_seeds() {
    let documents = include_str!("../../../docs/DISPATCH.md");
    let shown = RULES.iter().filter(|rule| rule.seed.is_some()).count();
    let is_row = |line: &&str| line.starts_with("| ") && line.split(" | ").nth(1).is_some_and(is_number);
    let section = documents.split("## ").find(|section| section.starts_with("Rules taken out"));
    assert_eq!(section.unwrap_or_default().lines().filter(is_row).count(), shown, "rows that are no rules");
    for Rule { name, seed, .. } in RULES.iter().filter(|rule| rule.seed.is_some()) {
        let row = format!("| {name} | {} | `", seed.unwrap_or_default());
        assert!(documents.contains(&row), "docs/DISPATCH.md has no row that begins with {row}");
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<u64>().is_ok()
}
