//! The two ends of a session: addresses that BGP sees, and endpoints that TCP uses.

use crate::{
    azure::{LinkSubnet, PeeringKind, Router, link},
    config::{
        error::{AddressFault, Concern, Nature, Span},
        file::{PeeringTable, ScalarOr, SessionTable},
        report::Report,
    },
    family::Family,
};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use toml::Spanned;

const BGP_PORT: u16 = 179;

/// Both ends, and where they are written.
pub(super) struct Ends {
    pub(super) at: Span,
    pub(super) subnet: Option<LinkSubnet>,
    pub(super) local_address: IpAddr,
    pub(super) peer_address: IpAddr,
    pub(super) local_endpoint: SocketAddr,
    pub(super) peer_endpoint: SocketAddr,
}

/// What a peering says about one router in one family.
pub(super) struct Written<'a> {
    pub(super) family: Family,
    pub(super) prefix_key: &'static str,
    pub(super) prefix: Option<&'a Spanned<String>>,
    pub(super) session_key: &'static str,
    pub(super) session: Option<&'a Spanned<ScalarOr<String, SessionTable>>>,
}

/// Which addresses a peering takes.
#[derive(Clone, Copy)]
pub(super) enum Addressing {
    Any,
    /// Those of the Internet, because of the peering's kind.
    Public(PeeringKind),
}

impl<'a> Written<'a> {
    pub(super) fn on(table: &'a PeeringTable, router: Router, family: Family) -> Self {
        let (prefix_key, prefix, session_key, session) = match (router, family) {
            (Router::Primary, Family::Ipv4) => {
                ("primary_peer_address_prefix", &table.primary_peer_address_prefix, "primary", &table.primary)
            }
            (Router::Secondary, Family::Ipv4) => (
                "secondary_peer_address_prefix",
                &table.secondary_peer_address_prefix,
                "secondary",
                &table.secondary,
            ),
            (Router::Primary, Family::Ipv6) => (
                "ipv6_primary_peer_address_prefix",
                &table.ipv6_primary_peer_address_prefix,
                "ipv6_primary",
                &table.ipv6_primary,
            ),
            (Router::Secondary, Family::Ipv6) => (
                "ipv6_secondary_peer_address_prefix",
                &table.ipv6_secondary_peer_address_prefix,
                "ipv6_secondary",
                &table.ipv6_secondary,
            ),
        };
        Self { family, prefix_key, prefix: prefix.as_ref(), session_key, session: session.as_ref() }
    }

    pub(super) fn is_absent(&self) -> bool {
        self.prefix.is_none() && self.session.is_none()
    }

    /// True if a key of it is refused already, so that nobody knows what was meant.
    pub(super) fn was_refused(&self, report: &Report) -> bool {
        report.was_refused(self.prefix_key) || report.was_refused(self.session_key)
    }
}

/// Both ends as the subnet and the session's table say; `None` if something about them is refused.
pub(super) fn ends(
    written: &Written<'_>,
    (table, at): (&SessionTable, Span),
    addressing: Addressing,
    report: &mut Report,
) -> Option<Ends> {
    let subnet = written.prefix.and_then(|text| subnet(text, written, addressing, report));
    let within = match subnet {
        Some(subnet) => Within::Link(subnet),
        None => Within::Anything(addressing),
    };
    let local = table.local_address.as_ref();
    let peer = table.peer_address.as_ref();
    if written.prefix.is_none() && (local.is_none() || peer.is_none()) {
        let known = report.was_refused("local_address") || report.was_refused("peer_address");
        if !known && !report.was_refused(written.prefix_key) {
            let (router, prefix) = (written.session_key, written.prefix_key);
            report.refuse(at.clone(), AddressFault::NoAddresses { router, prefix });
        }
    }
    let local_address = match local {
        Some(text) => address("local_address", text, within, report),
        None => subnet.map(LinkSubnet::msee),
    };
    let peer_address = match peer {
        Some(text) => address("peer_address", text, within, report),
        None => subnet.map(LinkSubnet::customer),
    };
    let local_endpoint = endpoint("local_endpoint", table.local_endpoint.as_ref(), local_address, report);
    let peer_endpoint = endpoint("peer_endpoint", table.peer_endpoint.as_ref(), peer_address, report);
    let ends = Ends {
        at,
        subnet,
        local_address: local_address?,
        peer_address: peer_address?,
        local_endpoint: local_endpoint?,
        peer_endpoint: peer_endpoint?,
    };
    ends.agree(report).then_some(ends)
}

