//! `simulation --seeds 3000 [--from 1]`: runs seeds. `simulation --seed 7 [--trace]`: runs one, and shows what happens.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]
#![expect(clippy::disallowed_methods, reason = "how long the simulation itself takes is real time")]

use std::process::ExitCode;
use std::time::Instant;

use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use fakes::{Event, Fault, Sabotage, World};
use simulation::costs::{HEAD, all};
use simulation::fleet::{Tally, run_seeds};
use simulation::load::{Waits, busy_sessions, replies_on_busy_session, small_beside_large};
use simulation::promise::short;
use simulation::rules::{Finding, RULES, find};
use simulation::run::run;
use simulation::scenario::Scenario;
use simulation::upkeep::{Troubles, play};
use simulation::work::{Work, burst, dead_server, hold, mixed, night, steady, window};

/// Messages for each way of sending whose cost is counted.
const COST_MESSAGES: usize = 10_000;

/// The arguments of the command line.
#[derive(Debug, Default)]
struct Arguments {
    command: Option<String>,
    seeds: Option<u64>,
    from: Option<u64>,
    seed: Option<u64>,
    trace: bool,
    without: Vec<Sabotage>,
}

fn main() -> ExitCode {
    let arguments = match parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(what) => {
            println!(
                "{what}\nusage: simulation [--seeds N [--from S]] [--seed S [--trace] [--without RULE]] | rules | load | costs | upkeep | work"
            );
            return ExitCode::from(2);
        }
    };
    let is_good = match (arguments.command.as_deref(), arguments.seed) {
        (None, Some(seed)) => one(seed, &arguments.without, arguments.trace),
        (None, None) => {
            many(arguments.from.unwrap_or(1), arguments.seeds.unwrap_or(3_000), &arguments.without)
        }
        (Some("rules"), _) => rules(arguments.seeds.unwrap_or(5_000), &arguments.without),
        (Some("load"), _) => load(),
        (Some("costs"), _) => costs(),
        (Some("work"), _) => work(),
        (Some("upkeep"), _) => upkeep(arguments.seeds.unwrap_or(40)),
        _ => false,
    };
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|n| n.parse().ok()).ok_or(format!("{word} needs a number"));
        match word.as_str() {
            "--seeds" => arguments.seeds = Some(number()?),
            "--from" => arguments.from = Some(number()?),
            "--seed" => arguments.seed = Some(number()?),
            "--trace" => arguments.trace = true,
            "--without" => arguments.without.push(rule(words.next())?),
            "rules" | "load" | "costs" | "upkeep" | "work" => arguments.command = Some(word),
            _ => return Err(format!("{word} is no argument of this program")),
        }
    }
    Ok(arguments)
}

/// A rule to take out, by its name in the code.
fn rule(word: Option<String>) -> Result<Sabotage, String> {
    let word = word.unwrap_or_default();
    let found = Sabotage::ALL.into_iter().find(|rule| format!("{rule:?}") == word);
    found.ok_or_else(|| format!("there is no rule {word}; there are {:?}", Sabotage::ALL))
}

fn one(seed: u64, without: &[Sabotage], trace: bool) -> bool {
    let scenario = Scenario::of_seed(seed);
    if trace {
        println!("{scenario:#?}");
    }
    let outcome = run(seed, scenario, without, |world: &World| {
        if trace {
            world.print(show);
        }
    });
    for violation in &outcome.violations {
        println!("VIOLATION {violation}");
    }
    println!("seed {seed}: {:?}, trace {:016x}", outcome.counts, outcome.trace_hash);
    outcome.violations.is_empty()
}

fn show(at: Timestamp, event: &Event) {
    let seconds = at.millis_since(World::BEGINNING);
    let text = format!("{event:?}");
    println!("{:>6}.{:03} {}", seconds / 1_000, seconds % 1_000, shortened(&text));
}

/// Ids are shown by their ends, and without the names of their types.
fn shortened(text: &str) -> String {
    let parts = text.split_inclusive([' ', '(', ')', ',']).map(|part| match part.char_indices().nth(36) {
        Some((end, _)) if part.contains('-') => format!("{}{}", short(&part[..end]), &part[end..]),
        _ => part.to_owned(),
    });
    let text: String = parts.collect();
    let noise = ["MessageKey ", "session_id: ", "message_id: ", "SessionId", "MessageId", "Timestamp"];
    noise.iter().fold(text, |text, word| text.replace(word, ""))
}

fn many(first: u64, count: u64, without: &[Sabotage]) -> bool {
    let started = Instant::now();
    let step = (count / 20).max(1);
    let tally = run_seeds(first, count, without, |number| {
        if number > 0 && number % step == 0 {
            println!("{number} of {count} seeds, {:.1} s", started.elapsed().as_secs_f64());
        }
        true
    });
    summary(&tally, started);
    tally.violations.is_empty()
}

/// Takes every rule out, and prints what breaks.
fn rules(seeds: u64, only: &[Sabotage]) -> bool {
    println!("| rule taken out | first seed | promise that breaks | what happens |\n|---|---|---|---|");
    let mut all_good = true;
    for rule in RULES.iter().filter(|rule| only.is_empty() || rule.sabotage == only) {
        if let Some(Finding { seed, violation }) = find(rule, seeds) {
            println!("| {} | {seed} | `{}` | {} |", rule.name, violation.promise, violation.what);
        } else {
            println!("| {} | none of {seeds} | | not detected |", rule.name);
            all_good &= rule.breaks.is_empty();
        }
    }
    all_good
}

