//! The facts of the machine that a report names.

use crate::churn::Machine;
use std::{fs, thread};

/// What is known of this machine.
pub(super) fn machine() -> Machine {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let model = read("/proc/cpuinfo");
    let model = model.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    Machine {
        cpus: thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        cpu_model: model.map_or_else(|| "unknown".to_owned(), |(_, name)| name.trim().to_owned()),
        kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
    }
}
