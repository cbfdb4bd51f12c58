//! The labs of `examples/` and the files of `config/` work as they are shipped.
//!
//! Every configuration passes `msee check`. With root and the daemons the labs run as well; otherwise a test says
//! what it left out, and with `MSEE_REQUIRE_PEERS` set that is a failure.

#[path = "lab/mod.rs"]
mod lab;

use lab::{
    failure::{Outcome, ensure},
    namespace::Namespace,
    needs::{self, Need},
    process::{self, Process},
    wait::until,
};
use msee::cli::gen_ce::Kind;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_msee");

fn in_package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn examples() -> Outcome<Vec<PathBuf>> {
    entries(&in_package("examples"))
}

fn entries(directory: &Path) -> Outcome<Vec<PathBuf>> {
    let paths = fs::read_dir(directory)?.map(|entry| Ok(entry?.path()));
    paths.collect()
}

/// Whether a test that needs this may run; says so if not.
///
/// # Panics
/// When something is missing although all of it is required.
fn may_run(test: &str, needed: &[Need]) -> bool {
    let Some(missing) = needs::missing(needed) else { return true };
    assert!(!needs::all_required(), "{test} cannot run: {missing}");
    // Not println!: the test harness would swallow it, and an omission must be seen.
    let _ = writeln!(std::io::stderr(), "left out: {test}: {missing}");
    false
}

/// Rows of `show sessions` that say Established.
fn established(namespace: &str) -> Outcome<usize> {
    let shown = process::output(process::inside(namespace, PROGRAM).args(["show", "sessions"]))?;
    Ok(shown.lines().filter(|row| row.contains(" Established ")).count())
}

/// The longest match in the virtual network of every example.
fn lookup(namespace: &str, address: &str) -> Outcome<String> {
    process::output(process::inside(namespace, PROGRAM).args(["lookup", "hub", address]))
}

#[test]
fn every_shipped_configuration_passes_check() -> Outcome {
    let mut directories = vec![in_package("config")];
    directories.extend(examples()?);
    for directory in directories {
        let mut files = entries(&directory)?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
        ensure!(!files.is_empty(), "{} has no configuration", directory.display());
        for file in files {
            let checked = Command::new(PROGRAM).arg("check").arg("-c").arg(&file).output()?;
            let [said, warned] =
                [checked.stdout, checked.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
            // Who may read a file with a key in it is the affair of whoever has checked it out.
            let of_modes =
                said.contains(" 1 warning") && warned.contains("every user of this machine can read");
            ensure!(checked.status.success() && (said.contains("no warning") || of_modes), "{said}{warned}");
        }
    }
    Ok(())
}

#[test]
fn every_example_has_a_readme_and_is_named_in_the_readme() -> Outcome {
    let readme = fs::read_to_string(in_package("README.md"))?;
    for example in examples()? {
        let name = example.file_name().unwrap_or_default().display();
        ensure!(example.join("README.md").exists(), "examples/{name} has no README.md");
        ensure!(readme.contains(&format!("examples/{name}/")), "README.md does not name examples/{name}/");
    }
    Ok(())
}

#[test]
fn bird_on_loopback_comes_up_without_root() -> Outcome {
    const NOBODY: [&str; 5] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    if !may_run("bird_on_loopback_comes_up_without_root", &[Need::Daemon(Kind::Bird)]) {
        return Ok(());
    }
    // In a namespace only so that the ports of this machine's loopback stay free.
    let namespace = Namespace::new("loopback")?;
    let directory = tempfile::Builder::new().prefix("msee-lab-").tempdir()?;
    for file in ["msee.toml", "bird.conf"] {
        fs::copy(in_package("examples/bird-on-loopback").join(file), directory.path().join(file))?;
    }
    process::output(Command::new("chown").args(["-R", "65534:65534"]).arg(directory.path()))?;
    let start = |words: &[&str], log: &str| {
        let mut command = process::inside(namespace.name(), NOBODY[0]);
        command.args(&NOBODY[1..]).args(words).current_dir(directory.path());
        Process::spawn(command, &directory.path().join(log))
    };
    // The program may stand where only root may go.
    let copy = directory.path().join("msee");
    fs::copy(PROGRAM, &copy)?;
    let msee = start(&[&copy.to_string_lossy(), "run", "-c", "msee.toml"], "msee.log")?;
    let bird = start(&["bird", "-f", "-c", "bird.conf", "-s", "bird.ctl"], "bird.log")?;
    let both = until("both routers peer with BIRD", || {
        ensure!(established(namespace.name())? == 2, "{}{}", msee.log()?, bird.log()?);
        let found = lookup(namespace.name(), "10.0.1.7")?;
        ensure!(found.contains("172.16.0.1") && found.contains("172.16.0.5"), "{found}");
        Ok(())
    });
    both?;
    until("BIRD has the address space over both links", || {
        let control = directory.path().join("bird.ctl");
        let shown = process::output(Command::new("birdc").arg("-s").arg(control).arg("show route all"))?;
        let next_hops = ["BGP.next_hop: 172.16.0.2", "BGP.next_hop: 172.16.0.6"];
        ensure!(next_hops.iter().all(|next_hop| shown.contains(next_hop)), "{shown}");
        Ok(())
    })
}

#[test]
fn the_namespaces_come_up_with_bird_and_go() -> Outcome {
    the_namespaces_come_up_and_go("the_namespaces_come_up_with_bird_and_go", Kind::Bird)
}

#[test]
fn the_namespaces_come_up_with_frr_and_go() -> Outcome {
    the_namespaces_come_up_and_go("the_namespaces_come_up_with_frr_and_go", Kind::Frr)
}

/// Ends the lab of `examples/namespaces` in any case.
struct Down(String);

impl Down {
    fn now(&self) -> Outcome<String> {
        process::output(Command::new(in_package("examples/namespaces/down.sh")).env("LAB", &self.0))
    }
}

impl Drop for Down {
    fn drop(&mut self) {
        let _ = self.now();
    }
}

fn the_namespaces_come_up_and_go(test: &str, kind: Kind) -> Outcome {
    if !may_run(test, &[Need::Daemon(kind)]) {
        return Ok(());
    }
    let lab = Down(format!("msee-{}-{kind}", std::process::id()));
    let mut up = Command::new(in_package("examples/namespaces/up.sh"));
    let said = process::output(up.arg(kind.name()).env("LAB", &lab.0).env("MSEE", PROGRAM))?;
    ensure!(said.matches(" Established ").count() == 4, "{said}");
    let pair = format!("{}-msee", lab.0);
    for (address, next_hops) in [
        ("10.0.5.1", ["172.16.0.1", "172.16.0.5"].as_slice()),
        ("192.168.10.1", &["172.16.0.1"]),
        ("192.168.20.1", &["172.16.0.5"]),
        ("fd10::1", &["fd00:99::1", "fd00:99::5"]),
    ] {
        until("the virtual network reaches the customer", || {
            let found = lookup(&pair, address)?;
            ensure!(next_hops.iter().all(|next_hop| found.contains(next_hop)), "{address}: {found}");
            Ok(())
        })?;
    }
    lab.now()?;
    let left = process::output(Command::new("ip").args(["netns", "list"]))?;
    ensure!(!left.contains(&lab.0), "{left}");
    ensure!(!Path::new("/run").join(&lab.0).exists(), "/run/{} is left", lab.0);
    Ok(())
}
