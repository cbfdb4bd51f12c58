//! AS4_PATH and AS4_AGGREGATOR: how four-octet AS numbers cross a speaker that knows only two (RFC 6793 section 4.2).

use super::{
    aggregator,
    as_path::{AsPath, SEGMENT_NUMBERS, Segment},
    error::Fault,
    read::Draft,
    value::{Aggregator, PathAttributes},
    write::Presence,
};
use crate::{asn::Asn, wire::negotiated::AsWidth};
use bytes::BytesMut;

/// An AS4_PATH too short for one number is malformed (RFC 6793 section 6), unlike an AS_PATH.
pub(super) fn read_path(value: &[u8], _: AsWidth, draft: &mut Draft) -> Result<(), Fault> {
    if value.is_empty() {
        return Err(Fault::Length { octets: 0 });
    }
    draft.as4_path = Some(AsPath::decode_as4(value)?);
    Ok(())
}

pub(super) fn read_aggregator(value: &[u8], _: AsWidth, draft: &mut Draft) -> Result<(), Fault> {
    draft.as4_aggregator = Some(aggregator::decode(value, AsWidth::Four)?);
    Ok(())
}

/// Sent only if a number does not fit into two octets (RFC 6793 section 4.2.2).
pub(super) fn write_path(attributes: &PathAttributes, _: AsWidth, out: &mut BytesMut) -> Presence {
    if !attributes.as_path.asns().any(needs_four_octets) {
        return Presence::Absent;
    }
    attributes.as_path.encode_as4(out);
    if out.is_empty() { Presence::Absent } else { Presence::Present }
}

/// Sent only if the number does not fit into two octets (RFC 6793 section 4.2.2).
pub(super) fn write_aggregator(attributes: &PathAttributes, _: AsWidth, out: &mut BytesMut) -> Presence {
    match attributes.aggregator {
        Some(aggregator) if needs_four_octets(aggregator.asn) => {
            aggregator::encode(aggregator, AsWidth::Four, out)
        }
        _ => Presence::Absent,
    }
}

fn needs_four_octets(asn: Asn) -> bool {
    u16::try_from(asn.get()).is_err()
}

/// The path and the aggregator that the sender meant (RFC 6793 section 4.2.3).
///
/// An AGGREGATOR that does not say `AS_TRANS`, although AS4_AGGREGATOR came with it, was written by a speaker that
/// knows only two octets after the AS4 attributes were: both of them are out of date.
pub(super) fn merge(
    as_path: AsPath,
    as4_path: Option<AsPath>,
    aggregator: Option<Aggregator>,
    as4_aggregator: Option<Aggregator>,
) -> (AsPath, Option<Aggregator>) {
    match (aggregator, as4_aggregator) {
        (Some(two), Some(_)) if two.asn != Asn::TRANS => (as_path, Some(two)),
        (Some(_), Some(four)) => (merge_paths(as_path, as4_path), Some(four)),
        (aggregator, _) => (merge_paths(as_path, as4_path), aggregator),
    }
}

/// AS4_PATH, behind as many leading numbers of AS_PATH as it is shorter; if it is longer, it is ignored.
fn merge_paths(as_path: AsPath, as4_path: Option<AsPath>) -> AsPath {
    let Some(as4_path) = as4_path else { return as_path };
    let Some(mut missing) = as_path.length().checked_sub(as4_path.length()) else { return as_path };
    let mut segments = Vec::with_capacity(as_path.segments.len() + as4_path.segments.len());
    for segment in as_path.segments {
        if missing == 0 {
            break;
        }
        let length = segment.length();
        segments.push(match segment {
            Segment::Sequence(numbers) => Segment::Sequence(numbers.into_iter().take(missing).collect()),
            whole => whole,
        });
        missing = missing.saturating_sub(length);
    }
    let mut as4_segments = as4_path.segments.into_iter();
    if let Some(first) = as4_segments.next() {
        join(&mut segments, first);
    }
    segments.extend(as4_segments);
    AsPath { segments: segments.into() }
}

/// Adds the first segment of AS4_PATH; a sequence continues the sequence before it, as it did before it was cut.
fn join(segments: &mut Vec<Segment>, next: Segment) {
    if let (Some(Segment::Sequence(before)), Segment::Sequence(after)) = (segments.last_mut(), &next)
        && before.len() + after.len() <= SEGMENT_NUMBERS
    {
        *before = before.iter().chain(after).copied().collect();
    } else {
        segments.push(next);
    }
}
