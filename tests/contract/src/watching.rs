//! Watched sessions: noted, gone over, put aside, forgotten.

use domain::sending::watch::shard_of;
use domain::tuning::WATCH_SHARDS;
use domain::values::ids::SessionId;
use shared::ports::{PortError, SweepSessions, WatchSessions, WatchedSession};

use crate::{Checked, LOOKS, sample};

/// Both roles of the table of watched sessions.
pub trait WatchedSessions: WatchSessions + SweepSessions {}

impl<T: WatchSessions + SweepSessions> WatchedSessions for T {}

/// All watched sessions of a shard, read page by page.
async fn all<T: WatchedSessions>(
    table: &T,
    shard: u8,
    limit: usize,
) -> Result<Vec<WatchedSession>, PortError> {
    let mut all: Vec<WatchedSession> = Vec::new();
    loop {
        let after = all.last().map(|last| last.session_id);
        let page = table.watched(shard, after, limit).await?;
        assert!(page.sessions.len() <= limit);
        let is_over = page.is_all || page.sessions.is_empty();
        all.extend(page.sessions);
        if is_over {
            return Ok(all);
        }
    }
}

/// A session as it is watched, if it is.
async fn seen<T: WatchedSessions>(
    table: &T,
    session_id: SessionId,
) -> Result<Option<WatchedSession>, PortError> {
    let of_shard = all(table, shard_of(session_id), 100).await?;
    Ok(of_shard.into_iter().find(|watched| watched.session_id == session_id))
}

/// A session as it comes to be watched: reads may lag behind.
async fn awaited<T: WatchedSessions>(
    table: &T,
    session_id: SessionId,
    expected: Option<WatchedSession>,
) -> Checked {
    for _ in 0..LOOKS {
        if seen(table, session_id).await? == expected {
            return Ok(());
        }
    }
    assert_eq!(seen(table, session_id).await?, expected);
    Ok(())
}

/// A session that was just noted.
async fn noted<T: WatchedSessions>(table: &T) -> Result<WatchedSession, PortError> {
    let session_id = sample::session_id();
    table.watch(session_id, sample::NOW).await?;
    Ok(WatchedSession { session_id, watched_at: sample::NOW, rests_until: None, still_since: None })
}

/// A session is watched from its first note on.
pub async fn a_noted_session_is_watched<T: WatchedSessions>(table: &T) -> Checked {
    let watched = noted(table).await?;
    awaited(table, watched.session_id, Some(watched)).await
}

/// The time of the last note counts.
pub async fn a_session_is_watched_since_its_latest_note<T: WatchedSessions>(table: &T) -> Checked {
    let watched = noted(table).await?;
    table.watch(watched.session_id, sample::at(5)).await?;
    table.watch(watched.session_id, sample::at(3)).await?;
    let latest = WatchedSession { watched_at: sample::at(5), ..watched };
    awaited(table, watched.session_id, Some(latest)).await
}

/// It rests until it is noted again.
pub async fn a_session_rests_until_it_is_noted<T: WatchedSessions>(table: &T) -> Checked {
    let watched = noted(table).await?;
    assert!(table.rest(&watched, sample::at(9_000)).await?);
    assert!(table.rest(&watched, sample::at(9_000)).await?, "twice is once");
    let resting = WatchedSession { rests_until: Some(sample::at(9_000)), ..watched };
    awaited(table, watched.session_id, Some(resting)).await?;
    table.watch(watched.session_id, sample::at(1)).await?;
    let awake = WatchedSession { watched_at: sample::at(1), ..watched };
    awaited(table, watched.session_id, Some(awake)).await
}

/// What a sweep has found outlasts later notes, until it finds otherwise.
pub async fn a_session_stands_still_until_it_is_found_moving<T: WatchedSessions>(table: &T) -> Checked {
    let watched = noted(table).await?;
    assert!(table.stands_still(&watched, Some(sample::at(7))).await?);
    table.watch(watched.session_id, sample::at(1)).await?;
    let still = WatchedSession { watched_at: sample::at(1), still_since: Some(sample::at(7)), ..watched };
    awaited(table, watched.session_id, Some(still)).await?;
    assert!(!table.stands_still(&watched, None).await?, "it was noted since");
    assert!(table.stands_still(&still, None).await?);
    awaited(table, watched.session_id, Some(WatchedSession { still_since: None, ..still })).await
}

/// A sweep that has not seen the latest note must not change the session.
pub async fn what_was_noted_since_is_left_alone<T: WatchedSessions>(table: &T) -> Checked {
    let old = noted(table).await?;
    table.watch(old.session_id, sample::at(1)).await?;
    assert!(!table.rest(&old, sample::at(9_000)).await?);
    assert!(!table.forget(&old).await?);
    let new = WatchedSession { watched_at: sample::at(1), ..old };
    awaited(table, old.session_id, Some(new)).await
}

/// Its next note makes it watched again.
pub async fn a_forgotten_session_is_not_watched<T: WatchedSessions>(table: &T) -> Checked {
    let watched = noted(table).await?;
    assert!(table.forget(&watched).await?);
    assert!(!table.forget(&watched).await?, "it is gone");
    assert!(!table.rest(&watched, sample::at(9_000)).await?, "and must not come back by this");
    awaited(table, watched.session_id, None).await?;
    table.watch(watched.session_id, sample::NOW).await?;
    awaited(table, watched.session_id, Some(watched)).await
}

/// Page by page, each once.
pub async fn all_sessions_are_gone_over<T: WatchedSessions>(table: &T) -> Checked {
    let mut ours = Vec::new();
    for _ in 0..12 {
        ours.push(noted(table).await?);
    }
    for limit in [1, 3, 100] {
        let mut is_complete = false;
        for _ in 0..LOOKS {
            let mut found = Vec::new();
            for shard in 0..WATCH_SHARDS {
                let of_shard = all(table, shard, limit).await?;
                assert!(of_shard.is_sorted_by_key(|watched| watched.session_id));
                assert!(of_shard.iter().all(|watched| shard_of(watched.session_id) == shard));
                found.extend(of_shard);
            }
            is_complete = ours.iter().all(|ours| found.contains(ours));
            if is_complete {
                break;
            }
        }
        assert!(is_complete, "{limit} a page");
    }
    Ok(())
}
