//! The Lambda function behind `POST /messages/bulk/uploads`.

use bulk_uploads::Deps;
use shared::adapters::{SystemClock, SystemEntropy};
use shared::http::LimitKind;
use shared::runtime::{Error, Stack, serve_api};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = Stack::start_with_secret().await?;
    let deps = Deps {
        front: stack.front(LimitKind::Bulk)?,
        sessions: stack.sessions()?,
        files: stack.files(),
        answers: stack.answers()?,
        clock: SystemClock,
        entropy: SystemEntropy,
        rules: stack.env.bulk_rules(),
    };
    stack.env.check()?;
    serve_api(|request| bulk_uploads::handle(&deps, request)).await
}
