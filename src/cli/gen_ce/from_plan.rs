//! The customer edge that a plan implies: every session seen from its other end.

use super::{CustomerEdge, Session, Timers};
use crate::{
    asn::Asn,
    azure::{AttachmentId, CircuitName, PeeringKind, Router},
    config::plan::{self, Attachment, Plan},
};
use ipnet::IpNet;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
};

/// Which sessions of a plan end on the customer edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The circuit; may be left out when there is one only.
    pub circuit: Option<CircuitName>,
    /// Only this peering; needed when the peerings of the circuit are with several ASNs.
    pub kind: Option<PeeringKind>,
    /// The routers whose links end here.
    pub routers: Vec<Router>,
}

/// No single customer edge fits the choice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCustomerEdge {
    /// The plan has no circuit of that name.
    #[error("there is no circuit {name}; there is {}", known.join(", "))]
    UnknownCircuit {
        /// What was asked for.
        name: CircuitName,
        /// What there is.
        known: Vec<String>,
    },
    /// A router of the customer belongs to one circuit.
    #[error("there are several circuits; choose one with --circuit: {}", .0.join(", "))]
    SeveralCircuits(Vec<String>),
    /// Nothing ends on the chosen links.
    #[error("circuit {0} has no such peering on the chosen links; `msee check` counts what there is")]
    NoSession(CircuitName),
    /// A router of the customer speaks for one AS.
    #[error("the peerings of circuit {circuit} are with several ASNs; choose one with --peering: {}", kinds.join(", "))]
    SeveralAsns {
        /// The circuit.
        circuit: CircuitName,
        /// Each peering with its ASN.
        kinds: Vec<String>,
    },
    /// A daemon listens on one port.
    #[error("the customer's ends use several TCP ports ({}); choose one link with --router", .0.join(", "))]
    SeveralPorts(Vec<String>),
}

impl CustomerEdge {
    /// The other end of the chosen sessions, announcing these prefixes.
    ///
    /// # Errors
    /// [`NoCustomerEdge`] when one router cannot be all of what was chosen, with the option that narrows it.
    pub fn of_plan(plan: &Plan, choice: &Choice, announced: Vec<IpNet>) -> Result<Self, NoCustomerEdge> {
        let circuit = circuit(plan, choice.circuit.as_ref())?;
        let chosen: Vec<&Attachment> = plan
            .attachments
            .iter()
            .filter(|attachment| {
                attachment.id.circuit == *circuit
                    && choice.kind.is_none_or(|kind| kind == attachment.id.kind)
                    && choice.routers.contains(&attachment.id.router)
            })
            .collect();
        let asn = asn(circuit, &chosen)?;
        let port = port(&chosen)?;
        let sessions = chosen.iter().flat_map(|attachment| {
            attachment.sessions.iter().map(|session| seen_from_the_customer(attachment, session))
        });
        Ok(Self {
            hostname: hostname(circuit, &choice.routers),
            asn,
            router_id: router_id(asn, &chosen),
            port,
            sessions: sessions.collect(),
            announced,
        })
    }
}

fn circuit<'a>(plan: &'a Plan, wanted: Option<&'a CircuitName>) -> Result<&'a CircuitName, NoCustomerEdge> {
    let names = || plan.circuits.iter().map(|circuit| circuit.name.to_string()).collect();
    match (wanted, plan.circuits.as_slice()) {
        (Some(name), _) => plan
            .circuit(name)
            .map(|circuit| &circuit.name)
            .ok_or_else(|| NoCustomerEdge::UnknownCircuit { name: name.clone(), known: names() }),
        (None, [only]) => Ok(&only.name),
        (None, _) => Err(NoCustomerEdge::SeveralCircuits(names())),
    }
}

fn asn(circuit: &CircuitName, chosen: &[&Attachment]) -> Result<Asn, NoCustomerEdge> {
    let first = chosen.first().ok_or_else(|| NoCustomerEdge::NoSession(circuit.clone()))?;
    if chosen.iter().all(|attachment| attachment.peer_asn == first.peer_asn) {
        return Ok(first.peer_asn);
    }
    let kinds: BTreeMap<PeeringKind, Asn> =
        chosen.iter().map(|attachment| (attachment.id.kind, attachment.peer_asn)).collect();
    let kinds = kinds.iter().map(|(kind, asn)| format!("{kind} (AS {asn})")).collect();
    Err(NoCustomerEdge::SeveralAsns { circuit: circuit.clone(), kinds })
}

fn port(chosen: &[&Attachment]) -> Result<u16, NoCustomerEdge> {
    const BGP: u16 = 179;
    let sessions = chosen.iter().flat_map(|attachment| &attachment.sessions);
    let ports: BTreeSet<u16> = sessions.map(|session| session.peer_endpoint.port()).collect();
    match ports.len() {
        0 | 1 => Ok(ports.first().copied().unwrap_or(BGP)),
        _ => Err(NoCustomerEdge::SeveralPorts(ports.iter().map(u16::to_string).collect())),
    }
}

/// The IPv4 address of a link; without one, the AS number written as an address, which is unique enough.
fn router_id(asn: Asn, chosen: &[&Attachment]) -> Ipv4Addr {
    let mut addresses = chosen.iter().flat_map(|attachment| &attachment.sessions).map(|s| s.peer_address);
    let of_a_link = addresses.find_map(|address| match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    });
    of_a_link.unwrap_or_else(|| Ipv4Addr::from_bits(asn.get()))
}

/// TCP's own endpoints are what a daemon is configured with; BGP's addresses differ from them in a lab on loopback only.
fn seen_from_the_customer(attachment: &Attachment, session: &plan::Session) -> Session {
    Session {
        name: session_name(&attachment.id, session),
        local_address: session.peer_endpoint.ip(),
        peer_address: session.local_endpoint.ip(),
        peer_port: session.local_endpoint.port(),
        peer_asn: attachment.local_asn,
        shared_key: attachment.shared_key.clone(),
        families: session.families,
        ttl_security: session.ttl_security,
        timers: (session.timers != plan::Timers::AZURE).then(|| timers(session.timers)),
    }
}

/// Without the circuit's name, which is the same for all: OpenBGPD takes 31 characters.
fn session_name(id: &AttachmentId, session: &plan::Session) -> String {
    format!("msee_{}_{}_{}", id.kind, id.router, session.transport())
}

fn hostname(circuit: &CircuitName, routers: &[Router]) -> String {
    let name = match routers {
        [only] => format!("ce-{circuit}-{only}"),
        _ => format!("ce-{circuit}"),
    };
    name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

fn timers(timers: plan::Timers) -> Timers {
    let seconds = |duration: std::time::Duration| u16::try_from(duration.as_secs()).unwrap_or(u16::MAX);
    Timers {
        hold_s: timers.hold.seconds(),
        keepalive_s: seconds(timers.keepalive),
        connect_retry_s: seconds(timers.connect_retry).max(1),
    }
}
