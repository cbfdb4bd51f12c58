//! CPU seconds and resident memory of the speaker and of the generator's own threads, from `/proc`.

use crate::procfs;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// What a set of processes has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// CPU time of all their threads that are alive.
    pub(super) cpu: Duration,
    /// Memory that is resident; what processes share is counted for each.
    pub(super) resident_octets: u64,
}

/// A process that cannot be measured.
#[derive(Debug, thiserror::Error)]
#[error("process {pid} cannot be measured: {source}; is it the speaker's, and still running?")]
pub struct Unmeasurable {
    /// The process.
    pub pid: u32,
    /// Why.
    pub source: io::Error,
}

/// The processes of a speaker: those that were named, and all that they started.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    named: Vec<u32>,
}

impl Meter {
    /// Measures these processes and their children.
    pub(super) fn new(pids: Vec<u32>) -> Self {
        Self { named: pids }
    }

    /// What they have used up to now; `None` if no process was named.
    ///
    /// # Errors
    /// [`Unmeasurable`] if a named process is gone; children may come and go.
    pub(super) fn read(&self) -> Result<Option<Usage>, Unmeasurable> {
        if self.named.is_empty() {
            return Ok(None);
        }
        let mut total = Usage::default();
        for pid in &self.named {
            let usage = process(*pid).map_err(|source| Unmeasurable { pid: *pid, source })?;
            total = total.and(usage);
        }
        for pid in descendants(&self.named, &parents()) {
            total = total.and(process(pid).unwrap_or_default());
        }
        Ok(Some(total))
    }
}

impl Usage {
    fn and(self, other: Self) -> Self {
        Self { cpu: self.cpu + other.cpu, resident_octets: self.resident_octets + other.resident_octets }
    }
}

/// What threads of this process have spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spent {
    /// On a CPU.
    pub(super) cpu: Duration,
    /// In line for one.
    pub(super) in_line: Duration,
}

impl Spent {
    /// What was spent since then.
    #[must_use]
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            in_line: self.in_line.saturating_sub(before.in_line),
        }
    }

    fn and(self, other: Self) -> Self {
        Self { cpu: self.cpu + other.cpu, in_line: self.in_line + other.in_line }
    }
}

/// What this process's threads of this name have spent.
pub(super) fn own_threads(name: &str) -> Spent {
    let threads = tasks(Path::new("/proc/self/task")).unwrap_or_default();
    let named = |task: &PathBuf| fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == name);
    let spent = threads.iter().filter(|task| named(task)).filter_map(|task| spent(task).ok());
    spent.fold(Spent::default(), Spent::and)
}

fn process(pid: u32) -> io::Result<Usage> {
    let directory = PathBuf::from(format!("/proc/{pid}"));
    let threads = tasks(&directory.join("task"))?;
    // A thread that ends between the listing and the reading has no part in it any more.
    let cpu = threads.iter().filter_map(|task| Some(spent(task).ok()?.cpu)).sum();
    let status = fs::read_to_string(directory.join("status"))?;
    Ok(Usage { cpu, resident_octets: procfs::resident(&status).unwrap_or_default() })
}

fn tasks(directory: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect()
}

fn spent(task: &Path) -> io::Result<Spent> {
    Ok(of_schedstat(&fs::read_to_string(task.join("schedstat"))?))
}

/// The first two fields of `schedstat`: nanoseconds on a CPU and in line for one.
fn of_schedstat(text: &str) -> Spent {
    let mut fields = text.split_whitespace().map(|field| field.parse().unwrap_or_default());
    let mut next = || Duration::from_nanos(fields.next().unwrap_or_default());
    Spent { cpu: next(), in_line: next() }
}

/// The parent of every process.
fn parents() -> BTreeMap<u32, u32> {
    let processes = tasks(Path::new("/proc")).unwrap_or_default();
    let pid = |path: &PathBuf| path.file_name()?.to_str()?.parse().ok();
    let parent = |path: &PathBuf| parent(&fs::read_to_string(path.join("stat")).ok()?);
    processes.iter().filter_map(|path| Some((pid(path)?, parent(path)?))).collect()
}

fn parent(stat: &str) -> Option<u32> {
    procfs::behind_name(stat)?.nth(1)?.parse().ok()
}

fn descendants(of: &[u32], parents: &BTreeMap<u32, u32>) -> BTreeSet<u32> {
    let mut family: BTreeSet<u32> = of.iter().copied().collect();
    loop {
        let before = family.len();
        let children: Vec<u32> =
            parents.iter().filter(|(_, parent)| family.contains(parent)).map(|(pid, _)| *pid).collect();
        family.extend(children);
        if family.len() == before {
            break;
        }
    }
    family.retain(|pid| !of.contains(pid));
    family
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found() {
        assert_eq!(parent("7 (a) b) c) S 42 7 7 0"), Some(42));
        assert_eq!(parent("7"), None);
        let (cpu, in_line) = (Duration::from_nanos(1_500), Duration::from_nanos(20));
        assert_eq!(of_schedstat("1500 20 3\n"), Spent { cpu, in_line });
        assert_eq!(of_schedstat(""), Spent::default());
    }

    #[test]
    fn children_and_their_children_belong_to_a_process() {
        let parents = BTreeMap::from([(2, 1), (3, 2), (4, 3), (5, 1), (6, 6)]);
        assert_eq!(descendants(&[2], &parents), BTreeSet::from([3, 4]));
        assert_eq!(descendants(&[2, 3], &parents), BTreeSet::from([4]));
        assert_eq!(descendants(&[9], &parents), BTreeSet::new());
    }

    #[test]
    fn this_process_can_be_measured_and_one_that_is_gone_is_named() {
        let usage = Meter::new(vec![std::process::id()]).read().unwrap().unwrap();
        assert!(usage.cpu > Duration::ZERO && usage.resident_octets > 1_000_000, "{usage:?}");
        assert_eq!(Meter::new(Vec::new()).read().unwrap(), None);
        let error = Meter::new(vec![u32::MAX]).read().unwrap_err();
        assert!(error.to_string().starts_with("process 4294967295 cannot be measured"), "{error}");
    }
}
