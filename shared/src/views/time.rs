//! Times.

use domain::values::time::Timestamp;
use serde::{Serialize, Serializer};

/// A time as answers show it: RFC 3339 in UTC with milliseconds. Stored times are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

domain::inline_schema!(Time, { "type": "string", "format": "date-time" });
