//! Every limit of the product: named, with its unit in its name and its reason beside it.

mod accounts;

pub use accounts::*;

/// Longest text of a message, in characters. WhatsApp refuses longer text bodies.
pub const TEXT_MAX_CHARS: usize = 4096;

/// Longest caption of a media message, in characters. WhatsApp refuses longer ones.
pub const CAPTION_MAX_CHARS: usize = 1024;

/// Longest media URL, in characters: what common servers and proxies still accept.
pub const MEDIA_URL_MAX_CHARS: usize = 2048;

/// Longest base URL of a provider, in characters: host and path of any real server, far below what a row may hold.
pub const BASE_URL_MAX_CHARS: usize = 512;

/// Fewest and most digits of a phone number; E.164 allows at most 15.
pub const PHONE_MIN_DIGITS: usize = 7;
/// See [`PHONE_MIN_DIGITS`].
pub const PHONE_MAX_DIGITS: usize = 15;

/// Largest request body, in bytes: the payload limit of a synchronous Lambda invocation.
pub const BODY_MAX_BYTES: usize = 6 * 1024 * 1024;

/// Most parts of a JSON body (brackets, braces and commas) that is no list of recipients: more than any valid one has, and
/// few enough to be read in little memory, which takes some hundred bytes for each.
pub const JSON_PARTS_MAX: usize = 20_000;

/// How far back `scheduledAt` still means "now": callers' clocks are not exact.
pub const SCHEDULE_PAST_TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// How far ahead `scheduledAt` may lie: a year, whether a leap year or not.
pub const SCHEDULE_AHEAD_MAX_MS: i64 = 366 * 24 * 3600 * 1000;

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

/// Retries after the first attempt.
pub const RETRIES_MAX: u32 = 3;

/// Wait before the first retry, in milliseconds; it doubles with each further one (5, 10, 20 s).
pub const RETRY_BASE_MS: i64 = 5_000;

/// After so many messages of unknown outcome in a row a session rests: each of them has failed, and the next would, too.
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

/// Default pacing between two sends of a session, in milliseconds.
pub const GAP_DEFAULT_MIN_MS: u32 = 5_000;
/// See [`GAP_DEFAULT_MIN_MS`].
pub const GAP_DEFAULT_MAX_MS: u32 = 15_000;
/// The longest gap that a session or campaign may ask for.
pub const GAP_CEILING_MS: u32 = 3_600_000;

/// Most messages, or new contacts, that a session may allow itself a day: more than its gaps allow.
pub const DAILY_MAX_CEILING: u32 = 1_000_000;
/// Longest warm-up of a session, in days.
pub const WARM_UP_MAX_DAYS: u32 = 365;
/// Steepest growth of a warm-up from day to day, in per cent: ten times as much.
pub const WARM_UP_GROWTH_MAX_PERCENT: u32 = 900;

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

/// Most recipients of a bulk request in JSON. More would not fit into [`BODY_MAX_BYTES`] with any text of their own.
pub const BULK_RECIPIENTS_MAX: usize = 50_000;

/// Most rows of a campaign. Storing them takes some 2,000 writes for each thousand, one session's partition takes 1,000
/// a second.
pub const CAMPAIGN_ROWS_MAX: u32 = 1_000_000;

/// How many recipients are stored in one go: some seconds of work, far less than a function's time-out.
pub const SEGMENT_ROWS: u32 = 1_000;

/// Longest record of a CSV file, in bytes: the longest text in letters of four bytes, and three times as much for its
/// variables.
pub const CSV_RECORD_MAX_BYTES: usize = 64 * 1024;

/// Most columns of a CSV file, the room for its ends included.
pub const CSV_COLUMNS_MAX: usize = 256;

/// Most rejected recipients that one answer repeats: a few hundred kilobytes. All of them are in the list of the campaign.
pub const REJECTED_SHOWN_MAX: usize = 1_000;

/// Longest part of a rejected phone number that is repeated, in characters: enough to find it again.
pub const REJECTED_PHONE_SHOWN_MAX_CHARS: usize = 40;

/// Longest file name of an upload, in characters: the longest that common file systems have.
pub const FILE_NAME_MAX_CHARS: usize = 255;

/// How long an address for an upload is good, in milliseconds: long enough for a large file on a slow line to be begun.
pub const UPLOAD_URL_MS: i64 = 15 * 60 * 1000;

/// Longest reason of a pause that is kept with a campaign, in characters.
pub const PAUSED_REASON_MAX_CHARS: usize = 400;

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

/// Largest CSV file, in bytes: [`CAMPAIGN_ROWS_MAX`] rows of some hundred bytes, read well within one invocation.
pub const CSV_FILE_MAX_BYTES: u64 = 512 * 1024 * 1024;

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

/// Largest file of turned-away recipients that an answer holds, in bytes: Lambda's answers may have 6 MB with all that
/// goes round them. A larger one is read from the bucket.
pub const REJECTED_ANSWER_MAX_BYTES: usize = 5 * 1024 * 1024;

/// How long the address of a larger one is good, in milliseconds: it is followed at once.
pub const REJECTED_LINK_MS: i64 = 5 * 60 * 1000;

/// Campaigns that are passed over to get to a page by its number, at most: cursors go further.
pub const CAMPAIGN_SKIP_MAX: usize = 1_000;

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

/// After so long without being noted anew a session may be let rest, or forgotten, in milliseconds.
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
