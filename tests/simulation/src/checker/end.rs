//! What is checked when a run is over.

use std::collections::BTreeSet;

use domain::tuning::VISIBILITY_TIMEOUT_MS;
use domain::values::ids::{MessageKey, SessionId};
use domain::values::status::Status;
use fakes::World;

use super::{Checker, Counts};
use crate::promise::Promise;

/// How long it takes until a queue gives up what is never done, in milliseconds.
const GIVEN_UP_AFTER_MS: i64 = 101 * VISIBILITY_TIMEOUT_MS;

/// The work that a run may take.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Runs of dispatch for each accepted message.
    pub runs: u64,
    /// Requests of SQS for each accepted message.
    pub requests: u64,
    /// Units of the tables, written and read, for each accepted message.
    pub units: u64,
    /// Runs beside these for each session, for each of its holds, and for each of its days, and all looks at what cannot be read;
    /// six requests and twelve units for each of them.
    pub aside: u64,
}

/// What a message takes while nothing goes wrong and providers answer within a second. One that meets its session free takes 1
/// run, 3 requests and 12 units.
pub const CALM: Allowance = Allowance { runs: 3, requests: 6, units: 15, aside: 4 };

/// The same where providers take up to ten seconds and report each message in two steps by the timer: tickets that come beside
/// such a call look again each second.
pub const SLOW: Allowance = Allowance { runs: 12, requests: 30, units: 40, aside: 4 };

/// The same while functions die, calls fail and are repeated, batches are doubled, and providers fail.
pub const TROUBLED: Allowance = Allowance { runs: 16, requests: 60, units: 120, aside: 250 };

impl Checker {
    /// Holds the work of the run against what it may take.
    pub fn check_work(&mut self, world: &World, allowance: Allowance) {
        let days = u64::try_from(world.now().millis_since(World::BEGINNING) / 86_400_000).unwrap_or(0);
        let sessions = u64::try_from(self.sessions.len()).unwrap_or(0);
        let aside = allowance.aside * (self.holds + sessions * (1 + days)) + self.looks_at_garbage;
        let Counts { accepted, dispatches, .. } = self.counts;
        let work = [
            ("runs of dispatch", dispatches, allowance.runs, aside),
            ("requests of SQS", world.queue_requests(), allowance.requests, 6 * aside),
            ("units of the tables", world.table_units(), allowance.units, 12 * aside),
        ];
        for (what, done, each, aside) in work {
            if done > each * accepted + aside {
                let what = format!(
                    "{done} {what} for {accepted} messages, and {aside} allowed beside {each} for each"
                );
                self.violated(Promise::WorkIsBounded, world, None, what);
            }
        }
    }

    /// A row of a message was spoilt: it may be given up at once.
    pub fn spoilt(&mut self, key: MessageKey) {
        self.messages.entry(key).or_default().is_malformed = true;
    }

    /// Something that cannot be read was put into the queue of a session. Until that queue gives such a thing up
    /// it comes again and again, and keeps its session waiting.
    pub fn spoilt_queues(&mut self, world: &World, session_id: SessionId) {
        self.garbage += 1;
        self.looks_at_garbage += 101;
        self.session(session_id).fault_at = world.now().plus_millis(GIVEN_UP_AFTER_MS);
    }

    /// The messages that were accepted.
    pub fn accepted_keys(&self) -> BTreeSet<MessageKey> {
        self.messages.iter().filter(|(_, track)| track.is_accepted).map(|(key, _)| *key).collect()
    }

    /// The accepted messages that are not in a final state.
    pub fn open(&self, world: &World) -> Vec<(MessageKey, Option<Status>)> {
        let with_status = self
            .accepted_keys()
            .into_iter()
            .map(|key| (key, world.message(key).map(|message| message.status)));
        with_status.filter(|(_, status)| status.is_none_or(|status| !status.is_final())).collect()
    }

    /// Checks what must be so in the end.
    pub fn finish(&mut self, world: &World) {
        for (key, status) in self.open(world) {
            let state = status.map_or("gone".to_owned(), |status| status.to_string());
            let queued = world.queued();
            let what = format!("still {state} at the end, with {queued} messages in all queues");
            self.violated(Promise::AcceptedIsDurable, world, Some(key), what);
        }
    }
}
