use domain::campaign::{Campaign, CampaignState, Counts};
use domain::message::{Content, Message, MessageError, NewMessage, Retention, StateTimes};
use domain::sending::lease::{Lease, LeaseOwner};
use domain::sending::pacer::Looked;
use domain::sending::pacer::NewContactsHold;
use domain::sending::pacer::Tally;
use domain::sending::pacer::{Hold, HoldReason, Pacer, Release};
use domain::values::contact::Contact;
use domain::values::fence::Fence;
use domain::values::ids::{CampaignId, MessageId, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use proptest::prelude::*;

use super::super::items::{self, Item};
use super::*;

const NOW: Timestamp = Timestamp::EPOCH;

fn any_key() -> impl Strategy<Value = AccountsKey> {
    prop_oneof![
        any::<u128>().prop_map(|n| AccountsKey::Account(AccountId::new(Timestamp::EPOCH, n))),
        "[0-9a-f]{64}".prop_map(|hash| AccountsKey::ApiKey(ApiKeyHash(hash))),
        "[0-9a-f]{64}".prop_map(AccountsKey::Identity),
    ]
}

fn any_due_key() -> impl Strategy<Value = DueKey> {
    (0_i64..999_999_999_999_999, any::<u128>()).prop_map(|(due, random)| DueKey {
        due: Timestamp::from_millis(due),
        message_id: MessageId::new(NOW, random),
    })
}

proptest! {
    #[test]
    fn due_keys_are_read_as_they_are_printed(key in any_due_key()) {
        prop_assert_eq!(key.to_string().parse(), Ok(key));
    }

    #[test]
    fn due_keys_sort_as_text_as_they_sort_by_time(a in any_due_key(), b in any_due_key()) {
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        prop_assert_eq!(a.due < b.due, a.to_string() < DueKey::lower_bound(b.due));
    }

    #[test]
    fn keys_are_read_as_they_are_printed(key in any_key()) {
        prop_assert_eq!(key.to_string().parse(), Ok(key));
    }

    #[test]
    fn no_other_text_is_a_key(text in ".{0,80}") {
        if let Ok(key) = text.parse::<AccountsKey>() {
            prop_assert_eq!(key.to_string(), text);
        }
    }
}

fn full_message() -> Message {
    let times = StateTimes {
        queued_at: Some(NOW),
        sending_at: Some(NOW),
        sent_at: Some(NOW),
        delivered_at: Some(NOW),
        read_at: Some(NOW),
        failed_at: Some(NOW),
        received_at: Some(NOW),
        cancelled_at: Some(NOW),
    };
    let new = NewMessage {
        session_id: SessionId::new(NOW, 2),
        message_id: CampaignId::new(NOW, 4).message(1),
        account_id: AccountId::new(NOW, 3),
        to: Contact::parse("16505551234").unwrap(),
        content: Content { text: None, ..Content::text("") },
        priority: Priority::Normal,
        scheduled_at: None,
        created_at: NOW,
        retention: Retention::default(),
    };
    Message {
        attempts: 1,
        fence: Fence(1),
        error: Some(MessageError::new("code", "detail")),
        provider_message_id: Some(String::new()),
        times,
        delete_after: Some(1),
        ..Message::queued(new)
    }
}

#[test]
fn the_names_of_a_message_are_its_fields() {
    let item = items::to_item("test", &full_message()).unwrap();
    for name in [
        SESSION_ID,
        MESSAGE_ID,
        ACCOUNT_ID,
        CAMPAIGN_ID,
        PENDING_KEY,
        STATUS,
        FENCE,
        ATTEMPTS,
        ERROR,
        PROVIDER_MESSAGE_ID,
        SENDING_AT,
        SENT_AT,
        DELIVERED_AT,
        READ_AT,
        FAILED_AT,
        CANCELLED_AT,
        RETENTION,
        TTL,
    ] {
        assert!(item.contains_key(name), "{name}");
    }
    assert!(item[ERROR].as_m().unwrap().contains_key(ERROR_CODE));
    assert_eq!(items::from_item::<Message>("test", item).unwrap(), full_message());
}

#[test]
fn the_names_of_a_campaign_are_its_fields() {
    let ids = (AccountId::new(NOW, 1), CampaignId::new(NOW, 2), SessionId::new(NOW, 3));
    let campaign = Campaign {
        name: Some("spring".to_owned()),
        state: CampaignState::Paused,
        decisions: 1,
        paused_reason: Some("why".to_owned()),
        pacing: Some(domain::sending::pacing::Pacing::DEFAULT),
        rejected: 2,
        stored: 1,
        ingested_at: Some(NOW),
        scheduled_at: Some(NOW),
        finished_at: Some(NOW),
        counts: Counts { queued: 1, ..Counts::default() },
        counts_through: Some("0".repeat(40)),
        ..Campaign::new(ids, 3, NOW)
    };
    let item = items::to_item("test", &campaign).unwrap();
    let names = [
        ACCOUNT_ID,
        CAMPAIGN_ID,
        SESSION_ID,
        STATE,
        DECISIONS,
        PAUSED_REASON,
        TOTAL,
        REJECTED,
        STORED,
        INGESTED_AT,
    ];
    for name in names {
        assert!(item.contains_key(name), "{name}");
    }
    assert!(
        Status::ALL
            .into_iter()
            .filter_map(Counts::name_of)
            .all(|name| { item["counts"].as_m().unwrap().contains_key(name) })
    );
    assert_eq!(items::from_item::<Campaign>("test", item).unwrap(), campaign);
}

#[test]
fn the_names_of_a_pacer_are_its_fields() {
    let hold = Hold { until: NOW, reason: HoldReason::RateLimited, detail: String::new() };
    // More than half of all numbers of 64 bits do not fit into a signed one, nor exactly into a float.
    let lease =
        Lease { owner: LeaseOwner(u64::MAX), until: NOW, message_id: MessageId::new(NOW, 1), since: None };
    let release = Release {
        hold: Some(hold),
        tally: Some(Tally::default()),
        new_contacts_hold: Some(NewContactsHold { until: NOW, detail: String::new() }),
        looked: Some(Looked { until: NOW, normal: None, bulk: None }),
        ..Release::default()
    };
    let pacer = Pacer { lease: Some(lease), release, ..Pacer::default() };
    let item = items::to_item("test", &pacer).unwrap();
    let names =
        [FENCE, LEASE, "nextReplyAt", "nextBulkAt", FAILURES, HOLD, "tally", NEW_CONTACTS_HOLD, LOOKED];
    for name in names {
        assert!(item.contains_key(name), "{name}");
    }
    assert!(item[LEASE].as_m().unwrap().contains_key(MESSAGE_ID));
    assert_eq!(items::from_item::<Pacer>("test", item).unwrap(), pacer);
    // A pacer of before, or one whose hold has ended, lacks attributes.
    let fresh = items::to_item("test", &Pacer::default()).unwrap();
    assert_eq!(fresh.len(), 4, "{fresh:?}");
    assert_eq!(items::from_item::<Pacer>("test", fresh).unwrap(), Pacer::default());
    assert_eq!(items::from_item::<Pacer>("test", Item::new()).unwrap(), Pacer::default());
}
