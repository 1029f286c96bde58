//! Reading lists: `GET /messages`, `GET /messages/conversations`, `GET /messages/stats`.

use serde_json::Value;

use super::fields::{FieldCode, FieldError, Fields};
use super::time::time;
use crate::limits::{CAMPAIGN_SKIP_MAX, CURSOR_MAX_CHARS, LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX};
use crate::reading::listing::Filters;
use crate::reading::statistics::Period;
use crate::values::contact::Contact;
use crate::values::ids::{CampaignId, SessionId};
use crate::values::status::Status;

/// Highest number of a page that is looked at: beyond it any list has ended.
const PAGES_MAX: usize = 1_000_000;

/// Where a list is to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListFrom {
    /// At a page by its number, from 1.
    Page(usize),
    /// Where an earlier answer said.
    Cursor(String),
}

/// A valid request for a page of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRequest {
    /// Which messages; whose session it is remains to be checked.
    pub filters: Filters,
    /// How many at most.
    pub limit: usize,
    /// From where on.
    pub from: ListFrom,
}

impl ListRequest {
    /// Reads a query, as an object of texts.
    ///
    /// # Errors
    /// All that is wrong with it, parameter by parameter.
    pub fn parse(query: &Value) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(query)?;
        let page = number(&mut fields, "page", usize::try_from(u32::MAX).unwrap_or(usize::MAX));
        let limit = limit(&mut fields);
        let status = fields.optional_text("status");
        let status = fields.parsed("status", status, str::parse::<Status>);
        let session_id = session_id(&mut fields);
        let to = fields.optional_text("to");
        let to = fields.parsed("to", to, Contact::parse);
        let (since, until) = (time(&mut fields, "since"), time(&mut fields, "until"));
        let cursor = fields.optional_text("cursor");
        if cursor.is_some_and(|cursor| cursor.len() > CURSOR_MAX_CHARS) {
            fields.note("cursor", FieldCode::InvalidFormat, "must be a nextCursor of this list");
        }
        if cursor.is_some() && page.is_some() {
            fields.note(
                "page",
                FieldCode::NotAllowed,
                "does not go with cursor, which says where the list goes on",
            );
        }
        fields.finish()?;
        let from =
            cursor.map_or(ListFrom::Page(page.unwrap_or(1)), |cursor| ListFrom::Cursor(cursor.to_owned()));
        Ok(Self { filters: Filters { status, session_id, to, since, until }, limit, from })
    }
}

/// A valid request for conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversationsRequest {
    /// Only those of this session; whose it is remains to be checked.
    pub session_id: Option<SessionId>,
    /// How many at most.
    pub limit: usize,
}

impl ConversationsRequest {
    /// Reads a query, as an object of texts.
    ///
    /// # Errors
    /// All that is wrong with it, parameter by parameter.
    pub fn parse(query: &Value) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(query)?;
        let limit = limit(&mut fields);
        let session_id = session_id(&mut fields);
        fields.finish()?;
        Ok(Self { session_id, limit })
    }
}

/// A valid request for a page of campaigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignsRequest {
    /// How many at most.
    pub limit: usize,
    /// From where on.
    pub from: CampaignsFrom,
}

/// Where a list of campaigns is to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CampaignsFrom {
    /// At a page by its number, from 1.
    Page(usize),
    /// With those that are older than this one, as an earlier answer said.
    Cursor(CampaignId),
}

