//! `POST /messages/bulk`: accepts a campaign whose recipients are in the body.
//!
//! Everything is checked and prepared at once; storing the rows is left to ingestion.

use domain::access::idempotency::Seed;
use domain::request::{BulkContext, BulkRequest, BulkRules};
use domain::values::ids::CampaignId;
use shared::http::{
    Answer, ApiResponse, Body, Call, Endpoint, ErrorCode, LimitKind, Problem, StatusCode, named_session,
    session_not_found,
};
use shared::intake::{Draft, accepted, begin, prepare_json};
use shared::ports::{ControlCampaigns, CreateCampaigns, FileKind, ReadSessions, SendSteps, WriteFiles};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_once};
use shared::views::CampaignAcceptedView;
use shared::{deps, schema};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Campaigns",
    summary: "Start a campaign",
    detail: "One message to each recipient, one after the other, behind everything else.",
    limit: Some(LimitKind::Bulk),
    idempotent: true,
    body: Some(Body::json_list("BulkRequest", schema!(BulkRequest::schema))),
    answers: &[Answer::json::<CampaignAcceptedView>(202, "Accepted, with the rejected recipients.")],
    refusals: &[ErrorCode::SessionNotFound],
    ..Endpoint::post("/messages/bulk", "sendBulk")
};

deps! {
    Starting {
        sessions: Sessions: ReadSessions,
        campaigns: Campaigns: CreateCampaigns + ControlCampaigns,
        files: Files: WriteFiles,
        steps: Steps: SendSteps;
        rules: BulkRules,
    }
}

/// Accepts a campaign.
pub async fn handle<W: Starting>(deps: &Deps<W>, call: Call, seed: Seed) -> Result<ApiResponse, Problem> {
    let Call { caller, request, content, .. } = call;
    let account_id = caller.account_id;
    let session = named_session(&deps.sessions, account_id, content.json()).await?;
    let session = session.as_ref().map(|state| &state.session);
    let context = BulkContext { now: seed.at, rules: deps.rules, session };
    let bulk = BulkRequest::parse(content.json(), context).map_err(Problem::validation)?;
    session.ok_or_else(|| session_not_found(&bulk.terms.session_id.to_string()))?;
    let campaign_id = CampaignId::new(seed.at, seed.random);
    let draft = Draft { account_id, campaign_id, terms: bulk.terms, created_at: seed.at };
    let prepared = prepare_json(&deps.files, &draft, bulk.recipients).await?;
    let came = (FileKind::Json, request.body.clone());
    let campaign =
        begin(&deps.campaigns, &deps.files, &deps.steps, &draft, &prepared, came, seed.is_repeat).await?;
    Ok(ApiResponse::json(StatusCode::ACCEPTED, &accepted(&campaign, &prepared)))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_once(&stack, &ENDPOINT, |call, seed| handle(&deps, call, seed)).await
}
