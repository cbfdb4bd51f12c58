//! Which parts of a table's memory are in use; the writer's side only.

use super::epoch::Epoch;

/// There is no room left; the table is built anew with more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// Hands out blocks of units numbered from zero.
///
/// What is given back waits until [`recycle`](Pool::recycle).
#[derive(Debug)]
pub(super) struct Pool {
    capacity: u32,
    /// All below has been in use.
    top: u32,
    /// Starts of free blocks, by class of size.
    free: Vec<Vec<u32>>,
    waiting: Vec<Block>,
    /// Units that wait.
    waiting_units: u32,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    start: u32,
    size: u32,
}

/// Up to here each size has a class of its own, and a block may be taken from a larger one.
const EXACT: u32 = 80;
/// A block is taken from one up to so many times as large.
const MAX_SPLIT: u32 = 4;

/// The class of a size; above [`EXACT`], sizes are powers of two.
fn class(size: u32) -> usize {
    if size <= EXACT { size as usize } else { (EXACT + size.ilog2()) as usize }
}

impl Pool {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity: u32::try_from(capacity).unwrap_or(u32::MAX),
            top: 0,
            free: Vec::new(),
            waiting: Vec::new(),
            waiting_units: 0,
        }
    }

    /// A pool whose first units are never handed out.
    pub(super) fn behind(reserved: u32, capacity: usize) -> Self {
        Self { top: reserved, ..Self::new(capacity) }
    }

    /// The start of a free block.
    pub(super) fn take(&mut self, size: u32) -> Result<u32, Full> {
        if let Some(start) = self.free.get_mut(class(size)).and_then(Vec::pop) {
            return Ok(start);
        }
        for larger in size + 1..=EXACT.min(MAX_SPLIT * size) {
            if let Some(start) = self.free.get_mut(class(larger)).and_then(Vec::pop) {
                self.release(Block { start: start + size, size: larger - size });
                return Ok(start);
            }
        }
        let end = self.top.checked_add(size).filter(|end| *end <= self.capacity).ok_or(Full)?;
        Ok(std::mem::replace(&mut self.top, end))
    }

    /// Gives a block back that readers may still look at.
    pub(super) fn retire(&mut self, start: u32, size: u32) {
        self.waiting.push(Block { start, size });
        self.waiting_units += size;
    }

    /// Makes what waits in any of a table's pools free, if so much waits in one that it had better be used again.
    pub(super) fn recycle_due(pools: [&mut Self; 2], epoch: &Epoch) {
        if pools.iter().any(|pool| pool.is_due()) {
            epoch.advance();
            pools.into_iter().for_each(Self::recycle);
        }
    }

    /// Whether so much waits that it had better be used again.
    fn is_due(&self) -> bool {
        self.waiting_units > WAITING + self.top / WAITING_PART
    }

    /// Makes the blocks that wait free, as no reader trusts what it finds in them any more.
    pub(super) fn recycle(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        for block in waiting.drain(..) {
            self.release(block);
        }
        self.waiting = waiting;
        self.waiting_units = 0;
    }

    fn release(&mut self, block: Block) {
        let class = class(block.size);
        if self.free.len() <= class {
            self.free.resize_with(class + 1, Vec::new);
        }
        if let Some(free) = self.free.get_mut(class) {
            free.push(block.start);
        }
    }

    /// All that has ever been in use is below.
    pub(super) fn top(&self) -> usize {
        self.top as usize
    }

    /// Octets of the lists.
    pub(super) fn octets(&self) -> usize {
        let lists: usize = self.free.iter().map(|list| list.capacity() * size_of::<u32>()).sum();
        lists + self.free.capacity() * size_of::<Vec<u32>>() + self.waiting.capacity() * size_of::<Block>()
    }
}

/// So many units wait before they are used again, and one part in so many of those in use.
const WAITING: u32 = 32;
const WAITING_PART: u32 = 32;

/// Units of a pool besides what is in use: room for what waits and for a change.
pub(super) const LEAST: usize = 40;

/// The units of a table's two pools.
pub(super) type Room = [usize; 2];

/// Builds a table in the room that it is thought to need, or in more if that is not enough, or soon would not be.
///
/// `attempt` also says how much is in use. In `most` every table fits that has no more than
/// [`CAPACITY`](super::store::CAPACITY) prefixes.
#[expect(clippy::expect_used, reason = "assertions beside the tables say that the most room is enough")]
pub(super) fn with_room<T>(first: Room, most: Room, attempt: impl Fn(Room) -> Result<(T, Room), Full>) -> T {
    let within = |room: Room| [room[0].min(most[0]), room[1].min(most[1])];
    let mut room = within(first);
    while room != most {
        let wanted = match attempt(room) {
            Ok((table, used)) => {
                let wanted = within(used.map(|used| if used == 0 { 0 } else { 2 * used + LEAST }));
                if wanted.iter().zip(room).all(|(wanted, room)| wanted - wanted / 4 <= room) {
                    return table;
                }
                wanted
            }
            Err(Full) => within(room.map(|room| 2 * room + LEAST)),
        };
        room = [room[0].max(wanted[0]), room[1].max(wanted[1])];
    }
    let (table, _) = attempt(most).expect("the most room is enough for as many prefixes as a table may have");
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_built_with_the_least_room_that_is_enough() {
        let needs = |needed: Room| {
            move |room: Room| {
                let fits = room[0] >= needed[0] && room[1] >= needed[1];
                if fits { Ok((room, needed)) } else { Err(Full) }
            }
        };
        assert_eq!(with_room([100, 10], [1_000, 1_000], needs([20, 0])), [100, 10]);
        assert_eq!(with_room([100, 10], [1_000, 1_000], needs([99, 0])), [2 * 99 + LEAST, 10]);
        assert_eq!(with_room([1, 1], [1_000, 500], needs([999, 500])), [1_000, 500]);
        assert_eq!(with_room([5_000, 0], [1_000, 500], needs([1_000, 500])), [1_000, 500]);
    }
}
