//! Counters equal a count over the table, whatever the stream brings again.

#![expect(clippy::unwrap_used, reason = "a test panics where it is to fail")]

use shared::ports::ReportMessages;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use domain::reading::projection::{Change, Counter, Field, Seen, counted};
use domain::values::ids::SessionId;
use fakes::{Caller, Latency, Rates, Rng, Role, World};
use project::Deps;
use simulation::run::run;
use simulation::scenario::Scenario;

type Numbers = BTreeMap<(Counter, Field), i64>;

/// Runs a scenario of the simulation, and keeps what its table's stream had to say.
fn simulated(seed: u64) -> (World, BTreeMap<SessionId, Vec<Change>>) {
    let kept: Rc<RefCell<Option<World>>> = Rc::default();
    let keep = Rc::clone(&kept);
    let outcome = run(seed, Scenario::of_seed(seed), &[], move |world| {
        world.keep_stream();
        *keep.borrow_mut() = Some(world.clone());
    });
    assert!(outcome.violations.is_empty(), "{:?}", outcome.violations);
    let world = kept.take().expect("the world");
    let changes = world.changes();
    (world, changes)
}

/// What the rows of the table count for.
fn count_over(table: &World, sessions: impl Iterator<Item = SessionId>) -> Numbers {
    let mut numbers = Numbers::new();
    for message in sessions.flat_map(|session_id| table.messages_of(session_id)) {
        let seen = Seen::of(&message);
        for place in counted(message.key(), &seen, World::BEGINNING) {
            *numbers.entry(place).or_insert(0) += 1;
        }
    }
    numbers
}

fn numbers_of(counters: &World) -> Numbers {
    let all = counters.counters().into_iter();
    all.flat_map(|counter| {
        let numbers = counters.numbers(&counter).into_iter();
        numbers.map(move |(field, count)| ((counter.clone(), field), count)).collect::<Vec<_>>()
    })
    .collect()
}

/// The stream of one session, as Lambda hands it over: in order, in batches that are cut differently each time they come again.
struct Reader {
    changes: Vec<Change>,
    /// What was acknowledged.
    done: usize,
}

impl Reader {
    /// The next batch: from the last acknowledged change on, or now and then from before.
    fn batch(&self, rng: &Rng) -> (usize, usize) {
        let back = if rng.chance(300) { usize::try_from(rng.between(1, 30)).unwrap() } else { 0 };
        let begin = self.done.saturating_sub(back);
        let length = usize::try_from(rng.between(1, 40)).unwrap();
        (begin, (begin + length).min(self.changes.len()))
    }
}

/// Counts everything, with batches that hold several sessions, come again, and fail in the middle.
fn project_all(seed: u64, streams: &BTreeMap<SessionId, Vec<Change>>) -> World {
    let (counters, rng) = (World::new(seed), Rng::new(seed));
    counters.set_latency(Latency::USUAL);
    let rates = Rates { throttled: 30, reply_lost: 30, repeated: 30, late_copy: 30, ..Rates::default() };
    let mut readers: Vec<Reader> =
        streams.values().map(|changes| Reader { changes: changes.clone(), done: 0 }).collect();
    while readers.iter().any(|reader| reader.done < reader.changes.len()) {
        let mut batch = Vec::new();
        let mut ends = Vec::new();
        for (index, reader) in readers.iter().enumerate().filter(|_| rng.chance(600)) {
            let (begin, end) = reader.batch(&rng);
            batch.extend_from_slice(&reader.changes[begin..end]);
            ends.push((index, end));
        }
        let caller = Caller::with(counters.clone(), Role::Api, rates);
        let Ok(deps) = Deps::of(&caller);
        if counters.block_on(project::handle(&deps, &batch)).is_ok() {
            // The acknowledgement may get lost: the same comes again, cut differently.
            for (index, end) in ends.into_iter().filter(|_| rng.chance(800)) {
                readers[index].done = readers[index].done.max(end);
            }
        }
    }
    // Late copies of writes come in.
    counters.block_on(counters.sleep(60_000));
    counters
}

