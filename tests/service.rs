//! The daemon as a service manager sees it: the `sd_notify` protocol on a socket of the test's own, and several daemons that
//! share the circuits of one file. No root, no systemd.

#[path = "lab/mod.rs"]
mod lab;

use lab::{
    failure::{Failure, Outcome, ensure},
    process::{self, Process, Signal},
    wait::{PATIENCE, until},
};
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    io::Write as _,
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_msee");

/// An address of the loopback with a port that was free a moment ago.
fn free() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Circuits with one session each, on ports of the loopback address.
fn circuits(control: SocketAddr, endpoints: &[SocketAddr]) -> String {
    let mut toml = format!("[daemon]\ncontrol = \"{control}\"\n");
    for (n, endpoint) in endpoints.iter().enumerate() {
        let _ = write!(
            toml,
            "[[circuit]]\nname = \"c{n}\"\n[[circuit.peering]]\nkind = \"private\"\npeer_asn = 65010\nvlan_id = 100\n\
             primary_peer_address_prefix = \"172.16.{n}.0/30\"\nsecondary = \"disabled\"\n\
             primary = {{ local_endpoint = \"{endpoint}\", peer_endpoint = \"127.0.0.2:9\", passive = true }}\n"
        );
    }
    toml
}

/// A directory with a socket in the manager's place.
struct Manager {
    directory: TempDir,
    socket: UnixDatagram,
}

impl Manager {
    fn new() -> Outcome<Self> {
        let directory = tempfile::Builder::new().prefix("msee-lab-").tempdir()?;
        let socket = UnixDatagram::bind(directory.path().join("notify"))?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { directory, socket })
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("lab.toml")
    }

    fn start(&self, toml: &str) -> Outcome<Process> {
        fs::write(self.file(), toml)?;
        let mut command = Command::new(PROGRAM);
        command.arg("run").arg("-c").arg(self.file());
        command.env("NOTIFY_SOCKET", self.directory.path().join("notify")).env("WATCHDOG_USEC", "400000");
        Process::spawn(command, &self.directory.path().join("msee.log"))
    }

    /// The next message that has a line that begins so, with all its lines.
    fn told(&self, line: &str) -> Outcome<String> {
        let mut buffer = [0; 4096];
        loop {
            let length =
                self.socket.recv(&mut buffer).map_err(|error| format!("waiting for {line}: {error}"))?;
            let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if message.lines().any(|told| told.starts_with(line)) {
                return Ok(message);
            }
            ensure!(message.starts_with("WATCHDOG=1"), "{message:?} came before {line}");
        }
    }
}

#[test]
fn a_manager_hears_of_readiness_reloads_health_and_the_end() -> Outcome {
    let (manager, control, endpoint) = (Manager::new()?, free()?, free()?);
    let good = circuits(control, &[endpoint]);
    let mut daemon = manager.start(&good)?;
    let ready = manager.told("READY=1")?;
    ensure!(ready.contains("STATUS=listening for 1 sessions"), "{ready}");
    // Ready means ready: the kernel accepts, although the stranger is turned away afterwards.
    TcpStream::connect(endpoint)?;
    manager.told("WATCHDOG=1")?;
    manager.told("WATCHDOG=1")?;

    daemon.signal(Signal::Hangup)?;
    let reloading = manager.told("RELOADING=1")?;
    let monotonic = reloading.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
    ensure!(monotonic.is_some_and(|usec| usec.parse::<u64>().is_ok()), "{reloading}");
    manager.told("READY=1")?;

    fs::write(manager.file(), "[daemon]\nport = 179\n")?;
    daemon.signal(Signal::Hangup)?;
    manager.told("RELOADING=1")?;
    let ready = manager.told("READY=1")?;
    ensure!(ready.contains("STATUS=the configuration was refused"), "{ready}");

    daemon.signal(Signal::Terminate)?;
    manager.told("STOPPING=1")?;
    let status = until("the daemon ends", || daemon.ended()?.ok_or_else(|| Failure::from("it still runs")))?;
    ensure!(status.success(), "{status}");
    Ok(())
}

#[test]
fn a_session_whose_port_is_taken_does_not_keep_the_service_from_being_ready() -> Outcome {
    let manager = Manager::new()?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let _daemon = manager.start(&circuits(free()?, &[free()?, taken.local_addr()?]))?;
    let ready = manager.told("READY=1")?;
    ensure!(ready.contains("listening for 1 sessions; 1 wait"), "{ready}");
    Ok(())
}

