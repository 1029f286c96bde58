//! The `$default` route: answers every path that there is not.

#![allow(async_fn_in_trait)]

use shared::http::{ApiRequest, ApiResponse, ErrorCode, Problem, PublicFront};
use shared::ports::{Clock, CountRequests};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<L, C> {
    /// What every request passes first.
    pub front: PublicFront<L>,
    /// Time.
    pub clock: C,
}

/// Says that there is no such path.
pub async fn handle<L, C>(deps: &Deps<L, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    L: CountRequests,
    C: Clock,
{
    deps.front.admit(&request, deps.clock.now()).await?;
    let shown: String = request.path.chars().take(100).collect();
    let detail = format!("There is no {} {shown}. The API is below /api/v1.", request.method);
    Err(Problem::new(ErrorCode::RouteNotFound, detail))
}
