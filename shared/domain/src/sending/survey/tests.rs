use super::*;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn key(priority: Priority, due: i64, n: u128) -> PendingKey {
    let due = NOW.plus_millis(due);
    PendingKey { priority, due, message_id: MessageId::new(NOW, n) }
}

fn gaps(reply: i64, bulk: i64) -> impl Fn(Priority) -> Timestamp {
    move |priority| NOW.plus_millis(if priority == Priority::Bulk { bulk } else { reply })
}

#[test]
fn urgent_before_early() {
    let (high, normal) = (key(Priority::High, 0, 1), key(Priority::Normal, -100, 2));
    let survey = Survey::from_first_page(&[high, normal], true);
    assert_eq!(survey.pick(NOW, gaps(0, 0)), Pick::Send(high));
}

#[test]
fn what_is_not_due_holds_nothing_back() {
    let (high, bulk) = (key(Priority::High, 1, 1), key(Priority::Bulk, 0, 2));
    let survey = Survey::from_first_page(&[high, bulk], true);
    assert_eq!(survey.pick(NOW, gaps(0, 0)), Pick::Send(bulk));
}

#[test]
fn a_reply_does_not_wait_for_a_campaigns_gap() {
    let (high, bulk) = (key(Priority::High, 0, 1), key(Priority::Bulk, 0, 2));
    let survey = Survey::from_first_page(&[high, bulk], true);
    assert_eq!(survey.pick(NOW, gaps(0, 9_000)), Pick::Send(high));
    let survey = Survey::from_first_page(&[bulk], true);
    assert_eq!(survey.pick(NOW, gaps(0, 9_000)), Pick::Wait(NOW.plus_millis(9_000)));
}

#[test]
fn an_unread_line_is_looked_at_only_when_it_matters() {
    let due = Survey::from_first_page(&[key(Priority::High, 0, 1)], false);
    assert!(matches!(due.pick(NOW, gaps(0, 0)), Pick::Send(_)));
    let mut later = Survey::from_first_page(&[key(Priority::High, 5, 1)], false);
    assert_eq!(later.pick(NOW, gaps(0, 0)), Pick::Look(Priority::Normal));
    later.learn(Priority::Normal, vec![], true);
    assert_eq!(later.pick(NOW, gaps(0, 0)), Pick::Look(Priority::Bulk));
    later.learn(Priority::Bulk, vec![], true);
    assert_eq!(later.pick(NOW, gaps(0, 0)), Pick::Wait(NOW.plus_millis(5)));
}

/// The only message of a line that was read only so far is tried, and goes back to its place.
#[test]
fn what_goes_back_to_where_it_was_read_is_still_there() {
    let normal = key(Priority::Normal, -5, 2);
    let mut survey = Survey::from_first_page(&[key(Priority::High, 500, 1)], false);
    survey.learn(Priority::Normal, vec![normal], false);
    survey.move_to(normal);
    assert_eq!(survey.head(Priority::Normal), Head::Is(normal));
}

/// Not if its campaign was stopped meanwhile.
#[test]
fn what_goes_back_into_a_paused_campaign_is_passed_over() {
    let row = PendingKey { message_id: campaign(1).message(1), ..key(Priority::Bulk, 0, 0) };
    let mut survey = Survey::from_first_page(&[row], true);
    survey.decide(campaign(1), PAUSED);
    survey.move_to(row);
    assert_eq!(survey.head(Priority::Bulk), Head::Empty);
}

const PAUSED: bool = false;

fn campaign(n: u128) -> CampaignId {
    CampaignId::new(NOW, n << 48)
}

fn row(campaign: CampaignId, row: u32) -> PendingKey {
    PendingKey { priority: Priority::Bulk, due: NOW, message_id: campaign.message(row) }
}

#[test]
fn a_paused_campaign_lets_the_next_go_on() {
    let (first, second) = (campaign(1), campaign(2));
    let mut survey = Survey::from_first_page(&[row(first, 1), row(first, 2)], false);
    assert_eq!(survey.pick(NOW, gaps(0, 0)), Pick::Send(row(first, 1)));
    assert_eq!(survey.may_send(first.message(1)), None);
    assert_eq!(survey.undecided(5), [first].into());
    survey.decide(first, PAUSED);
    assert_eq!(survey.pick(NOW, gaps(0, 0)), Pick::Look(Priority::Bulk));
    let behind = survey.behind(Priority::Bulk).expect("a place");
    assert!(row(first, u32::MAX) < behind && behind < row(second, 1));
    survey.learn(Priority::Bulk, vec![row(second, 1)], true);
    assert_eq!(survey.pick(NOW, gaps(0, 0)), Pick::Send(row(second, 1)));
    assert_eq!(survey.undecided(5), [second].into());
}

