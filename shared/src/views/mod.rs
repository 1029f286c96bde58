//! What answers hold: one type for each, and what makes it.
//!
//! With the feature `schema`, the contract's schemas are derived from these types. Their doc comments are the
//! descriptions there, so that they are written for callers.

mod api_key;
mod campaign;
mod campaign_accepted;
mod conversation;
mod message;
mod page;
mod plans;
mod problem;
mod provider;
#[cfg(feature = "schema")]
mod schema;
mod session;
mod statistics;
mod time;
mod token;
mod upload;
mod webhook;

pub use api_key::{ApiKeyView, NewApiKeyView, api_key_view};
pub use campaign::{CampaignCounts, CampaignView, campaign_view};
pub use campaign_accepted::{CampaignAcceptedView, RejectedRow, accepted};
pub use conversation::{ConversationCounts, ConversationView, LastMessage, conversation_view};
pub use message::{Accepted, AcceptedView, InboundView, MessageView, WaitingView, message_view};
pub use page::{Page, Pagination, short_list};
pub use plans::PlansView;
pub use problem::{ErrorView, ProblemView};
pub use provider::ProviderView;
#[cfg(feature = "schema")]
pub use schema::generator;
pub use session::{
    DeletingView, HealthStatus, HealthView, NewSessionView, PacingView, SessionView, health_view,
};
pub use statistics::{PartView, StatisticsView, StatusCounts, statistics_view};
pub use time::Time;
pub use token::TokenView;
pub use upload::{UploadTarget, UploadView, upload_view};
pub use webhook::WebhookTakenView;
