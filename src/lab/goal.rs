//! States that a lab is to reach.

use super::{Lab, customer_edge::name};
use crate::{
    attachment::{self, SessionView, ViewedState},
    azure::Router,
    backbone::{self, NextHopKind},
    family::Family,
    session::StateName,
};
use ipnet::IpNet;
use std::{fmt, net::IpAddr};

/// A state of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The session on this router is Established.
    Established(Router),
    /// It is, and has never been anything else since it first was.
    Untouched(Router),
    /// The MSEE on this router holds so many IPv4 prefixes of its customer edge.
    Holds(Router, u64),
    /// The customer edge on this link has learnt the prefix.
    Learnt(Router, IpNet),
    /// The last session of the customer edge on this link ended, in its words, with this among the reasons.
    Told(Router, &'static str),
    /// The virtual network sends traffic for an address over exactly these routers.
    Carried {
        /// The virtual network.
        network: &'static str,
        /// Where the traffic goes.
        to: IpAddr,
        /// The routers, primary first.
        over: &'static [Router],
    },
}

/// How a goal stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Observation {
    /// Reached.
    Reached,
    /// Not reached; what was seen instead.
    NotYet(String),
}

impl Goal {
    /// Looks once.
    pub(super) async fn observe(&self, lab: &Lab) -> Observation {
        match *self {
            Self::Established(router) => of_session(lab, router, is_established).await,
            Self::Untouched(router) => {
                of_session(lab, router, |session| is_established(session) && session.dropped == 0).await
            }
            Self::Holds(router, count) => {
                of_session(lab, router, |session| session.received[Family::Ipv4] == count).await
            }
            Self::Learnt(router, prefix) => learnt(lab, router, prefix).await,
            Self::Told(router, words) => match lab.edge(router).last_down() {
                Some(down) if down.contains(words) => Observation::Reached,
                Some(down) => Observation::NotYet(down),
                None => Observation::NotYet(format!("{} has lost no session", name(router))),
            },
            Self::Carried { network, to, over } => carried(lab, network, to, over).await,
        }
    }
}

async fn of_session(lab: &Lab, router: Router, holds: impl Fn(&SessionView) -> bool) -> Observation {
    let directory = lab.handle().directory();
    let sessions = directory.ask(&lab.msee(router).id, attachment::Command::Sessions).await;
    match sessions.and_then(Result::ok).unwrap_or_default().first() {
        Some(session) if holds(session) => Observation::Reached,
        Some(session) => Observation::NotYet(seen(session)),
        None => Observation::NotYet("the daemon does not run this session".to_owned()),
    }
}

fn is_established(session: &SessionView) -> bool {
    session.state == ViewedState::Running(StateName::Established)
}

fn seen(session: &SessionView) -> String {
    let state = match session.state {
        ViewedState::Running(state) => state.to_string(),
        ViewedState::AdministrativelyDown => "administratively down".to_owned(),
    };
    let end = session.last_end.as_ref().map_or_else(String::new, |end| format!(", last end: {}", end.reason));
    let (held, dropped) = (session.received[Family::Ipv4], session.dropped);
    format!("session with {} {state}, {held} prefixes held, lost {dropped} times{end}", session.neighbor)
}

async fn learnt(lab: &Lab, router: Router, prefix: IpNet) -> Observation {
    match lab.edge(router).learnt(Family::of(&prefix)).await {
        Ok(held) if held.iter().any(|route| route.prefix == prefix) => Observation::Reached,
        Ok(held) => Observation::NotYet(format!("{} has learnt {} routes", name(router), held.len())),
        Err(ended) => Observation::NotYet(ended.to_string()),
    }
}

async fn carried(lab: &Lab, network: &str, to: IpAddr, over: &[Router]) -> Observation {
    let directory = lab.handle().directory();
    let answer = directory.ask_backbone(|reply| backbone::Command::Lookup {
        network: network.to_owned(),
        address: to,
        reply,
    });
    let next_hop = match answer.await {
        Ok(Ok(found)) => found.map(|route| route.next_hop),
        Ok(Err(unknown)) => return Observation::NotYet(unknown.to_string()),
        Err(gone) => return Observation::NotYet(format!("nothing: {gone}")),
    };
    match next_hop {
        Some(NextHopKind::Gateway(hops)) => {
            let mut routers: Vec<Router> = hops.iter().map(|hop| hop.attachment.router).collect();
            routers.sort_unstable();
            if routers == over {
                Observation::Reached
            } else {
                Observation::NotYet(format!("it goes over {}", links(&routers)))
            }
        }
        Some(NextHopKind::Local | NextHopKind::Hidden(_)) => {
            Observation::NotYet("it stays in the virtual network".to_owned())
        }
        None => Observation::NotYet("there is no route".to_owned()),
    }
}

fn links(routers: &[Router]) -> String {
    match routers {
        [] => "no link".to_owned(),
        [only] => format!("the {only} link alone"),
        _ => "both links".to_owned(),
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Established(router) => write!(f, "the {router} session is Established"),
            Self::Untouched(router) => write!(f, "the {router} session has stayed Established all the time"),
            Self::Holds(router, count) => write!(f, "the {router} MSEE holds {count} prefixes"),
            Self::Learnt(router, prefix) => write!(f, "{} has learnt {prefix}", name(*router)),
            Self::Told(router, words) => write!(f, "{} was told {words:?}", name(*router)),
            Self::Carried { network, to, over } => {
                write!(f, "{network} sends traffic for {to} over {}", links(over))
            }
        }
    }
}
