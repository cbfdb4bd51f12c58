//! `msee lab` as somebody runs it who has nothing but the binary: no privilege, no file, no second machine.

#![expect(clippy::unwrap_used, reason = "what a helper of a test cannot do is what the test fails of")]

use std::{
    io::{BufRead, BufReader, Read},
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Output, Stdio},
};

fn msee(line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_msee"));
    command.args(line.split(' ')).env_remove("MSEE_CONTROL").env_remove("MSEE_LOG").stdin(Stdio::null());
    command
}

fn output(line: &str) -> Output {
    msee(line).output().unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap()
}

/// An address with a port that was free a moment ago.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A lab in the background, ended with the test however that ends.
struct Background(Child);

impl Background {
    fn interrupt(&mut self) {
        let pid = libc::pid_t::try_from(self.0.id()).unwrap();
        // SAFETY: sends a signal to our own child, which has not been waited for, so that the number is still its.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGINT) }, 0);
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_check_passes_unprivileged_and_shows_every_step() {
    let check = output("lab --check");
    let told = text(&check.stdout);
    assert!(check.status.success(), "{told}{}", text(&check.stderr));
    for (name, line) in [
        ("the edge learns the virtual network from AS 12076", "10.1.0.0/16  172.16.0.2  12076 i"),
        ("equal paths share", "ok  hub sends traffic for 10.100.7.1 over both links"),
        ("a longer path is a backup", "ok  hub sends traffic for 10.101.7.1 over the primary link alone"),
        ("a dead link is left", "ok  hub sends traffic for 10.101.7.1 over the secondary link alone"),
        ("the hold timer found out", "hold timer expired: nothing was heard for 3 s"),
        ("the limit itself is allowed", "ok  the primary MSEE holds 4000 prefixes"),
        (
            "one more is told with Cease/1",
            "the peer sent NOTIFICATION Cease/maximum number of prefixes reached",
        ),
        ("the other link stays", "ok  the secondary session has stayed Established all the time"),
        ("the end", "All steps went as they should."),
    ] {
        assert!(told.contains(line), "{name}:\n{told}");
    }
    assert!(!told.contains('\u{1b}'), "colours off a terminal:\n{told}");
    assert_eq!(text(&check.stderr), "", "a quiet log");
}

#[test]
fn a_check_that_nobody_reads_to_its_end_has_not_passed() {
    let mut check = msee("lab --check").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(check.stdout.take());
    assert_eq!(check.wait().unwrap().code(), Some(1));
}

#[test]
fn a_lab_stays_up_for_a_second_terminal_until_it_is_interrupted() {
    let control = free();
    let lab = msee(&format!("--control {control} lab")).stdout(Stdio::piped()).spawn().unwrap();
    let mut lab = Background(lab);
    let mut told = BufReader::new(lab.0.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("The lab stays up") {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "it ended before it had shown everything");
    }
    let sessions = output(&format!("--control {control} show sessions"));
    assert_eq!(text(&sessions.stdout).matches("Established").count(), 2);
    lab.interrupt();
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    assert!(rest.contains(&format!("export MSEE_CONTROL={control}")), "{rest}");
    assert!(lab.0.wait().unwrap().success());
}

#[test]
fn a_control_endpoint_that_is_taken_is_named_with_a_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let control = taken.local_addr().unwrap();
    let refused = output(&format!("--control {control} lab"));
    assert_eq!(refused.status.code(), Some(1));
    let error = text(&refused.stderr);
    assert!(error.starts_with(&format!("error: the control endpoint {control} cannot be opened")), "{error}");
    assert!(error.contains("name another endpoint with --control ADDRESS:PORT"), "{error}");
}

#[test]
fn the_configuration_that_is_printed_is_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lab.toml");
    std::fs::write(&path, output("lab --print-config").stdout).unwrap();
    let check = output(&format!("check -c {}", path.display()));
    assert!(check.status.success(), "{}", text(&check.stderr));
}
