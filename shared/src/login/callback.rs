//! Where people come back to after logging in.

use crate::http::{ApiAddress, ApiRequest};

const PATH: &str = "/auth/google/callback";

/// The address that the OpenID provider sends people back to. It must be registered there.
#[derive(Clone, Debug)]
pub struct Callback {
    api: ApiAddress,
}

impl Callback {
    /// Below the address of the API.
    pub const fn new(api: ApiAddress) -> Self {
        Self { api }
    }

    /// The address, for a request.
    pub fn address(&self, request: &ApiRequest) -> String {
        format!("{}{PATH}", self.api.of(request))
    }
}
