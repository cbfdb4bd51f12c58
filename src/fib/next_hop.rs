//! The name of a next hop inside a forwarding table.

use std::{fmt, num::NonZeroU32};

/// An index of a next hop, 1 to 2^24 − 1; what it means is the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NextHopId(NonZeroU32);

// The data plane keeps an array of answers per batch of packets: "no route" must not cost more octets than a route.
const _: () = assert!(size_of::<Option<NextHopId>>() == 4);

/// A number that cannot name a next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} does not name a next hop; the numbers are 1 to {max}", max = NextHopId::MAX.get())]
pub struct NotANextHopId(u32);

impl NextHopId {
    /// The largest, 2^24 − 1: eight bits stay free for a compact table to mark its entries.
    pub const MAX: Self = Self(NonZeroU32::MIN.saturating_add((1 << 24) - 2));

    /// What a table stores: 0 is no route.
    #[inline]
    pub(super) fn from_table(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    pub(super) fn to_table(next_hop: Option<Self>) -> u32 {
        next_hop.map_or(0, Self::get)
    }

    /// The number itself, 1 to 2^24 − 1.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl TryFrom<u32> for NextHopId {
    type Error = NotANextHopId;

    fn try_from(number: u32) -> Result<Self, NotANextHopId> {
        NonZeroU32::new(number).map(Self).filter(|id| *id <= Self::MAX).ok_or(NotANextHopId(number))
    }
}

impl fmt::Display for NextHopId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_below_two_to_the_24() {
        for (number, named) in
            [(0, false), (1, true), ((1 << 24) - 1, true), (1 << 24, false), (u32::MAX, false)]
        {
            assert_eq!(
                NextHopId::try_from(number).map(NextHopId::get),
                named.then_some(number).ok_or(NotANextHopId(number))
            );
        }
        assert_eq!(
            NextHopId::try_from(0).unwrap_err().to_string(),
            "0 does not name a next hop; the numbers are 1 to 16777215"
        );
    }
}