#[test]
fn counters_equal_a_count_over_the_table() {
    let (mut changes, mut messages) = (0, 0);
    for seed in 0..40 {
        let (table, streams) = simulated(seed);
        let expected = count_over(&table, streams.keys().copied());
        let counters = project_all(seed, &streams);
        assert_eq!(numbers_of(&counters), expected, "seed {seed}");
        changes += streams.values().map(Vec::len).sum::<usize>();
        messages += streams.keys().map(|id| table.messages_of(*id).len()).sum::<usize>();
    }
    assert!(messages > 500 && changes > 2 * messages, "{messages} messages, {changes} changes");
}

/// The mark in the counters is what keeps them exact: without it, a batch that comes again is counted again.
#[test]
fn without_marks_the_count_is_wrong() {
    let (table, streams) = simulated(3);
    let expected = count_over(&table, streams.keys().copied());
    let mut numbers = Numbers::new();
    for changes in streams.values() {
        for batch in [&changes[..], &changes[..changes.len() / 2]] {
            for (counter, steps) in domain::reading::projection::steps(batch, World::BEGINNING) {
                let Some(delta) = domain::reading::projection::beyond(&steps, None) else { continue };
                for (field, count) in delta.adds {
                    *numbers.entry((counter.clone(), field)).or_insert(0) += count;
                }
            }
        }
    }
    numbers.retain(|_, count| *count != 0);
    assert_ne!(numbers, expected);
}

/// Spoiled counters are counted again while messages change and the stream is read.
#[test]
fn a_recount_repairs_what_is_wrong_while_messages_change() {
    use domain::values::status::Status;
    use handlers::{account, message, session};
    use shared::ports::Reported;

    for seed in 0..20 {
        let world = World::new(seed);
        world.keep_stream();
        world.put_session(&session(1, account(), domain::session::ProviderConfig::Sandbox));
        let rows: Vec<_> = (0..60_u32)
            .map(|n| {
                message(
                    1,
                    Status::Sent,
                    &format!("165055500{:02}", n % 9),
                    i64::from(n) * 900_000,
                    u128::from(n),
                )
            })
            .collect();
        for row in &rows {
            world.put_message(row);
        }
        world.set_latency(Latency::USUAL);
        read_stream(&world);
        let (busy, keys) =
            (world.clone(), rows.iter().map(domain::message::Message::key).collect::<Vec<_>>());
        world.spawn(async move {
            for (n, key) in keys.into_iter().take(25).enumerate() {
                busy.sleep(40).await;
                let status = if n % 2 == 0 { Status::Delivered } else { Status::Read };
                let report = domain::message::report::Report::new(status, busy.now());
                assert_eq!(busy.caller().messages().report(key, &report).await.unwrap(), Reported::Applied);
            }
        });
        world.block_on(world.sleep(500));
        world.spoil_counters();
        let accounts = world.caller().accounts();
        world
            .block_on(shared::ports::WriteAccounts::put_account(&accounts, account(), "a", world.now()))
            .unwrap();
        let command = serde_json::json!({ "command": "recount", "accountId": account() });
        let answer = handlers::operate(&world, &command);
        assert_eq!((&answer["sessions"], &answer["left"]), (&1.into(), &0.into()), "seed {seed}: {answer}");
        world.block_on(world.sleep(10_000));
        let mut numbers = numbers_of(&world);
        numbers.retain(|(counter, _), _| !matches!(counter, Counter::Mark(_)));
        assert_eq!(numbers, count_over(&world, [handlers::session_id(1)].into_iter()), "seed {seed}");
    }
}

/// Reads the stream as it grows, now and then from before.
fn read_stream(world: &World) {
    let reader = world.clone();
    world.spawn(async move {
        let mut done: BTreeMap<SessionId, usize> = BTreeMap::new();
        for _ in 0..400 {
            reader.sleep(50).await;
            for (session_id, changes) in reader.changes() {
                let begin = done.get(&session_id).map_or(0, |done| {
                    done.saturating_sub(usize::try_from(reader.rng().between(0, 3)).unwrap())
                });
                let caller = reader.caller();
                let Ok(deps) = Deps::of(&caller);
                project::handle(&deps, &changes[begin..]).await.unwrap();
                done.insert(session_id, changes.len());
            }
        }
    });
}
