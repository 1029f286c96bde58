//! Telling a session that it has work.

use domain::campaign::Campaign;
use domain::campaign::ingest::due;
use domain::sending::ticket::Ticket;
use domain::sending::wake_up::WakeUp;
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use shared::announce::Announce;
use shared::ports::PortError;

/// Announces a campaign whose rows are stored and may be sent. This is the one place that announces campaigns.
///
/// A second time does no harm. `id` is the deduplication id: that of the step's delivery, so that it is the same when the
/// step comes again, and fresh otherwise.
pub(crate) async fn announce(
    announcer: &impl Announce,
    campaign: &Campaign,
    id: &str,
    now: Timestamp,
) -> Result<(), PortError> {
    let message_id = campaign.campaign_id.message(1);
    let ticket = Ticket::new(campaign.session_id, Priority::Bulk, message_id);
    announcer.announce(&WakeUp { due: due(campaign), ticket }, id, now).await
}
