//! The operator's commands: accounts, API keys, sessions, tokens.
//!
//! Invoked with `aws lambda invoke`, so that who may do this is a matter of IAM, on the local stack as on AWS.

mod command;
mod recount;
mod reseal;

use domain::request::{ApiKeyRequest, SessionRequest, SessionRules};
use domain::values::ids::{AccountId, SessionId};
use domain::values::time::Timestamp;
use serde_json::{Value, json};
use shared::api_keys::{self, NewApiKey};
use shared::audit::{Action, Actor, audit};
use shared::deps;
use shared::http::{ErrorCode, Problem};
use shared::ports::{
    ChangeSessions, Clock, CreateApiKeys, Entropy, Keyring, ListApiKeys, ListSessionMessages, ListSessions,
    ReadApiKeys, ReadSessions, ReplaceCounters, WalkSessions, WriteAccounts, WriteSessions,
};
use shared::sessions::{self, Stored};

use command::Command;
use recount::Recount;
use reseal::reseal;
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_invocations};

deps! {
    Operating {
        accounts: Accounts: WriteAccounts + ListApiKeys + CreateApiKeys + ReadApiKeys,
        sessions: Sessions: ReadSessions + ListSessions + WriteSessions + ChangeSessions + WalkSessions,
        messages: Messages: ListSessionMessages,
        counters: Recount: ReplaceCounters,
        keyring: Keyring: Keyring,
        clock: Clock: Clock,
        entropy: Entropy: Entropy;
        rules: SessionRules,
    }
}

/// Carries a command out. A refusal is a problem document, as the API has them.
pub async fn handle<W: Operating>(deps: &Deps<W>, payload: &Value) -> Value {
    let now = deps.clock.now();
    match carry_out(deps, payload, now).await {
        Ok(answer) => answer,
        Err(problem) => {
            tracing::warn!(
                code = problem.code.name(),
                cause = problem.cause,
                "refused an operator's command"
            );
            json!(problem.document())
        }
    }
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = &Deps::of(&stack)?;
    serve_invocations(&stack, |payload| async move { handle(deps, &payload).await }).await
}

async fn carry_out<W: Operating>(deps: &Deps<W>, payload: &Value, now: Timestamp) -> Result<Value, Problem> {
    match Command::parse(payload)? {
        Command::CreateAccount { name } => {
            let account_id = AccountId::new(now, deps.entropy.next_u128());
            deps.accounts.put_account(account_id, &name, now).await?;
            tracing::info!(account_id = %account_id, "created an account");
            Ok(json!({ "accountId": account_id }))
        }
        Command::CreateApiKey { account_id, name, key } => {
            require_account(deps, account_id).await?;
            create_api_key(deps, account_id, name, key, now).await
        }
        Command::CreateSession { account_id, session_id, session } => {
            require_account(deps, account_id).await?;
            let request = SessionRequest::parse(&session, &deps.rules).map_err(Problem::validation)?;
            create_session(deps, account_id, session_id, request, now).await
        }
        Command::Recount { account_id } => {
            require_account(deps, account_id).await?;
            let Deps { sessions, messages, counters, clock, entropy, .. } = deps;
            Recount { sessions, messages, counters, clock, entropy }.account(account_id).await
        }
        Command::Reseal => reseal(&deps.sessions).await,
        Command::IssueToken { account_id, expires_in_seconds } => {
            require_account(deps, account_id).await?;
            let expires_at = now.plus_millis(expires_in_seconds.saturating_mul(1000));
            let jwt = deps.keyring.sign_token(account_id, now.min(expires_at), expires_at)?;
            tracing::info!(account_id = %account_id, "issued a token");
            Ok(json!({ "jwt": jwt, "expiresAt": expires_at.to_string() }))
        }
    }
}

async fn require_account<W: Operating>(deps: &Deps<W>, account_id: AccountId) -> Result<(), Problem> {
    if deps.accounts.has_account(account_id).await? {
        return Ok(());
    }
    Err(Problem::new(ErrorCode::AccountNotFound, format!("There is no account with the id {account_id}.")))
}

async fn create_api_key<W: Operating>(
    deps: &Deps<W>,
    account_id: AccountId,
    name: String,
    key: Option<String>,
    now: Timestamp,
) -> Result<Value, Problem> {
    let Deps { accounts, keyring, entropy, .. } = deps;
    let request = ApiKeyRequest::parse(&json!({ "name": name })).map_err(Problem::validation)?;
    let NewApiKey { row, key } = match key {
        Some(key) => api_keys::import(accounts, keyring, entropy, account_id, (request, key), now).await?,
        None => api_keys::create(accounts, keyring, entropy, account_id, request, now).await?,
    };
    let actor = Actor::operator(account_id);
    audit(Action::ApiKeyCreated, &actor, &row.key_id, &row.prefix);
    Ok(json!({ "keyId": row.key_id, "apiKey": key, "prefix": row.prefix, "accountId": account_id }))
}

async fn create_session<W: Operating>(
    deps: &Deps<W>,
    account_id: AccountId,
    session_id: Option<SessionId>,
    request: SessionRequest,
    now: Timestamp,
) -> Result<Value, Problem> {
    let Deps { sessions, entropy, .. } = deps;
    let Stored { session, webhook_secret } = match session_id {
        Some(id) => sessions::import(sessions, entropy, (account_id, id), request, now).await?,
        None => sessions::create(sessions, entropy, account_id, request, now).await?,
    };
    let actor = Actor::operator(account_id);
    audit(Action::SessionCreated, &actor, &session.session_id, session.provider.kind().name());
    let mut answer = json!({
        "sessionId": session.session_id,
        "accountId": account_id,
        "name": session.name,
        "provider": session.provider.kind().name(),
        "pacing": session.pacing,
        "limits": session.limits,
        "defaultCountry": session.default_country,
    });
    if let Some(secret) = webhook_secret {
        answer["webhookSecret"] = secret.expose().into();
    }
    Ok(answer)
}
