//! Wake-ups that lie too far ahead for the timer: kept, found in time, removed.

use domain::sending::ticket::Ticket;
use domain::sending::wake_up::WakeUp;
use domain::tuning::DUE_SHARDS;
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use shared::ports::{KeepWakeUps, PortError, ReadWakeUps, RemoveWakeUps};

use crate::{Checked, LOOKS, sample};

/// Both roles of the table of wake-ups.
pub trait WakeUps: KeepWakeUps + ReadWakeUps + RemoveWakeUps {}

impl<T: KeepWakeUps + ReadWakeUps + RemoveWakeUps> WakeUps for T {}

/// A wake-up at a time that no other rule uses, so long ago that it comes first in its shard.
fn wake_up() -> WakeUp {
    let ticket = Ticket::new(sample::session_id(), Priority::Bulk, sample::message_id());
    let at = i64::try_from(sample::random() % (1 << 30)).unwrap_or(0);
    WakeUp { due: Timestamp::from_millis(at), ticket }
}

/// The wake-ups of this test that are found.
async fn found<T: WakeUps>(table: &T, until: Timestamp, ours: &[WakeUp]) -> Result<Vec<WakeUp>, PortError> {
    let mut all = Vec::new();
    for shard in 0..DUE_SHARDS {
        let of_shard = table.due_before(shard, until, 1_000).await?;
        assert!(of_shard.is_sorted_by_key(|found| found.due), "the earliest first");
        assert!(of_shard.iter().all(|found| found.shard() == shard && found.due < until));
        all.extend(of_shard.into_iter().filter(|found| ours.contains(found)));
    }
    all.sort_by_key(|found| found.due);
    Ok(all)
}

/// Reads may lag behind.
async fn awaited<T: WakeUps>(table: &T, until: Timestamp, ours: &[WakeUp], expected: &[WakeUp]) -> Checked {
    for _ in 0..LOOKS {
        if found(table, until, ours).await? == expected {
            return Ok(());
        }
    }
    assert_eq!(found(table, until, ours).await?, expected);
    Ok(())
}

/// A wake-up is found unchanged, in any shard.
pub async fn a_wake_up_is_found_as_it_was_kept<T: WakeUps>(table: &T) -> Checked {
    let mut ours: Vec<WakeUp> = (0..8).map(|_| wake_up()).collect();
    ours.sort_by_key(|ours| ours.due);
    for wake_up in &ours {
        table.keep(wake_up).await?;
    }
    let until = ours.last().expect("eight").due.plus_millis(1);
    awaited(table, until, &ours, &ours).await?;
    for wake_up in &ours {
        table.remove(wake_up).await?;
    }
    Ok(())
}

/// A wake-up that is due exactly at the end of the given time is not found.
pub async fn what_is_due_later_is_not_found<T: WakeUps>(table: &T) -> Checked {
    let ours = [wake_up()];
    table.keep(&ours[0]).await?;
    awaited(table, ours[0].due.plus_millis(1), &ours, &ours).await?;
    assert_eq!(found(table, ours[0].due, &ours).await?, []);
    table.remove(&ours[0]).await
}

/// The SDK may repeat a write whose reply was lost.
pub async fn keeping_twice_is_keeping_once<T: WakeUps>(table: &T) -> Checked {
    let ours = [wake_up()];
    table.keep(&ours[0]).await?;
    table.keep(&ours[0]).await?;
    awaited(table, ours[0].due.plus_millis(1), &ours, &ours).await?;
    table.remove(&ours[0]).await?;
    awaited(table, ours[0].due.plus_millis(1), &ours, &[]).await
}

/// Two runs side by side may move the same.
pub async fn removing_twice_is_removing_once<T: WakeUps>(table: &T) -> Checked {
    let (gone, stays) = (wake_up(), wake_up());
    table.keep(&gone).await?;
    table.keep(&stays).await?;
    table.remove(&gone).await?;
    table.remove(&gone).await?;
    let (ours, until) = ([gone, stays], gone.due.max(stays.due).plus_millis(1));
    awaited(table, until, &ours, &[stays]).await?;
    table.remove(&stays).await
}

/// No more than asked for, and the first ones.
pub async fn a_limited_look_shows_the_earliest<T: WakeUps>(table: &T) -> Checked {
    let first = WakeUp { due: Timestamp::EPOCH, ..wake_up() };
    let second = WakeUp { due: Timestamp::from_millis(1), ticket: first.ticket };
    table.keep(&second).await?;
    table.keep(&first).await?;
    let mut shown = Vec::new();
    for _ in 0..LOOKS {
        shown = table.due_before(first.shard(), Timestamp::from_millis(2), 1).await?;
        if shown == [first] {
            break;
        }
    }
    assert_eq!(shown, [first]);
    table.remove(&first).await?;
    table.remove(&second).await
}
