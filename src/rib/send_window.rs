//! How much may be under way to a peer that is told what all others are told.

use crate::family::{Family, PerFamily};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Octets between whoever packs UPDATEs and the socket they go to, counted by both without a lock.
///
/// Past [`LIMIT`](Self::LIMIT) nothing more is packed: what changes meanwhile is kept as the set of its prefixes. The
/// side that writes says when there is room again, but only if it was asked to, so that a peer that keeps up costs no
/// message.
#[derive(Debug, Default)]
pub struct SendWindow {
    under_way: AtomicUsize,
    awaited: AtomicBool,
    advertised: PerFamily<AtomicUsize>,
}

impl SendWindow {
    /// Octets under way from which on there is no room; the last portion may go beyond.
    pub const LIMIT: usize = 256 * 1024;
    /// Octets under way at which somebody who waits is told.
    const ENOUGH: usize = Self::LIMIT / 2;

    /// How many octets more there is room for.
    pub fn room(&self) -> usize {
        Self::LIMIT.saturating_sub(self.under_way.load(Ordering::SeqCst))
    }

    /// Notes octets as sent off.
    pub fn sent(&self, octets: usize) {
        self.under_way.fetch_add(octets, Ordering::SeqCst);
    }

    /// Asks to be told when there is room; false if nothing is under way, and so nobody will tell.
    pub fn wait(&self) -> bool {
        self.awaited.store(true, Ordering::SeqCst);
        // Between a look and the wish the last octets may have been written.
        self.under_way.load(Ordering::SeqCst) > 0 || !self.awaited.swap(false, Ordering::SeqCst)
    }

    /// Notes octets as written; true if somebody waits for that and is to be told.
    #[must_use]
    pub fn written(&self, octets: usize) -> bool {
        let before = self.under_way.fetch_sub(octets, Ordering::SeqCst);
        before.saturating_sub(octets) <= Self::ENOUGH && self.awaited.swap(false, Ordering::SeqCst)
    }

    /// The number of prefixes that the peer has been told of, for readers.
    pub fn advertised(&self, family: Family) -> usize {
        self.advertised[family].load(Ordering::Relaxed)
    }

    /// Notes that number.
    pub fn set_advertised(&self, family: Family, prefixes: usize) {
        self.advertised[family].store(prefixes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_told_once_and_nobody_else() {
        let window = SendWindow::default();
        window.sent(SendWindow::LIMIT + 10);
        assert_eq!(window.room(), 0);
        assert!(!window.written(10), "nobody waits");
        assert!(window.wait());
        assert!(!window.written(10), "not enough yet");
        assert!(window.written(SendWindow::LIMIT / 2));
        assert!(!window.written(10), "told already");
    }

    #[test]
    fn nobody_waits_for_what_has_been_written_already() {
        let window = SendWindow::default();
        assert!(!window.wait());
        window.sent(10);
        assert!(window.wait());
        assert!(window.written(10));
    }

    #[test]
    fn two_threads_never_wait_for_each_other() {
        let window = SendWindow::default();
        let (room, told) = std::sync::mpsc::sync_channel(20_000);
        std::thread::scope(|scope| {
            let (portions, written) = std::sync::mpsc::sync_channel::<usize>(20_000);
            scope.spawn({
                let window = &window;
                move || {
                    for octets in written {
                        if window.written(octets) {
                            room.send(()).unwrap();
                        }
                    }
                }
            });
            for _ in 0..20_000 {
                if window.room() == 0 && window.wait() {
                    told.recv().unwrap();
                }
                window.sent(40_000);
                portions.send(40_000).unwrap();
            }
            drop(portions);
        });
        assert_eq!(window.room(), SendWindow::LIMIT);
    }
}
