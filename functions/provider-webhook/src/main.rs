//! The Lambda function behind `/provider-webhooks/{provider}/{sessionId}`.

use domain::message::Retention;
use provider_webhook::Deps;
use shared::adapters::SystemClock;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        sessions: stack.sessions()?,
        messages: stack.messages(),
        timer: stack.timer(),
        clock: SystemClock,
        retention: Retention::days(stack.env.value("MESSAGE_TTL_DAYS")),
    };
    stack.env.check()?;
    serve_api(|request| provider_webhook::handle(&deps, request)).await
}
