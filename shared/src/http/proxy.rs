//! A proxy in front of the API, such as `CloudFront`, and whom it speaks for.
//!
//! Behind a proxy, API Gateway sees the proxy's address for every client. The proxy says in a header whose request it is. But
//! anybody can write that header. So it counts only when the request bears the secret that the proxy adds to each request.

use std::net::{IpAddr, SocketAddr};

use domain::session::Secret;
use http::{HeaderMap, HeaderName};
use subtle::ConstantTimeEq;

/// The header in which the proxy sends its secret.
pub const PROXY_SECRET: HeaderName = HeaderName::from_static("x-trusted-proxy-secret");

/// A proxy whose word counts.
#[derive(Clone, Debug)]
pub struct TrustedProxy {
    /// The header that says whose request it is, such as `x-forwarded-for` or `cloudfront-viewer-address`.
    pub header: HeaderName,
    /// What the proxy proves itself with.
    pub secret: Secret,
}

impl TrustedProxy {
    /// The address of the client that the proxy speaks for; `None` when the request is not the proxy's, or names nobody.
    /// `peer` is the address that API Gateway was called from, which is the proxy's own.
    pub fn client(&self, headers: &HeaderMap, peer: &str) -> Option<IpAddr> {
        let shown = headers.get(PROXY_SECRET)?.as_bytes();
        if !bool::from(shown.ct_eq(self.secret.expose().as_bytes())) {
            return None;
        }
        let lines = headers.get_all(&self.header).iter().rev().filter_map(|line| line.to_str().ok());
        // Each hop adds the address that it sees to the end: first the proxy its client's, then API Gateway the proxy's. What
        // stands before that, a client may have written.
        lines.flat_map(|line| line.rsplit(',')).map(str::trim).find(|text| *text != peer).and_then(address)
    }
}

/// An address with or without a port. `CloudFront` writes an IPv6 address with a port and without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let before_port = || text.rsplit_once(':')?.0.parse().ok();
    with_port().or_else(|| text.parse().ok()).or_else(before_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a-secret-that-is-long-enough";
    const SHOWN: (&str, &str) = ("x-trusted-proxy-secret", SECRET);
    const PROXY: &str = "198.51.100.9";

    /// Whom a proxy that speaks in this header is taken to speak for.
    fn client(header: &'static str, lines: &[(&'static str, &str)]) -> Option<String> {
        let secret = Secret::new(SECRET.to_owned());
        let proxy = TrustedProxy { header: HeaderName::from_static(header), secret };
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        proxy.client(&headers, PROXY).map(|address| address.to_string())
    }

    fn with_secret(header: &'static str, value: &str) -> Option<String> {
        client(header, &[(header, value), SHOWN])
    }

    #[test]
    fn without_the_secret_no_header_counts() {
        let spoofed = ("x-forwarded-for", "203.0.113.7");
        assert_eq!(client(spoofed.0, &[spoofed]), None);
        for wrong in ["", "a-secret", "a-secret-that-is-long-enough ", "A-secret-that-is-long-enough"] {
            assert_eq!(client(spoofed.0, &[spoofed, (SHOWN.0, wrong)]), None, "{wrong:?}");
        }
        assert_eq!(client("cloudfront-viewer-address", &[spoofed, SHOWN]), None);
    }

    #[test]
    fn what_the_proxy_has_added_counts_and_not_what_stood_there() {
        for value in [
            "203.0.113.7",
            "10.0.0.1, 203.0.113.7",
            "198.51.100.9,10.0.0.1,203.0.113.7,198.51.100.9",
            "nonsense, 203.0.113.7, 198.51.100.9",
        ] {
            assert_eq!(with_secret("x-forwarded-for", value).as_deref(), Some("203.0.113.7"), "{value}");
        }
        let lines = [("x-forwarded-for", "10.0.0.1"), ("x-forwarded-for", "203.0.113.7")];
        assert_eq!(client("x-forwarded-for", &[lines[0], SHOWN, lines[1]]).as_deref(), Some("203.0.113.7"));
    }

    #[test]
    fn what_names_nobody_does_not_count() {
        for value in ["", PROXY, "nonsense", "203.0.113.7, nonsense", "unknown:80"] {
            assert_eq!(with_secret("x-forwarded-for", value), None, "{value}");
        }
    }

    #[test]
    fn addresses_may_have_ports() {
        for (value, expected) in [
            ("203.0.113.7:46532", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"),
            ("[2001:db8::1]:46532", "2001:db8::1"),
            ("2001:db8:1:2:3:4:5:6:443", "2001:db8:1:2:3:4:5:6"),
            ("2001:db8::1:46532", "2001:db8::1"),
        ] {
            assert_eq!(with_secret("cloudfront-viewer-address", value).as_deref(), Some(expected), "{value}");
        }
    }
}
