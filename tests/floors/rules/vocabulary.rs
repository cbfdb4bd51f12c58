//! Words that a floor, or the whole crate, does without.

use super::Breach;
use crate::{
    source::{Build, Form, Name, Source},
    table::Row,
};

/// The floors of pure logic: what happens there follows from the arguments alone.
const PURE: u8 = 2;

/// Modules of those floors that read the files they are told to read.
const READS_FILES: &[&str] = &["config", "azure", "registry"];

const FILES: &[&str] = &["std::fs", "tokio::fs"];

/// What is refused on the floors of pure logic, and what to do instead.
const EFFECTS: &[(&[&str], &str)] = &[
    (&["Instant::now", "SystemTime::now", "Utc::now", "OffsetDateTime::now_utc"], "time comes in as a value"),
    (
        &["tokio::net", "std::net::TcpStream", "std::net::TcpListener", "std::net::UdpSocket"],
        "sockets belong to `transport`",
    ),
    (
        &["tokio::spawn", "tokio::task", "std::thread::spawn", "JoinSet::spawn"],
        "tasks belong to floor 3 and above",
    ),
    (&["std::thread::sleep", "tokio::time"], "return a deadline; the task waits"),
    (FILES, "the files are read above and come in as values"),
];

/// Channels and queues without a bound.
const UNBOUNDED: &[&str] = &[
    "unbounded_channel",
    "UnboundedSender",
    "UnboundedReceiver",
    "std::sync::mpsc::channel",
    "std::sync::mpsc::Sender",
    "crossbeam_channel::unbounded",
];

/// File names that say nothing about what is in the file.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc", "stuff"];

/// Clocks, sockets, tasks, sleep and files on floors 0–2, outside tests.
pub(crate) fn effects(sources: &[Source<'_>]) -> Vec<Breach> {
    let test_only: Vec<_> = sources.iter().flat_map(|source| &source.test_modules).collect();
    let shipped = |source: &&Source<'_>| !test_only.iter().any(|module| source.module.starts_with(module));
    sources.iter().filter(shipped).flat_map(effects_of).collect()
}

fn effects_of(source: &Source<'_>) -> Vec<Breach> {
    let Some(row) = source.module.first().and_then(|own| Row::find(own)).filter(|row| row.floor <= PURE)
    else {
        return Vec::new();
    };
    let mut breaches = Vec::new();
    for name in source.names.iter().filter(|name| name.build == Build::Shipped) {
        if let Some((refused, instead)) = effect(source, name, row) {
            let what = format!("`{refused}` in `{}` (floor {}): {instead}", row.module, row.floor);
            breaches.push(Breach::new(source, name.line, what));
        }
    }
    breaches
}

/// What the name would do, and what to do instead.
fn effect(source: &Source<'_>, name: &Name<'_>, row: &Row) -> Option<(&'static str, &'static str)> {
    if name.form == Form::Method {
        return (name.segments == ["elapsed"])
            .then_some((".elapsed()", "it reads the clock; time comes in as a value"));
    }
    let path = source.expand(name);
    let refusals =
        EFFECTS.iter().filter(|(refused, _)| *refused != FILES || !READS_FILES.contains(&row.module));
    let mut all =
        refusals.flat_map(|(refused, instead)| refused.iter().map(move |refused| (*refused, *instead)));
    all.find(|(refused, _)| mentions(&path, refused))
}

/// Channels without a bound, anywhere: a slow reader would become memory.
pub(crate) fn unbounded(sources: &[Source<'_>]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        for name in source.names.iter().filter(|name| name.form != Form::Method) {
            let path = source.expand(name);
            if let Some(refused) = UNBOUNDED.iter().find(|refused| mentions(&path, refused)) {
                let what = format!(
                    "`{refused}` has no bound; use a channel with a capacity and say what happens when it is full"
                );
                breaches.push(Breach::new(source, name.line, what));
            }
        }
    }
    breaches
}

/// Files and directories called utils, helpers, common or misc.
pub(crate) fn file_names(sources: &[Source<'_>]) -> Vec<Breach> {
    let named_badly = |source: &&Source<'_>| {
        source.path.split('/').any(|part| EMPTY_NAMES.contains(&part.strip_suffix(".rs").unwrap_or(part)))
    };
    let what = "the name says nothing; call the file after the concept in it";
    sources.iter().filter(named_badly).map(|source| Breach::new(source, 1, what)).collect()
}

/// True if the path runs through the refused one, or may do so by a glob after its first segment.
fn mentions(path: &[&str], refused: &str) -> bool {
    let refused: Vec<_> = refused.split("::").collect();
    path.windows(refused.len()).any(|window| {
        window[0] == refused[0] && window.iter().zip(&refused).all(|(own, other)| own == other || *own == "*")
    })
}

#[cfg(test)]
mod tests {
    use super::{super::said, effects, file_names, unbounded};

