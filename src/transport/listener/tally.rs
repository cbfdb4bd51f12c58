//! What a listener has accepted and refused.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number of events since the registration; read by anybody, at any time.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// The number now.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Connections from one peer.
#[derive(Debug, Default)]
pub struct PeerTally {
    /// Handed over.
    pub accepted: Counter,
    /// Reset, because the peer's channel was full or closed.
    pub not_taken: Counter,
    /// Reset by GTSM: the SYN had passed a router, or was not sent with TTL 255.
    pub too_far: Counter,
    /// Reset, because the kernel did not take the key or another option for it.
    pub unfit: Counter,
}

/// What happened on one endpoint apart from its peers.
#[derive(Debug, Default)]
pub struct EndpointTally {
    /// Connections reset, because no peer has their source address.
    pub strangers: Counter,
    /// Attempts to accept that failed, e.g. for want of descriptors; a pause follows each.
    pub stalls: Counter,
}
