//! Every interleaving of the forwarding table's publication step, tried by loom on the very code that ships.
//!
//! `src/fib/epoch.rs` is compiled here against loom's atomics. Around it stands the smallest table that publishes as the
//! real ones do: a word that readers enter through, and two blocks, of which the one that is not in use is written for
//! the next state. A reader must get the old or the new answer, never what a block holds for another state.

mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicU64, Ordering, fence};
}

#[allow(dead_code, unreachable_pub, reason = "a part of the library, alone here")]
#[path = "../src/fib/epoch.rs"]
mod epoch;

use atomic::{AtomicU64, Ordering};
use epoch::Epoch;
use loom::{sync::Arc, thread};

/// A state is a number; both words of its block hold it, and the entry says which block that is.
struct Table {
    epoch: Epoch,
    entry: AtomicU64,
    blocks: [[AtomicU64; 2]; 2],
}

/// Whether the writer tells readers before it writes a block again.
#[derive(Clone, Copy, PartialEq)]
enum Grace {
    Kept,
    Forgotten,
}

impl Table {
    fn new() -> Self {
        let block = || [AtomicU64::new(0), AtomicU64::new(0)];
        Self { epoch: Epoch::new(), entry: AtomicU64::new(0), blocks: [block(), block()] }
    }

    fn publish(&self, state: u64) {
        let free = usize::from(state % 2 == 1);
        for word in &self.blocks[free] {
            word.store(state, Ordering::Relaxed);
        }
        self.entry.store(free as u64, Ordering::Release);
    }

    /// Both words of the block that the entry names, if they stand.
    fn read(&self) -> Option<(u64, u64)> {
        let begun = self.epoch.begin()?;
        let [first, second] = &self.blocks[usize::from(self.entry.load(Ordering::Acquire) == 1)];
        let words = (first.load(Ordering::Relaxed), second.load(Ordering::Relaxed));
        self.epoch.stands(begun).then_some(words)
    }
}

/// A reader beside a writer that publishes states 1 and 2; the second is written over what state 0 was in.
fn run(grace: Grace) {
    loom::model(move || {
        let table = Arc::new(Table::new());
        let writer = thread::spawn({
            let table = Arc::clone(&table);
            move || {
                table.publish(1);
                if grace == Grace::Kept {
                    table.epoch.advance();
                }
                table.publish(2);
            }
        });
        if let Some((first, second)) = table.read() {
            assert_eq!(first, second, "a block of two states");
        }
        assert!(writer.join().is_ok());
        assert_eq!(table.read(), Some((2, 2)));
    });
}

#[test]
fn a_reader_beside_a_writer_sees_one_state() {
    run(Grace::Kept);
}

/// The model is strong enough to find what the epoch prevents.
#[test]
#[should_panic(expected = "a block of two states")]
fn without_the_epoch_a_reader_would_see_two() {
    run(Grace::Forgotten);
}

#[test]
fn a_table_that_has_ended_does_not_answer() {
    loom::model(|| {
        let table = Arc::new(Table::new());
        let successor = Arc::new(AtomicU64::new(0));
        let writer = thread::spawn({
            let (table, successor) = (Arc::clone(&table), Arc::clone(&successor));
            move || {
                successor.store(1, Ordering::Release);
                table.epoch.end();
                // The old table's memory is not touched any more; its successor takes all that follows.
                successor.store(2, Ordering::Release);
            }
        });
        if table.epoch.begin().is_none() {
            assert_ne!(successor.load(Ordering::Acquire), 0, "who is sent away finds the successor");
        }
        writer.join().unwrap();
        assert_eq!(table.read(), None);
    });
}
