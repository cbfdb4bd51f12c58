use super::*;
use crate::{
    family::Family,
    wire::{Capability, MessageType, samples::hex},
};

#[test]
fn every_code_and_subcode_has_its_number_both_ways() {
    for code in 0..=255 {
        for subcode in 0..=255 {
            assert_eq!(ErrorCode::from_numbers(code, subcode).numbers(), (code, subcode));
        }
    }
    let names = |code: u8| {
        (0..=255).filter(move |subcode| {
            !matches!(ErrorCode::from_numbers(code, *subcode), ErrorCode::Unassigned { .. })
        })
    };
    for (code, subcodes) in [
        (1, &[0, 1, 2, 3][..]),
        (2, &[0, 1, 2, 3, 4, 6, 7, 11]),
        (3, &[0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11]),
        (4, &[0]),
        (5, &[0, 1, 2, 3]),
        (6, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (8, &[0]),
    ] {
        assert!(names(code).eq(subcodes.iter().copied()), "code {code}");
    }
}

#[test]
fn notifications_read_in_words() {
    for (notification, want) in [
        (Notification::HOLD_TIMER_EXPIRED, "hold timer expired"),
        (Notification::SEND_HOLD_TIMER_EXPIRED, "send hold timer expired"),
        (Notification::COLLISION, "Cease/connection collision resolution"),
        (Notification::maximum_prefixes(Family::Ipv4, 4000), "Cease/maximum number of prefixes reached"),
        (Notification::shutdown(None), "Cease/administrative shutdown"),
        (Notification::shutdown(Some("até logo\n")), r#"Cease/administrative shutdown "até logo\n""#),
        (
            Notification::unexpected(FsmSubcode::OpenSent, MessageType::Update),
            "finite state machine error/unexpected message in OpenSent",
        ),
        (Notification::bare(ErrorCode::Update(UpdateSubcode::Unspecific)), "UPDATE message error"),
        (
            Notification::bare(ErrorCode::from_numbers(7, 1)),
            "ROUTE-REFRESH message error/invalid message length",
        ),
        (
            Notification::shutdown(Some("bye")).hard_reset(),
            r#"Cease/hard reset (Cease/administrative shutdown "bye")"#,
        ),
        (Notification::cease(CeaseSubcode::HardReset), "Cease/hard reset"),
        (Notification::cease(CeaseSubcode::HardReset).hard_reset(), "Cease/hard reset"),
        (Notification::bare(ErrorCode::from_numbers(6, 99)), "code 6/subcode 99"),
    ] {
        assert_eq!(notification.to_string(), want);
    }
}

#[test]
fn data_stands_as_the_rfcs_draw_it() {
    let lacking = [Capability::Multiprotocol(Family::Ipv6)];
    for (rule, notification, numbers, data) in [
        ("RFC 4486 4", Notification::maximum_prefixes(Family::Ipv6, 100), (6, 1), "0002 01 00000064"),
        ("RFC 5492 5", Notification::unsupported_capability(&lacking), (2, 7), "0104 0002 00 01"),
        ("RFC 6608 4", Notification::unexpected(FsmSubcode::Established, MessageType::Open), (5, 3), "01"),
        ("RFC 9003 2", Notification::administrative_reset(Some("hi")), (6, 4), "02 6869"),
        (
            "RFC 8538 3.1",
            Notification::maximum_prefixes(Family::Ipv4, 9).hard_reset(),
            (6, 9),
            "0601 0001 01 00000009",
        ),
        ("RFC 9003 2 no text", Notification::shutdown(None), (6, 2), ""),
    ] {
        assert_eq!((notification.code.numbers(), notification.data), (numbers, hex(data)), "{rule}");
    }
}

#[test]
fn a_shutdown_text_is_cut_at_a_character() {
    let text = format!("{}€", "a".repeat(254));
    let notification = Notification::shutdown(Some(&text));
    assert_eq!((notification.data.len(), notification.data[0]), (255, 254));
    assert_eq!(notification.shutdown_text(), Some("a".repeat(254)));
    let text = "a".repeat(255);
    assert_eq!(Notification::shutdown(Some(&text)).shutdown_text(), Some(text));
}

#[test]
fn a_shutdown_text_is_read_whatever_its_length_says() {
    let text = |code, data: &str| Notification { code, data: hex(data) }.shutdown_text();
    let shutdown = ErrorCode::Cease(CeaseSubcode::AdministrativeShutdown);
    for (rule, data, want) in [
        ("RFC 9003 2", "02 6869", Some("hi")),
        ("octets behind the text", "01 6869", Some("h")),
        ("a length beyond the data", "ff 6869", Some("hi")),
        ("not UTF-8", "02 68ff", Some("h\u{FFFD}")),
        ("no text", "00", None),
        ("no length", "", None),
    ] {
        assert_eq!(text(shutdown, data).as_deref(), want, "{rule}");
    }
    assert_eq!(text(ErrorCode::HoldTimerExpired, "02 6869"), None);
}
