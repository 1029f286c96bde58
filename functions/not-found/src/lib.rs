//! The `$default` route: answers every path that there is not.

#[cfg(feature = "lambda")]
use std::future::ready;

use shared::http::{Access, Endpoint, ErrorCode, Problem, PublicCall};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_public};
use shared::world::Needs;

/// The endpoint, which stands for all that are none.
pub const ENDPOINT: Endpoint = Endpoint { access: Access::Public, ..Endpoint::get("$default", "notFound") };

/// The ports and settings that the function needs.
pub const NEEDS: Needs = Needs::NOTHING;

/// Says that there is no such path.
pub fn handle(call: &PublicCall) -> Problem {
    let shown: String = call.request.path.chars().take(100).collect();
    let detail = format!("There is no {} {shown}. The API is below /api/v1.", call.request.method);
    Problem::new(ErrorCode::RouteNotFound, detail)
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    serve_public(&stack, &ENDPOINT, |call| ready(Err(handle(&call)))).await
}
