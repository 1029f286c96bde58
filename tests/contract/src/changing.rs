//! Changing, resuming and deleting sessions.

use domain::sending::pacer::NewContactsHold;
use domain::sending::pacer::{HoldReason, Pacer, Release};
use domain::sending::pacing::Pacing;
use domain::session::{Deletion, ProviderConfig, Session};
use domain::values::fence::Fence;
use domain::values::ids::MessageId;
use futures_util::future::join;
use shared::ports::{
    Acquisition, ChangeSessions, Changed, DeleteSessions, EndHolds, FinishDeletions, LeaseSessions,
    ReadSessions, WriteSessions,
};

use crate::{ChangingSessions, Checked, RACES, sample};

/// All of it, its pacer aside; a second time is the same.
pub async fn a_session_is_changed_as_a_whole<T: ChangingSessions>(table: &T) -> Checked {
    let sessions = &table.sessions();
    let session = sample::session();
    sessions.put(&session).await?;
    sessions.acquire(session.session_id, Fence::default(), sample::lease()).await?;
    let pacer = ReadSessions::load(sessions, session.session_id).await?.map(|state| state.pacer);
    let named = Session { name: "new".to_owned(), pacing: Pacing::new(1, 2).ok(), ..session.clone() };
    assert_eq!(sessions.change(&session, &named).await?, Changed::Yes);
    let other = Session { provider: ProviderConfig::Sandbox, pacing: None, ..named.clone() };
    for _ in 0..2 {
        // The second is as a copy of the first: what it would change is as it wants it.
        let again = sessions.change(&named, &other).await?;
        let state = ReadSessions::load(sessions, session.session_id).await?.expect("it is there");
        assert_eq!((&state.session, Some(&state.pacer)), (&other, pacer.as_ref()), "{again:?}");
    }
    Ok(())
}

/// Whoever has seen an older state changes nothing.
pub async fn a_change_needs_what_was_seen<T: ChangingSessions>(table: &T) -> Checked {
    let sessions = &table.sessions();
    let session = sample::session();
    let named = |name: &str| Session { name: name.to_owned(), ..session.clone() };
    assert_eq!(sessions.change(&session, &named("a")).await?, Changed::No);
    assert_eq!(ReadSessions::load(sessions, session.session_id).await?, None);
    sessions.put(&session).await?;
    assert_eq!(sessions.change(&session, &named("a")).await?, Changed::Yes);
    let paced = Session { pacing: None, ..session.clone() };
    assert_eq!(sessions.change(&session, &paced).await?, Changed::No);
    let state = ReadSessions::load(sessions, session.session_id).await?;
    assert_eq!(state.map(|state| state.session), Some(named("a")));
    Ok(())
}

/// The other request learns that its change was not stored.
pub async fn of_two_changes_at_once_one_is_stored<T: ChangingSessions>(table: &T) -> Checked {
    let sessions = &table.sessions();
    for _ in 0..RACES {
        let session = sample::session();
        sessions.put(&session).await?;
        let named = Session { name: "new".to_owned(), ..session.clone() };
        let paced = Session { pacing: None, ..session.clone() };
        let (one, other) = join(sessions.change(&session, &named), sessions.change(&session, &paced)).await;
        let expected = match (one?, other?) {
            (Changed::Yes, Changed::No) => named,
            (Changed::No, Changed::Yes) => paced,
            both => panic!("{both:?}"),
        };
        let state = ReadSessions::load(sessions, session.session_id).await?;
        assert_eq!(state.map(|state| state.session), Some(expected));
    }
    Ok(())
}

