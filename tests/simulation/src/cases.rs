//! Every bug that the simulation has found, as a scenario of its own: small, and without chance where that is possible.
//! `tests/cases.rs` runs them.

use domain::sending::allowance::SendingLimits;
use domain::sending::pacing::Pacing;
use domain::session::{ProviderConfig, Session};
use domain::values::ids::{AccountId, SessionId};
use domain::values::priority::Priority;
use fakes::{ALWAYS, Latency, Manner, Rates, World};

use crate::run::{Outcome, run};
use crate::scenario::{Actor, CancelAt, END_MS, Order, OrderAt, Scenario, Step, Upkeep};

/// A scenario in which nothing happens yet: sessions with gaps of one second and providers that take 100 ms.
pub fn quiet(sessions: usize) -> Scenario {
    let account_id = AccountId::new(World::BEGINNING, 1);
    let actor = |number: usize| {
        let session_id = SessionId::new(World::BEGINNING, u128::try_from(number).unwrap_or(0) + 1);
        let (name, provider) = (format!("session {number}"), ProviderConfig::Sandbox);
        let session = Session {
            pacing: Pacing::new(1_000, 1_000).ok(),
            ..Session::new(session_id, account_id, name, provider, World::BEGINNING)
        };
        Actor { session, manner: Manner { call_ms: (100, 100), ..Manner::PLAIN } }
    };
    Scenario {
        account_id,
        actors: (0..sessions).map(actor).collect(),
        steps: Vec::new(),
        rates: Rates::default(),
        latency: Latency::USUAL,
        faults_end_ms: 3_600_000,
        end_ms: END_MS,
        concurrency: 10,
        upkeep: Upkeep::Promote,
    }
}

const fn send(session: usize, cancel: Option<CancelAt>) -> Step {
    Step::Send { session, priority: Priority::High, delay_ms: 0, cancel }
}

/// A provider that knows messages again loses a reply, the message goes back in line to be repeated, and is cancelled
/// there. It went out: the cancel must be refused.
pub fn cancel_after_an_unknown_outcome() -> Outcome {
    let mut scenario = quiet(1);
    scenario.actors[0].manner = Manner { is_idempotent: true, reply_lost: ALWAYS, ..Manner::PLAIN };
    scenario.steps = vec![(0, send(0, Some(CancelAt::Requeue)))];
    run(1, scenario, &[], |_| ())
}

/// A row that cannot be read is claimed, and its worker dies. The recovery could not read it either, and the session
/// stood still for ever.
pub fn an_unreadable_row_in_a_recovery() -> Outcome {
    let mut scenario = quiet(1);
    scenario.rates = Rates { crash: 2_000, ..Rates::default() };
    scenario.steps = vec![
        (0, Step::Campaign { session: 0, rows: 3, tickets: 2 }),
        (0, Step::Spoil { session: 0 }),
        (100, send(0, None)),
    ];
    run(7, scenario, &[], |_| ())
}

/// A row that has become unreadable after a failed attempt was given up with its attempts set back to zero.
pub fn an_unreadable_row_that_was_tried_before() -> Outcome {
    let mut scenario = quiet(1);
    scenario.actors[0].manner = Manner { transient: ALWAYS, ..Manner::PLAIN };
    scenario.steps = vec![(0, send(0, None)), (2_000, Step::Spoil { session: 0 })];
    run(1, scenario, &[], |_| ())
}

/// The table is slow while a scheduled message is accepted. Its timer was set for the wait as it was before that.
pub fn a_slow_table_while_a_message_is_scheduled() -> Outcome {
    let mut scenario = quiet(1);
    scenario.latency = Latency { table_ms: (4_000, 4_000), ..Latency::USUAL };
    scenario.steps =
        vec![(0, Step::Send { session: 0, priority: Priority::Normal, delay_ms: 20_000, cancel: None })];
    run(1, scenario, &[], |world| {
        let fast = world.clone();
        world.after(9_000, move || fast.set_latency(Latency::USUAL));
    })
}

/// Tickets of two sessions travel in one batch, and one of the providers is slow. The other session's ticket is done,
/// but deleted only with its batch, and blocks the next reply of its session until then.
pub fn a_slow_session_in_the_same_batch() -> Outcome {
    let mut scenario = quiet(6);
    scenario.actors[0].manner.call_ms = (9_000, 9_000);
    scenario.steps = (0..6).map(|session| (0, send(session, None))).collect();
    scenario.steps.extend((1..6).map(|session| (2_000, send(session, None))));
    run(1, scenario, &[], |_| ())
}

/// A message is stored, its ticket is refused, and it is cancelled: its sender is told to send it again. Then a late
/// copy of the first write stores it once more, and the next ticket of its session sends it.
pub fn a_late_copy_of_what_was_taken_back() -> Outcome {
    let mut scenario = quiet(1);
    scenario.rates = Rates { queue_refused: ALWAYS, late_copy: ALWAYS, ..Rates::default() };
    scenario.steps = vec![(0, send(0, None)), (60_000, send(0, None))];
    run(1, scenario, &[], |world| {
        let up = world.clone();
        world.after(50_000, move || up.set_rates(Rates::default()));
    })
}

