//! Whether messages go to contacts with whom the session has never written, asked only where that matters.

use domain::message::Message;
use domain::message::pending::PendingKey;
use domain::sending::allowance::SendingLimits;
use domain::sending::survey::Survey;
use domain::session::SessionState;
use domain::tuning::CONTACT_LOOKS_PAUSE_MS;
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use shared::ports::{Clock, KnowContacts, PortError};

use crate::{Deps, Dispatching};

/// Whether the message of a place counts as one to a new contact: answers do not. In doubt it does.
pub(crate) async fn counts_as_new<W: Dispatching>(
    deps: &Deps<W>,
    state: &SessionState,
    key: PendingKey,
    survey: &Survey,
) -> bool {
    let counts_contacts = state.session.limits.as_ref().is_some_and(SendingLimits::counts_contacts);
    if !counts_contacts || key.priority == Priority::High {
        return false;
    }
    if let Some(is_new) = survey.is_new_contact(key.message_id) {
        return is_new;
    }
    let session_id = state.session.session_id;
    match deps.contacts.new_among(session_id, &[key.message_id]).await {
        Ok(new) => new.contains(&key.message_id),
        Err(error) => {
            tracing::warn!(session_id = %session_id, %error, "a contact counts as new, since it could not be looked up");
            true
        }
    }
}

/// Notes that a new contact was written to. Without the note the next message to it may count as one to a
/// new contact again: too little is sent rather than too much.
pub(crate) async fn note_written<W: Dispatching>(deps: &Deps<W>, message: &Message, now: Timestamp) {
    let noted = deps.contacts.note_written(message, now).await;
    if let Err(error) = noted {
        tracing::warn!(session_id = %message.session_id, %error, "a new contact could not be noted as written to");
    }
}

/// Asks about the contacts of a line's next messages; those that are new are passed over from then on.
pub(crate) async fn ask<W: Dispatching>(
    deps: &Deps<W>,
    state: &SessionState,
    survey: &mut Survey,
    line: Priority,
    limit: usize,
) -> Result<(), PortError> {
    let asked = survey.unknown_contacts(line, limit, deps.clock.now());
    let new = deps.contacts.new_among(state.session.session_id, &asked).await?;
    survey.note_contacts(&asked, &new);
    Ok(())
}

/// Lets a line rest in which so many new contacts stand in front that the look for others goes on later.
pub(crate) fn pause<W: Dispatching>(deps: &Deps<W>, survey: &mut Survey, line: Priority) {
    survey.put_off(line, deps.clock.now().plus_millis(CONTACT_LOOKS_PAUSE_MS));
}
