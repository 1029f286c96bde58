//! Step 6: the claim, which moves the message from `queued` to `sending`.

use domain::message::Message;
use domain::message::pending::PendingKey;
use domain::sending::attempt::unsent;
use domain::sending::pacer::Release;
use domain::values::status::Status;
use shared::ports::{Claim, Clock, DispatchMessages, PortError, Row};

use crate::inspect::Choice;
use crate::lease::Leased;
use crate::recovery::end_orphan;
use crate::release::{end_lease, fresh_gap, let_go};
use crate::round::Stop;
use crate::{Deps, Dispatching};

/// Claims the message that was chosen, if there is time left to call the provider.
pub(crate) async fn claim<W: Dispatching>(
    deps: &Deps<W>,
    leased: &Leased<'_>,
    choice: &Choice<'_>,
) -> Result<Message, Stop> {
    let state = leased.state;
    if !leased.window.allows_call(deps.clock.now()) {
        // How far the look has come is kept: the next one would come no farther.
        let looked = choice.inspection.looked().or(state.pacer.release.looked);
        end_lease(deps, leased, &Release { looked, ..state.pacer.untouched() }).await?;
        return Err(Stop::Again);
    }
    match claim_row(deps, leased, choice.place).await? {
        Claim::Claimed(Row::Message(message)) => Ok(*message),
        Claim::Claimed(row @ Row::Malformed { .. }) => {
            end_orphan(deps, &state.session, leased.row_key(choice.place), &row).await?;
            Err(let_go(deps, leased).await?)
        }
        Claim::Refused(Some(row)) if row.status() == Status::Sending && row.fence() < leased.fence => {
            // Left behind by a worker that released its lease, or lost it, without ending its message.
            end_orphan(deps, &state.session, leased.row_key(choice.place), &row).await?;
            let release = fresh_gap(deps, state, choice.pacing());
            // That worker's release, if it made one, has not counted it.
            let tally = state.standing().counted(choice.is_new_contact, deps.clock.now());
            end_lease(deps, leased, &Release { tally, ..release }).await?;
            Err(Stop::Again)
        }
        Claim::Refused(_) => Err(let_go(deps, leased).await?),
    }
}

/// Claims a message. When it cannot be told whether that worked, it is undone: we know that no call was made.
async fn claim_row<W: Dispatching>(
    deps: &Deps<W>,
    leased: &Leased<'_>,
    place: PendingKey,
) -> Result<Claim, PortError> {
    let row = leased.row_key(place);
    match deps.messages.claim(row, leased.fence, deps.clock.now()).await {
        Ok(claim) => Ok(claim),
        Err(error) => {
            // First the fence, so that no late copy of the claim succeeds after the look.
            deps.messages.fence_off(row, leased.fence).await?;
            if let Some(Row::Message(message)) = deps.messages.row(row).await?
                && message.status == Status::Sending
                && message.fence == leased.fence
            {
                deps.messages.record(row, message.priority, leased.fence, &unsent(&message)).await?;
            }
            end_lease(deps, leased, &leased.state.pacer.untouched()).await?;
            Err(error)
        }
    }
}
