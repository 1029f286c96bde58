//! The bugs that the simulation has found stay fixed.

use simulation::cases;
use simulation::run::Outcome;

#[track_caller]
fn is_clean(outcome: &Outcome) {
    let found: Vec<String> = outcome.violations.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(outcome.counts.accepted > 0);
}

#[test]
fn cancel_after_an_unknown_outcome() {
    let outcome = cases::cancel_after_an_unknown_outcome();
    is_clean(&outcome);
    assert_eq!((outcome.counts.sent, outcome.counts.cancelled), (1, 0));
}

#[test]
fn an_unreadable_row_in_a_recovery() {
    is_clean(&cases::an_unreadable_row_in_a_recovery());
}

#[test]
fn an_unreadable_row_that_was_tried_before() {
    let outcome = cases::an_unreadable_row_that_was_tried_before();
    is_clean(&outcome);
    assert_eq!(outcome.counts.calls, 1);
}

#[test]
fn a_slow_table_while_a_message_is_scheduled() {
    let outcome = cases::a_slow_table_while_a_message_is_scheduled();
    is_clean(&outcome);
    assert_eq!(outcome.counts.sent, 1);
}

#[test]
fn a_slow_session_in_the_same_batch() {
    let outcome = cases::a_slow_session_in_the_same_batch();
    is_clean(&outcome);
    assert_eq!(outcome.counts.sent, 11);
}

#[test]
fn a_late_copy_of_what_was_taken_back() {
    let outcome = cases::a_late_copy_of_what_was_taken_back();
    is_clean(&outcome);
    assert_eq!(outcome.counts.sent, 1);
}

#[test]
fn a_refused_ticket_and_a_faster_worker() {
    let outcome = cases::a_refused_ticket_and_a_faster_worker();
    let found: Vec<String> = outcome.violations.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_outage_of_an_hour() {
    let outcome = cases::an_outage_of_an_hour();
    is_clean(&outcome);
    assert_eq!(outcome.counts.sent, outcome.counts.accepted);
}

#[test]
fn a_reply_beside_a_campaign_with_shorter_gaps() {
    let outcome = cases::a_reply_beside_a_campaign_with_shorter_gaps();
    is_clean(&outcome);
    assert_eq!(outcome.counts.sent, 4);
}

#[test]
fn a_provider_that_does_not_answer() {
    let outcome = cases::a_provider_that_does_not_answer();
    is_clean(&outcome);
    assert_eq!(outcome.counts.sent, outcome.counts.accepted);
    assert!((3..=20).contains(&outcome.counts.unknown), "{}", outcome.counts.unknown);
}

#[test]
fn new_contacts_in_front_of_a_scheduled_message() {
    let outcome = cases::new_contacts_in_front_of_a_scheduled_message();
    is_clean(&outcome);
    assert_eq!((outcome.counts.accepted, outcome.counts.sent, outcome.counts.cancelled), (5, 4, 1));
}

#[test]
fn a_long_paused_campaign_in_front() {
    let outcome = cases::a_long_paused_campaign_in_front();
    is_clean(&outcome);
    assert_eq!((outcome.counts.accepted, outcome.counts.sent), (3_008, 9));
}

#[test]
fn a_campaign_that_is_paused_while_it_is_stored() {
    let outcome = cases::a_campaign_that_is_paused_while_it_is_stored();
    is_clean(&outcome);
    assert_eq!(outcome.counts.sent, 4);
}
