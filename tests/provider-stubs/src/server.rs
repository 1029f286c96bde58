//! The server itself.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::calls::{Call, Ledger};
use crate::script::Script;
use crate::service::Service;

/// A running stub; ends, with all its connections, when it is dropped.
#[derive(Debug)]
pub struct ProviderStub {
    ledger: Ledger,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl ProviderStub {
    /// The key that the binary requires by default.
    pub const DEFAULT_API_KEY: &str = "provider-stubs-key";

    /// Serves on the loopback interface; port 0 means one that is free.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(port: u16, api_key: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let ledger = Ledger::default();
        let task = tokio::spawn(serve(listener, ledger.clone(), api_key.to_owned()));
        Ok(Self { ledger, address, task })
    }

    /// What a session's `baseUrl` is to be.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// All calls since the start or the last reset, in the order in which they came.
    pub fn calls(&self) -> Vec<Call> {
        self.ledger.calls()
    }

    /// How many connections were accepted since the start or the last reset.
    pub fn connections(&self) -> u64 {
        self.ledger.connections()
    }

    /// Replaces the script.
    pub fn set_script(&self, script: Script) {
        self.ledger.set_script(script);
    }

    /// Forgets all calls, and goes back to the default script.
    pub fn reset(&self) {
        self.ledger.reset();
    }
}

impl Drop for ProviderStub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, ledger: Ledger, api_key: String) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        if let Some(connection) = ledger.connected() {
            let service = Service { ledger: ledger.clone(), api_key: api_key.clone(), connection };
            connections.spawn(converse(stream, service));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(stream: TcpStream, service: Service) {
    let service = service_fn(move |request| service.clone().answer(request));
    // However a connection ends, the next one is served; what came over it is in the ledger.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
