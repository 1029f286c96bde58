//! The table of watched sessions, and the ports of those who note sessions, go over them and look at them.

use std::collections::BTreeMap;

use domain::sending::allowance::Paced;
use domain::sending::watch::shard_of;
use domain::session::SessionState;
use domain::values::ids::SessionId;
use domain::values::time::Timestamp;
use shared::ports::{PortError, ReadPacers, SweepSessions, WatchSessions, WatchedPage, WatchedSession};

use crate::World;
use crate::caller::{Caller, Kind};
use crate::sessions::Sessions;

/// The sessions, by shard and id. A reader that lags behind sees a session as it was before its latest change.
#[derive(Default)]
pub(crate) struct WatchedTable {
    sessions: BTreeMap<(u8, SessionId), Stored>,
}

/// A session as it is, as it was before its latest change, and when every reader knows of that.
#[derive(Clone, Copy, Default)]
struct Stored {
    now: Option<WatchedSession>,
    before: Option<WatchedSession>,
    shown_at: Timestamp,
}

impl WatchedTable {
    fn change(
        &mut self,
        session_id: SessionId,
        shown_at: Timestamp,
        change: impl FnOnce(Option<WatchedSession>) -> Option<Option<WatchedSession>>,
    ) -> bool {
        let stored = self.sessions.entry((shard_of(session_id), session_id)).or_default();
        let Some(changed) = change(stored.now) else { return false };
        *stored = Stored { now: changed, before: stored.now, shown_at };
        true
    }

    fn page(&self, shard: u8, after: Option<SessionId>, limit: usize, now: Timestamp) -> WatchedPage {
        let all = self.sessions.iter();
        let of_shard = all.filter(|((of, id), _)| *of == shard && after.is_none_or(|after| *id > after));
        let mut shown = of_shard
            .filter_map(|(_, stored)| if stored.shown_at <= now { stored.now } else { stored.before })
            .peekable();
        let sessions = shown.by_ref().take(limit).collect();
        WatchedPage { sessions, is_all: shown.peek().is_none() }
    }
}

/// The table of watched sessions, as one caller sees it.
#[derive(Clone, Debug)]
pub struct Watched {
    caller: Caller,
}

impl Caller {
    /// The table of watched sessions.
    pub fn watched(&self) -> Watched {
        Watched { caller: self.clone() }
    }
}

impl World {
    /// The sessions that are watched.
    pub fn watched_sessions(&self) -> Vec<WatchedSession> {
        self.watched.borrow().sessions.values().filter_map(|stored| stored.now).collect()
    }
}

impl Watched {
    async fn change(
        &self,
        operation: &'static str,
        session_id: SessionId,
        change: impl Fn(Option<WatchedSession>) -> Option<Option<WatchedSession>> + 'static,
    ) -> Result<bool, PortError> {
        let lag_ms = match self.caller.rates().lag_ms {
            0 => 0,
            lag => self.caller.world().rng.between(0, lag),
        };
        let write = move |world: &World| {
            let shown_at = world.now().plus_millis(lag_ms);
            Ok(world.watched.borrow_mut().change(session_id, shown_at, &change))
        };
        self.caller.call(Kind::Write, operation, write).await
    }
}

impl WatchSessions for Watched {
    async fn watch(&self, session_id: SessionId, now: Timestamp) -> Result<(), PortError> {
        let watch = move |stored: Option<WatchedSession>| {
            let still_since = stored.and_then(|stored| stored.still_since);
            let noted = WatchedSession { session_id, watched_at: now, rests_until: None, still_since };
            stored.is_none_or(|stored| stored.watched_at <= now).then_some(Some(noted))
        };
        self.change("watched.watch", session_id, watch).await.map(drop)
    }
}

impl SweepSessions for Watched {
    async fn watched(
        &self,
        shard: u8,
        after: Option<SessionId>,
        limit: usize,
    ) -> Result<WatchedPage, PortError> {
        let look = move |world: &World| Ok(world.watched.borrow().page(shard, after, limit, world.now()));
        self.caller.call(Kind::Read, "watched.watched", look).await
    }

    async fn rest(&self, seen: &WatchedSession, until: Timestamp) -> Result<bool, PortError> {
        let watched_at = seen.watched_at;
        let rest = move |stored: Option<WatchedSession>| {
            let stored = stored.filter(|stored| stored.watched_at == watched_at)?;
            Some(Some(WatchedSession { rests_until: Some(until), ..stored }))
        };
        self.change("watched.rest", seen.session_id, rest).await
    }

    async fn stands_still(&self, seen: &WatchedSession, since: Option<Timestamp>) -> Result<bool, PortError> {
        let watched_at = seen.watched_at;
        let note = move |stored: Option<WatchedSession>| {
            let stored = stored.filter(|stored| stored.watched_at == watched_at)?;
            Some(Some(WatchedSession { still_since: since, ..stored }))
        };
        self.change("watched.stands_still", seen.session_id, note).await
    }

    async fn forget(&self, seen: &WatchedSession) -> Result<bool, PortError> {
        let watched_at = seen.watched_at;
        let forget = move |stored: Option<WatchedSession>| {
            stored.filter(|stored| stored.watched_at == watched_at).map(|_| None)
        };
        self.change("watched.forget", seen.session_id, forget).await
    }
}

impl ReadPacers for Sessions {
    async fn pacer(&self, session_id: SessionId) -> Result<Paced, PortError> {
        let state = shared::ports::ReadSessions::load(self, session_id).await?;
        let paced = state.map(|SessionState { session, pacer, .. }| Paced {
            pacer,
            limits: session.limits,
            created_at: session.created_at,
            account_id: Some(session.account_id),
        });
        Ok(paced.unwrap_or_default())
    }
}