/// Holds and failures are removed, the gaps stay; while the session is leased, nothing changes.
pub async fn a_hold_is_ended<T: ChangingSessions>(table: &T) -> Checked {
    let sessions = &table.sessions();
    let session_id = sample::session_id();
    assert_eq!(sessions.end_hold(session_id).await?, Changed::No);
    assert_eq!(ReadSessions::load(sessions, session_id).await?, None);
    let session = Session { session_id, ..sample::session() };
    sessions.put(&session).await?;
    let mut fence = Fence::default();
    for is_leased in [false, true] {
        assert!(matches!(
            sessions.acquire(session_id, fence, sample::lease()).await?,
            Acquisition::Acquired(_)
        ));
        fence = fence.next();
        let release =
            Pacer::default().untouched().held(sample::NOW, 5_000, HoldReason::CredentialsRefused, "why", 3);
        let new_contacts_hold = Some(NewContactsHold { until: sample::NOW, detail: "why".to_owned() });
        let release = Release { new_contacts_hold, ..release };
        sessions.release(session_id, fence, &release).await?;
        if is_leased {
            sessions.acquire(session_id, fence, sample::lease()).await?;
            fence = fence.next();
        }
        for _ in 0..2 {
            let expected = if is_leased { Changed::No } else { Changed::Yes };
            assert_eq!(sessions.end_hold(session_id).await?, expected);
            let pacer = ReadSessions::load(sessions, session_id).await?.expect("it is there").pacer;
            assert_eq!(
                (pacer.release.hold.is_some(), pacer.release.failures),
                (is_leased, if is_leased { 3 } else { 0 })
            );
            assert_eq!((pacer.release.new_contacts_hold.is_some(), pacer.fence), (is_leased, fence));
            // A late copy of the release must not bring back what was ended.
            if !is_leased {
                assert!(sessions.release(session_id, fence, &release).await?);
            }
        }
    }
    Ok(())
}

/// Only its own account can mark it, and the time of the first mark stays. A marked session can be read but not changed.
pub async fn a_session_is_marked_as_deleted_once<T: ChangingSessions>(table: &T) -> Checked {
    let (sessions, deletions) = (&table.sessions(), &table.deletions());
    let session = sample::session();
    let (account_id, session_id) = (session.account_id, session.session_id);
    assert_eq!(deletions.mark_deleted(account_id, session_id, sample::NOW).await?, None);
    assert_eq!(deletions.deletion(session_id).await?, Deletion::Gone);
    sessions.put(&session).await?;
    assert_eq!(deletions.mark_deleted(sample::account_id(), session_id, sample::NOW).await?, None);
    assert_eq!(deletions.deletion(session_id).await?, Deletion::No);
    for later in [0, 5] {
        let marked = deletions.mark_deleted(account_id, session_id, sample::at(later)).await?;
        assert_eq!(marked, Some(sample::NOW));
        assert_eq!(deletions.mark_deleted(sample::account_id(), session_id, sample::NOW).await?, None);
        assert_eq!(deletions.deletion(session_id).await?, Deletion::Marked { account_id, at: sample::NOW });
    }
    let state = ReadSessions::load(sessions, session_id).await?.expect("it is there");
    assert_eq!((state.deleted_at, &state.session), (Some(sample::NOW), &session));
    assert!(!state.is_open_to(account_id));
    let named = Session { name: "new".to_owned(), ..session.clone() };
    assert_eq!(sessions.change(&session, &named).await?, Changed::No);
    Ok(())
}

/// A session that is not marked as deleted is not removed.
pub async fn a_deleted_session_is_removed<T: ChangingSessions>(table: &T) -> Checked {
    let (sessions, deletions) = (&table.sessions(), &table.deletions());
    let session = sample::session();
    let session_id = session.session_id;
    deletions.remove(session_id).await?;
    sessions.put(&session).await?;
    deletions.remove(session_id).await?;
    assert_eq!(deletions.deletion(session_id).await?, Deletion::No);
    deletions.mark_deleted(session.account_id, session_id, sample::NOW).await?;
    for _ in 0..2 {
        deletions.remove(session_id).await?;
        assert_eq!(ReadSessions::load(sessions, session_id).await?, None);
        assert_eq!(deletions.deletion(session_id).await?, Deletion::Gone);
    }
    // A worker that comes late finds no lease to end.
    let release = Pacer::default().untouched();
    assert!(!sessions.release(session_id, Fence(1), &release).await?);
    assert!(!sessions.point_to(session_id, Fence(1), MessageId::new(sample::NOW, 1)).await?);
    Ok(())
}
