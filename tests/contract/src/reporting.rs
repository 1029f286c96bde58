//! Storing what providers report (`forward_only`).

use domain::message::report::{NOT_DELIVERED, Report};
use domain::message::{Message, MessageError};
use domain::sending::attempt::Progress;
use domain::values::fence::Fence;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use futures_util::future::join;
use shared::ports::{PortError, Reported};

use crate::{Checked, Messages, RACES, sample};

const BEFORE: [Status; 8] = Status::ALL;
const REPORTABLE: [Status; 4] = [Status::Sent, Status::Delivered, Status::Read, Status::Failed];

async fn stored<M: Messages>(
    messages: &M,
    status: Status,
    error: Option<MessageError>,
) -> Result<Message, PortError> {
    let message = sample::in_state(sample::session_id(), status, error);
    messages.put(&message).await?;
    Ok(message)
}

async fn row<M: Messages>(messages: &M, message: &Message) -> Result<Message, PortError> {
    let row = messages.get(message.key()).await?;
    Ok(row.expect("the message is there"))
}

/// What a report must answer, by the rules of the domain alone.
fn expected(before: Status, correctable: bool, next: Status) -> Reported {
    if before.may_be_reported(next) && (before != Status::Failed || correctable) {
        return Reported::Applied;
    }
    if before.is_final() { Reported::NothingNew } else { Reported::TooEarly }
}

/// Every state against every report; what is not applied changes nothing.
pub async fn states_only_move_forward<M: Messages>(messages: &M) -> Checked {
    for before in BEFORE {
        for next in Status::ALL {
            for error in [None, Some(sample::refused()), Some(sample::unknown())] {
                let correctable = error == Some(sample::unknown());
                let message = stored(messages, before, error).await?;
                let reported = messages.report(message.key(), &Report::new(next, sample::at(6))).await?;
                assert_eq!(reported, expected(before, correctable, next), "{before} → {next}");
                let after = row(messages, &message).await?;
                if reported == Reported::Applied {
                    assert_eq!(after.status, next, "{before} → {next}");
                } else {
                    assert_eq!(after, message, "{before} → {next}");
                }
            }
        }
    }
    Ok(())
}

fn time_of(message: &Message, status: Status) -> Option<Timestamp> {
    match status {
        Status::Sent => message.times.sent_at,
        Status::Delivered => message.times.delivered_at,
        Status::Read => message.times.read_at,
        Status::Failed => message.times.failed_at,
        Status::Queued | Status::Sending | Status::Received | Status::Cancelled => None,
    }
}

/// The one of the new state; all others stay.
pub async fn a_report_sets_its_time<M: Messages>(messages: &M) -> Checked {
    for before in [Status::Sent, Status::Delivered] {
        for next in REPORTABLE.into_iter().filter(|next| before.may_be_reported(*next)) {
            let message = stored(messages, before, None).await?;
            messages.report(message.key(), &Report::new(next, sample::at(6))).await?;
            let after = row(messages, &message).await?;
            for status in REPORTABLE {
                let time = if status == next { Some(sample::at(6)) } else { time_of(&message, status) };
                assert_eq!(time_of(&after, status), time, "{before} → {next}: {status}");
            }
        }
    }
    Ok(())
}

/// It was sent after all: nothing of the failure is left.
pub async fn a_failure_of_unknown_outcome_is_corrected<M: Messages>(messages: &M) -> Checked {
    for next in [Status::Sent, Status::Delivered, Status::Read] {
        let message = stored(messages, Status::Failed, Some(sample::unknown())).await?;
        assert_eq!(
            messages.report(message.key(), &Report::new(next, sample::at(6))).await?,
            Reported::Applied
        );
        let after = row(messages, &message).await?;
        assert_eq!((after.status, &after.error, after.times.failed_at), (next, &None, None));
        assert_eq!(time_of(&after, next), Some(sample::at(6)));
    }
    Ok(())
}

/// The time of the first stays.
pub async fn a_report_that_comes_twice_is_nothing_new<M: Messages>(messages: &M) -> Checked {
    for next in [Status::Delivered, Status::Read, Status::Failed] {
        let message = stored(messages, Status::Sent, None).await?;
        assert_eq!(
            messages.report(message.key(), &Report::new(next, sample::at(6))).await?,
            Reported::Applied
        );
        let once = row(messages, &message).await?;
        assert_eq!(
            messages.report(message.key(), &Report::new(next, sample::at(7))).await?,
            Reported::NothingNew
        );
        assert_eq!(row(messages, &message).await?, once);
    }
    Ok(())
}

