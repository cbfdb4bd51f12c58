//! NOTIFICATIONs of the peer end the session without an answer, whatever is in them (RFC 4271 section 6.4, RFC 4486, RFC 9003).

use super::case::{Case, State, closed};
use crate::octets::{counted, notification};

pub(crate) fn cases() -> Vec<Case> {
    let row = |rule, name, code, subcode, data: &[u8]| {
        closed(rule, name, State::Established, notification(code, subcode, data))
    };
    let early =
        |name, state, code, subcode| closed("RFC 4271 6.4", name, state, notification(code, subcode, &[]));
    let text = |name, text: &[u8]| row("RFC 9003 2", name, 6, 2, text);
    vec![
        row("RFC 4271 6.4", "a message header error", 1, 2, &[0, 18]),
        row("RFC 4271 6.4", "an OPEN error", 2, 2, &[]),
        row("RFC 4271 6.4", "an UPDATE error with its attribute", 3, 5, &[0x40, 1, 2, 0, 0]),
        row("RFC 4271 6.4", "hold timer expired", 4, 0, &[]),
        row("RFC 6608 4", "a finite state machine error", 5, 3, &[1]),
        row("RFC 4486 4", "Cease", 6, 0, &[]),
        row("RFC 4486 4", "Cease: too many prefixes", 6, 1, &[0, 1, 1, 0, 0, 0, 9]),
        row("RFC 4486 4", "Cease: administrative shutdown", 6, 2, &[]),
        row("RFC 4486 4", "Cease: peer de-configured", 6, 3, &[]),
        row("RFC 4486 4", "Cease: administrative reset", 6, 4, &[]),
        row("RFC 4486 4", "Cease: connection rejected", 6, 5, &[]),
        row("RFC 4486 4", "Cease: other configuration change", 6, 6, &[]),
        row("RFC 4486 4", "Cease: collision", 6, 7, &[]),
        row("RFC 4486 4", "Cease: out of resources", 6, 8, &[]),
        row("RFC 8538 3", "Cease: hard reset", 6, 9, &[6, 2]),
        row("RFC 4271 6.4", "a subcode of Cease that nobody knows", 6, 200, &[]),
        row("RFC 7313 5", "a ROUTE-REFRESH error", 7, 1, &[]),
        row("RFC 9687 4", "send hold timer expired", 8, 0, &[]),
        row("RFC 4271 6.4", "code 0", 0, 0, &[]),
        row("RFC 4271 6.4", "a code that nobody knows", 77, 7, &[1, 2, 3]),
        row("RFC 4271 6.4", "4,000 octets of data", 77, 7, &[0xA5; 4000]),
        text("a text", &counted(b"maintenance")),
        text("a text of no octets", &[0]),
        text("a text of 128 octets", &counted(&[b'x'; 128])),
        text("a text of 255 octets", &counted(&[b'x'; 255])),
        text("a text longer than its data", &[200, b'x']),
        text("a text that is not UTF-8", &counted(&[0xFF, 0xC0, 0x80])),
        text("a text with octets behind it", &[1, b'x', b'y', b'z']),
        early("a NOTIFICATION in OpenSent", State::OpenSent, 2, 2),
        early("a version error in OpenSent", State::OpenSent, 2, 1),
        early("a NOTIFICATION in OpenConfirm", State::OpenConfirm, 6, 5),
    ]
}

#[test]
fn a_notification_ends_the_session_and_is_not_answered() {
    super::run::msee_passes(&cases());
}
