//! Reading a session's line. Every read is strongly consistent.

use domain::message::pending::PendingKey;
use domain::sending::survey::{Head, Pick, Survey};
use domain::session::SessionState;
use domain::tuning::{SURVEY_PAGE, SURVEY_PUT_OFF_MS, SURVEY_READS_MAX};
use domain::values::ids::SessionId;
use domain::values::priority::Priority;
use shared::ports::{Clock, PortError, ReadLines};

use crate::{Deps, Dispatching};

/// The first page of a session's line, which nearly always tells all that matters. What an earlier look has found to be kept
/// back is passed over.
pub(crate) async fn first_page<W: Dispatching>(
    deps: &Deps<W>,
    state: &SessionState,
) -> Result<Survey, PortError> {
    let page = deps.messages.waiting(state.session.session_id, None, SURVEY_PAGE).await?;
    let mut survey = Survey::from_first_page(&page.keys, page.is_all);
    if let Some(looked) = state.standing().looked(deps.clock.now()) {
        survey.go_on_from(&looked);
    }
    Ok(survey)
}

/// What goes next, reading on where the survey does not tell. Rows of campaigns count as if they may be sent.
pub(crate) async fn pick<W: Dispatching>(
    deps: &Deps<W>,
    state: &SessionState,
    survey: &mut Survey,
) -> Result<Pick, PortError> {
    let mut reads_left = SURVEY_READS_MAX;
    pick_within(deps, state, survey, &mut reads_left).await
}

/// The same, with at most so many reads.
pub(crate) async fn pick_within<W: Dispatching>(
    deps: &Deps<W>,
    state: &SessionState,
    survey: &mut Survey,
    reads_left: &mut usize,
) -> Result<Pick, PortError> {
    let session_id = state.session.session_id;
    loop {
        let now = deps.clock.now();
        match survey.pick(now, |line| state.standing().opens_at(line, now)) {
            Pick::Look(priority) if spend(reads_left) => look(deps, session_id, survey, priority).await?,
            Pick::Look(priority) => put_off(deps, session_id, survey, priority),
            pick => return Ok(pick),
        }
    }
}

/// The first of a priority's line, reading on where the survey does not tell.
pub(crate) async fn head<W: Dispatching>(
    deps: &Deps<W>,
    session_id: SessionId,
    survey: &mut Survey,
    priority: Priority,
) -> Result<Option<PendingKey>, PortError> {
    let mut reads_left = SURVEY_READS_MAX;
    loop {
        match survey.head(priority) {
            Head::Is(key) => return Ok(Some(key)),
            Head::Empty => return Ok(None),
            Head::Unknown if spend(&mut reads_left) => look(deps, session_id, survey, priority).await?,
            Head::Unknown => put_off(deps, session_id, survey, priority),
        }
    }
}

async fn look<W: Dispatching>(
    deps: &Deps<W>,
    session_id: SessionId,
    survey: &mut Survey,
    priority: Priority,
) -> Result<(), PortError> {
    let messages = &deps.messages;
    let page = page_of(survey, priority);
    let line = match survey.behind(priority) {
        None => messages.waiting(session_id, Some(priority), page).await?,
        Some(place) => messages.waiting_behind(session_id, place, page).await?,
    };
    // An empty page is the end of the line, whatever else it says: without this a look could be repeated for ever.
    let is_all = line.is_all || line.keys.is_empty();
    survey.learn(priority, line.keys, is_all);
    Ok(())
}

/// Only in the line of the campaigns may the first rows not be the ones that matter, and where new contacts are kept back.
fn page_of(survey: &Survey, line: Priority) -> usize {
    match line {
        Priority::High => 1,
        Priority::Normal if !survey.looks_at_contacts() => 1,
        Priority::Normal | Priority::Bulk => SURVEY_PAGE,
    }
}

/// Takes one of the reads that are left, if there is one.
pub(crate) fn spend(reads_left: &mut usize) -> bool {
    let may_read = *reads_left > 0;
    *reads_left = reads_left.saturating_sub(1);
    may_read
}

/// Puts a line off for a minute: nothing of it goes, and its ticket lives on.
pub(crate) fn put_off<W: Dispatching>(
    deps: &Deps<W>,
    session_id: SessionId,
    survey: &mut Survey,
    line: Priority,
) {
    tracing::warn!(session_id = %session_id, "too many paused campaigns stand in front of a line");
    survey.put_off(line, deps.clock.now().plus_millis(SURVEY_PUT_OFF_MS));
}