#[test]
fn when_only_paused_rows_are_left_nothing_waits() {
    let mut survey = Survey::from_first_page(&[row(campaign(1), 1)], true);
    survey.decide(campaign(1), PAUSED);
    assert_eq!(survey.pick(NOW, gaps(0, 0)), Pick::Nothing);
    assert_eq!((survey.head(Priority::Bulk), survey.passes_over()), (Head::Empty, true));
}

#[test]
fn a_line_without_an_end_keeps_its_ticket() {
    let mut survey = Survey::from_first_page(&[row(campaign(1), 1)], false);
    survey.decide(campaign(1), PAUSED);
    let later = NOW.plus_millis(60_000);
    survey.put_off(Priority::Bulk, later);
    assert_eq!(survey.pick(NOW, gaps(0, 0)), Pick::Wait(later));
    assert!(matches!(survey.head(Priority::Bulk), Head::Is(key) if key.due == later));
}

proptest! {
    /// However many rows of which campaigns may not be sent, and however the line is cut into pages: the first that
    /// may be sent is found, and each look goes on behind the one before.
    #[test]
    fn the_first_row_that_may_be_sent_is_found(
        rows in proptest::collection::vec((0..4_u128, 0..3_i64), 0..40), paused in 0..16_u32, page in 1..7_usize,
    ) {
        let is_paused = |n: u128| paused >> n & 1 == 1;
        let mut line: Vec<(PendingKey, bool)> = rows.iter().enumerate().map(|(number, (n, due))| {
            let place = row(campaign(*n + 1), u32::try_from(number).unwrap() + 1);
            (PendingKey { due: NOW.plus_millis(-due), ..place }, is_paused(*n))
        }).collect();
        line.sort();
        let expected = line.iter().find(|(_, is_paused)| !is_paused).map(|(key, _)| *key);
        let mut survey = Survey::default();
        for priority in [Priority::High, Priority::Normal] {
            survey.learn(priority, vec![], true);
        }
        let mut looks = 0;
        let found = loop {
            match survey.pick(NOW, gaps(0, 0)) {
                Pick::Look(_) => {
                    let behind = survey.behind(Priority::Bulk);
                    let rest: Vec<PendingKey> =
                        line.iter().map(|(key, _)| *key).filter(|key| behind.is_none_or(|b| *key > b)).collect();
                    survey.learn(Priority::Bulk, rest.iter().copied().take(page).collect(), rest.len() < page);
                    looks += 1;
                }
                Pick::Send(key) if survey.may_send(key.message_id).is_none() => {
                    for id in survey.undecided(2) {
                        let n = (1..=4).find(|n| campaign(*n) == id).expect("a campaign");
                        survey.decide(id, !is_paused(n - 1));
                    }
                }
                Pick::Send(key) => break Some(key),
                Pick::Wait(_) | Pick::Nothing => break None,
            }
        };
        prop_assert_eq!(found, expected);
        // One for each campaign and due at most, however many rows, and one that finds the end.
        prop_assert!(looks <= 13);
    }

    /// However the index is cut into pages, the pick is the one that a full read gives.
    #[test]
    fn a_page_picks_what_the_whole_picks(
        dues in proptest::collection::vec((0..3_usize, -3_i64..4), 0..12), cut in 0..12_usize,
        reply in -2_i64..3, more in 0_i64..3, moved in proptest::option::of((0..12_usize, -3_i64..4)),
    ) {
        let mut all: Vec<PendingKey> =
            dues.iter().enumerate().map(|(n, (p, due))| key(Priority::ALL[*p], *due, n as u128)).collect();
        all.sort();
        let page = &all[..cut.min(all.len())];
        let mut survey = Survey::from_first_page(page, page.len() == all.len());
        if let Some((n, due)) = moved && n < page.len() {
            let new = PendingKey { due: NOW.plus_millis(due), ..page[n] };
            survey.move_to(new);
            all[n] = new;
            all.sort();
        }
        let whole = Survey::from_first_page(&all, true);
        let gaps = gaps(reply, reply + more);
        loop {
            match survey.pick(NOW, &gaps) {
                Pick::Look(p) => {
                    let line: Vec<_> = all.iter().copied().filter(|k| k.priority == p).collect();
                    survey.learn(p, line, true);
                }
                pick => {
                    prop_assert_eq!(pick, whole.pick(NOW, &gaps));
                    break;
                }
            }
        }
    }
}

