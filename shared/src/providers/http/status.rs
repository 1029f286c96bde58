//! What answers mean that speak by their HTTP status alone, whichever provider they come from: those of proxies, of wrong
//! addresses, and of servers in trouble.

use domain::message::MessageError;
use domain::sending::attempt::Outcome;
use domain::sending::pacer::HoldReason;

use super::Answer;
use crate::providers::error_code::PROVIDER_UNAVAILABLE;

/// What a status means by itself; none if the status does not mean the same for every provider.
pub(in crate::providers) fn by_status(answer: &Answer) -> Option<Outcome> {
    let server = answer.server;
    Some(match answer.status {
        300..=399 | 405 => held(HoldReason::ProviderUnreachable, leads_elsewhere(answer)),
        401 | 403 => held(
            HoldReason::CredentialsRefused,
            format!("The {server} refuses the session's key (HTTP {}).", answer.status),
        ),
        408 => transient(&format!("The {server} gave up reading the request.")),
        429 => Outcome::SessionTrouble {
            reason: HoldReason::RateLimited,
            detail: format!("The {server} asks to slow down."),
            hold_ms: answer.retry_after_ms(),
        },
        503 => unavailable(answer),
        521 | 523 | 525 | 526 | 530 => held(
            HoldReason::ProviderUnreachable,
            format!("The proxy in front of the {server} cannot reach it (HTTP {}).", answer.status),
        ),
        200..=299 | 400..=500 => return None,
        status => Outcome::Unknown(format!("The answer of the {server} was lost (HTTP {status})")),
    })
}

/// The session's address is not that of such a server.
pub(in crate::providers) fn leads_elsewhere(answer: &Answer) -> String {
    format!("The session's baseUrl does not lead to a {} (HTTP {}).", answer.server, answer.status)
}

/// The session is held, for as long as its failures in a row say.
pub(in crate::providers) const fn held(reason: HoldReason, detail: String) -> Outcome {
    Outcome::SessionTrouble { reason, detail, hold_ms: None }
}

/// The message is tried again.
pub(in crate::providers) fn transient(detail: &str) -> Outcome {
    Outcome::Transient(MessageError::new(PROVIDER_UNAVAILABLE, detail))
}

/// A 503: from a proxy without a server. Envoy says the same of a connection that broke after the request went out.
fn unavailable(answer: &Answer) -> Outcome {
    let (server, text) = (answer.server, answer.text());
    if text.contains("disconnect/reset before headers") && !text.contains("connection failure") {
        return Outcome::Unknown(format!("The connection to the {server} broke before it answered"));
    }
    Outcome::SessionTrouble {
        reason: HoldReason::ProviderUnreachable,
        detail: format!("The {server} is not available (HTTP 503)."),
        hold_ms: answer.retry_after_ms(),
    }
}

/// A session came to an adapter that its configuration is not for. Its message waits until that is mended.
pub(in crate::providers) fn not_configured(provider: &str) -> Outcome {
    held(HoldReason::ProviderUnreachable, format!("This session is not configured for {provider}."))
}
