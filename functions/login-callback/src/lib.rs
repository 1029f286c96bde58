//! `GET /auth/google/callback`: finishes a login that `GET /auth/google` began.
//!
//! | step | what is true when nothing follows |
//! |---|---|
//! | cookie and state fit each other, and are in time | nothing has happened |
//! | the login is noted as used | it cannot be finished again; the browser begins a new one |
//! | the code is exchanged, the id token is checked | the same |
//! | first login: the person gets an account's id | the next login finds it, and stores the account that is missing |
//! | first login: the account is stored | the next login finds both |
//! | the token is signed and answered | the browser has an hour |

mod answer;

use domain::access::login::Identity;
use domain::limits::LOGIN_TOKEN_MS;
use domain::values::ids::AccountId;
use domain::values::time::Timestamp;
use shared::http::{Access, Answer, ApiRequest, ApiResponse, Endpoint, ErrorCode, Problem, PublicCall};
use shared::login::{Callback, Handshake, not_configured, resume};
use shared::ports::{Entropy, KeepIdentities, Keyring, OfferLogin, OpenIdProvider, UseOnce, WriteAccounts};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_public};
use shared::views::TokenView;
use shared::{deps, schema};

pub use answer::Settings;
#[cfg(feature = "lambda")]
use shared::world::Give;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Login",
    summary: "The way back from the OpenID provider",
    detail: "The first login creates an account.",
    access: Access::Public,
    query: schema!(|| vec![
        domain::schema::Parameter::text("state", "As the login gave it."),
        domain::schema::Parameter::text("code", "What the provider gives.")
    ]),
    answers: &[
        Answer::json::<TokenView>(200, "A token for an hour."),
        Answer::empty(303, "To the page that the stack names, with the token in the fragment."),
    ],
    refusals: &[
        ErrorCode::LoginNotConfigured,
        ErrorCode::LoginStateInvalid,
        ErrorCode::LoginFailed,
        ErrorCode::LoginNotAllowed,
    ],
    ..Endpoint::get("/auth/google/callback", "loginCallback")
};

deps! {
    FinishingLogins {
        provider: OpenId: OfferLogin,
        accounts: Accounts: KeepIdentities + WriteAccounts,
        used: UsedOnce: UseOnce,
        keyring: Keyring: Keyring,
        entropy: Entropy: Entropy;
        callback: Callback,
        settings: Settings,
    }
}

/// Finishes a login.
pub async fn handle<W: FinishingLogins>(deps: &Deps<W>, call: PublicCall) -> Result<ApiResponse, Problem> {
    let PublicCall { request, now } = call;
    let provider = deps.provider.provider().ok_or_else(not_configured)?;
    let handshake = resume(&deps.keyring, &request, parameter(&request, "state"), now)?;
    use_up(&deps.used, &handshake).await?;
    let code = code_of(&request)?;
    let callback = deps.callback.address(&request);
    let identity = provider.identify(&handshake, &callback, code, now).await?.map_err(refused)?;
    deps.settings.email_domains.check(&identity).inspect_err(|_| {
        tracing::warn!(audit = "login_refused", reason = "e-mail domain", "refused a login");
    })?;
    let account_id = account(&deps.accounts, &deps.entropy, &identity, now).await?;
    let expires_at = now.plus_millis(LOGIN_TOKEN_MS);
    let token = deps.keyring.sign_token(account_id, now, expires_at)?;
    tracing::info!(audit = "login", %account_id, issuer = identity.issuer, "logged somebody in");
    Ok(deps.settings.answer(account_id, &token, expires_at))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_public(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}

#[cfg(feature = "lambda")]
impl Give<Settings> for Stack {
    fn give(&self) -> Result<Settings, Error> {
        Ok(Settings { email_domains: self.env.email_domains(), app_url: self.env.app_url() })
    }
}

/// A login is finished once, so that nobody can use the callback's address, with its state, a second time.
async fn use_up(used: &impl UseOnce, handshake: &Handshake) -> Result<(), Problem> {
    if used.use_once(&format!("login#{}", handshake.state), handshake.expires_at).await? {
        return Ok(());
    }
    let detail = "This login was finished already; begin again at /auth/google.";
    Err(Problem::new(ErrorCode::LoginStateInvalid, detail))
}

/// The code that the provider gives, or why it gives none.
fn code_of(request: &ApiRequest) -> Result<&str, Problem> {
    let error = parameter(request, "error");
    if !error.is_empty() {
        let shown: String = error.chars().filter(char::is_ascii_graphic).take(60).collect();
        return Err(refused(format!("the provider answers: {shown}")));
    }
    match parameter(request, "code") {
        "" => {
            Err(Problem::new(ErrorCode::LoginStateInvalid, "There is no code; begin again at /auth/google."))
        }
        code => Ok(code),
    }
}

/// A parameter of the query; one that is missing, or comes twice, is empty.
fn parameter<'a>(request: &'a ApiRequest, name: &str) -> &'a str {
    let mut values = request.query.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str());
    let first = values.next().unwrap_or_default();
    if values.next().is_some() { "" } else { first }
}

/// Only the log says what exactly was wrong: a person who forges tokens must get no help.
#[expect(clippy::needless_pass_by_value, reason = "an error that is handed over is not needed any more")]
fn refused(why: String) -> Problem {
    tracing::warn!(audit = "login_refused", reason = why, "refused a login");
    Problem::new(
        ErrorCode::LoginFailed,
        "The OpenID provider did not say who you are; begin again at /auth/google.",
    )
}

/// The account of the person who logs in; the first login creates it.
async fn account(
    accounts: &(impl KeepIdentities + WriteAccounts),
    entropy: &impl Entropy,
    identity: &Identity,
    now: Timestamp,
) -> Result<AccountId, Problem> {
    let account_id = match accounts.account_of(identity).await? {
        Some(account_id) => account_id,
        None => accounts.claim_account(identity, AccountId::new(now, entropy.next_u128()), now).await?,
    };
    // A login that died may have left an id without an account.
    if !accounts.has_account(account_id).await? {
        accounts.put_account(account_id, identity.account_name(), now).await?;
        tracing::info!(audit = "account_created", %account_id, "created an account");
    }
    Ok(account_id)
}
