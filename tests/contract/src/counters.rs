//! Counters that follow the stream, and where pages begin.

use domain::limits::BOOKMARK_KEPT_S;
use domain::reading::listing::Bookmark;
use domain::reading::projection::{Counter, Delta, Field, SequenceNumber};
use domain::reading::statistics::{Day, HourOfDay, HourTally, Tally};
use domain::values::ids::{CampaignId, MessageId};
use domain::values::status::Status;
use shared::ports::{Conversation, CountChanges, Counted, KeepBookmarks, ReadConversations, ReadStatistics};

use crate::{Checked, sample};

/// All ports of what is counted.
pub trait Lists: KeepBookmarks + CountChanges + ReadStatistics + ReadConversations {}

impl<T: KeepBookmarks + CountChanges + ReadStatistics + ReadConversations> Lists for T {}

fn sequence(n: u64) -> SequenceNumber {
    n.to_string().parse().expect("a number")
}

fn delta(first: u64, last: u64, adds: &[(Field, i64)]) -> Delta {
    let adds = adds.iter().copied().collect();
    let (first, last) = (sequence(first), sequence(last));
    Delta { first, last, adds, expires_at: 4_000_000_000, contact_name: None, first_outbound: None }
}

fn sent() -> Field {
    Field::Hour(HourOfDay::of(sample::NOW), Status::Sent as usize)
}

fn a_day() -> Counter {
    let (account_id, session_id) = (sample::account_id(), sample::session_id());
    Counter::Day { account_id, session_id, day: Day::of(sample::NOW) }
}

async fn sent_of<L: Lists>(lists: &L, counter: &Counter) -> Result<i64, shared::ports::PortError> {
    let Counter::Day { account_id, day, .. } = counter else { return Ok(0) };
    let hours = lists.hours(*account_id, *day, *day).await?;
    Ok(hours.iter().map(|hour| hour.tally.count(Status::Sent)).sum())
}

/// A change that was counted before is refused, and the answer shows how far the counter is.
pub async fn counters_count_each_change_once<L: Lists>(lists: &L) -> Checked {
    let counter = a_day();
    let add = async |first, last| lists.add(&counter, &delta(first, last, &[(sent(), 1)]), sample::NOW).await;
    assert_eq!(add(10, 20).await?, Counted::Yes);
    assert_eq!(sent_of(lists, &counter).await?, 1);
    for (first, last) in [(10, 20), (5, 9), (20, 30), (15, 25)] {
        assert_eq!(add(first, last).await?, Counted::Already(sequence(20)), "{first}–{last}");
    }
    assert_eq!(sent_of(lists, &counter).await?, 1);
    // As numbers, not as texts.
    assert_eq!(add(100, 100).await?, Counted::Yes);
    assert_eq!(add(21, 99).await?, Counted::Already(sequence(100)));
    assert_eq!(sent_of(lists, &counter).await?, 2);
    Ok(())
}

/// Of two writes at the same time, one counts.
pub async fn a_race_is_counted_once<L: Lists>(lists: &L) -> Checked {
    for _ in 0..crate::RACES {
        let counter = a_day();
        let step = delta(1, 2, &[(sent(), 1)]);
        let add = || lists.add(&counter, &step, sample::NOW);
        let (one, other) = futures_util::future::join(add(), add()).await;
        let yes = [one?, other?].into_iter().filter(|counted| *counted == Counted::Yes).count();
        assert_eq!((yes, sent_of(lists, &counter).await?), (1, 1));
    }
    Ok(())
}

