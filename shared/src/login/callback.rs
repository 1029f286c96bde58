//! Where people come back to after logging in.

use crate::http::ApiRequest;

const PATH: &str = "/auth/google/callback";

/// The address that the OpenID provider sends people back to. It must be registered there.
#[derive(Clone, Debug)]
pub struct Callback {
    api_url: Option<String>,
}

impl Callback {
    /// Below the address of the API, if that is configured; otherwise below the name that the API was called by.
    pub fn new(api_url: Option<String>) -> Self {
        Self { api_url }
    }

    /// The address, for a request.
    pub fn address(&self, request: &ApiRequest) -> String {
        match &self.api_url {
            Some(url) => format!("{}{PATH}", url.trim_end_matches('/')),
            None => format!("https://{}/api/v1{PATH}", request.domain_name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configured_address_goes_before_the_called_one() {
        let request = ApiRequest { domain_name: "abc.example".to_owned(), ..ApiRequest::default() };
        let address = |url: Option<&str>| Callback::new(url.map(str::to_owned)).address(&request);
        assert_eq!(address(None), "https://abc.example/api/v1/auth/google/callback");
        assert_eq!(
            address(Some("https://api.acme.example/api/v1/")),
            "https://api.acme.example/api/v1/auth/google/callback"
        );
    }
}
