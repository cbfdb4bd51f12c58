//! VLAN tags of peerings.

use std::{fmt, num::NonZeroU16};

/// ARM `vlanId`: the 802.1Q tag of a peering, 1 to 4094, the same on both links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VlanId(NonZeroU16);

impl VlanId {
    /// The tag of that number; `None` for 0 and 4095, which IEEE 802.1Q reserves, and above.
    pub fn new(tag: u16) -> Option<Self> {
        NonZeroU16::new(tag).filter(|tag| tag.get() <= 4_094).map(Self)
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

impl fmt::Display for VlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_end_before_the_reserved_ones() {
        for (tag, fits) in [(0, false), (1, true), (4_094, true), (4_095, false)] {
            assert_eq!(VlanId::new(tag).is_some(), fits, "{tag}");
        }
    }
}
