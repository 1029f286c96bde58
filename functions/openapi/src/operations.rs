//! All operations of the API.

use domain::request::{
    CampaignsRequest, ConversationsRequest, ListRequest, ShortListRequest, cancels_waiting_parameters,
    stats_parameters,
};
use serde_json::json;
use shared::http::ErrorCode;

use crate::operation::{Access, Operation};

/// All of them, in the order in which they are shown.
pub(crate) fn all() -> Vec<Operation> {
    [messages(), campaigns(), reading(), sessions(), api_keys(), login(), webhooks(), public()].concat()
}

fn messages() -> Vec<Operation> {
    vec![
        Operation::new("post", "/messages/send", "sendMessage")
            .says("Send a message", "Accepted at once; the sending happens behind it.")
            .json("SendRequest")
            .idempotent()
            .answers(202, "Accepted. `jobId` is the message's id.", "Accepted")
            .refuses(&[ErrorCode::SessionNotFound]),
        Operation::new("get", "/messages/{id}", "getMessage")
            .says("Look at a message", "")
            .path_id("id", "The message's id.")
            .answers(200, "The message.", "Message")
            .refuses(&[ErrorCode::MessageNotFound]),
        Operation::new("delete", "/messages/{id}", "cancelMessage")
            .says("Take a message back", "A second time is the same.")
            .path_id("id", "The message's id.")
            .answers(200, "The message, which will never be sent.", "Message")
            .refuses(&[ErrorCode::MessageNotFound, ErrorCode::NotCancellable]),
    ]
}

fn campaigns() -> Vec<Operation> {
    let campaign = |operation: Operation| {
        operation
            .tag("Campaigns")
            .path_id("id", "The campaign's id.")
            .answers(200, "The campaign.", "Campaign")
            .refuses(&[ErrorCode::CampaignNotFound])
    };
    vec![
        Operation::new("post", "/messages/bulk", "sendBulk")
            .tag("Campaigns")
            .says(
                "Start a campaign",
                "One message to each recipient, one after the other, behind everything else.",
            )
            .json("BulkRequest")
            .idempotent()
            .answers(202, "Accepted, with the recipients that were turned away.", "CampaignAccepted")
            .refuses(&[ErrorCode::SessionNotFound]),
        Operation::new("post", "/messages/bulk/csv", "sendCsv")
            .tag("Campaigns")
            .says(
                "Start a campaign from a CSV file",
                "The file has a column `phone`, and may have `message`; each \
                further column is a variable.",
            )
            .form("CsvForm")
            .idempotent()
            .answers(202, "Accepted, with the lines that were turned away.", "CampaignAccepted")
            .refuses(&[ErrorCode::SessionNotFound]),
        Operation::new("post", "/messages/bulk/uploads", "createUpload")
            .tag("Campaigns")
            .says(
                "Get an address to upload a large CSV file to",
                "The campaign begins when the file arrives.",
            )
            .json("UploadRequest")
            .idempotent()
            .answers(201, "Where to put the file.", "Upload")
            .refuses(&[ErrorCode::SessionNotFound]),
        Operation::new("get", "/campaigns", "listCampaigns")
            .tag("Campaigns")
            .says("List campaigns", "The newest first.")
            .queries(CampaignsRequest::parameters())
            .answers(200, "A page of campaigns.", "Campaigns"),
        campaign(Operation::new("get", "/campaigns/{id}", "getCampaign")).says("Look at a campaign", ""),
        campaign(Operation::new("delete", "/campaigns/{id}", "cancelCampaign"))
            .says("Take a campaign back", "Nothing of it goes out any more but a send that is in progress.")
            .refuses(&[ErrorCode::CampaignEnded]),
        campaign(Operation::new("post", "/campaigns/{id}/pause", "pauseCampaign"))
            .says("Let a campaign rest", "A second time is the same.")
            .refuses(&[ErrorCode::CampaignEnded]),
        campaign(Operation::new("post", "/campaigns/{id}/resume", "resumeCampaign"))
            .says("Let a campaign go on", "A second time is the same.")
            .refuses(&[ErrorCode::CampaignEnded]),
        Operation::new("get", "/campaigns/{id}/rejected", "rejectedRecipients")
            .tag("Campaigns")
            .says("The recipients that were turned away", "")
            .path_id("id", "The campaign's id.")
            .answers_with(200, "The list.", Some(("text/csv", json!({ "type": "string" }))))
            .answers_with(303, "A long list is at this address for some minutes.", None)
            .refuses(&[ErrorCode::CampaignNotFound]),
    ]
}

fn reading() -> Vec<Operation> {
    vec![
        Operation::new("get", "/messages", "listMessages")
            .says(
                "List messages",
                "The newest first. A request reads a bounded amount: a page may be short and say \
                `hasMore`.",
            )
            .queries(ListRequest::parameters())
            .answers(200, "A page of messages.", "Messages")
            .refuses(&[ErrorCode::SessionNotFound]),
        Operation::new("get", "/messages/stats", "messageStats")
            .says("Count messages", "Each counts once, in its present state, in the hour it was created in.")
            .access(Access::TokenOnly)
            .queries(stats_parameters())
            .answers(200, "Totals, rates and a time series.", "Statistics"),
        Operation::new("get", "/messages/conversations", "listConversations")
            .says("List the latest conversations", "")
            .queries(ConversationsRequest::parameters())
            .answers(200, "Conversations, the newest first.", "Conversations")
            .refuses(&[ErrorCode::SessionNotFound]),
    ]
}

