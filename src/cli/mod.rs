//! The command line: a file per verb.
//!
//! Standard output carries only what was asked for, as a table or as JSON; everything else goes to standard error.
//! Exit codes are 0 for done, 1 for failed, 2 for a wrong command line or a wrong file of expectations.

mod check;
pub mod churn;
mod circuit;
mod completions;
mod diagnostics;
mod diff;
mod disable;
mod doctor;
mod exit;
mod expect;
mod explain;
pub mod gen_ce;
mod gen_clab;
pub mod generate;
pub mod lab;
pub mod log;
mod lookup;
mod man;
mod output;
mod reload;
pub mod run;
mod service;
mod show;
mod table;
mod time_text;

#[cfg(test)]
mod tests;

use crate::{api::Client, config::NotAControlToken};
use clap::Parser;
use exit::{Exit, Failure};
use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};
use table::Look;

/// Where a daemon listens unless its configuration says otherwise.
const DEFAULT_CONTROL: &str = "127.0.0.1:8179";

/// Emulates the Microsoft side of Azure ExpressRoute: two routers, real BGP, Azure's limits.
#[derive(Debug, Parser)]
#[command(name = "msee", version)]
struct Cli {
    /// The daemon's control endpoint.
    #[arg(
        long,
        global = true,
        env = "MSEE_CONTROL",
        value_name = "ADDRESS:PORT",
        default_value = DEFAULT_CONTROL,
        value_parser = Client::new
    )]
    control: Client,

    /// The file with the token that the daemon asks for: its own control_token_file.
    #[arg(long, global = true, env = "MSEE_CONTROL_TOKEN_FILE", value_name = "FILE")]
    control_token_file: Option<PathBuf>,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Run(run::Run),
    Lab(lab::Lab),
    Check(check::Check),
    Diff(diff::Diff),
    Reload(reload::Reload),
    Show(show::Show),
    Lookup(lookup::Lookup),
    Explain(explain::Explain),
    Doctor(doctor::Doctor),
    Expect(expect::Expect),
    Circuit(circuit::Circuit),
    Peering(circuit::Peering),
    Disable(disable::Disable),
    Enable(disable::Enable),
    Churn(Box<churn::Churn>),
    #[command(name = "gen")]
    Generate(generate::Generate),
    Completions(completions::Completions),
    Man(man::Man),
}

/// Reads the command line, does what it says and tells how that went.
pub fn main() -> ExitCode {
    match Cli::parse().perform(&mut io::stdout(), Look::of_stdout()) {
        Ok(()) => Exit::Done,
        Err(failure) => failure.report(),
    }
    .into()
}

impl Cli {
    fn perform(&self, out: &mut dyn Write, look: Look) -> Result<(), Failure> {
        let client = &self.client()?;
        match &self.verb {
            Verb::Run(verb) => verb.perform(),
            Verb::Lab(verb) => verb.perform(client, out, look),
            Verb::Check(verb) => verb.perform(out),
            Verb::Diff(verb) => wait(verb.perform(client, &mut verb.output.screen(out, look))),
            Verb::Reload(verb) => wait(verb.perform(client, &mut verb.output.screen(out, look))),
            Verb::Show(verb) => wait(verb.perform(client, &mut verb.output.screen(out, look))),
            Verb::Explain(verb) => wait(verb.perform(client, &mut verb.output.screen(out, look))),
            Verb::Doctor(verb) => wait(verb.perform(client, &mut verb.output.screen(out, look))),
            Verb::Expect(verb) => wait(verb.perform(client, &mut verb.output.screen(out, look))),
            Verb::Lookup(verb) => wait(verb.perform(client, &mut verb.output.screen(out, look))),
            Verb::Circuit(verb) => wait(verb.perform(client, &mut verb.output.screen(out, look))),
            Verb::Peering(verb) => wait(verb.perform(client, &mut verb.output.screen(out, look))),
            Verb::Disable(verb) => wait(verb.perform(client, &mut verb.output.screen(out, look))),
            Verb::Enable(verb) => wait(verb.perform(client, &mut verb.output.screen(out, look))),
            Verb::Churn(verb) => verb.perform(out, look),
            Verb::Generate(verb) => verb.perform(out),
            Verb::Completions(verb) => verb.perform(out),
            Verb::Man(verb) => verb.perform(),
        }
    }
}

impl Cli {
    /// The daemon, and the token for it.
    fn client(&self) -> Result<Client, Failure> {
        let Some(path) = &self.control_token_file else { return Ok(self.control.clone()) };
        let unusable = |cause: String| Failure::ControlToken { path: path.clone(), cause };
        let text = fs::read_to_string(path).map_err(|error| unusable(error.kind().to_string()))?;
        let token = text.trim_end().parse().map_err(|fault: NotAControlToken| unusable(fault.to_string()))?;
        Ok(self.control.clone().with_token(token))
    }
}

/// Runs what waits for the daemon; one thread is plenty for one connection at a time.
fn wait(verb: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::Runtime)?
        .block_on(verb)
}
