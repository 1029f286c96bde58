//! What every adapter and every fake of the ports must do.
//!
//! Each module is about one thing, and each of its public functions is one rule: it is named for what it checks, is
//! generic over the ports it needs, and panics when the rule does not hold. The same rules run against the in-memory
//! fakes (`tests/fakes.rs`) and against `DynamoDB` and SQS of the local stack (`tests/local_stack.rs`), so that the
//! simulation, which stands on the fakes, says something about the real thing.
//!
//! [`for_each_rule`] lists them; a test sees to it that none is missing there.

#![expect(async_fn_in_trait, reason = "as in the ports themselves")]
#![expect(
    clippy::missing_panics_doc,
    reason = "a rule that does not hold panics, which is what rules are for"
)]

pub mod accounts;
pub mod answers;
pub mod campaigns;
pub mod cancelling;
pub mod changing;
pub mod chores;
pub mod claiming;
pub mod clearing;
pub mod contacts;
pub mod counters;
pub mod counting;
pub mod files;
pub mod identities;
pub mod leasing;
pub mod listing;
pub mod once;
pub mod promoting;
pub mod queues;
pub mod recording;
pub mod reporting;
pub mod sample;
pub mod sessions;
pub mod storing;
pub mod waiting;
pub mod watching;

#[cfg(feature = "local-stack")]
pub mod stack;

use domain::message::Message;
use shared::ports::{
    AcceptMessages, CancelMessages, ChangeSessions, ClearMessages, ControlCampaigns, CreateApiKeys,
    CreateCampaigns, DeleteSessions, DiscardUploads, DispatchMessages, EndHolds, FinishDeletions,
    LeaseSessions, ListApiKeys, ListCampaigns, ListSessions, LocateMessages, NoteApiKeyUses, NoteIngestion,
    PortError, ReadApiKeys, ReadCampaigns, ReadFiles, ReadLines, ReadMessages, ReadSessions, ReportMessages,
    RevokeApiKeys, WalkSessions, WithdrawMessages, WriteAccounts, WriteFiles, WriteSessions,
};

/// What a rule returns: an error when a port failed that should not.
pub type Checked = Result<(), PortError>;

/// How often a rule about a race is tried: a broken one shows in a few rounds.
pub(crate) const RACES: usize = 12;

/// Looks for something that an index may show late.
pub(crate) const LOOKS: usize = 100;

/// A message that was stored, as it is now.
pub(crate) async fn row<M: Messages>(messages: &M, message: &Message) -> Result<Message, PortError> {
    Ok(ReadMessages::get(messages, message.key()).await?.expect("the message is there"))
}

/// All roles of the table of messages.
pub trait Messages:
    AcceptMessages
    + WithdrawMessages
    + ReadMessages
    + LocateMessages
    + CancelMessages
    + ClearMessages
    + DispatchMessages
    + ReportMessages
    + ReadLines
{
}

impl<T> Messages for T where
    T: AcceptMessages
        + WithdrawMessages
        + ReadMessages
        + LocateMessages
        + CancelMessages
        + ClearMessages
        + DispatchMessages
        + ReportMessages
        + ReadLines
{
}

/// All roles of the table of campaigns.
pub trait Campaigns:
    ReadCampaigns + ListCampaigns + CreateCampaigns + NoteIngestion + ControlCampaigns
{
}

impl<T: ReadCampaigns + ListCampaigns + CreateCampaigns + NoteIngestion + ControlCampaigns> Campaigns for T {}

/// All roles of the table of sessions.
pub trait Sessions: ReadSessions + ListSessions + LeaseSessions + WalkSessions + WriteSessions {}

impl<T: ReadSessions + ListSessions + LeaseSessions + WalkSessions + WriteSessions> Sessions for T {}

/// The table of sessions, for whoever changes and deletes them.
pub trait ChangingSessions {
    /// Its sessions.
    fn sessions(&self) -> impl Sessions + ChangeSessions + EndHolds;

    /// Its deletions.
    fn deletions(&self) -> impl DeleteSessions + FinishDeletions;
}

/// All roles of the bucket, except signing addresses, which only the bucket itself can check.
pub trait Files: WriteFiles + ReadFiles + DiscardUploads {}

impl<T: WriteFiles + ReadFiles + DiscardUploads> Files for T {}

/// All roles of the table of accounts.
pub trait Accounts:
    ReadApiKeys + NoteApiKeyUses + ListApiKeys + CreateApiKeys + RevokeApiKeys + WriteAccounts
{
}

impl<T: ReadApiKeys + NoteApiKeyUses + ListApiKeys + CreateApiKeys + RevokeApiKeys + WriteAccounts> Accounts
    for T
{
}

