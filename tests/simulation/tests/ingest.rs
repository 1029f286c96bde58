//! Ingestion dies at every await, every message comes twice, tables throttle: all rows are stored exactly once, and none is
//! sent before.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use domain::bulk::SegmentRow;
use domain::campaign::{Campaign, CampaignState, CampaignStatus};
use domain::ids::{AccountId, CampaignId, SessionId};
use domain::ingest::{IngestStep, message_of};
use domain::lease::Fence;
use domain::limits::SEGMENT_ROWS;
use domain::pacing::Pacing;
use domain::phone::PhoneNumber;
use domain::priority::Priority;
use domain::request::CampaignTerms;
use domain::status::Status;
use fakes::{ALWAYS, Caller, Latency, Rates, Role, World};
use shared::intake::{Draft, launch, prepare_csv};
use shared::ports::{
    AcceptMessages, CampaignFile, ControlCampaigns, DispatchMessages, FileKind, Received, SendSteps,
    WriteFiles,
};

/// Longer than the function's time-out, as the queue has it.
const VISIBILITY_MS: i64 = 130_000;
const TIMEOUT_MS: i64 = 120_000;
const TTL_DAYS: u32 = 90;

/// A future that is dropped where it waits for the so-manieth time.
struct DiesAt<F> {
    future: Option<Pin<Box<F>>>,
    waits_left: Rc<Cell<Option<usize>>>,
}

impl<F: Future> Future for DiesAt<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = self.future.as_mut() else { return Poll::Ready(None) };
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        match self.waits_left.get() {
            Some(0) => {
                self.waits_left.set(None);
                self.future = None;
                Poll::Ready(None)
            }
            left => {
                self.waits_left.set(left.map(|left| left - 1));
                Poll::Pending
            }
        }
    }
}

/// A world with a campaign on its way in.
struct Stage {
    world: World,
    draft: Draft,
    rows: u32,
    rates: Rates,
    /// Whether every message is served twice.
    twice: bool,
    waits_left: Rc<Cell<Option<usize>>>,
    deaths: Cell<usize>,
}

impl Stage {
    fn new(rows: u32, seed: u64) -> Self {
        let world = World::new(seed);
        world.set_latency(Latency::USUAL);
        let now = World::BEGINNING;
        let terms = CampaignTerms {
            session_id: SessionId::new(now, 1),
            name: None,
            default_message: Some("Hi {{name}}".to_owned()),
            pacing: Pacing::DEFAULT,
            scheduled_at: None,
        };
        let draft = Draft {
            account_id: AccountId::new(now, 2),
            campaign_id: CampaignId::new(now, 3),
            terms,
            created_at: now,
        };
        let (waits_left, deaths) = (Rc::default(), Cell::default());
        Self { world, draft, rows, rates: Rates::default(), twice: false, waits_left, deaths }
    }

    fn csv(&self) -> String {
        let rows: String = (1..=self.rows).map(|row| format!("1650{row:07},n{row}\n")).collect();
        format!("phone,name\n{rows}")
    }

    /// As `POST /messages/bulk/csv` does it.
    fn launch(&self) {
        let caller = self.world.caller();
        self.world.block_on(async {
            let prepared =
                prepare_csv(&caller.files(), &self.draft, self.csv().as_bytes()).await.unwrap().unwrap();
            assert_eq!(prepared.accepted, self.rows);
            launch(&caller.campaigns(), &caller.steps(), &self.draft, &prepared).await.unwrap();
        });
    }

    /// As `POST /messages/bulk/uploads` does it, and then the caller.
    fn upload(&self) {
        let draft = serde_json::to_vec(&self.draft).unwrap();
        let files = self.world.caller().files();
        self.world.block_on(files.put(self.draft.file(FileKind::Draft), draft.into())).unwrap();
        self.world.upload(self.draft.file(FileKind::Upload), self.csv().into());
    }

    fn campaign(&self) -> Campaign {
        self.world.campaign(self.draft.account_id, self.draft.campaign_id).unwrap()
    }

