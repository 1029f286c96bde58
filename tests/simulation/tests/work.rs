//! Messages take no more work than is stated, and none circles for ever: the short forms of `simulation work`.

use domain::sending::lease::{Lease, LeaseOwner};
use domain::sending::pacer::{HoldReason, Release};
use domain::sending::ticket::Ticket;
use domain::tuning::HOPS_MAX;
use domain::values::fence::Fence;
use domain::values::ids::{AccountId, MessageId, MessageKey, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use fakes::{Latency, Sabotage, World};
use shared::ports::{Acquisition, DeleteSessions, LeaseSessions};
use simulation::cases::quiet;
use simulation::promise::Promise;
use simulation::run::row;
use simulation::stage;
use simulation::work::{Work, burst, dead_server, hold, mixed, night, steady, window};

const MINUTE_MS: i64 = 60_000;

#[track_caller]
fn is_bounded(work: &Work) {
    let found: Vec<String> = work.violations.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{work}\n{}", found.join("\n"));
}

/// Without the rule the work is out of bounds.
#[track_caller]
fn is_missed(work: &Work) {
    let hit = work.violations.iter().any(|violation| violation.promise == Promise::WorkIsBounded);
    assert!(hit, "{work}");
}

#[test]
fn a_steady_stream_of_scheduled_messages() {
    for priority in Priority::ALL {
        let work = steady(6, priority, &[]);
        is_bounded(&work);
        assert_eq!((work.calls, work.messages), (360, 360));
        assert!(work.runs <= 400 && work.tickets <= 5 && work.latest_ms() <= 2_000, "{work}");
    }
}

#[test]
fn a_quiet_mix() {
    let work = mixed(6, &[]);
    is_bounded(&work);
    assert!(work.runs <= 2 * work.messages && work.tickets <= 5, "{work}");
}

#[test]
fn a_thousand_messages_of_a_session_whose_provider_is_down() {
    for priority in [Priority::High, Priority::Normal] {
        let work = hold(1_000, 2, priority, &[]);
        is_bounded(&work);
        assert!(work.latest_ms() <= 2_000, "the others wait: {work}");
    }
    is_missed(&hold(2_000, 2, Priority::High, &[Sabotage::NoMerging]));
}

#[test]
fn a_day_of_a_dead_server() {
    let work = dead_server(24);
    is_bounded(&work);
    assert!(work.runs <= 300, "{work}");
}

#[test]
fn a_night_of_quiet_hours() {
    let work = night(20);
    is_bounded(&work);
    let [.., in_the_morning] = work.runs_by_hour[..] else { panic!("{work}") };
    assert!(work.runs_by_hour[2..].iter().all(|runs| *runs == 0), "{work}");
    assert!(in_the_morning == 0 && work.runs <= 30 && work.latest_ms() <= 2_000, "{work}");
}

#[test]
fn a_backlog_of_one_session() {
    for priority in Priority::ALL {
        let work = window(10_000, 10, priority, &[]);
        is_bounded(&work);
        assert!(work.tickets <= 1_000 && work.latest_ms() <= 2_000, "{work}");
    }
    let without = window(10_000, 10, Priority::High, &[Sabotage::NoMerging]);
    assert!(without.tickets > 5_000, "{without}");
}

#[test]
fn many_sessions_for_the_same_second() {
    let work = burst(1_000);
    is_bounded(&work);
    assert!(work.latest_ms() <= 2_000, "{work}");
}

fn world() -> World {
    let world = World::new(1);
    world.set_latency(Latency::USUAL);
    stage::connect(&world, 10);
    world.put_session(&quiet(1).actors[0].session);
    world
}

/// Stores a message; a ticket for it.
fn put_row(world: &World) -> Ticket {
    let scenario = quiet(1);
    let (session_id, message_id) = (scenario.actors[0].session.session_id, MessageId::new(world.now(), 1));
    world.put_message(&row(scenario.account_id, session_id, message_id, Priority::Normal, world.now()));
    Ticket::new(session_id, Priority::Normal, message_id)
}

fn world_with_a_row() -> (World, Ticket) {
    let world = world();
    let ticket = put_row(&world);
    (world, ticket)
}

fn send(world: &World, ticket: Ticket) {
    assert!(world.send_ticket(&ticket, "it", serde_json::to_string(&ticket).expect("JSON")));
}

fn status_of(world: &World, ticket: Ticket) -> Status {
    let Ticket { session_id, message_id, .. } = ticket;
    world.message(MessageKey { session_id, message_id }).expect("it is there").status
}

/// The session is deleted, and what waits of it is never cleared: its ticket comes by each minute.
#[test]
fn a_ticket_that_circles_is_given_up() {
    let (world, ticket) = world_with_a_row();
    delete_without_clearing(&world, quiet(1).account_id, ticket.session_id);
    send(&world, Ticket { hops: HOPS_MAX - 3, ..ticket });
    world.run_for(150_000);
    assert_eq!(world.queued(), 1, "it goes round");
    world.run_for(5 * MINUTE_MS);
    assert_eq!(world.queued(), 0);
    world.close();
}

fn delete_without_clearing(world: &World, account_id: AccountId, session_id: SessionId) {
    let caller = world.caller();
    let now = world.now();
    world.block_on(async move {
        caller.sessions().mark_deleted(account_id, session_id, now).await.expect("nothing fails");
    });
}

/// The provider is down; the ticket is on its last round when it meets the hold. Its message goes out nevertheless.
#[test]
fn what_a_ticket_that_was_given_up_stood_for_is_found() {
    for (has_upkeep, expected) in [(true, Status::Sent), (false, Status::Queued)] {
        let world = world();
        if has_upkeep {
            stage::connect_upkeep(&world, World::BEGINNING.plus_millis(120 * MINUTE_MS), 0);
        }
        let ticket = put_row(&world);
        hold_by_hand(&world, ticket.session_id);
        send(&world, Ticket { hops: HOPS_MAX, ..ticket });
        world.run_for(MINUTE_MS);
        assert_eq!(world.queued(), 0, "given up");
        world.run_until(World::BEGINNING.plus_millis(60 * MINUTE_MS));
        assert_eq!(status_of(&world, ticket), expected, "upkeep: {has_upkeep}");
        world.close();
    }
}

/// Leases a session for 20 s with a message in hand.
fn lease_by_hand(world: &World, session_id: SessionId, message_id: MessageId) -> Fence {
    let (sessions, until) = (world.caller().sessions(), world.now().plus_millis(20_000));
    let lease = Lease { owner: LeaseOwner(1), until, message_id, since: None };
    world.block_on(async move {
        match sessions.acquire(session_id, Fence::default(), lease).await.expect("nothing fails") {
            Acquisition::Acquired(fence) => fence,
            Acquisition::Lost => panic!("it is free"),
        }
    })
}

/// Holds a session for ten minutes.
fn hold_by_hand(world: &World, session_id: SessionId) {
    let fence = lease_by_hand(world, session_id, MessageId::new(world.now(), 1));
    let (sessions, now) = (world.caller().sessions(), world.now());
    let held = Release::default().held(now, 10 * MINUTE_MS, HoldReason::RateLimited, "", 1);
    world.block_on(async move {
        assert!(sessions.release(session_id, fence, &held).await.expect("nothing fails"));
    });
}

/// A newer version's fields are passed over, and what cannot be read at all ends in a dead-letter queue.
#[test]
fn what_cannot_be_read_is_not_deleted() {
    let (world, ticket) = world_with_a_row();
    let other = SessionId::new(world.now(), 77);
    world.send_ticket(&Ticket { session_id: other, ..ticket }, "what", "{\"what\":1}".to_owned());
    world.set_timer("{\"kind\":\"what\"}".to_owned(), 1_000);
    world.run_for(20 * MINUTE_MS);
    assert_eq!(world.queued(), 2);
    world.run_for(40 * MINUTE_MS);
    assert_eq!(world.queued(), 0, "given up");
    let newer = serde_json::to_string(&ticket).expect("JSON").replace('{', "{\"news\":1,");
    world.send_ticket(&ticket, "newer", newer);
    world.run_for(MINUTE_MS);
    assert_eq!(status_of(&world, ticket), Status::Sent);
    world.close();
}

/// A read is refused between lease and claim, and the lease runs out. The session must not wait for a gap that no message has
/// made.
#[test]
fn a_lease_under_which_nothing_was_claimed_leaves_no_gap() {
    let (world, ticket) = world_with_a_row();
    lease_by_hand(&world, ticket.session_id, ticket.message_id);
    world.run_for(20_500);
    send(&world, ticket);
    world.run_for(900);
    assert_eq!(status_of(&world, ticket), Status::Sent);
    world.close();
}
