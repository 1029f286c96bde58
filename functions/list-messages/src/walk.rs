//! Looking through messages until a page is full, the end is reached, or enough was read.

use std::collections::BTreeMap;

use domain::message::Message;
use domain::reading::listing::{Entry, Filters};
use domain::tuning::INDEX_PAGE;
use domain::values::ids::{AccountId, MessageId, MessageKey, SessionId};
use shared::ports::{ListMessages, ListSessionMessages, Page, PortError};

use crate::budget::Budget;

/// How many messages of a session are asked for at first when most of them may not be wanted, and at most.
const SESSION_PAGE_FIRST: usize = 200;
/// How many entries of the index are asked for at first when most of them may not be wanted.
const INDEX_PAGE_FIRST: usize = 250;
const SESSION_PAGE_MAX: usize = 3_200;
/// How many messages are asked for by their keys at a time when some of them may not be wanted.
const BATCH: usize = 50;

/// What a walk has found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The messages of the page.
    pub(crate) messages: Vec<Message>,
    /// The newest message that was looked at.
    pub(crate) first: Option<MessageId>,
    /// The last message that was looked at, if there may be more behind it.
    pub(crate) next: Option<MessageId>,
    /// Whether the reading limit was reached before the walk had skipped all messages in front of the page.
    pub(crate) is_short_of_start: bool,
}

/// Looks through an account's messages, or those of one session, from after a message on: passes over the first `skip`
/// that are wanted, and takes the next `limit`.
pub(crate) async fn walk(
    messages: &(impl ListMessages + ListSessionMessages),
    account_id: AccountId,
    filters: &Filters,
    after: Option<MessageId>,
    skip: usize,
    limit: usize,
) -> Result<Found, PortError> {
    let mut walk = Walk { filters, skip, limit, after, found: Found::default(), budget: Budget::full() };
    match filters.session_id {
        Some(session_id) => walk.through_session(messages, session_id).await?,
        None => walk.through_account(messages, account_id).await?,
    }
    walk.found.is_short_of_start = walk.skip > 0 && walk.found.next.is_some();
    Ok(walk.found)
}

struct Walk<'a> {
    filters: &'a Filters,
    skip: usize,
    limit: usize,
    /// The last message that was looked at.
    after: Option<MessageId>,
    found: Found,
    budget: Budget,
}

impl Walk<'_> {
    /// One more than the page needs shows whether there is more.
    const fn needed(&self) -> usize {
        self.skip + self.limit - self.found.messages.len() + 1
    }

    const fn is_full(&self) -> bool {
        self.found.messages.len() >= self.limit
    }

    /// Ends the walk with more to come.
    fn stop(&mut self) {
        self.found.next = self.after;
    }

    fn look_at(&mut self, id: MessageId) {
        self.found.first.get_or_insert(id);
        self.after = Some(id);
    }

    /// Passes over a message that is wanted, or takes it.
    fn take(&mut self, message: Message) {
        if self.skip > 0 {
            self.skip -= 1;
        } else {
            self.found.messages.push(message);
        }
    }

    async fn through_session(
        &mut self,
        messages: &impl ListSessionMessages,
        session_id: SessionId,
    ) -> Result<(), PortError> {
        let mut size = if self.filters.is_any_message() { self.needed() } else { SESSION_PAGE_FIRST };
        loop {
            if !self.budget.affords_messages(size) {
                self.stop();
                return Ok(());
            }
            let page = messages.of_session(session_id, self.after, size).await?;
            self.budget.spend(page.read_bytes);
            for message in page.items {
                if self.filters.are_behind(message.message_id) {
                    return Ok(());
                }
                if self.is_full() {
                    self.stop();
                    return Ok(());
                }
                self.look_at(message.message_id);
                if self.filters.want(&message) {
                    self.take(message);
                }
            }
            let Some(last) = page.next else { return Ok(()) };
            self.look_at(last);
            size = (size * 4).min(SESSION_PAGE_MAX);
        }
    }

    async fn through_account(
        &mut self,
        messages: &impl ListMessages,
        account_id: AccountId,
    ) -> Result<(), PortError> {
        let mut size = if self.filters.is_any_message() { self.needed() } else { INDEX_PAGE_FIRST };
        loop {
            size = size.min(INDEX_PAGE);
            if !self.budget.affords_entries(size) {
                self.stop();
                return Ok(());
            }
            let page = messages.entries(account_id, self.after, size).await?;
            self.budget.spend(page.read_bytes);
            let Page { mut items, next, .. } = page;
            let all = items.len();
            items.retain(|entry| !self.filters.are_behind(entry.key.message_id));
            // All that comes after an entry from before the time that is asked for is older still.
            let next = next.filter(|_| items.len() == all);
            let is_through = self.through_entries(messages, &items).await?;
            let Some(last) = next.filter(|_| is_through) else { return Ok(()) };
            self.look_at(last);
            size *= 8;
        }
    }

    /// Looks through entries of the index; `false` when the walk has ended in the middle of them.
    async fn through_entries(
        &mut self,
        messages: &impl ListMessages,
        entries: &[Entry],
    ) -> Result<bool, PortError> {
        let is_told = self.filters.are_told_by_index();
        let wanted = entries.iter().filter(|entry| self.filters.may_want(entry));
        let wanted: Vec<MessageKey> = wanted.map(|entry| entry.key).collect();
        let mut left: &[MessageKey] = &wanted;
        if is_told && self.skip > 0 {
            let (passed, rest) = left.split_at(left.len().min(self.skip));
            for key in passed {
                self.look_at(key.message_id);
            }
            self.skip -= passed.len();
            left = rest;
        }
        while !left.is_empty() {
            let size = if is_told { self.limit - self.found.messages.len() } else { BATCH };
            let ask = self.budget.messages(size).min(left.len());
            if ask == 0 || self.is_full() {
                self.stop();
                return Ok(false);
            }
            let (keys, rest) = left.split_at(ask);
            if !self.fetch(messages, keys).await? {
                return Ok(false);
            }
            left = rest;
        }
        Ok(true)
    }

    /// Reads messages, and takes those that are wanted; `false` when the page was full before the last of them.
    async fn fetch(&mut self, messages: &impl ListMessages, keys: &[MessageKey]) -> Result<bool, PortError> {
        let batch = messages.many(keys).await?;
        self.budget.spend(batch.read_bytes);
        let mut rows: BTreeMap<MessageKey, Message> =
            batch.messages.into_iter().map(|message| (message.key(), message)).collect();
        for key in keys {
            if self.is_full() {
                self.stop();
                return Ok(false);
            }
            self.look_at(key.message_id);
            if let Some(message) = rows.remove(key).filter(|message| self.filters.want(message)) {
                self.take(message);
            }
        }
        Ok(true)
    }
}