/// A message is stored, and its ticket refused. Before it can be cancelled, a ticket of another priority lets a worker
/// try it, which fails for now. So it is not cancelled but accepted, and waits without any ticket of its own.
pub fn a_refused_ticket_and_a_faster_worker() -> Outcome {
    let mut scenario = quiet(1);
    scenario.actors[0].manner = Manner { transient: ALWAYS, ..Manner::PLAIN };
    scenario.rates = Rates { queue_refused: ALWAYS, ..Rates::default() };
    scenario.latency = Latency { queue_ms: (3_000, 3_000), ..Latency::USUAL };
    let message = Step::Send { session: 0, priority: Priority::Bulk, delay_ms: 0, cancel: None };
    scenario.steps = vec![(0, message), (200, Step::Stray { session: 0, priority: Priority::Normal })];
    run(1, scenario, &[], |world| {
        let (works, fast) = (world.clone(), world.clone());
        world.after(100, move || works.set_rates(Rates::default()));
        world.after(2_000, move || fast.set_latency(Latency::USUAL));
    })
}

/// The tables refuse every call for more than half an hour. Tickets were put back until they had been received a hundred
/// times, and then lay in the dead-letter queue while their messages waited for ever.
pub fn an_outage_of_an_hour() -> Outcome {
    let mut scenario = quiet(2);
    scenario.steps = vec![
        (0, send(0, None)),
        (0, Step::Campaign { session: 1, rows: 5, tickets: 2 }),
        (10, Step::Send { session: 1, priority: Priority::Normal, delay_ms: 0, cancel: None }),
    ];
    run(1, scenario, &[], |world| {
        let down = world.clone();
        world.after(120, move || down.set_rates(Rates { table_refused: ALWAYS, ..Rates::default() }));
    })
}

const fn campaign(rows: u32, orders: Vec<(OrderAt, Order)>) -> Step {
    Step::Controlled { session: 0, rows, pacing: Some((500, 500)), ingest_ms: 0, orders }
}

/// A reply comes while a message of a campaign is sent whose gaps are shorter than its session's. Its ticket was hidden for
/// the session's gap, and slept through the end of the campaign's.
pub fn a_reply_beside_a_campaign_with_shorter_gaps() -> Outcome {
    let mut scenario = quiet(1);
    scenario.actors[0].session.pacing = Pacing::new(5_000, 5_000).ok();
    scenario.actors[0].manner.call_ms = (2_000, 2_000);
    scenario.steps = vec![(0, campaign(3, Vec::new())), (1_000, send(0, None))];
    run(1, scenario, &[], |_| ())
}

/// For half an hour a provider takes every message and answers none: each ends with an unknown outcome, and without rests
/// all of the campaign would.
pub fn a_provider_that_does_not_answer() -> Outcome {
    let mut scenario = quiet(1);
    scenario.actors[0].manner.reply_lost = ALWAYS;
    scenario.steps = vec![(0, campaign(60, Vec::new()))];
    let session_id = scenario.actors[0].session.session_id;
    run(1, scenario, &[], |world| {
        let mended = world.clone();
        world.after(1_800_000, move || mended.set_manner(session_id, Manner::PLAIN));
    })
}

/// New contacts are kept back until midnight, in front of a message that is scheduled for days later. Nobody sweeps: their
/// one ticket has to live on.
pub fn new_contacts_in_front_of_a_scheduled_message() -> Outcome {
    let day_ms = 24 * 3_600_000;
    let mut scenario = quiet(1);
    scenario.end_ms = day_ms + END_MS;
    scenario.actors[0].session.limits =
        Some(SendingLimits { new_contacts_daily_max: Some(2), ..SendingLimits::default() });
    let normal = |delay_ms, cancel| Step::Send { session: 0, priority: Priority::Normal, delay_ms, cancel };
    let taken_back = Some(CancelAt::After(day_ms + 3_600_000));
    scenario.steps = vec![
        (0, normal(3 * day_ms, taken_back)),
        (1_000, normal(0, None)),
        (2_000, normal(0, None)),
        (3_000, normal(0, None)),
        (4_000, normal(0, None)),
    ];
    run(1, scenario, &[], |_| ())
}

/// Thousands of rows of a paused campaign stand in front of another one, and are cancelled later, a hundred at a time.
pub fn a_long_paused_campaign_in_front() -> Outcome {
    let mut scenario = quiet(1);
    let orders = vec![(OrderAt::Call, Order::Pause), (OrderAt::After(60_000), Order::Cancel)];
    scenario.steps = vec![(0, campaign(3_000, orders)), (5_000, campaign(8, Vec::new()))];
    run(1, scenario, &[], |_| ())
}

/// A campaign is paused while its rows are stored, and resumed only when they all are.
pub fn a_campaign_that_is_paused_while_it_is_stored() -> Outcome {
    let mut scenario = quiet(1);
    let orders = vec![(OrderAt::After(1_000), Order::Pause), (OrderAt::After(30_000), Order::Resume)];
    scenario.steps =
        vec![(0, Step::Controlled { session: 0, rows: 4, pacing: None, ingest_ms: 10_000, orders })];
    run(1, scenario, &[], |_| ())
}
