//! The audit log: who did what to keys and sessions.
//!
//! Each entry is a log line with the field `audit`, whose values are stable and are what an alarm or a query looks for.

use std::fmt::Display;

use domain::values::ids::AccountId;

use crate::http::{ApiRequest, Caller, Proof};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// An API key was created.
    ApiKeyCreated,
    /// An API key was revoked.
    ApiKeyRevoked,
    /// A session was created.
    SessionCreated,
    /// Name, pacing or provider of a session was changed.
    SessionChanged,
    /// A session was deleted.
    SessionDeleted,
    /// The hold of a session was ended.
    SessionResumed,
}

impl Action {
    /// Its name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiKeyCreated => "api_key.created",
            Self::ApiKeyRevoked => "api_key.revoked",
            Self::SessionCreated => "session.created",
            Self::SessionChanged => "session.changed",
            Self::SessionDeleted => "session.deleted",
            Self::SessionResumed => "session.resumed",
        }
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// To whose account it belongs.
    pub account_id: AccountId,
    /// How that was shown: `token`, `api_key`, or `operator`.
    pub proof: &'static str,
    /// In which request; empty for operators, whose requests are in the log of AWS.
    pub request_id: &'a str,
}

impl<'a> Actor<'a> {
    /// The caller of a request.
    pub fn of(caller: Caller, request: &'a ApiRequest) -> Self {
        let proof = match caller.proof {
            Proof::Token => "token",
            Proof::ApiKey => "api_key",
        };
        Self { account_id: caller.account_id, proof, request_id: &request.request_id }
    }

    /// An operator, for an account.
    pub const fn operator(account_id: AccountId) -> Self {
        Self { account_id, proof: "operator", request_id: "" }
    }
}

/// Writes an entry: `details` tells what changed, without values.
pub fn audit(action: Action, actor: &Actor<'_>, id: &impl Display, details: &str) {
    let Actor { account_id, proof, request_id } = actor;
    tracing::info!(audit = action.name(), %account_id, proof, request_id, %id, details, "audit");
}
