//! Scheduled messages are on time, and whatever is lost on the way is found again.

use domain::message::Message;
use domain::sending::ticket::Ticket;
use domain::sending::wake_up::WakeUp;
use domain::tuning::STALLED_AFTER_MS;
use domain::values::ids::{MessageId, MessageKey, SessionId};
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use fakes::{ALWAYS, Caller, Latency, Rates, Role, World};
use futures_util::future::join;
use shared::ports::KeepWakeUps;
use simulation::cases::quiet;
use simulation::promise::Promise;
use simulation::run::contact;
use simulation::stage::{self, connect_upkeep};
use simulation::upkeep::{Aftermath, END_MS, MESSAGES_FOR_MS, Troubles, play};

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// `on_time`.
const ON_TIME_MS: i64 = 2 * SECOND_MS;

/// What a message may wait longer when the last worker of its session died: the lease is taken over, which leaves a fresh gap
/// of a second behind.
const TAKEN_OVER_MS: i64 = 1_000;

/// Schedules one message for each of these times, each in an idle session of its own, and tells by how much later each was
/// claimed. `written` says how its caller writes a time.
fn delays_ms(seed: u64, dues: &[Timestamp], written: impl Fn(Timestamp) -> String) -> Vec<i64> {
    let world = World::new(seed);
    world.set_latency(Latency::USUAL);
    let scenario = quiet(dues.len());
    stage::connect(&world, 50);
    let end = dues.iter().max().expect("some").plus_millis(HOUR_MS);
    // The schedules' phase is anyone's guess.
    world.run_for(world.rng().between(0, MINUTE_MS));
    connect_upkeep(&world, end, 0);
    world.run_for(10 * SECOND_MS);
    let mut keys = Vec::new();
    for (actor, due) in scenario.actors.iter().zip(dues) {
        world.put_session(&actor.session);
        let (caller, text) = (world.caller(), written(*due));
        let sent = world.block_on(stage::send_at(
            &caller,
            scenario.account_id,
            actor.session.session_id,
            Priority::Normal,
            &contact(0),
            Some(text),
        ));
        keys.push(sent.expect("accepted"));
    }
    world.run_until(end);
    let delay = |key: &MessageKey, due: &Timestamp| {
        let message = world.message(*key).expect("stored");
        let (sent_at, kept_until) = (message.times.sent_at.expect("it went"), message.delete_after);
        assert_eq!(kept_until, Some(message.retention.after(sent_at)), "it is kept from when it went");
        message.times.sending_at.expect("it was claimed").millis_since(*due)
    };
    let delays = keys.iter().zip(dues).map(|(key, due)| delay(key, due)).collect();
    world.close();
    delays
}

fn assert_on_time(delays: &[i64], what: &str) {
    assert!(delays.iter().all(|delay| (0..=ON_TIME_MS).contains(delay)), "{what}: {delays:?} ms");
}

#[test]
fn a_scheduled_message_is_on_time() {
    for seed in 0..40 {
        let begin = World::BEGINNING.plus_millis(2 * MINUTE_MS);
        let ahead = [
            SECOND_MS,
            20 * SECOND_MS,
            14 * MINUTE_MS + 59 * SECOND_MS,
            15 * MINUTE_MS + SECOND_MS,
            20 * MINUTE_MS,
            2 * HOUR_MS,
        ];
        // From now on, which is up to 70 s after the beginning.
        let dues = ahead.map(|ms| begin.plus_millis(ms));
        assert_on_time(&delays_ms(seed, &dues, |due| due.to_string()), &format!("seed {seed}"));
    }
}

#[test]
fn a_message_for_200_days_ahead_is_on_time() {
    let dues = [200 * DAY_MS, 200 * DAY_MS + 30_500].map(|ms| World::BEGINNING.plus_millis(ms));
    assert_on_time(&delays_ms(1, &dues, |due| due.to_string()), "200 days");
}

