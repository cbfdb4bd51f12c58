//! Command lines as they are typed, against an endpoint that is answered by samples.

use super::{
    Cli,
    exit::Failure,
    gen_ce,
    generate::{Generate, Links, What},
    lab::Lab,
    log::LogFormat,
    run::Run,
    table::{Colour, Look},
};
use crate::{
    api::{ClientError, ErrorCode, samples, schema::Event, tests::Endpoint},
    azure::Router,
};
use clap::{CommandFactory, Parser, error::ErrorKind};
use insta::assert_snapshot;
use std::{fs, io::Write};
use tokio_util::sync::CancellationToken;

const PIPE: Look = Look { width: None, colour: Colour::Off };

fn parse(endpoint: &Endpoint, line: &str) -> Cli {
    let control = endpoint.address.to_string();
    let words = ["msee", "--control", &control].into_iter().chain(line.split(' '));
    Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// What `msee --control … LINE` prints off a terminal, and how it ends.
async fn msee(line: &str) -> (String, Result<(), Failure>) {
    let endpoint = Endpoint::start().await;
    let cli = parse(&endpoint, line);
    // A verb brings its own runtime, as in the command.
    let performed = tokio::task::spawn_blocking(move || {
        let mut out = Vec::new();
        let end = cli.perform(&mut out, PIPE);
        (String::from_utf8(out).unwrap(), end)
    });
    performed.await.unwrap()
}

async fn output(line: &str) -> String {
    let (text, end) = msee(line).await;
    end.unwrap_or_else(|failure| panic!("{line}: {failure}"));
    text
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[tokio::test]
async fn every_noun_has_a_table_and_json() {
    for (name, line) in [
        ("status", "show status"),
        ("circuits", "show circuits"),
        ("providers", "show providers"),
        ("explain", "explain ams-1/private/primary 10.1.0.0/16"),
        ("circuit_set", "circuit set ams-1 bandwidth_mbps=2000"),
        ("sessions", "show sessions"),
        ("neighbor", "show neighbor ams-1/private/primary"),
        ("fib", "show fib"),
        ("limits", "show limits"),
        ("events", "show events"),
        ("lookup_virtual_network", "lookup hub 10.0.0.7"),
        ("lookup_attachment", "lookup ams-1/private/primary 8.8.8.8"),
        ("doctor_quick", "doctor --quick"),
        ("disable", "disable ams-1/private/primary"),
        ("enable", "enable ams-1/private/secondary"),
    ] {
        assert_snapshot!(format!("{name}_table"), output(line).await);
        assert_snapshot!(format!("{name}_json"), output(&format!("{line} -o json")).await);
    }
}

#[tokio::test]
async fn routes_are_fetched_page_by_page_into_one_list() {
    let table = output("show routes ams-1/private/primary").await;
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 2501);
    assert_snapshot!("routes_table", lines[..3].join("\n"));
    let json = output("show routes ams-1/private/primary --advertised -o json").await;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["routes"].as_array().unwrap().len(), 2501);
    assert_eq!(json["routes"][2499]["network"], "10.9.195.0/24");
    assert_eq!(json["routes"][2500]["network"], "fd00:1::/48");
    let both = output("show routes ams-1/private/primary --advertised").await;
    assert_snapshot!("routes_table_of_both_families", &both[both.find("10.9.195.0").unwrap()..]);
    assert_snapshot!("routes_refused_table", output("show routes ams-1/private/primary --refused").await);
    assert_snapshot!(
        "routes_refused_json",
        output("show routes ams-1/private/primary --refused -o json").await
    );
    assert_eq!(output("show routes ams-1/private/primary --family ipv6").await, "no routes\n");
    let none = output("show routes ams-1/private/primary --family ipv6 -o json").await;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&none).unwrap()["routes"], serde_json::json!([]));
}

#[tokio::test]
async fn following_events_ends_with_the_daemon() {
    /// Keeps the output; the first of it ends the daemon.
    struct Farewell {
        text: Vec<u8>,
        stop: CancellationToken,
    }
    impl Write for Farewell {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            self.stop.cancel();
            self.text.write(text)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let endpoint = Endpoint::start().await;
    let cli = parse(&endpoint, "show events --follow -o json");
    let mut out = Farewell { text: Vec::new(), stop: endpoint.stop.clone() };
    let followed = tokio::task::spawn_blocking(move || (cli.perform(&mut out, PIPE), out.text));
    let (end, text) = followed.await.unwrap();
    assert!(matches!(end, Err(Failure::Control(_))), "{end:?}");
    let events = String::from_utf8(text).unwrap();
    let events: Vec<Event> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events, samples::events());
}

