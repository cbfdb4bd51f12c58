//! Customer edges: real routing daemons behind one trait, so that a test is written once for all of them.

mod bird;
mod frr;
mod gobgp;
mod mrt;
mod openbgpd;

use super::{
    failure::{Failure, Outcome},
    process::{Process, Signal},
};
use ::msee::{
    cli::gen_ce::{self, Kind},
    family::Family,
};
use ipnet::IpNet;
use std::{fs, net::IpAddr, path::PathBuf};

/// Where a customer edge runs and what `msee gen ce` says for it.
pub(crate) struct Site {
    pub(crate) namespace: String,
    /// Its own directory, for configuration, sockets and logs.
    pub(crate) directory: PathBuf,
    pub(crate) configuration: gen_ce::CustomerEdge,
    pub(crate) text: Text,
}

/// What a customer edge is configured with.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    /// What `msee gen ce` prints.
    Generated,
    /// The same with something that it does not print.
    Amended(fn(&str) -> String),
    /// Something else.
    Own(String),
}

/// A route as the customer's daemon shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SeenRoute {
    pub(crate) prefix: IpNet,
    pub(crate) next_hop: IpAddr,
    /// AS numbers with spaces between them.
    pub(crate) as_path: String,
    pub(crate) origin: Origin,
    /// `12076:5010` and the like, sorted.
    pub(crate) communities: Vec<String>,
}

/// ORIGIN (RFC 4271 section 5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    Igp,
    Egp,
    Incomplete,
}

/// A NOTIFICATION that the daemon says it received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notification {
    pub(crate) code: u8,
    pub(crate) subcode: u8,
    /// The shutdown communication (RFC 9003), or nothing.
    pub(crate) text: Option<String>,
}

/// A running daemon of the customer.
pub(crate) trait CustomerEdge {
    /// Where it runs.
    fn site(&self) -> &Site;

    /// The processes that it consists of, the one that speaks BGP last.
    fn processes(&self) -> Vec<&Process>;

    /// Announces exactly these prefixes from now on.
    fn announce(&mut self, prefixes: &[IpNet]) -> Outcome;

    /// True in Established.
    fn is_established(&self, neighbor: IpAddr) -> Outcome<bool>;

    /// What it received from a neighbor and accepted, sorted.
    fn received_routes(&self, neighbor: IpAddr) -> Outcome<Vec<SeenRoute>>;

    /// The NOTIFICATIONs that a neighbor sent, oldest first.
    fn notifications(&self, neighbor: IpAddr) -> Outcome<Vec<Notification>>;

    /// The value of OTC (RFC 9234) of a neighbor's route, if it has one.
    fn only_to_customer(&self, _neighbor: IpAddr, _prefix: IpNet) -> Outcome<Option<u32>> {
        Err("this daemon is not asked for OTC".into())
    }

    /// Connects again now, without waiting for the daemon's own idle-hold time.
    fn clear(&self, neighbor: IpAddr) -> Outcome;

    /// Has a neighbor's routes, or its own to that neighbor, told once more: `in` or `out`.
    fn refresh(&self, _neighbor: IpAddr, _direction: &str) -> Outcome {
        Err("this daemon is not driven to refresh routes".into())
    }

    /// Ends the process that speaks BGP as if the power had failed.
    fn crash(&mut self) -> Outcome {
        Err("this daemon is not driven through a restart".into())
    }

    /// Starts it again after [`crash`](Self::crash), as its operating system does, with these prefixes.
    fn start_again(&mut self, _announced: &[IpNet]) -> Outcome {
        Err("this daemon is not driven through a restart".into())
    }

    /// What the daemon calls its version, on one line.
    fn version(&self) -> Outcome<String>;

    /// Sends a signal to all its processes.
    fn signal(&self, signal: Signal) -> Outcome {
        self.processes().into_iter().try_for_each(|process| process.signal(signal))
    }

    /// The MSEE's address in a family, on this link.
    fn msee(&self, family: Family) -> Outcome<IpAddr> {
        let sessions = &self.site().configuration.sessions;
        let session = sessions.iter().find(|session| session.families.contains(family));
        Ok(session.ok_or_else(|| Failure::from(format!("no {family} session here")))?.peer_address)
    }

    /// The NOTIFICATION of this code and subcode on the IPv4 session; fails if there was none.
    fn notified(&self, code: u8, subcode: u8) -> Outcome<Notification> {
        let all = self.notifications(self.msee(Family::Ipv4)?)?;
        let found =
            all.iter().rfind(|notification| (notification.code, notification.subcode) == (code, subcode));
        found.cloned().ok_or_else(|| format!("{code}/{subcode} is not among {all:?}").into())
    }
}

/// Starts a daemon of a kind.
pub(crate) fn start(kind: Kind, site: Site) -> Outcome<Box<dyn CustomerEdge>> {
    Ok(match kind {
        Kind::Bird => Box::new(bird::Bird::start(site)?),
        Kind::Frr => Box::new(frr::Frr::start(site)?),
        Kind::Gobgp => Box::new(gobgp::Gobgp::start(site)?),
        Kind::Openbgpd => Box::new(openbgpd::Openbgpd::start(site)?),
    })
}

impl Site {
    /// Writes what `msee gen ce` prints for the daemon, file by file.
    fn write_configuration(&self, kind: Kind) -> Outcome {
        for file in self.configuration.configuration(kind).iter() {
            let amended;
            let text = match &self.text {
                Text::Generated => &file.text,
                Text::Amended(amend) => {
                    amended = amend(&file.text);
                    &amended
                }
                Text::Own(text) => text,
            };
            fs::write(self.path(file.name), text)?;
        }
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The name of the session with a neighbor.
    fn session_name(&self, neighbor: IpAddr) -> Outcome<&str> {
        let found = self.configuration.sessions.iter().find(|session| session.peer_address == neighbor);
        Ok(&found.ok_or_else(|| Failure::from(format!("no session with {neighbor}")))?.name)
    }
}

/// What has to be announced and what withdrawn to get from one list to the other.
fn difference<'a>(old: &'a [IpNet], new: &'a [IpNet]) -> (Vec<&'a IpNet>, Vec<&'a IpNet>) {
    let missing_in = |list: &[IpNet], other: &'a [IpNet]| {
        let known: std::collections::HashSet<&IpNet> = list.iter().collect();
        other.iter().filter(|net| !known.contains(net)).collect()
    };
    (missing_in(old, new), missing_in(new, old))
}

impl Origin {
    /// From `IGP`, `i`, `EGP`, `Incomplete`, `?` and so on.
    fn parse(text: &str) -> Outcome<Self> {
        match text.to_ascii_lowercase().as_str() {
            "igp" | "i" => Ok(Self::Igp),
            "egp" | "e" => Ok(Self::Egp),
            "incomplete" | "?" => Ok(Self::Incomplete),
            _ => Err(format!("{text:?} is no ORIGIN").into()),
        }
    }
}

/// What follows a mark in every line of a log that has it.
fn after<'a>(log: &'a str, mark: &str) -> impl Iterator<Item = &'a str> {
    log.lines().filter_map(move |line| line.split_once(mark)).map(|(_, rest)| rest)
}
