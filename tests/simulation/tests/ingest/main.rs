//! Ingestion dies at every await, every message comes twice, tables throttle: all rows are stored exactly once, and none is
//! sent before.

#![expect(clippy::unwrap_used, clippy::format_collect, reason = "a test")]

mod stage;

use domain::bulk::SegmentRow;
use domain::campaign::ingest::{IngestStep, message_of};
use domain::campaign::{Campaign, CampaignState, CampaignStatus};
use domain::message::Retention;
use domain::tuning::SEGMENT_ROWS;
use domain::values::fence::Fence;
use domain::values::ids::{AccountId, MessageKey};
use domain::values::phone::PhoneNumber;
use domain::values::status::Status;
use fakes::{ALWAYS, Rates, World};
use shared::decisions::decide;
use shared::ports::{AcceptMessages, CampaignFile, DispatchMessages, FileKind, SendSteps};

use stage::{Stage, VISIBILITY_MS};

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
    let key = |row| MessageKey { session_id, message_id: stage.draft.campaign_id.message(row) };
    stage.world.block_on(async {
        for row in [1, SEGMENT_ROWS, SEGMENT_ROWS + 2] {
            messages.claim(key(row), Fence(1), stage.world.now()).await.unwrap();
        }
        // Whoever noted the segments is forgotten, so that all rows are written again.
        for row in 1..=SEGMENT_ROWS {
            let (to, text) = (PhoneNumber::parse("16505550001").unwrap(), "other".to_owned());
            messages
                .put(&message_of(
                    &stage.campaign(),
                    SegmentRow { row, to: to.into(), text },
                    Retention::default(),
                ))
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
    stage.world.block_on(decide(&campaigns, stage.campaign(), |campaign| campaign.pause(None))).unwrap();
    stage.serve_all();
    stage.all_is_stored_once();
    assert_eq!(stage.campaign().status(), CampaignStatus::Paused);
    assert!(!stage.campaign().may_send());
    stage.world.block_on(decide(&campaigns, stage.campaign(), Campaign::resume)).unwrap();
    assert_eq!(stage.campaign().status(), CampaignStatus::Active);
}

#[test]
fn a_cancel_stops_the_chain_and_clears_what_was_stored() {
    let stage = Stage::new(SEGMENT_ROWS * 3, 6);
    stage.launch();
    stage.serve_one();
    let campaigns = stage.world.caller().campaigns();
    stage.world.block_on(decide(&campaigns, stage.campaign(), Campaign::cancel)).unwrap();
    stage.serve_all();
    assert_eq!(stage.world.messages_of(stage.draft.terms.session_id).len(), SEGMENT_ROWS as usize);
    assert_eq!((stage.campaign().state, stage.campaign().ingested_at), (CampaignState::Cancelled, None));
    assert_eq!((stage.world.open_chores(), stage.world.chore_steps_queued()), (1, 1));
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
    for body in [r#"{"Event":"s3:TestEvent"}"#, r#"{"Records":[]}"#] {
        stage.world.put_step(body.to_owned());
    }
    let gone =
        IngestStep { account_id: stage.draft.account_id, campaign_id: stage.draft.campaign_id, segment: 0 };
    stage.world.put_step(serde_json::to_string(&gone).unwrap());
    stage.serve_all();
    assert_eq!((stage.world.step_count(), stage.world.file_count()), (0, 0));
}

/// A newer version's step, say: in the dead-letter queue it is found again.
#[test]
fn what_cannot_be_read_is_not_deleted() {
    for body in ["", "{}", "[]", r#"{"segment":1}"#] {
        let stage = Stage::new(3, 8);
        stage.world.put_step(body.to_owned());
        assert!(stage.serve_one());
        assert_eq!(stage.world.step_count(), 1, "{body:?}");
        stage.world.close();
    }
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