    fn caller(&self) -> Caller {
        Caller::with(self.world.clone(), Role::Api, self.rates)
    }

    /// Runs the function once; `None` when it died.
    fn run(&self, received: &Received) -> Option<Vec<String>> {
        let caller = self.caller();
        let deps = ingest::Deps {
            messages: caller.messages(),
            campaigns: caller.campaigns(),
            files: caller.files(),
            steps: caller.steps(),
            tickets: caller.tickets(),
            timer: caller.timer(),
            clock: caller.clock(),
            message_ttl_days: TTL_DAYS,
        };
        let deadline = self.world.now().plus_millis(TIMEOUT_MS);
        let future = async move { ingest::handle(&deps, vec![received.clone()], deadline).await };
        let mortal = DiesAt { future: Some(Box::pin(future)), waits_left: Rc::clone(&self.waits_left) };
        let returned = self.world.block_on(mortal);
        self.deaths.set(self.deaths.get() + usize::from(returned.is_none()));
        returned
    }

    /// Serves one message of the queue; `false` when there is none left.
    fn serve_one(&self) -> bool {
        let Some(received) = self.world.take_step(VISIBILITY_MS) else {
            if self.world.step_count() > 0 {
                self.world.run_for(VISIBILITY_MS);
            }
            return self.world.step_count() > 0;
        };
        let done = self.run(&received).map(|failed| failed.is_empty());
        self.nothing_is_announced_too_early();
        if done == Some(true) {
            if self.twice {
                self.run(&received);
            }
            self.world.delete_step(&received.handle);
        }
        true
    }

    fn serve_all(&self) {
        let mut rounds = 0;
        while self.serve_one() {
            rounds += 1;
            assert!(rounds < 10_000, "the chain does not end");
        }
        // What was in flight when a run died may land half a minute later.
        self.world.run_for(VISIBILITY_MS);
    }

    fn nothing_is_announced_too_early(&self) {
        let stored = self.world.messages_of(self.draft.terms.session_id).len();
        let campaigns = self.world.campaign(self.draft.account_id, self.draft.campaign_id);
        if campaigns.is_some_and(|campaign| campaign.may_send()) {
            assert_eq!(stored, self.rows as usize, "a campaign may be sent whose rows are not all stored");
        }
    }

    fn all_is_stored_once(&self) {
        let messages = self.world.messages_of(self.draft.terms.session_id);
        let ids: BTreeSet<_> = messages.iter().map(|message| message.message_id).collect();
        let expected: BTreeSet<_> = (1..=self.rows).map(|row| self.draft.campaign_id.message(row)).collect();
        assert_eq!(ids, expected);
        for message in &messages {
            let row = self.draft.campaign_id.row(message.message_id);
            let (to, text) = (PhoneNumber::parse(&format!("1650{row:07}")).unwrap(), format!("Hi n{row}"));
            assert_eq!(*message, message_of(&self.campaign(), SegmentRow { row, to, text }, TTL_DAYS));
        }
        let campaign = self.campaign();
        assert_eq!((campaign.stored, campaign.total), (self.rows, self.rows));
    }

    fn is_announced(&self) -> bool {
        !self.world.take_tickets(Priority::Bulk, 1_000).is_empty()
    }
}

/// How often a run waits when nothing dies.
fn waits(make: impl Fn() -> Stage) -> usize {
    let stage = make();
    stage.waits_left.set(Some(usize::MAX));
    stage.serve_all();
    stage.all_is_stored_once();
    assert_eq!(stage.campaign().status(), CampaignStatus::Active);
    assert!(stage.is_announced());
    usize::MAX - stage.waits_left.get().unwrap()
}

/// Every wait of the beginning and of the end, and every `step`th between.
fn points(waits: usize, step: usize) -> impl Iterator<Item = usize> {
    (0..waits).filter(move |at| *at < 80 || *at + 80 > waits || at % step == 0)
}

