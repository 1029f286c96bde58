//! Limits on how many requests a client may make.
//!
//! A client's window begins with its first request and lasts a minute; inside it, the allowed number of requests pass, no matter
//! their pace. One counter for each client and kind of request is all that is stored.

use crate::limits::RATE_WINDOW_MS;
use crate::values::time::Timestamp;

/// What a client has used of its limit, this request included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Requests that pass in a window.
    pub limit: u32,
    /// Requests that were made in this window; over the limit for one that is refused.
    pub used: u32,
    /// When the window ends, and the count begins again.
    pub window_ends: Timestamp,
}

impl Usage {
    /// Whether the request passes.
    pub const fn passes(self) -> bool {
        self.used <= self.limit
    }

    /// How many more pass in this window.
    pub const fn remaining(self) -> u32 {
        self.limit.saturating_sub(self.used)
    }

    /// Seconds until the window ends, rounded up, so that a client that waits so long is not too early.
    pub fn reset_seconds(self, now: Timestamp) -> i64 {
        (self.window_ends.millis_since(now).clamp(0, RATE_WINDOW_MS) + 999) / 1000
    }
}

/// The name under which a client is counted: its IPv4 address, or the /64 of its IPv6 address.
///
/// Whoever has one IPv6 address has the whole /64 and could use a new one for every request.
pub fn client_name(source_ip: &str) -> String {
    match source_ip.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(address)) => address.to_string(),
        Ok(std::net::IpAddr::V6(address)) => address.to_ipv4_mapped().map_or_else(
            || {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            },
            |mapped| mapped.to_string(),
        ),
        Err(_) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_counted_by_what_they_cannot_change() {
        for (ip, name) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
            ("nonsense", "unknown"),
        ] {
            assert_eq!(client_name(ip), name);
        }
    }

    #[test]
    fn the_last_one_inside_the_limit_passes_and_the_next_does_not() {
        let now = Timestamp::from_millis(1_000);
        let usage = |used| Usage { limit: 60, used, window_ends: now.plus_millis(1) };
        assert!(usage(60).passes() && !usage(61).passes());
        assert_eq!((usage(59).remaining(), usage(61).remaining()), (1, 0));
        assert_eq!((usage(1).reset_seconds(now), usage(1).reset_seconds(now.plus_millis(1))), (1, 0));
    }
}
