//! What a slot of the tree says.

/// What is known of an address so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// All of it: the next hop, or 0.
    NextHop(u32),
    /// A line of this kind.
    Line(Kind, u32),
    /// A branch to lines of this kind.
    Branch(Kind, u32),
    /// The next `bits` bits of the address, 4 to 16, choose one of the slots from `base`, a multiple of 16, on.
    Index { base: u32, bits: u8 },
}

/// What stands in a line between its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Next hops.
    Narrow,
    /// Slots.
    Wide,
}

/// An [`Entry`] in 32 bits, the upper three of which say what it is.
pub(super) const TAG: u32 = 29;
pub(super) const NARROW: u32 = 1;
const WIDE: u32 = 2;
pub(super) const NARROW_BRANCH: u32 = 3;
const WIDE_BRANCH: u32 = 4;
pub(super) const INDEX: u32 = 5;
pub(super) const VALUE: u32 = (1 << TAG) - 1;
/// An index has its number of bits, less one, above its base in units of as many slots as the smallest index has.
pub(super) const BITS: u32 = 25;
pub(super) const BASE: u32 = (1 << BITS) - 1;
pub(super) const UNIT: u32 = Entry::MIN_BITS as u32;

impl Entry {
    /// No index has fewer bits.
    pub(super) const MIN_BITS: u8 = 4;
    /// No index has more bits.
    pub(super) const MAX_BITS: u8 = 16;
    /// How many of the smallest indexes can be named.
    pub(super) const MAX_INDEXES: usize = 1 << BITS;
    /// The number of lines that an entry can name.
    pub(super) const MAX_LINES: usize = 1 << TAG;

    pub(super) fn to_word(self) -> u32 {
        match self {
            Self::NextHop(next_hop) => next_hop,
            Self::Line(Kind::Narrow, line) => NARROW << TAG | line,
            Self::Line(Kind::Wide, line) => WIDE << TAG | line,
            Self::Branch(Kind::Narrow, line) => NARROW_BRANCH << TAG | line,
            Self::Branch(Kind::Wide, line) => WIDE_BRANCH << TAG | line,
            Self::Index { base, bits } => INDEX << TAG | u32::from(bits - 1) << BITS | base >> UNIT,
        }
    }

    #[inline(always)]
    pub(super) fn from_word(word: u32) -> Self {
        let value = word & VALUE;
        match word >> TAG {
            NARROW => Self::Line(Kind::Narrow, value),
            WIDE => Self::Line(Kind::Wide, value),
            NARROW_BRANCH => Self::Branch(Kind::Narrow, value),
            WIDE_BRANCH => Self::Branch(Kind::Wide, value),
            INDEX => Self::Index { base: (value & BASE) << UNIT, bits: (value >> BITS) as u8 + 1 },
            _ => Self::NextHop(word),
        }
    }

    #[inline(always)]
    pub(super) fn is_index(word: u32) -> bool {
        word >> TAG == INDEX
    }

    #[inline(always)]
    pub(super) fn is_narrow_line(word: u32) -> bool {
        word >> TAG == NARROW
    }

    #[inline(always)]
    pub(super) fn is_narrow_branch(word: u32) -> bool {
        word >> TAG == NARROW_BRANCH
    }

    #[inline(always)]
    pub(super) fn is_next_hop(word: u32) -> bool {
        word >> TAG == 0
    }

    /// Base and bits of an index; 1 to 16 bits whatever the word is.
    #[inline(always)]
    pub(super) fn index_parts(word: u32) -> (u32, u32) {
        ((word & BASE) << UNIT, (word >> BITS & 15) + 1)
    }

    /// The word of a narrow line.
    #[inline(always)]
    pub(super) fn narrow_line(line: u32) -> u32 {
        NARROW << TAG | line
    }

    /// The number of a line or branch.
    #[inline(always)]
    pub(super) fn line(word: u32) -> u32 {
        word & VALUE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_from_its_word() {
        for entry in [
            Entry::NextHop(0),
            Entry::NextHop((1 << 24) - 1),
            Entry::Line(Kind::Narrow, 0),
            Entry::Line(Kind::Wide, VALUE),
            Entry::Branch(Kind::Narrow, 7),
            Entry::Branch(Kind::Wide, 8),
            Entry::Index { base: 0, bits: Entry::MIN_BITS },
            Entry::Index { base: BASE << UNIT, bits: Entry::MAX_BITS },
        ] {
            assert_eq!(Entry::from_word(entry.to_word()), entry);
        }
    }
}
