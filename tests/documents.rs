//! The documents say what is there: links lead somewhere, ARCHITECTURE.md names files and bounds as they are.

use std::{error::Error, fs, path::Path};

type Outcome = Result<(), Box<dyn Error>>;

const DOCUMENTS: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "docs/rfc.md",
    "examples/bird-on-loopback/README.md",
    "examples/churn/README.md",
    "examples/containerlab/README.md",
    "examples/frr-bird/README.md",
    "examples/netns/README.md",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_relative_link_leads_to_a_file() -> Outcome {
    let mut broken = Vec::new();
    for document in DOCUMENTS {
        let path = root().join(document);
        let text = fs::read_to_string(&path)?;
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            if !path.parent().unwrap_or(root()).join(target).exists() {
                broken.push(format!("{document}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere: {broken:#?}");
    Ok(())
}

#[test]
fn every_file_that_the_architecture_names_exists() -> Outcome {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md"))?;
    let mut missing = Vec::new();
    for (number, line) in text.lines().enumerate() {
        // A bare name stands in the directory of the path before it on the line.
        let mut directory = root().join("src");
        for name in line.split('`').skip(1).step_by(2).filter(|name| is_path(name)) {
            let bases = [root().join("src"), root().to_owned(), directory.clone()];
            match bases.iter().map(|base| base.join(name)).find(|path| path.exists()) {
                Some(path) if path.is_dir() => directory = path,
                Some(path) => directory = path.parent().unwrap_or(root()).to_owned(),
                None => missing.push(format!("line {}: {name}", number + 1)),
            }
        }
    }
    assert!(missing.is_empty(), "ARCHITECTURE.md names what is not there: {missing:#?}");
    Ok(())
}

fn is_path(span: &str) -> bool {
    let names_a_file =
        Path::new(span).extension().is_some_and(|extension| extension == "rs" || extension == "md");
    !span.contains(' ') && (names_a_file || span.ends_with('/'))
}

#[test]
fn the_diagram_shows_the_bounds_that_the_code_has() -> Outcome {
    let diagram = fs::read_to_string(root().join("ARCHITECTURE.md"))?;
    for (file, constant, label) in [
        ("src/daemon/task.rs", "UPLINKS: usize", "Uplink"),
        ("src/daemon/task.rs", "DOWNLINKS: usize", "Downlink"),
        ("src/daemon/task.rs", "COMMANDS: usize", "Command"),
        ("src/daemon/task.rs", "COMMANDS: usize", "Request"),
        ("src/daemon/task.rs", "EVENTS: usize", "Event"),
        ("src/attachment/task.rs", "ACCEPTED: usize", "Connection"),
        ("src/attachment/perform.rs", "FAREWELLS: usize", "up to"),
        ("src/transport/listener/endpoint.rs", "COMMANDS: usize", "Enrol, Change, Sweep"),
        ("src/transport/listener/endpoint.rs", "BACKLOG: i32", "kernel backlog"),
        ("src/churn/fleet.rs", "COMMANDS: usize", "`Command` channel of"),
        ("src/api/server.rs", "MAX_CONNECTIONS: usize", "a task per connection, up to"),
    ] {
        let text = fs::read_to_string(root().join(file))?;
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("const {constant} = ")));
        let bound = line.ok_or(format!("{file} has no {constant}"))?.trim_end_matches(';');
        let shown = format!("{label} {bound}");
        assert!(diagram.contains(&shown), "{file} says {constant} = {bound}; the diagram has no {shown:?}");
    }
    Ok(())
}
