//! `provider-stubs [--port N] [--api-key KEY]`: serves until it is ended.

use provider_stubs::ProviderStub;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = argument("--port").map_or(Ok(0), |port| port.parse()).map_err(std::io::Error::other)?;
    let api_key = argument("--api-key").unwrap_or_else(|| ProviderStub::DEFAULT_API_KEY.to_owned());
    let stub = ProviderStub::start(port, &api_key).await?;
    announce(&stub);
    std::future::pending().await
}

fn argument(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

#[expect(clippy::print_stdout, reason = "scripts read the address from the standard output")]
fn announce(stub: &ProviderStub) {
    println!("{}", stub.base_url());
}
