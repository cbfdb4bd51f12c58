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
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_msee");
/// Its pods have a secret that is not here.
const PODS: &str = "examples/kubernetes";
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

/// Files of `msee expect` begin with its name.
fn is_expectation(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("expect"))
}

#[test]
fn the_configuration_of_the_pods_passes_check_beside_their_secret() -> Outcome {
    let directory = TempDir::new()?;
    let [file, token] = ["msee.toml", "token"].map(|name| directory.path().join(name));
    let shipped = fs::read_to_string(in_package(PODS).join("msee.toml"))?;
    ensure!(shipped.contains("\"/run/secrets/msee/token\""), "{shipped}");
    fs::write(&file, shipped.replace("/run/secrets/msee/token", "token"))?;
    fs::write(&token, "0123456789abcdef")?;
    fs::set_permissions(&token, PermissionsExt::from_mode(0o400))?;
    let verdict = Command::new(PROGRAM).arg("check").arg("-c").arg(&file).output()?;
    let [said, warned] =
        [verdict.stdout, verdict.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    let as_meant = said.contains(" 1 warning") && warned.contains("which other machines may reach");
    ensure!(verdict.status.success() && as_meant, "{said}{warned}");
    Ok(())
}

#[test]
fn every_shipped_configuration_passes_check() -> Outcome {
    let mut directories = vec![in_package("config")];
    directories.extend(examples()?.into_iter().filter(|directory| *directory != in_package(PODS)));
    let mut checked = 0;
    for directory in directories {
        let mut files = entries(&directory)?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
        let (expected, files) = files.into_iter().partition::<Vec<_>, _>(|file| is_expectation(file));
        for file in expected {
            let expectations = msee::expect::load(&file)?;
            ensure!(!expectations.is_empty(), "{}", file.display());
        }
        for file in files {
            let verdict = Command::new(PROGRAM).arg("check").arg("-c").arg(&file).output()?;
            let [said, warned] =
                [verdict.stdout, verdict.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
            // Who may read a file with a key in it is the affair of whoever has checked it out.
            let of_modes =
                said.contains(" 1 warning") && warned.contains("every user of this machine can read");
            ensure!(verdict.status.success() && (said.contains("no warning") || of_modes), "{said}{warned}");
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
    let up = |line: &&str| line.starts_with("ams-1/") && line.contains(" Established ");
    ensure!(!said.contains("FAILED") && said.lines().filter(up).count() == 4, "{said}");

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
    let labs = [
        ("msee.toml", "", "10.0.0.0/16"),
        ("three-peerings.toml", "three-peerings.", "10.0.0.0/16,193.0.0.0/24"),
    ];
    let edges = [(Kind::Frr, "primary", "192.168.10.0/24"), (Kind::Bird, "secondary", "192.168.20.0/24")];
    for (config, prefix, shared) in labs {
        for (kind, router, own) in edges {
            let lab = in_package("examples/frr-bird");
            let announced = format!("{shared},{own},fd10::/48");
            let mut generate = Command::new(PROGRAM);
            generate.args(["gen", "ce", "--kind", kind.name(), "--router", router, "--announce", &announced]);
            let printed = process::output(generate.arg("-c").arg(lab.join(config)))?;
            let file = format!("{prefix}{kind}.conf");
            ensure!(fs::read_to_string(lab.join(&file))? == printed, "{file} is not:\n{printed}");
        }
    }
    Ok(())
}

#[test]
fn the_containerlab_example_is_what_gen_clab_prints() -> Outcome {
    let example = in_package("examples/containerlab");
    let mut generate = Command::new(PROGRAM);
    generate.args(["gen", "clab", "-c", "msee.toml"]).current_dir(&example);
    let printed = process::output(&mut generate)?;
    ensure!(
        fs::read_to_string(example.join("msee.clab.yml"))? == printed,
        "msee.clab.yml is not:\n{printed}"
    );
    Ok(())
}
