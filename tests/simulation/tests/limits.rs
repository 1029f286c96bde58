//! Sessions with limits over thirty days, and providers that are down for minutes to days.

use domain::values::ids::SessionId;
use fakes::{Rates, Sabotage};
use simulation::limits::{FAULTS, Month, Season, play};
use simulation::outages;
use simulation::promise::Promise;

fn broken(month: &Month) -> Vec<String> {
    month.outcome.violations.iter().map(ToString::to_string).collect()
}

/// A whole month, in which the clock changes in both directions: no cap is exceeded, no quiet hour disturbed, and every day
/// takes what it may.
#[test]
fn a_month_takes_what_its_days_allow_and_no_more() {
    for season in [Season::Spring, Season::Autumn] {
        let month = play(1, season, Rates::NONE, &[]);
        assert!(broken(&month).is_empty(), "{season:?}\n{}", broken(&month).join("\n"));
        let sessions: Vec<SessionId> = month.limits.keys().copied().collect();
        for (session_id, limits) in &month.limits {
            let days = month.whole_days(*session_id);
            let mut missing = 0;
            for (number, (count, most)) in days.iter().enumerate() {
                // Answers pass the daily maximum, and count. To whom an answer went first, a later message counts as new.
                let is_full = match (limits.daily_max, most) {
                    (Some(daily), _) if count.sent >= daily => true,
                    (_, Some(most)) => {
                        missing += most - count.new_contacts;
                        count.new_contacts + 2 >= *most
                    }
                    (_, None) => true,
                };
                assert!(is_full, "{season:?}, {limits:?}, day {}: {count:?} of {most:?}", number + 1);
            }
            assert!(missing <= 6, "{season:?}, {limits:?}: {missing}");
        }
        // Quiet hours alone keep nothing from being sent.
        let nights = month.outcome.days.iter().filter(|((id, _), _)| *id == sessions[3]);
        assert_eq!(nights.map(|(_, count)| count.sent).sum::<u32>(), 2_120);
    }
}

#[test]
fn a_month_of_faults_exceeds_nothing() {
    for (seed, season) in [(2, Season::Spring), (3, Season::Autumn)] {
        let month = play(seed, season, FAULTS, &[]);
        assert!(broken(&month).is_empty(), "seed {seed}\n{}", broken(&month).join("\n"));
        assert!(month.outcome.counts.sent > 5_000, "{:?}", month.outcome.counts);
    }
}

/// A month shows it when a rule is missing.
#[test]
fn rules_of_limits_that_are_taken_out_are_missed() {
    for (rule, rates, promise) in [
        (Sabotage::NoTally, Rates::NONE, Promise::CapsRespected),
        (Sabotage::NoQuietHours, Rates::NONE, Promise::QuietRespected),
        (Sabotage::ContactsUnasked, Rates::NONE, Promise::CapsRespected),
        (Sabotage::RecoveryUncounted, FAULTS, Promise::CapsRespected),
    ] {
        let month = play(2, Season::Spring, rates, &[rule]);
        let found = month.outcome.violations.iter().any(|violation| violation.promise == promise);
        assert!(found, "{rule:?}");
    }
}

/// Days of trouble cost no attempt and no message, and nothing comes in a burst when they are over: the checker holds each
/// gap. What refuses every message pauses its campaign.
#[test]
fn outages_of_minutes_to_days_cost_nothing() {
    let aftermath = outages::play(1);
    let broken: Vec<String> = aftermath.outcome.violations.iter().map(ToString::to_string).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert_eq!((aftermath.unsent.len(), aftermath.with_burnt_attempts.len()), (0, 0));
    assert_eq!(aftermath.outcome.counts.sent, 2_200);
    let refused = aftermath.outcome.faults[fakes::Fault::ProviderRefusal as usize];
    assert_eq!(refused, 100, "one for each campaign");
}
