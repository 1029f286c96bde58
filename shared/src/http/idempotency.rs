//! `Idempotency-Key`: a request that is sent again is answered the same, and does nothing twice.
//!
//! | step | what is true when nothing follows |
//! |---|---|
//! | the key is reserved, with a seed | when the lease is over, the next request with the key goes on under this seed |
//! | the request does its work, under ids that follow from the seed | the same; what is there already is found there |
//! | the answer is kept | it is answered again for 24 h |
//!
//! What is kept are answers of success. A refused request has made nothing, and may be right the next time, so that its
//! key is free again. After an error of ours nobody knows what was made: the key keeps its seed, and is free at once.
//!
//! A request without the header pays nothing for all this; one with it pays two writes, one before and one after.

use std::future::Future;

use domain::access::idempotency::{IdempotencyKey, KeptAnswer, Reservation, Seed, Verdict};
use domain::tuning::{IDEMPOTENCY_ANSWER_MAX_BYTES, IDEMPOTENCY_LEASE_MS};
use domain::values::ids::AccountId;
use domain::values::time::Timestamp;
use http::{HeaderName, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;
use super::response::ApiResponse;
use crate::ports::{Entropy, KeepAnswers, RequestName};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What a request asks for, by whom and when.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Who asks.
    pub account_id: AccountId,
    /// What is asked for, such as `messages/send`.
    pub route: &'static str,
    /// All that the answer depends on; as a rule the body.
    pub content: &'a [&'a [u8]],
    /// When.
    pub now: Timestamp,
}

/// Does what a request asks for, once for each idempotency key. Without a key, it is simply done.
///
/// `work` makes all ids from the seed that it is given, and makes nothing anew that is there under such an id.
pub async fn once<W, R>(
    answers: &impl KeepAnswers,
    entropy: &impl Entropy,
    request: &ApiRequest,
    asked: Asked<'_>,
    work: W,
) -> Result<ApiResponse, Problem>
where
    W: FnOnce(Seed) -> R,
    R: Future<Output = Result<ApiResponse, Problem>>,
{
    let seed = Seed { at: asked.now, random: entropy.next_u128(), is_repeat: false };
    let Some(key) = key_of(request)? else { return work(seed).await };
    let name = RequestName { account_id: asked.account_id, route: asked.route, key };
    let wanted = Reservation {
        fingerprint: fingerprint(asked.content),
        seed,
        lease_until: asked.now.plus_millis(IDEMPOTENCY_LEASE_MS),
        answer: None,
    };
    let seed = match begin(answers, &name, &wanted, asked.now).await? {
        Begun::Run(seed) => seed,
        Begun::Answered(answer) => return Ok(replay(answer)),
    };
    let result = work(seed).await;
    if let Err(error) = end(answers, &name, seed, &result, asked.now).await {
        // What was done stays done, and is found by the next request with the key once the lease is over.
        tracing::warn!(%error, "an answer was not kept");
    }
    result
}

enum Begun {
    Run(Seed),
    Answered(KeptAnswer),
}

async fn begin(
    answers: &impl KeepAnswers,
    name: &RequestName,
    wanted: &Reservation,
    now: Timestamp,
) -> Result<Begun, Problem> {
    let Some(found) = answers.reserve(name, wanted, now).await? else { return Ok(Begun::Run(wanted.seed)) };
    match found.judge(wanted, now) {
        Verdict::Own => Ok(Begun::Run(wanted.seed)),
        Verdict::Replay(answer) => Ok(Begun::Answered(answer)),
        Verdict::Reused => {
            let detail =
                "This Idempotency-Key was used for another body in the last 24 hours; use a new one.";
            Err(Problem::new(ErrorCode::IdempotencyKeyReused, detail))
        }
        Verdict::Resume if answers.take_over(name, &found, wanted.lease_until).await? => {
            Ok(Begun::Run(Seed { is_repeat: true, ..found.seed }))
        }
        Verdict::InProgress | Verdict::Resume => Err(in_progress()),
    }
}

/// Keeps what is final, and frees the key otherwise.
async fn end(
    answers: &impl KeepAnswers,
    name: &RequestName,
    seed: Seed,
    result: &Result<ApiResponse, Problem>,
    now: Timestamp,
) -> Result<(), crate::ports::PortError> {
    match result {
        Ok(response) if response.body.len() <= IDEMPOTENCY_ANSWER_MAX_BYTES => {
            let answer = KeptAnswer { status: response.status.as_u16(), body: response.body.to_vec() };
            answers.keep_answer(name, seed, &answer).await
        }
        Err(problem) if has_made_nothing(problem) && !seed.is_repeat => answers.forget(name, seed, now).await,
        Ok(_) | Err(_) => answers.end_lease(name, seed, now).await,
    }
}

/// Whether a run that ended so has left nothing behind. That says nothing of an earlier run under the same seed.
fn has_made_nothing(problem: &Problem) -> bool {
    problem.kept_nothing || problem.code.status().is_client_error()
}

fn key_of(request: &ApiRequest) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = request.headers.get_all(IDEMPOTENCY_KEY).into_iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    match IdempotencyKey::parse(text) {
        Ok(key) if values.next().is_none() => Ok(Some(key)),
        Ok(_) => {
            Err(Problem::new(ErrorCode::ValidationFailed, "There may be one Idempotency-Key in a request."))
        }
        Err(error) => Err(Problem::new(ErrorCode::ValidationFailed, format!("{error}."))),
    }
}

/// A hash of all parts, each with its length before it, so that no other division gives the same.
fn fingerprint(content: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in content {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn replay(answer: KeptAnswer) -> ApiResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    ApiResponse::json_text(status, answer.body)
        .with_header(IDEMPOTENCY_REPLAYED, Some(HeaderValue::from_static("true")))
}

fn in_progress() -> Problem {
    let detail = "The first request with this Idempotency-Key is still running; ask again in some seconds.";
    Problem::new(ErrorCode::IdempotencyInProgress, detail)
}
