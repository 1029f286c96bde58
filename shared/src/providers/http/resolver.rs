//! Resolving names to addresses that may be connected to.

use std::error::Error;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use domain::values::reach::Reach;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// A way to resolve names.
pub(super) trait Lookup: Send + Sync + 'static {
    /// The addresses of a name.
    fn addresses(&self, name: &str) -> impl Future<Output = io::Result<Vec<IpAddr>>> + Send;
}

/// That of the operating system.
pub(super) struct SystemLookup;

impl Lookup for SystemLookup {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// A name leads to an address that may not be connected to.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to {0}, which is not public")]
pub(super) struct AddressRefused(IpAddr);

/// Lets names through whose addresses are all within reach.
///
/// The client connects to what this returns, and asks no second time: a name that leads elsewhere a moment later
/// (rebinding) changes nothing. One address out of reach is enough to refuse a name: a public server has none, and which
/// of several is connected to would be chance. Hosts that are addresses themselves never come here; they are checked
/// with the URL.
pub(super) struct Guarded<L> {
    reach: Reach,
    lookup: Arc<L>,
}

impl<L> Guarded<L> {
    pub(super) fn new(reach: Reach, lookup: L) -> Self {
        Self { reach, lookup: Arc::new(lookup) }
    }
}

impl<L: Lookup> Resolve for Guarded<L> {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, lookup) = (self.reach, Arc::clone(&self.lookup));
        Box::pin(async move { resolved(reach, &*lookup, name.as_str()).await })
    }
}

async fn resolved<L: Lookup>(
    reach: Reach,
    lookup: &L,
    name: &str,
) -> Result<Addrs, Box<dyn Error + Send + Sync>> {
    let addresses = lookup.addresses(name).await?;
    if let Some(refused) = addresses.iter().find(|address| !reach.allows_address(**address)) {
        return Err(AddressRefused(*refused).into());
    }
    // The port is the URL's.
    Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))))
}
