use std::cell::RefCell;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use domain::values::ids::MessageId;
use domain::values::time::Timestamp;

use super::*;
use crate::providers::sample::{self, NOW};

#[derive(Default)]
struct Timer {
    items: RefCell<Vec<(TimerItem, u32)>>,
    fails: bool,
}

impl SendLater for &Timer {
    async fn send_later(&self, item: &TimerItem, seconds: u32) -> Result<(), PortError> {
        if self.fails {
            return Err(PortError::new("timer.send_later", "no queue"));
        }
        self.items.borrow_mut().push((item.clone(), seconds));
        Ok(())
    }
}

#[derive(Default)]
struct Watch(RefCell<Vec<i64>>);

impl Clock for &Watch {
    fn now(&self) -> Timestamp {
        NOW
    }

    async fn sleep(&self, millis: i64) {
        self.0.borrow_mut().push(millis);
    }
}

/// Runs a future that never waits for anything.
fn finish<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("waited for something"),
    }
}

fn message(to: &str, attempts: u32, text: &str) -> Message {
    let mut message = sample::message(to);
    message.attempts = attempts;
    message.content.text = Some(text.to_owned());
    message
}

fn send(timer: &Timer, watch: &Watch, message: &Message, failures: u32) -> Outcome {
    let sandbox = Sandbox::new(timer, watch);
    finish(sandbox.send(Outgoing { session: &sample::session(), message, failures }))
}

/// What a send to a number comes to, and how many reports it schedules.
fn outcome(to: &str, attempts: u32, failures: u32) -> (Outcome, usize) {
    let timer = Timer::default();
    let outcome = send(&timer, &Watch::default(), &message(to, attempts, "hi"), failures);
    (outcome, timer.items.into_inner().len())
}

fn accepted() -> Outcome {
    Outcome::Accepted { provider_message_id: Some(format!("sandbox-{}", MessageId::new(NOW, 2))) }
}

#[test]
fn an_accepted_message_is_reported_as_delivered_and_read() {
    let (timer, watch, message) = (Timer::default(), Watch::default(), message("16505551234", 0, "hi"));
    assert_eq!(send(&timer, &watch, &message, 0), accepted());
    let key = message.key();
    let reports = [
        (TimerItem::sandbox_report(key, Status::Delivered), 1),
        (TimerItem::sandbox_report(key, Status::Read), 3),
    ];
    assert_eq!(timer.items.into_inner(), reports);
    assert_eq!(watch.0.into_inner(), [50]);
}

#[test]
fn an_echo_is_answered() {
    let (timer, message) = (Timer::default(), message("16505551234", 0, "echo: hello, you "));
    send(&timer, &Watch::default(), &message, 0);
    let answer = (TimerItem::sandbox_reply(message.key(), "hello, you".to_owned()), 1);
    assert_eq!(timer.items.into_inner().last(), Some(&answer));
}

#[test]
fn other_texts_are_not_answered() {
    for text in ["echo", "echo:", "echo:  ", "Echo: hi", "an echo: hi"] {
        let timer = Timer::default();
        send(&timer, &Watch::default(), &message("16505551234", 0, text), 0);
        assert_eq!(timer.items.into_inner().len(), 2, "{text}");
    }
}

#[test]
fn a_caption_is_not_answered() {
    let (timer, mut message) = (Timer::default(), message("16505551234", 0, "echo: hello"));
    message.content.content_type = ContentType::Image;
    send(&timer, &Watch::default(), &message, 0);
    assert_eq!(timer.items.into_inner().len(), 2);
}

#[test]
fn number_0001_fails_twice_and_then_succeeds() {
    for attempts in 0..2 {
        assert!(matches!(outcome("16505550001", attempts, 0), (Outcome::Transient(_), 0)), "{attempts}");
    }
    assert_eq!(outcome("16505550001", 2, 0), (accepted(), 2));
}

#[test]
fn number_0002_fails_for_good() {
    assert!(
        matches!(outcome("16505550002", 0, 0), (Outcome::Permanent(e), 0) if e.code == PROVIDER_REJECTED)
    );
}

#[test]
fn number_0003_times_out_and_is_never_reported() {
    let (timer, watch) = (Timer::default(), Watch::default());
    let outcome = send(&timer, &watch, &message("16505550003", 0, "hi"), 0);
    assert!(matches!(outcome, Outcome::Unknown(_)));
    assert_eq!((timer.items.into_inner().len(), watch.0.into_inner()), (0, vec![1_000]));
    assert!(!Sandbox::new(&Timer::default(), &Watch::default()).repeats_safely(&sample::session()));
}

#[test]
fn number_0004_fails_every_time() {
    for attempts in 0..5 {
        assert!(matches!(outcome("16505550004", attempts, 0), (Outcome::Transient(_), 0)), "{attempts}");
    }
}

#[test]
fn number_0005_disconnects_the_session_until_the_first_probe() {
    let (held, reports) = outcome("16505550005", 0, 0);
    let Outcome::SessionTrouble { reason, hold_ms, .. } = held else { panic!("{held:?}") };
    assert_eq!((reason, hold_ms, reports), (HoldReason::SessionDisconnected, Some(15_000), 0));
    assert_eq!(outcome("16505550005", 0, 1), (accepted(), 2));
}

#[test]
fn number_0006_is_refused_whoever_it_goes_to() {
    assert!(
        matches!(outcome("16505550006", 0, 0), (Outcome::RequestRefused(e), 0) if e.code == REQUEST_REFUSED)
    );
}

#[test]
fn without_a_timer_nothing_counts_as_sent() {
    let timer = Timer { fails: true, ..Timer::default() };
    let outcome = send(&timer, &Watch::default(), &message("16505551234", 0, "hi"), 0);
    assert!(matches!(outcome, Outcome::Transient(e) if e.code == PROVIDER_UNAVAILABLE));
}
