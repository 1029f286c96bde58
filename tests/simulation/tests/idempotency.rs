//! A request with an idempotency key dies at every await, and is sent again: exactly one message, under one id, whatever
//! happens (`no_blind_resend`, `accepted_is_durable`).

#![expect(clippy::unwrap_used, reason = "a test")]

use std::cell::Cell;
use std::rc::Rc;

use domain::tuning::IDEMPOTENCY_LEASE_MS;
use domain::values::ids::{AccountId, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use fakes::{ALWAYS, Latency, Rates, Role, World};
use send_message::{ENDPOINT, handle, look_ahead};
use serde_json::{Value, json};
use shared::http::{ApiRequest, ApiResponse, Call, Content, ErrorCode, Memory, Problem};
use simulation::cases::quiet;
use simulation::mortal::DiesAt;

/// A world with one session, and a caller that sends the same request again and again.
struct Stage {
    world: World,
    account_id: AccountId,
    session_id: SessionId,
    rates: Rates,
    waits_left: Rc<Cell<Option<usize>>>,
}

impl Stage {
    fn new(seed: u64, rates: Rates) -> Self {
        let world = World::new(seed);
        world.set_latency(Latency::USUAL);
        let scenario = quiet(1);
        let session = &scenario.actors[0].session;
        world.put_session(session);
        let (account_id, session_id) = (scenario.account_id, session.session_id);
        Self { world, account_id, session_id, rates, waits_left: Rc::default() }
    }

    /// The request; `None` when it died.
    fn send(&self, text: &str, key: Option<&str>) -> Option<Result<ApiResponse, Problem>> {
        let caller = fakes::Caller::with(self.world.clone(), Role::Api, self.rates);
        let Ok(deps) = send_message::Deps::of(&caller);
        let memory = Memory::<World> { answers: caller.accounts(), entropy: caller.entropy() };
        let body =
            json!({ "sessionId": self.session_id.to_string(), "to": "+1 650 555 1234", "message": text });
        let mut request = ApiRequest { body: body.to_string().into(), ..ApiRequest::default() };
        request.headers.insert("content-type", "application/json".parse().unwrap());
        if let Some(key) = key {
            request.headers.insert("idempotency-key", key.parse().unwrap());
        }
        let account_id = self.account_id;
        let future = async move {
            let content = Content::read(&ENDPOINT, &request).await?;
            let call = Call { content, ..caller.admitted(account_id, request) };
            let ahead = look_ahead(&deps, Some(&call.content)).await;
            memory.once(&ENDPOINT, call, |call, seed| handle(&deps, call, seed, ahead)).await
        };
        self.world.block_on(DiesAt::new(future, Rc::clone(&self.waits_left)))
    }

    /// The same again until it is accepted, as a careful client does; the id it is told.
    fn send_until_accepted(&self) -> String {
        let mut key = "k".to_owned();
        for _ in 0..40 {
            match self.send("hello", Some(&key)) {
                Some(Ok(answer)) => return job_id(&answer),
                // A run took its message back, and died before its key was free: nothing goes out under it.
                Some(Err(problem)) if problem.code == ErrorCode::IdempotencyKeyReused => {
                    assert_eq!(self.live(), [""; 0], "{problem:?}");
                    key.push('k');
                }
                Some(Err(problem)) => {
                    let may_be_repeated = [ErrorCode::IdempotencyInProgress, ErrorCode::Unavailable];
                    assert!(may_be_repeated.contains(&problem.code), "{problem:?}");
                }
                None => {}
            }
            self.world.run_for(IDEMPOTENCY_LEASE_MS / 3);
        }
        panic!("never accepted");
    }

    /// Messages that go out, or have gone.
    fn live(&self) -> Vec<String> {
        let messages = self.world.messages_of(self.session_id);
        let live = messages.iter().filter(|message| message.status != Status::Cancelled);
        live.map(|message| message.message_id.to_string()).collect()
    }

    fn has_ticket(&self) -> bool {
        !self.world.take_tickets(Priority::Normal, 1_000).is_empty()
    }
}

fn job_id(answer: &ApiResponse) -> String {
    let view: Value = serde_json::from_slice(&answer.body).unwrap();
    view["jobId"].as_str().unwrap().to_owned()
}

fn waits(rates: Rates) -> usize {
    let stage = Stage::new(1, rates);
    stage.waits_left.set(Some(usize::MAX));
    stage.send("hello", Some("k")).unwrap().unwrap();
    usize::MAX - stage.waits_left.get().unwrap()
}

fn dies_everywhere(rates: Rates) {
    let waits = waits(Rates::default());
    assert!(waits >= 8, "{waits}");
    for at in 0..waits {
        let stage = Stage::new(1, rates);
        stage.waits_left.set(Some(at));
        assert!(stage.send("hello", Some("k")).is_none(), "died at wait {at} of {waits}");
        let id = stage.send_until_accepted();
        // What the dead run had on its way lands late.
        stage.world.run_for(60_000);
        assert_eq!(stage.live(), std::slice::from_ref(&id), "wait {at}");
        assert!(stage.has_ticket(), "wait {at}: nobody was told of the message");
        assert_eq!(stage.send_until_accepted(), id, "wait {at}: the answer is the same again");
        assert_eq!(stage.live().len(), 1, "wait {at}");
        stage.world.close();
    }
}

#[test]
fn a_request_that_died_is_finished_by_the_next() {
    dies_everywhere(Rates::default());
}

#[test]
fn what_lands_late_changes_nothing() {
    dies_everywhere(Rates { landed: ALWAYS, ..Rates::default() });
}

#[test]
fn throttling_and_lost_replies_make_no_second_message() {
    for seed in 0..300 {
        let rates = Rates {
            table_refused: ALWAYS / 6,
            queue_refused: ALWAYS / 6,
            reply_lost: ALWAYS / 10,
            repeated: ALWAYS / 10,
            ..Rates::default()
        };
        let stage = Stage::new(seed, rates);
        let id = stage.send_until_accepted();
        stage.world.run_for(60_000);
        assert_eq!(stage.live(), [id], "seed {seed}");
        stage.world.close();
    }
}

#[test]
fn the_same_again_is_answered_the_same_and_another_is_refused() {
    let stage = Stage::new(1, Rates::default());
    let first = stage.send("hello", Some("k")).unwrap().unwrap();
    let again = stage.send("hello", Some("k")).unwrap().unwrap();
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert!(!first.headers.contains_key("idempotency-replayed"));
    let other = stage.send("another text", Some("k")).unwrap().unwrap_err();
    assert_eq!(other.code, ErrorCode::IdempotencyKeyReused);
    assert_eq!(stage.live().len(), 1);
    // Another key, or none, is another request.
    stage.send("hello", Some("other")).unwrap().unwrap();
    stage.send("hello", None).unwrap().unwrap();
    assert_eq!(stage.live().len(), 3);
}

#[test]
fn a_wrong_request_frees_its_key() {
    let stage = Stage::new(1, Rates::default());
    let wrong = stage.send("", Some("k")).unwrap().unwrap_err();
    assert_eq!(wrong.code, ErrorCode::ValidationFailed);
    stage.send("hello", Some("k")).unwrap().unwrap();
}

#[test]
fn a_request_without_a_key_pays_nothing() {
    let stage = Stage::new(1, Rates::default());
    stage.send("hello", None).unwrap().unwrap();
    let paid =
        |world: &World| world.usage().into_iter().filter(|(call, _)| call.starts_with("answers.")).count();
    assert_eq!(paid(&stage.world), 0);
    stage.send("hello", Some("k")).unwrap().unwrap();
    let usage = stage.world.usage();
    assert_eq!((usage["answers.reserve"], usage["answers.keep"]), (1, 1));
    assert_eq!(paid(&stage.world), 2);
}
