//! Applies providers' reports: those from webhooks, those that had to wait, and those of the sandbox.

use domain::message::report::{About, Report, may_settle_unknown, settled};
use domain::values::ids::{MessageKey, SessionId};

use crate::ports::{PortError, ReportMessages, Reported};

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The message moved forward, or was there already.
    Yes,
    /// A worker has the message in hand, and will record the send.
    TooEarly,
    /// No message of the session has this id; it may be a message whose send was not recorded yet.
    Unknown,
}

/// Applies a report to its message.
///
/// `may_settle` says that no worker has a message whose send is not recorded yet. Only then can a report with an unknown
/// id be about an earlier message of unknown outcome.
pub async fn apply(
    messages: &impl ReportMessages,
    session_id: SessionId,
    about: &About,
    report: &Report,
    may_settle: bool,
) -> Result<Applied, PortError> {
    match about {
        About::OurId { message_id } => {
            store(messages, MessageKey { session_id, message_id: *message_id }, report).await
        }
        About::TheirId { provider_message_id, to, text } => {
            if let Some(message_id) = messages.find(session_id, provider_message_id).await? {
                return store(messages, MessageKey { session_id, message_id }, report).await;
            }
            if !may_settle || !may_settle_unknown(provider_message_id, to.as_ref()) {
                return Ok(Applied::Unknown);
            }
            let unknown = messages.unsettled(session_id).await?;
            let found = settled(&unknown, provider_message_id, to.as_ref(), text.as_deref(), report.at);
            let Some(message) = found else { return Ok(Applied::Unknown) };
            tracing::info!(%session_id, message_id = %message.message_id, "a report settles an unknown outcome");
            let report = Report { provider_message_id: Some(provider_message_id.clone()), ..report.clone() };
            store(messages, message.key(), &report).await
        }
    }
}

async fn store(
    messages: &impl ReportMessages,
    key: MessageKey,
    report: &Report,
) -> Result<Applied, PortError> {
    Ok(match messages.report(key, report).await? {
        Reported::Applied => {
            let (session_id, message_id) = (key.session_id, key.message_id);
            tracing::info!(%session_id, %message_id, status = report.status.name(), "a message moved forward");
            Applied::Yes
        }
        Reported::NothingNew => Applied::Yes,
        Reported::TooEarly => Applied::TooEarly,
        Reported::NotFound => Applied::Unknown,
    })
}
