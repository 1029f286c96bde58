//! The gaps between two sends of a session.

use serde::{Deserialize, Serialize};

use crate::limits::{GAP_CEILING_MS, GAP_DEFAULT_MAX_MS, GAP_DEFAULT_MIN_MS};

/// The range from which a session's gaps are drawn, in milliseconds. `min <= max` always holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawPacing", rename_all = "camelCase")]
pub struct Pacing {
    min_gap_ms: u32,
    max_gap_ms: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPacing {
    min_gap_ms: u32,
    max_gap_ms: u32,
}

/// Two numbers are not a range of gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPacing {
    /// The smallest gap is larger than the largest.
    #[error("the smallest gap must not be larger than the largest")]
    Reversed,
    /// The largest gap is over the ceiling.
    #[error("gaps may be at most 3600000 ms (one hour)")]
    TooLong,
}

impl Pacing {
    /// What WhatsApp users do: 5 to 15 s.
    pub const DEFAULT: Self = Self { min_gap_ms: GAP_DEFAULT_MIN_MS, max_gap_ms: GAP_DEFAULT_MAX_MS };

    /// A range of gaps, both ends included.
    ///
    /// # Errors
    /// When the range is reversed or too long.
    pub const fn new(min_gap_ms: u32, max_gap_ms: u32) -> Result<Self, NotAPacing> {
        if min_gap_ms > max_gap_ms {
            return Err(NotAPacing::Reversed);
        }
        if max_gap_ms > GAP_CEILING_MS {
            return Err(NotAPacing::TooLong);
        }
        Ok(Self { min_gap_ms, max_gap_ms })
    }

    /// The smallest gap.
    pub const fn min_gap_ms(self) -> u32 {
        self.min_gap_ms
    }

    /// The largest gap.
    pub const fn max_gap_ms(self) -> u32 {
        self.max_gap_ms
    }

    /// A gap drawn evenly from the whole range, in milliseconds.
    pub fn draw(self, random: u64) -> i64 {
        let width = u64::from(self.max_gap_ms - self.min_gap_ms) + 1;
        // The high half of the product is an even draw from 0..width (Lemire's method, bias below 2^-40).
        let offset = (u128::from(random) * u128::from(width)) >> 64;
        i64::from(self.min_gap_ms) + i64::try_from(offset).unwrap_or(0)
    }
}

impl TryFrom<RawPacing> for Pacing {
    type Error = NotAPacing;

    fn try_from(raw: RawPacing) -> Result<Self, NotAPacing> {
        Self::new(raw.min_gap_ms, raw.max_gap_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_range_is_drawn_and_nothing_else() {
        let pacing = Pacing::new(5, 9).unwrap();
        let step = u64::MAX / 5;
        let drawn: Vec<i64> = (0..5).map(|n| pacing.draw(n * step + step / 2)).collect();
        assert_eq!(drawn, [5, 6, 7, 8, 9]);
        assert_eq!((pacing.draw(0), pacing.draw(u64::MAX)), (5, 9));
    }

    #[test]
    fn a_single_value_is_a_range() {
        assert_eq!(Pacing::new(7, 7).unwrap().draw(u64::MAX), 7);
    }

    #[test]
    fn wrong_ranges_are_refused() {
        assert_eq!(Pacing::new(2, 1), Err(NotAPacing::Reversed));
        assert_eq!(Pacing::new(0, 3_600_001), Err(NotAPacing::TooLong));
        assert!(serde_json::from_str::<Pacing>(r#"{"minGapMs":2,"maxGapMs":1}"#).is_err());
    }
}
