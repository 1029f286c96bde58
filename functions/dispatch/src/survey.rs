//! Looking at what waits in a session. Every read is strongly consistent.

use domain::ids::SessionId;
use domain::limits::SURVEY_PAGE;
use domain::pacer::Pacer;
use domain::pending::PendingKey;
use domain::priority::Priority;
use domain::survey::{Head, Pick, Survey};
use shared::ports::{Clock, DispatchMessages, PortError};

use crate::World;

/// The first page of a session's line, which nearly always tells all that matters.
pub(crate) async fn survey<W: World>(world: &W, session_id: SessionId) -> Result<Survey, PortError> {
    let page = world.ports().messages.waiting(session_id, None, SURVEY_PAGE).await?;
    Ok(Survey::from_first_page(&page.keys, page.is_all))
}

/// What goes next, reading on where the survey does not tell.
pub(crate) async fn pick<W: World>(
    world: &W,
    session_id: SessionId,
    survey: &mut Survey,
    pacer: &Pacer,
) -> Result<Pick, PortError> {
    loop {
        match survey.pick(world.ports().clock.now(), pacer) {
            Pick::Look(priority) => look(world, session_id, survey, priority).await?,
            pick => return Ok(pick),
        }
    }
}

/// The first of a priority's line, reading on where the survey does not tell.
pub(crate) async fn head<W: World>(
    world: &W,
    session_id: SessionId,
    survey: &mut Survey,
    priority: Priority,
) -> Result<Option<PendingKey>, PortError> {
    loop {
        match survey.head(priority) {
            Head::Is(key) => return Ok(Some(key)),
            Head::Empty => return Ok(None),
            Head::Unknown => look(world, session_id, survey, priority).await?,
        }
    }
}

async fn look<W: World>(
    world: &W,
    session_id: SessionId,
    survey: &mut Survey,
    priority: Priority,
) -> Result<(), PortError> {
    let line = world.ports().messages.waiting(session_id, Some(priority), 1).await?;
    // An empty page is the end of the line, whatever else it says: without this a look could be repeated for ever.
    let is_all = line.is_all || line.keys.is_empty();
    survey.learn(priority, line.keys, is_all);
    Ok(())
}
