//! Leasing and releasing sessions (`one_at_a_time`).

use domain::sending::lease::Lease;
use domain::sending::pacer::Looked;
use domain::sending::pacer::NewContactsHold;
use domain::sending::pacer::Tally;
use domain::sending::pacer::{Hold, HoldReason, Pacer, Release};
use domain::values::fence::Fence;
use domain::values::ids::SessionId;
use futures_util::future::join;
use shared::ports::{Acquisition, PortError, ReadSessions};

use crate::{Checked, RACES, Sessions, sample};

async fn stored<S: Sessions>(sessions: &S) -> Result<SessionId, PortError> {
    let session = sample::session();
    sessions.put(&session).await?;
    Ok(session.session_id)
}

async fn pacer<S: Sessions>(sessions: &S, session_id: SessionId) -> Result<Pacer, PortError> {
    let state = ReadSessions::load(sessions, session_id).await?;
    Ok(state.expect("the session is there").pacer)
}

/// A session that is leased for the first time.
async fn leased<S: Sessions>(sessions: &S) -> Result<(SessionId, Fence, Lease), PortError> {
    let (session_id, lease) = (stored(sessions).await?, sample::lease());
    let acquisition = sessions.acquire(session_id, Fence(0), lease).await?;
    assert_eq!(acquisition, Acquisition::Acquired(Fence(1)));
    Ok((session_id, Fence(1), lease))
}

fn release(hold: Option<Hold>) -> Release {
    let new_contacts_hold =
        hold.as_ref().map(|hold| NewContactsHold { until: hold.until, detail: "x".to_owned() });
    let place = sample::message(sample::session_id()).pending_key;
    Release {
        next_reply_at: sample::at(5_000),
        next_bulk_at: sample::at(9_000),
        failures: 3,
        tally: hold.is_some().then_some(Tally { day: 20_000, sent: 7, new_contacts: 2 }),
        looked: hold.as_ref().map(|hold| Looked { until: hold.until, normal: place, bulk: None }),
        new_contacts_hold,
        hold,
    }
}

fn hold() -> Hold {
    Hold {
        until: sample::at(60_000),
        reason: HoldReason::CredentialsRefused,
        detail: "Schlüssel \"x\"".to_owned(),
    }
}

/// Each lease has a higher fence than the one before, even if that was never released.
pub async fn an_acquisition_counts_the_fence_up<S: Sessions>(sessions: &S) -> Checked {
    let session_id = stored(sessions).await?;
    for seen in 0..3 {
        let lease = sample::lease();
        let acquisition = sessions.acquire(session_id, Fence(seen), lease).await?;
        assert_eq!(acquisition, Acquisition::Acquired(Fence(seen + 1)));
        let pacer = pacer(sessions, session_id).await?;
        assert_eq!((pacer.fence, pacer.lease), (Fence(seen + 1), Some(lease)));
    }
    Ok(())
}

/// Neither an older nor a newer one.
pub async fn an_acquisition_needs_the_fence_that_was_seen<S: Sessions>(sessions: &S) -> Checked {
    let (session_id, _, lease) = leased(sessions).await?;
    sessions.acquire(session_id, Fence(1), lease_of(lease)).await?;
    let before = pacer(sessions, session_id).await?;
    for seen in [0, 1, 3] {
        assert_eq!(
            sessions.acquire(session_id, Fence(seen), sample::lease()).await?,
            Acquisition::Lost,
            "{seen}"
        );
    }
    assert_eq!(pacer(sessions, session_id).await?, before);
    Ok(())
}

/// Another worker's lease for the same message.
fn lease_of(lease: Lease) -> Lease {
    Lease { message_id: lease.message_id, ..sample::lease() }
}

/// Both have seen the same free session.
pub async fn of_two_acquisitions_at_once_one_wins<S: Sessions>(sessions: &S) -> Checked {
    for round in 0..RACES {
        let session_id = stored(sessions).await?;
        let (mine, theirs) = (sample::lease(), sample::lease());
        let acquire = |lease| sessions.acquire(session_id, Fence(0), lease);
        let (a, b) = join(acquire(mine), acquire(theirs)).await;
        let winner = match (a?, b?) {
            (Acquisition::Acquired(Fence(1)), Acquisition::Lost) => mine,
            (Acquisition::Lost, Acquisition::Acquired(Fence(1))) => theirs,
            other => panic!("round {round}: {other:?}"),
        };
        assert_eq!(pacer(sessions, session_id).await?.lease, Some(winner));
    }
    Ok(())
}