fn sessions() -> Vec<Operation> {
    let session = |operation: Operation| {
        operation.tag("Sessions").path_id("id", "The session's id.").refuses(&[ErrorCode::SessionNotFound])
    };
    vec![
        Operation::new("get", "/sessions", "listSessions")
            .tag("Sessions")
            .says("List sessions", "The newest first.")
            .queries(ShortListRequest::parameters())
            .answers(200, "A page of sessions.", "Sessions"),
        Operation::new("post", "/sessions", "createSession")
            .tag("Sessions")
            .says("Make a session", "A generated webhook secret is shown in this answer alone.")
            .json("SessionRequest")
            .idempotent()
            .answers(201, "The session.", "NewSession")
            .refuses(&[ErrorCode::TooManySessions]),
        session(Operation::new("get", "/sessions/{id}", "getSession"))
            .says("Look at a session", "With its health: whether it is held, why, and until when.")
            .answers(200, "The session.", "Session"),
        session(Operation::new("patch", "/sessions/{id}", "updateSession"))
            .says("Change a session", "What is absent stays. Changing `provider` needs a token.")
            .json("SessionChange")
            .answers(200, "The session.", "NewSession")
            .refuses(&[ErrorCode::JwtRequired]),
        session(Operation::new("delete", "/sessions/{id}", "deleteSession"))
            .says("Delete a session", "Its messages stay readable.")
            .queries(cancels_waiting_parameters())
            .answers_with(204, "Deleted.", None)
            .answers(202, "Deleted; what waits is being cancelled.", "Deleting")
            .refuses(&[ErrorCode::SessionHasWaitingMessages]),
        session(Operation::new("post", "/sessions/{id}/resume", "resumeSession"))
            .says("End a hold at once", "The next message is the probe.")
            .answers(200, "The session.", "Session"),
    ]
}

fn api_keys() -> Vec<Operation> {
    let key = |operation: Operation| operation.tag("API keys").access(Access::TokenOnly);
    vec![
        key(Operation::new("get", "/api-keys", "listApiKeys"))
            .says("List API keys", "The newest first.")
            .queries(ShortListRequest::parameters())
            .answers(200, "A page of keys, without the keys themselves.", "ApiKeys"),
        key(Operation::new("post", "/api-keys", "createApiKey"))
            .says("Make an API key", "It is shown in this answer alone.")
            .json("ApiKeyRequest")
            .idempotent()
            .answers(201, "The key.", "NewApiKey")
            .refuses(&[ErrorCode::TooManyApiKeys]),
        key(Operation::new("delete", "/api-keys/{id}", "revokeApiKey"))
            .says("Revoke an API key", "")
            .path_id("id", "The key's id.")
            .answers_with(204, "It is refused from now on.", None)
            .refuses(&[ErrorCode::ApiKeyNotFound]),
    ]
}

fn login() -> Vec<Operation> {
    let page = |operation: Operation| {
        operation.tag("Login").access(Access::Public).refuses(&[ErrorCode::LoginNotConfigured])
    };
    let text = || json!({ "type": "string" });
    vec![
        page(Operation::new("get", "/auth/google", "login"))
            .says("Log in", "Sends a browser to the OpenID provider, which sends it back to the callback.")
            .answers_with(303, "To the provider.", None),
        page(Operation::new("get", "/auth/google/callback", "loginCallback"))
            .says("The way back from the OpenID provider", "The first login makes an account.")
            .query("state", "As the login gave it.", text())
            .query("code", "What the provider gives.", text())
            .answers(200, "A token for an hour.", "Token")
            .answers_with(303, "To the page that the stack names, with the token in the fragment.", None)
            .refuses(&[ErrorCode::LoginStateInvalid, ErrorCode::LoginFailed, ErrorCode::LoginNotAllowed]),
    ]
}

fn webhooks() -> Vec<Operation> {
    let webhook = |operation: Operation| {
        operation
            .tag("Webhooks of providers")
            .access(Access::Public)
            .unlimited()
            .path_id("provider", "`waha` or `cloud_api`.")
            .path_id("sessionId", "The session.")
            .refuses(&[ErrorCode::RouteNotFound])
    };
    vec![
        webhook(Operation::new("get", "/provider-webhooks/{provider}/{sessionId}", "verifyWebhook"))
            .says("The handshake of the Cloud API", "")
            .answers_with(200, "The challenge.", Some(("text/plain", json!({ "type": "string" }))))
            .refuses(&[ErrorCode::VerifyTokenInvalid]),
        webhook(Operation::new("post", "/provider-webhooks/{provider}/{sessionId}", "receiveWebhook"))
            .says("What a provider tells", "Signed over the raw body, by the provider's own header.")
            .json("ProviderWebhook")
            .answers_with(200, "Taken.", Some(("application/json", json!({ "type": "object" }))))
            .refuses(&[ErrorCode::SignatureInvalid]),
    ]
}

fn public() -> Vec<Operation> {
    let page = |operation: Operation| operation.tag("About the API").access(Access::Public);
    vec![
        page(Operation::new("get", "/billing/plans", "billingPlans"))
            .says("The plans that are offered", "")
            .answers(200, "The plans, as configured.", "Plans"),
        page(Operation::new("get", "/openapi.json", "openapi")).says("This document", "").answers_with(
            200,
            "The document.",
            Some(("application/json", json!({ "type": "object" }))),
        ),
        page(Operation::new("get", "/docs", "docs")).says("This document, for people", "").answers_with(
            200,
            "A page.",
            Some(("text/html", json!({ "type": "string" }))),
        ),
    ]
}
