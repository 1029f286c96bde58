//! `POST /messages/bulk/csv`: accepts a campaign whose recipients are in a CSV file.
//!
//! Everything is checked and prepared at once; storing the rows is left to ingestion.

#![allow(async_fn_in_trait)]

use domain::request::{BulkRules, CampaignTerms};
use domain::values::ids::CampaignId;
use shared::http::{Admit, ApiRequest, ApiResponse, Asked, Problem, StatusCode, csv_form, once, own_session};
use shared::intake::{Draft, accepted, begin, prepare_csv, refused_file};
use shared::ports::{
    Clock, ControlCampaigns, Entropy, FileKind, KeepAnswers, ReadSessions, SendSteps, WriteCampaigns,
    WriteFiles,
};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, C, B, Q, I, K, E> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// The table of campaigns.
    pub campaigns: C,
    /// The files of campaigns.
    pub files: B,
    /// The queue of ingestion.
    pub steps: Q,
    /// The answers to requests that may be sent again.
    pub answers: I,
    /// Time.
    pub clock: K,
    /// Randomness.
    pub entropy: E,
    /// What a campaign may ask for.
    pub rules: BulkRules,
}

/// Accepts a campaign. The limit and the credentials go first: a file of some megabytes is read for those only who may
/// send it.
pub async fn handle<F, S, C, B, Q, I, K, E>(
    deps: &Deps<F, S, C, B, Q, I, K, E>,
    request: ApiRequest,
) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions,
    C: WriteCampaigns + ControlCampaigns,
    B: WriteFiles,
    Q: SendSteps,
    I: KeepAnswers,
    K: Clock,
    E: Entropy,
{
    let now = deps.clock.now();
    let account_id = deps.front.admit(&request, now).await?.account_id;
    let form = csv_form(&request).await?;
    // Not the body: its boundary is another one each time.
    let fields = form.fields.to_string();
    let content: &[&[u8]] = &[fields.as_bytes(), &form.file];
    let asked = Asked { account_id, route: "messages/bulk/csv", content, now };
    once(&deps.answers, &deps.entropy, &request, asked, async |seed| {
        let terms = CampaignTerms::parse(&form.fields, seed.at, deps.rules).map_err(Problem::validation)?;
        own_session(&deps.sessions, account_id, terms.session_id).await?;
        let campaign_id = CampaignId::new(seed.at, seed.random);
        let draft = Draft { account_id, campaign_id, terms, created_at: seed.at };
        let prepared = prepare_csv(&deps.files, &draft, &form.file).await?.map_err(refused_file)?;
        let came = (FileKind::Csv, form.file.clone());
        let campaign =
            begin(&deps.campaigns, &deps.files, &deps.steps, &draft, &prepared, came, seed.is_repeat).await?;
        Ok(ApiResponse::json(StatusCode::ACCEPTED, &accepted(&campaign, &prepared)))
    })
    .await
}
