//! Chores: opened, moved on one step at a time by one caller at a time, and finished.

use domain::chores::{CampaignWalk, Chore, OpenChore};
use domain::tuning::CHORES_SWEPT;
use domain::values::time::Timestamp;
use shared::ports::{BeginChores, PortError, RunChores, SweepChores};

use crate::{Checked, sample};

/// All roles of the rows of chores.
pub trait Chores: BeginChores + RunChores + SweepChores {}

impl<T: BeginChores + RunChores + SweepChores> Chores for T {}

const DUE: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LATER: Timestamp = Timestamp::from_millis(1_800_000_060_000);

fn chore() -> Chore {
    Chore::clear_session(sample::session_id())
}

/// The same chore, further on.
fn further(chore: &Chore) -> Chore {
    match *chore {
        Chore::ClearSession { session_id, .. } => {
            Chore::ClearSession { session_id, campaigns: CampaignWalk::Done }
        }
        Chore::ClearCampaign { .. } => chore.clone(),
    }
}

async fn open<T: Chores>(table: &T, chore: &Chore) -> Result<OpenChore, PortError> {
    Ok(table.open(chore.subject()).await?.expect("the chore is open"))
}

/// As it was begun, until it is finished.
pub async fn a_chore_is_open_until_it_is_finished<T: Chores>(table: &T) -> Checked {
    let chore = chore();
    assert_eq!(table.open(chore.subject()).await?, None);
    let step = table.begin(&chore, DUE).await?;
    let seen = open(table, &chore).await?;
    assert_eq!((seen.step(), &seen.chore, seen.due), (step, &chore, DUE));
    assert!(table.finish(&seen).await?);
    assert_eq!(table.open(chore.subject()).await?, None);
    assert!(!table.finish(&seen).await?, "it is finished already");
    Ok(())
}

/// Of two who have seen the same step one goes on.
pub async fn a_step_is_taken_by_one<T: Chores>(table: &T) -> Checked {
    let chore = chore();
    table.begin(&chore, DUE).await?;
    let seen = open(table, &chore).await?;
    let next = table.advance(&seen, &further(&chore), LATER).await?.expect("nobody else");
    assert_eq!(next.number, seen.number + 1);
    assert_eq!(table.advance(&seen, &chore, DUE).await?, None);
    assert!(!table.finish(&seen).await?, "the chore has moved on");
    let now = open(table, &chore).await?;
    assert_eq!((now.step(), now.chore.clone(), now.due), (next, further(&chore), LATER));
    assert!(table.finish(&now).await?);
    Ok(())
}

/// The SDK may repeat a write whose reply was lost.
pub async fn moving_on_twice_is_moving_on_once<T: Chores>(table: &T) -> Checked {
    let chore = chore();
    table.begin(&chore, DUE).await?;
    let seen = open(table, &chore).await?;
    let next = table.advance(&seen, &further(&chore), LATER).await?;
    assert_eq!(table.advance(&seen, &further(&chore), LATER).await?, next);
    assert!(table.finish(&open(table, &chore).await?).await?);
    Ok(())
}

/// Who has seen less than whoever begins it again cannot finish it.
pub async fn beginning_again_keeps_the_place_and_makes_a_new_step<T: Chores>(table: &T) -> Checked {
    let chore = chore();
    table.begin(&chore, DUE).await?;
    let first = open(table, &chore).await?;
    table.advance(&first, &further(&chore), DUE).await?;
    let seen = open(table, &chore).await?;
    let again = table.begin(&chore, LATER).await?;
    assert_eq!(again.number, seen.number + 1);
    assert!(!table.finish(&seen).await?);
    let now = open(table, &chore).await?;
    assert_eq!(
        (now.chore.clone(), now.due),
        (further(&chore), DUE),
        "who begins it again does not put it off"
    );
    assert!(table.finish(&now).await?);
    Ok(())
}

/// From its first place, whatever its place was.
pub async fn starting_over_forgets_the_place<T: Chores>(table: &T) -> Checked {
    let chore = chore();
    table.begin(&chore, DUE).await?;
    let first = open(table, &chore).await?;
    table.advance(&first, &further(&chore), DUE).await?;
    let again = table.start_over(&chore, LATER).await?;
    assert_eq!(again.number, first.number + 2);
    let now = open(table, &chore).await?;
    assert_eq!((now.step(), &now.chore), (again, &chore));
    assert!(table.finish(&now).await?);
    Ok(())
}

/// A step from before must not be taken for one of its own.
pub async fn a_new_chore_counts_from_elsewhere<T: Chores>(table: &T) -> Checked {
    let chore = chore();
    table.begin(&chore, DUE).await?;
    let first = open(table, &chore).await?;
    assert!(table.finish(&first).await?);
    table.begin(&chore, LATER).await?;
    let second = open(table, &chore).await?;
    assert_ne!(second.number, first.number);
    assert!(!table.finish(&first).await?);
    assert!(table.finish(&second).await?);
    Ok(())
}

/// Found by whoever looks for what stands still; what was postponed says so.
pub async fn open_chores_are_listed<T: Chores>(table: &T) -> Checked {
    let chore = chore();
    table.begin(&chore, DUE).await?;
    let seen = open(table, &chore).await?;
    assert!(table.open_chores(CHORES_SWEPT).await?.contains(&seen));
    table.postpone(&seen, LATER).await?;
    let postponed = open(table, &chore).await?;
    assert_eq!((postponed.step(), postponed.due), (seen.step(), LATER));
    let moved = table.advance(&postponed, &chore, LATER).await?.expect("nobody else");
    table.postpone(&postponed, DUE).await?;
    let now = open(table, &chore).await?;
    assert_eq!((now.step(), now.due), (moved, LATER), "the step that was postponed has been taken");
    assert!(table.finish(&now).await?);
    assert!(!table.open_chores(CHORES_SWEPT).await?.contains(&now));
    Ok(())
}
