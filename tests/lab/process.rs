//! Commands that end, and daemons that run until they are told to end.

use super::failure::{Failure, Outcome};
use std::{
    ffi::OsStr,
    fs::{self, File},
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long a daemon may take to end after SIGTERM before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// What a test sends to a daemon.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signal {
    /// SIGHUP: read the configuration again.
    Hangup,
    /// SIGTERM: end in order.
    Terminate,
    /// SIGINT: the same, from a terminal.
    Interrupt,
    /// SIGKILL: end as if the power had failed.
    Kill,
    /// SIGSTOP: alive and silent, as a hung control plane is.
    Stop,
    /// SIGCONT: go on after [`Signal::Stop`].
    Continue,
}

impl Signal {
    const fn number(self) -> libc::c_int {
        match self {
            Self::Hangup => libc::SIGHUP,
            Self::Terminate => libc::SIGTERM,
            Self::Interrupt => libc::SIGINT,
            Self::Kill => libc::SIGKILL,
            Self::Stop => libc::SIGSTOP,
            Self::Continue => libc::SIGCONT,
        }
    }
}

/// A program inside a network namespace.
pub(crate) fn inside(namespace: &str, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", namespace]).arg(program);
    command
}

/// Runs a command to its end and returns what it printed on standard output.
///
/// # Errors
/// Its exit status and what it printed on both outputs, unless it succeeded.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let ended = command.stdin(Stdio::null()).output()?;
    let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
    if ended.status.success() {
        return Ok(printed);
    }
    let complaint = String::from_utf8_lossy(&ended.stderr);
    Err(format!("{command:?} ended with {}: {}{}", ended.status, complaint.trim(), printed.trim()).into())
}

/// As [`output`], with text for the command's standard input.
pub(crate) fn output_with_input(command: &mut Command, input: &str) -> Outcome<String> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let ended = child.wait_with_output()?;
    if ended.status.success() {
        return Ok(String::from_utf8_lossy(&ended.stdout).into_owned());
    }
    Err(format!("{command:?} ended with {}: {}", ended.status, String::from_utf8_lossy(&ended.stderr)).into())
}

/// A daemon in the foreground; it ends with this value, or with the test's thread, whatever ends that.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a daemon whose standard output and error go to a log file.
    pub(crate) fn spawn(mut command: Command, log: &Path) -> Outcome<Self> {
        let file = File::create(log)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        // SAFETY: between fork and exec the closure makes one async-signal-safe system call and allocates nothing.
        unsafe {
            command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            });
        }
        let child = command.spawn().map_err(|error| Failure::from(format!("{command:?}: {error}")))?;
        Ok(Self { child, log: log.to_owned() })
    }

    /// Sends a signal to the daemon itself.
    pub(crate) fn signal(&self, signal: Signal) -> Outcome {
        let pid = libc::pid_t::try_from(self.child.id())?;
        // SAFETY: kill takes two integers; the pid is our own child's, which is not reaped before `drop`.
        match unsafe { libc::kill(pid, signal.number()) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error().into()),
        }
    }

    /// Ends the daemon at once, and waits until it is gone.
    pub(crate) fn kill(&mut self) -> Outcome {
        self.signal(Signal::Kill)?;
        self.child.wait()?;
        Ok(())
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Outcome<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Everything that it has printed.
    pub(crate) fn log(&self) -> Outcome<String> {
        Ok(String::from_utf8_lossy(&fs::read(&self.log)?).into_owned())
    }

    fn ends_within(&mut self, grace: Duration) -> bool {
        let end = Instant::now() + grace;
        while Instant::now() < end {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        // A stopped process sees SIGTERM only after SIGCONT.
        let asked = self.signal(Signal::Terminate).and_then(|()| self.signal(Signal::Continue));
        if asked.is_err() || !self.ends_within(GRACE) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
