//! `GET·POST /provider-webhooks/{provider}/{sessionId}`: what providers report.
//!
//! The signature is checked over the raw body before anything in it is read. What cannot be stored is answered with 503,
//! so that the provider repeats it: parts that were stored already are not stored twice.

mod access;

use futures_util::StreamExt;
use shared::views::WebhookTakenView;
use std::pin::pin;
use std::sync::Arc;

use access::{challenge, session_id, signed, unsigned};
use domain::limits::WEBHOOK_BODY_MAX_BYTES;
use domain::message::Retention;
use domain::message::inbound::message;
use domain::message::report::{About, Report};
use domain::sending::timer::TimerItem;
use domain::session::SessionState;
use domain::tuning::REPORT_PARKED_S;
use domain::values::ids::SessionId;
use domain::values::time::Timestamp;
use futures_util::stream::iter;
use http::Method;
use serde_json::Value;
use shared::http::{Access, Answer, ApiRequest, ApiResponse, Body, Endpoint, ErrorCode, Problem, StatusCode};
use shared::ports::{AcceptMessages, Clock, PortError, ReadSessions, ReportMessages, SendLater};
use shared::providers::webhook::{NotAWebhook, Notice, WebhookSource, signature};
use shared::reports::{Applied, apply};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_requests};
use shared::{deps, schema};

/// How many parts of a body are stored at the same time.
const AT_ONCE: usize = 32;

/// What providers report.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Webhooks of providers",
    summary: "What a provider tells",
    detail: "Signed over the raw body, by the provider's own header.",
    access: Access::Public,
    limit: None,
    body: Some(Body::raw(
        "ProviderWebhook",
        schema!(|| serde_json::json!({ "type": "object", "description": "In the provider's own form." })),
    )),
    answers: &[Answer::json::<WebhookTakenView>(200, "Taken.")],
    refusals: &[ErrorCode::RouteNotFound, ErrorCode::SignatureInvalid],
    ..Endpoint::post("/provider-webhooks/{provider}/{sessionId}", "receiveWebhook")
};

/// How the Cloud API checks the address.
pub const HANDSHAKE: Endpoint = Endpoint {
    tag: "Webhooks of providers",
    summary: "The handshake of the Cloud API",
    access: Access::Public,
    limit: None,
    answers: &[Answer::text(200, "The challenge.", "text/plain")],
    refusals: &[ErrorCode::RouteNotFound, ErrorCode::VerifyTokenInvalid],
    ..Endpoint::get("/provider-webhooks/{provider}/{sessionId}", "verifyWebhook")
};

deps! {
    TakingWebhooks {
        sessions: Sessions: ReadSessions,
        messages: Messages: ReportMessages + AcceptMessages,
        timer: Timer: SendLater,
        clock: Clock: Clock;
        retention: Retention,
    }
}

/// Takes a provider's webhook.
pub async fn handle<W: TakingWebhooks>(
    deps: &Deps<W>,
    request: Arc<ApiRequest>,
) -> Result<ApiResponse, Problem> {
    let now = deps.clock.now();
    if request.body.len() > WEBHOOK_BODY_MAX_BYTES {
        let detail = format!("The body may have at most {WEBHOOK_BODY_MAX_BYTES} bytes.");
        return Err(Problem::new(ErrorCode::BodyTooLarge, detail));
    }
    let session_id = session_id(&request)?;
    let state = deps.sessions.load(session_id).await?;
    if request.method == Method::GET {
        return challenge(&request, state.as_ref().map(|state| &state.session));
    }
    let state = state.ok_or_else(unsigned)?;
    let notices = read(&request, signed(&request, &state.session)?, now)?;
    let count = notices.len();
    take_all(deps, &state, notices, now).await?;
    Ok(ApiResponse::json(StatusCode::OK, &WebhookTakenView { received: count }))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_requests(&stack, |request| handle(&deps, request)).await
}

/// What the body reports.
fn read(request: &ApiRequest, source: &dyn WebhookSource, now: Timestamp) -> Result<Vec<Notice>, Problem> {
    let body: Value = serde_json::from_slice(&request.body).map_err(|error| {
        Problem::new(ErrorCode::MalformedJson, format!("The body is not JSON in UTF-8: {error}."))
    })?;
    source
        .read(&body, now)
        .map_err(|error: NotAWebhook| Problem::new(ErrorCode::ValidationFailed, error.to_string()))
}

/// Stores all parts in parallel; fails if one part failed, after the others were stored.
async fn take_all<W: TakingWebhooks>(
    deps: &Deps<W>,
    state: &SessionState,
    notices: Vec<Notice>,
    now: Timestamp,
) -> Result<(), PortError> {
    let taken = notices.into_iter().map(|notice| take(deps, state, notice, now));
    let mut taken = pin!(iter(taken).buffered(AT_ONCE));
    let mut failed = None;
    while let Some(result) = taken.next().await {
        failed = failed.or(result.err());
    }
    failed.map_or(Ok(()), Err)
}

async fn take<W: TakingWebhooks>(
    deps: &Deps<W>,
    state: &SessionState,
    notice: Notice,
    now: Timestamp,
) -> Result<(), PortError> {
    let session = &state.session;
    match notice {
        Notice::Arrival(arrival) if !arrival.is_timely(now) => {
            tracing::warn!(session_id = %session.session_id, "passed over a message whose time cannot be true");
            Ok(())
        }
        Notice::Arrival(arrival) => {
            let owner = (session.account_id, session.session_id);
            let digest = signature::digest(&session.session_id.to_string(), &arrival.provider_message_id);
            let message = message(owner, *arrival, digest, now, deps.retention);
            deps.messages.put(&message).await.map(drop)
        }
        Notice::Report(about, report) => {
            // The session was read before: when nothing was in hand then, no send is still to be recorded.
            let nothing_in_hand = state.pacer.lease.is_none();
            match apply(&deps.messages, session.session_id, &about, &report, nothing_in_hand).await? {
                Applied::Yes => Ok(()),
                Applied::Unknown if nothing_in_hand => Ok(()),
                Applied::TooEarly | Applied::Unknown => park(deps, session.session_id, about, report).await,
            }
        }
    }
}

/// Keeps a report until our own record of the send is there.
async fn park<W: TakingWebhooks>(
    deps: &Deps<W>,
    session_id: SessionId,
    about: About,
    report: Report,
) -> Result<(), PortError> {
    let item = TimerItem::ProviderReport { session_id, about, report };
    deps.timer.send_later(&item, REPORT_PARKED_S).await
}
