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
        let host = url.host_str().unwrap_or_default();
        match self {
            Self::Anywhere => matches!(url.scheme(), "http" | "https") && !host.is_empty(),
            Self::PublicHttps => url.scheme() == "https" && is_public(host),
        }
    }
}

/// Whether a host's name or address, as a parsed URL has it, may belong to the public internet.
fn is_public(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse() {
        Ok(IpAddr::V4(address)) => is_public_v4(address),
        Ok(IpAddr::V6(address)) => is_public_v6(address),
        Err(_) => is_public_name(host.trim_end_matches('.')),
    }
}

/// Whether a name has a domain that is not one of those kept for private use.
fn is_public_name(name: &str) -> bool {
    let private = ["localhost", "local", "internal", "home.arpa"];
    name.contains('.')
        && !private.iter().any(|domain| name.strip_suffix(domain).is_some_and(|n| n.ends_with('.')))
}

/// Whether an address is none of those that IANA keeps for special purposes.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 224.., ..] | [192, 0, 0, _] | [198, 18 | 19, ..] | [100, 64..128, ..] => true,
        _ => {
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_documentation()
        }
    };
    !special
}

/// Whether an address is a global one that does not stand for an IPv4 address, which might be private.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_global = first & 0xe000 == 0x2000;
    let is_special = first == 0x2002 || (first == 0x2001 && (second == 0 || second == 0xdb8));
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(reach: Reach, url: &str) -> bool {
        reach.allows(&Url::parse(url).unwrap())
    }

    #[test]
    fn public_servers_are_within_reach() {
        for url in [
            "https://waha.example.com",
            "https://waha.example.com.:3000/a",
            "https://8.8.8.8",
            "https://172.32.0.1",
            "https://100.63.255.255",
            "https://100.128.0.1",
            "https://[2606:4700::1111]",
            "https://localhost.example.com",
            "https://notlocal.example",
        ] {
            assert!(allows(Reach::PublicHttps, url), "{url}");
        }
    }

    #[test]
    fn the_inside_of_the_stack_is_not() {
        for url in [
            "http://waha.example.com",
            "ftp://waha.example.com",
            "https://localhost",
            "https://LOCALHOST.",
            "https://a.localhost",
            "https://waha",
            "https://waha.internal",
            "https://127.0.0.1:9001",
            "https://127.1",
            "https://2130706433",
            "https://0x7f.1",
            "https://0.0.0.0",
            "https://10.0.0.1",
            "https://172.16.0.1",
            "https://192.168.1.1",
            "https://169.254.169.254",
            "https://100.64.0.1",
            "https://100.127.255.255",
            "https://198.18.0.1",
            "https://224.0.0.1",
            "https://255.255.255.255",
            "https://[::1]",
            "https://[::]",
            "https://[::ffff:127.0.0.1]",
            "https://[64:ff9b::7f00:1]",
            "https://[2002:7f00:1::]",
            "https://[fe80::1]",
            "https://[fd00::1]",
            "https://[2001:db8::1]",
        ] {
            assert!(!allows(Reach::PublicHttps, url), "{url}");
        }
    }

    #[test]
    fn anywhere_still_means_http() {
        assert!(allows(Reach::Anywhere, "http://127.0.0.1:3000"));
        assert!(allows(Reach::Anywhere, "https://waha"));
        assert!(!allows(Reach::Anywhere, "file:///etc/passwd"));
        assert!(!allows(Reach::Anywhere, "data:text/plain,hi"));
    }
}
