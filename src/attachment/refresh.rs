//! ROUTE-REFRESH: the peer wants everything again, or announces everything again.

use super::task::Attachment;
use crate::wire::{RefreshSubtype, RouteRefresh, RouteRefreshSupport};
use std::time::Instant;

impl Attachment {
    /// Answers the requests that have waited long enough.
    pub(super) fn answer_requests(&mut self, now: Instant) {
        for index in 0..self.links.len() {
            let Some(link) = self.links.get_mut(index) else { return };
            for family in link.requests.expire(now).iter() {
                self.again(index, family);
            }
        }
    }

    /// Takes in a ROUTE-REFRESH (RFC 2918 section 4, RFC 7313 section 4); what it cannot mean is ignored.
    pub(super) fn refresh(&mut self, index: usize, refresh: RouteRefresh, now: Instant) {
        let Some(link) = self.links.get_mut(index) else { return };
        let Some((_, negotiated)) = link.established else { return };
        let Some(family) = refresh.family().filter(|family| negotiated.families.contains(*family)) else {
            return;
        };
        let marked = negotiated.route_refresh == RouteRefreshSupport::Enhanced;
        match refresh.subtype {
            RefreshSubtype::Request if link.requests.ask(family, now) => self.again(index, family),
            // Before End-of-RIB nothing but what the restart has left can be stale.
            RefreshSubtype::Begin if marked && !link.retention.is_coming_back(family) => {
                link.refreshing.begin(family, now);
                self.routes.refreshing(family);
            }
            RefreshSubtype::End if marked && link.refreshing.end(family) => {
                self.routes.leave_stale(crate::family::Families::NONE.with(family));
            }
            RefreshSubtype::Request | RefreshSubtype::Begin | RefreshSubtype::End => {}
            RefreshSubtype::Unknown(subtype) => {
                let peer = link.settings.peer_address;
                tracing::debug!(attachment = %self.settings.id, %peer, subtype, "ROUTE-REFRESH ignored");
            }
        }
    }
}
