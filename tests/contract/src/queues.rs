//! The FIFO queues of tickets, and the timer.

use domain::sending::ticket::Ticket;
use domain::sending::timer::TimerItem;
use domain::tuning::TIMER_DELAY_MAX_S;
use domain::values::ids::SessionId;
use domain::values::priority::Priority;
use domain::values::status::Status;
use shared::ports::{DeleteTickets, HideTickets, PortError, Receipt, Received, SendLater, SendTickets};

use crate::{Checked, sample};

/// How long to look for a message that must be there, in milliseconds.
const PATIENCE_MS: u32 = 3_000;

/// The queues from both sides: the ports put messages in, and the tests take them out, as Lambda does.
pub trait Queues {
    /// The FIFO queues, of which nobody else takes anything.
    fn tickets(&self) -> impl SendTickets + HideTickets + DeleteTickets;

    /// The timer, of which nobody else takes anything.
    fn timer(&self) -> impl SendLater;

    /// Takes up to ten tickets, which then are in flight.
    async fn receive(&self, priority: Priority) -> Vec<Received>;

    /// Deletes a ticket that is in flight.
    async fn delete(&self, priority: Priority, handle: &str);

    /// Takes what is due out of the timer.
    async fn receive_due(&self) -> Vec<Received>;

    /// Lets time pass.
    async fn pass(&self, millis: u32);
}

fn ticket(session_id: SessionId, priority: Priority) -> Ticket {
    Ticket::new(session_id, priority, sample::message_id())
}

fn fresh_id() -> String {
    format!("{:032x}", sample::random())
}

async fn send<Q: Queues>(queues: &Q, session_id: SessionId) -> Result<Ticket, PortError> {
    let ticket = ticket(session_id, Priority::Normal);
    queues.tickets().send(&ticket, &fresh_id()).await?;
    Ok(ticket)
}

/// Takes tickets until there is one.
async fn awaited<Q: Queues>(queues: &Q, priority: Priority) -> Vec<Received> {
    for _ in 0..PATIENCE_MS / 100 {
        let received = queues.receive(priority).await;
        if !received.is_empty() {
            return received;
        }
        queues.pass(100).await;
    }
    Vec::new()
}

fn read(received: &Received) -> Ticket {
    serde_json::from_str(&received.body).expect("a ticket")
}

fn receipt(ticket: &Ticket, received: &Received) -> Receipt {
    Receipt { priority: ticket.priority, session_id: ticket.session_id, handle: received.handle.clone() }
}

/// A ticket arrives in no other queue.
pub async fn a_ticket_arrives_in_its_own_queue<Q: Queues>(queues: &Q) -> Checked {
    for priority in Priority::ALL {
        let ticket = ticket(sample::session_id(), priority);
        queues.tickets().send(&ticket, &fresh_id()).await?;
        for other in Priority::ALL.into_iter().filter(|other| *other != priority) {
            assert_eq!(queues.receive(other).await, [], "{priority} in {other}");
        }
        let received = awaited(queues, priority).await;
        assert_eq!(received.iter().map(read).collect::<Vec<_>>(), [ticket]);
        assert_eq!(received[0].delivery.receives, 1);
        queues.delete(priority, &received[0].handle).await;
    }
    Ok(())
}

/// In one request for each queue; two that wait for the same instant are one.
pub async fn tickets_arrive_together<Q: Queues>(queues: &Q) -> Checked {
    let session_id = sample::session_id();
    let all = Priority::ALL.map(|priority| ticket(session_id, priority));
    let id = fresh_id();
    let mut named: Vec<(Ticket, String)> = all.iter().map(|ticket| (*ticket, fresh_id())).collect();
    named.extend([(all[1], id.clone()), (all[1], id)]);
    let answers = queues.tickets().send_all(&named).await;
    assert_eq!(answers.len(), 5);
    answers.into_iter().collect::<Result<Vec<()>, PortError>>()?;
    for (ticket, count) in all.into_iter().zip([1, 2, 1]) {
        let mut received = Vec::new();
        while received.len() < count {
            let batch = awaited(queues, ticket.priority).await;
            assert!(!batch.is_empty(), "{} of {count} arrived", received.len());
            for record in batch {
                queues.delete(ticket.priority, &record.handle).await;
                received.push(read(&record));
            }
        }
        assert!(received.iter().all(|other| *other == ticket));
        assert_eq!(queues.receive(ticket.priority).await, []);
    }
    Ok(())
}

/// At once, and twice as well as once; what is behind it in its group comes.
pub async fn a_ticket_is_deleted_before_its_batch_is_done<Q: Queues>(queues: &Q) -> Checked {
    let session_id = sample::session_id();
    let first = send(queues, session_id).await?;
    let received = awaited(queues, Priority::Normal).await;
    let second = send(queues, session_id).await?;
    let receipts = [receipt(&first, &received[0])];
    queues.tickets().delete(&receipts).await?;
    // Deleting it once more is no error that matters, and changes nothing.
    drop(queues.tickets().delete(&receipts).await);
    let next = awaited(queues, Priority::Normal).await;
    assert_eq!(next.iter().map(read).collect::<Vec<_>>(), [second]);
    queues.delete(Priority::Normal, &next[0].handle).await;
    Ok(())
}

