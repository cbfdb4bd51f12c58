//! What the process uses, under the names that all of Prometheus' clients have for it.

use crate::procfs;
use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::{Registry, Unit},
};
use std::{fs, sync::atomic::AtomicU64, time::Duration};

/// Clock ticks of /proc in a second: Linux has 100 for every program, whatever the kernel itself counts in (proc(5)).
const TICKS_PER_SECOND: u32 = 100;

/// What the process uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::api) struct Process {
    /// Time on processors, of all threads.
    pub(in crate::api) cpu: Duration,
    /// Octets of memory that are not swapped out.
    pub(in crate::api) resident: u64,
    /// Open file descriptors.
    pub(in crate::api) descriptors: u64,
}

impl Process {
    /// This one's; zero where /proc does not say.
    pub(super) fn own() -> Self {
        let text = |file: &str| fs::read_to_string(format!("/proc/self/{file}")).unwrap_or_default();
        let descriptors = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        Self {
            cpu: cpu(&text("stat")).unwrap_or_default(),
            resident: procfs::resident(&text("status")).unwrap_or_default(),
            descriptors: descriptors as u64,
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let cpu = Counter::<f64, AtomicU64>::default();
        cpu.inc_by(self.cpu.as_secs_f64());
        let [resident, descriptors] = [self.resident, self.descriptors].map(|value| {
            let gauge = Gauge::<u64, AtomicU64>::default();
            gauge.set(value);
            gauge
        });
        registry.register_with_unit("cpu", "Time on processors", Unit::Seconds, cpu);
        registry.register_with_unit(
            "resident_memory",
            "Memory that is not swapped out",
            Unit::Bytes,
            resident,
        );
        registry.register("open_fds", "Open file descriptors", descriptors);
    }
}

/// `utime` and `stime` of proc(5) stat.
fn cpu(stat: &str) -> Option<Duration> {
    let mut fields = procfs::behind_name(stat)?.skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some((Duration::from_secs(1) / TICKS_PER_SECOND) * ticks()?.checked_add(ticks()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_is_read_whatever_the_name_of_the_program() {
        let stat = "4711 (a ) b) S 1 4711 4711 0 -1 4194560 2263 0 0 0 1234 66 0 0 20 0 4 0 887 230 1500";
        assert_eq!(cpu(stat), Some(Duration::from_secs(13)));
        assert_eq!(cpu("4711"), None);
        let own = Process::own();
        assert!(own.resident > 1 << 20 && own.descriptors > 2, "{own:?}");
    }
}
