//! Limits of logins, API keys, sessions and idempotency keys.

/// How long a login may take, from leaving for the OpenID provider to coming back, in milliseconds: time to find a
/// password and a second factor.
pub const LOGIN_WITHIN_MS: i64 = 10 * 60 * 1000;
/// How long the token of a login is valid, in milliseconds: it cannot be revoked, so that a stolen one should not last.
pub const LOGIN_TOKEN_MS: i64 = 3600 * 1000;
/// How long what an OpenID provider says of itself, its keys among it, is used without asking again, in milliseconds. A
/// token with a key that is not known yet is a reason to ask again at once.
pub const ISSUER_CACHED_MS: i64 = 3600 * 1000;
/// What is read of an answer of an OpenID provider, in bytes: documents and key sets have some thousand.
pub const ISSUER_ANSWER_MAX_BYTES: usize = 256 * 1024;

/// Most API keys of an account: one for each server or tool that somebody keeps apart, and few enough to be listed at once.
pub const API_KEYS_MAX: usize = 25;

/// How exact it is told when an API key was last used, in milliseconds: a busy key costs one write in this time.
pub const API_KEY_USE_NOTED_MS: i64 = 10 * 60 * 1000;

/// For so long a new API key may be missing in the index by account, in milliseconds.
pub const API_KEY_INDEX_LAG_MS: i64 = 30_000;

/// Most sessions of an account: looking a young message up reads each of them, and a list shows them all on a few pages.
pub const SESSIONS_MAX: usize = 100;

/// Up to how many waiting messages are counted before a session is deleted: some hundred bytes each, one query in all.
pub const WAITING_COUNTED_MAX: usize = 5_000;

/// How long after its deletion a session is looked at for the last time, in milliseconds: longer than any function that
/// has read it before may take to store a message or campaign (30 s), so that nothing of it is left waiting.
pub const DELETION_SETTLED_MS: i64 = 60_000;

/// For so long a ticket of a deleted session rests before it looks again, in milliseconds: what waits is being cancelled.
pub const DELETION_WAIT_MS: i64 = 60_000;

/// After so long a ticket that meets work of a deleted session has it cleared once more, in milliseconds: a million rows
/// are cleared in about three hours.
pub const DELETION_OVERDUE_MS: i64 = 6 * 3600 * 1000;

/// How many campaigns of an account are looked at by one timer item, when a session is deleted.
pub const CLEAR_CAMPAIGNS: usize = 100;

/// How often a change of a session is tried when others change it at the same time.
pub const SESSION_CHANGE_TRIES: usize = 4;

/// Longest idempotency key, in characters, as elsewhere.
pub const IDEMPOTENCY_KEY_MAX_CHARS: usize = 255;
/// How long a key means the same request, in milliseconds.
pub const IDEMPOTENCY_KEPT_MS: i64 = 24 * 3600 * 1000;
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
