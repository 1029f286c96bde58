//! The Lambda function behind `GET /campaigns`.

use list_campaigns::Deps;
use shared::adapters::SystemClock;
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.front(LimitKind::Other)?,
        campaigns: stack.campaigns(),
        clock: SystemClock,
        default_pacing: stack.env.default_pacing(),
    };
    stack.env.check()?;
    serve_api(|request| list_campaigns::handle(&deps, request)).await
}
