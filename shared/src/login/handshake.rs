//! What binds a login to the browser that began it.
//!
//! Nothing is stored until a login comes back. The browser keeps one cookie, `<end>.<seed>.<seal>`: when the login
//! expires, 32 random bytes, and a keyed hash of both. State, nonce and PKCE verifier are keyed hashes of the same two, so
//! that nobody who has the cookie alone, or the address of the provider alone, can make up the rest:
//!
//! | what | who sees it | what it is for |
//! |---|---|---|
//! | cookie | this browser | a login that another browser began cannot be finished here |
//! | state | browser, provider | comes back in the address, and must fit the cookie |
//! | nonce | browser, provider | comes back inside the id token, and must fit the cookie |
//! | verifier | this stack alone, until it shows it to the provider | a code that leaks is of no use |

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::limits::LOGIN_WITHIN_MS;
use domain::values::time::Timestamp;
use http::HeaderValue;
use http::header::COOKIE;
use subtle::ConstantTimeEq;

use crate::http::{ApiRequest, ErrorCode, Problem};
use crate::ports::{Entropy, Keyring};

/// The prefix makes browsers refuse it from anyone but this host, and without TLS (but on the machine itself).
const COOKIE_NAME: &str = "__Host-paceline-login";

/// The values that identify a login.
#[derive(Clone, PartialEq, Eq)]
pub struct Handshake {
    /// Comes back in the address.
    pub state: String,
    /// Comes back in the id token.
    pub nonce: String,
    /// Proves to the provider that the code was asked for by this stack (PKCE, RFC 7636).
    pub verifier: String,
    /// The time after which the login cannot be finished any more.
    pub expires_at: Timestamp,
}

/// Begins a login: the parameters for the provider, and the cookie for the browser.
pub fn begin(
    keyring: &impl Keyring,
    entropy: &impl Entropy,
    now: Timestamp,
) -> (Handshake, Option<HeaderValue>) {
    let seed: Vec<u8> =
        [entropy.next_u128(), entropy.next_u128()].iter().flat_map(|n| n.to_be_bytes()).collect();
    let expires_at = now.plus_millis(LOGIN_WITHIN_MS);
    let sealed = format!("{}.{}", expires_at.as_millis(), URL_SAFE_NO_PAD.encode(seed));
    let seal = URL_SAFE_NO_PAD.encode(keyring.seal(&format!("login cookie#{sealed}")));
    let cookie = cookie(&format!("{sealed}.{seal}"), LOGIN_WITHIN_MS / 1000);
    (Handshake::of(&sealed, expires_at, |text| keyring.seal(text)), cookie)
}

/// The login that a request brings back: its cookie and `state` must be of the same one, and in time.
pub fn resume(
    keyring: &impl Keyring,
    request: &ApiRequest,
    state: &str,
    now: Timestamp,
) -> Result<Handshake, Problem> {
    let cookie = cookie_of(request).ok_or_else(|| wrong("This browser has begun no login"))?;
    let (sealed, seal) = cookie.rsplit_once('.').ok_or_else(|| wrong("The cookie was changed"))?;
    let seal = URL_SAFE_NO_PAD.decode(seal).map_err(|_| wrong("The cookie was changed"))?;
    // A login may begin before the stack's secret is exchanged, and end after.
    let seals = keyring.seals(&format!("login cookie#{sealed}"));
    let key = seals.iter().position(|expected| expected.ct_eq(&seal).into());
    let key = key.ok_or_else(|| wrong("The cookie was changed"))?;
    let end = sealed.split('.').next().and_then(|end| end.parse().ok());
    let expires_at = end.map(Timestamp::from_millis).ok_or_else(|| wrong("The cookie was changed"))?;
    if expires_at <= now {
        return Err(wrong("The login took too long"));
    }
    let handshake =
        Handshake::of(sealed, expires_at, |text| keyring.seals(text).get(key).copied().unwrap_or_default());
    let is_begun_here: bool = handshake.state.as_bytes().ct_eq(state.as_bytes()).into();
    if !is_begun_here {
        return Err(wrong("The login was begun by another browser, or again in another tab"));
    }
    Ok(handshake)
}

/// Takes the cookie away: a login is finished once.
pub fn forget_cookie() -> Option<HeaderValue> {
    cookie("", 0)
}

impl Handshake {
    fn of(sealed: &str, expires_at: Timestamp, seal: impl Fn(&str) -> [u8; 32]) -> Self {
        let part = |name: &str| URL_SAFE_NO_PAD.encode(seal(&format!("login {name}#{sealed}")));
        Self { state: part("state"), nonce: part("nonce"), verifier: part("verifier"), expires_at }
    }
}

impl std::fmt::Debug for Handshake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handshake").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// This stack has no OpenID provider.
pub fn not_configured() -> Problem {
    let detail = "This stack has no OpenID provider to log in at; its operator can set one up.";
    Problem::new(ErrorCode::LoginNotConfigured, detail)
}

