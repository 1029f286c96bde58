//! What may be used once.

use futures_util::future::join_all;
use shared::ports::UseOnce;

use crate::{Checked, RACES, sample};

/// This also holds for many uses at the same time.
pub async fn something_is_used_once<U: UseOnce>(used: &U) -> Checked {
    for _ in 0..RACES {
        let what = format!("login#{:x}", sample::random());
        let all = join_all((0..6).map(|_| used.use_once(&what, sample::at(1_000)))).await;
        let mut first = 0;
        for result in all {
            first += usize::from(result?);
        }
        assert_eq!(first, 1);
        assert!(!used.use_once(&what, sample::at(1_000)).await?);
    }
    Ok(())
}
