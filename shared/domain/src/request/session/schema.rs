//! The schemas of requests about sessions and API keys.

use serde_json::{Value, json};

use super::{ApiKeyRequest, SessionChange, SessionRequest};
use crate::limits::{GAP_CEILING_MS, NAME_MAX_CHARS};
use crate::request::limits;
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
    })
}

/// The query of a request that deletes a session.
pub fn cancels_waiting_parameters() -> Vec<Parameter> {
    vec![Parameter {
        name: "cancelWaiting",
        description: "Takes back what waits; without it, waiting messages keep the session.",
        schema: json!({ "type": "boolean", "default": false }),
    }]
}

/// How a session reaches WhatsApp: what it needs depends on its kind.
pub fn provider_schema() -> Value {
    let text = |says: &str| json!({ "type": ["string", "null"], "description": says });
    let secret = |says: &str| json!({ "type": ["string", "null"], "writeOnly": true, "description": says });
    let flag = |says: &str| json!({ "type": ["boolean", "null"], "default": false, "description": says });
    let fields = json!({
        "kind": { "type": ["string", "null"], "enum": ["sandbox", "waha", "cloud_api", null] },
        "baseUrl": text("Of the WAHA server; of the Cloud API, if it is not Meta's own."),
        "apiKey": secret("WAHA: goes into `X-Api-Key`."),
        "session": text("WAHA: the session's name at the server."),
        "webhookSecret": secret("WAHA: signs webhooks; generated when it is absent."),
        "checkNumbers": flag("WAHA: asks before the first send to a contact whether the number is on WhatsApp."),
        "simulateTyping": flag("WAHA: shows the contact that something is being typed."),
        "ownMessageIds": flag("WAHA: gives messages ids of ours, which the engines NOWEB and GOWS take."),
        "phoneNumberId": text("Cloud API: Meta's id of the phone number."),
        "accessToken": secret("Cloud API: goes into `Authorization`."),
        "appSecret": secret("Cloud API: signs webhooks."),
        "verifyToken": secret("Cloud API: what the handshake of the webhook must bring."),
        "apiVersion": text("Cloud API: such as `v23.0`."),
    });
    json!({ "type": ["object", "null"], "properties": fields, "additionalProperties": false })
}
