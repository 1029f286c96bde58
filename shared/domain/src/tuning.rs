//! What we turned: every number that decides how the machinery runs, named, with its unit in its name and its reason beside
//! it.
//!
//! What a caller can hit is in [`crate::limits`].

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

/// What a turn takes before its provider call: lease, survey and claim, in milliseconds.
pub const TURN_SETUP_MS: i64 = 500;

/// What must be left of the lease and of the invocation after a provider call, to record its outcome.
pub const RECORD_MARGIN_MS: i64 = 2_000;

/// Longest wait that the dispatcher sleeps out instead of handing the ticket back.
///
/// Visibility is set in whole seconds: the rest of a second is slept, or sessions would lose 5 % of their pace.
pub const INLINE_WAIT_MAX_MS: i64 = 1_000;

/// Shortest deferral by visibility, in seconds: zero would spin.
pub const DEFER_MIN_S: u32 = 1;

/// How much too late a ticket may come back from a gap, in milliseconds, to save the sleep of the rest of a second.
///
/// At the default gaps this costs 0.3 % of a session's pace and saves half of what is slept, some $0.40 a million.
pub const DEFER_LATE_MAX_MS: i64 = 250;

/// Longest deferral by visibility, in seconds: SQS counts its 12 hours from the receipt, an hour is kept in hand.
pub const DEFER_MAX_S: u32 = 11 * 3600;

/// Longest delay of a message in a standard queue, in seconds (SQS).
pub const TIMER_DELAY_MAX_S: u32 = 900;

/// After so many receives a ticket is sent anew through the timer, long before the queue's own limit takes it away.
pub const TICKET_MAX_RECEIVES: u32 = 20;

/// After this age a ticket is sent anew through the timer, long before the 14 days of retention end.
pub const TICKET_MAX_AGE_MS: i64 = 24 * 3600 * 1000;

/// After so many messages of unknown outcome in a row a session is held: each of them has failed, and the next would, too.
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
/// Each probe is a real message of an account under watch, and what ends a restriction is mostly a person, who then ends
/// the hold as well: so the probes are few.
pub const HOLD_RESTRICTED_BASE_MS: i64 = 30 * 60 * 1000;
/// See [`HOLD_RESTRICTED_BASE_MS`]. Short enough that a restriction of a day costs at most a quarter of one on top.
pub const HOLD_RESTRICTED_MAX_MS: i64 = 6 * 3600 * 1000;

/// How long a session keeps from new contacts after WhatsApp refused one (WAHA's error 463), in milliseconds. How long
/// the lock lasts is not told; each probe is one message to one new contact.
pub const NEW_CONTACTS_HOLD_MS: i64 = 3600 * 1000;

/// Longest wait for one recipient after Meta said that too much was sent to it, in milliseconds: 4^4 s. Meta lets one
/// message through every 6 s after a burst of 45, so that nearly all of a burst has room again by then.
pub const RECIPIENT_HOLD_MAX_MS: i64 = 256_000;

/// How many waiting messages are asked at once whether their contacts are new: those of one look at a line.
pub const CONTACTS_AT_ONCE: usize = SURVEY_PAGE;

/// How often a worker asks that under one lease, while new contacts are kept back: a quarter of a second's work. It goes on
/// a second later.
pub const CONTACT_LOOKS_MAX: usize = 8;

/// When a worker that has asked that often looks on, in milliseconds.
pub const CONTACT_LOOKS_PAUSE_MS: i64 = 1_000;

/// How much nearer than [`TIMER_DELAY_MAX_S`] a message's new time may be to be woken by its line's ticket alone, in
/// milliseconds: clocks differ, and each ticket that finds it farther away is deleted.
pub const OWN_WAKE_UP_MARGIN_MS: i64 = 60_000;

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

/// How often a worker reads on in a session's lines, or asks about campaigns, before it puts the line off. Each time
/// passes over one campaign of any length, or over several short ones; a lease must outlast all of them.
pub const SURVEY_READS_MAX: usize = 40;

/// How long a line is put off in which nothing but paused rows was found in that many reads, in milliseconds.
pub const SURVEY_PUT_OFF_MS: i64 = 60_000;

/// How many campaigns are asked at once whether they may send.
pub const CAMPAIGN_READS_AT_ONCE: usize = 8;

