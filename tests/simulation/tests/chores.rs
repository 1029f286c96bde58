//! Chores: a cancelled campaign of thousands of rows is cleared, whatever comes twice, dies or is lost, and its chain of steps
//! never forks.

use std::cell::Cell;
use std::rc::Rc;

use domain::bulk::SegmentRow;
use domain::campaign::Campaign;
use domain::campaign::ingest::message_of;
use domain::message::Retention;
use domain::session::{ProviderConfig, Session};
use domain::values::ids::{AccountId, CampaignId, SessionId};
use domain::values::status::Status;
use fakes::{ALWAYS, Event, Latency, Observer, Rates, Sabotage, World};
use simulation::run::contact;
use simulation::scenario::Order;
use simulation::stage::{connect, connect_chores_sweep, order};

const ROWS: u32 = 6_000;
const MINUTE_MS: i64 = 60_000;
/// Copies of a step that may be in the queue at once: the one that goes on, those that a fault has made, and those whose
/// deletion was lost. A chain that forks goes far beyond.
const STEPS_MAX: usize = 4;
/// A table so slow that a run gets through some hundred rows.
const SLOW: Latency = Latency { table_ms: (300, 900), queue_ms: (5, 25), poll_ms: (5, 60) };
/// Every second batch comes twice, runs die, and writes and sends are repeated.
const HOSTILE: Rates = Rates {
    doubled: ALWAYS / 2,
    crash: ALWAYS / 3_000,
    repeated: ALWAYS / 20,
    reply_lost: ALWAYS / 1_000,
    deletion_lost: ALWAYS / 5,
    landed: ALWAYS / 2,
    ..Rates::NONE
};

/// The most steps that were in their queue at once.
struct Peak(Rc<Cell<usize>>);

impl Observer for Peak {
    fn on_event(&mut self, world: &World, event: &Event) {
        if let Event::ChoreStepSent(_) = event {
            self.0.set(self.0.get().max(world.chore_steps_queued()));
        }
    }
}

struct Stage {
    world: World,
    account_id: AccountId,
    session_id: SessionId,
    campaign_id: CampaignId,
    peak: Rc<Cell<usize>>,
}

impl Stage {
    /// A stored campaign that is due in a day.
    fn new(seed: u64, sabotage: &[Sabotage]) -> Self {
        let world = World::new(seed);
        let (account_id, session_id) =
            (AccountId::new(World::BEGINNING, 1), SessionId::new(World::BEGINNING, 2));
        let campaign_id = CampaignId::new(World::BEGINNING, 3 << 48);
        let session = Session::new(session_id, account_id, "shop", ProviderConfig::Sandbox, World::BEGINNING);
        let due = World::BEGINNING.plus_millis(24 * 60 * MINUTE_MS);
        let campaign = Campaign {
            scheduled_at: Some(due),
            ingested_at: Some(World::BEGINNING),
            stored: ROWS,
            ..Campaign::new((account_id, campaign_id, session_id), ROWS, World::BEGINNING)
        };
        world.put_session(&session);
        world.put_campaign(&campaign);
        for row in 1..=ROWS {
            let row = SegmentRow { row, to: contact(u64::from(row)).into(), text: "hello".to_owned() };
            world.put_message(&message_of(&campaign, row, Retention::default()));
        }
        world.set_sabotage(sabotage);
        world.set_latency(SLOW);
        let peak = Rc::new(Cell::new(0));
        world.observe(Peak(Rc::clone(&peak)));
        connect(&world, 15);
        Self { world, account_id, session_id, campaign_id, peak }
    }

    /// Sweeps until then.
    fn sweep_for(&self, minutes: i64) {
        connect_chores_sweep(&self.world, self.world.now().plus_millis(minutes * MINUTE_MS));
    }

    fn cancel(&self) {
        let caller = self.world.caller();
        self.world.block_on(order(&caller, self.account_id, self.campaign_id, Order::Cancel));
    }

    fn queued(&self) -> usize {
        self.world.messages_of(self.session_id).iter().filter(|row| row.status == Status::Queued).count()
    }
}

/// With every kind of fault the chain has one end, and all rows are cancelled.
#[test]
fn a_chain_of_steps_does_not_fork() {
    for seed in 0..10 {
        let stage = Stage::new(seed, &[]);
        stage.sweep_for(120);
        stage.cancel();
        stage.world.set_rates(HOSTILE);
        stage.world.run_for(60 * MINUTE_MS);
        stage.world.set_rates(Rates::NONE);
        stage.world.run_for(60 * MINUTE_MS);
        assert_eq!((stage.queued(), stage.world.open_chores()), (0, 0), "seed {seed}");
        let peak = stage.peak.get();
        assert!((1..=STEPS_MAX).contains(&peak), "seed {seed}: {peak} steps at once");
        stage.world.close();
    }
}

/// What keeps it from forking is that a step is taken by one.
#[test]
fn without_the_number_of_its_step_a_chain_forks() {
    let stage = Stage::new(0, &[Sabotage::ChoresFork]);
    stage.sweep_for(60);
    stage.cancel();
    stage.world.set_rates(HOSTILE);
    stage.world.run_for(60 * MINUTE_MS);
    let peak = stage.peak.get();
    assert!(peak > STEPS_MAX, "{peak} steps at once");
    stage.world.close();
}

/// However long the tables refuse everything, and whatever becomes of the queue meanwhile.
#[test]
fn an_outage_or_an_empty_queue_loses_no_chore() {
    for outage_minutes in [0, 5, 30, 180] {
        let stage = Stage::new(1, &[]);
        stage.sweep_for(outage_minutes + 60);
        stage.cancel();
        stage.world.run_for(MINUTE_MS);
        assert!(stage.queued() > 0, "it takes more than a minute");
        stage.world.set_rates(Rates { table_refused: ALWAYS, ..Rates::NONE });
        stage.world.run_for(outage_minutes * MINUTE_MS);
        stage.world.purge_chore_steps();
        stage.world.set_rates(Rates::NONE);
        stage.world.run_for(60 * MINUTE_MS);
        assert_eq!((stage.queued(), stage.world.open_chores()), (0, 0), "{outage_minutes} minutes");
        assert!(stage.peak.get() <= STEPS_MAX);
        stage.world.close();
    }
}

/// Cancelled again and again, it is still one chain.
#[test]
fn repeated_cancels_make_no_second_chain() {
    let stage = Stage::new(2, &[]);
    stage.sweep_for(60);
    for _ in 0..5 {
        stage.cancel();
        stage.world.run_for(10_000);
    }
    stage.world.run_for(60 * MINUTE_MS);
    assert_eq!((stage.queued(), stage.world.open_chores()), (0, 0));
    assert!(stage.peak.get() <= STEPS_MAX, "{}", stage.peak.get());
    stage.world.close();
}
