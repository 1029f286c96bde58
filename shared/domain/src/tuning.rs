//! The internal values, such as time-outs and batch sizes, each with its unit in its name and its reason beside it.
//!
//! The limits that a caller can hit are in [`crate::limits`].

/// Time-out of the dispatch function, in milliseconds; `template.yaml` says the same, held together by a test.
pub const DISPATCH_TIMEOUT_MS: i64 = 15_000;

/// How long a worker may own a session, in milliseconds.
///
/// Longer than [`DISPATCH_TIMEOUT_MS`], so that no worker outlives its lease, and shorter than
/// [`VISIBILITY_TIMEOUT_MS`], so that a killed worker's ticket comes back to a session that can be recovered.
pub const LEASE_MS: i64 = 20_000;

/// Visibility time-out of the three FIFO queues, in milliseconds; `template.yaml` says the same.
pub const VISIBILITY_TIMEOUT_MS: i64 = 25_000;

/// Longest provider call, in milliseconds.
///
/// Longer than the 10 s which WAHA waits for a session that is not working before it says so.
pub const PROVIDER_TIMEOUT_MS: i64 = 11_000;

/// What a send takes before its provider call: lease, survey and claim, in milliseconds.
pub const SEND_SETUP_MS: i64 = 500;

/// What must be left of the lease and of the invocation after a provider call, to record its outcome.
pub const RECORD_MARGIN_MS: i64 = 2_000;

/// Longest wait that the dispatcher sleeps out instead of handing the ticket back.
///
/// Visibility is set in whole seconds: the rest of a second is slept, or sessions would lose 5 % of their pace.
pub const INLINE_WAIT_MAX_MS: i64 = 1_000;

/// Shortest deferral by visibility, in seconds: zero would spin.
pub const DEFER_MIN_S: u32 = 1;

/// How late a ticket may come back after a gap, in milliseconds, so that less is slept.
///
/// At the default gaps this costs 0.3 % of a session's pace and saves half of what is slept, some $0.40 a million.
pub const DEFER_LATE_MAX_MS: i64 = 250;

/// Longest deferral by visibility, in seconds: SQS counts its 12 hours from the receipt, an hour is kept in hand.
pub const DEFER_MAX_S: u32 = 11 * 3600;

/// Longest delay of a message in a standard queue, in seconds (SQS).
pub const TIMER_DELAY_MAX_S: u32 = 900;

/// Receives after which a fresh ticket is sent through the timer, long before the queue's own limit removes the old one.
pub const TICKET_MAX_RECEIVES: u32 = 20;

/// Receives after which a timer item that fails is sent anew: its queue takes away what it has delivered 100 times.
pub const TIMER_ITEM_MAX_RECEIVES: u32 = 20;

/// Visibility time-out of the timer queue, in seconds.
pub const TIMER_VISIBILITY_S: u32 = 15;

/// Age from which a fresh ticket is sent through the timer, in milliseconds, long before the 14 days of retention end.
pub const TICKET_MAX_AGE_MS: i64 = 24 * 3600 * 1000;

/// How long before an instant the work must be stored whose tickets are merged with others that wait for it, in milliseconds:
/// far more than clocks differ.
pub const MERGE_AHEAD_MS: i64 = 2_000;

/// How old a ticket is that counts as having stood behind another of its session when it is received for the first time, in
/// milliseconds. The tickets of a session without a backlog never get so old.
pub const STOOD_BEHIND_MS: i64 = 60_000;

/// How often a ticket goes through the timer without a call of a provider, before it is given up as one that circles for ever.
///
/// None does that honestly: what lies far ahead waits in a table, a hold ends with a call, and the clearing of a deleted
/// session takes some hours, of 60 hops each. The line of a ticket that is given up wrongly is found by `sweep`.
pub const HOPS_MAX: u32 = 1_000;

/// Messages of unknown outcome in a row after which a session is held: each has failed, and the next would, too.
pub const UNKNOWN_RUN_MAX: u32 = 3;

/// First hold of a session after session-level trouble, in milliseconds; it doubles up to [`HOLD_MAX_MS`].
pub const HOLD_BASE_MS: i64 = 5_000;
/// See [`HOLD_BASE_MS`].
pub const HOLD_MAX_MS: i64 = 5 * 60 * 1000;

/// First hold of a session whose credentials were refused; it doubles up to [`HOLD_CREDENTIALS_MAX_MS`].
pub const HOLD_CREDENTIALS_BASE_MS: i64 = 5 * 60 * 1000;
/// See [`HOLD_CREDENTIALS_BASE_MS`].
pub const HOLD_CREDENTIALS_MAX_MS: i64 = 3600 * 1000;

