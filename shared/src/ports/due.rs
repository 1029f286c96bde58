//! The table of wake-ups that lie too far ahead for the timer.

use domain::sending::wake_up::WakeUp;
use domain::values::time::Timestamp;

use super::PortError;

/// Keeping wake-ups.
pub trait KeepWakeUps {
    /// Keeps a wake-up until it is removed. Keeping the same again changes nothing.
    async fn keep(&self, wake_up: &WakeUp) -> Result<(), PortError>;
}

/// Looking at wake-ups.
pub trait ReadWakeUps {
    /// The first `limit` wake-ups of a shard that fall due before `until`, the earliest first. Strongly consistent.
    async fn due_before(&self, shard: u8, until: Timestamp, limit: usize) -> Result<Vec<WakeUp>, PortError>;
}

/// Removing wake-ups.
pub trait RemoveWakeUps {
    /// Removes a wake-up. Removing it twice changes nothing.
    async fn remove(&self, wake_up: &WakeUp) -> Result<(), PortError>;
}