    #[test]
    fn effects_on_the_floors_of_pure_logic_are_named() {
        for (name, path, text, want) in [
            (
                "a clock",
                "src/session/mod.rs",
                "use std::time::Instant;\nfn f() { Instant::now(); }",
                "src/session/mod.rs:2: `Instant::now`",
            ),
            (
                "a clock by its full path",
                "src/rib/mod.rs",
                "fn f() { std::time::SystemTime::now(); }",
                "`SystemTime::now`",
            ),
            (
                "a clock under another name",
                "src/rib/mod.rs",
                "use std::time::Instant as Clock; fn f() { Clock::now(); }",
                "`Instant::now`",
            ),
            (
                "a clock as a function value",
                "src/rib/mod.rs",
                "fn f() { x.map(Instant::now) }",
                "`Instant::now`",
            ),
            (
                "a clock by a method",
                "src/session/mod.rs",
                "fn f() { start.elapsed() }",
                "`.elapsed()` in `session`",
            ),
            ("a socket", "src/wire/mod.rs", "use tokio::net::TcpStream;", "`tokio::net` in `wire` (floor 0)"),
            (
                "a socket in braces",
                "src/wire/mod.rs",
                "use std::{io, net::{IpAddr, TcpStream}};",
                "`std::net::TcpStream`",
            ),
            ("a socket by a glob", "src/wire/mod.rs", "use tokio::*;", "`tokio::net`"),
            (
                "a task",
                "src/policy/mod.rs",
                "fn f() { tokio::spawn(g()); }",
                "`tokio::spawn` in `policy` (floor 2)",
            ),
            (
                "a sleep",
                "src/config/mod.rs",
                "use std::thread; fn f() { thread::sleep(x); }",
                "`std::thread::sleep`",
            ),
            ("a file", "src/fib/mod.rs", "use std::fs;", "`std::fs` in `fib`"),
            (
                "after a test",
                "src/rib/mod.rs",
                "#[cfg(test)] mod t { fn g() {} } fn f() { Instant::now() }",
                "`Instant::now`",
            ),
        ] {
            let said = said(effects, &[(path, text)]);
            assert!(said.iter().any(|line| line.contains(want)), "{name}: {said:#?}");
        }
    }

    #[test]
    fn effects_pass_where_they_belong() {
        for (name, path, text) in [
            (
                "above",
                "src/transport/mod.rs",
                "use tokio::net::TcpStream; fn f() { Instant::now(); tokio::spawn(x); }",
            ),
            ("in a test", "src/rib/mod.rs", "#[cfg(test)] mod t { fn f() { Instant::now(); } }"),
            (
                "the configuration's files",
                "src/config/file.rs",
                "use std::fs; fn f() { fs::read_to_string(p) }",
            ),
            ("the service tags' files", "src/azure/service_tags.rs", "fn f() { std::fs::read(p) }"),
            ("an address", "src/wire/mod.rs", "use std::net::{IpAddr, Ipv4Addr};"),
            ("a time", "src/session/mod.rs", "use std::time::{Duration, Instant}; fn f(now: Instant) {}"),
            ("a comment", "src/rib/mod.rs", "// Instant::now() is for others\n"),
        ] {
            assert_eq!(said(effects, &[(path, text)]), Vec::<String>::new(), "{name}");
        }
        let with_tests = [
            ("src/rib/mod.rs", "#[cfg(test)] mod tests;"),
            ("src/rib/tests.rs", "fn f() { Instant::now(); }"),
        ];
        assert_eq!(said(effects, &with_tests), Vec::<String>::new(), "a test's file");
    }

    #[test]
    fn channels_without_a_bound_are_named_on_every_floor() {
        for (name, text, refused) in [
            ("tokio", "use tokio::sync::mpsc::unbounded_channel;", true),
            ("tokio by its path", "fn f() { mpsc::unbounded_channel() }", true),
            ("its sender", "use tokio::sync::mpsc::{Receiver, UnboundedSender};", true),
            ("std", "use std::sync::mpsc; fn f() { mpsc::channel(); }", true),
            ("std by an import", "use std::sync::mpsc::channel;", true),
            ("std by a glob", "use std::sync::mpsc::*;", true),
            ("in a test", "#[cfg(test)] mod t { use tokio::sync::mpsc::unbounded_channel; }", true),
            ("tokio with a capacity", "use tokio::sync::mpsc; fn f() { mpsc::channel(64); }", false),
            ("std with a capacity", "use std::sync::mpsc::sync_channel;", false),
            ("a comment", "// no unbounded_channel here", false),
        ] {
            assert_eq!(!said(unbounded, &[("src/daemon/mod.rs", text)]).is_empty(), refused, "{name}");
        }
    }

    #[test]
    fn file_names_that_say_nothing_are_named() {
        for (path, refused) in [
            ("src/wire/utils.rs", true),
            ("src/helpers/mod.rs", true),
            ("tests/common/mod.rs", true),
            ("src/wire/community.rs", false),
            ("src/rib/commonality.rs", false),
        ] {
            assert_eq!(!said(file_names, &[(path, "")]).is_empty(), refused, "{path}");
        }
    }
}
