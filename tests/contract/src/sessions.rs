//! Storing and looking up sessions.

use std::collections::BTreeSet;

use domain::sending::pacer::Pacer;
use domain::session::{ProviderConfig, Session, SessionState};
use shared::ports::{Acquisition, ReadSessions};

use crate::{Checked, LOOKS, Sessions, sample};

/// Secrets included; the pacer is a fresh one.
pub async fn a_session_is_read_as_it_was_stored<S: Sessions>(sessions: &S) -> Checked {
    let with_secrets = sample::session();
    let without = Session { provider: ProviderConfig::Sandbox, pacing: None, ..sample::session() };
    for session in [with_secrets, without] {
        sessions.put(&session).await?;
        let state = ReadSessions::load(sessions, session.session_id).await?;
        assert_eq!(state, Some(SessionState { session, pacer: Pacer::default(), deleted_at: None }));
    }
    Ok(())
}

/// There is nothing where nothing was stored.
pub async fn an_unknown_session_is_none<S: Sessions>(sessions: &S) -> Checked {
    assert_eq!(ReadSessions::load(sessions, sample::session_id()).await?, None);
    assert_eq!(sessions.of_account(sample::account_id()).await?, []);
    Ok(())
}

/// A repeated write must not end a lease or a gap.
pub async fn storing_a_session_again_keeps_its_pacer<S: Sessions>(sessions: &S) -> Checked {
    let session = sample::session();
    sessions.put(&session).await?;
    let acquisition = sessions.acquire(session.session_id, Pacer::default().fence, sample::lease()).await?;
    assert!(matches!(acquisition, Acquisition::Acquired(_)));
    let before = ReadSessions::load(sessions, session.session_id).await?;
    sessions.put(&session).await?;
    assert_eq!(ReadSessions::load(sessions, session.session_id).await?, before);
    Ok(())
}

/// Whether that is an error or ignored: the first stays (`isolated`).
pub async fn a_session_is_never_replaced_by_anothers<S: Sessions>(sessions: &S) -> Checked {
    let session = sample::session();
    sessions.put(&session).await?;
    let thief = Session { session_id: session.session_id, ..sample::session() };
    let _either_way = sessions.put(&thief).await;
    let state = ReadSessions::load(sessions, session.session_id).await?;
    assert_eq!(state.map(|state| state.session), Some(session));
    Ok(())
}

/// All of them, however many, and nobody else's. The index may lag behind.
pub async fn an_account_has_its_own_sessions_only<S: Sessions>(sessions: &S) -> Checked {
    let account_id = sample::account_id();
    let mut mine = Vec::new();
    for _ in 0..5 {
        let session = Session { account_id, ..sample::session() };
        sessions.put(&session).await?;
        sessions.put(&sample::session()).await?;
        mine.push(session.session_id);
    }
    mine.sort();
    let mut found = Vec::new();
    for _ in 0..LOOKS {
        found = sessions.of_account(account_id).await?;
        if found.len() >= mine.len() {
            break;
        }
    }
    found.sort();
    assert_eq!(found, mine);
    Ok(())
}

/// The sessions of all accounts are found, each once.
pub async fn all_sessions_are_walked_over<S: Sessions>(sessions: &S) -> Checked {
    let mut made = BTreeSet::new();
    for _ in 0..3 {
        let session = sample::session();
        sessions.put(&session).await?;
        made.insert(session.session_id);
    }
    let found = sessions.all().await?;
    assert_eq!(found.len(), found.iter().collect::<BTreeSet<_>>().len());
    assert!(made.iter().all(|id| found.contains(id)), "{made:?} in {found:?}");
    Ok(())
}
