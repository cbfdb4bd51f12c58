//! The scenario on the screen: what happens, what followed and when, and what a second terminal would see.

use super::LabFailure;
use crate::{
    api::Client,
    azure::{Router, limits::RESTART_AFTER},
    cli::{
        DEFAULT_CONTROL,
        exit::Failure,
        lookup::Lookup,
        output::Screen,
        show::Show,
        table::{Column, Listing, cell, printable},
    },
    config::plan::Timers,
    family::Family,
    lab::{self, Lab, Step, scenario::STEPS},
    rib::PrefixLimit,
};
use clap::Parser;
use std::time::Duration;

/// What a second terminal can ask, read as it is typed there.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
enum Question {
    Show(Show),
    Lookup(Lookup),
}

/// Performs the scenario on a lab and tells what happens.
pub(super) struct Narrator<'n, 's> {
    pub(super) lab: &'n Lab,
    pub(super) client: Client,
    pub(super) screen: &'n mut Screen<'s>,
}

const LINKS: &[Column] =
    &[Column::Text("Link"), Column::Text("MSEE"), Column::Text("Customer edge"), Column::Text("TCP")];
const LEARNT: &[Column] = &[Column::Text("Network"), Column::Text("Next hop"), Column::Text("Path")];

/// Wider text is hard to read.
const WIDEST: u16 = 100;

impl Narrator<'_, '_> {
    /// Goes through all steps.
    ///
    /// # Errors
    /// [`LabFailure`] with the first step that did not lead where it should.
    pub(super) async fn tell(&mut self) -> Result<(), Failure> {
        self.introduce()?;
        for (number, step) in (1..).zip(STEPS) {
            self.step(number, step).await?;
        }
        Ok(())
    }

    fn introduce(&mut self) -> Result<(), Failure> {
        let links = Router::ALL.iter().flat_map(|router| {
            let (msee, edge) = (self.lab.msee(*router), self.lab.edge(*router));
            msee.sessions.iter().map(move |session| {
                vec![
                    cell(router),
                    cell(format!("{} AS {}", session.local_address, msee.local_asn)),
                    cell(format!("{edge} {} AS {}", session.peer_address, msee.peer_asn)),
                    cell(format!("{} to {}", session.local_endpoint, session.peer_endpoint)),
                ]
            })
        });
        let table = Listing::new(self.screen.look, LINKS).rows(links);
        let departures = self.wrapped(&departures(self.lab));
        self.screen.print(&format!("{table}\n{departures}"))
    }

    async fn step(&mut self, number: u32, step: &'static Step) -> Result<(), Failure> {
        let story = self.wrapped(step.story);
        self.screen.print(&format!("\n{number}. {}\n{story}", step.title))?;
        let took = self.lab.perform(step).await.map_err(LabFailure::from)?;
        self.screen.print(&format!("After {:.2} s:\n", took.as_secs_f64()))?;
        for goal in step.until {
            self.screen.print(&format!("  ok  {goal}\n"))?;
        }
        for show in step.show {
            self.screen.print("\n")?;
            self.show(show).await?;
        }
        Ok(())
    }

    async fn show(&mut self, show: &lab::Show) -> Result<(), Failure> {
        match show {
            lab::Show::Command(command) => self.ask(command).await,
            lab::Show::Learnt(router) => {
                let edge = self.lab.edge(*router);
                let learnt = edge.learnt(Family::Ipv4).await.map_err(LabFailure::from)?;
                let rows = learnt.iter().map(|route| {
                    let attributes = route.attributes.read();
                    let path = format!("{} {}", attributes.as_path, attributes.origin.letter());
                    vec![cell(route.prefix), cell(attributes.next_hop.address()), cell(path)]
                });
                let table = Listing::new(self.screen.look, LEARNT).rows(rows);
                self.screen.print(&format!("{edge} has learnt:\n{table}"))
            }
            lab::Show::LastDown(router) => {
                let edge = self.lab.edge(*router);
                let down = edge.last_down().unwrap_or_else(|| "no session has ended".to_owned());
                self.screen.print(&format!("{edge} says: {}\n", printable(&down)))
            }
        }
    }

    /// Asks the control endpoint, as a second terminal would.
    async fn ask(&mut self, command: &'static str) -> Result<(), Failure> {
        self.screen.print(&format!("$ msee {command}\n"))?;
        let question = Question::try_parse_from(command.split(' '));
        match question.map_err(|fault| LabFailure::NoCommand { command, fault })? {
            Question::Show(show) => show.perform(&self.client, self.screen).await,
            Question::Lookup(lookup) => lookup.perform(&self.client, self.screen).await,
        }
    }

    /// Says how a check went.
    pub(super) fn conclude(&mut self) -> Result<(), Failure> {
        self.screen.print("\nAll steps went as they should.\n")
    }

    /// Says what can be done with a lab that stays up.
    pub(super) fn invite(&mut self) -> Result<(), Failure> {
        let (control, peering) = (self.client.control(), &self.lab.msee(Router::Primary).id);
        let elsewhere = if control == DEFAULT_CONTROL {
            String::new()
        } else {
            format!("  export MSEE_CONTROL={control}\n")
        };
        self.screen.print(&format!(
            "\nThe lab stays up until Ctrl-C. In a second terminal:\n{elsewhere}  \
             msee show sessions\n  \
             msee show events --follow\n  \
             msee disable {peering} --message maintenance\n  \
             msee enable {peering}\n"
        ))
    }

    fn wrapped(&self, text: &str) -> String {
        wrapped(text, self.screen.look.width.unwrap_or(WIDEST).min(WIDEST))
    }
}

/// Where the lab's plan is not as Azure is.
fn departures(lab: &Lab) -> String {
    let msee = lab.msee(Router::Primary);
    let hold = msee.sessions.first().map_or(Timers::AZURE.hold, |session| session.timers.hold);
    let restart = match msee.limits.ipv4 {
        PrefixLimit::Drop { restart, .. } => restart.unwrap_or_default(),
        PrefixLimit::Unlimited | PrefixLimit::Warn { .. } => Duration::ZERO,
    };
    format!(
        "BGP says the circuit's addresses; TCP runs over loopback. So that nobody has to wait, the hold time is {} s \
         where Azure's is {} s, and a session that exceeded its prefix limit may come back after {} s where it takes \
         {} s by default.",
        hold.seconds(),
        Timers::AZURE.hold.seconds(),
        restart.as_secs(),
        RESTART_AFTER.as_secs()
    )
}

/// The text in lines of at most `width` characters, unless a word is longer.
fn wrapped(text: &str, width: u16) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > usize::from(width) {
            lines.push('\n');
            column = 0;
        }
        if column > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_scenario_is_one() {
        for show in STEPS.iter().flat_map(|step| step.show) {
            if let lab::Show::Command(command) = show {
                Question::try_parse_from(command.split(' '))
                    .unwrap_or_else(|error| panic!("{command}: {error}"));
            }
        }
    }

    #[test]
    fn text_is_broken_between_words() {
        for (name, text, width, want) in [
            ("fits", "one two", 7, "one two\n"),
            ("one too many", "one two", 6, "one\ntwo\n"),
            ("a word that is too long", "a longer b", 4, "a\nlonger\nb\n"),
            ("nothing", "", 4, "\n"),
        ] {
            assert_eq!(wrapped(text, width), want, "{name}");
        }
    }
}
