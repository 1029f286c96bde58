//! What a caller may try in `baseUrl` to reach into the stack's network: refused at once, by name, whoever asks.

use domain::request::{SessionRequest, SessionRules};
use domain::sending::pacing::Pacing;
use domain::session::ProviderConfig;
use domain::values::reach::Reach;
use serde_json::{Value, json};

/// Base URLs that lead, or may lead, to where no customer's server is.
const HOSTILE: [(&str, &str); 62] = [
    ("no encryption", "http://waha.example.com"),
    ("another protocol", "ftp://waha.example.com"),
    ("a file", "file:///etc/passwd"),
    ("gopher", "gopher://127.0.0.1:6379/_FLUSHALL"),
    ("no host", "https://"),
    ("a port alone", "https://:443"),
    ("a host that is a path", "https:///127.0.0.1"),
    ("this machine by name", "https://localhost"),
    ("the same, written otherwise", "https://LOCALHOST."),
    ("below it", "https://a.localhost"),
    ("a name without a domain", "https://waha"),
    ("a name of a private network", "https://waha.internal"),
    ("metadata by Google's name", "https://metadata.google.internal"),
    ("a machine by the name AWS gives it", "https://ip-10-0-0-1.ec2.internal"),
    ("a name of multicast DNS", "https://printer.local"),
    ("a name of a home network", "https://nas.home.arpa"),
    ("a name of an office", "https://wiki.corp"),
    ("loopback", "https://127.0.0.1:9001"),
    ("all of loopback", "https://127.255.255.254"),
    ("short form", "https://127.1"),
    ("decimal", "https://2130706433"),
    ("hexadecimal", "https://0x7f000001"),
    ("hexadecimal part", "https://0x7f.1"),
    ("octal", "https://0177.0.0.1"),
    ("octal whole", "https://017700000001"),
    ("a dot at the end", "https://127.0.0.1."),
    ("this network", "https://0.0.0.0"),
    ("zero", "https://0"),
    ("private 10", "https://10.0.0.1"),
    ("private 10 in decimal", "https://167772161"),
    ("private 172", "https://172.16.0.1"),
    ("private 172, its end", "https://172.31.255.255"),
    ("private 192", "https://192.168.1.1"),
    ("metadata of clouds", "https://169.254.169.254"),
    ("metadata in decimal", "https://2852039166"),
    ("metadata in hexadecimal", "https://0xa9fea9fe"),
    ("metadata in octal", "https://0251.0376.0251.0376"),
    ("metadata of containers", "https://169.254.170.2"),
    ("carrier-grade NAT", "https://100.64.0.1"),
    ("carrier-grade NAT, where Alibaba keeps metadata", "https://100.100.100.200"),
    ("protocol assignments", "https://192.0.0.192"),
    ("documentation", "https://203.0.113.7"),
    ("benchmarks", "https://198.18.0.1"),
    ("multicast", "https://224.0.0.1"),
    ("broadcast", "https://255.255.255.255"),
    ("IPv6 loopback", "https://[::1]"),
    ("IPv6 unspecified", "https://[::]"),
    ("IPv6-mapped loopback", "https://[::ffff:127.0.0.1]"),
    ("IPv6-mapped metadata in hexadecimal", "https://[::ffff:a9fe:a9fe]"),
    ("IPv4-compatible", "https://[::127.0.0.1]"),
    ("NAT64", "https://[64:ff9b::a9fe:a9fe]"),
    ("NAT64 for local use", "https://[64:ff9b:1::7f00:1]"),
    ("6to4", "https://[2002:7f00:1::]"),
    ("Teredo", "https://[2001:0:53aa:64c::1]"),
    ("unique local, where AWS keeps metadata", "https://[fd00:ec2::254]"),
    ("IPv6 link-local", "https://[fe80::1]"),
    ("IPv6 documentation", "https://[2001:db8::1]"),
    ("a user that looks like a host", "https://waha.example.com@127.0.0.1"),
    ("a fragment that hides a host", "https://127.0.0.1#@waha.example.com"),
    ("a query that hides a host", "https://127.0.0.1?@waha.example.com"),
    ("a backslash, which parsers read in two ways", "https://waha.example.com\\@127.0.0.1"),
    ("digits that look like digits", "https://\u{ff11}\u{ff12}\u{ff17}.0.0.1"),
];

fn parse(base_url: &str, allow_private_providers: bool) -> Result<SessionRequest, Vec<(String, String)>> {
    let rules =
        SessionRules { default_pacing: Pacing::DEFAULT, gap_floor_ms: 1_000, allow_private_providers };
    let provider = json!({ "kind": "waha", "baseUrl": base_url, "apiKey": "key", "session": "default" });
    refused_at(&json!({ "name": "shop", "provider": provider }), &rules)
}

fn refused_at(body: &Value, rules: &SessionRules) -> Result<SessionRequest, Vec<(String, String)>> {
    SessionRequest::parse(body, rules)
        .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.detail)).collect())
}

#[test]
fn hostile_addresses_are_refused_at_the_request() {
    for (what, base_url) in HOSTILE {
        let errors = parse(base_url, false).expect_err(what);
        let [(pointer, detail)] = errors.as_slice() else { panic!("{what}: {errors:?}") };
        assert_eq!(pointer, "/provider/baseUrl", "{what}");
        assert!(detail.starts_with("baseUrl must "), "{what}: {detail}");
    }
}

#[test]
fn they_are_refused_for_the_cloud_api_as_well() {
    let rules =
        SessionRules { default_pacing: Pacing::DEFAULT, gap_floor_ms: 1_000, allow_private_providers: false };
    for (what, base_url) in HOSTILE {
        let provider = json!({ "kind": "cloud_api", "baseUrl": base_url, "phoneNumberId": "1", "accessToken": "a",
                               "appSecret": "b", "verifyToken": "c" });
        let errors = refused_at(&json!({ "name": "shop", "provider": provider }), &rules).expect_err(what);
        assert_eq!(errors[0].0, "/provider/baseUrl", "{what}");
    }
}

/// A row that reached the table before there was a check, or by another way, is not called either.
#[test]
fn hostile_addresses_are_refused_before_a_call() {
    for (what, base_url) in HOSTILE {
        assert!(Reach::PublicHttps.check(base_url).is_err(), "{what}");
    }
}

#[test]
fn addresses_that_resolve_to_these_are_not_connected_to() {
    for address in [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "100::1",
        "2001::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:a00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "ff02::1",
    ] {
        let address = address.parse().expect("an address");
        assert!(!Reach::PublicHttps.allows_address(address), "{address}");
        assert!(Reach::Anywhere.allows_address(address), "{address}");
    }
    for address in
        ["1.1.1.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "198.20.0.1", "2606:4700::1111", "2a00::1"]
    {
        assert!(Reach::PublicHttps.allows_address(address.parse().expect("an address")), "{address}");
    }
}

#[test]
fn a_stack_for_its_own_sessions_may_allow_private_addresses() {
    for base_url in ["http://127.0.0.1:3000", "http://waha:3000/", "https://10.0.0.1/waha"] {
        let request = parse(base_url, true).expect(base_url);
        let ProviderConfig::Waha(stored) = request.provider else { panic!("{base_url}") };
        assert_eq!(stored.base_url, base_url.trim_end_matches('/'));
    }
    for base_url in ["ftp://127.0.0.1", "http://user:password@waha", "http://", "waha:3000"] {
        assert!(parse(base_url, true).is_err(), "{base_url}");
    }
}
