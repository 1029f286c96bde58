//! The Lambda function behind `POST /messages/send`.

use domain::message::Retention;
use send_message::Deps;
use shared::adapters::{SystemClock, SystemEntropy};
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.front(LimitKind::Send)?,
        sessions: stack.sessions()?,
        messages: stack.messages(),
        announcer: stack.announcer(),
        answers: stack.answers()?,
        clock: SystemClock,
        entropy: SystemEntropy,
        retention: Retention::days(stack.env.value("MESSAGE_TTL_DAYS")),
    };
    stack.env.check()?;
    serve_api(|request| send_message::handle(&deps, request)).await
}
