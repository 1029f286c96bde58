//! Answers that are kept for requests that are sent again.

use domain::access::idempotency::{IdempotencyKey, KeptAnswer, Reservation, Seed};
use domain::limits::IDEMPOTENCY_KEPT_MS;
use futures_util::future::join_all;
use shared::ports::{KeepAnswers, RequestName};

use crate::{Checked, RACES, sample};

fn name(key: &str) -> RequestName {
    let key = IdempotencyKey::parse(key).expect("a key");
    RequestName { account_id: sample::account_id(), route: "messages/send", key }
}

fn wanted(random: u128) -> Reservation {
    let seed = Seed { at: sample::NOW, random, is_repeat: false };
    let fingerprint = "0123abcd".to_owned();
    Reservation { fingerprint, seed, lease_until: sample::at(35_000), answer: None }
}

fn answer() -> KeptAnswer {
    KeptAnswer { status: 202, body: br#"{"jobId":"x"}"#.to_vec() }
}

/// A name is account, route and key: another value of any of them is another name.
pub async fn a_name_is_reserved_once<A: KeepAnswers>(answers: &A) -> Checked {
    let (name, first) = (name("key"), wanted(1));
    assert_eq!(answers.reserve(&name, &first, sample::NOW).await?, None);
    for _ in 0..2 {
        assert_eq!(answers.reserve(&name, &wanted(2), sample::at(1)).await?, Some(first.clone()));
    }
    for other in [
        RequestName { account_id: sample::account_id(), ..name.clone() },
        RequestName { route: "messages/bulk", ..name.clone() },
        RequestName { key: IdempotencyKey::parse("Key").expect("a key"), ..name.clone() },
    ] {
        assert_eq!(answers.reserve(&other, &wanted(3), sample::NOW).await?, None, "{other:?}");
    }
    Ok(())
}

/// One of them reserves the name, and all others get its reservation.
pub async fn of_many_at_once_one_reserves<A: KeepAnswers>(answers: &A) -> Checked {
    for _ in 0..RACES {
        let name = name("race");
        let wanted: Vec<Reservation> = (1..=8).map(wanted).collect();
        let all = join_all(wanted.iter().map(|wanted| answers.reserve(&name, wanted, sample::NOW))).await;
        let mut found = Vec::new();
        for (wanted, result) in wanted.iter().zip(all) {
            found.push(result?.unwrap_or_else(|| wanted.clone()).seed.random);
        }
        assert!(found.iter().all(|random| *random == found[0]), "{found:?}");
    }
    Ok(())
}

/// The answer is found until the name expires; then the name is free, and the answer is gone.
pub async fn a_kept_answer_is_found<A: KeepAnswers>(answers: &A) -> Checked {
    let (name, first) = (name("kept"), wanted(1));
    answers.reserve(&name, &first, sample::NOW).await?;
    answers.keep_answer(&name, first.seed, &answer()).await?;
    let last = sample::at(IDEMPOTENCY_KEPT_MS - 1_000);
    let found = answers.reserve(&name, &wanted(2), last).await?.expect("it is reserved");
    assert_eq!(found.answer, Some(answer()));
    let later = sample::at(IDEMPOTENCY_KEPT_MS);
    let next = Reservation { seed: Seed { at: later, ..wanted(3).seed }, ..wanted(3) };
    assert_eq!(answers.reserve(&name, &next, later).await?, None);
    assert_eq!(answers.reserve(&name, &wanted(4), later).await?, Some(next));
    Ok(())
}

/// Only by one of those who have seen the same, and never when there is an answer.
pub async fn a_reservation_is_taken_over_once<A: KeepAnswers>(answers: &A) -> Checked {
    let (name, first) = (name("dead"), wanted(1));
    answers.reserve(&name, &first, sample::NOW).await?;
    let ends = [70_000, 71_000, 72_000].map(sample::at);
    let all = join_all(ends.iter().map(|end| answers.take_over(&name, &first, *end))).await;
    let mut taken = 0;
    for result in all {
        taken += usize::from(result?);
    }
    assert_eq!(taken, 1);
    let found = answers.reserve(&name, &wanted(2), sample::NOW).await?.expect("it is reserved");
    assert_eq!(found.seed, first.seed, "the seed stays");
    answers.keep_answer(&name, first.seed, &answer()).await?;
    assert!(!answers.take_over(&name, &found, sample::at(90_000)).await?);
    Ok(())
}

/// The seed stays where a run may have made something, and goes where it has made nothing.
pub async fn a_run_without_an_answer_frees_its_name<A: KeepAnswers>(answers: &A) -> Checked {
    let (name, first) = (name("free"), wanted(1));
    answers.reserve(&name, &first, sample::NOW).await?;
    answers.end_lease(&name, first.seed, sample::at(5)).await?;
    let found = answers.reserve(&name, &wanted(2), sample::at(6)).await?.expect("it is reserved");
    assert_eq!((found.seed, found.lease_until), (first.seed, sample::at(5)));
    answers.forget(&name, first.seed, sample::at(7)).await?;
    assert_eq!(answers.reserve(&name, &wanted(3), sample::at(8)).await?, None);
    Ok(())
}

/// A run that comes late changes nothing of another's, nor of an answer.
pub async fn late_runs_change_nothing<A: KeepAnswers>(answers: &A) -> Checked {
    let (name, first, other) = (name("late"), wanted(1), wanted(2).seed);
    answers.reserve(&name, &first, sample::NOW).await?;
    answers.end_lease(&name, other, sample::at(1)).await?;
    answers.forget(&name, other, sample::at(1)).await?;
    answers.keep_answer(&name, other, &answer()).await?;
    assert_eq!(answers.reserve(&name, &wanted(3), sample::at(2)).await?, Some(first.clone()));
    answers.keep_answer(&name, first.seed, &answer()).await?;
    answers.end_lease(&name, first.seed, sample::at(3)).await?;
    answers.forget(&name, first.seed, sample::at(3)).await?;
    let found = answers.reserve(&name, &wanted(3), sample::at(4)).await?.expect("it is reserved");
    assert_eq!(found.answer, Some(answer()));
    Ok(())
}
