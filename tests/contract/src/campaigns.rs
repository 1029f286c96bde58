//! Campaigns: what is decided about them, and how the storing of their rows gets on.

use domain::campaign::{Campaign, CampaignState};
use domain::values::ids::CampaignId;
use futures_util::future::join;
use shared::decisions::{Decided, decide};
use shared::ports::{CampaignPage, PortError};

use crate::{Campaigns, Checked, RACES, sample};

async fn stored<G: Campaigns>(campaigns: &G, campaign: &Campaign) -> Result<Campaign, PortError> {
    let found = campaigns.get(campaign.account_id, campaign.campaign_id).await?;
    Ok(found.expect("the campaign is there"))
}

async fn pause<G: Campaigns>(
    campaigns: &G,
    seen: &Campaign,
    reason: Option<&str>,
) -> Result<Decided, PortError> {
    decide(campaigns, seen.clone(), |campaign| campaign.pause(reason.map(str::to_owned))).await
}

async fn resume<G: Campaigns>(campaigns: &G, seen: &Campaign) -> Result<Decided, PortError> {
    decide(campaigns, seen.clone(), Campaign::resume).await
}

async fn cancel<G: Campaigns>(campaigns: &G, seen: &Campaign) -> Result<Decided, PortError> {
    decide(campaigns, seen.clone(), Campaign::cancel).await
}

/// A campaign that was stored in this state.
async fn in_state<G: Campaigns>(campaigns: &G, state: CampaignState) -> Result<Campaign, PortError> {
    let campaign = Campaign { state, ..sample::campaign() };
    campaigns.create(&campaign).await
}

/// With every attribute, and with none of those that may be absent.
pub async fn a_campaign_is_read_as_it_was_stored<G: Campaigns>(campaigns: &G) -> Checked {
    for campaign in [sample::campaign(), sample::full_campaign()] {
        assert_eq!(campaigns.create(&campaign).await?, campaign);
        assert_eq!(stored(campaigns, &campaign).await?, campaign);
    }
    Ok(())
}

/// Whoever stores it again is shown what it has become since.
pub async fn storing_a_campaign_again_changes_nothing<G: Campaigns>(campaigns: &G) -> Checked {
    let campaign = campaigns.create(&sample::campaign()).await?;
    cancel(campaigns, &campaign).await?;
    let again = campaigns.create(&campaign).await?;
    assert_eq!(again.state, CampaignState::Cancelled);
    assert_eq!(stored(campaigns, &campaign).await?, again);
    Ok(())
}

/// With another account, the right id finds nothing, and writes change nothing.
pub async fn a_campaign_of_another_account_is_none<G: Campaigns>(campaigns: &G) -> Checked {
    let campaign = campaigns.create(&sample::campaign()).await?;
    let (other, id) = (sample::account_id(), campaign.campaign_id);
    assert_eq!(campaigns.get(other, id).await?, None);
    let foreign = Campaign { account_id: other, ..campaign.clone() };
    assert_eq!(pause(campaigns, &foreign, None).await?, Decided::NotFound);
    assert_eq!(cancel(campaigns, &foreign).await?, Decided::NotFound);
    assert_eq!(campaigns.note_stored(other, id, 1).await?, None);
    assert_eq!(campaigns.note_ingested(other, id, 1, 0, sample::NOW).await?, None);
    assert_eq!(campaigns.get(other, id).await?, None);
    assert_eq!(stored(campaigns, &campaign).await?, campaign);
    Ok(())
}

/// Page by page, and no account sees another's.
pub async fn campaigns_are_listed_newest_first<G: Campaigns>(campaigns: &G) -> Checked {
    let account_id = sample::account_id();
    let mut made = Vec::new();
    for age_ms in [3, 1, 2, 5, 4] {
        let campaign_id = CampaignId::new(sample::at(-age_ms), sample::random());
        let campaign = Campaign { account_id, campaign_id, ..sample::campaign() };
        made.push(campaigns.create(&campaign).await?);
    }
    campaigns.create(&sample::campaign()).await?;
    made.sort_by_key(|campaign| std::cmp::Reverse(campaign.campaign_id));
    let first = campaigns.list(account_id, None, 2).await?;
    assert_eq!(first, CampaignPage { campaigns: made[..2].to_vec(), next: Some(made[1].campaign_id) });
    let second = campaigns.list(account_id, first.next, 2).await?;
    assert_eq!(second, CampaignPage { campaigns: made[2..4].to_vec(), next: Some(made[3].campaign_id) });
    let last = campaigns.list(account_id, second.next, 2).await?;
    assert_eq!(last, CampaignPage { campaigns: made[4..].to_vec(), next: None });
    assert_eq!(campaigns.list(account_id, None, 6).await?, CampaignPage { campaigns: made, next: None });
    Ok(())
}

