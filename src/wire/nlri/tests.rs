use super::*;

#[test]
fn prefixes_read_with_the_bits_beyond_their_length_cleared() {
    let octets = [8, 10, 23, 10, 1, 255, 0, 32, 192, 0, 2, 1];
    let prefixes = Prefixes::<Ipv4Net>::check(&octets).unwrap();
    let want = ["10.0.0.0/8", "10.1.254.0/23", "0.0.0.0/0", "192.0.2.1/32"].map(|p| p.parse().unwrap());
    assert!(prefixes.clone().eq(want));
    assert_eq!(format!("{prefixes:?}"), "[10.0.0.0/8, 10.1.254.0/23, 0.0.0.0/0, 192.0.2.1/32]");

    let octets = [7, 0xFD, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let prefixes = Prefixes::<Ipv6Net>::check(&octets).unwrap();
    assert!(prefixes.eq(["fc00::/7", "::1/128"].map(|p| p.parse().unwrap())));
}

#[test]
fn the_first_prefix_that_does_not_fit_is_named() {
    use Family::{Ipv4, Ipv6};
    for (rule, family, octets, want) in [
        (
            "33 bits",
            Ipv4,
            &[8, 10, 33, 10, 0, 0, 0, 0][..],
            PrefixFault::TooLong { offset: 2, length: 33, family: Ipv4 },
        ),
        ("255 bits", Ipv4, &[255], PrefixFault::TooLong { offset: 0, length: 255, family: Ipv4 }),
        ("129 bits", Ipv6, &[0, 129], PrefixFault::TooLong { offset: 1, length: 129, family: Ipv6 }),
        (
            "one octet is missing",
            Ipv4,
            &[24, 10, 0],
            PrefixFault::Overrun { offset: 0, length: 24, available: 2 },
        ),
        ("a length alone", Ipv6, &[1], PrefixFault::Overrun { offset: 0, length: 1, available: 0 }),
    ] {
        assert_eq!(Nlri::check(family, octets), Err(want), "{rule}");
    }
}

#[test]
fn the_size_hint_holds_what_comes() {
    let octets = [0, 0, 0, 32, 1, 2, 3, 4];
    let prefixes = Prefixes::<Ipv4Net>::check(&octets).unwrap();
    let (least, most) = prefixes.size_hint();
    let count = prefixes.count();
    assert!(least <= count && Some(count) <= most);
}
