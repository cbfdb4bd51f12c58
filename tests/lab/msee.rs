//! The daemon under test, driven as its users drive it: a file, the command line, signals.

use super::{
    failure::{Failure, Outcome, ensure},
    namespace::Namespace,
    process::{self, Process, Signal},
    wait::until,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

/// The `msee` of this build.
const PROGRAM: &str = env!("CARGO_BIN_EXE_msee");

/// A running daemon and its configuration file.
pub(crate) struct Msee {
    process: Process,
    /// How many times it was started.
    starts: u32,
    namespace: String,
    file: PathBuf,
}

/// One row of `show sessions`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    pub(crate) attachment: String,
    pub(crate) family: String,
    pub(crate) neighbor_addr: IpAddr,
    pub(crate) state: String,
    pub(crate) peer_uptime_msec: u64,
    pub(crate) pfx_rcd: Counts,
    pub(crate) pfx_snt: Counts,
    pub(crate) pfx_refused: Counts,
    pub(crate) connections_established: u64,
    pub(crate) last_reset: Option<LastReset>,
    pub(crate) graceful_restart: Option<GracefulRestart>,
    pub(crate) diagnosis: Option<String>,
    pub(crate) remedy: Option<String>,
}

/// A number for each address family.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Counts {
    pub(crate) ipv4: u64,
    pub(crate) ipv6: u64,
}

/// What stays of a peer that restarts.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GracefulRestart {
    pub(crate) stale_prefixes: Counts,
}

/// Why a session ended last.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LastReset {
    pub(crate) due_to: String,
}

/// One row of `show effective-routes`, and what `lookup` finds.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EffectiveRoute {
    pub(crate) source: String,
    pub(crate) address_prefix: Vec<String>,
    pub(crate) next_hop_type: String,
    #[serde(default)]
    pub(crate) next_hop_ip_address: Vec<IpAddr>,
}

/// One row of `show routes`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Route {
    pub(crate) network: String,
    pub(crate) next_hop: IpAddr,
    pub(crate) as_path: String,
    pub(crate) origin: String,
    pub(crate) refused_because: Option<String>,
}

/// One row of `show events`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) attachment: Option<String>,
    pub(crate) kind: String,
    pub(crate) message: String,
}

/// One row of `show limits`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Limit {
    pub(crate) attachment: String,
    pub(crate) family: String,
    pub(crate) max: Option<u64>,
    pub(crate) held: u64,
    pub(crate) state: String,
}

impl Msee {
    /// Starts the daemon in a namespace and waits until it answers.
    pub(crate) fn start(namespace: &Namespace, directory: &Path, toml: &str) -> Outcome<Self> {
        let file = directory.join("lab.toml");
        fs::write(&file, toml)?;
        let process = spawn(namespace.name(), &file, &directory.join("msee.log"))?;
        let mut msee = Self { process, starts: 1, namespace: namespace.name().to_owned(), file };
        msee.answers()?;
        Ok(msee)
    }

    /// Ends the daemon without a warning, and starts it again with its file as it is now.
    pub(crate) fn kill_and_start(&mut self) -> Outcome {
        self.process.signal(Signal::Kill)?;
        until("the daemon is dead", || self.process.ended()?.ok_or_else(|| Failure::from("still running")))?;
        self.start_with_its_file()
    }

    /// Ends the daemon as if the power had failed.
    pub(crate) fn crash(&mut self) -> Outcome {
        self.process.kill()
    }

    /// Starts it again after [`crash`](Self::crash), with another configuration file.
    pub(crate) fn start_again(&mut self, toml: &str) -> Outcome {
        fs::write(&self.file, toml)?;
        self.start_with_its_file()
    }

    fn start_with_its_file(&mut self) -> Outcome {
        self.starts += 1;
        let log = self.file.with_file_name(format!("msee-{}.log", self.starts));
        self.process = spawn(&self.namespace, &self.file, &log)?;
        self.answers()
    }

    fn answers(&mut self) -> Outcome {
        until("the daemon answers", || self.has_not_ended().and(self.show::<Value>(&["circuits"])))?;
        Ok(())
    }

    /// The configuration file.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// All sessions.
    pub(crate) fn sessions(&self) -> Outcome<Vec<Session>> {
        self.show(&["sessions"])
    }

    /// The session of an attachment that carries a family.
    pub(crate) fn session(&self, attachment: &str, family: &str) -> Outcome<Session> {
        let sessions = self.sessions()?;
        let ours = |session: &Session| {
            session.attachment == attachment && session.family.split(',').any(|carried| carried == family)
        };
        let found = sessions.into_iter().find(ours);
        found.ok_or_else(|| format!("no {family} session of {attachment}").into())
    }

    /// The session, if it is Established.
    pub(crate) fn established(&self, attachment: &str, family: &str) -> Outcome<Session> {
        let session = self.session(attachment, family)?;
        ensure!(session.state == "Established", "{session:?}");
        Ok(session)
    }

    /// What the attachment received, or advertises with `--advertised`.
    pub(crate) fn routes(&self, attachment: &str, family: &str, direction: Direction) -> Outcome<Vec<Route>> {
        let mut arguments = vec!["routes", attachment, "--family", family];
        if direction == Direction::Advertised {
            arguments.push("--advertised");
        }
        self.list(&arguments, "routes")
    }

    /// The routing table of a virtual network.
    pub(crate) fn effective_routes(&self, virtual_network: &str) -> Outcome<Vec<EffectiveRoute>> {
        self.list(&["effective-routes", virtual_network], "value")
    }