/// First hold of a session whose account WhatsApp restricts; it doubles up to [`HOLD_RESTRICTED_MAX_MS`].
///
/// The probes are few, because each is a real message of an account under watch. Mostly a person ends a restriction, and then
/// ends the hold as well.
pub const HOLD_RESTRICTED_BASE_MS: i64 = 30 * 60 * 1000;
/// See [`HOLD_RESTRICTED_BASE_MS`]. Short enough that a restriction of a day is noticed as over within a quarter of a day.
pub const HOLD_RESTRICTED_MAX_MS: i64 = 6 * 3600 * 1000;

/// How long a session writes to no new contacts after WhatsApp refused one (WAHA's error 463), in milliseconds. WhatsApp does
/// not say how long the lock lasts; each probe is one message to one new contact.
pub const NEW_CONTACTS_HOLD_MS: i64 = 3600 * 1000;

/// Longest wait for one recipient after Meta said that too much was sent to it, in milliseconds: 4^4 s. Meta lets one
/// message through every 6 s after a burst of 45, so that nearly all of a burst has room again by then.
pub const RECIPIENT_HOLD_MAX_MS: i64 = 256_000;

/// Waiting messages whose contacts are checked in one call: those of one look at a line.
pub const CONTACTS_AT_ONCE: usize = SURVEY_PAGE;

/// Such checks that a worker makes under one lease, while new contacts are kept back: a quarter of a second's work. It goes on
/// a second later.
pub const CONTACT_LOOKS_MAX: usize = 8;

/// Pause before a worker that has made all its checks goes on, in milliseconds.
pub const CONTACT_LOOKS_PAUSE_MS: i64 = 1_000;

/// How far ahead the first message of a line may be due for its ticket to wait for it, in milliseconds. What is due later has a
/// wake-up of its own, and its ticket is deleted: or all tickets of a session for which something is always scheduled would go
/// round and round.
pub const TICKET_REACH_MS: i64 = 40_000;

/// A message that is put off for longer than this gets a wake-up of its own, in milliseconds: longer than a retry waits, and so
/// much less than [`TICKET_REACH_MS`] that neither clocks nor a slow queue matter.
pub const OWN_WAKE_UP_AFTER_MS: i64 = 25_000;

/// How many waiting messages one look at a session reads: as many keys as fit in one 4 KB read unit.
pub const SURVEY_PAGE: usize = 24;

/// How many recipients are stored in one go: some seconds of work, far less than a function's time-out.
pub const SEGMENT_ROWS: u32 = 1_000;

/// How many files of a campaign are stored side by side: enough to store fifty segments in a second.
pub const FILES_AT_ONCE: usize = 8;

/// How many rows are written side by side, at most: more than one session's partition takes.
pub const ROWS_AT_ONCE_MAX: usize = 32;

/// How many rows are written side by side at first: about what one session's partition takes.
pub const ROWS_AT_ONCE: usize = 8;

/// First pause after a row was refused, in milliseconds; it doubles up to [`STORE_PAUSE_MAX_MS`].
pub const STORE_PAUSE_MS: i64 = 100;
/// See [`STORE_PAUSE_MS`].
pub const STORE_PAUSE_MAX_MS: i64 = 5_000;

/// What must be left of an invocation for what follows a segment: the note, the next step.
pub const STEP_MARGIN_MS: i64 = 15_000;

/// Reads that a worker makes in a session's lines, those of campaigns included, before it puts the line off. Each read passes
/// over one campaign of any length, or over several short ones. A lease must outlast all of them.
pub const SURVEY_READS_MAX: usize = 40;

/// How long a line is put off, in milliseconds, when that many reads found only paused rows.
pub const SURVEY_PUT_OFF_MS: i64 = 60_000;

/// How many campaigns are read at once to learn whether they may send.
pub const CAMPAIGN_READS_AT_ONCE: usize = 8;

/// Rows of a cancelled campaign, or of a deleted session's line, that are read at once.
pub const CLEAR_ROWS: usize = 100;

/// What must be left of an invocation of `chores` for the rows in hand, the note and the next step, in milliseconds.
pub const CHORE_MARGIN_MS: i64 = 15_000;

/// How long a step of a chore may be overdue before `sweep` sends it again, in milliseconds: longer than a step and its
/// visibility time-out together, so that a step that is at work is not doubled.
pub const CHORE_LATE_MS: i64 = 3 * 60_000;

/// How long `sweep` waits before it sends an overdue step once more, in milliseconds. Copies of a step do no harm, but each is
/// an invocation.
pub const CHORE_AGAIN_MS: i64 = 15 * 60_000;

