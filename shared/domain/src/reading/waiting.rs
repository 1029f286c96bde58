//! Why a message still waits.

use crate::campaign::CampaignStatus;
use crate::message::Message;
use crate::sending::allowance::{NEW_CONTACTS_HELD, Standing};
use crate::values::status::Status;
use crate::values::time::Timestamp;

/// Why a message waits, and until when as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// `campaign_ingesting`, `campaign_paused`, `campaign_cancelled`, `scheduled`, `retry`, `recipient_held`,
    /// `new_contacts_held`, `new_contacts_daily_max`, `daily_max`, `quiet_hours`, `gap`, `in_line`, or the reason of the
    /// session's hold.
    pub reason: &'static str,
    /// It is not sent before this time.
    pub until: Option<Timestamp>,
}

/// Why a message waits; `None` when it does not.
///
/// The state of its campaign, if it has one, comes first: a paused campaign waits for its owner, no matter what its session does.
/// Whether its contact is new is known once dispatch has looked through its line; until then it is `in_line`.
pub fn waiting(
    message: &Message,
    campaign: Option<CampaignStatus>,
    standing: &Standing<'_>,
    now: Timestamp,
) -> Option<Waiting> {
    if message.status != Status::Queued {
        return None;
    }
    if let Some(reason) = campaign.and_then(inert) {
        return Some(Waiting { reason, until: None });
    }
    let pacer = standing.pacer;
    let due = message.pending_key.map_or(message.created_at, |key| key.due);
    let gap_ends = pacer.gap_ends(message.priority);
    let closed = standing.closed(message.priority, now);
    let kept_back = message.pending_key.and_then(|place| standing.kept_back(place, now));
    let waiting = |reason, until| Some(Waiting { reason, until: Some(until) });
    match &pacer.release.hold {
        _ if due > now => waiting(put_off(message, standing, due), due),
        Some(hold) if hold.until > now => waiting(hold.reason.name(), hold.until),
        _ => match (closed, kept_back) {
            (closed, Some(kept)) if closed.is_none_or(|closed| closed.until < kept.until) => {
                waiting(kept.reason, kept.until)
            }
            (Some(closed), _) => waiting(closed.reason, closed.until),
            _ if gap_ends > now => waiting("gap", gap_ends),
            _ => Some(Waiting { reason: "in_line", until: None }),
        },
    }
}

/// Why nothing of a campaign is sent, if nothing is.
const fn inert(campaign: CampaignStatus) -> Option<&'static str> {
    match campaign {
        CampaignStatus::Ingesting => Some("campaign_ingesting"),
        CampaignStatus::Paused => Some("campaign_paused"),
        CampaignStatus::Cancelled => Some("campaign_cancelled"),
        CampaignStatus::Active | CampaignStatus::Finished => None,
    }
}

/// Why a message has a time of its own that is still to come.
fn put_off(message: &Message, standing: &Standing<'_>, due: Timestamp) -> &'static str {
    let was_tried = message.times.sending_at.is_some() && message.error.is_some();
    let held = standing.pacer.release.new_contacts_hold.as_ref().is_some_and(|hold| hold.until == due);
    match message.attempts {
        _ if was_tried && held => NEW_CONTACTS_HELD,
        0 if was_tried => "recipient_held",
        0 => "scheduled",
        _ => "retry",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::message::pending::PendingKey;
    use crate::sending::allowance::{Paced, SendingLimits};
    use crate::sending::pacer::{Hold, HoldReason, Pacer, Release};
    use crate::values::priority::Priority;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);
    const LATER: Timestamp = NOW.plus_millis(5_000);

    fn message(changes: &Value) -> Message {
        let id = "0192f0c0-0000-7000-8000-000000000001";
        let mut message = json!({
            "sessionId": id, "messageId": id, "accountId": id, "direction": "outbound", "to": "16505550001",
            "type": "text", "priority": 10, "status": "queued", "attempts": 0, "fence": 0, "createdAt": 0,
        });
        for (name, value) in changes.as_object().unwrap() {
            message[name] = value.clone();
        }
        serde_json::from_value(message).unwrap()
    }

    fn due(at: Timestamp) -> Value {
        let message_id = message(&json!({})).message_id;
        json!({ "pendingKey": PendingKey { priority: Priority::Bulk, due: at, message_id } })
    }

    #[test]
    fn a_campaign_that_rests_comes_before_all_else() {
        use CampaignStatus::{Active, Cancelled, Finished, Ingesting, Paused};
        let rest = Hold { until: LATER, reason: HoldReason::RateLimited, detail: String::new() };
        let paced =
            |release: &Release| Paced { pacer: Pacer::default().released(release), ..Paced::default() };
        let held = paced(&Release { hold: Some(rest), ..Release::default() });
        let gap = paced(&Release { next_bulk_at: LATER, ..Release::default() });
        let full = SendingLimits { daily_max: Some(0), ..SendingLimits::default() };
        let full = Paced { limits: Some(full), ..gap.clone() };
        let free = Paced::default();
        let tomorrow = full.standing().closed(Priority::Bulk, NOW).map(|closed| closed.until);
        for (campaign, due_at, paced, reason, until) in [
            (Some(Paused), LATER, &held, "campaign_paused", None),
            (Some(Ingesting), NOW, &gap, "campaign_ingesting", None),
            (Some(Cancelled), NOW, &free, "campaign_cancelled", None),
            (Some(Active), LATER, &held, "scheduled", Some(LATER)),
            (Some(Active), NOW, &held, "rate_limited", Some(LATER)),
            (Some(Active), NOW, &full, "daily_max", tomorrow),
            (Some(Active), NOW, &gap, "gap", Some(LATER)),
            (Some(Finished), NOW, &free, "in_line", None),
            (None, NOW, &free, "in_line", None),
        ] {
            let found = waiting(&message(&due(due_at)), campaign, &paced.standing(), NOW);
            assert_eq!(found, Some(Waiting { reason, until }), "{campaign:?}");
        }
        let sent = message(&json!({ "status": "sent" }));
        assert_eq!(waiting(&sent, Some(Paused), &held.standing(), NOW), None);
    }

    #[test]
    fn a_message_with_a_time_of_its_own_says_why() {
        for (changes, reason) in [
            (json!({}), "scheduled"),
            (json!({ "attempts": 1 }), "retry"),
            (json!({ "sendingAt": 0, "error": { "code": "x", "detail": "x" } }), "recipient_held"),
            (json!({ "sendingAt": 0, "attempts": 1, "error": { "code": "x", "detail": "x" } }), "retry"),
        ] {
            let mut wanted = due(LATER);
            wanted.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            let found = waiting(&message(&wanted), None, &Paced::default().standing(), NOW);
            assert_eq!(found, Some(Waiting { reason, until: Some(LATER) }), "{changes}");
        }
    }
}