    /// The longest match in a virtual network.
    pub(crate) fn lookup(&self, virtual_network: &str, address: &str) -> Outcome<Option<EffectiveRoute>> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(rename = "match")]
            route: Option<EffectiveRoute>,
        }
        let answer: Answer = self.json(&["lookup", virtual_network, address])?;
        Ok(answer.route)
    }

    /// The circuits as JSON.
    pub(crate) fn circuits(&self) -> Outcome<Value> {
        self.show(&["circuits"])
    }

    /// The limits of every attachment.
    pub(crate) fn limits(&self) -> Outcome<Vec<Limit>> {
        self.show(&["limits"])
    }

    /// What has happened, oldest first.
    pub(crate) fn events(&self) -> Outcome<Vec<Event>> {
        self.list(&["events"], "events")
    }

    /// The first event of a kind about an attachment.
    pub(crate) fn event(&self, attachment: &str, kind: &str) -> Outcome<Event> {
        let events = self.events()?;
        let ours = |event: &&Event| event.kind == kind && event.attachment.as_deref() == Some(attachment);
        let found = events.iter().find(ours).cloned();
        found.ok_or_else(|| format!("no {kind} of {attachment} among {events:?}").into())
    }

    /// The newest event of a kind about a circuit as a whole.
    pub(crate) fn circuit_event(&self, kind: &str) -> Outcome<Event> {
        let events = self.events()?;
        let found = events.iter().rfind(|event| event.kind == kind).cloned();
        found.ok_or_else(|| format!("no {kind} among {events:?}").into())
    }

    /// The daemon itself.
    pub(crate) fn status(&self) -> Outcome<Value> {
        self.show(&["status"])
    }

    /// What the control endpoint answers to a GET.
    pub(crate) fn get(&self, path: &str) -> Outcome<Value> {
        let answer = self.request("GET", path)?;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        serde_json::from_str(body).map_err(|error| format!("{path}: {error}: {answer}").into())
    }

    /// What the control endpoint answers to a request without a body: the head and the body, or nothing.
    pub(crate) fn request(&self, method: &str, path: &str) -> Outcome<String> {
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:8179\r\nConnection: close\r\n\r\n");
        let script = "exec 3<>/dev/tcp/127.0.0.1/8179; cat >&3; cat <&3";
        let mut shell = process::inside(&self.namespace, "bash");
        process::output_with_input(shell.args(["-c", script]), &request)
    }

    /// Replaces the configuration file and reloads it.
    ///
    /// # Errors
    /// What `msee reload` says when it refuses the file.
    pub(crate) fn reload(&self, toml: &str) -> Outcome<String> {
        fs::write(&self.file, toml)?;
        process::output(self.command().args(["reload"]))
    }

    /// Replaces the configuration file and sends SIGHUP.
    pub(crate) fn hang_up(&self, toml: &str) -> Outcome {
        fs::write(&self.file, toml)?;
        self.process.signal(Signal::Hangup)
    }

    /// Runs a verb that changes something: `disable`, `enable`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome<String> {
        process::output(self.command().args(arguments))
    }

    /// Sends SIGTERM and waits for the end.
    ///
    /// # Errors
    /// An exit status other than 0.
    pub(crate) fn terminate(&mut self) -> Outcome {
        self.process.signal(Signal::Terminate)?;
        let status = until("the daemon ends after SIGTERM", || {
            self.process.ended()?.ok_or_else(|| Failure::from("still running"))
        })?;
        ensure!(status.success(), "the daemon ended with {status}");
        Ok(())
    }

    /// Waits until the process has ended by itself.
    pub(crate) fn ended(&mut self) -> Outcome<ExitStatus> {
        until("the daemon ends", || self.process.ended()?.ok_or_else(|| Failure::from("still running")))
    }

    /// Ends it as if the power had failed.
    pub(crate) fn kill(&mut self) -> Outcome {
        self.process.signal(Signal::Kill)?;
        until("the daemon is gone", || self.process.ended()?.ok_or_else(|| Failure::from("still running")))?;
        Ok(())
    }

    /// The daemon's log.
    pub(crate) fn log(&self) -> Outcome<String> {
        self.process.log()
    }

    fn show<T: DeserializeOwned>(&self, arguments: &[&str]) -> Outcome<T> {
        self.json(&[&["show"], arguments].concat())
    }

    fn json<T: DeserializeOwned>(&self, arguments: &[&str]) -> Outcome<T> {
        let text = process::output(self.command().args(arguments).args(["-o", "json"]))?;
        serde_json::from_str(&text).map_err(|error| format!("{arguments:?}: {error}: {text}").into())
    }

    /// A list, whether it stands alone or under the key that a page of it has.
    fn list<T: DeserializeOwned>(&self, arguments: &[&str], key: &str) -> Outcome<Vec<T>> {
        match self.show(arguments)? {
            Value::Object(mut page) => Ok(serde_json::from_value(page.remove(key).unwrap_or_default())?),
            list => Ok(serde_json::from_value(list)?),
        }
    }

    fn command(&self) -> Command {
        command_in(&self.namespace)
    }

    fn has_not_ended(&mut self) -> Outcome {
        match self.process.ended()? {
            None => Ok(()),
            Some(status) => Err(format!("the daemon has ended with {status}").into()),
        }
    }
}

fn spawn(namespace: &str, file: &Path, log: &Path) -> Outcome<Process> {
    let mut command = process::inside(namespace, PROGRAM);
    command.arg("run").arg("-c").arg(file).env("NO_COLOR", "1");
    Process::spawn(command, log)
}

/// The command line as its users have it, in a namespace.
pub(crate) fn command_in(namespace: &str) -> Command {
    let mut command = process::inside(namespace, PROGRAM);
    command.env("NO_COLOR", "1").env_remove("MSEE_CONTROL");
    command
}

/// Which routes of an attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Received,
    Advertised,
}
