//! The state that decides when a session may send next, and the decisions that follow from it.

use serde::{Deserialize, Serialize};

use crate::message::pending::PendingKey;
use crate::sending::lease::Lease;
use crate::sending::pacing::Pacing;
use crate::tuning::{
    HOLD_BASE_MS, HOLD_CREDENTIALS_BASE_MS, HOLD_CREDENTIALS_MAX_MS, HOLD_MAX_MS, HOLD_RESTRICTED_BASE_MS,
    HOLD_RESTRICTED_MAX_MS,
};
use crate::values::fence::Fence;
use crate::values::named::named;
use crate::values::priority::Priority;
use crate::values::time::Timestamp;

named! {
    /// Why a session is held.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum HoldReason {
        /// The session is not connected to WhatsApp at the provider.
        SessionDisconnected = "session_disconnected",
        /// The provider cannot be reached.
        ProviderUnreachable = "provider_unreachable",
        /// The provider refused the session's credentials.
        CredentialsRefused = "credentials_refused",
        /// The provider asks to slow down.
        RateLimited = "rate_limited",
        /// WhatsApp does not let the account send: it is restricted, locked, or not in order. Mostly a person must act.
        AccountRestricted = "account_restricted",
    }
}

impl HoldReason {
    /// How long to hold after `failures` earlier ones in a row, in milliseconds: doubling, with up to a fifth of
    /// jitter, so that many sessions of one broken provider do not come back at the same moment.
    pub fn hold_ms(self, failures: u32, random: u64) -> i64 {
        let (base, ceiling) = match self {
            Self::CredentialsRefused => (HOLD_CREDENTIALS_BASE_MS, HOLD_CREDENTIALS_MAX_MS),
            Self::AccountRestricted => (HOLD_RESTRICTED_BASE_MS, HOLD_RESTRICTED_MAX_MS),
            Self::SessionDisconnected | Self::ProviderUnreachable | Self::RateLimited => {
                (HOLD_BASE_MS, HOLD_MAX_MS)
            }
        };
        let full = (base << failures.min(16)).min(ceiling);
        let jitter = i64::try_from(random % 1_000).unwrap_or(0) * (full / 5) / 1_000;
        (full + jitter).min(ceiling)
    }
}

/// A pause of a session after trouble that concerns all of its messages. It uses no attempt, and ends by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// When the next message may be tried.
    pub until: Timestamp,
    /// Why.
    pub reason: HoldReason,
    /// A sentence that a person understands.
    pub detail: String,
}

/// What a session has sent on a day. Only sessions with a daily maximum have one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// The day, in days since 1970-01-01 in the session's time zone.
    pub day: i64,
    /// Messages that went out, or may have.
    pub sent: u32,
    /// New contacts among their recipients.
    pub new_contacts: u32,
}

/// A provider's word that the account may not open new chats for now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewContactsHold {
    /// When it may be tried again.
    pub until: Timestamp,
    /// A sentence that a person understands.
    pub detail: String,
}

/// How far a session's lines were looked through for contacts who are not new, while new ones are kept back.
///
/// All that stands up to there is kept back until `until`; what is put in front of it later is not looked at before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Looked {
    /// When new contacts may be written to again.
    pub until: Timestamp,
    /// The last place of the line of priority 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal: Option<PendingKey>,
    /// The last place of the line of priority 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk: Option<PendingKey>,
}

impl Looked {
    /// The last place of a priority's line.
    pub const fn place(&self, priority: Priority) -> Option<PendingKey> {
        match priority {
            Priority::High => None,
            Priority::Normal => self.normal,
            Priority::Bulk => self.bulk,
        }
    }
}

/// A session's pacer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pacer {
    /// Fence of the latest lease.
    pub fence: Fence,
    /// The lease in force, or one that ran out and was not released.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// What the latest release left behind.
    #[serde(flatten)]
    pub release: Release,
}

