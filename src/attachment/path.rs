//! Whether the way to the peer loses what is long: the two ends of a link, or a switch between them, differ in their MTU.

use crate::transport::Flight;

/// The same segment sent so often in vain is lost for a reason.
const IN_VAIN: u8 = 3;

/// What is known of the way to the peer during one session.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path {
    /// What TCP said when a segment had been sent in vain; nothing has been acknowledged since.
    stalled: Option<Flight>,
    lost: Option<u32>,
}

impl Path {
    /// Takes in what TCP says; true if from now on segments are known to get lost.
    ///
    /// A link that is dead in both directions looks the same at first. But then the peer is not heard either: not even what it
    /// says again, as our answers go with the segments that get lost. And a peer that only has no room is not sent any.
    pub(super) fn look(&mut self, flight: Flight) -> bool {
        let Some(before) = self.stalled.filter(|before| before.acknowledged == flight.acknowledged) else {
            *self = Self { stalled: (flight.in_vain >= IN_VAIN).then_some(flight), lost: None };
            return false;
        };
        let is_heard = flight.received != before.received;
        let is_sent_again = flight.sent != before.sent;
        let is_news = is_heard && is_sent_again && self.lost.is_none();
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

    /// A segment sent in vain after so many segments sent and received.
    fn stalled(sent: u32, received: u32) -> Flight {
        Flight { in_vain: 5, mss: 1448, acknowledged: 100, sent, received }
    }

    #[test]
    fn only_a_peer_that_is_heard_while_segments_stall_has_an_mtu_of_its_own() {
        let mut dead = Path::default();
        assert!(!dead.look(stalled(10, 7)));
        assert!(!dead.look(stalled(11, 7)) && !dead.look(stalled(16, 7)));
        assert_eq!(dead.diagnosis(), None);
        let mut narrow = Path::default();
        assert!(!narrow.look(stalled(10, 7)));
        assert!(narrow.look(stalled(11, 8)));
        assert!(!narrow.look(stalled(12, 9)), "once");
        assert!(narrow.diagnosis().is_some_and(|(cause, _)| cause.contains("1448")));
        let well = Flight { in_vain: 0, acknowledged: 1_100, ..stalled(13, 10) };
        assert!(!narrow.look(well));
        assert_eq!(narrow.diagnosis(), None);
    }

    /// Where the own device drops a segment, whatever arrives begins the count of what is sent in vain again.
    #[test]
    fn a_peer_that_is_heard_between_two_attempts_is_heard() {
        let mut path = Path::default();
        assert!(!path.look(stalled(10, 7)));
        assert!(path.look(Flight { in_vain: 0, ..stalled(14, 8) }));
        assert!(path.diagnosis().is_some());
    }

    #[test]
    fn a_peer_without_room_is_not_sent_segments_that_get_lost() {
        let mut path = Path::default();
        assert!(!path.look(stalled(10, 7)));
        assert!(!path.look(Flight { in_vain: 0, ..stalled(10, 8) }) && !path.look(stalled(10, 12)));
        assert_eq!(path.diagnosis(), None);
    }
}
