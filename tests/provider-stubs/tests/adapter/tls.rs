//! Servers whose certificates are not to be trusted: nothing is written to them.

use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::world::{brief, detail, send_by_cloud_api, send_to, text};

/// A server that proves who it is by a certificate nobody signed; answers with how much it received.
async fn self_signed(names: &[&str]) -> (String, JoinHandle<usize>) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let certified = rcgen::generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::Pkcs8(certified.signing_key.serialize_der().into());
    let chain = vec![certified.cert.der().clone()];
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        match acceptor.accept(stream).await {
            Ok(mut stream) => stream.read(&mut [0; 1024]).await.unwrap_or_default(),
            Err(_) => 0,
        }
    });
    (base_url, server)
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_holds_the_session() {
    for names in [&["localhost"] as &[&str], &["another.example"]] {
        let (base_url, server) = self_signed(names).await;
        let outcome = send_to(&base_url).await;
        assert_eq!(brief(&outcome), ("held", "provider_unreachable"));
        assert_eq!(detail(&outcome), "The TLS certificate of the WAHA server is not valid.");
        assert_eq!(server.await.unwrap(), 0);
    }
    let (base_url, server) = self_signed(&["localhost"]).await;
    let outcome = send_by_cloud_api(&base_url, &text("16505551234")).await;
    assert_eq!(detail(&outcome), "The TLS certificate of the Cloud API is not valid.");
    assert_eq!(server.await.unwrap(), 0);
}
