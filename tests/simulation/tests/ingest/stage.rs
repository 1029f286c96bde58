//! A world with a campaign on its way in, and a function that can be killed wherever it waits.

use domain::message::Retention;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

use domain::bulk::{RecipientRules, SegmentRow};
use domain::campaign::Campaign;
use domain::campaign::ingest::message_of;
use domain::request::CampaignTerms;
use domain::sending::pacing::Pacing;
use domain::values::ids::{AccountId, CampaignId, SessionId};
use domain::values::phone::PhoneNumber;
use domain::values::priority::Priority;
use fakes::{Caller, Latency, Rates, Role, World};
use shared::intake::{Draft, launch, prepare_csv};
use shared::ports::{FileKind, Received, WriteFiles};
use simulation::mortal::DiesAt;

/// Longer than the function's time-out, as the queue has it.
pub(crate) const VISIBILITY_MS: i64 = 130_000;
const TIMEOUT_MS: i64 = 120_000;

/// A world with a campaign on its way in.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) draft: Draft,
    rows: u32,
    pub(crate) rates: Rates,
    /// Whether every message is served twice.
    pub(crate) twice: bool,
    pub(crate) waits_left: Rc<Cell<Option<usize>>>,
    pub(crate) deaths: Cell<usize>,
}

impl Stage {
    pub(crate) fn new(rows: u32, seed: u64) -> Self {
        let world = World::new(seed);
        world.set_latency(Latency::USUAL);
        let now = World::BEGINNING;
        let terms = CampaignTerms {
            session_id: SessionId::new(now, 1),
            name: None,
            default_message: Some("Hi {{name}}".to_owned()),
            pacing: Pacing::DEFAULT,
            scheduled_at: None,
            link_preview: None,
            recipients: RecipientRules::default(),
            encoding: None,
        };
        let draft = Draft {
            account_id: AccountId::new(now, 2),
            campaign_id: CampaignId::new(now, 3),
            terms,
            created_at: now,
        };
        let (waits_left, deaths) = (Rc::default(), Cell::default());
        Self { world, draft, rows, rates: Rates::default(), twice: false, waits_left, deaths }
    }

    pub(crate) fn csv(&self) -> String {
        let rows: String = (1..=self.rows).map(|row| format!("1650{row:07},n{row}\n")).collect();
        format!("phone,name\n{rows}")
    }

    /// As `POST /messages/bulk/csv` does it.
    pub(crate) fn launch(&self) {
        let caller = self.world.caller();
        self.world.block_on(async {
            let prepared =
                prepare_csv(&caller.files(), &self.draft, self.csv().as_bytes()).await.unwrap().unwrap();
            assert_eq!(prepared.accepted, self.rows);
            launch(&caller.campaigns(), &caller.steps(), &self.draft, &prepared).await.unwrap();
        });
    }

    /// As `POST /messages/bulk/uploads` does it, and then the caller.
    pub(crate) fn upload(&self) {
        let draft = serde_json::to_vec(&self.draft).unwrap();
        let files = self.world.caller().files();
        self.world.block_on(files.put(self.draft.file(FileKind::Draft), draft.into())).unwrap();
        self.world.upload(self.draft.file(FileKind::Upload), self.csv().into());
    }

    pub(crate) fn campaign(&self) -> Campaign {
        self.world.campaign(self.draft.account_id, self.draft.campaign_id).unwrap()
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller::with(self.world.clone(), Role::Api, self.rates)
    }

    /// Runs the function once; `None` when it died.
    pub(crate) fn run(&self, received: &Received) -> Option<Vec<String>> {
        let caller = self.caller();
        let Ok(deps) = ingest::Deps::of(&caller);
        let deadline = self.world.now().plus_millis(TIMEOUT_MS);
        let future = async move { ingest::handle(&deps, vec![received.clone()], deadline).await };
        let mortal = DiesAt::new(future, Rc::clone(&self.waits_left));
        let returned = self.world.block_on(mortal);
        self.deaths.set(self.deaths.get() + usize::from(returned.is_none()));
        returned
    }

    /// Serves one message of the queue; `false` when there is none left.
    pub(crate) fn serve_one(&self) -> bool {
        let Some(received) = self.world.take_step(VISIBILITY_MS) else {
            if self.world.step_count() > 0 {
                self.world.run_for(VISIBILITY_MS);
            }
            return self.world.step_count() > 0;
        };
        let done = self.run(&received).map(|failed| failed.is_empty());
        self.nothing_is_announced_too_early();
        if done == Some(true) {
            if self.twice {
                self.run(&received);
            }
            self.world.delete_step(&received.handle);
        }
        true
    }

    pub(crate) fn serve_all(&self) {
        let mut rounds = 0;
        while self.serve_one() {
            rounds += 1;
            assert!(rounds < 10_000, "the chain does not end");
        }
        // What was in flight when a run died may land half a minute later.
        self.world.run_for(VISIBILITY_MS);
    }

    pub(crate) fn nothing_is_announced_too_early(&self) {
        let stored = self.world.messages_of(self.draft.terms.session_id).len();
        let campaigns = self.world.campaign(self.draft.account_id, self.draft.campaign_id);
        if campaigns.is_some_and(|campaign| campaign.may_send()) {
            assert_eq!(stored, self.rows as usize, "a campaign may be sent whose rows are not all stored");
        }
    }

    pub(crate) fn all_is_stored_once(&self) {
        let messages = self.world.messages_of(self.draft.terms.session_id);
        let ids: BTreeSet<_> = messages.iter().map(|message| message.message_id).collect();
        let expected: BTreeSet<_> = (1..=self.rows).map(|row| self.draft.campaign_id.message(row)).collect();
        assert_eq!(ids, expected);
        for message in &messages {
            let row = self.draft.campaign_id.row(message.message_id);
            let (to, text) = (PhoneNumber::parse(&format!("1650{row:07}")).unwrap(), format!("Hi n{row}"));
            assert_eq!(
                *message,
                message_of(&self.campaign(), SegmentRow { row, to: to.into(), text }, Retention::default())
            );
        }
        let campaign = self.campaign();
        assert_eq!((campaign.stored, campaign.total), (self.rows, self.rows));
    }

    pub(crate) fn is_announced(&self) -> bool {
        !self.world.take_tickets(Priority::Bulk, 1_000).is_empty()
    }
}
