//! Counting clients' requests.

use domain::limits::RATE_WINDOW_MS;
use futures_util::future::join_all;
use shared::ports::CountRequests;

use crate::{Checked, sample};

fn client() -> String {
    format!("send#{:x}", sample::random())
}

/// The last one passes, the next does not, and the window is that of the first.
pub async fn requests_pass_up_to_the_limit<L: CountRequests>(limits: &L) -> Checked {
    let client = client();
    for n in 1..=5 {
        let usage = limits.count(&client, 3, sample::at(i64::from(n))).await?;
        assert_eq!((usage.passes(), usage.limit), (n <= 3, 3), "request {n}");
        assert_eq!(usage.remaining(), 3_u32.saturating_sub(n), "request {n}");
        assert_eq!(usage.window_ends, sample::at(1 + RATE_WINDOW_MS), "request {n}");
    }
    Ok(())
}

/// One client's requests are not another's.
pub async fn clients_are_counted_apart<L: CountRequests>(limits: &L) -> Checked {
    for client in [client(), client()] {
        assert!(limits.count(&client, 1, sample::NOW).await?.passes());
        assert!(!limits.count(&client, 1, sample::NOW).await?.passes());
    }
    Ok(())
}

/// The new window begins exactly when the old one ends.
pub async fn a_new_window_begins_after_the_old_one<L: CountRequests>(limits: &L) -> Checked {
    let client = client();
    for start in [0, RATE_WINDOW_MS, 3 * RATE_WINDOW_MS] {
        let first = limits.count(&client, 1, sample::at(start)).await?;
        assert_eq!((first.passes(), first.window_ends), (true, sample::at(start + RATE_WINDOW_MS)));
        assert!(!limits.count(&client, 1, sample::at(start + RATE_WINDOW_MS - 1)).await?.passes());
    }
    Ok(())
}

/// This also holds when the requests race to open a new window.
pub async fn a_count_is_exact_however_many_come_at_once<L: CountRequests>(limits: &L) -> Checked {
    let client = client();
    let all = join_all((0..200).map(|_| limits.count(&client, 60, sample::NOW))).await;
    let mut passed = 0;
    for usage in all {
        passed += usize::from(usage?.passes());
    }
    assert_eq!(passed, 60);
    Ok(())
}
