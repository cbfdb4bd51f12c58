//! Whether the way to the peer loses what is long: the two ends of a link, or a switch between them, differ in their MTU.

use crate::transport::Flight;
use std::time::Instant;

/// The same segment sent so often in vain is lost for a reason.
const IN_VAIN: u8 = 3;

/// What is known of the way to the peer during one session.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path {
    stalled_since: Option<Instant>,
    lost: Option<u32>,
}

impl Path {
    /// Takes in what TCP says; true if from now on segments are known to get lost.
    ///
    /// A link that is dead in both directions looks the same at first. But then the peer is not heard either.
    pub(super) fn look(&mut self, flight: Flight, now: Instant) -> bool {
        if flight.in_vain < IN_VAIN {
            *self = Self::default();
            return false;
        }
        let since = *self.stalled_since.get_or_insert(now);
        let is_heard = flight.heard_ago < now.saturating_duration_since(since);
        let is_news = is_heard && self.lost.is_none();
        if is_news {
            self.lost = Some(flight.mss);
        }
        is_news
    }

    /// What to tell an operator, and what to do about it.
    pub(super) fn diagnosis(&self) -> Option<(String, String)> {
        let mss = self.lost?;
        Some((
            format!("what is sent to the peer gets lost, and the peer is heard: segments of up to {mss} octets stall"),
            "give both ends of the link and all between them the same MTU, e.g. `ip link set dev eth1 mtu 1500`; a tunnel \
             or a VLAN on the way needs room for its header"
                .to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn only_a_peer_that_is_heard_while_segments_stall_has_an_mtu_of_its_own() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let stalled = |heard_s| Flight { in_vain: 5, mss: 1448, heard_ago: Duration::from_secs(heard_s) };
        let mut dead = Path::default();
        assert!(!dead.look(stalled(1), at(0)));
        assert!(!dead.look(stalled(3), at(2)) && !dead.look(stalled(61), at(60)));
        assert_eq!(dead.diagnosis(), None);
        let mut narrow = Path::default();
        assert!(!narrow.look(stalled(1), at(0)));
        assert!(narrow.look(stalled(1), at(2)));
        assert!(!narrow.look(stalled(0), at(4)), "once");
        assert!(narrow.diagnosis().is_some_and(|(cause, _)| cause.contains("1448")));
        let well = Flight { in_vain: 0, ..stalled(0) };
        assert!(!narrow.look(well, at(6)));
        assert_eq!(narrow.diagnosis(), None);
    }
}
