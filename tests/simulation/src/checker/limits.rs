//! What is checked of sessions with limits. Days and clocks are read here in another way than by the product.

use domain::message::Message;
use domain::sending::allowance::SendingLimits;
use domain::values::ids::SessionId;
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use fakes::{CallId, World};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Checker;
use crate::promise::Promise;

/// What went out of a session on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayCount {
    /// Messages.
    pub sent: u32,
    /// How many of them were not answers and were the first message to their contact.
    pub new_contacts: u32,
}

impl Checker {
    /// A call starts: may it, as far as the session's limits are concerned? What counts is what had gone out when the
    /// session was leased for it.
    pub(super) fn check_limits(&mut self, world: &World, message: &Message) {
        if message.priority == Priority::High {
            return;
        }
        let (session_id, key) = (message.session_id, Some(message.key()));
        let skew_ms = self.terms.skew_ms;
        let session = self.session(session_id);
        let (leased_at, created_at, limits) = (session.leased_at, session.created_at, session.limits.clone());
        let is_new = world.is_new_contact(session_id, &message.to);
        let hold = world.session(session_id).and_then(|state| state.pacer.release.new_contacts_hold);
        if is_new && hold.is_some_and(|hold| leased_at.plus_millis(skew_ms) < hold.until) {
            self.violated(
                Promise::NewContactsRest,
                world,
                key,
                "to a new contact, while no chats may be opened",
            );
        }
        let Some(limits) = limits else { return };
        let around = [leased_at.plus_millis(-skew_ms), leased_at.plus_millis(skew_ms)];
        if around.iter().all(|at| is_quiet(&limits, *at)) {
            self.violated(Promise::QuietRespected, world, key, "in the quiet hours");
        }
        let Some(day) = day_without_doubt(&limits, leased_at, skew_ms) else { return };
        let count = self.days.get(&(session_id, day)).copied().unwrap_or_default();
        if limits.daily_max.is_some_and(|most| count.sent >= most) {
            let what = format!("message {} of the day", count.sent + 1);
            self.violated(Promise::CapsRespected, world, key, what);
        }
        if is_new && new_contacts_max(&limits, created_at, day).is_some_and(|most| count.new_contacts >= most)
        {
            let what = format!("new contact {} of the day", count.new_contacts + 1);
            self.violated(Promise::CapsRespected, world, key, what);
        }
    }

    /// A call starts; when it ends it counts.
    pub(super) fn take_in_hand(&mut self, world: &World, id: CallId, message: &Message) {
        let is_new =
            message.priority != Priority::High && world.is_new_contact(message.session_id, &message.to);
        let session = self.session(message.session_id);
        session.in_hand.insert(id, (is_new, session.leased_at));
    }

    /// A call has ended. What lies so near to midnight that the day depends on the clock does not count.
    pub(super) fn count_day(&mut self, session_id: SessionId, id: CallId, was_sent: bool) {
        let skew_ms = self.terms.skew_ms;
        let session = self.session(session_id);
        let Some((is_new, leased_at)) = session.in_hand.remove(&id).filter(|_| was_sent) else { return };
        let Some(limits) = &session.limits else { return };
        if let Some(day) = day_without_doubt(limits, leased_at, skew_ms) {
            let count = self.days.entry((session_id, day)).or_default();
            count.sent += 1;
            count.new_contacts += u32::from(is_new);
        }
    }
}

/// Calendar and clock on the wall of a session.
fn wall(limits: &SendingLimits, at: Timestamp) -> jiff::ZonedDateTime {
    #[expect(clippy::unwrap_used, reason = "a time and a zone of our own")]
    let (time, zone) = (
        jiff::Timestamp::from_millisecond(at.as_millis()).unwrap(),
        TimeZone::get(&limits.time_zone.to_string()).unwrap(),
    );
    time.to_zoned_datetime(zone)
}

fn is_quiet(limits: &SendingLimits, at: Timestamp) -> bool {
    let Some(quiet) = limits.quiet_hours else { return false };
    let clock = wall(limits, at).strftime("%H:%M").to_string();
    let (from, to) = (quiet.from.to_string(), quiet.to.to_string());
    if from < to { from <= clock && clock < to } else { from <= clock || clock < to }
}

/// The day, as a number, unless clocks may differ about it.
pub(crate) fn day_without_doubt(limits: &SendingLimits, at: Timestamp, skew_ms: i64) -> Option<i64> {
    let [before, after] = [-2 * skew_ms, 2 * skew_ms].map(|off| day(limits, at.plus_millis(off)));
    (before == after).then_some(before)
}

fn day(limits: &SendingLimits, at: Timestamp) -> i64 {
    let epoch = Date::constant(1970, 1, 1);
    wall(limits, at).date().since(epoch).map_or(0, |span| i64::from(span.get_days()))
}

/// The warm-up as one would work it out by hand.
pub(crate) fn new_contacts_max(limits: &SendingLimits, created_at: Timestamp, of_day: i64) -> Option<u32> {
    let number = of_day - day(limits, created_at);
    let warming = limits.warm_up.filter(|warm_up| number < i64::from(warm_up.days)).map(|warm_up| {
        let growth = 1.0 + f64::from(warm_up.growth_percent) / 100.0;
        let grown = f64::from(warm_up.start_per_day) * growth.powi(i32::try_from(number).unwrap_or(0));
        // A hair more, for what floats make of whole numbers.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small positive number"
        )]
        let whole = (grown + 1e-6).floor() as u32;
        whole
    });
    warming.into_iter().chain(limits.new_contacts_daily_max).min()
}
