//! The queue of ingestion.

use domain::campaign::ingest::IngestStep;

use super::PortError;

/// Going on with an ingestion.
pub trait SendSteps {
    /// Sends a step. It arrives at least once.
    async fn send(&self, step: &IngestStep) -> Result<(), PortError>;
}
