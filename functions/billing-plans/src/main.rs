//! The Lambda function behind `GET /api/v1/billing/plans`.

use billing_plans::Deps;
use shared::adapters::SystemClock;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start().await;
    let deps = Deps { front: stack.public_front(), clock: SystemClock, plans: stack.env.plans() };
    stack.env.check()?;
    serve_api(|request| billing_plans::handle(&deps, request)).await
}
