use super::*;
use crate::sending::pacer::NewContactsHold;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn berlin(from: &str, to: &str) -> SendingLimits {
    let quiet_hours = Some(QuietHours { from: from.parse().unwrap(), to: to.parse().unwrap() });
    SendingLimits { quiet_hours, time_zone: "Europe/Berlin".parse().unwrap(), ..SendingLimits::default() }
}

fn standing<'a>(limits: &'a SendingLimits, pacer: &'a Pacer) -> Standing<'a> {
    Standing { limits: Some(limits), pacer, created_at: at("2026-01-01T12:00:00Z") }
}

fn quiet_until(limits: &SendingLimits, now: &str) -> Option<Timestamp> {
    standing(limits, &Pacer::default()).closed(Priority::Bulk, at(now)).map(|closed| {
        assert_eq!(closed.reason, "quiet_hours");
        closed.until
    })
}

#[test]
fn quiet_hours_go_over_midnight() {
    let limits = berlin("22:00", "07:00");
    assert_eq!(quiet_until(&limits, "2026-01-10T20:59:59.999Z"), None);
    assert_eq!(quiet_until(&limits, "2026-01-10T21:00:00Z"), Some(at("2026-01-11T06:00:00Z")));
    assert_eq!(quiet_until(&limits, "2026-01-11T05:59:59.999Z"), Some(at("2026-01-11T06:00:00Z")));
    assert_eq!(quiet_until(&limits, "2026-01-11T06:00:00Z"), None);
    let noon = berlin("12:00", "13:00");
    assert_eq!(quiet_until(&noon, "2026-07-01T10:30:00Z"), Some(at("2026-07-01T11:00:00Z")));
}

/// The night is an hour shorter in spring, and an hour longer in autumn; it ends at seven by the clock.
#[test]
fn quiet_hours_follow_the_clock_on_the_wall() {
    let limits = berlin("22:00", "07:00");
    assert_eq!(quiet_until(&limits, "2026-03-28T21:00:00Z"), Some(at("2026-03-29T05:00:00Z")));
    assert_eq!(quiet_until(&limits, "2026-10-24T20:00:00Z"), Some(at("2026-10-25T06:00:00Z")));
}

/// At 02:00 the clock goes to 03:00: an end of 02:30 is passed over. And from 03:00 back to 02:00: it comes twice.
#[test]
fn quiet_hours_may_end_in_an_hour_that_is_left_out_or_comes_twice() {
    let limits = berlin("22:00", "02:30");
    assert_eq!(quiet_until(&limits, "2026-03-29T00:00:00Z"), Some(at("2026-03-29T01:00:00Z")));
    assert_eq!(quiet_until(&limits, "2026-10-24T22:00:00Z"), Some(at("2026-10-25T00:30:00Z")));
    assert_eq!(quiet_until(&limits, "2026-10-25T01:10:00Z"), Some(at("2026-10-25T01:30:00Z")));
    assert_eq!(quiet_until(&limits, "2026-10-25T01:30:00Z"), None);
}

#[test]
fn a_day_that_is_used_up_waits_for_the_next_and_its_quiet_hours() {
    let limits = SendingLimits { daily_max: Some(3), ..berlin("22:00", "07:00") };
    let now = at("2026-01-10T12:00:00Z");
    let mut pacer = Pacer::default();
    for sent in 1..=3 {
        assert_eq!(standing(&limits, &pacer).closed(Priority::Normal, now), None);
        pacer.release.tally = standing(&limits, &pacer).counted(false, now);
        assert_eq!(pacer.release.tally.map(|tally| tally.sent), Some(sent));
    }
    let closed = standing(&limits, &pacer).closed(Priority::Normal, now);
    assert_eq!(closed, Some(Closed { reason: "daily_max", until: at("2026-01-11T06:00:00Z") }));
    assert_eq!(standing(&limits, &pacer).closed(Priority::High, now), None);
    assert_eq!(standing(&limits, &pacer).closed(Priority::Bulk, at("2026-01-11T06:00:00Z")), None);
}

/// Before midnight by one clock, after it by another: the later day's counts hold.
#[test]
fn counts_do_not_go_back_to_an_earlier_day() {
    let limits = SendingLimits { daily_max: Some(1), ..SendingLimits::default() };
    let (before, after) = (at("2026-01-10T23:59:59.900Z"), at("2026-01-11T00:00:00.100Z"));
    let mut pacer = Pacer::default();
    pacer.release.tally = standing(&limits, &pacer).counted(false, after);
    assert!(standing(&limits, &pacer).closed(Priority::Bulk, before).is_some());
    assert!(standing(&limits, &pacer).closed(Priority::Bulk, after).is_some());
}

