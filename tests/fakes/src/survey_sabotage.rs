//! The result of reading a session's line, also when a rule about surveys is taken out.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use domain::message::pending::PendingKey;
use domain::values::ids::SessionId;
use domain::values::priority::Priority;
use shared::ports::Waiting;

use crate::World;
use crate::faults::Sabotage;

/// How far a read that is not strongly consistent lags behind at most, in milliseconds.
pub(crate) const STALE_MS: i64 = 2_000;

/// Looks at lines for one caller, and remembers what it saw first ([`Sabotage::NoRecheck`]).
#[derive(Clone, Debug, Default)]
pub(crate) struct Distorted {
    first_looks: Rc<RefCell<BTreeMap<SessionId, Waiting>>>,
}

impl Distorted {
    /// The result of a read of the line.
    pub(crate) fn look(
        &self,
        world: &World,
        session: SessionId,
        line: Option<Priority>,
        limit: usize,
    ) -> Waiting {
        let table = world.messages.borrow();
        if world.without(Sabotage::StaleSurvey) {
            let then = world.now().plus_millis(-world.rng.between(0, STALE_MS));
            table.waiting_at(session, line, limit, then)
        } else if world.without(Sabotage::NoRecheck) && line.is_none() {
            self.first_look(session, table.waiting(session, line, limit))
        } else if world.without(Sabotage::SurveyShowsOneOnly) {
            Waiting { is_all: true, ..table.waiting(session, line, 1) }
        } else if world.without(Sabotage::ClassesReversed) {
            let mut lines = Priority::ALL.iter().rev().map(|line| table.waiting(session, Some(*line), limit));
            let worst = lines.find(|line| !line.keys.is_empty()).unwrap_or_default();
            only(line, Waiting { is_all: true, ..worst })
        } else if world.without(Sabotage::DuesReversed) {
            let all = table.waiting(session, line, usize::MAX);
            Waiting { keys: latest_first(all.keys, world), is_all: true }
        } else {
            table.waiting(session, line, limit)
        }
    }

    /// The result of the previous read, if it was not used for this yet.
    fn first_look(&self, session: SessionId, now: Waiting) -> Waiting {
        let mut first_looks = self.first_looks.borrow_mut();
        first_looks.remove(&session).unwrap_or_else(|| {
            first_looks.insert(session, now.clone());
            now
        })
    }
}

fn only(line: Option<Priority>, waiting: Waiting) -> Waiting {
    let keys = waiting.keys.into_iter().filter(|key| line.is_none_or(|line| key.priority == line)).collect();
    Waiting { keys, ..waiting }
}

/// For each priority, first the messages that are due, the latest first; then the rest.
fn latest_first(mut keys: Vec<PendingKey>, world: &World) -> Vec<PendingKey> {
    let now = world.now();
    keys.sort_by_key(|key| {
        let (is_later, due) = (key.due > now, key.due.as_millis());
        (key.priority, is_later, if is_later { due } else { -due }, key.message_id)
    });
    keys
}
