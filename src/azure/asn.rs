//! AS numbers that the service keeps for itself.

use crate::asn::Asn;
use std::ops::RangeInclusive;

/// Numbers that a customer may not use as peer ASN (Azure: "ExpressRoute routing requirements", autonomous
/// system numbers).
pub const RESERVED: RangeInclusive<u32> = 65_515..=65_520;

/// True for a number that Azure refuses as peer ASN.
pub fn is_reserved(asn: Asn) -> bool {
    RESERVED.contains(&asn.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_range_ends_where_the_document_says() {
        for (number, reserved) in [(65_514, false), (65_515, true), (65_520, true), (65_521, false)] {
            assert_eq!(is_reserved(Asn::constant(number)), reserved, "{number}");
        }
    }
}
