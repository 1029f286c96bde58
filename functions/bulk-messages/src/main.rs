//! The Lambda function behind `POST /messages/bulk`.

use bulk_messages::Deps;
use shared::adapters::{SystemClock, SystemEntropy};
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.front(LimitKind::Bulk)?,
        sessions: stack.sessions()?,
        campaigns: stack.campaigns(),
        files: stack.files(),
        steps: stack.steps(),
        answers: stack.answers()?,
        clock: SystemClock,
        entropy: SystemEntropy,
        rules: stack.env.bulk_rules(),
    };
    stack.env.check()?;
    serve_api(|request| bulk_messages::handle(&deps, request)).await
}
