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
