//! The Lambda function behind `POST /campaigns/{id}/resume`.

use resume_campaign::Deps;
use shared::adapters::{SystemClock, SystemEntropy};
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.front(LimitKind::Other)?,
        campaigns: stack.campaigns(),
        tickets: stack.tickets(),
        timer: stack.timer(),
        clock: SystemClock,
        entropy: SystemEntropy,
        default_pacing: stack.env.default_pacing(),
    };
    stack.env.check()?;
    serve_api(|request| resume_campaign::handle(&deps, request)).await
}
