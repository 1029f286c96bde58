//! From the SDK's errors to the ports' one.

use std::error::Error;
use std::fmt::Write;

use crate::ports::PortError;

/// What happens when an operation fails: its name, and the whole chain of causes.
///
/// The SDK's own `DisplayErrorContext` would add a debug view of the response, and with it what is stored: message texts
/// must not get into a log.
pub(super) fn failed<E: Error>(operation: &'static str) -> impl FnOnce(E) -> PortError {
    move |error| PortError::new(operation, chain(&error))
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a String cannot fail.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("no answer")]
    struct Outer(#[from] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("connection refused by 10.0.0.1")]
    struct Inner;

    #[test]
    fn the_whole_chain_is_told() {
        let error = failed("messages.put")(Outer(Inner));
        assert_eq!(error.to_string(), "messages.put: no answer: connection refused by 10.0.0.1");
    }
}
