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
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_msee");
/// Runs the words that follow without any privilege.
const NOBODY: [&str; 5] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];

fn in_package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn examples() -> Outcome<Vec<PathBuf>> {
    let mut paths = entries(&in_package("examples"))?;
    paths.retain(|path| path.is_dir());
    Ok(paths)
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
    let mut checked = 0;
    for directory in directories {
        let mut files = entries(&directory)?;
        // What labs expect, msee expect reads.
        files.retain(|file| {
            let name = file.to_string_lossy();
            name.ends_with(".toml") && !name.ends_with("expect.toml")
        });
        for file in files {
            let said = process::output(Command::new(PROGRAM).arg("check").arg("-c").arg(&file))?;
            ensure!(said.contains("no warning"), "{said}");
            checked += 1;
        }
    }
    ensure!(checked >= 10, "only {checked} configurations found");
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

/// `examples/netns/lab.sh` with the files it needs, where nobody may read them, and run by nobody if the kernel lets users
/// make namespaces. The lab ends with this value.
struct NetnsLab {
    directory: TempDir,
    user: &'static [&'static str],
}

impl NetnsLab {
    fn new() -> Outcome<Self> {
        let directory = tempfile::Builder::new().prefix("msee-lab-").tempdir()?;
        for example in ["frr-bird", "netns"] {
            fs::create_dir(directory.path().join(example))?;
            for file in entries(&in_package("examples").join(example))? {
                fs::copy(&file, directory.path().join(example).join(file.file_name().unwrap_or_default()))?;
            }
        }
        fs::copy(PROGRAM, directory.path().join("msee"))?;
        process::output(Command::new("chown").args(["-R", "65534:65534"]).arg(directory.path()))?;
        let mut probe = Command::new(NOBODY[0]);
        probe.args(&NOBODY[1..]).args(["unshare", "--user", "--map-root-user", "--net", "true"]);
        let user = if process::output(&mut probe).is_ok() { &NOBODY[..] } else { &["env"] };
        Ok(Self { directory, user })
    }

    fn run(&self, arguments: &[&str]) -> Outcome<String> {
        let mut command = Command::new(self.user[0]);
        command.args(&self.user[1..]).arg(self.directory.path().join("netns/lab.sh")).args(arguments);
        command.env("MSEE", self.directory.path().join("msee")).env("TMPDIR", self.directory.path());
        process::output(&mut command)
    }

    /// What the lab keeps outside of its namespaces.
    fn state(&self) -> Outcome<Option<PathBuf>> {
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(entries(self.directory.path())?.into_iter().find(|path| name(path).starts_with("msee-lab-")))
    }

    /// Processes with the lab's directory in their command line.
    fn processes(&self) -> usize {
        let pattern = self.directory.path().to_string_lossy().into_owned();
        let found = process::output(Command::new("pgrep").args(["-f", &pattern]));
        found.map_or(0, |found| found.lines().count())
    }
}

impl Drop for NetnsLab {
    fn drop(&mut self) {
        let _ = self.run(&["down"]);
    }
}

#[test]
fn the_netns_lab_comes_up_again_after_a_crash_and_goes() -> Outcome {
    let needed = [Need::Daemon(Kind::Bird), Need::Daemon(Kind::Frr)];
    if !may_run("the_netns_lab_comes_up_again_after_a_crash_and_goes", &needed) {
        return Ok(());
    }
    let lab = NetnsLab::new()?;
    let said = lab.run(&["up"])?;
    ensure!(said.matches("ok ").count() == 8 && said.matches(" Established ").count() == 4, "{said}");

    let holder = fs::read_to_string(lab.state()?.ok_or("the lab has no state")?.join("holder"))?;
    let pid = holder.split(' ').next().unwrap_or_default();
    process::output(Command::new("kill").args(["-KILL", pid]))?;
    until("everything has gone with the holder", || {
        ensure!(lab.processes() == 0, "{} processes are left", lab.processes());
        Ok(())
    })?;
    ensure!(
        lab.run(&["check"]).is_err_and(|down| down.to_string().contains("lab.sh up")),
        "it seems to be up"
    );

    lab.run(&["up"])?;
    lab.run(&["check"])?;
    let routes = lab.run(&["exec", "ce-a", "ip", "route"])?;
    ensure!(routes.contains("10.1.0.0/16"), "CE-A forwards nothing to Azure: {routes}");
    lab.run(&["down"])?;
    ensure!(lab.processes() == 0 && lab.state()?.is_none(), "the lab has left something behind");
    Ok(())
}

#[test]
fn the_customers_of_the_frr_bird_lab_are_configured_as_gen_ce_prints() -> Outcome {
    for (kind, router, announced) in [
        (Kind::Frr, "primary", "10.0.0.0/16,192.168.10.0/24,fd10::/48"),
        (Kind::Bird, "secondary", "10.0.0.0/16,192.168.20.0/24,fd10::/48"),
    ] {
        let lab = in_package("examples/frr-bird");
        let mut generate = Command::new(PROGRAM);
        generate.args([
            "gen",
            "ce",
            "--kind",
            kind.name(),
            "--router",
            router,
            "--announce",
            announced,
            "-c",
        ]);
        let printed = process::output(generate.arg(lab.join("msee.toml")))?;
        ensure!(
            fs::read_to_string(lab.join(format!("{kind}.conf")))? == printed,
            "{kind}.conf is not:\n{printed}"
        );
    }
    Ok(())
}

#[test]
fn the_containerlab_example_is_what_gen_clab_prints() -> Outcome {
    let example = in_package("examples/containerlab");
    let mut generate = Command::new(PROGRAM);
    generate.args(["gen", "clab", "-c", "../frr-bird/msee.toml"]).current_dir(&example);
    let printed = process::output(&mut generate)?;
    ensure!(
        fs::read_to_string(example.join("msee.clab.yml"))? == printed,
        "msee.clab.yml is not:\n{printed}"
    );
    Ok(())
}