fn dies_everywhere(make: impl Fn() -> Stage, step: usize) -> usize {
    let waits = waits(&make);
    let mut runs = 0;
    for at in points(waits, step) {
        let stage = make();
        stage.waits_left.set(Some(at));
        stage.serve_all();
        assert_eq!(stage.deaths.get(), 1, "died at wait {at} of {waits}");
        stage.all_is_stored_once();
        assert_eq!(stage.campaign().status(), CampaignStatus::Active, "wait {at}");
        assert!(stage.is_announced(), "wait {at}: the session was not told");
        stage.world.close();
        runs += 1;
    }
    runs
}

fn two_segments() -> Stage {
    let mut stage = Stage::new(SEGMENT_ROWS + 3, 1);
    stage.twice = true;
    stage.launch();
    stage
}

/// At every await around the rows, and at some of those between.
#[test]
fn a_campaign_of_two_segments_dies_and_every_step_comes_twice() {
    assert!(dies_everywhere(two_segments, 23) > 150);
}

#[test]
#[ignore = "takes a minute; the one before takes every twenty-third of the rows"]
fn a_campaign_of_two_segments_dies_at_every_single_await() {
    assert!(dies_everywhere(two_segments, 1) > 2_000);
}

#[test]
fn an_upload_dies_at_every_await() {
    let make = || {
        let stage = Stage::new(60, 2);
        stage.upload();
        stage
    };
    assert!(dies_everywhere(make, 1) > 100);
}

/// What the dead run had on its way lands after the next one has done the same.
#[test]
fn requests_that_land_late_change_nothing() {
    let make = || {
        let mut stage = Stage::new(40, 3);
        stage.rates = Rates { landed: ALWAYS, ..Rates::default() };
        stage.launch();
        stage
    };
    assert!(dies_everywhere(make, 1) > 60);
}

#[test]
fn throttling_slows_down_and_loses_nothing() {
    for seed in 0..5 {
        let mut stage = Stage::new(SEGMENT_ROWS + 1, seed);
        stage.rates = Rates {
            table_refused: ALWAYS / 5,
            reply_lost: ALWAYS / 50,
            repeated: ALWAYS / 50,
            ..Rates::default()
        };
        stage.launch();
        stage.serve_all();
        stage.all_is_stored_once();
        assert_eq!(stage.campaign().status(), CampaignStatus::Active);
    }
}

/// Exactly the rows that a worker has had in hand are what a chunk that runs again must not touch.
#[test]
fn steps_that_come_again_put_nothing_back_in_line() {
    let stage = Stage::new(SEGMENT_ROWS + 2, 4);
    stage.launch();
    stage.serve_all();
    let messages = stage.world.caller().messages();
    let session_id = stage.draft.terms.session_id;
    let key = |row| domain::ids::MessageKey { session_id, message_id: stage.draft.campaign_id.message(row) };
    stage.world.block_on(async {
        for row in [1, SEGMENT_ROWS, SEGMENT_ROWS + 2] {
            messages.claim(key(row), Fence(1), stage.world.now()).await.unwrap();
        }
        // Whoever noted the segments is forgotten, so that all rows are written again.
        for row in 1..=SEGMENT_ROWS {
            let (to, text) = (PhoneNumber::parse("16505550001").unwrap(), "other".to_owned());
            messages
                .put(&message_of(&stage.campaign(), SegmentRow { row, to, text }, TTL_DAYS))
                .await
                .unwrap();
        }
        for segment in [0, 1, 0] {
            let step = IngestStep { segment, ..IngestStep::first(&stage.campaign()) };
            stage.world.caller().steps().send(&step).await.unwrap();
        }
    });
    stage.serve_all();
    for row in [1, SEGMENT_ROWS, SEGMENT_ROWS + 2] {
        assert_eq!(stage.world.message(key(row)).unwrap().status, Status::Sending, "row {row}");
    }
    assert_eq!(stage.world.messages_of(session_id).len(), SEGMENT_ROWS as usize + 2);
}

