//! Where the API is, as seen from outside.

use super::request::ApiRequest;

/// What every path of the API begins with.
const BASE_PATH: &str = "/api/v1";

/// Where browsers and providers reach the API.
#[derive(Clone, Debug, Default)]
pub struct ApiAddress {
    configured: Option<String>,
}

impl ApiAddress {
    /// The address that is configured, with `/api/v1`; without one, where a request reached it.
    pub const fn new(configured: Option<String>) -> Self {
        Self { configured }
    }

    /// The address with `/api/v1`, and without a slash at its end: as configured, or by API Gateway's own name of the host
    /// that was asked, and what stands before the base path (a stage, or the mapping of a domain of one's own).
    pub fn of(&self, request: &ApiRequest) -> String {
        if let Some(configured) = &self.configured {
            return configured.trim_end_matches('/').to_owned();
        }
        let before = request.path.split_once(BASE_PATH).map_or("", |(before, _)| before);
        format!("https://{}{before}{BASE_PATH}", request.domain_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configured_address_goes_before_the_called_one() {
        let address = |configured: Option<&str>, path: &str| {
            let (domain_name, path) = ("abc.example".to_owned(), path.to_owned());
            let request = ApiRequest { path, domain_name, ..ApiRequest::default() };
            ApiAddress::new(configured.map(str::to_owned)).of(&request)
        };
        assert_eq!(address(None, "/api/v1/sessions"), "https://abc.example/api/v1");
        assert_eq!(address(None, "/stage/api/v1/sessions"), "https://abc.example/stage/api/v1");
        assert_eq!(
            address(Some("https://api.acme.example/api/v1/"), "/api/v1/x"),
            "https://api.acme.example/api/v1"
        );
    }
}
