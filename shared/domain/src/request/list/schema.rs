//! The parameters of lists.

use serde_json::{Value, json};

use super::{CampaignsRequest, ConversationsRequest, ListRequest, ShortListRequest};
use crate::limits::{LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX};
use crate::reading::statistics::Period;
use crate::schema::{Parameter, uuid};
use crate::values::status::Status;

impl ListRequest {
    /// The parameters of the query.
    pub fn parameters() -> Vec<Parameter> {
        let statuses = json!({ "type": "string", "enum": Status::ALL.map(Status::name) });
        let time = json!({ "type": "string", "format": "date-time" });
        let filters = [
            parameter("status", "Only messages in this state.", statuses),
            parameter("sessionId", "Only messages of this session.", uuid()),
            parameter("to", "Only messages to and from this number or chat.", json!({ "type": "string" })),
            parameter("since", "Only messages created then or later.", time.clone()),
            parameter("until", "Only messages created before.", time),
        ];
        pages().into_iter().chain(filters).collect()
    }
}

impl CampaignsRequest {
    /// The parameters of the query.
    pub fn parameters() -> Vec<Parameter> {
        pages()
    }
}

impl ShortListRequest {
    /// The parameters of the query.
    pub fn parameters() -> Vec<Parameter> {
        pages()
    }
}

impl ConversationsRequest {
    /// The parameters of the query.
    pub fn parameters() -> Vec<Parameter> {
        vec![limit(), parameter("sessionId", "Only those of this session.", uuid())]
    }
}

/// The parameters of the query of `GET /messages/stats`.
pub fn stats_parameters() -> Vec<Parameter> {
    let periods = Period::ALL.map(Period::name);
    let schema = json!({ "type": "string", "enum": periods, "default": Period::Week.name() });
    vec![parameter("period", "How far back.", schema)]
}

fn pages() -> Vec<Parameter> {
    let page = json!({ "type": "integer", "minimum": 1, "default": 1 });
    let cursor = "`nextCursor` of an answer; not together with `page`.";
    vec![
        limit(),
        parameter("page", "Which page.", page),
        parameter("cursor", cursor, json!({ "type": "string" })),
    ]
}

fn limit() -> Parameter {
    let schema = json!({
        "type": "integer", "minimum": 1, "default": LIST_LIMIT_DEFAULT,
        "description": format!("More than {LIST_LIMIT_MAX} means {LIST_LIMIT_MAX}."),
    });
    parameter("limit", "How many are on a page.", schema)
}

fn parameter(name: &'static str, description: &'static str, schema: Value) -> Parameter {
    Parameter { name, description, schema }
}
