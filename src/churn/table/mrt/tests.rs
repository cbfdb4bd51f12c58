use super::*;
use crate::{
    churn::{
        stream::Stream,
        table::{Author, Sharing, share, synthetic_prefixes},
        topology::NextHops,
        version::Version,
    },
    family::{Families, Family},
    wire::{
        AsWidth, EncodedAttributes, MessageLimit, Negotiated, RouteRefreshSupport, frame, write_withdrawals,
    },
};
use bytes::{BufMut, BytesMut};
use ipnet::Ipv4Net;
use std::collections::BTreeMap;

const PLAIN: Negotiated = Negotiated {
    as_width: AsWidth::Four,
    message_limit: MessageLimit::Standard,
    families: Families::IPV4,
    route_refresh: RouteRefreshSupport::Absent,
};
const PEER: [u8; 4] = [192, 0, 2, 1];

fn author() -> Author {
    Author { asn: Asn::constant(65_001), next_hops: NextHops { ipv4: Some(PEER.into()), ipv6: None } }
}

fn record(file: &mut BytesMut, kind: u16, subtype: u16, body: &[u8]) {
    file.put_u32(1_700_000_000);
    file.put_u16(kind);
    file.put_u16(subtype);
    file.put_u32(u32::try_from(body.len()).unwrap());
    file.put_slice(body);
}

/// Type 16, subtype 4: a message with four-octet AS numbers.
fn message(file: &mut BytesMut, octets: &[u8]) {
    let mut body = BytesMut::new();
    body.put_u32(65_001);
    body.put_u32(65_002);
    body.put_u16(0);
    body.put_u16(1);
    body.put_slice(&PEER);
    body.put_slice(&[192, 0, 2, 2]);
    body.put_slice(octets);
    record(file, 16, 4, &body);
}

/// Type 13: the peer index table, and a record for each prefix.
fn dump(table: &Table) -> BytesMut {
    let mut file = BytesMut::new();
    let mut peers = BytesMut::new();
    peers.put_slice(&PEER);
    peers.put_u16(0);
    peers.put_u16(1);
    peers.put_u8(0b10);
    peers.put_slice(&PEER);
    peers.put_slice(&PEER);
    peers.put_u32(65_001);
    record(&mut file, 13, 1, &peers);
    let routes = table.groups().flat_map(|(set, prefixes)| prefixes.iter().map(move |prefix| (set, prefix)));
    for (sequence, (set, prefix)) in (0..).zip(routes) {
        let IpNet::V4(prefix) = prefix else { panic!("{prefix} is not of IPv4") };
        let attributes = set.by(author(), Family::Ipv4, None).unwrap();
        let attributes = EncodedAttributes::<Ipv4Net>::encode(&attributes, PLAIN).unwrap();
        let mut body = BytesMut::new();
        body.put_u32(sequence);
        body.put_u8(prefix.prefix_len());
        let octets = usize::from(prefix.prefix_len().div_ceil(8));
        body.put_slice(&prefix.addr().octets()[..octets]);
        body.put_u16(1);
        body.put_u16(0);
        body.put_u32(0);
        body.put_u16(u16::try_from(attributes.octets().len()).unwrap());
        body.put_slice(attributes.octets());
        record(&mut file, 13, 2, &body);
    }
    file
}

/// Each prefix with its path, behind the AS of the peer that the file names.
fn routes(table: &Table) -> BTreeMap<IpNet, AttributeSet> {
    table.groups().flat_map(|(set, prefixes)| prefixes.iter().map(|prefix| (*prefix, set.clone()))).collect()
}

fn sent(table: &Table) -> BTreeMap<IpNet, AttributeSet> {
    let with_peer =
        |set: AttributeSet| AttributeSet { as_path: set.as_path.prepended(author().asn, 1), ..set };
    routes(table).into_iter().map(|(prefix, set)| (prefix, with_peer(set))).collect()
}

#[test]
fn a_dump_gives_its_table() {
    let table = share(&synthetic_prefixes(200, 1), 40, Sharing::Skewed, 1);
    let read = super::table(&dump(&table)[..], Path::new("rib.mrt")).unwrap();
    assert_eq!(routes(&read), sent(&table));
    assert_eq!(read.attribute_sets(), 40);
}

