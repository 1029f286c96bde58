//! Every limit of the product: named, with its unit in its name and its reason beside it.

/// Longest text of a message, in characters. WhatsApp refuses longer text bodies.
pub const TEXT_MAX_CHARS: usize = 4096;

/// Longest caption of a media message, in characters. WhatsApp refuses longer ones.
pub const CAPTION_MAX_CHARS: usize = 1024;

/// Longest media URL, in characters: what common servers and proxies still accept.
pub const MEDIA_URL_MAX_CHARS: usize = 2048;

/// Fewest and most digits of a phone number; E.164 allows at most 15.
pub const PHONE_MIN_DIGITS: usize = 7;
/// See [`PHONE_MIN_DIGITS`].
pub const PHONE_MAX_DIGITS: usize = 15;

/// Largest request body, in bytes: the payload limit of a synchronous Lambda invocation.
pub const BODY_MAX_BYTES: usize = 6 * 1024 * 1024;

/// How far back `scheduledAt` still means "now": callers' clocks are not exact.
pub const SCHEDULE_PAST_TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// How far ahead `scheduledAt` may lie.
///
/// For now as far as one delayed queue message reaches; a year with the `due` table.
pub const SCHEDULE_AHEAD_MAX_MS: i64 = TIMER_DELAY_MAX_S as i64 * 1000;

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

/// Longest deferral by visibility, in seconds: SQS counts its 12 hours from the receipt, an hour is kept in hand.
pub const DEFER_MAX_S: u32 = 11 * 3600;

/// Longest delay of a message in a standard queue, in seconds (SQS).
pub const TIMER_DELAY_MAX_S: u32 = 900;

/// After so many receives a ticket is sent anew through the timer, long before the queue's own limit takes it away.
pub const TICKET_MAX_RECEIVES: u32 = 20;

/// After this age a ticket is sent anew through the timer, long before the 14 days of retention end.
pub const TICKET_MAX_AGE_MS: i64 = 24 * 3600 * 1000;

/// Retries after the first attempt.
pub const RETRIES_MAX: u32 = 3;

/// Wait before the first retry, in milliseconds; it doubles with each further one (5, 10, 20 s).
pub const RETRY_BASE_MS: i64 = 5_000;

/// First hold of a session after session-level trouble, in milliseconds; it doubles up to [`HOLD_MAX_MS`].
pub const HOLD_BASE_MS: i64 = 5_000;
/// See [`HOLD_BASE_MS`].
pub const HOLD_MAX_MS: i64 = 5 * 60 * 1000;
/// First hold of a session whose credentials were refused; it doubles up to [`HOLD_CREDENTIALS_MAX_MS`].
pub const HOLD_CREDENTIALS_BASE_MS: i64 = 5 * 60 * 1000;
/// See [`HOLD_CREDENTIALS_BASE_MS`].
pub const HOLD_CREDENTIALS_MAX_MS: i64 = 3600 * 1000;

/// Default pacing between two sends of a session, in milliseconds.
pub const GAP_DEFAULT_MIN_MS: u32 = 5_000;
/// See [`GAP_DEFAULT_MIN_MS`].
pub const GAP_DEFAULT_MAX_MS: u32 = 15_000;
/// The longest gap that a session or campaign may ask for.
pub const GAP_CEILING_MS: u32 = 3_600_000;

/// Longest name of an account, key or session, in characters.
pub const NAME_MAX_CHARS: usize = 100;

/// How many waiting messages one look at a session reads: as many keys as fit in one 4 KB read unit.
pub const SURVEY_PAGE: usize = 24;

/// Longest error detail that is kept with a message, in characters: enough to understand, small enough to store.
pub const ERROR_DETAIL_MAX_CHARS: usize = 300;

/// Length of the window in which a client's requests are counted, in milliseconds: the limits are by the minute.
pub const RATE_WINDOW_MS: i64 = 60_000;

/// Most field errors that one answer tells: enough to mend a request, however wrong it is.
pub const FIELD_ERRORS_MAX: usize = 20;

/// Longest name of a field that is repeated in an answer, in characters.
pub const FIELD_NAME_SHOWN_MAX_CHARS: usize = 100;

/// Longest reason of a pause that is kept with a campaign, in characters.
pub const PAUSED_REASON_MAX_CHARS: usize = 400;

/// Messages on a page of a list, unless the caller asks for another number.
pub const LIST_LIMIT_DEFAULT: usize = 20;
/// Most messages or conversations on a page: more would not fit into one batch of reads.
pub const LIST_LIMIT_MAX: usize = 100;

/// Most bytes that one list request reads, as DynamoDB bills them: what keeps every list quick and cheap.
pub const LIST_READ_MAX_BYTES: usize = 2 * 1024 * 1024;

/// Most bytes that one query of DynamoDB reads.
pub const QUERY_MAX_BYTES: usize = 1024 * 1024;

/// The largest message that there can be, in bytes: text, URL and caption of four-byte characters, and what came with
/// them. So much is set aside for each message that is read by its key, since its size is known only afterwards.
pub const MESSAGE_MAX_BYTES: usize = 40 * 1024;

/// Most entries of the index by account that one query asks for: about 150 bytes each.
pub const INDEX_PAGE: usize = 6_000;

/// Most messages that are passed over to get to a page by its number, when nobody has come by there before.
pub const PAGE_SKIP_MAX: usize = 5_000;

/// How long the place where a page begins is kept, in seconds: for whoever goes on to the next page.
pub const BOOKMARK_KEPT_S: i64 = 15 * 60;

/// Longest cursor that is looked at, in characters; ours are shorter.
pub const CURSOR_MAX_CHARS: usize = 200;

/// How many days hourly counters are kept after theirs: the longest period that is asked for is 30 days.
pub const STATISTICS_KEPT_DAYS: i64 = 40;
/// Changes of messages older than this, in days, are not counted any more: their counters may be gone. A day less than
/// [`STATISTICS_KEPT_DAYS`] would do; DynamoDB may delete at any time after that.
pub const STATISTICS_COUNTED_DAYS: i64 = 35;

/// Largest body of a provider's webhook, in bytes: Meta sends up to 3 MB.
pub const WEBHOOK_BODY_MAX_BYTES: usize = 4 * 1024 * 1024;

/// How much of what a provider says of an unknown kind of message is kept, in characters of JSON.
pub const INBOUND_DETAILS_MAX_CHARS: usize = 3_000;

/// Longest short text that is kept of an inbound message (ids, names of files, types), in characters.
pub const INBOUND_NAME_MAX_CHARS: usize = 200;

/// How old an inbound message may be, in milliseconds: a phone that comes back after a year brings what it missed.
pub const INBOUND_AGE_MAX_MS: i64 = 366 * 24 * 3600 * 1000;
/// How far ahead the clock of a contact's phone may be, in milliseconds.
pub const INBOUND_AHEAD_MAX_MS: i64 = 24 * 3600 * 1000;

/// For how long after an attempt of unknown outcome a report that bears no id of ours may still be about it, in
/// milliseconds.
pub const UNKNOWN_SETTLED_WITHIN_MS: i64 = 5 * 60 * 1000;

/// How long a report waits for our own record of the send at first, in seconds; after that it comes every 15 s.
pub const REPORT_PARKED_S: u32 = 2;
/// How often a parked report is tried, before it is dropped: over a minute, in which a dead worker's message is settled.
pub const REPORT_TRIES_MAX: u32 = 8;
