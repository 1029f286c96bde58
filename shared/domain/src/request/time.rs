//! Points in time in requests.

use super::fields::{FieldCode, Fields};
use crate::limits::{SCHEDULE_AHEAD_MAX_MS, SCHEDULE_PAST_TOLERANCE_MS};
use crate::values::fields::whole_number;
use crate::values::time::Timestamp;

/// Seconds since 1970 below this, milliseconds from it on: as seconds it lies in the year 5138, as milliseconds in 1973.
const MILLIS_FROM: u64 = 100_000_000_000;

pub(super) fn scheduled_at(fields: &mut Fields<'_>, now: Timestamp) -> Option<Timestamp> {
    let at = time(fields, "scheduledAt")?;
    if let Some(detail) = out_of_range(at, now) {
        fields.note("scheduledAt", FieldCode::OutOfRange, &detail);
    }
    Some(at)
}

/// A point in time, by RFC 3339 or by a whole number of seconds or milliseconds since 1970.
pub(super) fn time(fields: &mut Fields<'_>, name: &'static str) -> Option<Timestamp> {
    let value = fields.optional(name)?;
    if let Some(number) = whole_number(value) {
        let millis = if number < MILLIS_FROM { number * 1_000 } else { number };
        return Some(Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)));
    }
    let Some(text) = value.as_str() else {
        let code = if value.is_number() { FieldCode::InvalidFormat } else { FieldCode::WrongType };
        fields.note(name, code, &wrong_form(None));
        return None;
    };
    fields.parsed(name, Some(text), |text| {
        Timestamp::parse_rfc3339(text.trim()).map_err(|_| wrong_form(without_zone(text.trim())))
    })
}

/// The same time with a zone, if that is all that a text lacks.
fn without_zone(text: &str) -> Option<String> {
    let with_zone = format!("{}Z", text.replacen(' ', "T", 1));
    Timestamp::parse_rfc3339(&with_zone).ok().map(|_| with_zone)
}

fn wrong_form(with_zone: Option<String>) -> String {
    match with_zone {
        Some(text) => format!("lacks its zone: write {text} for UTC, or an offset such as +02:00 in place of Z"),
        None => "must be a date and time of RFC 3339 with its zone, such as 2026-04-20T10:00:00Z, or a whole number of \
                 seconds or milliseconds since 1970"
            .to_owned(),
    }
}

/// What is wrong with a time that nothing can be scheduled for. It names both limits.
fn out_of_range(at: Timestamp, now: Timestamp) -> Option<String> {
    let side = match at.millis_since(now) {
        ahead if ahead < -SCHEDULE_PAST_TOLERANCE_MS => "in the past",
        ahead if ahead > SCHEDULE_AHEAD_MAX_MS => "ahead",
        _ => return None,
    };
    let (minutes, days) = (SCHEDULE_PAST_TOLERANCE_MS / 60_000, SCHEDULE_AHEAD_MAX_MS / 86_400_000);
    Some(format!(
        "lies too far {side}: at most {minutes} minutes in the past, which means now, and {days} days ahead"
    ))
}

#[cfg(feature = "schema")]
pub(super) fn schema() -> serde_json::Value {
    serde_json::json!({
        "type": ["string", "integer", "null"], "format": "date-time",
        "description": "RFC 3339 with a zone, or seconds or milliseconds since 1970; up to 5 minutes in the past means now, up to 366 days ahead.",
        "examples": ["2026-12-24T17:00:00+01:00"],
    })
}