/// Whichever comes first.
pub async fn reports_at_once_end_in_the_furthest_state<M: Messages>(messages: &M) -> Checked {
    for _ in 0..RACES {
        let message = stored(messages, Status::Sent, None).await?;
        let [read, delivered] =
            [Status::Read, Status::Delivered].map(|status| Report::new(status, sample::at(6)));
        let report = |report| messages.report(message.key(), report);
        let (read, delivered) = join(report(&read), report(&delivered)).await;
        assert_eq!(read?, Reported::Applied);
        let after = row(messages, &message).await?;
        assert_eq!(after.status, Status::Read);
        assert_eq!(after.times.delivered_at.is_some(), delivered? == Reported::Applied);
    }
    Ok(())
}

/// If the provider's id was not known before, the report sets it; a known id stays.
pub async fn a_report_brings_its_reason_and_id<M: Messages>(messages: &M) -> Checked {
    for error in [None, Some(sample::unknown())] {
        let status = if error.is_some() { Status::Failed } else { Status::Sent };
        let message = stored(messages, status, error).await?;
        let report = Report {
            error: Some(sample::refused()),
            provider_message_id: Some("3EB0A1".to_owned()),
            ..Report::new(Status::Failed, sample::at(6))
        };
        assert_eq!(messages.report(message.key(), &report).await?, Reported::Applied);
        let after = row(messages, &message).await?;
        assert_eq!((after.status, after.error), (Status::Failed, Some(sample::refused())));
        assert_eq!(after.provider_message_id.as_deref(), Some("3EB0A1"));
        // Now it is known why: no report changes that.
        let late = Report {
            provider_message_id: Some("3EB0A2".to_owned()),
            ..Report::new(Status::Read, sample::at(7))
        };
        assert_eq!(messages.report(message.key(), &late).await?, Reported::NothingNew);
    }
    let message = stored(messages, Status::Sent, None).await?;
    messages.report(message.key(), &Report::new(Status::Failed, sample::at(6))).await?;
    assert_eq!(row(messages, &message).await?.error.map(|error| error.code).as_deref(), Some(NOT_DELIVERED));
    Ok(())
}

/// Only in its own session, and only once it was recorded.
pub async fn a_message_is_found_by_its_providers_id<M: Messages>(messages: &M) -> Checked {
    let id = format!("3EB0{:X}", sample::random());
    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    messages.claim(message.key(), Fence(1), sample::NOW).await?;
    assert_eq!(messages.find(message.session_id, &id).await?, None);
    let sent = Progress::Sent { at: sample::NOW, provider_message_id: Some(id.clone()), attempts: 1 };
    messages.record(message.key(), message.priority, Fence(1), &sent).await?;
    assert_eq!(messages.find(message.session_id, &id).await?, Some(message.message_id));
    assert_eq!(messages.find(sample::session_id(), &id).await?, None);
    assert_eq!(messages.find(message.session_id, &id[..20]).await?, None);
    Ok(())
}

/// A report settles the outcome; afterwards the message is found by the report's id.
pub async fn an_unknown_outcome_is_unsettled_until_it_is_reported<M: Messages>(messages: &M) -> Checked {
    let id = format!("3EB0{:X}", sample::random());
    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    messages.claim(message.key(), Fence(1), sample::NOW).await?;
    let failed = Progress::Failed { at: sample::NOW, error: sample::unknown(), attempts: 1 };
    messages.record(message.key(), message.priority, Fence(1), &failed).await?;
    let unsettled = messages.unsettled(message.session_id).await?;
    assert_eq!(unsettled, [row(messages, &message).await?]);
    assert_eq!(messages.unsettled(sample::session_id()).await?, []);
    let report = Report { provider_message_id: Some(id.clone()), ..Report::new(Status::Sent, sample::at(6)) };
    assert_eq!(messages.report(message.key(), &report).await?, Reported::Applied);
    assert_eq!(messages.unsettled(message.session_id).await?, []);
    assert_eq!(messages.find(message.session_id, &id).await?, Some(message.message_id));
    Ok(())
}