/// What a worker leaves behind when it releases a session.
///
/// What is `None` is serialised as null, so that whoever stores a release knows which attributes to remove.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Release {
    /// When the next message of priority 1 or 5 may start.
    pub next_reply_at: Timestamp,
    /// When the next message of priority 10 may start; never before [`Self::next_reply_at`].
    pub next_bulk_at: Timestamp,
    /// Set while the session is held.
    pub hold: Option<Hold>,
    /// Session-level failures in a row.
    pub failures: u32,
    /// What was sent today; only for sessions with a daily maximum.
    pub tally: Option<Tally>,
    /// Set while the account may not open new chats.
    pub new_contacts_hold: Option<NewContactsHold>,
    /// Set while new contacts are kept back.
    pub looked: Option<Looked>,
}

/// What a session allows at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gate {
    /// A worker's lease ran out while it had a message in hand: it must be recovered first.
    Abandoned(Lease),
    /// A worker is sending.
    Leased,
    /// The session is held until this time.
    Held(Timestamp),
    /// A worker may lease it, as far as the gaps allow.
    Free,
}

/// The ranges from which the gaps after a message are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacings {
    /// The session's.
    pub session: Pacing,
    /// That of the campaign which the message belongs to, if it has one of its own.
    pub campaign: Option<Pacing>,
}

impl Pacer {
    /// What the session allows now.
    pub fn gate(&self, now: Timestamp) -> Gate {
        match (&self.lease, &self.release.hold) {
            (Some(lease), _) if lease.until <= now => Gate::Abandoned(*lease),
            (Some(_), _) => Gate::Leased,
            (None, Some(hold)) if now < hold.until => Gate::Held(hold.until),
            (None, _) => Gate::Free,
        }
    }

    /// Whether the lease with this fence was ended by its own release, as far as can be told: there is none after it, or one
    /// that was not taken over from it.
    pub fn was_released(&self, fence: Fence) -> bool {
        match self.lease {
            Some(lease) if self.fence > fence => lease.since.is_none_or(|since| since > fence),
            Some(_) => false,
            None => self.fence == fence,
        }
    }

    /// When the gap of a priority ends.
    pub const fn gap_ends(&self, priority: Priority) -> Timestamp {
        match priority {
            Priority::High | Priority::Normal => self.release.next_reply_at,
            Priority::Bulk => self.release.next_bulk_at,
        }
    }

    /// What to leave behind after nothing was sent: the gaps as they were.
    pub fn untouched(&self) -> Release {
        self.release.clone()
    }

    /// The pacer after a release.
    #[must_use]
    pub fn released(&self, release: &Release) -> Self {
        Self { fence: self.fence, lease: None, release: release.clone() }
    }

    /// What to leave behind after a provider call that ended at `end`: fresh gaps, each drawn anew (`gap_respected`).
    ///
    /// A campaign's message leaves its campaign's own gap to what is sent at the lowest priority, and at most the
    /// session's to replies, which never wait for a campaign's longer one (`reply_not_held`). A message without a
    /// campaign leaves a longer gap of a campaign as it was.
    pub fn after_call(&self, end: Timestamp, pacings: Pacings, randoms: [u64; 2]) -> Release {
        let [first, second] = randoms;
        let of_session = end.plus_millis(pacings.session.draw(first));
        let (next_reply_at, next_bulk_at) = match pacings.campaign {
            Some(own) => {
                let of_campaign = end.plus_millis(own.draw(second));
                (of_session.min(of_campaign), of_campaign)
            }
            None => (of_session, of_session.max(self.release.next_bulk_at)),
        };
        Release { next_reply_at, next_bulk_at, hold: None, failures: 0, ..self.untouched() }
    }
}

