//! One binary for the local stack: it is the function that Lambda's environment names.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::runtime::Error> {
    let name = shared::config::function_name();
    let function = local_functions::named(&name).ok_or_else(|| format!("there is no function {name:?}"))?;
    (function.run)().await
}
