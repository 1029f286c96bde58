//! Webhooks, as the tests send them.

#![allow(clippy::unwrap_used, reason = "a test panics where it is to fail")]

use domain::message::{Message, MessageError};
use domain::sending::lease::{Lease, LeaseOwner};
use domain::values::ids::AccountId;
use domain::values::status::Status;
use fakes::World;
use http::{HeaderName, Method};
use provider_webhook::Deps;
use serde_json::Value;
use shared::http::{ApiRequest, ApiResponse, Problem};
use shared::ports::LeaseSessions;

use crate::{account, at, cloud_api, message, session, session_id, signed, waha};

/// A session behind WAHA.
pub const WAHA: u128 = 1;
/// A session of the Cloud API.
pub const CLOUD: u128 = 2;
/// A session of the sandbox.
pub const SANDBOX: u128 = 3;
/// Another account's session behind WAHA.
pub const FOREIGN: u128 = 4;

/// The key of a session's signatures.
pub fn secret(number: u128) -> String {
    format!("secret of {number}")
}

/// A world with these sessions.
pub fn world() -> World {
    let world = World::new(1);
    world.put_session(&session(WAHA, account(), waha(&secret(WAHA))));
    world.put_session(&session(CLOUD, account(), cloud_api(&secret(CLOUD))));
    world.put_session(&session(SANDBOX, account(), domain::session::ProviderConfig::Sandbox));
    world.put_session(&session(FOREIGN, AccountId::new(at(0), 9), waha(&secret(FOREIGN))));
    world
}

/// A request to a session's webhook, signed as its provider signs.
pub fn request(provider: &str, number: u128, body: Vec<u8>, key: Option<&str>) -> ApiRequest {
    let signature = key.map(|key| match provider {
        "cloud_api" => ("x-hub-signature-256", signed::cloud_api(key, &body)),
        _ => ("x-webhook-hmac", signed::waha(key, &body)),
    });
    let parameters = [("provider", provider.to_owned()), ("sessionId", session_id(number).to_string())];
    let mut request = ApiRequest { method: Method::POST, body: body.into(), ..ApiRequest::default() };
    request.path_parameters = parameters.map(|(name, value)| (name.to_owned(), value)).into();
    if let Some((name, value)) = signature {
        request.headers.insert(HeaderName::from_static(name), value.parse().unwrap());
    }
    request
}

/// Hands a request to the function.
pub fn call(world: &World, request: ApiRequest) -> Result<ApiResponse, Problem> {
    let caller = world.caller();
    let Ok(deps) = Deps::of(&caller);
    world.block_on(provider_webhook::handle(&deps, request.into()))
}

/// The HTTP status of an answer.
pub fn status_of(answer: &Result<ApiResponse, Problem>) -> u16 {
    match answer {
        Ok(response) => response.status.as_u16(),
        Err(problem) => problem.code.status().as_u16(),
    }
}

/// A message that stands in the table before the webhook comes.
pub fn given(world: &World, number: u128, about: &Value) -> Message {
    let status: Status = about["status"].as_str().unwrap_or("sent").parse().unwrap();
    let to = about["to"].as_str().unwrap_or("16505551234");
    let random = u128::from(about["random"].as_u64().unwrap_or(1));
    let mut message = message(number, status, to, 0, random);
    message.provider_message_id = about["providerMessageId"].as_str().map(str::to_owned);
    message.times.sending_at = Some(at(0));
    message.content.text = Some(about["text"].as_str().unwrap_or("hello").to_owned());
    message.error = match about["error"].as_str() {
        Some("outcome_unknown") => Some(MessageError::outcome_unknown("lost")),
        Some(code) => Some(MessageError::new(code, "because")),
        None => None,
    };
    world.put_message(&message);
    message
}

/// Leases a session: a send is in progress.
pub fn lease(world: &World, number: u128) {
    let lease = Lease {
        owner: LeaseOwner(1),
        until: at(20_000),
        message_id: message(number, Status::Sent, "16505551234", 0, 1).message_id,
        since: None,
    };
    let sessions = world.caller().sessions();
    world
        .block_on(sessions.acquire(session_id(number), domain::values::fence::Fence::default(), lease))
        .unwrap();
}
