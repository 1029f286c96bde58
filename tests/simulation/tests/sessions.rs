//! Sessions that are deleted and resumed while they work, and a deletion that dies wherever it waits.

use std::cell::Cell;
use std::rc::Rc;

use domain::session::{Deletion, ProviderConfig, Session};
use domain::values::ids::{AccountId, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use fakes::{ALWAYS, Latency, Manner, Rates, Rng, World};
use shared::ports::FinishDeletions;
use simulation::cases::quiet;
use simulation::mortal::DiesAt;
use simulation::promise::Promise;
use simulation::run::{Outcome, contact, run};
use simulation::scenario::{Order, OrderAt, Scenario, Step};
use simulation::stage;

const SEEDS: u64 = 60;
const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
/// By then holds last five minutes, and one has just begun.
const MENDED_MS: i64 = 400 * SECOND_MS;

#[track_caller]
fn is_clean(seed: u64, outcome: &Outcome) {
    let found: Vec<String> = outcome.violations.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "seed {seed}: {}", found.join("\n"));
}

const fn send(session: usize, delay_ms: i64) -> Step {
    Step::Send { session, priority: Priority::Normal, delay_ms, cancel: None }
}

/// Whatever else goes wrong: each accepted message ends, and nothing of a deleted session is sent.
#[test]
fn sessions_are_deleted_and_resumed_amid_faults() {
    for seed in 0..SEEDS {
        let (mut scenario, rng) = (Scenario::of_seed(seed), Rng::new(!seed));
        for session in 0..scenario.actors.len() {
            let at_ms = rng.between(0, MINUTE_MS);
            if rng.below(2) == 0 {
                scenario.steps.push((at_ms, Step::Delete { session }));
                scenario.steps.push((at_ms + rng.between(0, 200), send(session, 0)));
            }
            scenario.steps.push((rng.between(0, MINUTE_MS), Step::Resume { session }));
        }
        scenario.steps.sort_by_key(|(at_ms, _)| *at_ms);
        let mut outcome = run(seed, scenario, &[], |_| ());
        // A reply that meets a lease whose message is then cancelled waits for a gap that nobody needs. It is known and
        // open, and has nothing to do with sessions that are deleted.
        outcome.violations.retain(|it| !matches!(it.promise, Promise::ReplyNotHeld | Promise::Fair));
        is_clean(seed, &outcome);
    }
}

/// Messages whose requests have read the session before its deletion, and are stored seconds after it.
#[test]
fn messages_that_race_with_the_deletion_end() {
    let (mut accepted, mut refused) = (0, 0);
    for (seed, after_ms) in (0..SEEDS).zip((100..).step_by(40)) {
        let mut scenario = quiet(1);
        let scheduled_ms = if seed % 2 == 0 { 0 } else { 24 * 60 * MINUTE_MS };
        scenario.steps = vec![
            (0, send(0, 0)),
            (MINUTE_MS, send(0, scheduled_ms)),
            (MINUTE_MS, send(0, scheduled_ms)),
            (MINUTE_MS + after_ms, Step::Delete { session: 0 }),
        ];
        let outcome = run(seed, scenario, &[], |world| {
            let (slow, usual) = (world.clone(), world.clone());
            let rates = Rates { slow: ALWAYS, ..Rates::NONE };
            world.after(MINUTE_MS - 10, move || slow.set_rates(rates));
            world.after(MINUTE_MS + 10, move || usual.set_rates(Rates::NONE));
        });
        is_clean(seed, &outcome);
        accepted += outcome.counts.accepted - 1;
        refused += 3 - outcome.counts.accepted;
    }
    assert!(accepted > 10 && refused > 10, "{accepted} accepted, {refused} refused");
}

/// A late copy of a write stores a message when its session is long gone.
#[test]
fn what_lands_after_the_session_is_gone_ends() {
    let mut scenario = quiet(1);
    scenario.steps = vec![
        (0, Step::Delete { session: 0 }),
        (2 * MINUTE_MS, Step::Campaign { session: 0, rows: 250, tickets: 1 }),
    ];
    let outcome = run(1, scenario, &[], |_| ());
    is_clean(1, &outcome);
    assert_eq!((outcome.counts.accepted, outcome.counts.sent), (250, 0));
}

