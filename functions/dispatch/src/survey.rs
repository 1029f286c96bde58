//! Looking at what waits in a session. Every read is strongly consistent.

use std::collections::BTreeMap;

use domain::campaign::Campaign;
use domain::message::pending::PendingKey;
use domain::sending::pacer::Looked;
use domain::sending::pacing::Pacing;
use domain::sending::survey::{Head, Pick, Survey};
use domain::session::SessionState;
use domain::tuning::{
    CAMPAIGN_READS_AT_ONCE, CONTACT_LOOKS_MAX, CONTACTS_AT_ONCE, SURVEY_PAGE, SURVEY_PUT_OFF_MS,
    SURVEY_READS_MAX,
};
use domain::values::ids::{AccountId, CampaignId, MessageId, SessionId};
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use futures_util::future::{join, join_all};
use shared::ports::{Clock, DispatchMessages, PortError, ReadCampaigns, ReadLines};

use crate::contacts;
use crate::{Deps, Dispatching};

/// The first page of a session's line, which nearly always tells all that matters. What an earlier look has found to be kept
/// back is passed over.
pub(crate) async fn survey<W: Dispatching>(
    deps: &Deps<W>,
    state: &SessionState,
) -> Result<Survey, PortError> {
    let page = deps.messages.waiting(state.session.session_id, None, SURVEY_PAGE).await?;
    let mut survey = Survey::from_first_page(&page.keys, page.is_all);
    if let Some(looked) = state.standing().looked(deps.clock.now()) {
        survey.go_on_from(&looked);
    }
    Ok(survey)
}

/// A survey under a lease, with what is known of the campaigns of the rows in it.
pub(crate) struct Inspection<'a> {
    /// What waits.
    pub(crate) survey: Survey,
    state: &'a SessionState,
    /// Set when messages to new contacts are kept back: until then.
    new_contacts_from: Option<Timestamp>,
    pacings: BTreeMap<CampaignId, Option<Pacing>>,
    reads_left: usize,
    contact_looks_left: usize,
}

impl<'a> Inspection<'a> {
    /// The first page of a session's line and, at the same time, the campaign of the message that looked best before.
    pub(crate) async fn make<W: Dispatching>(
        deps: &Deps<W>,
        state: &'a SessionState,
        best: MessageId,
    ) -> Result<Self, PortError> {
        let account_id = state.session.account_id;
        let closed = state.standing().new_contacts_closed(deps.clock.now());
        let (survey, campaign) = join(survey(deps, state), campaign_of(deps, account_id, best)).await;
        let mut inspection = Self {
            survey: survey?,
            state,
            new_contacts_from: closed.map(|closed| closed.until),
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
    pub(crate) async fn pick<W: Dispatching>(&mut self, deps: &Deps<W>) -> Result<Pick, PortError> {
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
    pub(crate) fn pacing(&self, message_id: MessageId) -> Option<Pacing> {
        CampaignId::of(message_id).and_then(|campaign_id| self.pacings.get(&campaign_id).copied().flatten())
    }

    /// How far the lines were looked through for contacts that are not new, if new ones are kept back.
    pub(crate) fn looked(&self) -> Option<Looked> {
        let looked = self.survey.looked(self.new_contacts_from?);
        (looked.normal.is_some() || looked.bulk.is_some()).then_some(looked)
    }

    fn must_know_contact(&self, key: PendingKey) -> bool {
        self.new_contacts_from.is_some()
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

/// The campaign of a message, if it has one.
pub(crate) async fn campaign_of<W: Dispatching>(
    deps: &Deps<W>,
    account_id: AccountId,
    message_id: MessageId,
) -> Result<Option<Campaign>, PortError> {
    match CampaignId::of(message_id) {
        Some(campaign_id) => deps.campaigns.get(account_id, campaign_id).await,
        None => Ok(None),
    }
}

/// What goes next, reading on where the survey does not tell. Rows of campaigns count as if they may be sent.
pub(crate) async fn pick<W: Dispatching>(
    deps: &Deps<W>,
    state: &SessionState,
    survey: &mut Survey,
) -> Result<Pick, PortError> {
    let mut reads_left = SURVEY_READS_MAX;
    pick_within(deps, state, survey, &mut reads_left).await
}

async fn pick_within<W: Dispatching>(
    deps: &Deps<W>,
    state: &SessionState,
    survey: &mut Survey,
    reads_left: &mut usize,
) -> Result<Pick, PortError> {
    let session_id = state.session.session_id;
    loop {
        let now = deps.clock.now();
        match survey.pick(now, |line| state.standing().opens_at(line, now)) {
            Pick::Look(priority) if spend(reads_left) => look(deps, session_id, survey, priority).await?,
            Pick::Look(priority) => put_off(deps, session_id, survey, priority),
            pick => return Ok(pick),
        }
    }
}

/// The first of a priority's line, reading on where the survey does not tell.
pub(crate) async fn head<W: Dispatching>(
    deps: &Deps<W>,
    session_id: SessionId,
    survey: &mut Survey,
    priority: Priority,
) -> Result<Option<PendingKey>, PortError> {
    let mut reads_left = SURVEY_READS_MAX;
    loop {
        match survey.head(priority) {
            Head::Is(key) => return Ok(Some(key)),
            Head::Empty => return Ok(None),
            Head::Unknown if spend(&mut reads_left) => look(deps, session_id, survey, priority).await?,
            Head::Unknown => put_off(deps, session_id, survey, priority),
        }
    }
}

async fn look<W: Dispatching>(
    deps: &Deps<W>,
    session_id: SessionId,
    survey: &mut Survey,
    priority: Priority,
) -> Result<(), PortError> {
    let messages = &deps.messages;
    let page = page_of(survey, priority);
    let line = match survey.behind(priority) {
        None => messages.waiting(session_id, Some(priority), page).await?,
        Some(place) => messages.waiting_behind(session_id, place, page).await?,
    };
    // An empty page is the end of the line, whatever else it says: without this a look could be repeated for ever.
    let is_all = line.is_all || line.keys.is_empty();
    survey.learn(priority, line.keys, is_all);
    Ok(())
}

/// Only in the line of the campaigns may the first rows not be the ones that matter, and where new contacts are kept back.
fn page_of(survey: &Survey, line: Priority) -> usize {
    match line {
        Priority::High => 1,
        Priority::Normal if !survey.looks_at_contacts() => 1,
        Priority::Normal | Priority::Bulk => SURVEY_PAGE,
    }
}

fn spend(reads_left: &mut usize) -> bool {
    let may_read = *reads_left > 0;
    *reads_left = reads_left.saturating_sub(1);
    may_read
}

fn put_off<W: Dispatching>(deps: &Deps<W>, session_id: SessionId, survey: &mut Survey, line: Priority) {
    tracing::warn!(session_id = %session_id, "too many paused campaigns stand in front of a line");
    survey.put_off(line, deps.clock.now().plus_millis(SURVEY_PUT_OFF_MS));
}
