//! One binary for the local stack: it is the function that its handler names (see `local/deploy.py`).

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    let name = shared::config::handler();
    let function = local_functions::named(&name).ok_or_else(|| format!("there is no function {name:?}"))?;
    (function.run)().await
}
