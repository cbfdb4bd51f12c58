//! Path attributes (RFC 4271 section 4.3): one row for each that is understood.

mod aggregator;
mod as4;
mod as_path;
mod bounds;
mod code;
mod communities;
mod digest;
mod encoded;
mod error;
mod mp;
mod next_hop;
mod raw;
mod read;
mod stored;
mod value;
mod write;

pub use as_path::{AsPath, Segment};
pub use bounds::{AsSets, Bounds};
pub use code::{AttributeCode, Category, Flags};
pub use digest::Digest;
pub use encoded::{EncodedAttributes, Unencodable};
pub use error::{AsPathFault, AttributeError, AttributeErrors, Fault, Treatment};
pub use raw::{NextHopSource, RawAttributes};
pub use read::ParsedAttributes;
pub use stored::{PassedOn, StoredAttributes};
pub use value::{Aggregator, NextHop, Origin, Partial, PathAttributes, UnknownAttribute};

pub(super) use code::MP_ATTRIBUTE_FLAGS;
pub(super) use raw::Scan;

use read::Draft;
use write::Presence;

use super::negotiated::AsWidth;
use bytes::BytesMut;

/// All that depends on the type code of an attribute.
struct Row {
    code: AttributeCode,
    name: &'static str,
    /// What its Optional and Transitive bits must say.
    category: Category,
    /// The treatment of a malformed value (RFC 7606 section 7); [`AttributeError::treatment`] has what goes beyond.
    malformed: Treatment,
    body: Body,
}

/// Reads a value into the draft of the route's attributes.
type Read = fn(&[u8], AsWidth, &mut Draft) -> Result<(), Fault>;
/// Writes the value, or says that the route has none.
type Write = fn(&PathAttributes, AsWidth, &mut BytesMut) -> Presence;

/// Who reads and writes the value of an attribute.
enum Body {
    /// A property of the route.
    Value(Read, Write),
    /// The same, on sessions with two-octet AS numbers only (RFC 6793 section 4.1).
    TwoOctetSessions(Read, Write),
    /// Only for peers inside the own AS; every peer here is external.
    InternalPeers,
    /// Prefixes, which [`Scan`] takes out before the rest is read.
    Nlri,
}

/// The attributes that are understood, in the order in which they are sent.
#[rustfmt::skip]
static ROWS: [Row; 17] = {
    use AttributeCode as Code;
    use Body::{InternalPeers, Nlri, TwoOctetSessions, Value};
    use Category::{OptionalNonTransitive, OptionalTransitive, WellKnown};
    use Treatment::{DiscardAttribute, ResetSession, TreatAsWithdraw};
    [
        row_of(Code::ORIGIN, "ORIGIN", WellKnown, TreatAsWithdraw, Value(read::origin, write::origin)),
        row_of(Code::AS_PATH, "AS_PATH", WellKnown, TreatAsWithdraw, Value(read::as_path, write::as_path)),
        row_of(Code::NEXT_HOP, "NEXT_HOP", WellKnown, TreatAsWithdraw, Value(next_hop::read, next_hop::write)),
        row_of(Code::MULTI_EXIT_DISC, "MULTI_EXIT_DISC", OptionalNonTransitive, TreatAsWithdraw,
            Value(read::med, write::med)),
        row_of(Code::LOCAL_PREF, "LOCAL_PREF", WellKnown, DiscardAttribute, InternalPeers),
        row_of(Code::ATOMIC_AGGREGATE, "ATOMIC_AGGREGATE", WellKnown, DiscardAttribute,
            Value(read::atomic_aggregate, write::atomic_aggregate)),
        row_of(Code::AGGREGATOR, "AGGREGATOR", OptionalTransitive, DiscardAttribute,
            Value(aggregator::read, aggregator::write)),
        row_of(Code::COMMUNITIES, "COMMUNITIES", OptionalTransitive, TreatAsWithdraw,
            Value(communities::read, communities::write)),
        row_of(Code::ORIGINATOR_ID, "ORIGINATOR_ID", OptionalNonTransitive, DiscardAttribute, InternalPeers),
        row_of(Code::CLUSTER_LIST, "CLUSTER_LIST", OptionalNonTransitive, DiscardAttribute, InternalPeers),
        row_of(Code::MP_REACH_NLRI, "MP_REACH_NLRI", OptionalNonTransitive, ResetSession, Nlri),
        row_of(Code::MP_UNREACH_NLRI, "MP_UNREACH_NLRI", OptionalNonTransitive, ResetSession, Nlri),
        row_of(Code::EXTENDED_COMMUNITIES, "EXTENDED_COMMUNITIES", OptionalTransitive, TreatAsWithdraw,
            Value(communities::read_extended, communities::write_extended)),
        row_of(Code::AS4_PATH, "AS4_PATH", OptionalTransitive, DiscardAttribute,
            TwoOctetSessions(as4::read_path, as4::write_path)),
        row_of(Code::AS4_AGGREGATOR, "AS4_AGGREGATOR", OptionalTransitive, DiscardAttribute,
            TwoOctetSessions(as4::read_aggregator, as4::write_aggregator)),
        row_of(Code::LARGE_COMMUNITIES, "LARGE_COMMUNITIES", OptionalTransitive, TreatAsWithdraw,
            Value(communities::read_large, communities::write_large)),
        row_of(Code::ONLY_TO_CUSTOMER, "OTC", OptionalTransitive, TreatAsWithdraw,
            Value(read::only_to_customer, write::only_to_customer)),
    ]
};

const fn row_of(
    code: AttributeCode,
    name: &'static str,
    category: Category,
    malformed: Treatment,
    body: Body,
) -> Row {
    Row { code, name, category, malformed, body }
}

/// The row of an attribute, if it is understood.
fn row(code: AttributeCode) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.code == code)
}

#[cfg(test)]
mod tests;
