//! The image and the compose labs of `examples/frr-bird`, run for real.
//!
//! The image is what the Dockerfile makes from its first line to its last, only without the optimizer. Where no container
//! engine answers, a test says what it left out; with `MSEE_REQUIRE_CONTAINERS` set, as `.ci/run` does, that is a failure.

#[path = "lab/mod.rs"]
mod lab;

use lab::{
    failure::{Outcome, ensure},
    process,
    wait::until,
};
use std::{
    env,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

fn in_package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn docker(arguments: &[&str]) -> Outcome<String> {
    process::output(Command::new("docker").args(arguments))
}

/// What is missing to run containers here, and the remedy.
fn missing() -> Option<String> {
    if docker(&["info"]).is_err() {
        return Some("no container engine answers `docker info`; .ci/run starts one".into());
    }
    if compose().is_none() {
        return Some("there is no `docker compose`; install the Debian package docker-compose".into());
    }
    // Where the stock images are not here already; with a registry in reach `docker pull` is quicker.
    process::output(Command::new(in_package("examples/base-image.sh")).args(["debian", "rust"]))
        .err()
        .map(|error| error.to_string())
}

/// Compose v2, or Debian's docker-compose 1.29; the files are for both.
fn compose() -> Option<Command> {
    let mut v2 = Command::new("docker");
    v2.arg("compose");
    let mut v1 = Command::new("docker-compose");
    if docker(&["compose", "version"]).is_ok() {
        Some(v2)
    } else {
        process::output(v1.arg("version")).is_ok().then(|| Command::new("docker-compose"))
    }
}

/// The image, removed with this value.
struct Image(String);

impl Image {
    fn build() -> Outcome<Self> {
        let image = Self(format!("msee-test-{}", std::process::id()));
        let package = in_package("").to_string_lossy().into_owned();
        docker(&["build", "--quiet", "--build-arg", "PROFILE=dev", "--tag", &image.0, &package])?;
        Ok(image)
    }

    /// What the program says to the arguments, as process 1 of a container.
    fn run(&self, arguments: &[&str]) -> Outcome<String> {
        docker(&[&["run", "--rm", &self.0], arguments].concat())
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = docker(&["image", "rm", &self.0]);
        // The stage that it was built in, which is large.
        let _ = docker(&["image", "prune", "--force", "--filter", "label=msee.stage=build"]);
    }
}

/// A compose project that runs; it ends with this value.
struct Project<'a> {
    image: &'a Image,
    files: &'a [&'a str],
}

impl Project<'_> {
    fn up<'a>(image: &'a Image, files: &'a [&'a str]) -> Outcome<Project<'a>> {
        let project = Project { image, files };
        project.compose(&["up", "--detach"])?;
        Ok(project)
    }

    fn compose(&self, arguments: &[&str]) -> Outcome<String> {
        let mut command = compose().ok_or("compose has gone")?;
        command.args(["--project-name", &self.image.0]).env("MSEE_IMAGE", &self.image.0);
        for file in self.files {
            command.arg("--file").arg(in_package("examples/frr-bird").join(file));
        }
        process::output(command.args(arguments))
    }

    /// The container of a service.
    fn container(&self, service: &str) -> Outcome<String> {
        Ok(self.compose(&["ps", "--all", "--quiet", service])?.trim().to_owned())
    }

    /// Runs a command in the container of a service.
    fn exec(&self, service: &str, command: &[&str]) -> Outcome<String> {
        self.compose(&[&["exec", "-T", service], command].concat())
    }

    /// Waits until the lab's own check has ended well.
    fn passes_its_check(&self) -> Outcome {
        let code = docker(&["wait", &self.container("check")?])?;
        ensure!(code.trim() == "0", "the check ended with {code}{}", self.compose(&["logs", "--no-color"])?);
        Ok(())
    }
}

impl Drop for Project<'_> {
    fn drop(&mut self) {
        let _ = self.compose(&["down", "--volumes", "--timeout", "2"]);
    }
}

/// One test for all: the labs have fixed addresses, so that only one at a time can be up.
#[test]
fn the_image_runs_between_frr_and_bird() -> Outcome {
    if let Some(missing) = missing() {
        assert!(env::var_os("MSEE_REQUIRE_CONTAINERS").is_none(), "no containers: {missing}");
        // Not println!: the test harness would swallow it, and an omission must be seen.
        let _ = writeln!(std::io::stderr(), "left out: the image and the compose labs: {missing}");
        return Ok(());
    }
    let image = Image::build()?;
    it_is_the_program_and_nothing_else(&image)?;
    {
        let lab = Project::up(&image, &["compose.yaml"])?;
        lab.passes_its_check()?;
        privileges_are_few(&lab)?;
        sigterm_ends_it_with_cease(&lab)?;
    }
    let lab = Project::up(&image, &["compose.yaml", "three-peerings.yaml"])?;
    lab.passes_its_check()?;
    let sessions = lab.exec("msee", &["msee", "show", "sessions"])?;
    ensure!(sessions.matches(" Established ").count() == 8, "{sessions}");
    Ok(())
}

fn it_is_the_program_and_nothing_else(image: &Image) -> Outcome {
    let version = image.run(&["--version"])?;
    ensure!(version.trim() == concat!("msee ", env!("CARGO_PKG_VERSION")), "{version}");
    image.run(&["lab", "--check"])?;
    ensure!(docker(&["run", "--rm", "--entrypoint", "/bin/sh", &image.0]).is_err(), "there is a shell");
    let layers = docker(&["inspect", "--format", "{{len .RootFS.Layers}}", &image.0])?;
    ensure!(layers.trim() == "1", "{layers} layers instead of the one with the program");
    Ok(())
}

fn privileges_are_few(lab: &Project<'_>) -> Outcome {
    let format =
        "{{.State.Health.Status}} {{.Config.User}} {{.HostConfig.Privileged}} {{.HostConfig.CapAdd}}";
    let said = docker(&["inspect", "--format", format, &lab.container("msee")?])?;
    ensure!(said.trim() == "healthy 65532:65532 false []", "{said}");
    Ok(())
}

fn sigterm_ends_it_with_cease(lab: &Project<'_>) -> Outcome {
    lab.compose(&["stop", "--timeout", "8", "msee"])?;
    let format = "{{.State.ExitCode}} {{.State.OOMKilled}}";
    let said = docker(&["inspect", "--format", format, &lab.container("msee")?])?;
    // 137 would be SIGKILL after the time was up: process 1 has no default action for SIGTERM.
    ensure!(said.trim() == "0 false", "it ended with {said}");
    until("BIRD has heard why", || {
        let protocol =
            lab.exec("ce-b", &["birdc", "show", "protocols", "all", "msee_private_secondary_ipv4"])?;
        ensure!(protocol.contains("Received: Administrative shutdown"), "{protocol}");
        Ok(())
    })
}