/// How many rows of a cancelled campaign are looked at by one timer item: done well within a function's time, and few
/// enough to keep nothing else of its batch waiting.
pub const CLEAR_ROWS: usize = 100;

/// How many rows of a cancelled campaign are cancelled at the same time: each takes two write units, and a session's
/// partition has a thousand a second, which the session's own sends need, too.
pub const CLEAR_IN_FLIGHT: usize = 2;

/// When a row of a cancelled campaign that a worker has in hand is looked at again, in seconds: its call is over by
/// then, and if its worker died, its ticket has come back.
pub const CLEAR_AGAIN_S: u32 = 30;

/// How long before it is needed the insurance of a decision about a campaign is sent, in seconds: longer than the
/// function that decides may run, and than a request of it that is still under way when it dies may take, so that it arrives
/// when the decision was made or never will be.
pub const DECISION_INSURANCE_S: u32 = 50;

/// By so much more than was reckoned a message must be kept for its conversation to be kept longer, too, in seconds: what is
/// sent in time costs no second write.
pub const CONVERSATION_OUTLIVED_S: i64 = 86_400;

/// For so long a number that was found on WhatsApp is not asked about again, in milliseconds: people leave, and numbers are
/// given to others.
pub const NUMBER_KNOWN_MS: i64 = 30 * 86_400_000;

/// How often a decision about a campaign is made anew because another one came first.
pub const DECISION_ROUNDS_MAX: usize = 4;

/// Most bytes that one list request reads, as DynamoDB bills them: what keeps every list quick and cheap.
pub const LIST_READ_MAX_BYTES: usize = 2 * 1024 * 1024;

/// Most bytes that one query of DynamoDB reads.
pub const QUERY_MAX_BYTES: usize = 1024 * 1024;

/// The largest message that there can be, in bytes: text, URL and caption of four-byte characters, and what came with
/// them. So much is set aside for each message that is read by its key, since its size is known only afterwards.
pub const MESSAGE_MAX_BYTES: usize = 40 * 1024;

/// Most entries of the index by account that one query asks for: about 150 bytes each.
pub const INDEX_PAGE: usize = 6_000;

/// How many days hourly counters are kept after theirs: the longest period that is asked for is 30 days.
pub const STATISTICS_KEPT_DAYS: i64 = 40;

/// Changes of messages older than this, in days, are not counted any more: their counters may be gone. A day less than
/// [`STATISTICS_KEPT_DAYS`] would do; DynamoDB may delete at any time after that.
pub const STATISTICS_COUNTED_DAYS: i64 = 35;

/// Largest file of turned-away recipients that an answer holds, in bytes: Lambda's answers may have 6 MB with all that
/// goes round them. A larger one is read from the bucket.
pub const REJECTED_ANSWER_MAX_BYTES: usize = 5 * 1024 * 1024;

/// In how many parts the table `due` is kept.
///
/// One takes 1,000 writes a second; the API lets 500 requests through. More parts would cost more looks at nothing.
pub const DUE_SHARDS: u8 = 4;

/// How far ahead of its time a wake-up is moved from the table `due` into the timer, in milliseconds.
///
/// Less than [`TIMER_DELAY_MAX_S`] by far more than a slow write takes, so that a row is there before it is looked for;
/// and more than a few runs of `promote`, which comes each minute, so that missed ones make nothing late.
pub const PROMOTE_AHEAD_MS: i64 = 10 * 60 * 1000;

/// What is left of a scheduled run's time when it takes up nothing new, in milliseconds: more than one step takes.
pub const SCHEDULE_MARGIN_MS: i64 = 10_000;

/// How many wake-ups one look at the table `due` reads.
pub const PROMOTE_PAGE: usize = 100;

/// Most wake-ups that one run moves at the same time: enough to move thousands in a minute.
pub const PROMOTE_AT_ONCE: usize = 25;

/// In how many parts the table of watched sessions is kept, see [`DUE_SHARDS`].
pub const WATCH_SHARDS: u8 = 4;

/// For so long after it has noted a session a consumer of the stream does not note it again, in milliseconds.
pub const WATCH_CACHE_MS: i64 = 5 * 60 * 1000;

/// How long after its last note a session may be put aside or forgotten, in milliseconds.
///
/// More than [`WATCH_CACHE_MS`] by far more than clocks differ and a sweep takes: see `docs/DISPATCH.md`.
pub const WATCH_SETTLED_MS: i64 = 15 * 60 * 1000;

