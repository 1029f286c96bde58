//! Configuration from the environment, read once at start. All that is wrong is reported at once.

use std::cell::RefCell;
use std::str::FromStr;

use domain::request::{BulkRules, SessionRules};
use domain::sending::pacing::Pacing;
use domain::session::Secret;
use serde_json::{Map, Value};

use crate::http::{ApiAddress, HeaderName, Plans, SessionViews, TrustedProxy};
use crate::login::EmailDomains;

/// The environment of a function.
#[derive(Debug, Default)]
pub struct Environment {
    wrong: RefCell<Vec<String>>,
}

/// The environment is not as the function needs it.
#[derive(Debug, thiserror::Error)]
#[error("wrong environment: {0}")]
pub struct WrongEnvironment(String);

impl Environment {
    /// A variable as text. What is missing is noted, and stands as an empty text until [`Environment::check`].
    pub fn text(&self, name: &str) -> String {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
        let value = std::env::var(name).unwrap_or_default();
        if value.is_empty() {
            self.wrong.borrow_mut().push(format!("{name} is missing"));
        }
        value
    }

    /// A variable that may be empty or missing.
    pub fn optional(&self, name: &str) -> Option<String> {
        #[expect(
            clippy::disallowed_methods,
            reason = "this file is the one place that reads the environment"
        )]
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// The domains whose people may log in.
    pub fn email_domains(&self) -> EmailDomains {
        EmailDomains::parse(&self.optional("LOGIN_EMAIL_DOMAINS").unwrap_or_default())
    }

    /// The page that gets the token of a login.
    pub fn app_url(&self) -> Option<String> {
        self.optional("APP_URL")
    }

    /// The proxy in front of the API whose word about its clients counts, if there is one.
    pub fn trusted_proxy(&self) -> Option<TrustedProxy> {
        let (header, secret) = (self.optional("TRUSTED_PROXY_HEADER"), self.optional("TRUSTED_PROXY_SECRET"));
        let wrong = match (header, secret) {
            (None, None) => return None,
            (Some(header), Some(secret)) => match header.parse::<HeaderName>() {
                Ok(header) => return Some(TrustedProxy { header, secret: Secret::new(secret) }),
                Err(_) => format!("TRUSTED_PROXY_HEADER is {header:?}, which is no name of a header"),
            },
            _ => "TRUSTED_PROXY_HEADER and TRUSTED_PROXY_SECRET go together".to_owned(),
        };
        self.wrong.borrow_mut().push(wrong);
        None
    }

    /// The plans that the stack offers: a list of objects in JSON, each with at least the texts `id` and `name`.
    pub fn plans(&self) -> Plans {
        let text = self.text("BILLING_PLANS");
        let plans: Vec<Map<String, Value>> = serde_json::from_str(&text).unwrap_or_else(|error| {
            self.wrong.borrow_mut().push(format!("BILLING_PLANS is no list of objects in JSON: {error}"));
            Vec::new()
        });
        let has = |plan: &Map<String, Value>, name: &str| plan.get(name).is_some_and(Value::is_string);
        if !plans.iter().all(|plan| has(plan, "id") && has(plan, "name")) {
            self.wrong.borrow_mut().push("BILLING_PLANS has a plan without id or name".to_owned());
        }
        Plans(plans)
    }

    /// Where the API is, as seen from outside.
    pub fn api_address(&self) -> ApiAddress {
        ApiAddress::new(self.optional("API_URL"))
    }

    /// What answers need to show sessions.
    pub fn session_views(&self) -> SessionViews {
        SessionViews { default_pacing: self.default_pacing(), api: self.api_address() }
    }

    /// A variable as a value of another type. What is wrong is noted, and stands as the default.
    pub fn value<T: FromStr + Default>(&self, name: &str) -> T {
        let text = self.text(name);
        text.parse().unwrap_or_else(|_| {
            if !text.is_empty() {
                self.wrong.borrow_mut().push(format!("{name} is {text:?}, which is not of its type"));
            }
            T::default()
        })
    }

    /// The pacing of sessions that have none of their own.
    pub fn default_pacing(&self) -> Pacing {
        Pacing::new(self.value("MIN_GAP_MS"), self.value("MAX_GAP_MS")).unwrap_or_else(|error| {
            self.wrong.borrow_mut().push(format!("MIN_GAP_MS and MAX_GAP_MS: {error}"));
            Pacing::DEFAULT
        })
    }

    /// What this stack allows sessions to ask for.
    pub fn session_rules(&self) -> SessionRules {
        SessionRules {
            default_pacing: self.default_pacing(),
            gap_floor_ms: self.value("GAP_FLOOR_MS"),
            allow_private_providers: self.value("ALLOW_PRIVATE_PROVIDERS"),
        }
    }

    /// What this stack allows campaigns to ask for.
    pub fn bulk_rules(&self) -> BulkRules {
        BulkRules { gap_floor_ms: self.value("GAP_FLOOR_MS") }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// All that was missing or wrong.
    pub fn check(&self) -> Result<(), WrongEnvironment> {
        let wrong = self.wrong.borrow();
        if wrong.is_empty() { Ok(()) } else { Err(WrongEnvironment(wrong.join("; "))) }
    }
}
