//! What must hold for the calls that a provider has seen. Each check returns what is wrong, as sentences.

use domain::values::time::Timestamp;
use provider_stubs::Call;

use crate::api::Accepted;
use crate::time::now;

/// A message that was accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// Its id.
    pub id: String,
    /// The digits of its recipient, who gets no other.
    pub to: String,
    /// Its priority.
    pub class: u64,
    /// When it was accepted, as the answer says.
    pub accepted_at: Timestamp,
    /// When the answer was there.
    pub known_at: Timestamp,
}

impl Sent {
    /// Makes it from the answer that was just received.
    pub fn new(accepted: Accepted, to: &str, class: u64) -> Self {
        Self { id: accepted.id, to: to.to_owned(), class, accepted_at: accepted.created_at, known_at: now() }
    }

    /// Where it stands in its session's line: the class first, then the time of acceptance.
    fn place(&self) -> (u64, Timestamp, &str) {
        (self.class, self.accepted_at, &self.id)
    }
}

/// When a call began.
pub fn start(call: &Call) -> Timestamp {
    timestamp(call.started_at_ms)
}

/// When a call ended; a call that runs has not.
pub fn end(call: &Call) -> Option<Timestamp> {
    call.ended_at_ms.map(timestamp)
}

fn timestamp(millis: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(millis).expect("a time within i64"))
}

/// The digits of a call's recipient.
pub fn recipient(call: &Call) -> &str {
    call.chat_id.as_deref().and_then(|chat| chat.strip_suffix("@c.us")).unwrap_or_default()
}

/// The calls of a session, by its name at the provider, in the order in which they began.
pub fn of_session(calls: &[Call], session: &str) -> Vec<Call> {
    calls.iter().filter(|call| call.session.as_deref() == Some(session)).cloned().collect()
}

/// Every message arrived exactly once, and nothing else did; no call was refused.
pub fn exactly_once(calls: &[Call], sent: &[Sent]) -> Vec<String> {
    let arrived = |message: &&Sent| calls.iter().any(|call| recipient(call) == message.to);
    let missing = sent.iter().filter(|message| !arrived(message));
    let mut wrong: Vec<String> = missing.map(|message| format!("{} never arrived", message.to)).collect();
    for (index, call) in calls.iter().enumerate() {
        let to = recipient(call);
        if calls[..index].iter().any(|earlier| recipient(earlier) == to) {
            wrong.push(format!("{to} arrived again"));
        }
        if !sent.iter().any(|message| message.to == to) {
            wrong.push(format!("{to} arrived, and was not sent"));
        }
        if let Some(why) = &call.refused {
            wrong.push(format!("{to} was refused: {why}"));
        }
    }
    wrong
}

/// The calls of one session never ran at the same time, and between two of them lies at least the shortest gap.
pub fn paced(calls: &[Call], min_gap_ms: i64) -> Vec<String> {
    let mut wrong: Vec<String> = calls
        .iter()
        .filter(|call| call.overlapped)
        .map(|call| format!("{} overlapped another call", recipient(call)))
        .collect();
    for (pair, gap) in calls.windows(2).zip(gaps_ms(calls)) {
        if gap < min_gap_ms {
            wrong.push(format!("{} came {gap} ms after {}", recipient(&pair[1]), recipient(&pair[0])));
        }
    }
    wrong
}

/// The times between the end of each call and the start of the next, in milliseconds.
pub fn gaps_ms(calls: &[Call]) -> Vec<i64> {
    let gap = |pair: &[Call]| start(&pair[1]).millis_since(end(&pair[0]).unwrap_or(start(&pair[1])));
    calls.windows(2).map(gap).collect()
}

/// No call began while a message with a better place waited that had been accepted for at least `margin_ms`.
pub fn in_order(calls: &[Call], sent: &[Sent], margin_ms: i64) -> Vec<String> {
    let message = |call: &Call| sent.iter().find(|message| message.to == recipient(call));
    let mut wrong = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        let Some(went) = message(call) else { continue };
        let waited = |other: &&Sent| other.known_at.plus_millis(margin_ms) <= start(call);
        let later = calls[index + 1..].iter().filter_map(message).filter(waited);
        for other in later.filter(|other| other.place() < went.place()) {
            wrong.push(format!(
                "{} (class {}) went before {} (class {})",
                went.to, went.class, other.to, other.class
            ));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(to: u64, started_at_ms: u64, ended_at_ms: u64) -> Call {
        let chat_id = Some(format!("{to}@c.us"));
        Call { started_at_ms, ended_at_ms: Some(ended_at_ms), chat_id, ..Call::default() }
    }

    fn sent(to: u64, class: u64, at: i64) -> Sent {
        let at = Timestamp::from_millis(at);
        Sent { id: to.to_string(), to: to.to_string(), class, accepted_at: at, known_at: at }
    }

    #[test]
    fn what_is_right_is_not_complained_about() {
        let calls = [call(1, 1_000, 1_100), call(2, 1_600, 1_700)];
        let messages = [sent(1, 1, 10), sent(2, 5, 5)];
        assert_eq!(exactly_once(&calls, &messages), Vec::<String>::new());
        assert_eq!(paced(&calls, 500), Vec::<String>::new());
        assert_eq!(in_order(&calls, &messages, 100), Vec::<String>::new());
        assert_eq!(gaps_ms(&calls), [500]);
    }

    #[test]
    fn what_arrives_twice_never_or_unasked_is_noticed() {
        let messages = [sent(1, 1, 10), sent(2, 5, 5)];
        let twice = [call(1, 0, 1), call(2, 2, 3), call(1, 4, 5)];
        assert_eq!(exactly_once(&twice, &messages), ["1 arrived again"]);
        assert_eq!(exactly_once(&twice[..1], &messages), ["2 never arrived"]);
        assert_eq!(exactly_once(&twice[..2], &messages[..1]), ["2 arrived, and was not sent"]);
        let refused = Call { refused: Some("why".to_owned()), ..call(1, 0, 1) };
        assert_eq!(exactly_once(&[refused], &messages[..1]), ["1 was refused: why"]);
    }

    #[test]
    fn short_gaps_and_overlaps_are_noticed() {
        assert_eq!(paced(&[call(1, 0, 100), call(2, 599, 700)], 500), ["2 came 499 ms after 1"]);
        let overlapped = Call { overlapped: true, ..call(1, 0, 100) };
        assert_eq!(paced(&[overlapped], 500), ["1 overlapped another call"]);
    }

    #[test]
    fn a_wrong_order_is_noticed() {
        let calls = [call(1, 1_000, 1_100), call(2, 2_000, 2_100)];
        let class = in_order(&calls, &[sent(1, 10, 10), sent(2, 5, 20)], 100);
        assert_eq!(class, ["1 (class 10) went before 2 (class 5)"]);
        let time = in_order(&calls, &[sent(1, 5, 20), sent(2, 5, 10)], 100);
        assert_eq!(time, ["1 (class 5) went before 2 (class 5)"]);
        let too_late_to_matter = in_order(&calls, &[sent(1, 10, 10), sent(2, 5, 950)], 100);
        assert_eq!(too_late_to_matter, Vec::<String>::new());
    }
}
