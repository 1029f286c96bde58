//! Every limit that a caller can hit, with its unit in its name and its reason beside it.
//!
//! The numbers that no caller sees are in [`crate::tuning`].

/// Longest text of a message, in characters. WhatsApp refuses longer text bodies.
pub const TEXT_MAX_CHARS: usize = 4096;

/// Longest caption of a media message, in characters. WhatsApp refuses longer ones.
pub const CAPTION_MAX_CHARS: usize = 1024;

/// Longest media URL, in characters: signed addresses hold long tokens.
pub const MEDIA_URL_MAX_CHARS: usize = 4096;

/// Longest name of a file that is sent, in characters: the longest that common file systems have.
pub const MEDIA_NAME_MAX_CHARS: usize = 255;

/// Longest type of a file that is sent, in characters; RFC 6838 allows 127 for each half, of which none comes near.
pub const MIME_TYPE_MAX_CHARS: usize = 127;

/// Longest base URL of a provider, in characters: host and path of any real server, far below what a row may hold.
pub const BASE_URL_MAX_CHARS: usize = 512;

/// Fewest and most digits of a phone number; E.164 allows at most 15.
pub const PHONE_MIN_DIGITS: usize = 7;
/// See [`PHONE_MIN_DIGITS`].
pub const PHONE_MAX_DIGITS: usize = 15;

/// Longest id of a chat or person at WhatsApp that is no phone number, in characters: what Meta allows its own ids.
pub const CHAT_ID_MAX_CHARS: usize = 128;

/// Largest request body, in bytes: the payload limit of a synchronous Lambda invocation.
pub const BODY_MAX_BYTES: usize = 6 * 1024 * 1024;

/// Most brackets, braces and commas of a JSON body that is not a list of recipients. More than any valid body has, and few enough
/// for little memory: each takes some hundred bytes.
pub const JSON_PARTS_MAX: usize = 20_000;

/// How far back `scheduledAt` still means "now": callers' clocks are not exact.
pub const SCHEDULE_PAST_TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// How far ahead `scheduledAt` may lie: a year, whether a leap year or not.
pub const SCHEDULE_AHEAD_MAX_MS: i64 = 366 * 24 * 3600 * 1000;

/// Retries after the first attempt.
pub const RETRIES_MAX: u32 = 3;

/// Wait before the first retry, in milliseconds; it doubles with each further one (5, 10, 20 s).
pub const RETRY_BASE_MS: i64 = 5_000;

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

/// Longest name of an account, key or session, in characters.
pub const NAME_MAX_CHARS: usize = 100;

/// Longest error detail that is kept with a message, in characters: enough to understand, small enough to store.
pub const ERROR_DETAIL_MAX_CHARS: usize = 300;

/// Length of the window in which a client's requests are counted, in milliseconds: the limits are by the minute.
pub const RATE_WINDOW_MS: i64 = 60_000;

/// Most field errors in one answer: enough to correct a request, however wrong it is.
pub const FIELD_ERRORS_MAX: usize = 20;

/// Longest name of a field that is repeated in an answer, in characters.
pub const FIELD_NAME_SHOWN_MAX_CHARS: usize = 100;

/// Most recipients of a bulk request in JSON. More would not fit into [`BODY_MAX_BYTES`] with any text of their own.
pub const BULK_RECIPIENTS_MAX: usize = 50_000;

/// Most rows of a campaign. Storing them takes some 2,000 writes for each thousand, one session's partition takes 1,000
/// a second.
pub const CAMPAIGN_ROWS_MAX: u32 = 1_000_000;

/// Longest record of a CSV file, in bytes: the longest text in four-byte characters, and three times as much for its
/// variables.
pub const CSV_RECORD_MAX_BYTES: usize = 64 * 1024;

/// Most columns of a CSV file; memory for their ends is set aside.
pub const CSV_COLUMNS_MAX: usize = 256;

