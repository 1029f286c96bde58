//! Cancelling what waits of a cancelled campaign.

use domain::message::pending::PendingKey;
use domain::message::report::Report;
use domain::message::{Message, MessageError};
use domain::values::fence::Fence;
use domain::values::ids::CampaignId;
use domain::values::priority::Priority;
use domain::values::status::Status;

use crate::{Checked, Messages, row, sample};

/// A row of a campaign.
fn row_of(campaign_id: CampaignId, number: u32, message: Message) -> Message {
    let message_id = campaign_id.message(number);
    let pending_key = message.pending_key.map(|key| PendingKey { message_id, ..key });
    Message { message_id, campaign_id: Some(campaign_id), pending_key, ..message }
}

/// In their order, with the state of each, and nothing of other campaigns.
pub async fn the_rows_of_a_campaign_are_found<M: Messages>(messages: &M) -> Checked {
    let session_id = sample::session_id();
    let (mine, other) = (sample::campaign_id(), sample::campaign_id());
    let states = [Status::Queued, Status::Sent, Status::Sending, Status::Cancelled, Status::Queued];
    for (number, status) in (1..).zip(states) {
        messages.put(&row_of(mine, number, sample::in_state(session_id, status, None))).await?;
        messages.put(&row_of(other, number, sample::message(session_id))).await?;
        messages.put(&sample::message(session_id)).await?;
    }
    let all: Vec<(u32, Status)> = (1..).zip(states).collect();
    assert_eq!(messages.rows_of(session_id, mine, 1, 10).await?, all);
    assert_eq!(messages.rows_of(session_id, mine, 1, 3).await?, all[..3]);
    assert_eq!(messages.rows_of(session_id, mine, 4, 3).await?, all[3..]);
    assert_eq!(messages.rows_of(session_id, mine, 6, 3).await?, []);
    assert_eq!(messages.rows_of(sample::session_id(), mine, 1, 3).await?, []);
    Ok(())
}

/// The limit may be larger than a page.
pub async fn rows_are_read_on_until_there_are_enough<M: Messages>(messages: &M) -> Checked {
    let (session_id, campaign_id) = (sample::session_id(), sample::campaign_id());
    for number in 1..=30 {
        messages.put(&row_of(campaign_id, number, sample::message(session_id))).await?;
    }
    let found = messages.rows_of(session_id, campaign_id, 2, 28).await?;
    assert_eq!(found.iter().map(|(row, _)| *row).collect::<Vec<_>>(), (2..30).collect::<Vec<_>>());
    Ok(())
}

/// It leaves the line, and its error still says that it may have been sent; a report corrects it.
pub async fn what_may_have_been_sent_is_given_up<M: Messages>(messages: &M) -> Checked {
    let error = Some(MessageError::outcome_unknown("The answer was lost"));
    let message = Message { error, attempts: 1, ..sample::message(sample::session_id()) };
    messages.put(&message).await?;
    for _ in 0..2 {
        messages.give_up(message.key(), sample::at(4)).await?;
        let given_up = row(messages, &message).await?;
        assert_eq!((given_up.status, given_up.pending_key), (Status::Failed, None));
        assert_eq!((given_up.times.failed_at, &given_up.error), (Some(sample::at(4)), &message.error));
        assert_eq!(given_up.delete_after, Some(message.retention.after(sample::at(4))));
    }
    messages.report(message.key(), &Report::new(Status::Delivered, sample::at(5))).await?;
    assert_eq!(row(messages, &message).await?.status, Status::Delivered);
    Ok(())
}

/// Other messages stay as they are, above all a message that a worker has in hand.
pub async fn nothing_else_is_given_up<M: Messages>(messages: &M) -> Checked {
    let unknown = Some(MessageError::outcome_unknown("The answer was lost"));
    for status in Status::ALL {
        for error in [None, Some(sample::refused()), unknown.clone().filter(|_| status != Status::Queued)] {
            let message = sample::in_state(sample::session_id(), status, error);
            messages.put(&message).await?;
            messages.give_up(message.key(), sample::at(4)).await?;
            assert_eq!(row(messages, &message).await?, message, "{status}");
        }
    }
    messages.give_up(sample::message(sample::session_id()).key(), sample::NOW).await
}

/// It does not matter how many messages are in front of the place, or whether there is a message at it. Messages of other
/// priorities are not found.
pub async fn a_line_is_read_on_behind_a_place<M: Messages>(messages: &M) -> Checked {
    let session_id = sample::session_id();
    let (first, second) = (sample::campaign_id(), sample::campaign_id());
    let (first, second) = (first.min(second), first.max(second));
    let bulk = || sample::waiting(session_id, Priority::Bulk, 0);
    let mut places = Vec::new();
    for message in [
        row_of(first, 1, bulk()),
        row_of(first, 2, bulk()),
        row_of(second, 1, bulk()),
        row_of(first, 3, sample::waiting(session_id, Priority::Bulk, 1)),
    ] {
        messages.put(&message).await?;
        places.push(message.pending_key.expect("a place"));
    }
    for priority in [Priority::High, Priority::Normal] {
        messages.put(&sample::waiting(session_id, priority, 0)).await?;
    }
    let behind_first = PendingKey { message_id: first.behind_messages(), ..places[0] };
    for (place, limit, expected) in [
        (places[0], 9, &places[1..]),
        (places[1], 1, &places[2..3]),
        (behind_first, 9, &places[2..]),
        (places[3], 9, &[]),
    ] {
        let found = messages.waiting_behind(session_id, place, limit).await?;
        assert_eq!(found.keys, expected, "behind {place}");
        assert!(found.is_all || found.keys.len() == limit);
    }
    messages.claim(row_of(first, 2, bulk()).key(), Fence(1), sample::NOW).await?;
    messages.cancel(row_of(second, 1, bulk()).key(), sample::NOW).await?;
    let left = messages.waiting_behind(session_id, places[0], 9).await?;
    assert_eq!(left.keys, [places[1], places[3]]);
    Ok(())
}
