use super::*;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_millis(1_776_679_200_123);

fn sequence(n: usize) -> SequenceNumber {
    n.to_string().parse().unwrap()
}

/// A history of some messages of one session, as the stream tells it.
fn history(moves: &[(usize, usize, bool)]) -> Vec<Change> {
    let mut rows: BTreeMap<usize, Seen> = BTreeMap::new();
    let mut changes = Vec::new();
    for (n, (row, status, is_gone)) in moves.iter().enumerate() {
        let session_id = SessionId::new(NOW, 1);
        let message_id = if row % 2 == 0 {
            CampaignId::new(NOW, 7).message(u32::try_from(*row).unwrap() + 1)
        } else {
            MessageId::new(NOW, u128::try_from(*row).unwrap())
        };
        let before = rows.get(row).cloned();
        let after = (!is_gone).then(|| Seen {
            account_id: AccountId::new(NOW, 2),
            direction: Direction::Outbound,
            to: Contact::parse(&format!("165055512{:02}", row % 3)).unwrap(),
            status: Status::ALL[*status],
            created_at: NOW.plus_millis(i64::try_from(*row).unwrap() * 1_800_000),
            scheduled_at: None,
            retention: Retention::default(),
            delete_after: None,
            recount: None,
            inbound: None,
        });
        match &after {
            Some(seen) => drop(rows.insert(*row, seen.clone())),
            None => drop(rows.remove(row)),
        }
        if before.is_some() || after.is_some() {
            let key = MessageKey { session_id, message_id };
            changes.push(Change { at: sequence(n + 1), key, before, after, waits: false, is_expiry: false });
        }
    }
    changes
}

type Counted = BTreeMap<Counter, (Option<SequenceNumber>, BTreeMap<Field, i64>)>;

fn apply(counted: &mut Counted, batch: &[Change]) {
    for (counter, steps) in steps(batch, NOW) {
        let (through, numbers) = counted.entry(counter).or_default();
        let Some(delta) = beyond(&steps, through.as_ref()) else { continue };
        for (field, count) in delta.adds {
            *numbers.entry(field).or_insert(0) += count;
        }
        *through = Some(delta.last);
    }
}

/// What the rows that are left count for.
fn expected(changes: &[Change]) -> BTreeMap<(Counter, Field), i64> {
    let mut rows: BTreeMap<MessageId, &Change> = BTreeMap::new();
    for change in changes {
        rows.insert(change.key.message_id, change);
    }
    let mut expected = BTreeMap::new();
    for change in rows.values() {
        for place in change.after.iter().flat_map(|seen| counted(change.key, seen, NOW)) {
            *expected.entry(place).or_insert(0) += 1;
        }
    }
    expected
}

fn numbers(counted: Counted) -> BTreeMap<(Counter, Field), i64> {
    let flat = counted.into_iter().flat_map(|(counter, (_, numbers))| {
        numbers.into_iter().map(move |(field, count)| ((counter.clone(), field), count))
    });
    flat.filter(|(_, count)| *count != 0).collect()
}

proptest! {
    /// Batches may end anywhere, and begin again anywhere before their end.
    #[test]
    fn each_change_is_counted_once(
        moves in proptest::collection::vec((0..6_usize, 0..8_usize, proptest::bool::weighted(0.1)), 1..60),
        cuts in proptest::collection::vec((0..12_usize, 1..12_usize), 1..60),
    ) {
        let changes = history(&moves);
        let mut counted = Counted::new();
        let mut end = 0_usize;
        for (back, length) in cuts {
            let begin = end.saturating_sub(back).min(changes.len());
            end = (begin + length).clamp(end, changes.len()).max(begin);
            apply(&mut counted, &changes[begin..end]);
        }
        apply(&mut counted, &changes[end..]);
        // A late copy of an early batch.
        apply(&mut counted, &changes[..changes.len() / 2]);
        prop_assert_eq!(numbers(counted), expected(&changes));
    }
}

#[test]
fn what_ends_by_time_stays_counted() {
    let mut changes = history(&[(1, 3, false), (1, 3, true)]);
    changes[1].is_expiry = true;
    let mut counted = Counted::new();
    apply(&mut counted, &changes);
    assert_eq!(numbers(counted).len(), 2);
}

#[test]
fn a_day_long_past_is_not_counted() {
    let mut changes = history(&[(1, 3, false)]);
    changes[0].after.as_mut().unwrap().created_at = NOW.plus_millis(-36 * 86_400_000);
    assert!(steps(&changes, NOW).keys().all(|counter| matches!(counter, Counter::Conversation { .. })));
}

#[test]
fn a_mark_is_noted_once() {
    let mut changes = history(&[(1, 3, false), (1, 3, false), (1, 4, false)]);
    for change in &mut changes[1..] {
        change.after.as_mut().unwrap().recount = Some("m".to_owned());
    }
    changes[2].before = changes[1].after.clone();
    let steps = steps(&changes, NOW);
    assert_eq!(steps[&Counter::Mark("m".to_owned())].len(), 1);
}

/// A message that waited long is kept for longer than was reckoned when it came, and so is its conversation.
#[test]
fn a_conversation_is_kept_as_long_as_its_messages() {
    let Change { key, after, .. } = history(&[(1, 0, false)]).remove(0);
    let queued = after.unwrap();
    let reckoned = queued.kept_until();
    for (waited_s, is_extended) in [(CONVERSATION_OUTLIVED_S - 1, false), (CONVERSATION_OUTLIVED_S, true)] {
        let sent = Seen { status: Status::Sent, delete_after: Some(reckoned + waited_s), ..queued.clone() };
        let (before, after) = (Some(queued.clone()), Some(sent));
        let change = Change { at: sequence(2), key, before, after, waits: false, is_expiry: false };
        let steps = steps(&[change], NOW);
        let talk = Counter::Conversation { session_id: key.session_id, to: queued.to.clone() };
        let delta = steps.get(&talk).and_then(|steps| beyond(steps, None));
        let kept_until = delta.map(|delta| (delta.adds.is_empty(), delta.first_outbound, delta.expires_at));
        assert_eq!(kept_until, is_extended.then_some((true, None, reckoned + waited_s)));
    }
}