#[test]
fn a_pause_does_not_keep_rows_from_being_stored() {
    let stage = Stage::new(SEGMENT_ROWS + 1, 5);
    stage.launch();
    stage.serve_one();
    let campaigns = stage.world.caller().campaigns();
    let Draft { account_id, campaign_id, .. } = stage.draft;
    stage.world.block_on(campaigns.pause(account_id, campaign_id, None)).unwrap();
    stage.serve_all();
    stage.all_is_stored_once();
    assert_eq!(stage.campaign().status(), CampaignStatus::Paused);
    assert!(!stage.campaign().may_send());
    stage.world.block_on(campaigns.resume(account_id, campaign_id)).unwrap();
    assert_eq!(stage.campaign().status(), CampaignStatus::Active);
}

#[test]
fn a_cancel_stops_the_chain_and_clears_what_was_stored() {
    let stage = Stage::new(SEGMENT_ROWS * 3, 6);
    stage.launch();
    stage.serve_one();
    let Draft { account_id, campaign_id, .. } = stage.draft;
    stage.world.block_on(stage.world.caller().campaigns().cancel(account_id, campaign_id)).unwrap();
    stage.serve_all();
    assert_eq!(stage.world.messages_of(stage.draft.terms.session_id).len(), SEGMENT_ROWS as usize);
    assert_eq!((stage.campaign().state, stage.campaign().ingested_at), (CampaignState::Cancelled, None));
    let due = stage.world.take_due(1_000);
    assert!(due.iter().all(|item| item.body.contains("clear_campaign")) && !due.is_empty(), "{due:?}");
    assert!(!stage.is_announced());
}

#[test]
fn a_file_that_nothing_can_be_taken_from_ends_its_campaign() {
    for (content, code) in
        [("phone,message\n1,\"a\n", "unclosed_quote"), ("phone\n1\n", "invalid_format"), ("", "empty_file")]
    {
        let stage = Stage::new(0, 7);
        stage.upload();
        stage.world.upload(stage.draft.file(FileKind::Upload), content.to_owned().into());
        stage.serve_all();
        let campaign = stage.campaign();
        assert_eq!(
            (campaign.status(), campaign.total, campaign.rejected),
            (CampaignStatus::Finished, 0, 1),
            "{code}"
        );
        let list = stage.world.file(stage.draft.file(FileKind::Rejected)).unwrap();
        assert!(String::from_utf8_lossy(&list).contains(code), "{list:?}");
        assert!(!stage.is_announced());
    }
}

#[test]
fn what_nobody_asked_for_is_dropped() {
    let stage = Stage::new(3, 8);
    let stranger = CampaignFile {
        account_id: AccountId::new(World::BEGINNING, 9),
        ..stage.draft.file(FileKind::Upload)
    };
    stage.world.upload(stranger, stage.csv().into());
    for body in ["", "{}", "[]", r#"{"Event":"s3:TestEvent"}"#, r#"{"Records":[]}"#, r#"{"segment":1}"#] {
        stage.world.put_step(body.to_owned());
    }
    let gone =
        IngestStep { account_id: stage.draft.account_id, campaign_id: stage.draft.campaign_id, segment: 0 };
    stage.world.put_step(serde_json::to_string(&gone).unwrap());
    stage.serve_all();
    assert_eq!((stage.world.step_count(), stage.world.file_count()), (0, 1));
}

/// How long storing takes, and how many messages are invisible at a time, follow from this; see docs/OPERATIONS.md.
#[test]
fn a_message_of_a_dead_run_comes_again() {
    let stage = Stage::new(5, 9);
    stage.launch();
    stage.waits_left.set(Some(3));
    assert!(stage.serve_one());
    assert_eq!(stage.deaths.get(), 1);
    assert!(stage.world.take_step(VISIBILITY_MS).is_none(), "it is hidden");
    stage.world.run_for(VISIBILITY_MS);
    assert!(stage.world.take_step(VISIBILITY_MS).is_some(), "it is there again");
}
