//! The stack under test.

use std::path::{Path, PathBuf};

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

use crate::api::Api;

/// The name of the header with an API key.
pub const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// A running stack, as its `stack.json` describes it.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The values that tests need.
    pub about: About,
    /// The whole file.
    pub json: Value,
    /// Where the stack keeps its state.
    pub folder: PathBuf,
    pub(crate) http: reqwest::Client,
}

/// The part of `stack.json` that tests need.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// Where the API is, with its base path.
    pub base_url: String,
    /// Where AWS is.
    pub aws_endpoint: String,
    /// What the names of functions begin with.
    pub stack_name: String,
    /// The first account.
    #[serde(flatten)]
    pub demo: Demo,
    /// A second account.
    pub other: Demo,
    /// A token of the first account that has expired.
    pub expired_jwt: String,
}

/// An account that the stack comes with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Demo {
    /// Its API key.
    pub api_key: String,
    /// A token.
    pub jwt: String,
    /// Its id.
    pub account_id: String,
    /// Its sandbox session.
    pub session_id: String,
}

impl Stack {
    /// The stack that `PACELINE_STACK` names.
    pub fn from_env() -> Self {
        #[expect(clippy::disallowed_methods, reason = "tests are configured by nothing else")]
        let file = std::env::var("PACELINE_STACK").unwrap_or_default();
        assert!(
            !file.is_empty(),
            "These tests need a running stack: use `make test`, or start one (`make run`) and name it: \
             PACELINE_STACK=$PWD/.local/stack.json cargo test -p system"
        );
        Self::from_file(Path::new(&file))
    }

    fn from_file(file: &Path) -> Self {
        let text =
            std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let json: Value = serde_json::from_str(&text).expect("stack.json is JSON");
        let about = About::deserialize(&json).expect("stack.json has all that the tests need");
        let folder = file.parent().expect("a folder").to_owned();
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        Self { about, json, folder, http }
    }

    /// The API, without credentials.
    pub fn anonymous(&self) -> Api {
        self.api(HeaderMap::new())
    }

    /// The API, with an API key.
    pub fn with_key(&self, key: &str) -> Api {
        self.api(HeaderMap::from_iter([(X_API_KEY, text(key))]))
    }

    /// The API, with a token.
    pub fn with_token(&self, token: &str) -> Api {
        self.with_authorization(&format!("Bearer {token}"))
    }

    /// The API, with any `Authorization`.
    pub fn with_authorization(&self, value: &str) -> Api {
        self.api(HeaderMap::from_iter([(AUTHORIZATION, text(value))]))
    }

    fn api(&self, headers: HeaderMap) -> Api {
        Api { http: self.http.clone(), base_url: self.about.base_url.clone(), headers }
    }
}

fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).expect("a header's value")
}
