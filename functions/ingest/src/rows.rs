//! Storing rows, as fast as the table takes them.

use std::collections::VecDeque;

use domain::campaign::ingest::StorePace;
use domain::message::Message;
use domain::tuning::STEP_MARGIN_MS;
use domain::values::time::Timestamp;
use futures_util::future::join_all;
use shared::ports::{AcceptMessages, Clock, PortError};

/// Stores all of them, a few side by side. Those that are refused are tried again, after a pause and with fewer at a time,
/// until the deadline is near.
pub(crate) async fn store_rows(
    messages: &impl AcceptMessages,
    clock: &impl Clock,
    rows: Vec<Message>,
    deadline: Timestamp,
) -> Result<(), PortError> {
    let (mut left, mut pace) = (VecDeque::from(rows), StorePace::default());
    while !left.is_empty() {
        let wave: Vec<Message> = left.drain(..pace.width().min(left.len())).collect();
        let results = join_all(wave.iter().map(|message| messages.put(message))).await;
        let mut refusal = None;
        for (message, result) in wave.into_iter().zip(results) {
            if let Err(error) = result {
                left.push_back(message);
                refusal = Some(error);
            }
        }
        let Some(error) = refusal else {
            pace.faster();
            continue;
        };
        let pause_ms = pace.slower();
        if clock.now().plus_millis(pause_ms + STEP_MARGIN_MS) >= deadline {
            return Err(error);
        }
        tracing::debug!(%error, pause_ms, width = pace.width(), "slowing down");
        clock.sleep(pause_ms).await;
    }
    Ok(())
}
