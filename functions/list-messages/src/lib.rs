//! `GET /messages`: a page of an account's messages, the newest first.
//!
//! A page begins after the last message that the page before it has looked at, and new messages come in front of all others. So
//! a walk through the pages shows each message that existed when it began once, whatever arrives meanwhile. A cursor says where
//! a page begins; for walks by page number that place is kept for a while.

mod budget;
mod walk;

use domain::access::rate_limit::client_name;
use domain::limits::PAGE_SKIP_MAX;
use domain::message::Message;
use domain::reading::listing::{Bookmark, Start, start};
use domain::request::{FieldCode, FieldError, ListFrom, ListRequest};
use domain::values::ids::AccountId;
use domain::values::time::Timestamp;
use futures_util::future::join;
use shared::http::{
    Answer, ApiRequest, ApiResponse, Call, Caller, Endpoint, ErrorCode, Problem, Proof, Reasons, StatusCode,
    cursor, message_view, own_session, read_cursor,
};
use shared::ports::{
    KeepBookmarks, Keyring, ListMessages, ListSessionMessages, PortError, ReadCampaigns, ReadSessions,
};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::views::{MessageView, Page, Pagination};
use shared::{deps, schema};
use walk::{Found, walk};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    summary: "List messages",
    detail: "The newest first. A request reads a bounded amount: a page may be short and say `hasMore`.",
    query: schema!(ListRequest::parameters),
    answers: &[Answer::json::<Page<MessageView>>(200, "A page of messages.")],
    refusals: &[ErrorCode::SessionNotFound],
    ..Endpoint::get("/messages", "listMessages")
};

deps! {
    ListingMessages {
        sessions: Sessions: ReadSessions,
        messages: Messages: ListMessages + ListSessionMessages,
        campaigns: Campaigns: ReadCampaigns,
        bookmarks: Bookmarks: KeepBookmarks,
        keyring: Keyring: Keyring,
    }
}

/// Shows a page of messages.
pub async fn handle<W: ListingMessages>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { request, caller, now, .. } = call;
    let list = ListRequest::parse(&request.query_object()).map_err(Problem::validation)?;
    if let Some(session_id) = list.filters.session_id {
        own_session(&deps.sessions, caller.account_id, session_id).await?;
    }
    let walked = name_of(&list, caller, &request);
    let found = match begin(deps, &list, caller.account_id, &walked, now).await? {
        Start::At { after, skip } => {
            let found = walk(
                &deps.messages,
                caller.account_id,
                &list.filters,
                after.or(list.filters.begin()),
                skip,
                list.limit,
            )
            .await?;
            if found.is_short_of_start { Err(too_deep()) } else { Ok(found) }?
        }
        Start::End => Found::default(),
    };
    leave_bookmark(deps, &list, &walked, &found, now).await?;
    let view = view(deps, &list, caller.account_id, &found, now).await?;
    Ok(ApiResponse::json(StatusCode::OK, &view))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}

/// Who walks through what. Two that do the same at the same time, with the same credentials and from the same address,
/// share their bookmarks.
fn name_of(list: &ListRequest, caller: Caller, request: &ApiRequest) -> String {
    let proof = match caller.proof {
        Proof::ApiKey => "key",
        Proof::Token => "token",
    };
    let client = client_name(&request.source_ip);
    format!("{}#{proof}#{client}#{}#{}", caller.account_id, list.filters, list.limit)
}

/// Where the page begins.
async fn begin<W: ListingMessages>(
    deps: &Deps<W>,
    list: &ListRequest,
    account_id: AccountId,
    walked: &str,
    now: Timestamp,
) -> Result<Start, Problem> {
    let page = match &list.from {
        ListFrom::Page(page) => *page,
        ListFrom::Cursor(text) => {
            let after = read_cursor(&deps.keyring, account_id, &list.filters, text)?;
            return Ok(Start::At { after: Some(after), skip: 0 });
        }
    };
    if page == 1 {
        return Ok(start(page, list.limit, None, None));
    }
    let bookmark = |page| deps.bookmarks.bookmark(walked, page, now);
    let (second, own) = join(bookmark(2), bookmark(page)).await;
    match start(page, list.limit, second?, own?) {
        Start::At { skip, .. } if skip > PAGE_SKIP_MAX => Err(too_deep()),
        start => Ok(start),
    }
}

/// Remembers where the next page begins. The first page begins a new walk.
async fn leave_bookmark<W: ListingMessages>(
    deps: &Deps<W>,
    list: &ListRequest,
    walked: &str,
    found: &Found,
    now: Timestamp,
) -> Result<(), PortError> {
    let ListFrom::Page(page) = list.from else { return Ok(()) };
    let walk = match page {
        1 => found.first,
        _ => deps.bookmarks.bookmark(walked, 2, now).await?.map(|second| second.walk),
    };
    let Some(walk) = walk else { return Ok(()) };
    deps.bookmarks.put_bookmark(walked, page + 1, Bookmark { walk, after: found.next }, now).await
}

async fn view<'a, W: ListingMessages>(
    deps: &Deps<W>,
    list: &ListRequest,
    account_id: AccountId,
    found: &'a Found,
    now: Timestamp,
) -> Result<Page<MessageView<'a>>, PortError> {
    let reasons = Reasons::load(&deps.sessions, &deps.campaigns, account_id, &found.messages).await?;
    let show = |message: &'a Message| message_view(message, reasons.of(message, now));
    let data = found.messages.iter().map(show).collect();
    let page = match list.from {
        ListFrom::Page(page) => Some(page),
        ListFrom::Cursor(_) => None,
    };
    let next = found.next.map(|after| cursor(&deps.keyring, account_id, &list.filters, after));
    Ok(Page { data, pagination: Pagination::before(next, page, list.limit) })
}

fn too_deep() -> Problem {
    let detail =
        "page lies too deep to be counted to; go on with the nextCursor of the page before it".to_owned();
    Problem::validation(vec![FieldError { pointer: "/page".to_owned(), code: FieldCode::OutOfRange, detail }])
}
