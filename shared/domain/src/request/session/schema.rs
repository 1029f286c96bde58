//! The schemas of requests about sessions and API keys.

use serde_json::{Value, json};

use super::{ApiKeyRequest, SessionChange, SessionRequest};
use crate::limits::{GAP_CEILING_MS, NAME_MAX_CHARS};
use crate::request::{limits, recipient};
use crate::schema::{Parameter, body, name};

impl SessionRequest {
    /// The schema of the body.
    pub fn schema() -> Value {
        body(&["name", "provider"], &session_fields())
    }
}

impl SessionChange {
    /// The schema of the body.
    pub fn schema() -> Value {
        body(&[], &session_fields())
    }
}

impl ApiKeyRequest {
    /// The schema of the body.
    pub fn schema() -> Value {
        body(&["name"], &json!({ "name": name() }))
    }
}

fn session_fields() -> Value {
    let gap = json!({ "type": ["integer", "null"], "maximum": GAP_CEILING_MS });
    json!({
        "name": { "type": ["string", "null"], "minLength": 1, "maxLength": NAME_MAX_CHARS },
        "provider": { "$ref": "#/components/schemas/Provider" },
        "pacing": {
            "type": ["object", "null"], "description": "Range of the gaps between two messages, in milliseconds.",
            "properties": { "minGapMs": gap, "maxGapMs": gap }, "additionalProperties": false,
        },
        "limits": limits::schema(),
        "defaultCountry": recipient::country_schema(),
    })
}

/// The query of a request that deletes a session.
pub fn cancels_waiting_parameters() -> Vec<Parameter> {
    vec![Parameter {
        name: "cancelWaiting",
        description: "Cancels what waits; without it, waiting messages keep the session.",
        schema: json!({ "type": "boolean", "default": false }),
    }]
}
