//! What a call without an answer means for the message.

use std::error::Error;

use domain::sending::attempt::Outcome;
use domain::sending::pacer::HoldReason;
use domain::values::reach::OutOfReach;

use super::resolver::AddressRefused;

/// No answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::providers) enum Failure {
    /// Nothing was written to the server.
    NotSent(HoldReason, String),
    /// The server may have the request.
    AnswerLost(String),
}

impl Failure {
    /// What this failure means for the message that was being sent, and for its session.
    pub(in crate::providers) fn outcome(self) -> Outcome {
        match self {
            Self::NotSent(reason, why) => {
                Outcome::SessionTrouble { reason, detail: format!("{why}."), hold_ms: None }
            }
            Self::AnswerLost(why) => Outcome::Unknown(why),
        }
    }

    pub(super) fn out_of_reach(why: OutOfReach) -> Self {
        Self::NotSent(HoldReason::ProviderUnreachable, format!("The session's baseUrl {why}"))
    }

    pub(super) fn no_header() -> Self {
        let why = "The session's key holds characters that no key has";
        Self::NotSent(HoldReason::CredentialsRefused, why.to_owned())
    }

    /// What an error of the client means, in words about the server of this name.
    pub(super) fn of(error: &reqwest::Error, server: &str) -> Self {
        if error.is_connect() || error.is_builder() {
            Self::NotSent(HoldReason::ProviderUnreachable, no_connection(error, server))
        } else if error.is_timeout() {
            Self::AnswerLost(format!("The {server} did not answer in time"))
        } else {
            Self::AnswerLost(format!("The connection to the {server} broke before it answered"))
        }
    }
}

/// Why there is no connection. Only words for people depend on it, so the causes' texts will do.
fn no_connection(error: &reqwest::Error, server: &str) -> String {
    let causes = causes(error);
    if causes.iter().any(|cause| cause.is::<AddressRefused>()) {
        return format!("The name of the {server} leads to an address that is not public");
    }
    let texts: String = causes.iter().map(|cause| cause.to_string().to_ascii_lowercase()).collect();
    if error.is_timeout() {
        format!("The {server} does not accept connections in time")
    } else if texts.contains("dns error") {
        format!("The name of the {server} cannot be resolved")
    } else if texts.contains("refused") {
        format!("The {server} refuses connections")
    } else if texts.contains("certificate") {
        format!("The TLS certificate of the {server} is not valid")
    } else {
        format!("The {server} cannot be reached")
    }
}

fn causes(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    let (mut causes, mut next) = (Vec::new(), error.source());
    while let Some(cause) = next {
        causes.push(cause);
        next = cause.source();
    }
    causes
}
