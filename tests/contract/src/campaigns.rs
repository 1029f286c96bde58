//! Campaigns: what is decided about them, and how the storing of their rows gets on.

use domain::campaign::{Campaign, CampaignState};
use domain::ids::CampaignId;
use futures_util::future::join;
use shared::ports::{CampaignPage, Controlled, PortError};

use crate::{Campaigns, Checked, RACES, sample};

async fn stored<G: Campaigns>(campaigns: &G, campaign: &Campaign) -> Result<Campaign, PortError> {
    let found = campaigns.get(campaign.account_id, campaign.campaign_id).await?;
    Ok(found.expect("the campaign is there"))
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
        let by_dispatcher = campaigns.campaign(campaign.account_id, campaign.campaign_id).await?;
        assert_eq!(by_dispatcher, Some(campaign));
    }
    Ok(())
}

/// Whoever stores it again is shown what it has become since.
pub async fn storing_a_campaign_again_changes_nothing<G: Campaigns>(campaigns: &G) -> Checked {
    let campaign = campaigns.create(&sample::campaign()).await?;
    campaigns.cancel(campaign.account_id, campaign.campaign_id).await?;
    let again = campaigns.create(&campaign).await?;
    assert_eq!(again.state, CampaignState::Cancelled);
    assert_eq!(stored(campaigns, &campaign).await?, again);
    Ok(())
}

/// Not by the right id with another account, nor by writes to it.
pub async fn a_campaign_of_another_account_is_none<G: Campaigns>(campaigns: &G) -> Checked {
    let campaign = campaigns.create(&sample::campaign()).await?;
    let (other, id) = (sample::account_id(), campaign.campaign_id);
    assert_eq!(campaigns.get(other, id).await?, None);
    assert_eq!(campaigns.pause(other, id, None).await?, Controlled::NotFound);
    assert_eq!(campaigns.resume(other, id).await?, Controlled::NotFound);
    assert_eq!(campaigns.cancel(other, id).await?, Controlled::NotFound);
    assert_eq!(campaigns.note_stored(other, id, 1).await?, None);
    assert_eq!(campaigns.note_ingested(other, id, 1, 0, sample::NOW).await?, None);
    campaigns.halt(other, id, "why").await?;
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

/// The answer shows it as it is then; twice is once.
pub async fn a_campaign_is_paused_and_resumed<G: Campaigns>(campaigns: &G) -> Checked {
    let running = in_state(campaigns, CampaignState::Running).await?;
    let (account_id, id) = (running.account_id, running.campaign_id);
    let paused = Campaign { state: CampaignState::Paused, ..running.clone() };
    for _ in 0..2 {
        let answer = campaigns.pause(account_id, id, None).await?;
        assert_eq!(answer, Controlled::Yes(Box::new(paused.clone())));
    }
    for _ in 0..2 {
        let answer = campaigns.resume(account_id, id).await?;
        assert_eq!(answer, Controlled::Yes(Box::new(running.clone())));
    }
    assert_eq!(stored(campaigns, &running).await?, running);
    Ok(())
}

/// A pause that is there already is not given another reason, and none is left when it ends.
pub async fn the_first_reason_of_a_pause_stays<G: Campaigns>(campaigns: &G) -> Checked {
    let campaign = in_state(campaigns, CampaignState::Running).await?;
    let (account_id, id) = (campaign.account_id, campaign.campaign_id);
    campaigns.halt(account_id, id, "a bad template").await?;
    campaigns.halt(account_id, id, "another one").await?;
    campaigns.pause(account_id, id, None).await?;
    let paused = stored(campaigns, &campaign).await?;
    assert_eq!(
        (paused.state, paused.paused_reason.as_deref()),
        (CampaignState::Paused, Some("a bad template"))
    );
    campaigns.resume(account_id, id).await?;
    assert_eq!(stored(campaigns, &campaign).await?, campaign);
    campaigns.pause(account_id, id, Some("by hand")).await?;
    campaigns.cancel(account_id, id).await?;
    assert_eq!(stored(campaigns, &campaign).await?.paused_reason, None);
    Ok(())
}

/// From running and from paused; twice is once; and it stays so.
pub async fn a_cancelled_campaign_stays_cancelled<G: Campaigns>(campaigns: &G) -> Checked {
    for state in [CampaignState::Running, CampaignState::Paused] {
        let campaign = in_state(campaigns, state).await?;
        let (account_id, id) = (campaign.account_id, campaign.campaign_id);
        let cancelled = Box::new(Campaign { state: CampaignState::Cancelled, ..campaign.clone() });
        for _ in 0..2 {
            assert_eq!(campaigns.cancel(account_id, id).await?, Controlled::Yes(cancelled.clone()));
        }
        assert_eq!(campaigns.pause(account_id, id, Some("no")).await?, Controlled::Ended(cancelled.clone()));
        assert_eq!(campaigns.resume(account_id, id).await?, Controlled::Ended(cancelled.clone()));
        campaigns.halt(account_id, id, "no").await?;
        assert_eq!(stored(campaigns, &campaign).await?, *cancelled);
    }
    Ok(())
}

/// There is nothing left to decide.
pub async fn a_finished_campaign_stays_finished<G: Campaigns>(campaigns: &G) -> Checked {
    let campaign = in_state(campaigns, CampaignState::Finished).await?;
    let (account_id, id) = (campaign.account_id, campaign.campaign_id);
    let ended = Controlled::Ended(Box::new(campaign.clone()));
    assert_eq!(campaigns.pause(account_id, id, None).await?, ended);
    assert_eq!(campaigns.resume(account_id, id).await?, ended);
    assert_eq!(campaigns.cancel(account_id, id).await?, ended);
    campaigns.halt(account_id, id, "no").await?;
    assert_eq!(stored(campaigns, &campaign).await?, campaign);
    Ok(())
}

/// Whichever comes first: a cancelled campaign is never running again.
pub async fn of_a_resume_and_a_cancel_at_once_the_cancel_stays<G: Campaigns>(campaigns: &G) -> Checked {
    for _ in 0..RACES {
        let campaign = in_state(campaigns, CampaignState::Paused).await?;
        let (account_id, id) = (campaign.account_id, campaign.campaign_id);
        let (resumed, cancelled) =
            join(campaigns.resume(account_id, id), campaigns.cancel(account_id, id)).await;
        assert!(matches!(cancelled?, Controlled::Yes(_)));
        assert!(!matches!(resumed?, Controlled::NotFound));
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
