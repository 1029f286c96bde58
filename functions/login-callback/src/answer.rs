//! What a browser gets when it has logged in.

use domain::values::ids::AccountId;
use domain::values::time::Timestamp;
use shared::http::{ApiResponse, HeaderName, StatusCode};
use shared::login::{EmailDomains, forget_cookie};
use shared::views::{Time, TokenView};

/// Who may log in, and where they go then.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The domains whose people may log in.
    pub email_domains: EmailDomains,
    /// The page that gets the token; none means that it is answered as JSON.
    pub app_url: Option<String>,
}

impl Settings {
    /// The token as JSON, or in the fragment of the page's address: browsers send a fragment to no server, and put it in
    /// no `Referer`.
    pub(crate) fn answer(&self, account_id: AccountId, token: &str, expires_at: Timestamp) -> ApiResponse {
        let response = if let Some(url) = &self.app_url {
            // Neither part has a character that would have to be escaped.
            ApiResponse::see_other(&format!("{url}#token={token}&expiresAt={expires_at}"))
        } else {
            let body = TokenView::bearer(token, Time(expires_at), account_id);
            ApiResponse::json(StatusCode::OK, &body)
        };
        response.with_header(HeaderName::from_static("set-cookie"), forget_cookie())
    }
}