impl Release {
    /// The same, with the session held for `hold_ms` from `now`.
    #[must_use]
    pub fn held(self, now: Timestamp, hold_ms: i64, reason: HoldReason, detail: &str, failures: u32) -> Self {
        let hold = Hold { until: now.plus_millis(hold_ms), reason, detail: detail.to_owned() };
        Self { hold: Some(hold), failures, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sending::lease::LeaseOwner;
    use crate::values::ids::MessageId;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn lease(until: Timestamp) -> Lease {
        Lease { owner: LeaseOwner(1), until, message_id: MessageId::new(NOW, 7), since: None }
    }

    #[test]
    fn a_lease_goes_before_a_hold_and_an_old_one_is_abandoned() {
        let hold = Hold { until: NOW.plus_millis(1), reason: HoldReason::RateLimited, detail: String::new() };
        let release = Release { hold: Some(hold), ..Release::default() };
        let mut pacer = Pacer { lease: Some(lease(NOW.plus_millis(1))), release, ..Pacer::default() };
        assert_eq!(pacer.gate(NOW), Gate::Leased);
        pacer.lease = Some(lease(NOW));
        assert_eq!(pacer.gate(NOW), Gate::Abandoned(lease(NOW)));
        pacer.lease = None;
        assert_eq!(pacer.gate(NOW), Gate::Held(NOW.plus_millis(1)));
        assert_eq!(pacer.gate(NOW.plus_millis(1)), Gate::Free);
    }

    #[test]
    fn a_lease_that_is_gone_was_released_unless_it_was_taken_over() {
        let pacer = |fence, lease| Pacer { fence: Fence(fence), lease, release: Release::default() };
        let taken = |since| Some(Lease { since: Some(Fence(since)), ..lease(NOW) });
        assert!(pacer(3, None).was_released(Fence(3)));
        assert!(pacer(4, Some(lease(NOW))).was_released(Fence(3)), "the next worker was quick");
        assert!(pacer(5, taken(4)).was_released(Fence(3)), "the next one's was taken over");
        assert!(!pacer(4, taken(3)).was_released(Fence(3)));
        assert!(!pacer(5, taken(3)).was_released(Fence(3)));
        assert!(!pacer(5, None).was_released(Fence(3)), "it cannot be told");
        assert!(!pacer(3, Some(lease(NOW))).was_released(Fence(3)), "it is in force");
    }

    #[test]
    fn a_campaigns_own_gap_is_its_own() {
        let short = Pacing::new(1_000, 1_000).unwrap();
        let long = Pacing::new(60_000, 60_000).unwrap();
        let after = |pacer: &Pacer, session, campaign| {
            let release = pacer.after_call(NOW, Pacings { session, campaign }, [0, 0]);
            (release.next_reply_at.millis_since(NOW), release.next_bulk_at.millis_since(NOW))
        };
        let fresh = Pacer::default();
        assert_eq!(after(&fresh, short, Some(long)), (1_000, 60_000));
        assert_eq!(after(&fresh, long, Some(short)), (1_000, 1_000));
        assert_eq!(after(&fresh, short, None), (1_000, 1_000));
        // A reply in the middle of a campaign's gap does not shorten it.
        let waits = fresh.released(&Release { next_bulk_at: NOW.plus_millis(40_000), ..Release::default() });
        assert_eq!(after(&waits, short, None), (1_000, 40_000));
        assert_eq!(after(&waits, long, None), (60_000, 60_000));
    }

    #[test]
    fn holds_double_up_to_their_ceiling() {
        let without_jitter: Vec<i64> = (0..8).map(|n| HoldReason::RateLimited.hold_ms(n, 0) / 1000).collect();
        assert_eq!(without_jitter, [5, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(HoldReason::CredentialsRefused.hold_ms(0, 0), 300_000);
        assert_eq!(HoldReason::CredentialsRefused.hold_ms(60, u64::MAX), 3_600_000);
        let minutes: Vec<i64> =
            (0..6).map(|n| HoldReason::AccountRestricted.hold_ms(n, 0) / 60_000).collect();
        assert_eq!(minutes, [30, 60, 120, 240, 360, 360]);
    }
}
