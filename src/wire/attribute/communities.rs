//! COMMUNITIES (RFC 1997), EXTENDED_COMMUNITIES (RFC 4360) and LARGE_COMMUNITIES (RFC 8092): lists of fixed width.

use super::{error::Fault, read::Draft, value::PathAttributes, write::Presence};
use crate::{
    community::{Community, ExtendedCommunity, LargeCommunity},
    wire::negotiated::AsWidth,
};
use bytes::{BufMut, BytesMut};
use std::collections::HashSet;

pub(super) fn read(value: &[u8], _: AsWidth, draft: &mut Draft) -> Result<(), Fault> {
    draft.communities = elements(value, |octets| Community(u32::from_be_bytes(octets)))?;
    Ok(())
}

pub(super) fn read_extended(value: &[u8], _: AsWidth, draft: &mut Draft) -> Result<(), Fault> {
    draft.extended_communities = elements(value, ExtendedCommunity)?;
    Ok(())
}

pub(super) fn read_large(value: &[u8], _: AsWidth, draft: &mut Draft) -> Result<(), Fault> {
    let all = elements(value, |[a, b, c, d, e, f, g, h, i, j, k, l]| LargeCommunity {
        global: u32::from_be_bytes([a, b, c, d]),
        local1: u32::from_be_bytes([e, f, g, h]),
        local2: u32::from_be_bytes([i, j, k, l]),
    })?;
    // One that stands there twice is taken once (RFC 8092 section 3).
    let mut seen = HashSet::new();
    draft.large_communities = all.into_iter().filter(|community| seen.insert(*community)).collect();
    Ok(())
}

pub(super) fn write(attributes: &PathAttributes, _: AsWidth, out: &mut BytesMut) -> Presence {
    for community in &attributes.communities {
        out.put_u32(community.0);
    }
    Presence::unless_empty(&attributes.communities)
}

pub(super) fn write_extended(attributes: &PathAttributes, _: AsWidth, out: &mut BytesMut) -> Presence {
    for community in &attributes.extended_communities {
        out.put_slice(&community.0);
    }
    Presence::unless_empty(&attributes.extended_communities)
}

pub(super) fn write_large(attributes: &PathAttributes, _: AsWidth, out: &mut BytesMut) -> Presence {
    for community in &attributes.large_communities {
        out.put_u32(community.global);
        out.put_u32(community.local1);
        out.put_u32(community.local2);
    }
    Presence::unless_empty(&attributes.large_communities)
}

/// The value of EXTENDED_COMMUNITIES without those that do not leave the AS (RFC 4360 section 6).
pub(super) fn transitive(value: &[u8]) -> Vec<u8> {
    let all = value.as_chunks().0.iter().copied().map(ExtendedCommunity);
    all.filter(|community| community.is_transitive()).flat_map(|community| community.0).collect()
}

/// Elements of `N` octets; at least one, and nothing left over (RFC 7606 sections 7.8 and 7.14, RFC 8092 section 6).
fn elements<const N: usize, T>(value: &[u8], element: impl Fn([u8; N]) -> T) -> Result<Box<[T]>, Fault> {
    Ok(chunks(value)?.iter().map(|octets| element(*octets)).collect())
}

/// The same as octets.
pub(super) fn chunks<const N: usize>(value: &[u8]) -> Result<&[[u8; N]], Fault> {
    match value.as_chunks() {
        ([], _) | (_, [_, ..]) => Err(Fault::Length { octets: value.len() }),
        (chunks, []) => Ok(chunks),
    }
}
