//! When links and addresses come and go.

use futures_util::StreamExt;
use rtnetlink::MulticastGroup;
use std::{future::pending, io};
use tokio::sync::watch;

/// Tells that a link or an address of this machine has changed; clones hear of the same changes.
#[derive(Clone, Debug)]
pub struct AddressNews(Option<watch::Receiver<()>>);

impl AddressNews {
    /// No news, where nothing waits for an address.
    pub const fn none() -> Self {
        Self(None)
    }

    /// News of the network namespace that the process is in. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// If there is no netlink socket to be had.
    pub fn listen() -> io::Result<Self> {
        let groups = [MulticastGroup::Link, MulticastGroup::Ipv4Ifaddr, MulticastGroup::Ipv6Ifaddr];
        let (connection, handle, mut messages) = rtnetlink::new_multicast_connection(&groups)?;
        let (sender, receiver) = watch::channel(());
        tokio::spawn(connection);
        // Messages are thrown away as they come, so that none wait: what has changed, the kernel knows best.
        tokio::spawn(async move {
            let _open = handle;
            while messages.next().await.is_some() {
                if sender.send(()).is_err() {
                    break;
                }
            }
        });
        Ok(Self(Some(receiver)))
    }

    /// Waits for the next change; for ever if there is no news.
    pub async fn changed(&mut self) {
        if let Some(receiver) = &mut self.0
            && receiver.changed().await.is_ok()
        {
            return;
        }
        pending::<()>().await;
    }
}
