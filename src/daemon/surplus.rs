//! Memory that is needed no longer goes back to the system.
//!
//! What a configuration file or the table of a lost session has taken is free afterwards, but stays with the process: the
//! allocator keeps it between smaller pieces that are in use. `benches/ordinary` shows what is left of it.

#![allow(unsafe_code, reason = "malloc_trim(3)")]

use std::time::{Duration, Instant};

/// When memory is given back.
#[derive(Debug, Default)]
pub(super) struct Surplus {
    due: Option<Instant>,
}

impl Surplus {
    /// Between two times, and after something large was let go: routes of a lost session are withdrawn in portions.
    const PAUSE: Duration = Duration::from_secs(2);

    /// Notes that something large was or will be let go.
    pub(super) fn note(&mut self, now: Instant) {
        self.due.get_or_insert(now + Self::PAUSE);
    }

    /// When [`give_back`](Self::give_back) is to be called; never if `None`.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Gives back what the allocator has to spare.
    pub(super) fn give_back(&mut self) {
        self.due = None;
        trim();
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn trim() {
    // SAFETY: malloc_trim may be called at any time and by any thread; it touches no memory that is in use.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Other allocators give back by themselves, or cannot be asked.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_of_losses_is_followed_by_one_return() {
        let mut surplus = Surplus::default();
        let now = Instant::now();
        assert_eq!(surplus.due(), None);
        surplus.note(now);
        surplus.note(now + Surplus::PAUSE / 2);
        assert_eq!(surplus.due(), Some(now + Surplus::PAUSE));
        surplus.give_back();
        assert_eq!(surplus.due(), None);
        surplus.note(now);
        assert!(surplus.due().is_some());
    }

    #[test]
    fn what_was_freed_between_pieces_in_use_leaves_the_process() {
        let resident = || {
            let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
            statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
        };
        // Small enough for the heap, and every 64th stays, so that the heap cannot shrink from its end.
        let mut pieces: Vec<Option<Vec<u8>>> = (0..16_384).map(|_| Some(vec![1; 4_096])).collect();
        let full = resident();
        for (number, piece) in pieces.iter_mut().enumerate() {
            if number % 64 > 0 {
                *piece = None;
            }
        }
        Surplus::default().give_back();
        assert!(full - resident().min(full) > 32 << 20, "{full} then {}", resident());
        assert_eq!(pieces.iter().flatten().count(), 256);
    }
}
