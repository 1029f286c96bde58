//! `POST /messages/bulk/uploads`: an address to upload a large file to.
//!
//! The settings that all recipients share are stored in a file next to it. The campaign begins when the file arrives; when
//! it never does, there is none.

use domain::access::idempotency::Seed;
use domain::limits::{NAME_MAX_CHARS, UPLOAD_URL_MS};
use domain::request::{BulkContext, BulkRules, UploadRequest};
use domain::values::ids::CampaignId;
use shared::http::{
    Answer, ApiResponse, Body, Call, Endpoint, ErrorCode, LimitKind, Problem, StatusCode, named_session,
    session_not_found,
};
use shared::intake::Draft;
use shared::ports::{FileKind, ReadSessions, SignUploads, WriteFiles};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_once};
use shared::views::{UploadView, upload_view};
use shared::{deps, schema};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Campaigns",
    summary: "Get an address to upload a large CSV file to",
    detail: "The campaign begins when the file arrives.",
    limit: Some(LimitKind::Bulk),
    idempotent: true,
    body: Some(Body::json("UploadRequest", schema!(UploadRequest::schema))),
    answers: &[Answer::json::<UploadView>(201, "Where to put the file.")],
    refusals: &[ErrorCode::SessionNotFound],
    ..Endpoint::post("/messages/bulk/uploads", "createUpload")
};

deps! {
    Uploading {
        sessions: Sessions: ReadSessions,
        files: Files: WriteFiles + SignUploads;
        rules: BulkRules,
    }
}

/// Answers with an address.
pub async fn handle<W: Uploading>(deps: &Deps<W>, call: Call, seed: Seed) -> Result<ApiResponse, Problem> {
    let Call { caller, content, now, .. } = call;
    let account_id = caller.account_id;
    let session = named_session(&deps.sessions, account_id, content.json()).await?;
    let session = session.as_ref().map(|state| &state.session);
    let context = BulkContext { now: seed.at, rules: deps.rules, session };
    let upload = UploadRequest::parse(content.json(), context).map_err(Problem::validation)?;
    session.ok_or_else(|| session_not_found(&upload.terms.session_id.to_string()))?;
    let campaign_id = CampaignId::new(seed.at, seed.random);
    let size = upload.size;
    let terms = named(upload);
    let draft = Draft { account_id, campaign_id, terms, created_at: seed.at };
    let kept = serde_json::to_vec(&draft).map_err(|error| Problem {
        cause: Some(error.to_string()),
        ..Problem::new(ErrorCode::Internal, "The upload could not be prepared.")
    })?;
    deps.files.put(draft.file(FileKind::Draft), kept.into()).await?;
    let signed = deps.files.sign(draft.file(FileKind::Upload), size, now, UPLOAD_URL_MS).await?;
    Ok(ApiResponse::json(StatusCode::CREATED, &upload_view(campaign_id, signed)))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_once(&stack, &ENDPOINT, |call, seed| handle(&deps, call, seed)).await
}

/// A campaign without a name gets that of its file.
fn named(upload: UploadRequest) -> domain::request::CampaignTerms {
    let UploadRequest { terms, file_name, .. } = upload;
    let name = terms.name.unwrap_or_else(|| file_name.chars().take(NAME_MAX_CHARS).collect());
    domain::request::CampaignTerms { name: Some(name), ..terms }
}
