//! People who log in at an OpenID provider.

/// The identity of a person, as an OpenID provider confirms it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// Its name for them, which never changes and is never given to anyone else.
    pub subject: String,
    /// Their e-mail address, if the provider has verified it. It may change, so that nobody is known by it.
    pub verified_email: Option<String>,
}

impl Identity {
    /// The name of their account.
    pub fn account_name(&self) -> &str {
        self.verified_email.as_deref().unwrap_or(&self.subject)
    }
}
