//! Step 5: the look under the lease, which chooses what goes.

use std::collections::BTreeMap;

use domain::campaign::Campaign;
use domain::message::pending::PendingKey;
use domain::sending::pacer::{Looked, Release};
use domain::sending::pacing::Pacing;
use domain::sending::survey::{Pick, Survey};
use domain::session::SessionState;
use domain::tuning::{CAMPAIGN_READS_AT_ONCE, CONTACT_LOOKS_MAX, CONTACTS_AT_ONCE, SURVEY_READS_MAX};
use domain::values::ids::{CampaignId, MessageId};
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use futures_util::future::{join, join_all};
use shared::ports::{Clock, LeaseSessions, PortError, ReadCampaigns, ReadLines};

use crate::campaign::campaign_of;
use crate::contacts::{self, counts_as_new};
use crate::lease::Leased;
use crate::line::{first_page, pick_within, put_off, spend};
use crate::release::{end_lease, let_go};
use crate::round::{Round, Stop};
use crate::ticket::remaining_after;
use crate::{Deps, Dispatching};

/// What goes next.
pub(crate) struct Choice<'a> {
    /// The place of the message in its line.
    pub(crate) place: PendingKey,
    /// Whether the message counts as one to a new contact.
    pub(crate) is_new_contact: bool,
    /// The look by which it was chosen.
    pub(crate) inspection: Inspection<'a>,
}

impl Choice<'_> {
    /// The range of the gaps of the message's campaign, if that has its own.
    pub(crate) fn pacing(&self) -> Option<Pacing> {
        self.inspection.pacing(self.place.message_id)
    }
}

/// Surveys again, and chooses; the lease then names the message that was chosen. `best` is what the first look chose.
pub(crate) async fn inspect<'a, W: Dispatching>(
    deps: &Deps<W>,
    round: &Round<'_>,
    leased: &Leased<'a>,
    best: PendingKey,
) -> Result<Choice<'a>, Stop> {
    let mut inspection = Inspection::make(deps, leased.state, best.message_id).await?;
    // Something more urgent may have come between the first look and the lease (`priority_strict`), and the first look
    // did not ask whether a campaign may send.
    let Pick::Send(place) = inspection.pick(deps).await? else {
        return Err(nothing_to_send(deps, round, leased, inspection).await?);
    };
    if place.message_id != best.message_id {
        let session_id = leased.state.session.session_id;
        let is_ours = deps.sessions.point_to(session_id, leased.fence, place.message_id).await?;
        if !is_ours {
            return Err(Stop::Again);
        }
    }
    let is_new_contact = counts_as_new(deps, leased.state, place, &inspection.survey).await;
    Ok(Choice { place, is_new_contact, inspection })
}

/// Ends a lease under which nothing may be sent: for good when campaigns keep back what waits, or new contacts are
/// kept back, since the next look, which does not ask, would choose the same again.
async fn nothing_to_send<W: Dispatching>(
    deps: &Deps<W>,
    round: &Round<'_>,
    leased: &Leased<'_>,
    mut inspection: Inspection<'_>,
) -> Result<Stop, PortError> {
    let state = leased.state;
    if !inspection.survey.passes_over() {
        return let_go(deps, leased).await;
    }
    let release = Release { looked: inspection.looked(), ..state.pacer.untouched() };
    end_lease(deps, leased, &release).await?;
    // A reply that came during the look has found the session leased, and its ticket is hidden for a gap.
    let replies = deps.messages.waiting(state.session.session_id, Some(Priority::High), 1).await?;
    if replies.keys.first().is_some_and(|reply| reply.due <= deps.clock.now()) {
        return Ok(Stop::Again);
    }
    remaining_after(deps, round, state, &mut inspection.survey, &release).await.map(Stop::Ticket)
}

/// A survey under a lease, with what is known of the campaigns of the rows in it.
pub(crate) struct Inspection<'a> {
    /// What waits.
    pub(crate) survey: Survey,
    state: &'a SessionState,
    /// Set when messages to new contacts are kept back: until then.
    new_contacts_wait_until: Option<Timestamp>,
    pacings: BTreeMap<CampaignId, Option<Pacing>>,
    reads_left: usize,
    contact_looks_left: usize,
}