fn cookie(value: &str, max_age_s: i64) -> Option<HeaderValue> {
    // `Lax`: the browser comes back from the provider by a link, from another site.
    let text = format!("{COOKIE_NAME}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; Secure; SameSite=Lax");
    HeaderValue::from_str(&text).ok()
}

fn cookie_of(request: &ApiRequest) -> Option<String> {
    let headers = request.headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = headers.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value.to_owned())
}

fn wrong(why: &str) -> Problem {
    Problem::new(ErrorCode::LoginStateInvalid, format!("{why}; begin again at /auth/google."))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use domain::values::ids::AccountId;

    use super::*;
    use crate::ports::{ApiKeyHash, PortError};

    const NOW: Timestamp = Timestamp::from_millis(1_776_679_200_000);

    /// Keys that protect nothing, but differ by number.
    struct Keys(Vec<u8>);

    impl Keyring for Keys {
        fn api_key_hashes(&self, _: &str) -> Vec<ApiKeyHash> {
            Vec::new()
        }

        fn sign_token(&self, _: AccountId, _: Timestamp, _: Timestamp) -> Result<String, PortError> {
            Ok(String::new())
        }

        fn seals(&self, text: &str) -> Vec<[u8; 32]> {
            let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            let of = |key: &u8| {
                let hash = text.bytes().chain([*key]).fold(0xcbf2_9ce4_8422_2325, step).to_be_bytes();
                std::array::from_fn(|index| hash[index % 8])
            };
            self.0.iter().map(of).collect()
        }

        fn verify_token(&self, _: &str, _: Timestamp) -> Option<AccountId> {
            None
        }
    }

    struct Counting(Cell<u64>);

    impl Entropy for Counting {
        fn next_u64(&self) -> u64 {
            self.0.set(self.0.get() + 1);
            self.0.get()
        }
    }

    fn begun(keys: &Keys) -> (Handshake, ApiRequest) {
        let (handshake, cookie) = begin(keys, &Counting(Cell::new(0)), NOW);
        let cookie = cookie.unwrap().to_str().unwrap().to_owned();
        for part in ["; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Lax", "Max-Age=600"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        (handshake, with_cookie(cookie.split(';').next().unwrap()))
    }

    fn with_cookie(cookie: &str) -> ApiRequest {
        let mut request = ApiRequest::default();
        request.headers.insert(COOKIE, format!("other=1; {cookie}; more=2").parse().unwrap());
        request
    }

    #[test]
    fn what_comes_back_in_time_to_the_same_browser_is_the_same() {
        let keys = Keys(vec![1]);
        let (handshake, request) = begun(&keys);
        let last = NOW.plus_millis(LOGIN_WITHIN_MS - 1);
        assert_eq!(resume(&keys, &request, &handshake.state, last).unwrap(), handshake);
        let late = resume(&keys, &request, &handshake.state, NOW.plus_millis(LOGIN_WITHIN_MS));
        assert_eq!(late.unwrap_err().code, ErrorCode::LoginStateInvalid);
        // A verifier of 43 characters or more (RFC 7636); and no part is another one.
        assert!(handshake.verifier.len() >= 43);
        assert!(handshake.state != handshake.nonce && handshake.nonce != handshake.verifier);
    }

    #[test]
    fn an_exchange_of_the_secret_in_between_changes_nothing() {
        let (handshake, request) = begun(&Keys(vec![1]));
        assert_eq!(resume(&Keys(vec![2, 1]), &request, &handshake.state, NOW).unwrap(), handshake);
        assert!(resume(&Keys(vec![2]), &request, &handshake.state, NOW).is_err());
    }

    #[test]
    fn no_cookie_another_one_or_another_state_is_refused() {
        let keys = Keys(vec![1]);
        let (handshake, request) = begun(&keys);
        let cookie = cookie_of(&request).unwrap();
        assert!(resume(&keys, &ApiRequest::default(), &handshake.state, NOW).is_err());
        for state in ["", "x", &handshake.nonce, &handshake.state[1..]] {
            assert!(resume(&keys, &request, state, NOW).is_err(), "{state}");
        }
        for place in 0..cookie.len() {
            let mut changed = cookie.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'Z' } else { b'A' };
            let changed = format!("{COOKIE_NAME}={}", String::from_utf8(changed).unwrap());
            assert!(resume(&keys, &with_cookie(&changed), &handshake.state, NOW).is_err(), "{changed}");
        }
    }

    #[test]
    fn nothing_of_it_is_shown() {
        let (handshake, _) = begun(&Keys(vec![1]));
        let shown = format!("{handshake:?}");
        assert!(!shown.contains(&handshake.verifier) && !shown.contains(&handshake.state));
    }
}
