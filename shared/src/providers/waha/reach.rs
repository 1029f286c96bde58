//! Where providers may be: a session's `baseUrl` is chosen by a customer, and must not open the inside of the stack.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Which servers a session may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Only `https` to addresses that are not private: for servers that customers choose.
    PublicHttps,
    /// Also `http`, and any address: for the local stack, and for servers in the stack's own network.
    Anywhere,
}

impl Reach {
    /// Whether a URL may be called, as far as the URL itself can tell.
    pub(super) fn allows(self, url: &Url) -> bool {
        match self {
            Self::Anywhere => matches!(url.scheme(), "http" | "https"),
            Self::PublicHttps => url.scheme() == "https" && url.host().is_some_and(|host| is_public(&host)),
        }
    }
}

fn is_public(host: &url::Host<&str>) -> bool {
    match host {
        url::Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name.contains('.') && ![".localhost", ".local", ".internal"].iter().any(|end| name.ends_with(end))
        }
        url::Host::Ipv4(address) => is_public_v4(*address),
        url::Host::Ipv6(address) => is_public_v6(*address),
    }
}