#[test]
fn messages_give_the_table_that_is_left_after_them() {
    let table = share(&synthetic_prefixes(200, 1), 40, Sharing::Skewed, 1);
    let stream = Stream::table(&table, author(), Families::IPV4).unwrap();
    let (mut rest, mut file) = (stream.octets(), BytesMut::new());
    while let Some(found) = frame(rest, MessageLimit::Standard).unwrap() {
        let (octets, after) = rest.split_at(found.octets());
        message(&mut file, octets);
        rest = after;
    }
    let mut gone = table.prefixes()[..50].iter().filter_map(|prefix| match prefix {
        IpNet::V4(net) => Some(*net),
        IpNet::V6(_) => None,
    });
    let mut withdrawal = BytesMut::new();
    assert_eq!(write_withdrawals(&mut gone, MessageLimit::Standard, &mut withdrawal), 50);
    message(&mut file, &withdrawal);
    let mut want = sent(&table);
    want.retain(|prefix, _| !table.prefixes()[..50].contains(prefix));
    assert_eq!(routes(&super::table(&file[..], Path::new("updates.mrt")).unwrap()), want);
}

#[test]
fn what_a_speaker_would_keep_to_itself_is_left_out() {
    use models::{Asn, Community as Found};
    assert_eq!(community(&MetaCommunity::Plain(Found::NoExport)), None);
    let plain = MetaCommunity::Plain(Found::Custom(Asn::new_32bit(3333), 7));
    assert_eq!(community(&plain), Some(Community::new(3333, 7)));
}

#[test]
fn a_file_that_ends_in_the_middle_is_refused() {
    let table = share(&synthetic_prefixes(3, 1), 1, Sharing::Skewed, 1);
    let file = dump(&table);
    let error = super::table(&file[..file.len() - 3], Path::new("rib.mrt")).unwrap_err();
    assert!(
        error.to_string().starts_with("rib.mrt: after 2 routes comes a record that cannot be read"),
        "{error}"
    );
}

/// A file that a daemon wrote; `tests/data/README.md` says how.
fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mrt").join(name)
}

/// The table that the daemons were given, as it stands after so many changes of each prefix.
fn given(version: Option<u32>) -> BTreeMap<IpNet, AttributeSet> {
    let ipv4 = (0..30).map(|number| format!("11.0.{number}.0/24"));
    let ipv6 = (0..30).map(|number| format!("2001:db8:{number:x}::/48"));
    let prefixes: Vec<IpNet> = ipv4.chain(ipv6).map(|text| text.parse().unwrap()).collect();
    let with_path = |set: AttributeSet| {
        let path = version.map_or_else(
            || set.as_path.clone(),
            |version| set.as_path.prepended(Version::new(version).asn(), 1),
        );
        AttributeSet { as_path: path.prepended(Asn::constant(4_200_000_001), 1), ..set }
    };
    let table = share(&prefixes, 12, Sharing::Skewed, 1);
    sorted(routes(&table).into_iter().map(|(prefix, set)| (prefix, with_path(set))).collect())
}

/// Communities are a set (RFC 1997), which FRR sorts.
fn sorted(mut routes: BTreeMap<IpNet, AttributeSet>) -> BTreeMap<IpNet, AttributeSet> {
    for set in routes.values_mut() {
        set.communities.sort_unstable();
    }
    routes
}

/// What a file holds beside the prefix of the single changes.
fn held(name: &str) -> BTreeMap<IpNet, AttributeSet> {
    let mut held = routes(&read_mrt(&recorded(name)).unwrap());
    assert!(held.remove(&"198.18.0.0/24".parse().unwrap()).is_some(), "{name} has the probe's prefix");
    sorted(held)
}

#[test]
fn the_dumps_of_four_daemons_give_the_table_that_they_had() {
    let dumps =
        ["bird-table.mrt.gz", "frr-routes.mrt.bz2", "gobgp-table.mrt.gz", "openbgpd-table-v2.mrt.bz2"];
    for name in dumps {
        assert_eq!(held(name), given(None), "{name}");
    }
}

#[test]
fn the_messages_that_four_daemons_recorded_give_the_table_that_is_left() {
    let messages =
        ["bird-messages.mrt.bz2", "frr-updates.mrt.gz", "gobgp-updates.mrt.bz2", "openbgpd-updates.mrt.gz"];
    for name in messages {
        // 14 single changes and two of each prefix.
        assert_eq!(held(name), given(Some(16)), "{name}");
        let elements = BgpkitParser::from_reader(packed::open(&recorded(name)).unwrap()).into_elem_iter();
        let withdrawn = elements.filter(|element| !element.elem_type.is_announce()).count();
        assert!(withdrawn > 10, "{withdrawn} withdrawals in {name}");
    }
}

#[test]
fn a_kind_of_record_that_is_no_longer_in_use_is_refused_with_a_remedy() {
    let error = read_mrt(&recorded("openbgpd-table-mp.mrt.gz")).unwrap_err().to_string();
    assert!(error.contains("after 0 routes comes a record that cannot be read"), "{error}");
    assert!(error.ends_with("write TABLE_DUMP_V2 or BGP4MP messages instead"), "{error}");
}