#[test]
fn a_warm_up_grows_day_by_day_and_ends() {
    let warm_up = Some(WarmUp { start_per_day: 1, growth_percent: 50, days: 6 });
    let limits = SendingLimits { warm_up, new_contacts_daily_max: Some(7), ..SendingLimits::default() };
    let start = at("2026-01-01T12:00:00Z");
    let max = |limits: &SendingLimits, day: i64| {
        limits.new_contacts_max(start, start.plus_millis(day * 86_400_000 - 43_200_000))
    };
    let days: Vec<Option<u32>> = (0..8).map(|day| max(&limits, day)).collect();
    assert_eq!(days, [1, 1, 2, 3, 5, 7, 7, 7].map(Some));
    let open = SendingLimits { new_contacts_daily_max: None, ..limits };
    assert_eq!((max(&open, 5), max(&open, 6)), (Some(7), None));
    let steep = WarmUp { start_per_day: u32::MAX, growth_percent: u32::MAX, days: 400 };
    assert_eq!(steep.new_contacts(365), u32::MAX);
}

#[test]
fn new_contacts_wait_for_the_later_of_cap_and_hold() {
    let limits = SendingLimits { new_contacts_daily_max: Some(1), ..SendingLimits::default() };
    let now = at("2026-01-10T12:00:00Z");
    let mut pacer = Pacer::default();
    assert_eq!(standing(&limits, &pacer).new_contacts_closed(now), None);
    pacer.release.tally = standing(&limits, &pacer).counted(true, now);
    let midnight = at("2026-01-11T00:00:00Z");
    let capped = Closed { reason: "new_contacts_daily_max", until: midnight };
    assert_eq!(standing(&limits, &pacer).new_contacts_closed(now), Some(capped));
    for (until, expected) in [
        (now, capped),
        (midnight.plus_millis(1), Closed { reason: "new_contacts_held", until: midnight.plus_millis(1) }),
    ] {
        pacer.release.new_contacts_hold = Some(NewContactsHold { until, detail: String::new() });
        assert_eq!(standing(&limits, &pacer).new_contacts_closed(now), Some(expected));
    }
}

#[test]
fn a_look_through_a_line_holds_until_new_contacts_may_be_written_to() {
    let limits = SendingLimits { new_contacts_daily_max: Some(1), ..SendingLimits::default() };
    let now = at("2026-01-10T12:00:00Z");
    let place = PendingKey {
        priority: Priority::Bulk,
        due: now,
        message_id: crate::values::ids::MessageId::new(now, 5),
    };
    let behind = PendingKey { due: now.plus_millis(1), ..place };
    let mut pacer = Pacer::default();
    pacer.release.tally = standing(&limits, &pacer).counted(true, now);
    let until = at("2026-01-11T00:00:00Z");
    pacer.release.looked = Some(Looked { until, normal: None, bulk: Some(place) });
    assert!(standing(&limits, &pacer).kept_back(place, now).is_some());
    assert_eq!(standing(&limits, &pacer).kept_back(behind, now), None);
    assert_eq!(standing(&limits, &pacer).kept_back(place, until), None);
}

#[test]
fn what_counts_nothing_keeps_nothing() {
    let now = at("2026-01-10T12:00:00Z");
    assert_eq!(standing(&berlin("22:00", "07:00"), &Pacer::default()).counted(true, now), None);
    let none = Standing { limits: None, pacer: &Pacer::default(), created_at: now };
    assert_eq!((none.counted(true, now), none.closed(Priority::Bulk, now)), (None, None));
}

#[test]
fn they_are_stored_as_the_api_has_them() {
    let limits = SendingLimits { daily_max: Some(3), ..berlin("22:00", "07:00") };
    let json = serde_json::json!({
        "dailyMax": 3, "quietHours": {"from": "22:00", "to": "07:00"}, "timeZone": "Europe/Berlin",
    });
    assert_eq!(serde_json::to_value(&limits).unwrap(), json);
    assert_eq!(serde_json::from_value::<SendingLimits>(json).unwrap(), limits);
}
