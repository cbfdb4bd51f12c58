//! A table as GoBGP injects it: TABLE_DUMP_V2 (RFC 6396 section 4.3), the only way to announce thousands at once.

use crate::lab::failure::{Failure, Outcome};
use ::msee::cli::gen_ce::CustomerEdge;
use bytes::{BufMut, BytesMut};
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};

const TABLE_DUMP_V2: u16 = 13;
const PEER_INDEX_TABLE: u16 = 1;
const RIB_IPV4_UNICAST: u16 = 2;

/// One peer, the edge itself, and one route for each prefix: ORIGIN IGP, an empty AS_PATH, next hop the edge.
///
/// # Errors
/// An IPv6 prefix: no test announces thousands of them.
pub(crate) fn table_dump(edge: &CustomerEdge, prefixes: &[IpNet]) -> Outcome<Vec<u8>> {
    let own = edge.sessions.iter().find_map(|session| match session.local_address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    });
    let own = own.ok_or_else(|| Failure::from("the edge has no IPv4 session"))?;
    let mut file = BytesMut::new();
    record(&mut file, PEER_INDEX_TABLE, &peer_index(edge, own))?;
    for (sequence, net) in (0..).zip(prefixes) {
        match net {
            IpNet::V4(net) => record(&mut file, RIB_IPV4_UNICAST, &rib_entry(sequence, *net, own))?,
            IpNet::V6(net) => return Err(format!("{net} is not an IPv4 prefix").into()),
        }
    }
    Ok(file.to_vec())
}

fn record(file: &mut BytesMut, subtype: u16, body: &[u8]) -> Outcome {
    file.put_u32(0); // timestamp
    file.put_u16(TABLE_DUMP_V2);
    file.put_u16(subtype);
    file.put_u32(u32::try_from(body.len())?);
    file.put_slice(body);
    Ok(())
}

fn peer_index(edge: &CustomerEdge, own: Ipv4Addr) -> BytesMut {
    let mut body = BytesMut::new();
    body.put_slice(&edge.router_id.octets());
    body.put_u16(0); // length of the view's name
    body.put_u16(1); // number of peers
    body.put_u8(0b10); // an IPv4 peer with a four-octet AS
    body.put_slice(&edge.router_id.octets());
    body.put_slice(&own.octets());
    body.put_u32(edge.asn.get());
    body
}

fn rib_entry(sequence: u32, net: Ipv4Net, next_hop: Ipv4Addr) -> BytesMut {
    const ORIGIN_IGP: [u8; 4] = [0x40, 1, 1, 0];
    const EMPTY_AS_PATH: [u8; 3] = [0x40, 2, 0];
    const NEXT_HOP: [u8; 3] = [0x40, 3, 4];
    let attributes = [&ORIGIN_IGP[..], &EMPTY_AS_PATH, &NEXT_HOP, &next_hop.octets()].concat();
    let octets = usize::from(net.prefix_len().div_ceil(8));
    let mut body = BytesMut::new();
    body.put_u32(sequence);
    body.put_u8(net.prefix_len());
    body.put_slice(net.network().octets().get(..octets).unwrap_or_default());
    body.put_u16(1); // number of entries
    body.put_u16(0); // index of the peer
    body.put_u32(0); // time of the route
    body.put_u16(14); // length of the attributes, the sum of the four above
    body.put_slice(&attributes);
    body
}
