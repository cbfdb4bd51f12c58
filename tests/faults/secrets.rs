//! Secrets: who may ask the control endpoint anything, and that no output of any kind has a key or the token in it.

use crate::{
    lab::{
        failure::{Failure, Outcome, ensure},
        process::{self, Process, Signal},
        wait::until,
    },
    plan::Plan,
};
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::Command,
    time::Duration,
};
use tempfile::TempDir;

/// The `msee` of this build.
const PROGRAM: &str = env!("CARGO_BIN_EXE_msee");
/// The key of every peering, the one that an operation gives it, and the token.
const KEY: &str = "Pr1vateMd5KeyOfTheTest";
const OTHER_KEY: &str = "An0therMd5KeyOfTheTest";
const TOKEN: &str = "t0ken-of-the-test.0123456789";

/// A daemon that wants a token, or none.
struct Guarded {
    // Fields drop in this order: the process ends before its directory goes.
    process: Process,
    control: SocketAddr,
    directory: TempDir,
}

impl Guarded {
    fn start(daemon_keys: &str, peering_keys: &str) -> Outcome<Self> {
        let directory = TempDir::new()?;
        let plan = Plan::circuits(2);
        let toml = plan.to_toml().replacen("[daemon]\n", &format!("[daemon]\n{daemon_keys}\n"), 1);
        let toml = toml.replace("vlan_id = 100\n", &format!("vlan_id = 100\n{peering_keys}\n"));
        for (name, text) in
            [("lab.toml", toml.as_str()), ("control.token", TOKEN), ("wrong.token", "0123456789abcdef")]
        {
            fs::write(directory.path().join(name), text)?;
            fs::set_permissions(directory.path().join(name), fs::Permissions::from_mode(0o600))?;
        }
        let mut command = Command::new(PROGRAM);
        command.args(["run", "--log-level", "trace", "-c"]).arg(directory.path().join("lab.toml"));
        let process = Process::spawn(command, &directory.path().join("msee.log"))?;
        let guarded = Self { process, control: plan.control(), directory };
        until("the control endpoint listens", || Ok(TcpStream::connect(guarded.control)?))?;
        Ok(guarded)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Sends a request and returns the whole answer, head and body.
    fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Outcome<String> {
        let mut stream = TcpStream::connect(self.control)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => Err(error.into()),
            _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
        }
    }

    /// As somebody who has the token.
    fn ask_with_token(&self, method: &str, path: &str, body: &str) -> Outcome<String> {
        self.ask(method, path, &format!("Host: msee\r\nAuthorization: Bearer {TOKEN}\r\n"), body)
    }

    /// What a verb says on both outputs, however it ends.
    fn command(&self, token: Option<&str>, arguments: &[&str]) -> Outcome<String> {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env("NO_COLOR", "1").env("MSEE_CONTROL", self.control.to_string());
        if let Some(token) = token {
            command.env("MSEE_CONTROL_TOKEN_FILE", self.file(token));
        }
        let said = command.output()?;
        Ok(format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr)))
    }
}

fn run(daemon_keys: &str, peering_keys: &str, test: impl FnOnce(&mut Guarded) -> Outcome) {
    if let Err(failure) = Guarded::start(daemon_keys, peering_keys).and_then(|mut guarded| test(&mut guarded))
    {
        panic!("{failure}");
    }
}

fn has_status(answer: &str, status: &str) -> Outcome {
    let line = answer.lines().next().unwrap_or_default();
    ensure!(line.starts_with(&format!("HTTP/1.1 {status} ")), "{line:?} instead of {status}: {answer}");
    Ok(())
}