/// The answer shows the campaign after the decision. Deciding twice changes only the number of decisions; if both decisions
/// have seen the same state, not even that.
pub async fn a_campaign_is_paused_and_resumed<G: Campaigns>(campaigns: &G) -> Checked {
    let running = in_state(campaigns, CampaignState::Running).await?;
    let paused = |decisions| Campaign { state: CampaignState::Paused, decisions, ..running.clone() };
    for (seen, decisions) in [(&running, 1), (&running, 1), (&paused(1), 2)] {
        assert_eq!(pause(campaigns, seen, None).await?, Decided::Yes(Box::new(paused(decisions))));
    }
    let resumed = |decisions| Campaign { decisions, ..running.clone() };
    for (seen, decisions) in [(&paused(2), 3), (&paused(2), 3), (&resumed(3), 4)] {
        assert_eq!(resume(campaigns, seen).await?, Decided::Yes(Box::new(resumed(decisions))));
    }
    assert_eq!(stored(campaigns, &running).await?, resumed(4));
    Ok(())
}

/// A write whose first copy was slow is repeated; that copy may arrive when the next decision was made long since.
pub async fn a_decision_that_arrives_late_changes_nothing<G: Campaigns>(campaigns: &G) -> Checked {
    let running = in_state(campaigns, CampaignState::Running).await?;
    let paused = running.clone().pause(None).expect("it runs");
    let resumed = paused.clone().resume().expect("it rests");
    let paused_again = resumed.clone().pause(None).expect("it runs");
    for (seen, wanted) in [(&running, &paused), (&paused, &resumed), (&resumed, &paused_again)] {
        assert_eq!(campaigns.decide(seen, wanted).await?.as_ref(), Some(wanted));
    }
    for (seen, wanted) in [(&paused, &resumed), (&running, &paused)] {
        assert_eq!(campaigns.decide(seen, wanted).await?.as_ref(), Some(&paused_again));
    }
    assert_eq!(stored(campaigns, &running).await?, paused_again);
    Ok(())
}

/// A decision that finds the wanted state already there is counted, too, so that an earlier decision cannot arrive after it.
pub async fn a_decision_that_changes_no_state_fences_earlier_ones<G: Campaigns>(campaigns: &G) -> Checked {
    let paused = in_state(campaigns, CampaignState::Paused).await?;
    let resumed = paused.clone().resume().expect("it rests");
    let Decided::Yes(answered) = pause(campaigns, &paused, None).await? else { panic!("it rests") };
    assert_eq!(campaigns.decide(&paused, &resumed).await?, Some(*answered.clone()), "a late resume");
    assert_eq!(stored(campaigns, &paused).await?, *answered);
    Ok(())
}

/// A pause that is there already is not given another reason, and none is left when it ends.
pub async fn the_first_reason_of_a_pause_stays<G: Campaigns>(campaigns: &G) -> Checked {
    let campaign = in_state(campaigns, CampaignState::Running).await?;
    for reason in [Some("a bad template"), Some("another one"), None] {
        pause(campaigns, &campaign, reason).await?;
    }
    let paused = stored(campaigns, &campaign).await?;
    assert_eq!(
        (paused.state, paused.paused_reason.as_deref()),
        (CampaignState::Paused, Some("a bad template"))
    );
    resume(campaigns, &paused).await?;
    let resumed = stored(campaigns, &campaign).await?;
    assert_eq!(resumed.paused_reason, None);
    pause(campaigns, &resumed, Some("by hand")).await?;
    cancel(campaigns, &resumed).await?;
    assert_eq!(stored(campaigns, &campaign).await?.paused_reason, None);
    Ok(())
}