#[test]
fn the_unit_is_one_that_systemd_takes() -> Outcome {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/systemd/msee.service"))?;
    let Ok(version) = process::output(Command::new("systemd-analyze").arg("--version")) else {
        // Not println!: the test harness would swallow it, and an omission must be seen.
        let _ =
            writeln!(std::io::stderr(), "left out: the unit is not verified: there is no systemd-analyze");
        return Ok(());
    };
    let directory = tempfile::Builder::new().prefix("msee-lab-").tempdir()?;
    let unit = directory.path().join("msee.service");
    // What it starts and documents is not installed here.
    let here: String = text
        .replace("/usr/bin/msee", "/bin/true")
        .lines()
        .filter(|line| !line.starts_with("Documentation="))
        .flat_map(|line| [line, "\n"])
        .collect();
    fs::write(&unit, here)?;
    let verified = Command::new("systemd-analyze").arg("verify").arg(&unit).output()?;
    let said = String::from_utf8_lossy(&verified.stderr);
    ensure!(verified.status.success(), "{version}: {said}");
    // systemd before 253 takes the line before it.
    let is_old = |line: &&str| line.contains("Failed to parse service type, ignoring: notify-reload");
    let complaints: Vec<&str> = said.lines().filter(|line| !is_old(line)).collect();
    ensure!(complaints.is_empty(), "{version}: {complaints:?}");
    Ok(())
}

/// Names of circuits and of attachments that a daemon serves.
fn served(control: SocketAddr, noun: &str, key: &str) -> Outcome<Vec<String>> {
    let mut show = Command::new(PROGRAM);
    show.args(["--control", &control.to_string(), "show", noun, "-o", "json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&process::output(&mut show)?)?;
    Ok(rows.iter().map(|row| row[key].as_str().unwrap_or_default().to_owned()).collect())
}

#[test]
fn shards_side_by_side_serve_every_circuit_exactly_once() -> Outcome {
    const SHARDS: usize = 3;
    let endpoints = (0..12).map(|_| free()).collect::<Outcome<Vec<_>>>()?;
    let directory = tempfile::Builder::new().prefix("msee-lab-").tempdir()?;
    let shards = (0..SHARDS)
        .map(|index| {
            let control = free()?;
            let file = directory.path().join(format!("{index}.toml"));
            fs::write(&file, circuits(control, &endpoints))?;
            Ok((control, run_shard(&file, index, SHARDS)?))
        })
        .collect::<Outcome<Vec<_>>>()?;
    let all: BTreeSet<String> = (0..endpoints.len()).map(|n| format!("c{n}")).collect();
    let (mut circuits_seen, mut attachments) = (Vec::new(), Vec::new());
    for (control, daemon) in &shards {
        let own = until("the shard answers", || {
            served(*control, "circuits", "name")
                .map_err(|failure| format!("{failure}: {:?}", daemon.log()).into())
        })?;
        ensure!(own.len() < all.len(), "one shard serves everything");
        circuits_seen.extend(own);
        attachments.extend(served(*control, "sessions", "attachment")?);
    }
    ensure!(circuits_seen.len() == all.len(), "{circuits_seen:?}");
    ensure!(circuits_seen.iter().cloned().collect::<BTreeSet<_>>() == all, "{circuits_seen:?}");
    ensure!(attachments.iter().collect::<BTreeSet<_>>().len() == all.len(), "{attachments:?}");
    // Two listeners on one endpoint would have been refused by the kernel, and none would answer.
    for (control, daemon) in &shards {
        ensure!(!daemon.log()?.contains("cannot listen"), "{}", daemon.log()?);
        // A reload keeps the part.
        let before = served(*control, "circuits", "name")?;
        let said =
            process::output(Command::new(PROGRAM).args(["--control", &control.to_string(), "reload"]))?;
        ensure!(said.contains("no change"), "{said}");
        ensure!(served(*control, "circuits", "name")? == before, "the reload brought circuits of others");
    }
    for endpoint in endpoints {
        until("the circuit is served", || Ok(TcpStream::connect(endpoint).map(drop)?))?;
    }
    Ok(())
}

fn run_shard(file: &Path, index: usize, count: usize) -> Outcome<Process> {
    let mut command = Command::new(PROGRAM);
    command.arg("run").arg("-c").arg(file).arg("--shard").arg(format!("{index}/{count}"));
    Process::spawn(command, &file.with_extension("log"))
}
