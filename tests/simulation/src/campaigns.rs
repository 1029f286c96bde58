//! Campaigns of a run, and what is decided about them.

use std::collections::BTreeMap;

use domain::campaign::{Campaign, CampaignState};
use domain::sending::pacing::Pacing;
use domain::sending::ticket::Ticket;
use domain::values::ids::{AccountId, CampaignId, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use fakes::{Event, World};
use shared::ports::NoteIngestion;

use crate::run::Run;
use crate::scenario::{Order, OrderAt};
use crate::stage;

/// Decisions that wait for a moment of their session.
pub(crate) type Orders = BTreeMap<SessionId, Vec<(OrderAt, CampaignId, Order)>>;

/// How long after the end of the faults paused campaigns are resumed, and the time between further rounds of this.
const CARE_MS: i64 = 10 * 60 * 1000;
/// How many such rounds there are.
const CARE_ROUNDS: i64 = 3;
/// In a run of several days, the time between further rounds, in milliseconds.
const CARE_AGAIN_MS: i64 = 24 * 3600 * 1000;

/// A campaign whose rows are not stored yet.
pub(crate) fn campaign(
    world: &World,
    account_id: AccountId,
    session_id: SessionId,
    rows: u32,
    pacing: Option<Pacing>,
) -> Campaign {
    let campaign_id = CampaignId::new(world.now(), u128::from(world.rng().next_u64()) << 48);
    Campaign { pacing, ..Campaign::new((account_id, campaign_id, session_id), rows, world.now()) }
}

impl Run {
    /// Starts a campaign: its rows, then, when all are stored, a ticket.
    pub(crate) fn controlled(
        &self,
        session_id: SessionId,
        rows: u32,
        pacing: Option<(u32, u32)>,
        ingest_ms: i64,
        orders: &[(OrderAt, Order)],
    ) {
        let (world, now) = (&self.world, self.world.now());
        let pacing = pacing.and_then(|(min, max)| Pacing::new(min, max).ok());
        let campaign = campaign(world, self.scenario.account_id, session_id, rows, pacing);
        let campaign_id = campaign.campaign_id;
        self.checker.borrow_mut().add_campaign(session_id, campaign_id, campaign.pacing);
        world.put_campaign(&campaign);
        for row in 1..=rows {
            self.put(session_id, campaign_id.message(row), Priority::Bulk);
        }
        let run = self.clone();
        world.after(ingest_ms, move || run.ingested(&campaign));
        for (at, order) in orders {
            self.plan(session_id, campaign_id, *at, *order);
        }
        let often = (0..CARE_ROUNDS).map(|round| round * CARE_MS);
        let days = self.scenario.end_ms / CARE_AGAIN_MS;
        for after_ms in often.chain((1..days).map(|day| day * CARE_AGAIN_MS)) {
            let at = World::BEGINNING.plus_millis(self.scenario.faults_end_ms + 5_000 + after_ms);
            let run = self.clone();
            world.after(at.millis_since(now), move || run.care(session_id, campaign_id));
        }
    }

    fn ingested(&self, campaign: &Campaign) {
        let (run, caller) = (self.clone(), self.world.caller());
        let (account_id, campaign_id, total) = (campaign.account_id, campaign.campaign_id, campaign.total);
        let session_id = campaign.session_id;
        self.world.spawn(async move {
            let now = run.world.now();
            let noted = caller.campaigns().note_ingested(account_id, campaign_id, total, 0, now).await;
            if noted.is_ok_and(|campaign| campaign.is_some_and(|campaign| campaign.may_send())) {
                let message_id = campaign_id.message(1);
                let ticket = Ticket::new(session_id, Priority::Bulk, message_id);
                stage::announce(&run.world, ticket, 0, &message_id.to_string());
            }
        });
    }

    fn plan(&self, session_id: SessionId, campaign_id: CampaignId, at: OrderAt, order: Order) {
        match at {
            OrderAt::After(millis) => {
                let run = self.clone();
                self.world.after(millis, move || run.order(session_id, campaign_id, order));
            }
            moment => {
                let mut orders = self.orders.borrow_mut();
                orders.entry(session_id).or_default().push((moment, campaign_id, order));
            }
        }
    }

    fn order(&self, session_id: SessionId, campaign_id: CampaignId, order: Order) {
        let caller = self.api_caller(session_id);
        let account_id = self.scenario.account_id;
        caller.clone().spawn(async move { stage::order(&caller, account_id, campaign_id, order).await });
    }

    /// Resumes a campaign that rests, without faults. One that runs must go on by itself.
    fn care(&self, session_id: SessionId, campaign_id: CampaignId) {
        let campaign = self.world.campaign(self.scenario.account_id, campaign_id);
        if campaign.is_some_and(|campaign| campaign.state == CampaignState::Paused) {
            self.order(session_id, campaign_id, Order::Resume);
        }
    }

    /// Springs the decisions whose moment this is.
    pub(crate) fn spring_orders(&self, event: &Event) {
        let (session_id, moment) = match *event {
            Event::Surveyed(_, session_id) => (session_id, OrderAt::Survey),
            Event::Leased(session_id, ..) => (session_id, OrderAt::Lease),
            Event::CallStarted(_, key, ..) => (key.session_id, OrderAt::Call),
            Event::Changed(key, _, after) if after.status == Status::Sending => {
                (key.session_id, OrderAt::Claim)
            }
            Event::Changed(key, before, after)
                if before.status == Status::Sending && after.status == Status::Queued =>
            {
                (key.session_id, OrderAt::Requeue)
            }
            _ => return,
        };
        let mut orders = self.orders.borrow_mut();
        let Some(waiting) = orders.get_mut(&session_id) else { return };
        let Some(place) = waiting.iter().position(|(at, ..)| *at == moment) else { return };
        let (_, campaign_id, order) = waiting.remove(place);
        let run = self.clone();
        self.world.after(0, move || run.order(session_id, campaign_id, order));
    }
}