/// The SDK may repeat a write whose reply was lost; the pacer then shows our own number.
pub async fn the_same_owner_acquires_once<S: Sessions>(sessions: &S) -> Checked {
    let (session_id, fence, lease) = leased(sessions).await?;
    let before = pacer(sessions, session_id).await?;
    assert_eq!(sessions.acquire(session_id, Fence(0), lease).await?, Acquisition::Acquired(fence));
    assert_eq!(pacer(sessions, session_id).await?, before);
    Ok(())
}

/// Once another has taken over, an old acquisition is not confirmed any more.
pub async fn the_same_owner_under_another_fence_has_lost<S: Sessions>(sessions: &S) -> Checked {
    let (session_id, fence, lease) = leased(sessions).await?;
    sessions.acquire(session_id, fence, sample::lease()).await?;
    assert_eq!(sessions.acquire(session_id, Fence(0), lease).await?, Acquisition::Lost);
    Ok(())
}

/// Nothing else in the pacer changes.
pub async fn a_lease_points_to_the_message_in_hand<S: Sessions>(sessions: &S) -> Checked {
    let (session_id, fence, lease) = leased(sessions).await?;
    let before = pacer(sessions, session_id).await?;
    let message_id = sample::message_id();
    assert!(sessions.point_to(session_id, fence, message_id).await?);
    let lease = Some(Lease { message_id, ..lease });
    assert_eq!(pacer(sessions, session_id).await?, Pacer { lease, ..before });
    Ok(())
}

/// Pointing fails with another fence, without a lease, and if there is no session.
pub async fn only_the_holder_points<S: Sessions>(sessions: &S) -> Checked {
    let (session_id, fence, _) = leased(sessions).await?;
    let before = pacer(sessions, session_id).await?;
    for other in [Fence(0), fence.next()] {
        assert!(!sessions.point_to(session_id, other, sample::message_id()).await?);
    }
    assert_eq!(pacer(sessions, session_id).await?, before);
    sessions.release(session_id, fence, &release(None)).await?;
    assert!(!sessions.point_to(session_id, fence, sample::message_id()).await?);
    assert_eq!(pacer(sessions, session_id).await?.lease, None);
    assert!(!sessions.point_to(sample::session_id(), Fence(0), sample::message_id()).await?);
    Ok(())
}

/// All of it, with a hold and without; the fence stays for the next one to count on.
pub async fn a_release_leaves_gaps_and_hold_behind<S: Sessions>(sessions: &S) -> Checked {
    let session_id = stored(sessions).await?;
    for (seen, hold) in [(0, Some(hold())), (1, None), (2, Some(hold()))] {
        let Acquisition::Acquired(fence) = sessions.acquire(session_id, Fence(seen), sample::lease()).await?
        else {
            panic!("nobody else wants it");
        };
        let left = release(hold.clone());
        assert!(sessions.release(session_id, fence, &left).await?);
        let expected = Pacer { fence, ..Pacer::default().released(&left) };
        assert_eq!(pacer(sessions, session_id).await?, expected);
    }
    Ok(())
}

/// The SDK may repeat a write whose reply was lost.
pub async fn a_release_twice_is_a_release_once<S: Sessions>(sessions: &S) -> Checked {
    let (session_id, fence, _) = leased(sessions).await?;
    assert!(sessions.release(session_id, fence, &release(None)).await?);
    let once = pacer(sessions, session_id).await?;
    assert!(sessions.release(session_id, fence, &release(None)).await?);
    assert_eq!(pacer(sessions, session_id).await?, once);
    // The next worker was quick: its lease stands, and the first one has not lost its own.
    sessions.acquire(session_id, fence, sample::lease()).await?;
    let next = pacer(sessions, session_id).await?;
    assert!(sessions.release(session_id, fence, &release(None)).await?);
    assert_eq!(pacer(sessions, session_id).await?, next);
    Ok(())
}

/// A worker that outlived its lease ends nobody else's, and shortens nobody's gap.
pub async fn a_late_release_changes_nothing<S: Sessions>(sessions: &S) -> Checked {
    let (session_id, fence, _) = leased(sessions).await?;
    let taken_over = Lease { since: Some(fence), ..sample::lease() };
    sessions.acquire(session_id, fence, taken_over).await?;
    let before = pacer(sessions, session_id).await?;
    assert!(!sessions.release(session_id, fence, &release(Some(hold()))).await?);
    assert_eq!(pacer(sessions, session_id).await?, before);
    assert!(!sessions.release(sample::session_id(), Fence(0), &release(None)).await?);
    Ok(())
}