/// Clocks are set forward in Berlin at 01:00 UTC on 29 March 2026: a caller there writes +01:00 before and +02:00 after.
#[test]
fn offsets_and_daylight_saving_change_nothing() {
    let change = Timestamp::parse_rfc3339("2026-03-29T01:00:00Z").expect("a time");
    let dues = [-1, 0, 1, 3600].map(|seconds| change.plus_millis(seconds * SECOND_MS));
    let in_berlin = |due: Timestamp| {
        let hours = if due < change { 1 } else { 2 };
        due.plus_millis(hours * HOUR_MS).to_string().replace('Z', &format!("+0{hours}:00"))
    };
    assert_eq!(in_berlin(dues[0]), "2026-03-29T01:59:59.000+01:00");
    assert_eq!(in_berlin(dues[1]), "2026-03-29T03:00:00.000+02:00");
    assert_on_time(&delays_ms(1, &dues, in_berlin), "Berlin");
    for (offset, minutes) in [("+05:45", 345), ("-03:30", -210), ("+14:00", 840), ("-12:00", -720)] {
        let written = |due: Timestamp| due.plus_millis(minutes * MINUTE_MS).to_string().replace('Z', offset);
        let dues = [World::BEGINNING.plus_millis(30 * MINUTE_MS)];
        assert_on_time(&delays_ms(2, &dues, written), offset);
    }
}

fn assert_all_came_to_an_end(aftermath: &Aftermath, seed: u64) {
    assert_eq!(aftermath.broken(), Vec::<String>::new(), "seed {seed}");
    assert!(aftermath.outcome.counts.accepted > 300, "seed {seed}: {:?}", aftermath.outcome.counts);
    assert_eq!((aftermath.watched, aftermath.kept), (0, 0), "seed {seed}: what is left in the tables");
}

#[test]
fn everything_comes_to_an_end_whatever_is_lost() {
    let mut longest = 0;
    for seed in 1..=8 {
        let aftermath = play(seed, Troubles::ALL);
        assert_all_came_to_an_end(&aftermath, seed);
        longest = longest.max(aftermath.longest_delay_ms(0, END_MS));
        let recovered = aftermath.longest_delay_ms(3 * HOUR_MS + 15 * MINUTE_MS, MESSAGES_FOR_MS);
        assert!(recovered <= ON_TIME_MS + TAKEN_OVER_MS, "seed {seed}: {recovered} ms late after recovery");
        let lost = aftermath.outcome.faults[fakes::Fault::TicketLost as usize];
        assert!(lost > 5, "seed {seed}: {lost} tickets lost");
    }
    // A sweep each five minutes, a minute until a line counts as standing still, a late stream, tickets lost again.
    println!("the longest delay: {} s", longest / 1000);
    assert!(longest > 2 * MINUTE_MS, "nothing had to be found again");
    assert!(longest < 30 * MINUTE_MS, "{longest} ms");
}

/// A wake-up leaves the table only when it is in the timer, whatever fails, and two runs side by side take nothing away.
#[test]
fn a_wake_up_is_kept_until_it_is_in_the_timer() {
    let world = &World::new(1);
    world.set_latency(Latency::USUAL);
    let due = World::BEGINNING.plus_millis(5 * MINUTE_MS);
    let (session_id, message_id) = (SessionId::new(due, 1), MessageId::new(due, 2));
    let ticket = Ticket::new(session_id, Priority::Normal, message_id);
    world.block_on(world.caller().due().keep(&WakeUp { due, ticket })).expect("kept");
    let promote = |rates| async move {
        let world = world.clone();
        let caller = Caller::with(world.clone(), Role::Upkeep, rates);
        let Ok(deps) = promote::Deps::of(&caller);
        promote::handle(&deps, due).await.map(|done| done.moved)
    };
    let refused = Rates { queue_refused: ALWAYS, ..Rates::default() };
    assert!(world.block_on(promote(refused)).is_err());
    assert_eq!((world.kept_wake_ups(), world.queued()), (1, 0));
    let both = join(promote(Rates::default()), promote(Rates::default()));
    let side_by_side = world.block_on(both);
    assert!(matches!(side_by_side, (Ok(1), Ok(0 | 1))), "{side_by_side:?}");
    assert_eq!(world.kept_wake_ups(), 0);
    assert!(world.queued() >= 1);
}

#[test]
fn promote_may_be_down_for_an_hour() {
    let down = Troubles { promote_off_ms: Troubles::LOSSES.promote_off_ms, ..Troubles::NONE };
    let aftermath = play(21, down);
    assert_all_came_to_an_end(&aftermath, 21);
    let down = aftermath.longest_delay_ms(HOUR_MS, 2 * HOUR_MS + MINUTE_MS);
    println!("the longest delay while promote was down: {} s", down / 1000);
    assert!((MINUTE_MS..8 * MINUTE_MS).contains(&down), "the sweep finds what promote leaves: {down} ms");
    let back = aftermath.longest_delay_ms(2 * HOUR_MS + 2 * MINUTE_MS, END_MS);
    assert!(back <= ON_TIME_MS, "{back} ms late when it was back");
}

