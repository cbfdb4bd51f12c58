//! The daemon under test: the binary of this build as a child, its file, its log, its control endpoint.

#![allow(dead_code, reason = "the fault suite uses it too, and each its own part")]

use crate::{
    lab::{
        failure::{Failure, Outcome, ensure},
        process::{self, Process, Signal},
        wait::until,
    },
    plan::{Circuit, Plan},
};
use msee::{
    api::{
        Client,
        schema::{
            Direction, Event, EventsQuery, PageSize, Route, RoutesQuery, Session, SessionsQuery, Status,
        },
    },
    family::Family,
};
use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::Duration,
};
use tempfile::TempDir;
use tokio::runtime::{self, Runtime};

/// The `msee` of this build.
const PROGRAM: &str = env!("CARGO_BIN_EXE_msee");

/// A running daemon.
pub(crate) struct Daemon {
    // Fields drop in this order: the process ends before its directory goes.
    process: Process,
    pid: u32,
    client: Client,
    runtime: Runtime,
    directory: TempDir,
}

/// How many descriptors the daemon may have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Descriptors {
    /// As many as the test.
    Inherited,
    /// So many (`RLIMIT_NOFILE`).
    AtMost(u32),
}

impl Daemon {
    /// Starts it and waits until its control endpoint answers.
    pub(crate) fn start(plan: &Plan, descriptors: Descriptors) -> Outcome<Self> {
        let mut command = Command::new(PROGRAM);
        if let Descriptors::AtMost(limit) = descriptors {
            let limit = libc::rlimit { rlim_cur: limit.into(), rlim_max: limit.into() };
            // SAFETY: between fork and exec the closure makes one async-signal-safe system call on a value of its own.
            unsafe {
                command.pre_exec(move || match libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) {
                    0 => Ok(()),
                    _ => Err(std::io::Error::last_os_error()),
                });
            }
        }
        Self::of_command(plan, command)
    }

    /// As [`start`](Self::start), through a command that executes what its last arguments say: `taskset -c 0`.
    pub(crate) fn start_through(plan: &Plan, through: &[&str]) -> Outcome<Self> {
        let mut words = through.iter().chain([&PROGRAM]);
        let mut command = Command::new(words.next().unwrap_or(&PROGRAM));
        command.args(words);
        Self::of_command(plan, command)
    }

    fn of_command(plan: &Plan, mut command: Command) -> Outcome<Self> {
        let directory = TempDir::new()?;
        fs::write(file_in(directory.path()), plan.to_toml())?;
        command.arg("run").arg("-c").arg(file_in(directory.path())).env("NO_COLOR", "1");
        let process = Process::spawn(command, &directory.path().join("msee.log"))?;
        let client = Client::new(&plan.control().to_string())?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let mut daemon = Self { process, pid: 0, client, runtime, directory };
        let answer = until("the daemon answers", || match daemon.lives() {
            Ok(()) => daemon.status().map(Ok),
            Err(ended) => Ok(Err(ended)),
        })?;
        let status = answer.map_err(|ended| format!("{ended}: {}", daemon.log().unwrap_or_default()))?;
        Ok(Self { pid: status.pid, ..daemon })
    }

    /// Fails if the process has ended.
    pub(crate) fn lives(&mut self) -> Outcome {
        match self.process.ended()? {
            None => Ok(()),
            Some(status) => Err(format!("the daemon has ended with {status}").into()),
        }
    }

    pub(crate) fn status(&self) -> Outcome<Status> {
        Ok(self.runtime.block_on(self.client.status())?)
    }

    /// The circuit's session.
    pub(crate) fn session(&self, circuit: &Circuit) -> Outcome<Session> {
        let query = SessionsQuery { attachment: Some(circuit.attachment()?) };
        let sessions = self.runtime.block_on(self.client.sessions(&query))?;
        sessions.into_iter().next().ok_or_else(|| format!("{} has no session", circuit.name()).into())
    }

    /// All sessions.
    pub(crate) fn sessions(&self) -> Outcome<Vec<Session>> {
        Ok(self.runtime.block_on(self.client.sessions(&SessionsQuery { attachment: None }))?)
    }

    /// The IPv4 routes of the circuit's session, all of them.
    pub(crate) fn routes(&self, circuit: &Circuit, direction: Direction) -> Outcome<Vec<Route>> {
        let mut query = RoutesQuery {
            attachment: circuit.attachment()?,
            direction,
            family: Family::Ipv4,
            refused: false,
            prefix: None,
            after: None,
            limit: PageSize::MAX,
        };
        let mut routes = Vec::new();
        loop {
            let page = self.runtime.block_on(self.client.routes(&query))?;
            routes.extend(page.routes);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(routes),
            }
        }
    }

    /// What has happened, oldest first.
    pub(crate) fn events(&self) -> Outcome<Vec<Event>> {
        let query = EventsQuery { after: Some(0), limit: PageSize::MAX };
        Ok(self.runtime.block_on(self.client.events(&query))?)
    }

    /// Asks for a reload over HTTP.
    ///
    /// # Errors
    /// Why the daemon refused the file.
    pub(crate) fn reload(&self) -> Outcome {
        self.runtime.block_on(self.client.reload())?;
        Ok(())
    }

    /// Runs a verb of the command line against this daemon and returns what it prints.
    ///
    /// # Errors
    /// Its exit status and both outputs, unless it succeeded.
    pub(crate) fn command(&self, arguments: &[&str]) -> Outcome<String> {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env("NO_COLOR", "1").env("MSEE_CONTROL", self.client.control());
        process::output(&mut command)
    }

    /// Why the circuit's session ended last, once that contains the words given.
    pub(crate) fn reset_due_to(&self, circuit: &Circuit, words: &str) -> Outcome<Session> {
        until(&format!("{} shows {words:?} as the cause", circuit.name()), || {
            let session = self.session(circuit)?;
            let due_to = session.last_reset.as_ref().map(|reset| reset.due_to.as_str());
            ensure!(due_to.is_some_and(|due_to| due_to.contains(words)), "{due_to:?}");
            Ok(session)
        })
    }

    /// The configuration file.
    pub(crate) fn file(&self) -> PathBuf {
        file_in(self.directory.path())
    }

    pub(crate) fn log(&self) -> Outcome<String> {
        self.process.log()
    }

    pub(crate) fn signal(&self, signal: Signal) -> Outcome {
        self.process.signal(signal)
    }

    /// Waits until the process has ended.
    pub(crate) fn ended(&mut self) -> Outcome<ExitStatus> {
        until("the daemon ends", || self.process.ended()?.ok_or_else(|| Failure::from("still running")))
    }

    /// Processor time that the process has used (`utime` and `stime`, proc(5)).
    pub(crate) fn processor_time(&self) -> Outcome<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        // The second field is the program's name in parentheses; utime and stime are fields 14 and 15.
        let (_, fields) = stat.rsplit_once(')').ok_or("no name in the process's stat")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let ticks = ticks.sum::<Result<u64, _>>()?;
        // SAFETY: sysconf takes an integer and touches no memory of ours.
        let per_second = u64::try_from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) })?;
        Ok(Duration::from_millis(ticks * 1000 / per_second))
    }

    /// Descriptors that the process has open.
    pub(crate) fn descriptors(&self) -> Outcome<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.pid))?.count())
    }

    /// Memory of the process that is in use now, in KiB (`VmRSS`, proc(5)).
    pub(crate) fn resident_kib(&self) -> Outcome<usize> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let line = line.ok_or("no VmRSS in the process's status")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}

fn file_in(directory: &Path) -> PathBuf {
    directory.join("lab.toml")
}