/// A campaign that is being stored, one that is paused, and a long line of single messages.
#[test]
fn a_deletion_takes_all_that_waits_with_it() {
    let mut scenario = quiet(1);
    let campaign =
        |rows, ingest_ms, orders| Step::Controlled { session: 0, rows, pacing: None, ingest_ms, orders };
    scenario.steps = vec![
        (0, campaign(400, 0, vec![(OrderAt::After(1_000), Order::Pause)])),
        (0, campaign(300, 3 * MINUTE_MS, Vec::new())),
        (10_000, Step::Delete { session: 0 }),
    ];
    scenario
        .steps
        .extend((0..30).map(|number| (2_000, send(0, if number % 2 == 0 { 0 } else { 40 * MINUTE_MS }))));
    scenario.steps.sort_by_key(|(at_ms, _)| *at_ms);
    let outcome = run(1, scenario, &[], |_| ());
    is_clean(1, &outcome);
    assert_eq!(outcome.counts.accepted, 730);
    assert!(outcome.counts.sent < 20, "{} were sent", outcome.counts.sent);
}

/// A session that is held for an hour goes on at once, and its failures are forgotten.
#[test]
fn a_held_session_goes_on_when_it_is_resumed() {
    let sent = |steps: Vec<(i64, Step)>| {
        let mut scenario = quiet(1);
        scenario.actors[0].manner = Manner {
            outages: vec![(World::BEGINNING, World::BEGINNING.plus_millis(MENDED_MS))],
            ..Manner::PLAIN
        };
        scenario.steps = steps;
        (scenario.faults_end_ms, scenario.end_ms) = (10 * MINUTE_MS, 4 * 60 * MINUTE_MS);
        let sent_by = std::rc::Rc::new(Cell::new(0));
        let (noted, session_id) = (sent_by.clone(), scenario.actors[0].session.session_id);
        let outcome = run(1, scenario, &[], move |world| {
            let looked = world.clone();
            world.after(MENDED_MS + 30_000, move || {
                let rows = looked.messages_of(session_id);
                noted.set(rows.iter().filter(|row| row.times.sent_at.is_some()).count());
            });
        });
        is_clean(1, &outcome);
        assert_eq!(outcome.counts.sent, 2);
        sent_by.get()
    };
    let messages = vec![
        (0, send(0, 0)),
        (10, Step::Send { session: 0, priority: Priority::Bulk, delay_ms: 0, cancel: None }),
    ];
    let resumed: Vec<_> =
        messages.iter().cloned().chain([(MENDED_MS + 1_000, Step::Resume { session: 0 })]).collect();
    assert_eq!(sent(messages), 0, "the hold is still on");
    assert_eq!(sent(resumed), 2);
}

fn session() -> Session {
    let (session_id, account_id) = (SessionId::new(World::BEGINNING, 1), AccountId::new(World::BEGINNING, 2));
    Session::new(session_id, account_id, "shop", ProviderConfig::Sandbox, World::BEGINNING)
}

/// How a deletion ended that died where it waited for the so-manieth time, if it did: the session and its messages are
/// all there, or all gone and ended.
fn dies_at(waits: usize, is_repeated: bool) -> bool {
    let (world, session) = (World::new(1), session());
    let (account_id, session_id) = (session.account_id, session.session_id);
    world.set_latency(Latency::USUAL);
    world.put_session(&session);
    world.set_manner(session_id, Manner::PLAIN);
    stage::connect(&world, 4);
    stage::connect_chores_sweep(&world, World::BEGINNING.plus_millis(9 * MINUTE_MS));
    world.block_on(async {
        for _ in 0..3 {
            let caller = world.caller();
            let (priority, to) = (Priority::Normal, contact(0));
            let scheduled =
                stage::send(&caller, account_id, session_id, priority, &to, 600 * SECOND_MS).await;
            assert!(scheduled.is_some());
        }
    });
    let caller = world.caller();
    let is_over = world.block_on(async {
        let future = stage::delete(&caller, account_id, session_id);
        DiesAt::new(future, Rc::new(Cell::new(Some(waits)))).await
    });
    assert_ne!(is_over, Some(false));
    if is_repeated {
        assert!(world.block_on(stage::delete(&world.caller(), account_id, session_id)));
    }
    // A step that was lost is sent again within some minutes.
    world.run_for(8 * MINUTE_MS);
    let rows = world.messages_of(session_id);
    let deletion = world.block_on(world.caller().sessions().deletion(session_id)).expect("the table works");
    let statuses: Vec<Status> = rows.iter().map(|row| row.status).collect();
    if deletion == Deletion::No {
        assert!(is_over.is_none() && !is_repeated, "the deletion is not done");
        assert_eq!(statuses, [Status::Queued; 3]);
    } else {
        assert_eq!((statuses.as_slice(), deletion), ([Status::Cancelled; 3].as_slice(), Deletion::Gone));
    }
    world.close();
    is_over.is_some()
}

#[test]
fn a_deletion_may_die_anywhere_and_be_repeated() {
    for is_repeated in [false, true] {
        let deaths = (0..100).take_while(|waits| !dies_at(*waits, is_repeated)).count();
        assert!((5..100).contains(&deaths), "{deaths} places to die at");
    }
}