/// Whatever the batches.
pub async fn a_group_arrives_in_order<Q: Queues>(queues: &Q) -> Checked {
    let (one, other) = (sample::session_id(), sample::session_id());
    let mut sent = Vec::new();
    for _ in 0..6 {
        sent.push(send(queues, one).await?);
        send(queues, other).await?;
    }
    let mut received = Vec::new();
    while received.len() < 12 {
        let batch = awaited(queues, Priority::Normal).await;
        assert!(!batch.is_empty(), "{} arrived", received.len());
        for record in batch {
            received.push(read(&record));
            queues.delete(Priority::Normal, &record.handle).await;
        }
    }
    received.retain(|ticket| ticket.session_id == one);
    assert_eq!(received, sent);
    Ok(())
}

/// What is behind it in its group is not delivered; other groups are.
pub async fn a_group_waits_for_its_message_in_flight<Q: Queues>(queues: &Q) -> Checked {
    let (busy, free) = (sample::session_id(), sample::session_id());
    send(queues, busy).await?;
    let first = awaited(queues, Priority::Normal).await;
    assert_eq!(first.len(), 1);
    let second = send(queues, busy).await?;
    let elsewhere = send(queues, free).await?;
    let others = awaited(queues, Priority::Normal).await;
    assert_eq!(others.iter().map(read).collect::<Vec<_>>(), [elsewhere]);
    assert_eq!(queues.receive(Priority::Normal).await, []);
    queues.delete(Priority::Normal, &first[0].handle).await;
    let next = awaited(queues, Priority::Normal).await;
    assert_eq!(next.iter().map(read).collect::<Vec<_>>(), [second]);
    Ok(())
}

/// The SDK may repeat a send whose reply was lost.
pub async fn a_repeated_ticket_arrives_once<Q: Queues>(queues: &Q) -> Checked {
    let (ticket, id) = (ticket(sample::session_id(), Priority::Normal), fresh_id());
    queues.tickets().send(&ticket, &id).await?;
    queues.tickets().send(&ticket, &id).await?;
    for _ in 0..2 {
        let received = awaited(queues, Priority::Normal).await;
        assert_eq!(received.len(), 1);
        queues.delete(Priority::Normal, &received[0].handle).await;
        assert_eq!(queues.receive(Priority::Normal).await, []);
        queues.tickets().send(&ticket, &id).await?;
        assert_eq!(queues.receive(Priority::Normal).await, [], "also after it was deleted");
        queues.tickets().send(&ticket, &fresh_id()).await?;
    }
    Ok(())
}

/// Tickets are alike; only the id says whether one is meant to live.
pub async fn a_ticket_with_a_fresh_id_arrives_again<Q: Queues>(queues: &Q) -> Checked {
    let ticket = ticket(sample::session_id(), Priority::Normal);
    for _ in 0..3 {
        queues.tickets().send(&ticket, &fresh_id()).await?;
        let received = awaited(queues, Priority::Normal).await;
        assert_eq!(received.iter().map(read).collect::<Vec<_>>(), [ticket]);
        queues.delete(Priority::Normal, &received[0].handle).await;
    }
    Ok(())
}

/// It comes back not before its time, but before the queue's own visibility time-out, and the receive is counted.
pub async fn a_hidden_ticket_comes_back_in_time<Q: Queues>(queues: &Q) -> Checked {
    let ticket = send(queues, sample::session_id()).await?;
    let received = awaited(queues, ticket.priority).await;
    queues.tickets().hide(&receipt(&ticket, &received[0]), 2).await?;
    queues.pass(1_000).await;
    assert_eq!(queues.receive(ticket.priority).await, []);
    queues.pass(1_000).await;
    let again = awaited(queues, ticket.priority).await;
    assert_eq!(again.iter().map(read).collect::<Vec<_>>(), [ticket]);
    assert_eq!((&again[0].id, again[0].delivery.receives), (&received[0].id, 2));
    Ok(())
}

/// Each kind of item, at once where there is no delay.
pub async fn the_timer_keeps_an_item_for_its_delay<Q: Queues>(queues: &Q) -> Checked {
    let key = sample::message(sample::session_id()).key();
    let items = [
        (TimerItem::Ticket(ticket(sample::session_id(), Priority::Bulk)), 0),
        (TimerItem::sandbox_report(key, Status::Delivered), 2),
        (TimerItem::sandbox_reply(key, "你好".to_owned()), 0),
    ];
    for (item, seconds) in items {
        queues.timer().send_later(&item, seconds).await?;
        if seconds > 0 {
            assert_eq!(queues.receive_due().await, []);
            queues.pass(seconds * 1000 - 1_000).await;
            assert_eq!(queues.receive_due().await, []);
            queues.pass(1_000).await;
        }
        let received = due(queues).await;
        let read: Vec<TimerItem> =
            received.iter().map(|record| serde_json::from_str(&record.body).expect("a timer item")).collect();
        assert_eq!(read, [item]);
    }
    Ok(())
}

/// Looks into the timer until there is something.
async fn due<Q: Queues>(queues: &Q) -> Vec<Received> {
    for _ in 0..PATIENCE_MS / 100 {
        let received = queues.receive_due().await;
        if !received.is_empty() {
            return received;
        }
        queues.pass(100).await;
    }
    Vec::new()
}

/// Fifteen minutes, and not a second more.
pub async fn the_timer_refuses_what_it_cannot_keep_so_long<Q: Queues>(queues: &Q) -> Checked {
    let item = TimerItem::Ticket(ticket(sample::session_id(), Priority::Bulk));
    queues.timer().send_later(&item, TIMER_DELAY_MAX_S).await?;
    assert!(queues.timer().send_later(&item, TIMER_DELAY_MAX_S + 1).await.is_err());
    Ok(())
}
