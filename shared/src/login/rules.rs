//! Who may log in.

use domain::access::login::Identity;

use crate::http::{ErrorCode, Problem};

/// The domains of the e-mail addresses that may log in; none listed means everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmailDomains(Vec<String>);

impl EmailDomains {
    /// Reads the parameter: a list with commas.
    pub fn parse(text: &str) -> Self {
        let domains = text.split(',').map(|domain| domain.trim().to_ascii_lowercase());
        Self(domains.filter(|domain| !domain.is_empty()).collect())
    }

    /// Lets somebody in, or says why not. An address counts only if the provider has verified it: anybody could write
    /// any address otherwise.
    pub fn check(&self, identity: &Identity) -> Result<(), Problem> {
        if self.0.is_empty() {
            return Ok(());
        }
        let domain = identity.verified_email.as_deref().and_then(|email| email.rsplit_once('@'));
        let is_listed = domain.is_some_and(|(_, domain)| self.0.contains(&domain.to_ascii_lowercase()));
        is_listed.then_some(()).ok_or_else(|| {
            let detail = "This stack is for people with a verified e-mail address of certain domains.";
            Problem::new(ErrorCode::LoginNotAllowed, detail)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(email: Option<&str>) -> Identity {
        Identity {
            issuer: "https://issuer.example".to_owned(),
            subject: "1".to_owned(),
            verified_email: email.map(str::to_owned),
        }
    }

    #[test]
    fn a_list_lets_in_verified_addresses_of_its_domains_only() {
        let domains = EmailDomains::parse(" Example.com, other.example ,");
        for email in ["a@example.com", "a@EXAMPLE.com", "b@other.example", "\"x@y\"@example.com"] {
            assert!(domains.check(&with(Some(email))).is_ok(), "{email}");
        }
        for email in [
            None,
            Some("a"),
            Some("a@sub.example.com"),
            Some("a@example.com.evil"),
            Some("a@evilexample.com"),
        ] {
            assert_eq!(
                domains.check(&with(email)).unwrap_err().code,
                ErrorCode::LoginNotAllowed,
                "{email:?}"
            );
        }
    }

    #[test]
    fn no_list_lets_everybody_in() {
        assert!(EmailDomains::parse("").check(&with(None)).is_ok());
    }
}
