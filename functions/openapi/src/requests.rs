//! The bodies of requests, whose schemas stand beside their parsers.

use domain::bulk::json::recipient_schema;
use domain::request::{
    ApiKeyRequest, BulkRequest, SendRequest, SessionChange, SessionRequest, UploadRequest, provider_schema,
};
use serde_json::{Map, Value, json};
use shared::http::CsvForm;

/// All of them, by their names.
pub(crate) fn schemas() -> Map<String, Value> {
    let named = [
        ("SendRequest", SendRequest::schema()),
        ("BulkRequest", BulkRequest::schema()),
        ("Recipient", recipient_schema()),
        ("CsvForm", CsvForm::schema()),
        ("UploadRequest", UploadRequest::schema()),
        ("SessionRequest", SessionRequest::schema()),
        ("SessionChange", SessionChange::schema()),
        ("Provider", provider_schema()),
        ("ApiKeyRequest", ApiKeyRequest::schema()),
        ("ProviderWebhook", json!({ "type": "object", "description": "In the provider's own form." })),
    ];
    named.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}
