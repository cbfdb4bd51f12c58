//! The daemon as a process of its own, seen from outside.

use std::{
    error::Error,
    fs, io,
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

pub(crate) const LISTENS: &str = "127.0.0.1:1790";
pub(crate) const CONTROL: &str = "127.0.0.1:8279";

/// Ends when it is dropped.
pub(crate) struct Speaker(Child);

/// What a burst of work came to.
pub(crate) struct Settled {
    /// CPU seconds since its beginning.
    pub(crate) cpu: f64,
    /// For how long nothing has been done since.
    pub(crate) quiet: Duration,
}

impl Speaker {
    /// Until nothing is done for so long, something may still be under way.
    const QUIET: Duration = Duration::from_millis(500);

    /// Starts the daemon, and waits until it listens.
    pub(crate) fn start(file: &Path) -> io::Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_msee"));
        command.args(["run", "--log-level", "warn", "-c"]).arg(file).stderr(Stdio::null());
        let mut speaker = Self(command.spawn()?);
        while TcpStream::connect(LISTENS).is_err() {
            if let Some(status) = speaker.0.try_wait()? {
                return Err(io::Error::other(format!("the daemon has ended with {status}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(speaker)
    }

    /// Octets of memory that it occupies.
    pub(crate) fn resident(&self) -> Result<usize, Box<dyn Error>> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<usize>()? * 1024)
    }

    /// CPU seconds of all its threads so far, in steps of 10 ms.
    pub(crate) fn cpu_seconds(&self) -> Result<f64, Box<dyn Error>> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
        Ok(f64::from(ticks.sum::<Result<u32, _>>()?) / 100.0)
    }

    /// Waits until it has nothing more to do.
    pub(crate) fn wait_until_idle(&self, before: f64) -> Result<Settled, Box<dyn Error>> {
        let (mut last, mut since) = (self.cpu_seconds()?, Instant::now());
        while since.elapsed() < Self::QUIET {
            thread::sleep(Duration::from_millis(20));
            let now = self.cpu_seconds()?;
            if now > last {
                (last, since) = (now, Instant::now());
            }
        }
        Ok(Settled { cpu: last - before, quiet: since.elapsed() })
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