#[tokio::test]
async fn effective_routes_are_fetched_page_by_page_into_one_list() {
    let table = output("show effective-routes hub --family ipv4").await;
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 2501);
    assert_snapshot!("effective_routes_table", [lines[0], lines[1], lines[2500]].join("\n"));
    let json = output("show effective-routes hub -o json").await;
    let lines: Vec<_> = json.lines().collect();
    assert_snapshot!("effective_routes_json", [lines[0], lines[1], lines[2500], lines[2501]].join("\n"));
}

#[tokio::test]
async fn refusals_are_failures() {
    let (text, end) = msee("reload").await;
    assert_eq!(text, "");
    let Err(Failure::Control(ClientError::Refused(error))) = end else { panic!("{end:?}") };
    assert_eq!((error.code, error.diagnostics.len()), (ErrorCode::InvalidConfiguration, 1));
    let (_, end) = msee("show effective-routes nowhere").await;
    assert_eq!(end.unwrap_err().to_string(), "no nowhere is configured");
    let (_, end) = msee("diff -c no-such-file.toml").await;
    assert!(end.unwrap_err().to_string().starts_with("no-such-file.toml cannot be read: No such file"));
}

#[tokio::test]
async fn diff_sends_the_file_and_shows_what_resets() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lab.toml");
    fs::write(&path, "[daemon]\n").unwrap();
    assert_snapshot!("diff_table", output(&format!("diff -c {}", path.display())).await);
}

#[test]
fn check_sums_up_a_good_file_and_refuses_a_bad_one() {
    let check = |path: &str| {
        let mut out = Vec::new();
        let end = Cli::try_parse_from(["msee", "check", "-c", path]).unwrap().perform(&mut out, PIPE);
        end.map(|()| String::from_utf8(out).unwrap())
    };
    assert_eq!(
        check("config/minimal.toml").unwrap(),
        "config/minimal.toml: 1 circuit, 2 attachments, 2 sessions, 1 virtual network, no warning\n"
    );
    let Err(Failure::Configuration(errors)) = check("config") else { panic!("a directory is no file") };
    assert_eq!(errors.to_string(), "config: 1 error");
}

#[test]
fn a_wrong_command_line_says_what_is_right() {
    for (line, says) in [
        ("show sessions ams-1", "write CIRCUIT/KIND/ROUTER"),
        ("show routes ams-1/private/primary --family ipx", "write \"ipv4\" or \"ipv6\""),
        ("disable ams-1", "write CIRCUIT/KIND or CIRCUIT/KIND/ROUTER"),
        ("lookup hub 10.0.0", "invalid IP address"),
        ("--control 8179 show status", "write ADDRESS:PORT"),
        ("show sessions -o yaml", "[possible values: table, json]"),
        ("shwo", "'show'"),
    ] {
        let error = Cli::try_parse_from(["msee"].into_iter().chain(line.split(' '))).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{line}");
        assert!(error.to_string().contains(says), "{line}: {error}");
    }
    let long = "x".repeat(256);
    let error = Cli::try_parse_from(["msee", "disable", "a/private", "--message", &long]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ValueValidation);
}

#[test]
fn a_reader_that_leaves_ends_the_output() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let cli = Cli::try_parse_from(["msee", "completions", "bash"]).unwrap();
    let end = cli.perform(&mut Gone, PIPE);
    assert_eq!(end.unwrap_err().report(), super::Exit::Done);
}

/// The verbs whose work is done on other floors.
#[derive(Debug, Parser)]
enum Elsewhere {
    Run(Run),
    Lab(Lab),
    #[command(name = "gen")]
    Generate(Generate),
}

fn elsewhere(line: &str) -> Result<Elsewhere, clap::Error> {
    Elsewhere::try_parse_from(["msee"].into_iter().chain(line.split(' ')))
}

#[test]
fn run_lab_and_gen_read_their_options() {
    Elsewhere::command().debug_assert();
    let Elsewhere::Run(run) = elsewhere("run -c lab.toml --log-format json --log-level msee=debug").unwrap()
    else {
        panic!("not run")
    };
    assert_eq!((run.config.to_str(), run.log.log_format), (Some("lab.toml"), LogFormat::Json));
    let Elsewhere::Lab(lab) = elsewhere("lab --check").unwrap() else { panic!("not lab") };
    assert!(lab.check);
    let line = "gen ce --kind frr -c lab.toml --router secondary --announce 10.0.0.0/24,10.0.1.0/24";
    let Elsewhere::Generate(Generate { what: What::Ce(edge) }) = elsewhere(line).unwrap() else {
        panic!("not gen ce")
    };
    assert_eq!((edge.kind, edge.announce.len()), (gen_ce::Kind::Frr, 2));
    assert_eq!(edge.router.routers().collect::<Vec<_>>(), [Router::Secondary]);
    assert_eq!(Links::default().routers().count(), 2);
    for wrong in ["run", "run -c lab.toml --log-level msee=loud", "gen ce --kind junos -c x"] {
        assert_eq!(elsewhere(wrong).unwrap_err().exit_code(), 2, "{wrong}");
    }
}
