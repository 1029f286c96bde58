//! What answers hold: schemas that are derived from the types of the answers.

use serde_json::{Map, Value};
use shared::views::{
    AcceptedView, ApiKeyView, CampaignAcceptedView, CampaignView, ConversationView, DeletingView,
    MessageView, NewApiKeyView, NewSessionView, Page, PlansView, ProblemView, SessionView, StatisticsView,
    TokenView, UploadView, generator,
};

/// The schemas of all answers, and of what they refer to, by their names.
pub(crate) fn schemas() -> Map<String, Value> {
    let mut generator = generator();
    generator.subschema_for::<AcceptedView>();
    generator.subschema_for::<Page<MessageView>>();
    generator.subschema_for::<CampaignAcceptedView>();
    generator.subschema_for::<UploadView>();
    generator.subschema_for::<Page<CampaignView>>();
    generator.subschema_for::<StatisticsView>();
    generator.subschema_for::<Page<ConversationView>>();
    generator.subschema_for::<Page<SessionView>>();
    generator.subschema_for::<NewSessionView>();
    generator.subschema_for::<DeletingView>();
    generator.subschema_for::<Page<ApiKeyView>>();
    generator.subschema_for::<NewApiKeyView>();
    generator.subschema_for::<TokenView>();
    generator.subschema_for::<PlansView>();
    generator.subschema_for::<ProblemView>();
    generator.take_definitions(true)
}
