//! `msee expect`.

use super::{
    exit::Failure,
    output::{Format, OutputArgs, Screen},
    table::printable,
};
use crate::{
    api::Client,
    expect::{self, Expectation, Verdict},
};
use serde::Serialize;
use std::{fs, path::PathBuf, time::Instant};

/// Waits until a lab shows what a file expects of it, one assertion after the other.
///
/// Ends with 0 if all of it came in time, with 1 if anything did not, and with 2 if the file is wrong.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Expect {
    /// The expectations, TOML; examples/frr-bird/expect.toml shows every key.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Also writes a JUnit report.
    #[arg(long, value_name = "OUT.xml")]
    junit: Option<PathBuf>,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// What JSON has.
#[derive(Serialize)]
struct Report {
    met: bool,
    expectations: Vec<Line>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    expectation: String,
    met: bool,
    took_msec: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen: Option<String>,
}

impl Expect {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let (expectations, started) = (expect::load(&self.file)?, Instant::now());
        let mut verdicts = Vec::new();
        for expectation in expectations {
            let verdict = expect::wait(&expectation, client, started).await;
            if screen.format == Format::Table {
                screen.print(&line(&expectation, &verdict))?;
            }
            verdicts.push((expectation, verdict));
        }
        if let Some(path) = &self.junit {
            let xml = expect::junit(&self.file.display().to_string(), &verdicts)?;
            fs::write(path, xml).map_err(|source| Failure::Unwritable { path: path.clone(), source })?;
        }
        let missed = verdicts.iter().filter(|(_, verdict)| verdict.missed.is_some()).count();
        if screen.format == Format::Json {
            let expectations =
                verdicts.iter().map(|(expectation, verdict)| json(expectation, verdict)).collect();
            screen.show(&Report { met: missed == 0, expectations }, |_, _| String::new())?;
        }
        if missed == 0 { Ok(()) } else { Err(Failure::Unmet { missed, all: verdicts.len() }) }
    }
}

/// One line, at once; what was seen instead stands below it.
fn line(expectation: &Expectation, verdict: &Verdict) -> String {
    let word = if verdict.missed.is_none() { "ok    " } else { "FAILED" };
    let seen = verdict.missed.as_ref().map_or_else(String::new, |seen| {
        format!("        not within {} s; last seen: {}\n", expectation.within.as_secs(), printable(seen))
    });
    format!("{word}  {} ({:.1} s)\n{seen}", printable(&expectation.to_string()), verdict.took.as_secs_f64())
}

fn json(expectation: &Expectation, verdict: &Verdict) -> Line {
    Line {
        expectation: expectation.to_string(),
        met: verdict.missed.is_none(),
        took_msec: verdict.took.as_millis(),
        last_seen: verdict.missed.clone(),
    }
}
