//! The record of all calls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock;
use crate::script::{Reply, Script};

/// A call to one of WAHA's own paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Call {
    /// When it was read, in milliseconds since the Unix epoch.
    pub started_at_ms: u64,
    /// When it was answered, or the caller went away; none while it is being worked on.
    pub ended_at_ms: Option<u64>,
    /// On the how-manieth connection it came.
    pub connection: u64,
    /// The path.
    pub path: String,
    /// The body, when it was JSON.
    pub body: Value,
    /// Which session it named.
    pub session: Option<String>,
    /// Which chat it named.
    pub chat_id: Option<String>,
    /// The text of a text message.
    pub text: Option<String>,
    /// Why it was refused, when it was not what WAHA speaks.
    pub refused: Option<String>,
    /// The reply to the call.
    pub reply: Option<Reply>,
    /// The core id under which it was accepted.
    pub message_id: Option<String>,
    /// Whether another call of the same session was being worked on at the same time.
    pub overlapped: bool,
}

#[derive(Debug, Default)]
struct Inner {
    script: Script,
    calls: Vec<Call>,
    connections: u64,
    ids: u64,
    /// Calls begun before the last reset belong to no record any more.
    generation: u64,
}

/// What all connections share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<Inner>>);

impl Ledger {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection; none when it is to be closed at once.
    pub(crate) fn connected(&self) -> Option<u64> {
        let mut inner = self.inner();
        inner.connections += 1;
        if inner.script.closed_connections > 0 {
            inner.script.closed_connections -= 1;
            return None;
        }
        Some(inner.connections)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.inner().connections
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.inner().calls.clone()
    }

    pub(crate) fn set_script(&self, script: Script) {
        self.inner().script = script;
    }

    pub(crate) fn script(&self) -> Script {
        self.inner().script.clone()
    }

    pub(crate) fn reset(&self) {
        let mut inner = self.inner();
        *inner = Inner { generation: inner.generation + 1, ids: inner.ids, ..Inner::default() };
    }

    /// What the script has for a chat.
    pub(crate) fn reply(&self, chat_id: &str) -> Reply {
        self.inner().script.reply(chat_id)
    }

    /// A core id that was not given before.
    pub(crate) fn new_message_id(&self) -> String {
        let mut inner = self.inner();
        inner.ids += 1;
        format!("3EB0{:016X}", inner.ids)
    }

    /// Records that a call began; it ends when what is returned is dropped.
    pub(crate) fn begin(&self, call: Call) -> Running {
        let mut inner = self.inner();
        let mut overlapped = false;
        let running = |other: &&mut Call| other.ended_at_ms.is_none() && other.session == call.session;
        for other in inner.calls.iter_mut().filter(running).filter(|_| call.session.is_some()) {
            other.overlapped = true;
            overlapped = true;
        }
        inner.calls.push(Call { started_at_ms: clock::now_ms(), overlapped, ..call });
        Running { ledger: self.clone(), index: inner.calls.len() - 1, generation: inner.generation }
    }
}

/// A call that is being worked on.
pub(crate) struct Running {
    ledger: Ledger,
    index: usize,
    generation: u64,
}

impl Running {
    /// Adds to the record.
    pub(crate) fn note(&self, change: impl FnOnce(&mut Call)) {
        let mut inner = self.ledger.inner();
        if inner.generation == self.generation {
            change(&mut inner.calls[self.index]);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.note(|call| call.ended_at_ms = Some(clock::now_ms()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(session: &str) -> Call {
        Call { session: Some(session.to_owned()), ..Call::default() }
    }

    #[test]
    fn calls_of_one_session_overlap_when_one_begins_before_the_other_ends() {
        let ledger = Ledger::default();
        let a = ledger.begin(call("a"));
        let b = ledger.begin(call("b"));
        let again = ledger.begin(call("a"));
        drop((a, b, again));
        drop(ledger.begin(call("a")));
        let overlapped: Vec<bool> = ledger.calls().iter().map(|call| call.overlapped).collect();
        assert_eq!(overlapped, [true, false, true, false]);
    }

    #[test]
    fn a_call_from_before_a_reset_leaves_no_trace() {
        let ledger = Ledger::default();
        let before = ledger.begin(call("a"));
        ledger.reset();
        let after = ledger.begin(call("b"));
        drop(before);
        assert_eq!(ledger.calls()[0].ended_at_ms, None);
        drop(after);
        assert!(ledger.calls()[0].ended_at_ms.is_some());
    }
}
