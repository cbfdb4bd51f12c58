//! `msee churn` as its users run it: against `msee run` on the loopback, and with `benches/peers.sh` against real daemons
//! in network namespaces. Without root or without the daemons those say what they left out; with `MSEE_REQUIRE_PEERS` set
//! that is a failure.

#[path = "lab/mod.rs"]
mod lab;

use lab::{
    failure::{Outcome, ensure},
    needs::{self, Need},
    process::{self, Process},
    wait::until,
};
use msee::{
    churn::{Ending, Phase, Report},
    cli::gen_ce::Kind,
};
use std::{
    fs,
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    thread,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_msee");

/// A speaker on the loopback that `msee churn config` has configured, and the options of its sessions.
struct Speaker {
    process: Process,
    sessions: Vec<String>,
    directory: tempfile::TempDir,
}

impl Speaker {
    /// Starts `msee run` for sessions of these options.
    fn start(options: &[&str]) -> Outcome<Self> {
        let directory = tempfile::Builder::new().prefix("msee-churn-").tempdir()?;
        let speaker = format!("127.0.0.1:{}", free_port()?);
        let mut sessions: Vec<String> =
            ["--speaker", &speaker, "--local", "127.0.1.1", "--next-hop", "10.66.16.1"]
                .map(str::to_owned)
                .to_vec();
        sessions.extend(options.iter().map(|option| (*option).to_owned()));
        let text = msee(["churn", "config", "--kind", "msee"], &sessions)?;
        let control = format!("[daemon]\ncontrol = \"127.0.0.1:{}\"", free_port()?);
        let file = directory.path().join("msee.toml");
        fs::write(&file, text.replacen("[daemon]", &control, 1))?;
        let mut command = Command::new(PROGRAM);
        command.arg("run").arg("-c").arg(&file).env("NO_COLOR", "1");
        let process = Process::spawn(command, &directory.path().join("msee.log"))?;
        until("the speaker listens", || Ok(TcpStream::connect(&speaker).map(drop)?))?;
        Ok(Self { process, sessions, directory })
    }

    /// Measures it.
    fn churn(&self, options: &[&str]) -> Outcome<Report> {
        let file = self.path("report.json");
        let mut all = self.sessions.clone();
        all.extend(options.iter().map(|option| (*option).to_owned()));
        all.extend(["--json".to_owned(), file.to_string_lossy().into_owned()]);
        let said = msee(["churn", "--timeout", "60"], &all);
        said.map_err(|error| format!("{error}\n{}", self.process.log().unwrap_or_default()))?;
        Ok(serde_json::from_str(&fs::read_to_string(file)?)?)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

fn msee<const N: usize>(words: [&str; N], options: &[String]) -> Outcome<String> {
    process::output(Command::new(PROGRAM).args(words).args(options))
}

fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn phases(report: &Report) -> Vec<Phase> {
    report.phases.iter().map(|phase| phase.phase).collect()
}

#[test]
fn every_phase_against_msee_on_the_loopback() -> Outcome {
    let speaker = Speaker::start(&["--senders", "3", "--receivers", "2"])?;
    let page = speaker.path("report.html");
    let page_name = page.to_string_lossy().into_owned();
    let options = ["--prefixes", "2000", "--probes", "20", "--churn-passes", "2", "--html", &page_name];
    let report = speaker.churn(&[&options[..], &["--label", "first"]].concat())?;
    ensure!(report.ended_early.is_none(), "{report}");
    ensure!(phases(&report) == Phase::ALL, "{report}");
    ensure!((report.load.senders, report.load.receivers, report.load.prefixes) == (3, 2, 2_000), "{report}");
    for phase in &report.phases {
        ensure!(phase.ending == Ending::Complete && phase.wall_seconds > 0.0, "{report}");
        match phase.phase {
            Phase::Up => ensure!(phase.events == 6, "three senders, two receivers, the probe: {report}"),
            Phase::Table | Phase::Loss => {
                ensure!(phase.events == 2_000, "{report}");
                ensure!(
                    phase.generator.prefixes_received >= 4_000,
                    "each receiver is told of each: {report}"
                );
            }
            Phase::Idle | Phase::Paced | Phase::Flood => {
                let latency = phase.latency.as_ref().ok_or("no latency")?;
                ensure!(latency.count > 0 && latency.lost == 0, "{report}");
                let (p50, p99) = (latency.p50_microseconds, latency.p99_microseconds);
                ensure!(p50.total_cmp(&p99).is_le(), "{report}");
            }
            Phase::Churn => ensure!(phase.events == 4_000, "{report}"),
        }
    }
    ensure!(fs::read_to_string(&page)?.contains("</html>"), "{page_name} is no page");
    // The speaker keeps nothing of a generator that is gone, so that the next one finds what the first found.
    let first = speaker.path("first.json");
    fs::rename(speaker.path("report.json"), &first)?;
    let again = speaker.churn(&["--prefixes", "2000", "--phases", "table", "--label", "second"])?;
    ensure!(phases(&again) == [Phase::Up, Phase::Table], "{again}");
    let files = [first, speaker.path("report.json")].map(|file| file.to_string_lossy().into_owned());
    let compared = msee(["churn", "compare"], &files)?;
    let row = compared.lines().find(|line| line.starts_with("| table | s "));
    ensure!(row.is_some_and(|row| row.contains(" ×")), "{compared}");
    Ok(())
}

#[test]
fn both_families_over_signed_sessions_that_begin_when_each_is_up() -> Outcome {
    let list = tempfile::NamedTempFile::new()?;
    for number in 0..300 {
        writeln!(&list, "11.{}.{}.0/24\n2001:db8:{number:x}::/48", number / 256, number % 256)?;
    }
    let list = list.path().to_string_lossy().into_owned();
    let sessions =
        ["--families", "ipv4,ipv6", "--ipv6-next-hop", "fd00:66::10", "--key", "s3cretKey", "--senders", "2"];
    let speaker = Speaker::start(&sessions)?;
    let options = [
        "--prefix-list",
        &list,
        "--phases",
        "table,churn,loss",
        "--hold-until",
        "own-up",
        "--churn-passes",
        "1",
    ];
    let report = speaker.churn(&options)?;
    ensure!(report.load.prefixes == 600, "{report}");
    ensure!(phases(&report) == [Phase::Up, Phase::Table, Phase::Churn, Phase::Loss], "{report}");
    ensure!(report.phases.iter().all(|phase| phase.ending == Ending::Complete), "{report}");
    Ok(())
}

#[test]
fn withdrawals_are_counted_at_every_receiver_and_the_table_is_whole_again() -> Outcome {
    let speaker = Speaker::start(&["--senders", "2", "--receivers", "2"])?;
    let phases_asked = ["--phases", "paced,flood,churn,loss", "--withdrawals", "30"];
    let options = ["--prefixes", "1000", "--probes", "20", "--churn-passes", "3"];
    let report = speaker.churn(&[&phases_asked[..], &options].concat())?;
    ensure!(report.load.withdrawals_percent == 30, "{report}");
    let phases_run = [Phase::Up, Phase::Table, Phase::Paced, Phase::Flood, Phase::Churn, Phase::Loss];
    ensure!(phases(&report) == phases_run, "{report}");
    for phase in &report.phases {
        ensure!(phase.ending == Ending::Complete, "{report}");
        let withdrawn = phase.generator.withdrawals_received;
        match phase.phase {
            // Two receivers see what the last change of each prefix has withdrawn.
            Phase::Churn => ensure!(withdrawn > 2 * 100, "{withdrawn} withdrawals: {report}"),
            Phase::Loss => ensure!(withdrawn >= 2 * 1_000, "all was there: {withdrawn}, {report}"),
            Phase::Up | Phase::Table => ensure!(withdrawn == 0, "{withdrawn} withdrawals: {report}"),
            Phase::Idle | Phase::Paced | Phase::Flood => {}
        }
    }
    Ok(())
}

#[test]
fn a_phase_that_takes_too_long_is_a_result() -> Outcome {
    let speaker = format!("127.0.0.1:{}", free_port()?);
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("slow.json").to_string_lossy().into_owned();
    let options = ["--speaker", &speaker, "--local", "127.0.1.1", "--prefixes", "10", "--timeout", "1"];
    let named = ["--label", "slow", "--scenario", "any", "--json", &file];
    msee(["churn"], &[&options[..], &named].concat().into_iter().map(str::to_owned).collect::<Vec<_>>())
        .expect_err("nobody listens");
    let compared = msee(["churn", "compare"], &[file])?;
    let row = compared.lines().find(|line| line.starts_with("| any: up | s "));
    ensure!(row.is_some_and(|row| row.contains("| > 1 s ")), "{compared}");
    Ok(())
}

#[test]
fn a_speaker_that_is_not_there_is_named_with_a_remedy() -> Outcome {
    let speaker = format!("127.0.0.1:{}", free_port()?);
    let options = ["--speaker", &speaker, "--local", "127.0.1.1", "--prefixes", "10", "--timeout", "1"];
    let error = msee(["churn"], &options.map(str::to_owned)).expect_err("nobody listens").to_string();
    ensure!(error.contains("3 of 3 sessions are not up"), "{error}");
    ensure!(error.contains(&format!("{speaker} refused the connection")), "{error}");
    ensure!(error.contains("ended early"), "the report tells it as well: {error}");
    Ok(())
}

/// FRR with passive neighbors does so now and then: it takes a session for its own attempt that failed.
#[test]
fn a_session_that_is_lost_before_all_are_up_is_an_attempt_that_failed() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let speaker = listener.local_addr()?.to_string();
    thread::spawn(move || {
        let mut kept = Vec::new();
        for (number, stream) in listener.incoming().flatten().enumerate() {
            match established(stream) {
                Ok(stream) if number > 0 => kept.push(stream),
                Ok(_) | Err(_) => {}
            }
        }
    });
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("up.json").to_string_lossy().into_owned();
    let options = ["--speaker", &speaker, "--local", "127.0.1.1", "--prefixes", "10", "--timeout", "60"];
    let named = ["--phases", "up", "--json", &file];
    msee(["churn"], &[&options[..], &named].concat().into_iter().map(str::to_owned).collect::<Vec<_>>())?;
    let report: Report = serde_json::from_str(&fs::read_to_string(file)?)?;
    ensure!(phases(&report) == [Phase::Up] && report.ended_early.is_none(), "{report}");
    let [up] = &report.phases[..] else { return Err(format!("{report}").into()) };
    ensure!(up.ending == Ending::Complete && (up.events, up.failed_attempts) == (3, 1), "{report}");
    Ok(())
}

/// Answers an OPEN as AS 65000 would and reads until the session is established on the other side as well.
fn established(mut stream: TcpStream) -> io::Result<TcpStream> {
    const MARKER: [u8; 16] = [0xFF; 16];
    // Version 4, AS 65000, a hold time of 90 s, 10.66.0.1; IPv4 unicast and AS numbers of four octets.
    const OPEN: [u8; 27] =
        [0, 43, 1, 4, 0xFD, 0xE8, 0, 90, 10, 66, 0, 1, 14, 2, 12, 1, 4, 0, 1, 0, 1, 65, 4, 0, 0, 0xFD, 0xE8];
    const KEEPALIVE: [u8; 3] = [0, 19, 4];
    stream.write_all(&[&MARKER[..], &OPEN, &MARKER, &KEEPALIVE].concat())?;
    loop {
        let mut header = [0; 19];
        stream.read_exact(&mut header)?;
        let [.., high, low, kind] = header;
        let body = u16::from_be_bytes([high, low]).saturating_sub(19);
        io::copy(&mut (&mut stream).take(body.into()), &mut io::sink())?;
        if kind == KEEPALIVE[2] {
            return Ok(stream);
        }
    }
}

#[test]
fn an_interrupted_measurement_reports_what_it_has() -> Outcome {
    let speaker = Speaker::start(&[])?;
    let file = speaker.path("interrupted.json");
    let mut command = Command::new(PROGRAM);
    command.arg("churn").args(&speaker.sessions).args(["--prefixes", "100", "--probe-interval", "1000"]);
    command.arg("--json").arg(&file);
    let mut churn = Process::spawn(command, &speaker.path("churn.log"))?;
    // Its single changes take half an hour.
    until("the sessions are up", || {
        let log = speaker.process.log()?;
        ensure!(log.matches(" established: ").count() == 3, "{log}");
        Ok(())
    })?;
    churn.signal(process::Signal::Interrupt)?;
    until("it has ended", || {
        ensure!(churn.ended()?.is_some(), "it runs on: {}", churn.log()?);
        Ok(())
    })?;
    let report: Report = serde_json::from_str(&fs::read_to_string(&file)?)?;
    ensure!(report.ended_early.as_deref().is_some_and(|why| why.ends_with(": interrupted")), "{report}");
    ensure!(report.phases.last().is_some_and(|phase| phase.ending == Ending::Interrupted), "{report}");
    Ok(())
}

#[test]
fn the_generator_measures_itself() -> Outcome {
    let report = msee(["churn", "--self-test", "--prefixes", "5000", "--probes", "10", "-o", "json"], &[])?;
    let report: Report = serde_json::from_str(&report)?;
    ensure!(phases(&report) == [Phase::Up, Phase::Table, Phase::Idle, Phase::Churn], "{report}");
    ensure!(report.phases.iter().all(|phase| phase.ending == Ending::Complete), "{report}");
    Ok(())
}

#[test]
fn the_example_holds_what_config_prints() -> Outcome {
    for (kind, name) in [("bird", "bird.conf"), ("msee", "msee.toml")] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/churn").join(name);
        let printed = msee(["churn", "config", "--kind", kind], &[])?;
        ensure!(fs::read_to_string(&file)? == printed, "{} is not what config prints", file.display());
    }
    Ok(())
}

#[test]
fn the_example_measures_bird() -> Outcome {
    if !may_run("the_example_measures_bird", Kind::Bird) {
        return Ok(());
    }
    let directory = tempfile::Builder::new().prefix("msee-churn-").tempdir()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/churn/measure.sh");
    let mut script = Command::new(script);
    script.args(["bird", "--prefixes", "500", "--probes", "10"]).current_dir(directory.path());
    script.env("MSEE", PROGRAM).env("LAB", format!("churn-{}", std::process::id()));
    let said = process::output(&mut script)?;
    ensure!(!said.contains("ended early"), "{said}");
    let report: Report =
        serde_json::from_str(&fs::read_to_string(directory.path().join("churn-bird.json"))?)?;
    ensure!(phases(&report) == Phase::ALL, "{report}");
    ensure!(directory.path().join("churn-bird.html").exists(), "{said}");
    Ok(())
}

/// Whether a test that needs this daemon may run; says so if not.
fn may_run(test: &str, kind: Kind) -> bool {
    let Some(missing) = needs::missing(&[Need::Daemon(kind)]) else { return true };
    assert!(!needs::all_required(), "{test} cannot run: {missing}");
    // Not eprintln!: the test harness would swallow it, and an omission must be seen.
    let _ = writeln!(std::io::stderr(), "left out: {test}: {missing}");
    false
}

const SHORT: &[Phase] = &[Phase::Up, Phase::Table];
const WITH_LOSS: &[Phase] = &[Phase::Up, Phase::Table, Phase::Loss];
const WITH_CHURN: &[Phase] = &[Phase::Up, Phase::Table, Phase::Churn];
const WITH_FLOOD: &[Phase] = &[Phase::Up, Phase::Table, Phase::Flood];
const TABLE: &[Phase] = &[Phase::Up, Phase::Table, Phase::Idle, Phase::Paced, Phase::Loss];

/// Measures two daemons with `benches/peers.sh`, with small tables, in scenarios that have these phases.
fn peers(test: &str, kind: Kind, scenarios: &[(&str, &[Phase])]) -> Outcome {
    if !may_run(test, kind) {
        return Ok(());
    }
    let directory = tempfile::Builder::new().prefix("msee-churn-").tempdir()?;
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers.sh");
    let names: Vec<&str> = scenarios.iter().map(|(name, _)| *name).collect();
    let mut script = Command::new(&program);
    script.args(["--rounds", "1", "--scale", "500", "--limit", "60", "--msee", PROGRAM]);
    script.arg("--scenario").arg(names.join(",")).arg("--only").arg(format!("{kind},msee"));
    script.arg("--out").arg(directory.path()).args(["--", "--probes", "20"]);
    let said = process::output(&mut script)?;
    for (scenario, phases) in scenarios {
        for label in [kind.name(), "msee"] {
            let file = directory.path().join(scenario).join(format!("{label}-1.json"));
            let report: Report = serde_json::from_str(&fs::read_to_string(file)?)?;
            ensure!(report.ended_early.is_none() && self::phases(&report) == *phases, "{report}");
            ensure!(report.label.starts_with(&format!("{label} ")), "with its version: {report}");
            ensure!(report.phases.iter().all(|phase| phase.speaker_cpu_seconds.is_some()), "{report}");
            ensure!(
                report.phases.iter().all(|phase| phase.speaker_resident_octets > Some(1_000_000)),
                "{report}"
            );
        }
        let fact = format!("- {scenario}: ");
        ensure!(said.lines().any(|line| line.starts_with(&fact)), "{said}");
    }
    ensure!(said.lines().any(|line| line.starts_with("| ") && line.contains(" ×")), "{said}");
    // What is kept can be shown again.
    let mut again = Command::new(&program);
    again.args(["--msee", PROGRAM, "--from"]).arg(directory.path());
    let again = process::output(&mut again)?;
    ensure!(said.starts_with(&again), "{again}\nis not\n{said}");
    Ok(())
}

#[test]
fn peers_measures_bird() -> Outcome {
    peers("peers_measures_bird", Kind::Bird, &[("table", TABLE), ("flood", WITH_FLOOD)])
}

#[test]
fn peers_measures_frr() -> Outcome {
    peers("peers_measures_frr", Kind::Frr, &[("sessions", WITH_LOSS), ("withdrawals", WITH_CHURN)])
}

#[test]
fn peers_measures_gobgp() -> Outcome {
    peers("peers_measures_gobgp", Kind::Gobgp, &[("churn", WITH_CHURN), ("fanout", SHORT)])
}

#[test]
fn peers_measures_openbgpd() -> Outcome {
    peers("peers_measures_openbgpd", Kind::Openbgpd, &[("full", SHORT), ("fanout-full", SHORT)])
}