#[test]
fn with_a_token_nobody_without_it_is_told_anything() {
    run("control_token_file = \"control.token\"", "", |guarded| {
        let host = format!("Host: {}\r\n", guarded.control);
        for (name, shown) in [
            ("no token", String::new()),
            ("another token", "Authorization: Bearer 0123456789abcdef\r\n".to_owned()),
            ("a part of the token", format!("Authorization: Bearer {}\r\n", &TOKEN[..20])),
            ("more than the token", format!("Authorization: Bearer {TOKEN}0\r\n")),
            ("another scheme", format!("Authorization: Basic {TOKEN}\r\n")),
        ] {
            for (method, path) in [("GET", "/v1/status"), ("POST", "/v1/reload"), ("GET", "/nowhere")] {
                let answer = guarded.ask(method, path, &format!("{host}{shown}"), "")?;
                has_status(&answer, "401").map_err(|failure| format!("{name}: {failure}"))?;
            }
        }
        has_status(&guarded.ask_with_token("GET", "/v1/status", "")?, "200")?;
        let refused = guarded.command(None, &["show", "status"])?;
        ensure!(refused.contains("--control-token-file"), "no remedy: {refused}");
        let refused = guarded.command(Some("wrong.token"), &["show", "status"])?;
        ensure!(refused.contains("the daemon wants a token"), "{refused}");
        let shown = guarded.command(Some("control.token"), &["show", "status"])?;
        ensure!(shown.contains("Azure's rules"), "{shown}");
        Ok(())
    });
}

#[test]
fn without_a_token_a_name_that_was_bound_to_this_machine_is_refused() {
    run("", "", |guarded| {
        for host in ["attacker.example", "attacker.example:8179", "10.0.0.1", ""] {
            has_status(&guarded.ask("GET", "/v1/status", &format!("Host: {host}\r\n"), "")?, "403")?;
        }
        for host in [guarded.control.to_string(), "localhost".to_owned(), "[::1]:1".to_owned()] {
            has_status(&guarded.ask("GET", "/v1/status", &format!("Host: {host}\r\n"), "")?, "200")?;
        }
        Ok(())
    });
}

#[test]
fn no_output_has_a_key_or_the_token_in_it() {
    let keys = format!("shared_key = \"{KEY}\"");
    run("control_token_file = \"control.token\"", &keys, |guarded| {
        let toml = fs::read_to_string(guarded.file("lab.toml"))?;
        let mut said = Vec::new();
        for path in [
            "status",
            "circuits",
            "sessions",
            "neighbors/c0/private/primary",
            "routes?attachment=c0/private/primary&direction=received&family=ipv4",
            "effective-routes?virtualNetwork=hub",
            "limits",
            "fibs",
            "service-providers",
            "explain?attachment=c0/private/primary&prefix=10.1.0.0/16",
        ] {
            let answer = guarded.ask_with_token("GET", &format!("/v1/{path}"), "")?;
            has_status(&answer, "200").map_err(|failure| format!("{path}: {failure}"))?;
            said.push(answer);
        }
        let directory = guarded.directory.path().display().to_string();
        let wrong_keys = [
            toml.clone(),
            toml.replace(KEY, OTHER_KEY),
            toml.replace(&format!("\"{KEY}\""), &format!("\"{KEY}\" nonsense")),
            toml.replace(KEY, &format!("{KEY}!")),
            toml.replace(&format!("\"{KEY}\""), &format!("['{KEY}']")),
        ];
        for text in &wrong_keys {
            let body = serde_json::json!({ "name": "lab.toml", "directory": directory, "text": text });
            said.push(guarded.ask_with_token("POST", "/v1/diff", &body.to_string())?);
        }
        let operation = |key: &str| {
            let keys = serde_json::json!({ "shared_key": key });
            serde_json::json!({ "operation": "setPeering", "circuit": "c0", "kind": "private", "keys": keys })
                .to_string()
        };
        for key in [OTHER_KEY.to_owned(), format!("{OTHER_KEY}!")] {
            said.push(guarded.ask_with_token("POST", "/v1/operations", &operation(&key))?);
        }
        for text in &wrong_keys {
            fs::write(guarded.file("lab.toml"), text)?;
            let file = guarded.file("lab.toml").display().to_string();
            said.push(guarded.command(Some("control.token"), &["check", "-c", &file])?);
            said.push(guarded.command(Some("control.token"), &["diff", "-c", &file])?);
            said.push(guarded.command(Some("control.token"), &["reload"])?);
            said.push(guarded.command(Some("control.token"), &["show", "sessions", "-o", "json"])?);
        }
        said.push(guarded.ask_with_token("GET", "/v1/events?after=0", "")?);
        guarded.process.signal(Signal::Terminate)?;
        until("the daemon ends", || guarded.process.ended()?.ok_or_else(|| Failure::from("still running")))?;
        said.push(guarded.process.log()?);
        for text in said {
            for secret in [KEY, OTHER_KEY, TOKEN] {
                ensure!(!text.contains(secret), "{secret} is in {text}");
            }
        }
        Ok(())
    });
}