/// Most sessions that a consumer of the stream notes, or a sweep looks at, at the same time.
pub const WATCH_AT_ONCE: usize = 8;

/// How many watched sessions one look at the table reads.
pub const WATCH_PAGE: usize = 500;

/// From one sweep to the next, in milliseconds; `template.yaml` says the same, held together by a test.
pub const SWEEP_PERIOD_MS: i64 = 5 * 60 * 1000;

/// From one run of `promote` to the next, in milliseconds; `template.yaml` says the same, held together by a test.
pub const PROMOTE_PERIOD_MS: i64 = 60 * 1000;

/// A line stands still when its first message could have gone this long ago, in milliseconds.
///
/// Longer than a ticket is out of sight without need: a killed worker's for 25 s, after an error for up to 25 s more. When it
/// is out of sight for longer after all, one ticket too many is sent.
pub const STALLED_AFTER_MS: i64 = 60 * 1000;

/// A line that stands still for this long gets no ticket with every sweep any more, in milliseconds.
///
/// Until then a dozen tickets were lost, which is no chance: nothing serves the queues.
pub const STALLED_LONG_MS: i64 = 3600 * 1000;

/// When wake-ups are still in the table `due` this long after their time, `promote` is not at work, in milliseconds.
pub const PROMOTE_LATE_MS: i64 = 2 * 60 * 1000;

/// For how long after an attempt of unknown outcome a report that bears no id of ours may still be about it, in
/// milliseconds.
pub const UNKNOWN_SETTLED_WITHIN_MS: i64 = 5 * 60 * 1000;

/// How long a report waits for our own record of the send at first, in seconds; after that it comes every 15 s.
pub const REPORT_PARKED_S: u32 = 2;

/// How often a parked report is tried, before it is dropped: over a minute, in which a dead worker's message is settled.
pub const REPORT_TRIES_MAX: u32 = 8;

/// How long what an OpenID provider says of itself, its keys among it, is used without asking again, in milliseconds. A
/// token with a key that is not known yet is a reason to ask again at once.
pub const ISSUER_CACHED_MS: i64 = 3600 * 1000;

/// What is read of an answer of an OpenID provider, in bytes: documents and key sets have some thousand.
pub const ISSUER_ANSWER_MAX_BYTES: usize = 256 * 1024;

/// How exact it is told when an API key was last used, in milliseconds: a busy key costs one write in this time.
pub const API_KEY_USE_NOTED_MS: i64 = 10 * 60 * 1000;

/// For so long a new API key may be missing in the index by account, in milliseconds.
pub const API_KEY_INDEX_LAG_MS: i64 = 30_000;

/// How long after its deletion a session is looked at for the last time, in milliseconds: longer than any function that
/// has read it before may take to store a message or campaign (30 s), so that nothing of it is left waiting.
pub const DELETION_SETTLED_MS: i64 = 60_000;

/// Delay before a ticket of a deleted session looks again, in milliseconds: its waiting messages are being cancelled.
pub const DELETION_WAIT_MS: i64 = 60_000;

/// After so long a ticket that meets work of a deleted session has it cleared once more, in milliseconds: a million rows
/// are cleared in about three hours.
pub const DELETION_OVERDUE_MS: i64 = 6 * 3600 * 1000;

/// How many campaigns of an account are looked at by one timer item, when a session is deleted.
pub const CLEAR_CAMPAIGNS: usize = 100;

/// How often a change of a session is tried when others change it at the same time.
pub const SESSION_CHANGE_TRIES: usize = 4;

/// How long the run that reserved a key is left alone, in milliseconds: the API gives up at 30 s, and no function that
/// answers runs on after that.
pub const IDEMPOTENCY_LEASE_MS: i64 = 35 * 1000;

/// Largest body of an answer that is kept, in bytes: an item may have 400 KB, and longer in base64. A request with a larger
/// one runs again under the same seed, which gives the same answer.
pub const IDEMPOTENCY_ANSWER_MAX_BYTES: usize = 128 * 1024;

/// How long the end of a hold is tried while a worker has the session, in milliseconds: within the function's 10 s.
pub const RESUME_WITHIN_MS: i64 = 6_000;

/// Pause between two of these tries, in milliseconds: a send takes some tenths of a second, and the gap after it is longer.
pub const RESUME_PAUSE_MS: i64 = 200;