/// Most rejected recipients that one answer repeats: a few hundred kilobytes. All of them are in the list of the campaign.
pub const REJECTED_SHOWN_MAX: usize = 1_000;

/// Longest part of a rejected phone number that is repeated, in characters: enough to find it again.
pub const REJECTED_PHONE_SHOWN_MAX_CHARS: usize = 40;

/// Longest file name of an upload, in characters: the longest that common file systems have.
pub const FILE_NAME_MAX_CHARS: usize = 255;

/// How long an upload address is valid, in milliseconds: long enough to begin a large file on a slow line.
pub const UPLOAD_URL_MS: i64 = 15 * 60 * 1000;

/// Longest reason of a pause that is kept with a campaign, in characters.
pub const PAUSED_REASON_MAX_CHARS: usize = 400;

/// Largest CSV file, in bytes: [`CAMPAIGN_ROWS_MAX`] rows of some hundred bytes, read well within one invocation.
pub const CSV_FILE_MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Messages on a page of a list, unless the caller asks for another number.
pub const LIST_LIMIT_DEFAULT: usize = 20;

/// Most messages or conversations on a page: more would not fit into one batch of reads.
pub const LIST_LIMIT_MAX: usize = 100;

/// Most messages that are skipped to get to a page by its number, when no earlier request has noted where it begins.
pub const PAGE_SKIP_MAX: usize = 5_000;

/// How long the place where a page begins is kept, in seconds, for the request of the next page.
pub const BOOKMARK_KEPT_S: i64 = 15 * 60;

/// Longest cursor that is parsed, in characters; ours are shorter.
pub const CURSOR_MAX_CHARS: usize = 200;

/// How long the address of a long list of rejected recipients is valid, in milliseconds: clients follow it at once.
pub const REJECTED_LINK_MS: i64 = 5 * 60 * 1000;

/// Most campaigns that are skipped to get to a page by its number; cursors reach further.
pub const CAMPAIGN_SKIP_MAX: usize = 1_000;

/// Largest body of a provider's webhook, in bytes: Meta sends up to 3 MB.
pub const WEBHOOK_BODY_MAX_BYTES: usize = 4 * 1024 * 1024;

/// Longest description of an unknown kind of inbound message that is kept, in characters of JSON.
pub const INBOUND_DETAILS_MAX_CHARS: usize = 3_000;

/// Longest short text that is kept of an inbound message (ids, names of files, types), in characters.
pub const INBOUND_NAME_MAX_CHARS: usize = 200;

/// How old an inbound message may be, in milliseconds: a phone that comes back after a year brings what it missed.
pub const INBOUND_AGE_MAX_MS: i64 = 366 * 24 * 3600 * 1000;

/// How far ahead the clock of a contact's phone may be, in milliseconds.
pub const INBOUND_AHEAD_MAX_MS: i64 = 24 * 3600 * 1000;

/// How long a login may take, from leaving for the OpenID provider to coming back, in milliseconds: time to find a
/// password and a second factor.
pub const LOGIN_WITHIN_MS: i64 = 10 * 60 * 1000;

/// How long the token of a login is valid, in milliseconds. It cannot be revoked, so a stolen one must expire soon.
pub const LOGIN_TOKEN_MS: i64 = 3600 * 1000;

/// Most API keys of an account: enough for one key per server or tool, and few enough to list at once.
pub const API_KEYS_MAX: usize = 25;

/// Most sessions of an account: looking up a message that was just accepted reads each of them, and lists show
/// them on a few pages.
pub const SESSIONS_MAX: usize = 100;

/// Most waiting messages that are counted before a session is deleted: some hundred bytes each, one query in all.
pub const WAITING_COUNTED_MAX: usize = 5_000;

/// Longest idempotency key, in characters, as elsewhere.
pub const IDEMPOTENCY_KEY_MAX_CHARS: usize = 255;

/// How long an idempotency key stands for its request, in milliseconds.
pub const IDEMPOTENCY_KEPT_MS: i64 = 24 * 3600 * 1000;
