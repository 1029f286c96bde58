//! What is checked when a run is over.

use std::collections::BTreeSet;

use domain::values::ids::MessageKey;
use domain::values::status::Status;
use fakes::World;

use super::Checker;
use crate::promise::Promise;

impl Checker {
    /// A row of a message was spoilt: it may be given up at once.
    pub fn spoilt(&mut self, key: MessageKey) {
        self.messages.entry(key).or_default().is_malformed = true;
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
