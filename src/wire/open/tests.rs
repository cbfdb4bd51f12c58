use super::*;
use crate::{
    family::{Family, PerFamily},
    wire::{ForwardingState, Notifications, RestartCapability, RestartState, RestartTime, samples::hex},
};
use bytes::BytesMut;

/// An OPEN of AS 65010 with 180 s and 10.0.0.1, and these optional parameters with their length.
fn with(parameters: &str) -> Result<Open, OpenError> {
    Open::decode(&hex(&format!("04 fdf2 00b4 0a000001 {parameters}")))
}

fn capabilities(parameters: &str) -> Result<Vec<Capability>, OpenError> {
    with(parameters).map(|open| open.capabilities)
}

#[test]
fn fixed_fields_are_judged_as_rfc_4271_6_2_says() {
    for (rule, body, want, numbers, data) in [
        ("version 3", "03 fdf2 00b4 0a000001 00", OpenError::Version(3), (2, 1), "0004"),
        ("version 5", "05 fdf2 00b4 0a000001 00", OpenError::Version(5), (2, 1), "0004"),
        ("RFC 7607 AS 0", "04 0000 00b4 0a000001 00", OpenError::AsZero, (2, 2), ""),
        ("hold time of 1 s", "04 fdf2 0001 0a000001 00", OpenError::HoldTime(1), (2, 6), ""),
        ("hold time of 2 s", "04 fdf2 0002 0a000001 00", OpenError::HoldTime(2), (2, 6), ""),
        ("RFC 6286 identifier 0.0.0.0", "04 fdf2 00b4 00000000 00", OpenError::Identifier, (2, 3), ""),
    ] {
        let error = Open::decode(&hex(body)).unwrap_err();
        let notification = error.notification();
        assert_eq!(error, want, "{rule}");
        assert_eq!((notification.code.numbers(), notification.data), (numbers, hex(data)), "{rule}");
    }
    assert_eq!(Open::decode(&hex("04 fdf2 0000 0a000001 00")).unwrap().hold_time, HoldTime::Off);
    assert_eq!(Open::decode(&hex("04 fdf2 0003 0a000001 00")).unwrap().hold_time.seconds(), 3);
}

#[test]
fn the_as_number_comes_from_the_capability() {
    let decode = |field: &str, parameters: &str| {
        Open::decode(&hex(&format!("04 {field} 00b4 0a000001 {parameters}"))).map(|open| open.asn.get())
    };
    let mismatch = OpenError::AsMismatch { field: 65010, capability: Asn::constant(65011) };
    for (rule, field, parameters, want) in [
        ("an OLD speaker", "fdf2", "00", Ok(65010)),
        ("a NEW speaker with a two-octet number", "fdf2", "08 0206 4104 0000fdf2", Ok(65010)),
        ("a NEW speaker with a four-octet number", "5ba0", "08 0206 4104 000186a0", Ok(100_000)),
        ("AS_TRANS before a two-octet number", "5ba0", "08 0206 4104 0000fdf2", Ok(65010)),
        ("AS_TRANS without a capability", "5ba0", "00", Ok(23456)),
        ("another number than the field", "fdf2", "08 0206 4104 0000fdf3", Err(mismatch)),
        ("RFC 7607 AS 0 in the capability", "5ba0", "08 0206 4104 00000000", Err(OpenError::AsZero)),
        ("a capability of two octets", "fdf2", "06 0204 4102 fdf2", Err(OpenError::FourOctetAsLength(2))),
        ("the last of two capabilities", "5ba0", "0e 020c 4104 000186a0 4104 000186a1", Ok(100_001)),
    ] {
        assert_eq!(decode(field, parameters), want, "{rule}");
    }
}