impl CampaignsRequest {
    /// Reads a query, as an object of texts.
    ///
    /// # Errors
    /// All that is wrong with it, parameter by parameter.
    pub fn parse(query: &Value) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(query)?;
        let page = number(&mut fields, "page", usize::try_from(u32::MAX).unwrap_or(usize::MAX));
        let limit = limit(&mut fields);
        let cursor = fields.optional_text("cursor");
        let cursor = fields.parsed("cursor", cursor, |text| {
            text.parse::<CampaignId>().map_err(|_| "must be a nextCursor of this list")
        });
        if cursor.is_some() && page.is_some() {
            fields.note(
                "page",
                FieldCode::NotAllowed,
                "does not go with cursor, which says where the list goes on",
            );
        }
        let page = page.unwrap_or(1);
        if (page - 1).saturating_mul(limit) > CAMPAIGN_SKIP_MAX {
            let what =
                format!("is too far back: at most {CAMPAIGN_SKIP_MAX} campaigns are passed over; use cursor");
            fields.note("page", FieldCode::OutOfRange, &what);
        }
        fields.finish()?;
        Ok(Self { limit, from: cursor.map_or(CampaignsFrom::Page(page), CampaignsFrom::Cursor) })
    }
}

/// A valid request for a list of sessions, or of API keys: few enough to be numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortListRequest {
    /// How many are shown at most.
    pub limit: usize,
    /// Which page, from 1.
    pub page: usize,
}

impl ShortListRequest {
    /// Reads a query, as an object of texts. A `nextCursor` of these lists is the number of a page.
    ///
    /// # Errors
    /// All that is wrong with it, parameter by parameter.
    pub fn parse(query: &Value) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(query)?;
        let page = number(&mut fields, "page", PAGES_MAX);
        let limit = limit(&mut fields);
        let cursor = number(&mut fields, "cursor", PAGES_MAX);
        if cursor.is_some() && page.is_some() {
            fields.note(
                "page",
                FieldCode::NotAllowed,
                "does not go with cursor, which says where the list goes on",
            );
        }
        fields.finish()?;
        Ok(Self { limit, page: cursor.or(page).unwrap_or(1) })
    }

    /// What is shown of a list, and whether there is more.
    pub fn shown<'a, T>(&self, all: &'a [T]) -> (&'a [T], bool) {
        let from = ((self.page - 1) * self.limit).min(all.len());
        let to = (from + self.limit).min(all.len());
        (&all[from..to], to < all.len())
    }
}

/// Reads the query of `GET /messages/stats`.
///
/// # Errors
/// All that is wrong with it, parameter by parameter.
pub fn stats_period(query: &Value) -> Result<Period, Vec<FieldError>> {
    let mut fields = Fields::of(query)?;
    let period = fields.optional_text("period");
    let period = period.and_then(|text| {
        let found = Period::ALL.into_iter().find(|period| period.name() == text);
        if found.is_none() {
            fields.note("period", FieldCode::OutOfRange, "must be one of 24h, 7d, 30d");
        }
        found
    });
    fields.finish()?;
    Ok(period.unwrap_or(Period::Week))
}

/// More than there are on a page means as many as there are.
fn limit(fields: &mut Fields<'_>) -> usize {
    number(fields, "limit", usize::MAX).map_or(LIST_LIMIT_DEFAULT, |limit| limit.min(LIST_LIMIT_MAX))
}

fn session_id(fields: &mut Fields<'_>) -> Option<SessionId> {
    let text = fields.optional_text("sessionId");
    fields.parsed("sessionId", text, |text| {
        text.parse::<SessionId>().map_err(|_| "must be the UUID of one of your sessions")
    })
}

/// A whole number from 1 to `max`, as a text.
fn number(fields: &mut Fields<'_>, name: &'static str, max: usize) -> Option<usize> {
    let text = fields.optional_text(name)?;
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number {
        fields.note(name, FieldCode::InvalidFormat, "must be a whole number");
        return None;
    }
    // Digits that no number holds are more than any limit.
    let number = Some(text.parse().unwrap_or(usize::MAX)).filter(|number| (1..=max).contains(number));
    if number.is_none() {
        let most = if max == usize::MAX { String::new() } else { format!(", and at most {max}") };
        fields.note(name, FieldCode::OutOfRange, &format!("must be at least 1{most}"));
    }
    number
}