/// Open chores that one sweep looks at.
pub const CHORES_SWEPT: usize = 500;

/// How many rows of a cancelled campaign are cancelled at the same time: each takes two write units, and a session's
/// partition has a thousand a second, which the session's own sends need, too.
pub const CLEAR_IN_FLIGHT: usize = 2;

/// Delay before a row of a cancelled campaign is looked at again because a worker had it in hand, in seconds. By then its call
/// is over, and if its worker died, its ticket has come back.
pub const CLEAR_AGAIN_S: u32 = 30;

/// Delay of the safety-net timer item sent before a campaign decision is written, in seconds.
///
/// Longer than the deciding function may run, and than a request of it that is still under way when it dies. So the item
/// arrives when the decision was made or never will be.
pub const DECISION_INSURANCE_S: u32 = 50;

/// How much longer than expected a message must be kept before its conversation is kept longer, too, in seconds. A message
/// that is sent in time thus costs no second write.
pub const CONVERSATION_OUTLIVED_S: i64 = 86_400;

/// How long a number that was found on WhatsApp is not checked again, in milliseconds. It is checked again at all because
/// people leave, and numbers are given to others.
pub const NUMBER_KNOWN_MS: i64 = 30 * 86_400_000;

/// Tries of a decision about a campaign, when others decide at the same time.
pub const DECISION_ROUNDS_MAX: usize = 4;

/// Most bytes that one list request reads, as DynamoDB bills them. This keeps every list quick and cheap.
pub const LIST_READ_MAX_BYTES: usize = 2 * 1024 * 1024;

/// Most bytes that one query of DynamoDB reads.
pub const QUERY_MAX_BYTES: usize = 1024 * 1024;

/// The largest message that there can be, in bytes: text, URL and caption of four-byte characters, and the other fields. This
/// much of the budget is set aside for each message that is read by its key, since its size is known only afterwards.
pub const MESSAGE_MAX_BYTES: usize = 40 * 1024;

/// Most entries of the index by account that one query asks for: about 150 bytes each.
pub const INDEX_PAGE: usize = 6_000;

/// How many days hourly counters are kept: the longest period that can be asked for is 30 days.
pub const STATISTICS_KEPT_DAYS: i64 = 40;

/// Age, in days, from which a message's changes are not counted any more, since its counters may be deleted. A day less
/// than [`STATISTICS_KEPT_DAYS`] would do, because DynamoDB may delete at any time after that.
pub const STATISTICS_COUNTED_DAYS: i64 = 35;

/// Largest file of rejected recipients that an answer holds, in bytes: a Lambda answer may have 6 MB in all. A larger file is
/// read from the bucket.
pub const REJECTED_ANSWER_MAX_BYTES: usize = 5 * 1024 * 1024;

/// In how many parts the table `due` is kept.
///
/// One part takes 1,000 writes a second; the API lets 500 requests through. More parts would cost more empty reads.
pub const DUE_SHARDS: u8 = 4;

/// How far ahead of its time a wake-up is moved from the table `due` into the timer, in milliseconds.
///
/// Far enough below [`TIMER_DELAY_MAX_S`] that even a slow write of a row ends before the row is looked for. And longer than a
/// few runs of `promote`, which runs every minute, so that missed runs make no message late.
pub const PROMOTE_AHEAD_MS: i64 = 10 * 60 * 1000;

/// A scheduled run starts no further step when less than this is left of its time, in milliseconds: more than one step takes.
pub const SCHEDULE_MARGIN_MS: i64 = 10_000;

/// How many wake-ups one query of the table `due` reads.
pub const PROMOTE_PAGE: usize = 100;

/// Most wake-ups that one run moves at the same time: enough to move thousands in a minute.
pub const PROMOTE_AT_ONCE: usize = 25;

/// In how many parts the table of watched sessions is kept, see [`DUE_SHARDS`].
pub const WATCH_SHARDS: u8 = 4;

/// How long a consumer of the stream does not note a session again, in milliseconds.
pub const WATCH_CACHE_MS: i64 = 5 * 60 * 1000;

/// How long after its last note a session may be put aside or forgotten, in milliseconds.
///
/// [`WATCH_CACHE_MS`], and far more on top than clocks differ and a sweep takes: see `docs/DISPATCH.md`.
pub const WATCH_SETTLED_MS: i64 = 15 * 60 * 1000;

/// Most sessions that a consumer of the stream notes, or a sweep looks at, at the same time.
pub const WATCH_AT_ONCE: usize = 8;

/// How many watched sessions one query of the table reads.
pub const WATCH_PAGE: usize = 500;

