//! The commands, parsed.

use domain::values::ids::{AccountId, SessionId};
use serde::Deserialize;
use serde_json::Value;
use shared::http::{ErrorCode, Problem};

/// One command, such as `{"command": "create-account", "name": "Acme"}`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum Command {
    /// Creates an account.
    CreateAccount {
        /// Its name.
        name: String,
    },
    /// Creates an API key, and shows it only this once.
    CreateApiKey {
        /// The account that it will belong to.
        account_id: AccountId,
        /// Its name.
        name: String,
        /// The key itself, if its owner has it from another service.
        #[serde(default)]
        key: Option<String>,
    },
    /// Creates a session; all other fields are those of a session.
    CreateSession {
        /// The account that it will belong to.
        account_id: AccountId,
        /// Its id, if its owner has it from another service.
        #[serde(default)]
        session_id: Option<SessionId>,
        /// `name`, `provider`, `pacing`, `limits`, `defaultCountry`.
        #[serde(flatten)]
        session: Value,
    },
    /// Recounts statistics, conversations and campaigns of an account from its messages.
    Recount {
        /// The account.
        account_id: AccountId,
    },
    /// Encrypts the secrets of all sessions again, under the current secret of the stack.
    Reseal,
    /// Signs a token; a negative time gives one that has expired.
    IssueToken {
        /// The account that the token is for.
        account_id: AccountId,
        /// How long it is valid.
        expires_in_seconds: i64,
    },
}

impl Command {
    /// Reads a payload.
    pub(crate) fn parse(payload: &Value) -> Result<Self, Problem> {
        serde_json::from_value(payload.clone()).map_err(|error| {
            let detail = format!(
                "{error}. Commands are create-account (name), create-api-key (accountId, name, key), \
                 create-session (accountId, sessionId, name, provider, pacing, limits, defaultCountry), \
                 issue-token (accountId, expiresInSeconds), recount (accountId) and reseal."
            );
            Problem::new(ErrorCode::ValidationFailed, detail)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_wrong_command_says_which_there_are() {
        for payload in
            [json!(null), json!({}), json!({"command": "drop"}), json!({"command": "create-account"})]
        {
            let problem = Command::parse(&payload).unwrap_err();
            assert!(problem.detail.contains("create-session (accountId"), "{}", problem.detail);
        }
    }

    #[test]
    fn a_session_keeps_its_own_fields() {
        let id = "0193b3c0-0000-7000-8000-000000000000";
        let mut payload = json!({"command": "create-session", "accountId": id, "name": "s", "provider": {"kind": "sandbox"}});
        for given in [None, Some(id)] {
            payload["sessionId"] = json!(given);
            let command = Command::parse(&payload).unwrap();
            let Command::CreateSession { session, session_id, .. } = command else { panic!() };
            assert_eq!(session, json!({"name": "s", "provider": {"kind": "sandbox"}}));
            assert_eq!(session_id, given.and_then(|id| id.parse().ok()));
        }
    }
}
