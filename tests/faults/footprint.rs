//! What the daemon holds of the machine, to be the same after a fault as before it.

use crate::{
    bench::Bench,
    lab::{
        failure::{Outcome, ensure},
        wait::until,
    },
};

/// Memory that an allocator may keep of what was given back; a leak of a connection's buffers would be far more.
const KEPT_KIB: usize = 16 * 1024;

/// Descriptors and memory of the daemon.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Footprint {
    descriptors: usize,
    resident_kib: usize,
}

impl Footprint {
    pub(crate) fn of(bench: &Bench) -> Outcome<Self> {
        Ok(Self { descriptors: bench.daemon.descriptors()?, resident_kib: bench.daemon.resident_kib()? })
    }

    /// Waits until the daemon holds no more than it did, as soon as the connections' own time limits are over.
    pub(crate) fn is_back(self, bench: &Bench) -> Outcome {
        until("the daemon holds what it held before", || {
            let now = Self::of(bench)?;
            ensure!(now.descriptors <= self.descriptors, "{now:?}, before {self:?}");
            ensure!(now.resident_kib <= self.resident_kib + KEPT_KIB, "{now:?}, before {self:?}");
            Ok(())
        })
    }
}
