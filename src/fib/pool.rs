//! Which parts of a table's memory are in use; the writer's side only.

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

    /// A pool whose first unit is never handed out.
    pub(super) fn with_zeros(capacity: usize) -> Self {
        Self { top: 1, ..Self::new(capacity) }
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

    /// Whether so much waits that it had better be used again.
    pub(super) fn is_due(&self) -> bool {
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

    /// How large a pool serves what is in use better than this one: twice that.
    pub(super) fn better_capacity(&self) -> Option<usize> {
        let (capacity, wanted) = (self.capacity as usize, 2 * self.top() + LEAST);
        (capacity < wanted - wanted / 4 || capacity > 4 * wanted).then_some(wanted)
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

/// Units of the smallest pool, besides what is in use: room for what waits and for a change.
const LEAST: usize = 40;
