use super::*;

/// A header with a length and a type, and `body` octets behind it.
fn message(length: u16, kind: u8, body: usize) -> Vec<u8> {
    let mut octets = MARKER.to_vec();
    octets.extend(length.to_be_bytes());
    octets.push(kind);
    octets.resize(HEADER_OCTETS + body, 0);
    octets
}

#[test]
fn a_header_is_judged_before_its_body_arrives() {
    use MessageLimit::{Extended, Standard};
    let bad = |length, kind| Err(HeaderError::BadLength { length, kind });
    for (rule, length, kind, limit, want) in [
        ("4.1 shorter than a header", 18, 4, Standard, bad(18, None)),
        ("4.1 longer than 4,096", 4097, 2, Standard, bad(4097, None)),
        ("RFC 8654 UPDATE longer than 4,096", 4097, 2, Extended, Ok(None)),
        ("RFC 8654 NOTIFICATION longer than 4,096", 4097, 3, Extended, Ok(None)),
        ("RFC 8654 OPEN stays at 4,096", 4097, 1, Extended, bad(4097, Some(MessageType::Open))),
        ("4.1 OPEN at its maximum", 4096, 1, Extended, Ok(None)),
        ("6.1 OPEN below 29", 28, 1, Standard, bad(28, Some(MessageType::Open))),
        ("6.1 UPDATE below 23", 22, 2, Standard, bad(22, Some(MessageType::Update))),
        ("6.1 NOTIFICATION below 21", 20, 3, Standard, bad(20, Some(MessageType::Notification))),
        ("6.1 KEEPALIVE with a body", 20, 4, Standard, bad(20, Some(MessageType::Keepalive))),
        ("RFC 2918 ROUTE-REFRESH below 23", 22, 5, Standard, bad(22, Some(MessageType::RouteRefresh))),
        ("RFC 5291 filters are not negotiated", 24, 5, Standard, bad(24, Some(MessageType::RouteRefresh))),
        ("6.1 type 0", 19, 0, Standard, Err(HeaderError::BadType(0))),
        ("6.1 type 6", 100, 6, Standard, Err(HeaderError::BadType(6))),
        ("6.1 the length comes before the type", 18, 6, Standard, bad(18, None)),
    ] {
        assert_eq!(frame(&message(length, kind, 0), limit), want, "{rule}");
    }
}

#[test]
fn a_marker_that_is_not_all_ones_is_an_error_of_its_own() {
    for position in 0..16 {
        let mut octets = message(19, 4, 0);
        octets[position] = 0xFE;
        assert_eq!(frame(&octets, MessageLimit::Standard), Err(HeaderError::NotSynchronized));
    }
}

#[test]
fn a_frame_ends_where_its_length_says() {
    let mut two = message(23, 2, 4);
    two.extend(message(19, 4, 0));
    let first = frame(&two, MessageLimit::Standard).unwrap().unwrap();
    assert_eq!((first.kind, first.body, first.octets()), (MessageType::Update, &[0; 4][..], 23));
    let second = frame(&two[23..], MessageLimit::Standard).unwrap().unwrap();
    assert_eq!((second.kind, second.octets()), (MessageType::Keepalive, 19));
}

#[test]
fn the_erroneous_field_is_the_data() {
    for (error, want) in [
        (HeaderError::NotSynchronized, (1, 1, vec![])),
        (HeaderError::BadLength { length: 4097, kind: None }, (1, 2, vec![0x10, 0x01])),
        (HeaderError::BadType(77), (1, 3, vec![77])),
    ] {
        let Notification { code, data } = error.notification();
        let (number, subcode) = code.numbers();
        assert_eq!((number, subcode, data), want, "{error}");
    }
}
