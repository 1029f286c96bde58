//! `GET /billing/plans`: the plans that this stack's configuration offers. Public.

#[cfg(feature = "lambda")]
use std::future::ready;

use shared::http::{Access, Answer, ApiResponse, Endpoint, Plans, StatusCode};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_public};
use shared::views::PlansView;
#[cfg(feature = "lambda")]
use shared::world::Give;
use shared::world::Needs;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "About the API",
    summary: "List the plans",
    access: Access::Public,
    answers: &[Answer::json::<PlansView>(200, "The plans, as configured.")],
    ..Endpoint::get("/billing/plans", "billingPlans")
};

/// The ports and settings that the function needs.
pub const NEEDS: Needs = Needs { settings: &["Plans"], ..Needs::NOTHING };

/// Shows the plans.
pub fn handle(plans: &Plans) -> ApiResponse {
    ApiResponse::json(StatusCode::OK, &PlansView { data: &plans.0 })
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let plans = stack.give()?;
    serve_public(&stack, &ENDPOINT, |_| ready(Ok(handle(&plans)))).await
}
