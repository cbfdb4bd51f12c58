//! The MSEE addresses that the daemon itself puts on links, if the plan says so.

use super::{events::EntryKind, lower, task::Daemon};
use crate::transport::{LinkFault, OwnAddresses};

/// The daemon's way to the links.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Opened when the first address is wanted.
    own: Option<OwnAddresses>,
    /// What was reported last, so that it is reported once.
    faults: Vec<LinkFault>,
}

impl Links {
    /// True if news of links concern us.
    pub(super) fn are_managed(&self) -> bool {
        self.own.is_some()
    }

    /// Takes our addresses away.
    pub(super) async fn leave(self) {
        if let Some(own) = self.own {
            own.leave().await;
        }
    }
}

impl Daemon {
    /// Makes the links have the addresses of the plan, as far as they are there; what is not is reported.
    pub(super) async fn settle_links(&mut self) {
        let wanted = lower::managed(&self.plan);
        if self.links.own.is_none() && wanted.is_empty() {
            return;
        }
        let faults = match self.links.own.take().map_or_else(OwnAddresses::open, Ok) {
            Ok(mut own) => {
                let faults = own.settle(&wanted).await;
                self.links.own = Some(own);
                faults
            }
            Err(error) => vec![LinkFault::Unreadable(error.to_string())],
        };
        let known = std::mem::replace(&mut self.links.faults, faults.clone());
        for fault in faults.into_iter().filter(|fault| !known.contains(fault)) {
            let message = format!("{fault}; {}", fault.remedy());
            tracing::warn!("{message}");
            self.note(None, EntryKind::LinkNotReady, message);
        }
    }
}