#[test]
fn every_ticket_may_be_deleted_by_hand() {
    let purged = Troubles { purged_ms: (HOUR_MS, HOUR_MS + 10 * MINUTE_MS), ..Troubles::NONE };
    for seed in 31..=34 {
        let aftermath = play(seed, purged);
        assert_all_came_to_an_end(&aftermath, seed);
        let found_again_ms = aftermath.longest_delay_ms(HOUR_MS, HOUR_MS + 10 * MINUTE_MS);
        assert!(found_again_ms > MINUTE_MS, "nothing had to be found again");
        let back = aftermath.longest_delay_ms(HOUR_MS + 10 * MINUTE_MS, END_MS);
        assert!(back <= ON_TIME_MS, "seed {seed}: {back} ms late afterwards");
    }
}

/// What the runs above show would be nothing if it also held without the sweep.
#[test]
fn without_the_sweep_messages_wait_for_ever() {
    let lossy = Troubles { stream_late_ms: 0, end_ms: END_MS, ..Troubles::LOSSES };
    let lost = |troubles| {
        let outcome = play(1, troubles).outcome;
        outcome.violations.iter().filter(|v| v.promise == Promise::AcceptedIsDurable).count()
    };
    assert_eq!(lost(lossy), 0);
    assert!(lost(Troubles { sweep_off: true, ..lossy }) > 0);
}

/// From a message's first wait to its session's note: a batch, and a second for the write.
const NOTED_WITHIN_MS: i64 = 65 * SECOND_MS;

/// The rule that a sweep rests on: a session with a message that waits is watched, and does not rest beyond its time.
fn assert_watched(world: &World, session_id: SessionId) {
    let now = world.now();
    let waits = |message: &Message| {
        let due = message.pending_key.map(|place| place.due);
        let since = message.created_at;
        due.filter(|_| now.millis_since(since) > NOTED_WITHIN_MS)
    };
    let Some(due) = world.messages_of(session_id).iter().filter_map(waits).min() else { return };
    let watched = world.watched_sessions().into_iter().find(|watched| watched.session_id == session_id);
    let watched =
        watched.unwrap_or_else(|| panic!("at {now} a message waits that is due {due}, and nobody watches"));
    let latest = due.max(now).plus_millis(STALLED_AFTER_MS);
    assert!(watched.rests_until.is_none_or(|until| until <= latest), "{watched:?}, and {due} is due");
}

#[test]
fn a_session_with_work_is_always_watched() {
    for seed in 1..=60 {
        let world = World::new(seed);
        world.set_latency(Latency::USUAL);
        world.set_rates(Rates {
            lag_ms: 2_000,
            skew_ms: 1_000,
            crash: 20,
            repeated: 100,
            late_copy: 100,
            ..Rates::default()
        });
        let scenario = quiet(1);
        let (account_id, session) = (scenario.account_id, scenario.actors[0].session.clone());
        world.put_session(&session);
        stage::connect(&world, 50);
        connect_upkeep(&world, World::BEGINNING.plus_millis(6 * HOUR_MS), 0);
        let mut next_ms = 0;
        for step_ms in (0..3 * HOUR_MS).step_by(10_000) {
            world.run_until(World::BEGINNING.plus_millis(step_ms));
            assert_watched(&world, session.session_id);
            if next_ms <= step_ms {
                let ahead_ms = *world.rng().pick(&[0, 0, 90_000, 5 * MINUTE_MS, 40 * MINUTE_MS]);
                let caller = Caller::with(world.clone(), Role::Api, Rates::default());
                let session_id = session.session_id;
                world.spawn(async move {
                    stage::send(&caller, account_id, session_id, Priority::Normal, &contact(0), ahead_ms)
                        .await;
                });
                next_ms = step_ms
                    + world
                        .rng()
                        .between(10_000, *world.rng().pick(&[MINUTE_MS, 8 * MINUTE_MS, 40 * MINUTE_MS]));
            }
        }
        world.close();
    }
}