/// Hours of other days, sessions and accounts are apart.
pub async fn statistics_are_read_by_account_and_day<L: Lists>(lists: &L) -> Checked {
    let counter = a_day();
    let Counter::Day { account_id, session_id, day } = counter.clone() else { return Ok(()) };
    let hour = HourOfDay::new(23).expect("an hour");
    let at = |field, counter: Counter| async move {
        lists.add(&counter, &delta(1, 1, &[(field, 2), (sent(), -1)]), sample::NOW).await
    };
    let read = Field::Hour(hour, Status::Read as usize);
    at(read, counter).await?;
    for days in [-1, 1] {
        at(read, Counter::Day { account_id, session_id, day: day.plus(days) }).await?;
    }
    at(read, Counter::Day { account_id, session_id: sample::session_id(), day }).await?;
    let hours = lists.hours(account_id, day, day).await?;
    let start = |hour: i64| day.start().plus_millis(hour * 3_600_000);
    let tally = |status, count| {
        let mut tally = Tally::default();
        tally.add(status, count);
        tally
    };
    let late = HourTally { start: start(23), tally: tally(Status::Read, 2) };
    let own = i64::from(HourOfDay::of(sample::NOW).number());
    let early = HourTally { start: start(own), tally: tally(Status::Sent, -1) };
    assert_eq!(hours.len(), 4);
    for hour in [late, early] {
        assert_eq!(hours.iter().filter(|found| **found == hour).count(), 2, "{hours:?}");
    }
    assert_eq!(lists.hours(account_id, day.plus(-1), day.plus(1)).await?.len(), 8);
    assert_eq!(lists.hours(sample::account_id(), day, day).await?, []);
    Ok(())
}

/// Only those that were counted are there.
pub async fn conversations_are_counted_by_contact<L: Lists>(lists: &L) -> Checked {
    let (session_id, to) = (sample::session_id(), sample::phone("16505551234"));
    let counter = Counter::Conversation { session_id, to: to.clone() };
    lists.add(&counter, &delta(1, 3, &[(Field::Inbound, 2), (Field::Outbound, 1)]), sample::NOW).await?;
    let others = [(session_id, sample::phone("16505550000")), (sample::session_id(), to.clone())];
    let keys: Vec<_> = others.into_iter().chain([(session_id, to.clone())]).collect();
    let kept = Conversation { outbound: 1, inbound: 2, contact_name: None };
    assert_eq!(lists.conversations(&keys).await?, [((session_id, to), kept)]);
    assert_eq!(lists.conversations(&[]).await?, []);
    Ok(())
}

/// A contact's name stays until another one is reported.
pub async fn a_conversation_keeps_the_last_name_it_was_told<L: Lists>(lists: &L) -> Checked {
    let (session_id, to) = (sample::session_id(), sample::phone("16505551234"));
    let counter = Counter::Conversation { session_id, to: to.clone() };
    for (at, told, kept) in [
        (1, None, None),
        (2, Some("Ann"), Some("Ann")),
        (3, None, Some("Ann")),
        (4, Some("Bea"), Some("Bea")),
    ] {
        let told = Delta { contact_name: told.map(str::to_owned), ..delta(at, at, &[(Field::Inbound, 1)]) };
        lists.add(&counter, &told, sample::NOW).await?;
        let found = lists.conversations(&[(session_id, to.clone())]).await?;
        assert_eq!(found[0].1.contact_name.as_deref(), kept, "after {at}");
    }
    Ok(())
}

/// Its counter is not created again.
pub async fn a_campaign_that_is_gone_is_not_counted_for<L: Lists>(lists: &L) -> Checked {
    let campaign_id = CampaignId::new(sample::NOW, sample::random());
    let counter = Counter::Campaign { account_id: sample::account_id(), campaign_id };
    let step = delta(1, 1, &[(Field::State(Status::Sent as usize), 1)]);
    for _ in 0..2 {
        assert_ne!(lists.add(&counter, &step, sample::NOW).await?, Counted::Already(sequence(0)));
    }
    Ok(())
}

/// Each by its list and page, for a while.
pub async fn a_bookmark_is_there_for_a_while<L: Lists>(lists: &L) -> Checked {
    let list = format!("list {:x}", sample::random());
    let walk = MessageId::new(sample::NOW, 1);
    for after in [Some(MessageId::new(sample::NOW, 2)), None] {
        lists.put_bookmark(&list, 3, Bookmark { walk, after }, sample::NOW).await?;
        assert_eq!(lists.bookmark(&list, 3, sample::NOW).await?, Some(Bookmark { walk, after }));
    }
    assert_eq!(lists.bookmark(&list, 4, sample::NOW).await?, None);
    assert_eq!(lists.bookmark("another", 3, sample::NOW).await?, None);
    let over = sample::at((BOOKMARK_KEPT_S + 1) * 1_000);
    assert_eq!(lists.bookmark(&list, 3, over).await?, None);
    Ok(())
}
