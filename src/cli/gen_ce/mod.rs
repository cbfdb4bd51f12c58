//! `msee gen ce`: the customer edge's side of a peering, as configuration that BIRD, FRR, GoBGP or OpenBGPD reads.
//!
//! Pure text: a [`CustomerEdge`] goes in, complete [`Files`] come out, ready to paste. What is printed here is what
//! the end-to-end tests run. Every configuration announces only the edge's own prefixes, so that a customer with two
//! links never carries Azure's routes from one router to the other.

mod bird;
mod from_plan;
mod frr;
mod gobgp;
mod openbgpd;
#[cfg(test)]
mod tests;

pub use from_plan::{Choice, NoCustomerEdge};

use crate::{
    asn::Asn,
    azure::SharedKey,
    config::plan::TtlSecurity,
    family::{Families, Family},
};
use ipnet::IpNet;
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
};

/// The routing daemon that the configuration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Kind {
    /// BIRD 2.
    Bird,
    /// FRRouting 8 and newer.
    Frr,
    /// GoBGP 3.
    Gobgp,
    /// OpenBGPD 7 and newer.
    Openbgpd,
}

/// A router of the customer, with all its sessions to the MSEE pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerEdge {
    /// Host name, letters and digits and `-`; shown in comments, and by FRR as its own name.
    pub hostname: String,
    /// The customer's AS: `peer_asn` of the peering.
    pub asn: Asn,
    /// The BGP identifier; by custom the IPv4 address of a link.
    pub router_id: Ipv4Addr,
    /// The TCP port that the daemon listens on; 179 but in a lab that runs without root.
    pub port: u16,
    /// One for each address family of each link.
    pub sessions: Vec<Session>,
    /// The customer's own prefixes, announced on every session of their family.
    pub announced: Vec<IpNet>,
}

/// One BGP session to an MSEE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What the session is called: letters, digits and `_`, first a letter, at most 31; unique on the router.
    pub name: String,
    /// The customer's address on the link.
    pub local_address: IpAddr,
    /// The MSEE's address on the link.
    pub peer_address: IpAddr,
    /// The TCP port of the MSEE; 179 but in a lab.
    pub peer_port: u16,
    /// The MSEE's AS: 12076.
    pub peer_asn: Asn,
    /// The key of TCP MD5 signatures (RFC 2385), if the peering has one.
    pub shared_key: Option<SharedKey>,
    /// The address families that the session carries.
    pub families: Families,
    /// Whether packets that have crossed a router are refused (RFC 5082); both sides must agree.
    pub ttl_security: TtlSecurity,
    /// Timers, where they differ from the daemon's own.
    pub timers: Option<Timers>,
}

/// BGP timers in whole seconds (RFC 4271 section 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// The hold time that is offered; the lower one of both sides wins.
    pub hold_s: u16,
    /// The time between two KEEPALIVEs, at most a third of the hold time.
    pub keepalive_s: u16,
    /// The time between two attempts to connect.
    pub connect_retry_s: u16,
}

/// One file of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name that the daemon's documentation gives to it, without a directory.
    pub name: &'static str,
    /// The whole text, ended by a newline.
    pub text: String,
}

/// All files of a configuration, in the order of their use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files(Vec<File>);

impl Kind {
    /// All kinds, in the alphabet's order.
    pub const ALL: [Self; 4] = [Self::Bird, Self::Frr, Self::Gobgp, Self::Openbgpd];

    /// The name that `--kind` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bird => "bird",
            Self::Frr => "frr",
            Self::Gobgp => "gobgp",
            Self::Openbgpd => "openbgpd",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl CustomerEdge {
    /// The configuration for a daemon; complete for an empty machine whose links have their addresses.
    pub fn configuration(&self, kind: Kind) -> Files {
        Files(match kind {
            Kind::Bird => bird::files(self),
            Kind::Frr => frr::files(self),
            Kind::Gobgp => gobgp::files(self),
            Kind::Openbgpd => openbgpd::files(self),
        })
    }

    /// The announced prefixes of one family, in their own order.
    fn announced_in(&self, family: Family) -> impl Iterator<Item = &IpNet> {
        self.announced.iter().filter(move |net| Family::of(net) == family)
    }

    /// What the first comment of every file says, without the comment sign.
    fn title(&self, kind: Kind) -> String {
        format!("{}, AS {}: customer edge of Azure ExpressRoute, for {kind}", self.hostname, self.asn)
    }
}

impl Files {
    /// The files, in the order of their use.
    pub fn iter(&self) -> impl Iterator<Item = &File> {
        self.0.iter()
    }
}

/// One file prints as it is; several print one after the other, each under its name.
impl fmt::Display for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.0.as_slice() {
            return f.write_str(&only.text);
        }
        for (position, file) in self.0.iter().enumerate() {
            let gap = if position == 0 { "" } else { "\n" };
            write!(f, "{gap}# file: {}\n{}", file.name, file.text)?;
        }
        Ok(())
    }
}