/// Counts what a message costs.
fn costs() -> bool {
    println!("{HEAD}");
    for cost in all(COST_MESSAGES) {
        println!("{cost}");
    }
    true
}

/// Runs the load scenarios, and compares the results with the promises.
fn load() -> bool {
    let started = Instant::now();
    let seconds = || started.elapsed().as_secs_f64();
    let pace = busy_sessions(1, 500, 1_000);
    println!(
        "500 sessions with 1000 bulk messages each: {} calls in {} s of virtual time; of what the gaps allow {}.{:02} % \
         overall, {}.{:02} % in the slowest session ({:.1} s)",
        pace.calls,
        pace.span_ms / 1_000,
        pace.overall / 100,
        pace.overall % 100,
        pace.worst / 100,
        pace.worst % 100,
        seconds()
    );
    let small = small_beside_large(1, 200_000, 100);
    show_waits("first send of 100 small sessions beside one with 200000 messages", &small);
    let replies = replies_on_busy_session(1, 100_000, 300);
    show_waits("replies on a session with 100000 bulk messages, beyond gap and running send", &replies);
    println!("{:.1} s", seconds());
    pace.calls == 500_000 && pace.worst >= 9_700 && small.ms(1_000) <= 2_000 && replies.ms(1_000) <= 1_000
}

/// Plays the scenarios in which tickets once multiplied, at their full lengths.
fn work() -> bool {
    let (normal, high, bulk) = (Priority::Normal, Priority::High, Priority::Bulk);
    let scenarios: [(&str, &dyn Fn() -> Work); 13] = [
        ("one message a minute, scheduled 2 min ahead, 24 h", &|| steady(24, normal, &[])),
        ("the same with replies", &|| steady(24, high, &[])),
        ("the same with bulk", &|| steady(24, bulk, &[])),
        ("one a minute at once, one in ten minutes scheduled, 24 h", &|| mixed(24, &[])),
        ("1000 waiting, provider down for 2 h", &|| hold(1_000, 2, normal, &[])),
        ("5000 waiting, provider down for 1 h", &|| hold(5_000, 1, normal, &[])),
        ("a server that is dead for a day", &|| dead_server(24)),
        ("100 waiting through a night", &|| night(100)),
        ("backlog of 120500, normal", &|| window(120_500, 500, normal, &[])),
        ("backlog of 120500, replies", &|| window(120_500, 500, high, &[])),
        ("backlog of 60000, normal, ten a second", &|| window(60_000, 10, normal, &[])),
        ("backlog of 60000, replies, ten a second", &|| window(60_000, 10, high, &[])),
        ("1000 sessions for the same second", &|| burst(1_000)),
    ];
    let mut is_good = true;
    for (what, play) in scenarios {
        let started = Instant::now();
        let work = play();
        println!("{what}: {work} ({:.1} s)", started.elapsed().as_secs_f64());
        work.violations.iter().take(3).for_each(|violation| println!("  VIOLATION {violation}"));
        is_good &= work.violations.is_empty();
    }
    is_good
}

/// How late messages are when tickets are lost.
fn upkeep(seeds: u64) -> bool {
    let mut is_good = true;
    for (what, troubles) in Troubles::all() {
        let mut delays = Vec::new();
        for seed in 1..=seeds {
            let aftermath = play(seed, troubles);
            is_good &= aftermath.broken().is_empty();
            delays.extend(aftermath.went.iter().map(|went| went.delay_ms));
        }
        delays.sort_unstable();
        let late = delays.iter().filter(|delay| **delay > 2_000).count();
        let at = |per_mille: usize| delays[(delays.len() * per_mille / 1_000).min(delays.len() - 1)] / 1_000;
        println!(
            "{what}: {} messages, {late} more than 2 s late; p99 {} s, p99.9 {} s, longest {} s",
            delays.len(),
            at(990),
            at(999),
            at(1_000)
        );
    }
    is_good
}

fn show_waits(what: &str, waits: &Waits) {
    println!(
        "{what}: p50 {} ms, p99 {} ms, worst {} ms of {}",
        waits.ms(500),
        waits.ms(990),
        waits.ms(1_000),
        waits.count()
    );
}

fn summary(tally: &Tally, started: Instant) {
    let counts = &tally.counts;
    println!(
        "{} seeds, {} messages accepted, {} cancelled, {} provider calls, {} sent, {} of unknown outcome, {} dispatches",
        tally.seeds,
        counts.accepted,
        counts.cancelled,
        counts.calls,
        counts.sent,
        counts.unknown,
        counts.dispatches
    );
    let faults = Fault::ALL.iter().zip(tally.faults).map(|(fault, count)| format!("{fault:?} {count}"));
    println!("{} faults: {}", tally.fault_total(), faults.collect::<Vec<_>>().join(", "));
    println!(
        "replies beyond need: p50 {} ms, p99 {} ms, worst {} ms of {}; waits checked strictly: {}",
        tally.reply_wait_ms(500),
        tally.reply_wait_ms(990),
        tally.reply_wait_ms(1_000),
        tally.reply_waits.len(),
        counts.strict_waits
    );
    let mut seen = Vec::new();
    for (seed, violation) in &tally.violations {
        let kind = (*seed, violation.promise);
        if !seen.contains(&kind) && seen.len() < 60 {
            seen.push(kind);
            println!("VIOLATION seed {seed}: {violation}");
        }
    }
    println!(
        "{} violations, trace {:016x}, {:.1} s",
        tally.violations.len(),
        tally.trace_hash,
        started.elapsed().as_secs_f64()
    );
}
