//! Accounts and sessions that a test makes for itself, by the operator's commands.

use provider_stubs::ProviderStub;
use serde_json::{Value, json};

use crate::api::Api;
use crate::stack::Stack;

/// The shortest gaps that the tests' stack allows: for tests that are not about gaps.
pub const SHORT_GAPS: (u32, u32) = (500, 500);

/// An account of a test.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// The API, with its key.
    pub api: Api,
    stack: Stack,
}

impl Account {
    /// A new account with an API key.
    pub async fn create(stack: &Stack) -> Self {
        let account = stack.operate(json!({ "command": "create-account", "name": "test" })).await;
        let id = text(&account, "accountId");
        let command = json!({ "command": "create-api-key", "accountId": id, "name": "test" });
        let key = text(&stack.operate(command).await, "apiKey");
        Self { id, api: stack.with_key(&key), stack: stack.clone() }
    }

    /// A new session of the sandbox, with gaps from a range of milliseconds.
    pub async fn sandbox(&self, gaps: (u32, u32)) -> String {
        self.session(json!({ "kind": "sandbox" }), gaps).await
    }

    /// A new session behind a WAHA stub, with gaps from a range of milliseconds.
    ///
    /// Its name at the stub is one that no other session has.
    pub async fn waha(&self, stub: &ProviderStub, name: &str, gaps: (u32, u32)) -> String {
        let (base_url, api_key) = (stub.base_url(), ProviderStub::DEFAULT_API_KEY);
        let provider = json!({ "kind": "waha", "baseUrl": base_url, "apiKey": api_key, "session": name });
        self.session(provider, gaps).await
    }

    /// A new session behind a WAHA stub, whose webhooks are signed with `secret`.
    pub async fn signed_waha(&self, stub: &ProviderStub, name: &str, secret: &str) -> String {
        let (base_url, api_key) = (stub.base_url(), ProviderStub::DEFAULT_API_KEY);
        let provider = json!({
            "kind": "waha", "baseUrl": base_url, "apiKey": api_key, "session": name, "webhookSecret": secret,
        });
        self.session(provider, SHORT_GAPS).await
    }

    /// A new session behind a WAHA stub, with options beyond its address.
    pub async fn waha_with(&self, stub: &ProviderStub, name: &str, options: &[&str]) -> String {
        let (base_url, api_key) = (stub.base_url(), ProviderStub::DEFAULT_API_KEY);
        let mut provider = json!({ "kind": "waha", "baseUrl": base_url, "apiKey": api_key, "session": name });
        for option in options {
            provider[*option] = json!(true);
        }
        self.session(provider, SHORT_GAPS).await
    }

    /// A new session of a phone number at a stub of the Cloud API, whose webhooks are signed with `secret`.
    pub async fn cloud_api(&self, stub: &ProviderStub, phone_number_id: &str, secret: &str) -> String {
        let provider = json!({
            "kind": "cloud_api", "baseUrl": stub.base_url(), "phoneNumberId": phone_number_id,
            "accessToken": ProviderStub::DEFAULT_API_KEY, "appSecret": secret, "verifyToken": "v",
        });
        self.session(provider, SHORT_GAPS).await
    }

    /// The API, with a token of it.
    pub async fn with_token(&self) -> Api {
        self.stack.with_token(&self.jwt().await)
    }

    /// A token of it.
    pub async fn jwt(&self) -> String {
        let command = json!({ "command": "issue-token", "accountId": self.id, "expiresInSeconds": 3_600 });
        text(&self.stack.operate(command).await, "jwt")
    }

    async fn session(&self, provider: Value, (min, max): (u32, u32)) -> String {
        let command = json!({
            "command": "create-session", "accountId": self.id, "name": "test", "provider": provider,
            "pacing": { "minGapMs": min, "maxGapMs": max },
        });
        text(&self.stack.operate(command).await, "sessionId")
    }
}

/// A WAHA stub on a free port.
pub async fn start_waha() -> ProviderStub {
    ProviderStub::start(0, ProviderStub::DEFAULT_API_KEY).await.expect("a free port")
}

/// A text message.
pub fn text_message(session_id: &str, to: &str) -> Value {
    json!({ "sessionId": session_id, "to": to, "message": "hello" })
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name}: {answer}")).to_owned()
}