/// A running or paused campaign can be cancelled, also twice, and stays cancelled.
pub async fn a_cancelled_campaign_stays_cancelled<G: Campaigns>(campaigns: &G) -> Checked {
    for state in [CampaignState::Running, CampaignState::Paused] {
        let campaign = in_state(campaigns, state).await?;
        let cancelled =
            Box::new(Campaign { state: CampaignState::Cancelled, decisions: 1, ..campaign.clone() });
        for _ in 0..2 {
            assert_eq!(cancel(campaigns, &campaign).await?, Decided::Yes(cancelled.clone()));
        }
        let ended = Decided::Ended(cancelled.clone());
        let other = match state {
            CampaignState::Running => pause(campaigns, &campaign, Some("no")).await?,
            _ => resume(campaigns, &campaign).await?,
        };
        assert_eq!(other, ended);
        assert_eq!(stored(campaigns, &campaign).await?, *cancelled);
    }
    Ok(())
}

/// There is nothing left to decide.
pub async fn a_finished_campaign_stays_finished<G: Campaigns>(campaigns: &G) -> Checked {
    let campaign = in_state(campaigns, CampaignState::Finished).await?;
    let ended = Decided::Ended(Box::new(campaign.clone()));
    let (running, paused) = (
        Campaign { state: CampaignState::Running, ..campaign.clone() },
        Campaign { state: CampaignState::Paused, ..campaign.clone() },
    );
    assert_eq!(pause(campaigns, &running, None).await?, ended);
    assert_eq!(resume(campaigns, &paused).await?, ended);
    assert_eq!(cancel(campaigns, &running).await?, ended);
    assert_eq!(stored(campaigns, &campaign).await?, campaign);
    Ok(())
}

/// Whichever comes first: a cancelled campaign is never running again.
pub async fn of_a_resume_and_a_cancel_at_once_the_cancel_stays<G: Campaigns>(campaigns: &G) -> Checked {
    for _ in 0..RACES {
        let campaign = in_state(campaigns, CampaignState::Paused).await?;
        let (resumed, cancelled) = join(resume(campaigns, &campaign), cancel(campaigns, &campaign)).await;
        assert!(matches!(cancelled?, Decided::Yes(_)));
        assert!(!matches!(resumed?, Decided::NotFound));
        assert_eq!(stored(campaigns, &campaign).await?.state, CampaignState::Cancelled);
    }
    Ok(())
}

/// Chunks may be noted twice and out of order; the number never goes down.
pub async fn what_is_stored_only_grows<G: Campaigns>(campaigns: &G) -> Checked {
    let campaign = campaigns.create(&sample::campaign()).await?;
    let (account_id, id) = (campaign.account_id, campaign.campaign_id);
    for (noted, expected) in [(25, 25), (50, 50), (25, 50), (50, 50), (75, 75)] {
        let now = campaigns.note_stored(account_id, id, noted).await?;
        assert_eq!(now.map(|campaign| campaign.stored), Some(expected), "{noted}");
    }
    assert_eq!(stored(campaigns, &campaign).await?, Campaign { stored: 75, ..campaign });
    Ok(())
}

/// It is noted once, and does not end a pause or undo a cancel.
pub async fn ingestion_ends_once_whatever_was_decided<G: Campaigns>(campaigns: &G) -> Checked {
    for state in [CampaignState::Running, CampaignState::Paused, CampaignState::Cancelled] {
        let campaign = Campaign { ingested_at: None, ..Campaign { state, ..sample::campaign() } };
        campaigns.create(&campaign).await?;
        let (account_id, id) = (campaign.account_id, campaign.campaign_id);
        let first = campaigns.note_ingested(account_id, id, 90, 10, sample::at(5)).await?;
        let expected =
            Campaign { ingested_at: Some(sample::at(5)), stored: 90, total: 90, rejected: 10, ..campaign };
        assert_eq!(first.as_ref(), Some(&expected));
        assert_eq!(expected.may_send(), state == CampaignState::Running);
        let second = campaigns.note_ingested(account_id, id, 1, 2, sample::at(9)).await?;
        assert_eq!(second, Some(expected));
    }
    Ok(())
}
