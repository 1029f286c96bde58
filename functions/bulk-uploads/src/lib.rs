//! `POST /messages/bulk/uploads`: an address to upload a large file to.
//!
//! What the campaign's recipients have in common is kept as a file beside. The campaign begins when the file arrives; when
//! it never does, there is none.

#![allow(async_fn_in_trait)]

use domain::limits::{NAME_MAX_CHARS, UPLOAD_URL_MS};
use domain::request::{BulkRules, UploadRequest};
use domain::values::ids::CampaignId;
use shared::http::{
    Admit, ApiRequest, ApiResponse, Asked, ErrorCode, Problem, StatusCode, json_body, once, own_session,
};
use shared::intake::Draft;
use shared::ports::{Clock, Entropy, FileKind, KeepAnswers, ReadSessions, SignUploads, WriteFiles};
use shared::views::upload_view;

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, B, I, K, E> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// The files of campaigns.
    pub files: B,
    /// The answers to requests that may be sent again.
    pub answers: I,
    /// Time.
    pub clock: K,
    /// Randomness.
    pub entropy: E,
    /// What a campaign may ask for.
    pub rules: BulkRules,
}

/// Answers with an address.
pub async fn handle<F, S, B, I, K, E>(
    deps: &Deps<F, S, B, I, K, E>,
    request: ApiRequest,
) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions,
    B: WriteFiles + SignUploads,
    I: KeepAnswers,
    K: Clock,
    E: Entropy,
{
    let now = deps.clock.now();
    let account_id = deps.front.admit(&request, now).await?.account_id;
    let asked = Asked { account_id, route: "messages/bulk/uploads", content: &[&request.body], now };
    once(&deps.answers, &deps.entropy, &request, asked, async |seed| {
        let upload =
            UploadRequest::parse(&json_body(&request)?, seed.at, deps.rules).map_err(Problem::validation)?;
        own_session(&deps.sessions, account_id, upload.terms.session_id).await?;
        let campaign_id = CampaignId::new(seed.at, seed.random);
        let terms = named(upload);
        let draft = Draft { account_id, campaign_id, terms, created_at: seed.at };
        let kept = serde_json::to_vec(&draft).map_err(|error| Problem {
            cause: Some(error.to_string()),
            ..Problem::new(ErrorCode::Internal, "The upload could not be prepared.")
        })?;
        deps.files.put(draft.file(FileKind::Draft), kept.into()).await?;
        let signed = deps.files.sign(draft.file(FileKind::Upload), now, UPLOAD_URL_MS).await?;
        Ok(ApiResponse::json(StatusCode::CREATED, &upload_view(campaign_id, signed)))
    })
    .await
}

/// A campaign without a name bears that of its file.
fn named(upload: UploadRequest) -> domain::request::CampaignTerms {
    let UploadRequest { terms, file_name } = upload;
    let name = terms.name.unwrap_or_else(|| file_name.chars().take(NAME_MAX_CHARS).collect());
    domain::request::CampaignTerms { name: Some(name), ..terms }
}
