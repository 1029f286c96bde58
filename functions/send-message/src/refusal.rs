//! What happens when a message could not be stored, or its ticket could not be sent.
//!
//! The sender has had no answer yet, so the message is cancelled, and its caller may safely send it again. A worker that was
//! woken by another ticket may have found it meanwhile: then it needs a ticket of its own after all, since it may go
//! back in line, and would wait there for ever.

use domain::message::Message;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use shared::http::{ErrorCode, Problem};
use shared::ports::{Clock, PortError, WithdrawMessages, Withdrawn};

use crate::{Deps, Sending, announce};

/// Tries to cancel a message, or else to send its ticket.
const TRIES: usize = 4;
/// Pause between two tries, in milliseconds: all of them fit into the function's time-out.
const PAUSE_MS: i64 = 500;

const NOT_KEPT: &str = "The message could not be put in line, and was not kept; it is safe to send it again.";
const IN_DOUBT: &str = "The message could not be put in line, and it is not known whether it may still go out; look \
                        for it before you send it again.";

/// Cancels a message, or makes sure that it is accepted; `error` is what went wrong.
///
/// If the process dies in here, the caller gets no answer, and the message is either cancelled or may go out with
/// another ticket of its session.
pub(crate) async fn settle<W: Sending>(
    deps: &Deps<W>,
    message: &Message,
    gap_ends: Timestamp,
    error: PortError,
) -> Result<(), Problem> {
    for attempt in 0..TRIES {
        if attempt > 0 {
            deps.clock.sleep(PAUSE_MS).await;
        }
        match deps.messages.withdraw(message, deps.clock.now()).await {
            Ok(Withdrawn::Yes) => {
                return Err(Problem { kept_nothing: true, ..refused(&error, NOT_KEPT) });
            }
            Ok(Withdrawn::No(status)) if has_ended(status) => return Ok(()),
            // It is there, and a worker has it.
            Ok(Withdrawn::No(_)) if announce(deps, message, gap_ends).await.is_ok() => return Ok(()),
            Ok(Withdrawn::No(_)) => {}
            Err(error) => tracing::warn!(message_id = %message.message_id, %error, "taking back once more"),
        }
    }
    Err(refused(&error, IN_DOUBT))
}

/// Whether a message needs no ticket any more.
const fn has_ended(status: Status) -> bool {
    !matches!(status, Status::Queued | Status::Sending)
}

fn refused(error: &PortError, detail: &str) -> Problem {
    Problem { cause: Some(error.to_string()), ..Problem::new(ErrorCode::Unavailable, detail) }
}
