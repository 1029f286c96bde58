//! Where providers may be: a session's `baseUrl` is chosen by a customer, and must not open the inside of the stack.
//!
//! Three questions, all pure: what may the URL say ([`Reach::check`]), which names may be looked up, and which addresses
//! may be connected to ([`Reach::allows_address`]). A request is refused by the first two; the third is asked again for
//! every address that a name resolves to, at the moment of the connection, since a name may lead elsewhere by then.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::limits::BASE_URL_MAX_CHARS;

/// Which servers a session may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Only `https` to addresses of the public internet: for servers that customers choose.
    PublicHttps,
    /// Also `http`, and any address: for the local stack, and for servers in the stack's own network.
    Anywhere,
}

/// A base URL must not be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutOfReach {
    /// It is no URL that paths can be added to.
    #[error("must be a URL with a host, and without user, query or fragment")]
    NotAUrl,
    /// It is longer than any real one.
    #[error("must have at most {BASE_URL_MAX_CHARS} characters")]
    TooLong,
    /// It is not encrypted.
    #[error("must be an https URL")]
    NotHttps,
    /// It is neither of the two.
    #[error("must be an http or https URL")]
    NotHttp,
    /// It leads into a network that is not public.
    #[error("must lead to a public address: private, local and special addresses and names are refused")]
    NotPublic,
}

impl Reach {
    /// That of a stack that allows providers in private networks, or does not.
    pub const fn of(allow_private_providers: bool) -> Self {
        if allow_private_providers { Self::Anywhere } else { Self::PublicHttps }
    }

    /// Reads a base URL as the HTTP client will, whatever way its host is written, and says whether it may be called as
    /// far as the URL itself can tell.
    pub fn check(self, base_url: &str) -> Result<Url, OutOfReach> {
        if base_url.len() > BASE_URL_MAX_CHARS {
            return Err(OutOfReach::TooLong);
        }
        // A reader that is more lenient than its text looks is how addresses are smuggled past a check: no blanks,
        // controls, backslashes, or letters that look like others.
        let plain = base_url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let (scheme, rest) = base_url.split_once("://").ok_or(OutOfReach::NotAUrl)?;
        if !plain || rest.is_empty() || rest.starts_with(['/', ':']) || rest.contains(['?', '#', '@']) {
            return Err(OutOfReach::NotAUrl);
        }
        self.check_scheme(scheme)?;
        let url = Url::parse(base_url).map_err(|_| OutOfReach::NotAUrl)?;
        let host = url.host().ok_or(OutOfReach::NotAUrl)?;
        if self.allows_host(&host) { Ok(url) } else { Err(OutOfReach::NotPublic) }
    }

    /// A base URL as it is stored: one that may be called, without a slash at its end, so that paths can follow.
    pub(crate) fn base_url(self, text: &str) -> Result<String, OutOfReach> {
        self.check(text)?;
        Ok(text.trim_end_matches('/').to_owned())
    }

    /// Whether a connection to this address may be made.
    pub fn allows_address(self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::Anywhere, _) => true,
            (Self::PublicHttps, IpAddr::V4(address)) => is_public_v4(address),
            (Self::PublicHttps, IpAddr::V6(address)) => is_public_v6(address),
        }
    }

    fn check_scheme(self, scheme: &str) -> Result<(), OutOfReach> {
        match (self, scheme) {
            (_, "https") | (Self::Anywhere, "http") => Ok(()),
            (Self::Anywhere, _) => Err(OutOfReach::NotHttp),
            (Self::PublicHttps, _) => Err(OutOfReach::NotHttps),
        }
    }

    fn allows_host(self, host: &Host<&str>) -> bool {
        match host {
            Host::Ipv4(address) => self.allows_address(IpAddr::V4(*address)),
            Host::Ipv6(address) => self.allows_address(IpAddr::V6(*address)),
            Host::Domain(name) => self == Self::Anywhere || is_public_name(name.trim_end_matches('.')),
        }
    }
}

/// Whether a name has a domain that is none of those kept for private use (RFC 6761, RFC 6762, RFC 8375, ICANN's
/// `internal`), nor one that clouds give to machines and their metadata.
fn is_public_name(name: &str) -> bool {
    const PRIVATE: [&str; 12] = [
        "localhost",
        "local",
        "internal",
        "home.arpa",
        "localdomain",
        "lan",
        "home",
        "corp",
        "intranet",
        "private",
        "test",
        "invalid",
    ];
    let is_below = |domain: &&str| name.strip_suffix(*domain).is_some_and(|rest| rest.ends_with('.'));
    name.contains('.') && !PRIVATE.iter().any(is_below)
}

/// Whether an address is none of those that IANA keeps for special purposes (RFC 6890 and its successors).
fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        [0 | 10 | 127 | 224.., ..]                     // this network, private, loopback, multicast and reserved
            | [100, 64..=127, ..]                      // carrier-grade NAT
            | [169, 254, ..]                           // link-local, the metadata of clouds among it
            | [172, 16..=31, ..]                       // private
            | [192, 0, 0 | 2, _]                       // protocols, documentation
            | [192, 88, 99, _]                         // 6to4 relays
            | [192, 168, ..]                           // private
            | [198, 18 | 19, ..]                       // benchmarks
            | [198, 51, 100, _] | [203, 0, 113, _] // documentation
    )
}

/// Whether an address is a global unicast one that does not stand for an IPv4 address, which might be private.
///
/// Mapped (`::ffff:0:0/96`), translated (NAT64, `64:ff9b::/96`), unique local (`fc00::/7`, where clouds keep metadata) and
/// link-local addresses all lie outside of `2000::/3`.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_global = first & 0xe000 == 0x2000;
    let is_special = match first {
        0x2001 => second < 0x0200 || second == 0x0db8, // protocols (Teredo, ORCHID), documentation
        0x2002 => true,                                // 6to4
        0x3fff => second < 0x1000,                     // documentation
        _ => false,
    };
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_servers_are_within_reach() {
        for url in [
            "https://waha.example.com",
            "https://waha.example.com.:3000/a",
            "https://8.8.8.8",
            "https://172.32.0.1",
            "https://100.63.255.255",
            "https://100.128.0.1",
            "https://192.0.1.1",
            "https://[2606:4700::1111]",
            "https://[2001:4860:4860::8888]",
            "https://localhost.example.com",
            "https://notlocal.example",
        ] {
            assert!(Reach::PublicHttps.check(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn anywhere_still_means_http() {
        for url in ["http://127.0.0.1:3000", "https://waha", "http://[::1]:3000/waha"] {
            assert!(Reach::Anywhere.check(url).is_ok(), "{url}");
        }
        for (url, why) in [
            ("file:///etc/passwd", OutOfReach::NotAUrl),
            ("ftp://127.0.0.1", OutOfReach::NotHttp),
            ("data:text/plain,hi", OutOfReach::NotAUrl),
            ("http://user@127.0.0.1", OutOfReach::NotAUrl),
        ] {
            assert_eq!(Reach::Anywhere.check(url), Err(why), "{url}");
        }
    }
}
