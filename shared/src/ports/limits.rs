//! Counting requests.

use domain::access::rate_limit::Usage;
use domain::values::time::Timestamp;

use super::PortError;

/// Counts clients' requests.
pub trait CountRequests {
    /// Counts a request of a client, unless its window is used up. Exact however many come at once.
    async fn count(&self, client: &str, limit: u32, now: Timestamp) -> Result<Usage, PortError>;
}