/// From one sweep to the next, in milliseconds; a test checks that `template.yaml` has the same value.
pub const SWEEP_PERIOD_MS: i64 = 5 * 60 * 1000;

/// From one run of `promote` to the next, in milliseconds; a test checks that `template.yaml` has the same value.
pub const PROMOTE_PERIOD_MS: i64 = 60 * 1000;

/// A line stands still when its first message could have gone this long ago, in milliseconds.
///
/// Longer than a ticket can be hidden: 25 s after a worker was killed, and up to 25 s more after an error. If one is hidden
/// for longer after all, one ticket too many is sent.
pub const STALLED_AFTER_MS: i64 = 60 * 1000;

/// How long a line stands still before it gets tickets less often than with every sweep, in milliseconds.
///
/// By then a dozen tickets were lost, which is no accident: nothing serves the queues.
pub const STALLED_LONG_MS: i64 = 3600 * 1000;

/// How long a line that its session's hold or limits keep back rests at most before a sweep looks at it again, in milliseconds:
/// its owner may change them, and the tickets that follow such a change may be lost.
pub const KEPT_BACK_LOOK_MS: i64 = 15 * 60 * 1000;

/// How long after it may be sent a campaign that is still being stored is told of, in milliseconds: twice what the largest takes
/// alone.
pub const INGESTING_LONG_MS: i64 = 2 * 3600 * 1000;

/// Campaigns that a sweep passes over in a line to see whether what stands behind them could go.
pub const CAMPAIGNS_PASSED_OVER: usize = 5;

/// How long after its time a wake-up is still in the table `due` when `promote` is not at work, in milliseconds.
pub const PROMOTE_LATE_MS: i64 = 2 * 60 * 1000;

/// How long after an attempt of unknown outcome a report without an id of ours may still be about it, in milliseconds.
pub const UNKNOWN_SETTLED_WITHIN_MS: i64 = 5 * 60 * 1000;

/// How long a report waits for our own record of the send at first, in seconds; after that it comes every 15 s.
pub const REPORT_PARKED_S: u32 = 2;

/// How often a parked report is tried, before it is dropped: over a minute, in which a dead worker's message is settled.
pub const REPORT_TRIES_MAX: u32 = 8;

/// How long an OpenID provider's configuration and keys are cached, in milliseconds. A token with an unknown key is a reason to
/// fetch them at once.
pub const ISSUER_CACHED_MS: i64 = 3600 * 1000;

/// Longest answer of an OpenID provider that is read, in bytes: documents and key sets have some thousand.
pub const ISSUER_ANSWER_MAX_BYTES: usize = 256 * 1024;

/// How exact `lastUsedAt` of an API key is, in milliseconds: a busy key costs one write in this time.
pub const API_KEY_USE_NOTED_MS: i64 = 10 * 60 * 1000;

/// How long a new API key may be missing in the index by account, in milliseconds.
pub const API_KEY_INDEX_LAG_MS: i64 = 30_000;

/// How long after its deletion a session is looked at for the last time, in milliseconds. Longer than the 30 s in which a
/// function that has read the session before may still store a message or campaign, so that nothing is left waiting.
pub const DELETION_SETTLED_MS: i64 = 60_000;

/// Delay before a ticket of a deleted session looks again, in milliseconds: its waiting messages are being cancelled.
pub const DELETION_WAIT_MS: i64 = 60_000;

/// How long after a deletion a ticket that still meets work starts the clearing again, in milliseconds: a million rows are
/// cleared in about three hours.
pub const DELETION_OVERDUE_MS: i64 = 6 * 3600 * 1000;

/// How many campaigns of an account are read at once, when a session is deleted.
pub const CLEAR_CAMPAIGNS: usize = 100;

/// How often a change of a session is tried when others change it at the same time.
pub const SESSION_CHANGE_TRIES: usize = 4;

/// How long a run keeps the key that it reserved, in milliseconds: the API gives up at 30 s, and no function runs on after
/// that.
pub const IDEMPOTENCY_LEASE_MS: i64 = 35 * 1000;

/// Largest body of an answer that is kept, in bytes: an item may have 400 KB, and base64 makes the body longer. A request with
/// a larger answer runs again under the same seed, which gives the same answer.
pub const IDEMPOTENCY_ANSWER_MAX_BYTES: usize = 128 * 1024;

/// How long ending a hold is tried while a worker has the session, in milliseconds: within the function's 10 s.
pub const RESUME_WITHIN_MS: i64 = 6_000;

/// Pause between two of these tries, in milliseconds: a send takes some tenths of a second, and the gap after it is longer.
pub const RESUME_PAUSE_MS: i64 = 200;
