//! Logging people in at an OpenID provider.

mod callback;
mod handshake;
#[cfg(feature = "login")]
mod openid;
mod rules;

pub use callback::Callback;
pub use handshake::{Handshake, begin, forget_cookie, not_configured, resume};
#[cfg(feature = "login")]
pub use openid::{OpenIdClient, OpenIdSettings};
pub use rules::EmailDomains;