#[test]
fn optional_parameters_are_judged_as_the_rfcs_say() {
    let refresh = || Ok(vec![Capability::RouteRefresh]);
    let both = || Ok(vec![Capability::RouteRefresh, Capability::ExtendedMessage]);
    let length = || Err(OpenError::ParameterLength);
    for (rule, parameters, want) in [
        ("4271 4.2 none", "00", Ok(vec![])),
        ("5492 4 one capability", "04 0202 0200", refresh()),
        ("5492 4 two in one parameter", "06 0204 0200 0600", both()),
        ("5492 4 two in two parameters", "08 0202 0200 0202 0600", both()),
        ("5492 4 a parameter without capabilities", "02 0200", Ok(vec![])),
        ("4271 6.2 authentication (deprecated)", "03 0101 00", Err(OpenError::OptionalParameter(1))),
        ("4271 6.2 an unknown parameter", "02 6300", Err(OpenError::OptionalParameter(99))),
        ("4271 6.2 parameters longer than the message", "05 0202 0200", length()),
        ("4271 6.2 parameters shorter than the message", "02 0202 0200", length()),
        ("4271 6.2 a parameter longer than all parameters", "04 0203 0200", length()),
        ("4271 6.2 half a parameter header", "01 02", length()),
        ("5492 4 a capability longer than its parameter", "04 0202 0201", Err(OpenError::CapabilityLength)),
        ("9072 2 extended", "ff ff 0005 02 0002 0200", refresh()),
        ("9072 2 extended with another plain length", "09 ff 0005 02 0002 0200", refresh()),
        ("9072 2 plain length 0 means none", "00 ff 0005 02 0002 0200", length()),
        ("9072 2 two extended parameters", "ff ff 000a 02 0002 0200 02 0002 0600", both()),
        ("9072 2 extended without parameters", "ff ff 0000", Ok(vec![])),
        ("9072 2 type 255 is not the first", "06 0202 0200 ff00", Err(OpenError::OptionalParameter(255))),
        ("9072 2 the extended length is too long", "ff ff 0006 02 0002 0200", length()),
        ("CVE-2022-43681 length 255 and nothing else", "ff", length()),
        ("CVE-2022-43681 length 255 does not make it extended", "ff 0202 0200", length()),
        ("CVE-2022-40302", "ff ff 0002 0001", length()),
        ("CVE-2022-40318 two octets of an extended header", "ff ff 0002 0200", length()),
        ("9072 2 no extended length", "ff ff 00", length()),
    ] {
        assert_eq!(capabilities(parameters), want, "{rule}");
    }
}

#[test]
fn capabilities_of_a_wrong_length_are_ignored_but_kept() {
    let unknown = |code, value: &[u8]| Capability::Unknown { code, value: value.to_vec() };
    for (rule, parameters, want) in [
        ("4760 8 unicast", "08 0206 0104 0002 00 01", Capability::Multiprotocol(Family::Ipv6)),
        (
            "4760 8 a reserved octet is ignored",
            "08 0206 0104 0001 ff 01",
            Capability::Multiprotocol(Family::Ipv4),
        ),
        ("4760 8 another SAFI", "08 0206 0104 0001 00 80", Capability::OtherFamily { afi: 1, safi: 128 }),
        ("4760 8 of three octets", "07 0205 0103 000100", unknown(1, &[0, 1, 0])),
        ("2918 2 of one octet", "05 0203 0201 00", unknown(2, &[0])),
        ("8654 2 of one octet", "05 0203 0601 00", unknown(6, &[0])),
        (
            "CVE-2023-31489 long-lived graceful restart of three octets",
            "07 0205 4703 000101",
            unknown(71, &[0, 1, 1]),
        ),
        (
            "4724 3 restarting, ten seconds, forwarding for one of two families",
            "0e 020c 400a 800a 0001 01 80 0002 01 7f",
            Capability::GracefulRestart(restart(RestartState::Restarting, Notifications::EndAll)),
        ),
        (
            "8538 2 the bit for notifications; reserved bits and other families are ignored",
            "12 0210 400e 700a 0001 01 ff 0001 80 80 0002 01 00",
            Capability::GracefulRestart(restart(RestartState::Steady, Notifications::LeaveRoutes)),
        ),
        ("4724 3 of five octets", "09 0207 4005 000a 0001 01", unknown(64, &[0, 10, 0, 1, 1])),
        ("CVE-2025-43971 a software version of no octets", "04 0202 4b00", unknown(75, &[])),
    ] {
        assert_eq!(capabilities(parameters), Ok(vec![want]), "{rule}");
    }
}

fn restart(state: RestartState, notifications: Notifications) -> RestartCapability {
    RestartCapability {
        state,
        notifications,
        time: RestartTime::new(10).unwrap(),
        families: PerFamily { ipv4: Some(ForwardingState::Preserved), ipv6: Some(ForwardingState::Lost) },
    }
}

#[test]
fn the_extended_form_is_written_only_when_it_is_needed() {
    let mut open = with("00").unwrap();
    for (rule, octets, want) in [
        ("253 octets of capabilities fill the plain form", 251, &[255, 2, 253][..]),
        ("254 octets do not fit", 252, &[255, 255, 1, 1, 2, 0, 254]),
    ] {
        open.capabilities = vec![Capability::Unknown { code: 99, value: vec![0; octets] }];
        let mut out = BytesMut::new();
        open.encode(&mut out);
        assert_eq!(&out[9..9 + want.len()], want, "{rule}");
        assert_eq!(Open::decode(&out).as_ref(), Ok(&open), "{rule}");
    }
}