#[cfg(feature = "schema")]
mod schema;
#[cfg(feature = "schema")]
pub use schema::stats_parameters;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "0193b3c0-0000-7000-8000-000000000000";

    #[test]
    fn every_parameter_is_read() {
        let list = ListRequest::parse(&json!({
            "page": "3", "limit": "100", "status": "received", "sessionId": ID, "to": " 1650 5551234",
        }));
        let list = list.unwrap();
        assert_eq!((list.limit, list.from), (100, ListFrom::Page(3)));
        assert_eq!(list.filters.to_string(), format!("received#{ID}#16505551234"));
        let list = ListRequest::parse(&json!({ "cursor": "abc" })).unwrap();
        assert_eq!((list.limit, list.from), (20, ListFrom::Cursor("abc".to_owned())));
        assert_eq!(ListRequest::parse(&json!({})).unwrap().from, ListFrom::Page(1));
        let conversations = ConversationsRequest::parse(&json!({ "limit": "7", "sessionId": ID })).unwrap();
        assert_eq!((conversations.limit, conversations.session_id), (7, ID.parse().ok()));
        assert_eq!(stats_period(&json!({})).unwrap(), Period::Week);
        assert_eq!(stats_period(&json!({ "period": "24h" })).unwrap(), Period::Day);
    }

    #[test]
    fn campaigns_are_listed_by_page_or_cursor() {
        let parse = |query| CampaignsRequest::parse(&query);
        let first = CampaignsRequest { limit: 20, from: CampaignsFrom::Page(1) };
        assert_eq!(parse(json!({})).unwrap(), first);
        let after = CampaignsFrom::Cursor(ID.parse().unwrap());
        assert_eq!(
            parse(json!({ "cursor": ID, "limit": "5" })).unwrap(),
            CampaignsRequest { limit: 5, from: after }
        );
        assert_eq!(parse(json!({ "page": "11", "limit": "100" })).unwrap().from, CampaignsFrom::Page(11));
        for (query, pointer) in [
            (json!({ "page": "12", "limit": "100" }), "/page"),
            (json!({ "cursor": "x" }), "/cursor"),
            (json!({ "cursor": ID, "page": "2" }), "/page"),
            (json!({ "status": "active" }), "/status"),
        ] {
            assert_eq!(parse(query).unwrap_err()[0].pointer, pointer);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, value, code) in [
            ("page", json!("0"), FieldCode::OutOfRange),
            ("page", json!("4294967296"), FieldCode::OutOfRange),
            ("page", json!("-1"), FieldCode::InvalidFormat),
            ("limit", json!("0"), FieldCode::OutOfRange),
            ("since", json!("yesterday"), FieldCode::InvalidFormat),
            ("until", json!("2026-04-20T10:00:00"), FieldCode::InvalidFormat),
            ("limit", json!("1e1"), FieldCode::InvalidFormat),
            ("status", json!("SENT"), FieldCode::InvalidFormat),
            ("status", json!(["sent"]), FieldCode::WrongType),
            ("sessionId", json!("x"), FieldCode::InvalidFormat),
            ("to", json!("12"), FieldCode::InvalidFormat),
            ("cursor", json!("x".repeat(201)), FieldCode::InvalidFormat),
            ("offset", json!("1"), FieldCode::UnknownField),
        ] {
            let errors = ListRequest::parse(&json!({ name: value })).unwrap_err();
            let found: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
            assert_eq!(found, [(format!("/{name}").as_str(), code)], "{value}");
        }
        let both = ListRequest::parse(&json!({ "page": "1", "cursor": "x" })).unwrap_err();
        assert_eq!((both[0].pointer.as_str(), both[0].code), ("/page", FieldCode::NotAllowed));
        assert_eq!(stats_period(&json!({ "period": "1d" })).unwrap_err()[0].code, FieldCode::OutOfRange);
        assert_eq!(ConversationsRequest::parse(&json!({ "to": "1" })).unwrap_err()[0].pointer, "/to");
    }
}