impl<'a> Inspection<'a> {
    /// The first page of a session's line and, at the same time, the campaign of the message that looked best before.
    async fn make<W: Dispatching>(
        deps: &Deps<W>,
        state: &'a SessionState,
        best: MessageId,
    ) -> Result<Self, PortError> {
        let account_id = state.session.account_id;
        let closed = state.standing().new_contacts_closed(deps.clock.now());
        let (survey, campaign) = join(first_page(deps, state), campaign_of(deps, account_id, best)).await;
        let mut inspection = Self {
            survey: survey?,
            state,
            new_contacts_wait_until: closed.map(|closed| closed.until),
            pacings: BTreeMap::new(),
            reads_left: SURVEY_READS_MAX,
            contact_looks_left: CONTACT_LOOKS_MAX,
        };
        if let Some(campaign_id) = CampaignId::of(best) {
            inspection.note(campaign_id, campaign?.as_ref());
        }
        Ok(inspection)
    }

    /// What goes next. A message of a campaign is chosen only when a read that was made under the lease says that the
    /// campaign may send; and while new contacts are kept back, one that is no answer only when its contact is not new.
    async fn pick<W: Dispatching>(&mut self, deps: &Deps<W>) -> Result<Pick, PortError> {
        loop {
            let pick = pick_within(deps, self.state, &mut self.survey, &mut self.reads_left).await?;
            match pick {
                Pick::Send(key) if self.survey.may_send(key.message_id).is_none() => {
                    self.ask(deps, key.priority).await?;
                }
                Pick::Send(key) if self.must_know_contact(key) => {
                    self.ask_contacts(deps, key.priority).await?;
                }
                pick => return Ok(pick),
            }
        }
    }

    /// The range of a message's campaign's own gaps.
    fn pacing(&self, message_id: MessageId) -> Option<Pacing> {
        CampaignId::of(message_id).and_then(|campaign_id| self.pacings.get(&campaign_id).copied().flatten())
    }

    /// How far the lines were looked through for contacts that are not new, if new ones are kept back.
    pub(crate) fn looked(&self) -> Option<Looked> {
        let looked = self.survey.looked(self.new_contacts_wait_until?);
        (looked.normal.is_some() || looked.bulk.is_some()).then_some(looked)
    }

    fn must_know_contact(&self, key: PendingKey) -> bool {
        self.new_contacts_wait_until.is_some()
            && key.priority != Priority::High
            && self.survey.is_new_contact(key.message_id).is_none()
    }

    async fn ask_contacts<W: Dispatching>(
        &mut self,
        deps: &Deps<W>,
        line: Priority,
    ) -> Result<(), PortError> {
        if spend(&mut self.contact_looks_left) {
            contacts::ask(deps, self.state, &mut self.survey, line, CONTACTS_AT_ONCE).await
        } else {
            contacts::pause(deps, &mut self.survey, line);
            Ok(())
        }
    }

    async fn ask<W: Dispatching>(&mut self, deps: &Deps<W>, line: Priority) -> Result<(), PortError> {
        if !spend(&mut self.reads_left) {
            put_off(deps, self.state.session.session_id, &mut self.survey, line);
            return Ok(());
        }
        let asked: Vec<CampaignId> = self.survey.undecided(CAMPAIGN_READS_AT_ONCE).into_iter().collect();
        let campaigns = &deps.campaigns;
        let answers =
            join_all(asked.iter().map(|id| campaigns.get(self.state.session.account_id, *id))).await;
        for (campaign_id, answer) in asked.into_iter().zip(answers) {
            self.note(campaign_id, answer?.as_ref());
        }
        Ok(())
    }

    /// Rows of a campaign that does not exist are never sent.
    fn note(&mut self, campaign_id: CampaignId, campaign: Option<&Campaign>) {
        self.survey.decide(campaign_id, campaign.is_some_and(Campaign::may_send));
        self.pacings.insert(campaign_id, campaign.and_then(|campaign| campaign.pacing));
    }
}