impl Ends {
    /// Whether a session can run between the ends.
    fn agree(&self, report: &mut Report) -> bool {
        let (local, peer) = (self.local_address, self.peer_address);
        if local == peer {
            report.refuse(self.at.clone(), AddressFault::BothEnds(local));
            return false;
        }
        let (from, to) = (self.local_endpoint, self.peer_endpoint);
        for (local, peer) in [(local, peer), (from.ip(), to.ip())] {
            if local.is_ipv4() != peer.is_ipv4() {
                report.refuse(self.at.clone(), AddressFault::MixedFamilies { local, peer });
                return false;
            }
        }
        if from == to {
            report.refuse(self.at.clone(), AddressFault::SameEndpoint(from));
            return false;
        }
        if from.ip().is_loopback() != to.ip().is_loopback() {
            report.warn(self.at.clone(), Concern::OneEndOnLoopback { local: from, peer: to });
        }
        true
    }
}

fn subnet(
    text: &Spanned<String>,
    written: &Written<'_>,
    addressing: Addressing,
    report: &mut Report,
) -> Option<LinkSubnet> {
    let key = written.prefix_key;
    let fault = match text.get_ref().parse::<IpNet>() {
        Err(_) => AddressFault::Prefix { key, found: text.get_ref().clone() },
        Ok(found) if Family::of(&found) != written.family => {
            AddressFault::PrefixFamily { key, found, wanted: written.family }
        }
        Ok(net) => match LinkSubnet::new(net) {
            Err(link::NotALink::Length(found)) => AddressFault::Length { key, found },
            Err(link::NotALink::HostBits(found)) => AddressFault::HostBits { key, found },
            Ok(subnet) => match (Nature::of(subnet.msee()), addressing) {
                (Some(nature), _) => AddressFault::NotUnicast { key, found: subnet.msee(), nature },
                (None, Addressing::Public(kind)) if link::is_private(subnet.msee()) => {
                    AddressFault::Private { kind, address: subnet.msee() }
                }
                (None, _) => return Some(subnet),
            },
        },
    };
    report.refuse(text.span(), fault);
    None
}

/// Where an address must lie.
#[derive(Clone, Copy)]
enum Within {
    Link(LinkSubnet),
    Anything(Addressing),
}

fn address(key: &'static str, text: &Spanned<String>, within: Within, report: &mut Report) -> Option<IpAddr> {
    let Ok(found) = text.get_ref().parse::<IpAddr>() else {
        report.refuse(text.span(), AddressFault::Address { key, found: text.get_ref().clone() });
        return None;
    };
    let fault = match (Nature::of(found), within) {
        (Some(nature), _) => AddressFault::NotUnicast { key, found, nature },
        (None, Within::Link(subnet)) if !subnet.net().contains(&found) => {
            AddressFault::OutsideLink { key, found, subnet }
        }
        (None, Within::Link(subnet)) if !subnet.is_usable(found) => {
            AddressFault::NotUsable { key, found, subnet }
        }
        (None, Within::Anything(Addressing::Public(kind))) if link::is_private(found) => {
            AddressFault::Private { kind, address: found }
        }
        (None, _) => return Some(found),
    };
    report.refuse(text.span(), fault);
    None
}

/// The endpoint as written, or BGP's port of the address.
fn endpoint(
    key: &'static str,
    text: Option<&Spanned<String>>,
    address: Option<IpAddr>,
    report: &mut Report,
) -> Option<SocketAddr> {
    let Some(text) = text else { return address.map(|address| SocketAddr::new(address, BGP_PORT)) };
    let fault = match text.get_ref().parse::<SocketAddr>() {
        Err(_) => AddressFault::Endpoint { key, found: text.get_ref().clone() },
        Ok(found) if found.port() == 0 || found.ip().is_unspecified() || found.ip().is_multicast() => {
            AddressFault::UnusableEndpoint { key, found }
        }
        Ok(found) => return Some(found),
    };
    report.refuse(text.span(), fault);
    None
}