#[test]
fn files_with_secrets_that_others_can_read_draw_a_warning() {
    let directory = TempDir::new().unwrap_or_else(|error| panic!("{error}"));
    let [file, key, token] = ["lab.toml", "c.key", "control.token"].map(|name| directory.path().join(name));
    let check = |toml: &str, mode: u32| -> Outcome<String> {
        for (path, text) in [(&file, toml), (&key, KEY), (&token, TOKEN)] {
            fs::write(path, text)?;
            fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
        }
        let checked =
            Command::new(PROGRAM).arg("check").arg("-c").arg(&file).env("NO_COLOR", "1").output()?;
        ensure!(checked.status.success(), "{checked:?}");
        Ok(String::from_utf8_lossy(&checked.stderr).into_owned())
    };
    let plan = Plan::circuits(1).to_toml();
    let inside = plan.replace("vlan_id = 100\n", &format!("vlan_id = 100\nshared_key = \"{KEY}\"\n"));
    let beside = plan.replace("vlan_id = 100\n", "vlan_id = 100\nshared_key_file = \"c.key\"\n").replacen(
        "[daemon]\n",
        "[daemon]\ncontrol_token_file = \"control.token\"\n",
        1,
    );
    let outcome = (|| {
        for (name, toml, mode, named) in [
            ("a key in the file", &inside, 0o644, &["lab.toml"][..]),
            ("the same, closed", &inside, 0o640, &[]),
            ("no secret at all", &plan, 0o644, &[]),
            ("files beside it", &beside, 0o644, &["c.key", "control.token"]),
            ("the same, closed", &beside, 0o600, &[]),
        ] {
            let said = check(toml, mode)?;
            let warnings = said.matches("every user of this machine can read").count();
            ensure!(warnings == named.len(), "{name}: {said}");
            ensure!(
                named.iter().all(|file| said.contains("chmod o-rwx") && said.contains(file)),
                "{name}: {said}"
            );
        }
        Ok::<(), Failure>(())
    })();
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn a_control_endpoint_that_others_reach_needs_a_token() {
    let outcome = (|| {
        let directory = TempDir::new()?;
        let file = directory.path().join("lab.toml");
        let plan = Plan::circuits(1);
        let open = plan.to_toml().replace(&plan.control().to_string(), "0.0.0.0:8179");
        fs::write(&file, &open)?;
        let refused = process::output(Command::new(PROGRAM).arg("check").arg("-c").arg(&file));
        let refusal = refused.err().map(|refusal| refusal.to_string()).unwrap_or_default();
        ensure!(
            refusal.contains("asks nobody for a token") && refusal.contains("control_token_file"),
            "{refusal}"
        );
        fs::write(directory.path().join("control.token"), TOKEN)?;
        fs::write(
            &file,
            open.replacen("[daemon]\n", "[daemon]\ncontrol_token_file = \"control.token\"\n", 1),
        )?;
        process::output(Command::new(PROGRAM).arg("check").arg("-c").arg(&file)).map(drop)
    })();
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
