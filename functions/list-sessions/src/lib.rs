//! `GET /sessions`: the sessions of an account, the newest first.

#![allow(async_fn_in_trait)]

use domain::request::ShortListRequest;
use futures_util::future::try_join_all;
use shared::http::{Admit, ApiRequest, ApiResponse, Problem, SessionViews, StatusCode, short_list};
use shared::ports::{Clock, ReadSessions};
use shared::views::SessionView;

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, C> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// Time.
    pub clock: C,
    /// How sessions are shown.
    pub views: SessionViews,
}

/// Lists sessions.
///
/// All of them are read, of which there are few, so that those that are being deleted are on no page.
pub async fn handle<F, S, C>(deps: &Deps<F, S, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions,
    C: Clock,
{
    let now = deps.clock.now();
    let account_id = deps.front.admit(&request, now).await?.account_id;
    let list = ShortListRequest::parse(&request.query_object()).map_err(Problem::validation)?;
    let ids = deps.sessions.of_account(account_id).await?;
    let found = try_join_all(ids.into_iter().map(|id| deps.sessions.load(id))).await?;
    let mut open: Vec<_> = found.into_iter().flatten().filter(|state| state.is_open_to(account_id)).collect();
    open.sort_by_key(|state| std::cmp::Reverse(state.session.session_id));
    let (shown, has_more) = list.shown(&open);
    let view = |state| view(deps, state, &request, now);
    let data = shown.iter().map(view).collect();
    Ok(ApiResponse::json(StatusCode::OK, &short_list(&list, data, has_more)))
}

fn view<'a, F, S, C>(
    deps: &Deps<F, S, C>,
    state: &'a domain::session::SessionState,
    request: &ApiRequest,
    now: domain::values::time::Timestamp,
) -> SessionView<'a> {
    deps.views.view(&state.session, &state.pacer, request, now)
}
