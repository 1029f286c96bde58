//! `Idempotency-Key`: a request that is sent again is answered the same, and does nothing twice.
//!
//! | step | what is true when nothing follows |
//! |---|---|
//! | the key is reserved, with a seed | when the lease is over, the next request with the key goes on under this seed |
//! | the request does its work, under ids that follow from the seed | the same; what is there already is found there |
//! | the answer is kept | it is answered again for 24 h |
//!
//! Only answers of success are kept. A refused request has created nothing and may succeed the next time, so its key is free
//! again. After an error of ours it is unknown what was created: the key keeps its seed, and the next request goes on at once.
//!
//! A request without the header costs nothing more; one with it costs two writes, one before and one after.

use std::collections::BTreeMap;
use std::future::Future;

use domain::access::idempotency::{IdempotencyKey, KeptAnswer, Reservation, Seed, Verdict};
use domain::tuning::{IDEMPOTENCY_ANSWER_MAX_BYTES, IDEMPOTENCY_LEASE_MS};
use domain::values::time::Timestamp;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::body::Content;
use super::endpoint::Endpoint;
use super::front::Call;
use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;
use super::response::ApiResponse;
use crate::ports::{Entropy, KeepAnswers, RequestName};
use crate::world::{Needs, World};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The fields of forms that are numbers.
const NUMBERS: [&str; 2] = ["delayMin", "delayMax"];

/// The worlds in which a request may be sent again.
pub trait Remembering: World<Answers: KeepAnswers, Entropy: Entropy> {}

impl<W: World<Answers: KeepAnswers, Entropy: Entropy>> Remembering for W {}

/// What that asks of the world.
pub(super) const REMEMBERING: Needs =
    Needs { ports: &["KeepAnswers", "Entropy"], parts: &["Answers", "Entropy"], settings: &[] };

/// The memory of an idempotent endpoint, between its front and its handler.
pub struct Memory<W: World> {
    /// The answers that are kept.
    pub answers: W::Answers,
    /// Randomness, for the ids that a request makes.
    pub entropy: W::Entropy,
}

impl<W: Remembering> Memory<W> {
    /// Does the work of a call once for each idempotency key; without a key, each time.
    ///
    /// `work` must make all ids from its seed, and must not create again what exists under such an id.
    pub async fn once<H, R>(&self, endpoint: &Endpoint, call: Call, work: H) -> Result<ApiResponse, Problem>
    where
        H: FnOnce(Call, Seed) -> R,
        R: Future<Output = Result<ApiResponse, Problem>>,
    {
        let now = call.now;
        let seed = Seed { at: now, random: self.entropy.next_u128(), is_repeat: false };
        let Some(key) = key_of(&call.request)? else { return work(call, seed).await };
        let name = RequestName { account_id: call.account_id(), route: endpoint.route(), key };
        let wanted = Reservation {
            fingerprint: fingerprint(&call),
            seed,
            lease_until: now.plus_millis(IDEMPOTENCY_LEASE_MS),
            answer: None,
        };
        let seed = match begin(&self.answers, &name, &wanted, now).await? {
            Begun::Run(seed) => seed,
            Begun::Answered(answer) => return Ok(replay(answer)),
        };
        let result = work(call, seed).await;
        if let Err(error) = end(&self.answers, &name, seed, &result, now).await {
            // What was done stays done, and is found by the next request with the key once the lease is over.
            tracing::warn!(%error, "an answer was not kept");
        }
        result
    }
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

/// Whether this run has created nothing. An earlier run under the same seed may have.
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

/// A hash of everything that the answer depends on. For a form that is its parts, since its boundary differs each time.
fn fingerprint(call: &Call) -> String {
    match &call.content {
        Content::Nothing | Content::Json(_) => hash_of(&[&call.request.body]),
        Content::Form(form) => hash_of(&[form_as_it_counts(&form.fields).as_bytes(), &form.file]),
    }
}

/// The fields of a form whatever their order, with numbers as numbers: `02000` is `2000`.
fn form_as_it_counts(fields: &Value) -> String {
    let members = fields.as_object().into_iter().flatten();
    let counted = members.map(|(name, value)| {
        let number = value.as_str().and_then(|text| text.trim().parse::<u64>().ok());
        let is_number = NUMBERS.contains(&name.as_str());
        (name, number.filter(|_| is_number).map_or_else(|| value.clone(), Value::from))
    });
    format!("{:?}", counted.collect::<BTreeMap<_, _>>())
}

/// A hash of all parts, each preceded by its length, so that no other division gives the same hash.
fn hash_of(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_is_the_same_whatever_its_order() {
        let form = form_as_it_counts(&json!({ "name": "a", "delayMin": "2000" }));
        assert_eq!(form, form_as_it_counts(&json!({ "delayMin": "02000", "name": "a" })));
        for other in
            [json!({ "name": "a" }), json!({ "name": "a", "delayMin": "2001" }), json!({ "name": "02000" })]
        {
            assert_ne!(form, form_as_it_counts(&other), "{other}");
        }
        assert_ne!(form_as_it_counts(&json!({ "name": "02" })), form_as_it_counts(&json!({ "name": "2" })));
    }
}
