//! The limits of a session: the block `limits` of whatever makes or changes one.

use super::fields::{FieldCode, Fields};
use crate::limits::{DAILY_MAX_CEILING, WARM_UP_GROWTH_MAX_PERCENT, WARM_UP_MAX_DAYS};
use crate::sending::allowance::{QuietHours, SendingLimits, WarmUp};
use crate::values::calendar::{ClockTime, TimeZoneName};

/// Reads the block; `None` when it is absent, or holds no limit. What is wrong is noted.
pub(crate) fn limits(fields: &mut Fields<'_>) -> Option<SendingLimits> {
    fields.nested("limits", block).flatten()
}

fn block(fields: &mut Fields<'_>) -> Option<SendingLimits> {
    let daily_max = from_one(fields, "dailyMax", DAILY_MAX_CEILING);
    let new_contacts_daily_max = from_one(fields, "newContactsDailyMax", DAILY_MAX_CEILING);
    let warm_up = fields.nested("warmUp", warm_up).flatten();
    let quiet_hours = fields.nested("quietHours", quiet_hours).flatten();
    let time_zone = fields.optional_text("timeZone");
    let time_zone = fields.parsed("timeZone", time_zone, str::parse::<TimeZoneName>).unwrap_or_default();
    let limits = SendingLimits { daily_max, new_contacts_daily_max, warm_up, quiet_hours, time_zone };
    Some(limits).filter(SendingLimits::limits_anything)
}

fn warm_up(fields: &mut Fields<'_>) -> Option<WarmUp> {
    let start_per_day = required(fields, "startPerDay", 1, DAILY_MAX_CEILING);
    let growth_percent = required(fields, "growthPercent", 0, WARM_UP_GROWTH_MAX_PERCENT);
    let days = required(fields, "days", 1, WARM_UP_MAX_DAYS);
    Some(WarmUp { start_per_day: start_per_day?, growth_percent: growth_percent?, days: days? })
}

fn quiet_hours(fields: &mut Fields<'_>) -> Option<QuietHours> {
    let mut time = |name| {
        let text = fields.required_text(name);
        fields.parsed(name, text, str::parse::<ClockTime>)
    };
    let (from, to) = (time("from"), time("to"));
    let quiet = QuietHours { from: from?, to: to? };
    if quiet.from == quiet.to {
        fields.note("to", FieldCode::OutOfRange, "must not be the same time as from");
        return None;
    }
    Some(quiet)
}

/// At least one: with none at all, what waits would wait for ever.
fn from_one(fields: &mut Fields<'_>, name: &'static str, most: u32) -> Option<u32> {
    fields.optional(name)?;
    required(fields, name, 1, most)
}

fn required(fields: &mut Fields<'_>, name: &'static str, least: u32, most: u32) -> Option<u32> {
    if fields.optional(name).is_none() {
        fields.note(name, FieldCode::Required, &format!("is missing: a number from {least} to {most}"));
        return None;
    }
    let number = fields.optional_u32(name)?;
    if !(least..=most).contains(&number) {
        fields.note(name, FieldCode::OutOfRange, &format!("must be from {least} to {most}"));
        return None;
    }
    Some(number)
}

/// The schema of the block. What exceeds a limit waits; answers to contacts who wrote do not count among new contacts, and
/// go out in quiet hours.
#[cfg(feature = "schema")]
pub(crate) fn schema() -> serde_json::Value {
    use crate::schema::{body, or_null};
    use serde_json::json;
    let most = json!({ "type": ["integer", "null"], "minimum": 1, "maximum": DAILY_MAX_CEILING });
    let clock = json!({ "type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$" });
    let warm_up = json!({
        "startPerDay": { "type": "integer", "minimum": 1, "maximum": DAILY_MAX_CEILING },
        "growthPercent": { "type": "integer", "minimum": 0, "maximum": WARM_UP_GROWTH_MAX_PERCENT },
        "days": { "type": "integer", "minimum": 1, "maximum": WARM_UP_MAX_DAYS },
    });
    let properties = json!({
        "dailyMax": most,
        "newContactsDailyMax": most,
        "warmUp": or_null(body(&["startPerDay", "growthPercent", "days"], &warm_up)),
        "quietHours": or_null(body(&["from", "to"], &json!({ "from": clock, "to": clock }))),
        "timeZone": { "type": ["string", "null"], "default": "UTC", "examples": ["Europe/Berlin"] },
    });
    or_null(body(&[], &properties))
}
