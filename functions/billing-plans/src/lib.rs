//! `GET /billing/plans`: the plans that this stack's configuration offers. Public.

#![allow(async_fn_in_trait)]

use serde_json::{Map, Value};
use shared::http::{ApiRequest, ApiResponse, Problem, PublicFront, StatusCode};
use shared::ports::{Clock, CountRequests};
use shared::views::PlansView;

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<L, C> {
    /// What every request passes first.
    pub front: PublicFront<L>,
    /// Time.
    pub clock: C,
    /// The plans, as configured.
    pub plans: Vec<Map<String, Value>>,
}

/// Shows the plans.
pub async fn handle<L, C>(deps: &Deps<L, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    L: CountRequests,
    C: Clock,
{
    deps.front.admit(&request, deps.clock.now()).await?;
    Ok(ApiResponse::json(StatusCode::OK, &PlansView { data: &deps.plans }))
}
