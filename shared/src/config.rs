//! Configuration from the environment, read once at start. All that is wrong is reported at once.

use std::cell::RefCell;
use std::str::FromStr;

use domain::pacing::Pacing;
use domain::request::{BulkRules, SessionRules};

use crate::http::SessionViews;

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
        #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
        let value = std::env::var(name).unwrap_or_default();
        if value.is_empty() {
            self.wrong.borrow_mut().push(format!("{name} is missing"));
        }
        value
    }

    /// A variable that may be empty.
    #[allow(clippy::unused_self, reason = "it is read as the others are")]
    pub fn optional(&self, name: &str) -> String {
        #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
        std::env::var(name).unwrap_or_default()
    }

    /// What answers need to show sessions.
    pub fn session_views(&self) -> SessionViews {
        SessionViews {
            default_pacing: self.default_pacing(),
            public_base_url: self.optional("PUBLIC_BASE_URL"),
        }
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