fn ids(keys: &[PendingKey]) -> BTreeSet<MessageId> {
    keys.iter().map(|key| key.message_id).collect()
}

#[test]
fn new_contacts_are_passed_over_and_remain_work() {
    let rows = [1, 2, 3].map(|n| key(Priority::Bulk, -10 + n, u128::try_from(n).unwrap()));
    let mut survey = Survey::from_first_page(&rows, true);
    let asked = survey.unknown_contacts(Priority::Bulk, 10, NOW);
    assert_eq!(asked.len(), 3);
    survey.note_contacts(&asked, &ids(&[rows[0], rows[2]]));
    assert_eq!(survey.pick(NOW, gaps(0, 0)), Pick::Send(rows[1]));
    // Up to the one that goes; when it is gone, up to the end.
    assert_eq!(survey.looked(NOW).bulk, Some(rows[0]));
    survey.remove(rows[1].message_id);
    assert_eq!(survey.looked(NOW).bulk, Some(rows[2]));
    assert_eq!(survey.pick(NOW, gaps(0, 0)), Pick::Nothing);
    assert!(survey.keeps_back(Priority::Bulk) && !survey.keeps_back(Priority::Normal));
    assert_eq!(survey.head(Priority::Bulk), Head::Is(rows[0]));
}

#[test]
fn a_look_goes_on_where_the_last_one_ended() {
    let rows = [1, 2, 3].map(|n| key(Priority::Bulk, -10 + n, u128::try_from(n).unwrap()));
    let looked = Looked { until: NOW, normal: None, bulk: Some(rows[1]) };
    let mut survey = Survey::from_first_page(&rows[..1], false);
    survey.go_on_from(&looked);
    survey.learn(Priority::High, vec![], true);
    survey.learn(Priority::Normal, vec![], true);
    assert_eq!(survey.pick(NOW, gaps(0, 0)), Pick::Look(Priority::Bulk));
    assert_eq!(survey.behind(Priority::Bulk), Some(rows[1]));
    survey.learn(Priority::Bulk, vec![rows[2]], true);
    assert_eq!(survey.pick(NOW, gaps(0, 0)), Pick::Send(rows[2]));
    survey.remove(rows[2].message_id);
    assert!(survey.keeps_back(Priority::Bulk));
    assert_eq!(survey.looked(NOW).bulk, Some(rows[1]));
}

/// What a paused campaign keeps back is looked at again when it goes on.
#[test]
fn a_look_does_not_go_beyond_a_paused_campaign() {
    let [a, b, c] = [row(campaign(1), 1), row(campaign(2), 1), row(campaign(3), 1)];
    let mut survey = Survey::from_first_page(&[a, b, c], true);
    survey.decide(campaign(1), true);
    survey.decide(campaign(2), PAUSED);
    survey.decide(campaign(3), true);
    let asked = survey.unknown_contacts(Priority::Bulk, 10, NOW);
    survey.note_contacts(&asked, &ids(&[a, c]));
    assert_eq!(survey.looked(NOW).bulk, Some(a));
    assert!(survey.keeps_back(Priority::Bulk));
}

/// What was put off has not been looked at.
#[test]
fn a_look_does_not_go_beyond_what_was_put_off() {
    let rows = [1, 2, 3].map(|n| key(Priority::Bulk, -10 + n, u128::try_from(n).unwrap()));
    let mut survey = Survey::from_first_page(&rows, true);
    survey.note_contacts(&[rows[0].message_id], &ids(&rows[..1]));
    survey.put_off(Priority::Bulk, NOW.plus_millis(1_000));
    assert_eq!(survey.looked(NOW).bulk, Some(rows[0]));
    assert!(!survey.keeps_back(Priority::Bulk));
}
