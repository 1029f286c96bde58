//! Real time: the system that is tested has no other.
#![expect(clippy::disallowed_methods, reason = "the system under test runs in real time")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::values::time::Timestamp;

/// How long a test waits for what should come soon, in milliseconds: as long as a busy machine may need to start all
/// processes at once. How long things really take is measured by their own times, not by this.
pub const PATIENCE_MS: i64 = 60_000;

/// How often [`eventually`] looks.
const POLL_MS: u64 = 100;

/// Now.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock behind 1970");
    Timestamp::from_millis(i64::try_from(since.as_millis()).expect("a clock within i64"))
}

/// Waits.
pub async fn sleep_ms(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// Waits until a time of this machine's clock.
pub async fn sleep_until(at: Timestamp) {
    sleep_ms(u64::try_from(at.millis_since(now())).unwrap_or(0)).await;
}

/// Looks until there is something to return. The error of a look says what was seen instead; the last one is shown
/// when the time is over.
pub async fn eventually<T>(limit_ms: i64, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
    let end = now().plus_millis(limit_ms);
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) => assert!(now() < end, "still after {limit_ms} ms: {seen}"),
        }
        sleep_ms(POLL_MS).await;
    }
}
