//! What an operator reads when a session ends, and the step that he is told.

use super::{EDGE, Notification, seconds};
use crate::{
    asn::Asn,
    family::{Families, Family},
    session::{AutomaticStop, DownReason, OpenFault, OpenRefusal, StateName, Stop, TcpFailure},
    wire::{
        HeaderError, MessageType,
        notification::{CeaseSubcode, ErrorCode, OpenSubcode},
    },
};

#[test]
fn every_reason_is_a_sentence_for_an_operator() {
    let refused = |refusal| DownReason::Open(OpenFault::Refused(refusal));
    let both = Families::BOTH;
    for (reason, words, has_remedy) in [
        (
            DownReason::Stopped(Stop::Shutdown(Some("maintenance".into()))),
            "administratively shut down: \"maintenance\"",
            true,
        ),
        (DownReason::Stopped(Stop::Reset(None)), "administratively reset", false),
        (
            DownReason::Limited(AutomaticStop::PrefixLimit { family: Family::Ipv6, count: 101 }),
            "ipv6 prefix limit of 101 exceeded",
            true,
        ),
        (DownReason::HoldTimerExpired(seconds(180)), "hold timer expired: nothing was heard for 180 s", true),
        (DownReason::NoOpen(seconds(20)), "the peer sent no OPEN within 20 s", true),
        (
            DownReason::NotificationReceived(Notification::shutdown(Some("fibre\nwork"))),
            "the peer sent NOTIFICATION Cease/administrative shutdown \"fibre\\nwork\"",
            true,
        ),
        (
            DownReason::NotificationReceived(Notification::bare(ErrorCode::Open(OpenSubcode::BadPeerAs))),
            "the peer sent NOTIFICATION OPEN message error/bad peer AS",
            true,
        ),
        (
            refused(OpenRefusal::WrongAs { expected: EDGE, found: Asn::constant(65011) }),
            "the peer says that it is AS 65011, configured is AS 65010",
            true,
        ),
        (
            refused(OpenRefusal::NoCommonFamily { wanted: Families::IPV6, offered: Families::IPV4 }),
            "no address family in common: ipv6 here, ipv4 at the peer",
            true,
        ),
        (
            refused(OpenRefusal::NoCommonFamily { wanted: both, offered: Families::NONE }),
            "no address family in common: ipv4,ipv6 here, none that is known here at the peer",
            true,
        ),
        (
            DownReason::UnexpectedMessage { message: MessageType::Update, state: StateName::OpenConfirm },
            "the peer sent UPDATE in state OpenConfirm, which does not allow it",
            false,
        ),
        (
            DownReason::Header(HeaderError::NotSynchronized),
            "the marker of the message header is not all ones",
            true,
        ),
        (DownReason::Tcp(TcpFailure::ClosedByPeer), "the peer closed the TCP connection", true),
        (
            DownReason::Tcp(TcpFailure::Broken("connection reset by peer".into())),
            "TCP connection lost: connection reset by peer",
            false,
        ),
        (DownReason::DialTimedOut(seconds(5)), "no answer to our TCP connection within 5 s", true),
        (DownReason::Collision, "closed in favour of another connection with the same peer", false),
    ] {
        assert_eq!(reason.to_string(), words);
        assert_eq!(reason.remedy().is_some(), has_remedy, "{words}");
    }
}

#[test]
fn a_notification_is_never_answered() {
    for reason in [
        DownReason::NotificationReceived(Notification::cease(CeaseSubcode::HardReset)),
        DownReason::Tcp(TcpFailure::ClosedByPeer),
        DownReason::DialTimedOut(seconds(5)),
    ] {
        assert_eq!(reason.notification(), None, "{reason}");
    }
}
