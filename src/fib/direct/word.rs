//! The word of a node: what is known of 32 neighbouring /24s.

use std::hint::select_unpredictable;

/// The lower half is a bitmap of the /24s whose answer is not that of the one before; the first /24 has no bit, it
/// always begins. The upper half says where the answers are: a [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(pub(super) u64);

/// Where the answers of a node are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Up to three next hops of eight bits are in the word, the first one lowest.
    Inside(u32),
    /// Next hops of eight bits begin at this unit of four.
    Narrow(u32),
    /// Entries begin at this unit of four.
    Wide(u32),
}

/// The two upper bits say what the others are. A word of zeros is a node without a route.
const OUTSIDE: u32 = 1 << 30;
const WIDE: u32 = 1 << 31;
const VALUE: u32 = OUTSIDE - 1;

impl Word {
    /// As many next hops fit into the word.
    pub(super) const INSIDE: usize = 3;
    /// So many units of next hops, or of entries, can be named.
    pub(super) const UNITS: usize = 1 << 26;

    pub(super) fn new(map: u32, place: Place) -> Self {
        let upper = match place {
            Place::Inside(next_hops) => next_hops,
            Place::Narrow(start) => OUTSIDE | start,
            Place::Wide(start) => WIDE | OUTSIDE | start,
        };
        Self(u64::from(upper) << 32 | u64::from(map & !1))
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    #[inline(always)]
    fn map(self) -> u32 {
        self.0 as u32
    }

    #[inline(always)]
    fn upper(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// As many bits as the rank of a /24 of the node among the answers, 0 to 31.
    #[inline(always)]
    pub(super) fn before(self, slot: u32) -> u32 {
        self.map() << (31 - slot)
    }

    /// Whether a /24 has another answer than the one before it.
    pub(super) fn begins(self, slot: usize) -> bool {
        self.map() >> slot & 1 != 0
    }

    /// How many answers there are.
    pub(super) fn count(self) -> u32 {
        1 + self.map().count_ones()
    }

    pub(super) fn place(self) -> Place {
        let value = self.upper() & VALUE;
        if self.is_wide() {
            Place::Wide(value)
        } else if self.is_inside() {
            Place::Inside(value)
        } else {
            Place::Narrow(value)
        }
    }

    #[inline(always)]
    pub(super) fn is_wide(self) -> bool {
        self.upper() & WIDE != 0
    }

    #[inline(always)]
    pub(super) fn is_inside(self) -> bool {
        self.upper() & OUTSIDE == 0
    }

    /// The next hop of this rank, or else where it is among all next hops; the other one is 0.
    #[inline(always)]
    pub(super) fn either(self, rank: u32) -> (u32, u32) {
        let inside = self.upper() >> ((rank * 8) & 31) & 0xFF;
        let is_inside = self.is_inside();
        (select_unpredictable(is_inside, inside, 0), select_unpredictable(is_inside, 0, self.outside(rank)))
    }

    /// The number of the answer of this rank among all next hops, or all entries; of no use if it is in the word.
    #[inline(always)]
    pub(super) fn outside(self, rank: u32) -> u32 {
        (self.upper() & VALUE) * UNIT + rank
    }
}

/// Next hops and entries are given out in as many.
pub(super) const UNIT: u32 = 4;

/// An entry of 32 bits: a next hop, or where the block of a /24 with longer prefixes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    NextHop(u32),
    /// The block begins at this unit.
    Block(u32),
}

const BLOCK: u32 = 1 << 31;

impl Entry {
    pub(super) fn to_word(self) -> u32 {
        match self {
            Self::NextHop(next_hop) => next_hop,
            Self::Block(start) => BLOCK | start,
        }
    }

    pub(super) fn from_word(word: u32) -> Self {
        if word & BLOCK == 0 { Self::NextHop(word) } else { Self::Block(word & !BLOCK) }
    }
}