/// Calls a macro with each module's name, the ports it is about, and its rules.
#[macro_export]
macro_rules! for_each_rule {
    ($with:ident) => {
        $with! { storing, messages:
            a_message_is_read_as_it_was_stored,
            a_short_message_is_read_as_it_was_stored,
            an_unknown_message_is_none,
            a_message_of_another_session_is_none,
            storing_an_id_again_changes_nothing,
            storing_an_id_again_does_not_bring_a_message_back,
            an_inbound_message_stored_twice_is_there_once,
            an_untouched_message_is_withdrawn,
            withdrawing_twice_is_withdrawing_once,
            a_message_is_withdrawn_before_it_arrives,
            a_message_that_went_back_in_line_is_withdrawn,
            a_message_in_a_workers_hands_is_not_withdrawn,
            a_message_is_found_by_its_account_alone
        }
        $with! { waiting, messages:
            a_look_shows_what_waits_in_sending_order,
            every_write_shows_at_once,
            a_look_at_one_line_shows_that_line,
            a_limited_look_says_when_there_is_more,
            a_look_shows_one_session_only,
            a_message_keeps_its_place_while_it_is_sent
        }
        $with! { claiming, messages:
            a_claim_takes_a_waiting_message,
            of_two_claims_at_once_one_succeeds,
            a_claim_needs_a_higher_fence,
            a_repeated_claim_is_ours,
            a_message_that_does_not_wait_is_refused_as_it_is,
            nothing_comes_of_writes_to_an_unknown_message,
            a_fence_keeps_late_claims_off,
            a_fence_is_never_lowered,
            a_fence_changes_nothing_but_waiting_messages
        }
        $with! { recording, messages:
            a_sent_message_leaves_the_line,
            a_requeued_message_moves_in_line,
            a_failed_message_leaves_the_line,
            a_record_needs_the_fence_of_the_claim,
            a_record_needs_a_message_that_is_being_sent,
            a_repeated_record_is_stored_already,
            a_repeated_record_is_stored_already_whatever_came_after,
            another_outcome_under_the_same_fence_is_no_repetition,
            a_repeated_record_has_the_same_fence_and_attempts,
            of_two_outcomes_at_once_one_is_stored
        }
        $with! { cancelling, messages:
            a_waiting_message_is_cancelled,
            cancelling_twice_is_cancelling_once,
            what_may_have_been_sent_is_not_cancelled,
            what_no_longer_waits_is_not_cancelled,
            of_a_cancel_and_a_claim_at_once_one_wins,
            a_cancelled_message_is_never_claimed
        }
        $with! { reporting, messages:
            states_only_move_forward,
            a_report_sets_its_time,
            a_failure_of_unknown_outcome_is_corrected,
            a_report_that_comes_twice_is_nothing_new,
            reports_at_once_end_in_the_furthest_state,
            a_report_brings_its_reason_and_id,
            a_message_is_found_by_its_providers_id,
            an_unknown_outcome_is_unsettled_until_it_is_reported
        }
        $with! { listing, messages:
            a_session_is_read_from_its_end,
            a_session_shows_every_write_at_once,
            an_account_is_read_from_its_end,
            many_messages_are_read_by_their_keys,
            what_was_read_is_told
        }
        $with! { counters, lists:
            counters_count_each_change_once,
            a_race_is_counted_once,
            statistics_are_read_by_account_and_day,
            conversations_are_counted_by_contact,
            a_conversation_keeps_the_last_name_it_was_told,
            a_campaign_that_is_gone_is_not_counted_for,
            a_bookmark_is_there_for_a_while
        }
        $with! { contacts, ledger:
            a_contact_is_new_until_it_was_written_to,
            a_message_does_not_make_its_own_contact_known,
            many_are_asked_at_once,
            a_contact_that_was_noted_is_not_new,
            a_chat_is_kept
        }
        $with! { sessions, sessions:
            a_session_is_read_as_it_was_stored,
            an_unknown_session_is_none,
            storing_a_session_again_keeps_its_pacer,
            a_session_is_never_replaced_by_anothers,
            an_account_has_its_own_sessions_only,
            all_sessions_are_walked_over
        }
        $with! { leasing, sessions:
            an_acquisition_counts_the_fence_up,
            an_acquisition_needs_the_fence_that_was_seen,
            of_two_acquisitions_at_once_one_wins,
            the_same_owner_acquires_once,
            the_same_owner_under_another_fence_has_lost,
            a_lease_points_to_the_message_in_hand,
            only_the_holder_points,
            a_release_leaves_gaps_and_hold_behind,
            a_release_twice_is_a_release_once,
            a_late_release_changes_nothing
        }
        $with! { changing, changing_sessions:
            a_session_is_changed_as_a_whole,
            a_change_needs_what_was_seen,
            of_two_changes_at_once_one_is_stored,
            a_hold_is_ended,
            a_session_is_marked_as_deleted_once,
            a_deleted_session_is_removed
        }
        $with! { clearing, messages:
            the_rows_of_a_campaign_are_found,
            rows_are_read_on_until_there_are_enough,
            what_may_have_been_sent_is_given_up,
            nothing_else_is_given_up,
            a_line_is_read_on_behind_a_place
        }
        $with! { campaigns, campaigns:
            a_campaign_is_read_as_it_was_stored,
            storing_a_campaign_again_changes_nothing,
            a_campaign_of_another_account_is_none,
            campaigns_are_listed_newest_first,
            a_campaign_is_paused_and_resumed,
            the_first_reason_of_a_pause_stays,
            a_cancelled_campaign_stays_cancelled,
            a_finished_campaign_stays_finished,
            a_decision_that_arrives_late_changes_nothing,
            a_decision_that_changes_no_state_fences_earlier_ones,
            of_a_resume_and_a_cancel_at_once_the_cancel_stays,
            what_is_stored_only_grows,
            ingestion_ends_once_whatever_was_decided
        }
        $with! { accounts, accounts:
            an_account_is_there_once_it_is_stored,
            an_api_key_is_found_by_its_hash,
            a_taken_hash_is_refused,
            an_account_has_its_own_api_keys_only,
            a_revoked_api_key_opens_nothing,
            the_latest_use_of_an_api_key_is_noted
        }
        $with! { identities, accounts:
            somebody_keeps_their_account,
            of_many_accounts_at_once_one_is_claimed
        }
        $with! { answers, answers:
            a_name_is_reserved_once,
            of_many_at_once_one_reserves,
            a_kept_answer_is_found,
            a_reservation_is_taken_over_once,
            a_run_without_an_answer_frees_its_name,
            late_runs_change_nothing
        }
        $with! { once, limits:
            something_is_used_once
        }
        $with! { counting, limits:
            requests_pass_up_to_the_limit,
            clients_are_counted_apart,
            a_new_window_begins_after_the_old_one,
            a_count_is_exact_however_many_come_at_once
        }
        $with! { promoting, due:
            a_wake_up_is_found_as_it_was_kept,
            what_is_due_later_is_not_found,
            keeping_twice_is_keeping_once,
            removing_twice_is_removing_once,
            a_limited_look_shows_the_earliest
        }
        $with! { chores, chores:
            a_chore_is_open_until_it_is_finished,
            a_step_is_taken_by_one,
            moving_on_twice_is_moving_on_once,
            beginning_again_keeps_the_place_and_makes_a_new_step,
            starting_over_forgets_the_place,
            a_new_chore_counts_from_elsewhere,
            open_chores_are_listed
        }
        $with! { watching, watched:
            a_noted_session_is_watched,
            a_session_is_watched_since_its_latest_note,
            a_session_rests_until_it_is_noted,
            a_session_stands_still_until_it_is_found_moving,
            what_was_noted_since_is_left_alone,
            a_forgotten_session_is_not_watched,
            all_sessions_are_gone_over
        }
        $with! { files, files:
            a_file_is_read_as_it_was_stored,
            an_unknown_file_is_none,
            files_are_kept_apart,
            storing_a_file_again_replaces_it,
            a_discarded_upload_is_gone,
            a_file_in_parts_is_the_whole_of_it,
            other_names_are_no_uploads
        }
        $with! { queues, queues:
            a_ticket_arrives_in_its_own_queue,
            a_group_arrives_in_order,
            tickets_arrive_together,
            a_ticket_is_deleted_before_its_batch_is_done,
            a_group_waits_for_its_message_in_flight,
            a_repeated_ticket_arrives_once,
            a_ticket_with_a_fresh_id_arrives_again,
            a_hidden_ticket_comes_back_in_time,
            the_timer_keeps_an_item_for_its_delay,
            the_timer_refuses_what_it_cannot_keep_so_long
        }
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// The rules as they are listed, each as `module::rule`.
    fn listed() -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        macro_rules! note {
            ($module:ident, $ports:ident: $($rule:ident),+) => {
                $(all.insert(format!("{}::{}", stringify!($module), stringify!($rule)));)+
            };
        }
        for_each_rule!(note);
        all
    }

    #[test]
    fn every_rule_is_listed() {
        let mut written = BTreeSet::new();
        for (module, source) in [
            ("storing", include_str!("storing.rs")),
            ("waiting", include_str!("waiting.rs")),
            ("claiming", include_str!("claiming.rs")),
            ("recording", include_str!("recording.rs")),
            ("cancelling", include_str!("cancelling.rs")),
            ("reporting", include_str!("reporting.rs")),
            ("listing", include_str!("listing.rs")),
            ("contacts", include_str!("contacts.rs")),
            ("counters", include_str!("counters.rs")),
            ("sessions", include_str!("sessions.rs")),
            ("leasing", include_str!("leasing.rs")),
            ("changing", include_str!("changing.rs")),
            ("clearing", include_str!("clearing.rs")),
            ("campaigns", include_str!("campaigns.rs")),
            ("accounts", include_str!("accounts.rs")),
            ("answers", include_str!("answers.rs")),
            ("identities", include_str!("identities.rs")),
            ("once", include_str!("once.rs")),
            ("counting", include_str!("counting.rs")),
            ("promoting", include_str!("promoting.rs")),
            ("chores", include_str!("chores.rs")),
            ("watching", include_str!("watching.rs")),
            ("files", include_str!("files.rs")),
            ("queues", include_str!("queues.rs")),
        ] {
            for line in source.lines().filter_map(|line| line.strip_prefix("pub async fn ")) {
                let name = line.split(['<', '(']).next().unwrap();
                written.insert(format!("{module}::{name}"));
            }
        }
        assert_eq!(listed(), written);
    }
}
