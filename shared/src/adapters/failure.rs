//! Turns the SDK's errors into the error of the ports.

use std::error::Error;
use std::fmt::Write;

use crate::ports::PortError;

/// The error of an operation that failed: its name, and the whole chain of causes.
///
/// The SDK's own `DisplayErrorContext` would also show the response, which may hold message texts. They must not get into
/// a log.
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
