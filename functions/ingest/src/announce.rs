//! Telling a session that it has work.

use domain::campaign::Campaign;
use domain::ingest::due;
use domain::priority::Priority;
use domain::ticket::Ticket;
use domain::time::Timestamp;
use domain::timer::TimerItem;
use shared::ports::{PortError, SendLater, SendTickets};

/// Sends a ticket for a campaign whose rows are stored and may be sent: at once, or through the timer when it begins later.
/// This is the one place that announces campaigns.
///
/// A second one does no harm. `id` is the deduplication id: that of the step's delivery, so that it is the same when the
/// step comes again, and fresh otherwise.
pub(crate) async fn announce(
    tickets: &impl SendTickets,
    timer: &impl SendLater,
    campaign: &Campaign,
    id: &str,
    now: Timestamp,
) -> Result<(), PortError> {
    let message_id = campaign.campaign_id.message(1);
    let ticket = Ticket { session_id: campaign.session_id, priority: Priority::Bulk, message_id };
    let wait_s = u32::try_from((due(campaign).millis_since(now).max(0) + 999) / 1000).unwrap_or(u32::MAX);
    match wait_s {
        0 => tickets.send(&ticket, id).await,
        _ => timer.send_later(&TimerItem::Ticket(ticket), wait_s).await,
    }
}
