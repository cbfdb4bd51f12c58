//! Whether a prefix or an AS number is a customer's, and which object says so.
//!
//! RPKI comes first: where payloads cover a prefix, they decide (RFC 6811 section 2). Elsewhere a `route` object for the
//! prefix or for one that covers it does, if its origin is the customer's AS.

use super::{Payload, Registry, rpsl::Route};
use crate::asn::Asn;
use ipnet::IpNet;
use std::{fmt, str::FromStr};

/// ARM `routingRegistryName`: whose objects count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoutingRegistry {
    /// ARIN.
    Arin,
    /// APNIC.
    Apnic,
    /// AFRINIC.
    Afrinic,
    /// LACNIC.
    Lacnic,
    /// RIPE NCC; its objects say `RIPE`.
    RipeNcc,
    /// RADB.
    Radb,
    /// ALTDB.
    Altdb,
}

/// Text that names no registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a routing registry; write one of ARIN, APNIC, AFRINIC, LACNIC, RIPENCC, RADB, ALTDB")]
pub struct NotARoutingRegistry(String);

/// The object that says that something is the customer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A `route` or `route6` object.
    Route {
        /// Its prefix, which covers the one asked for.
        prefix: IpNet,
        /// Its origin.
        origin: Asn,
        /// Its source.
        source: String,
    },
    /// A validated ROA payload.
    Roa {
        /// Its prefix.
        prefix: IpNet,
        /// Its AS.
        asn: Asn,
    },
    /// An `aut-num` object.
    AutNum {
        /// Its number.
        asn: Asn,
        /// Its source.
        source: String,
        /// A set that has it, of the AS that speaks for it.
        member_of: Option<Set>,
    },
}

/// An `as-set` object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} ({source_name})")]
pub struct Set {
    name: String,
    source_name: String,
}

/// Why nothing says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// No object at all.
    #[error("no route object covers {prefix}{}", in_registry(*registry))]
    NoRoute {
        /// The prefix asked for.
        prefix: IpNet,
        /// Whose objects count.
        registry: Option<RoutingRegistry>,
    },
    /// Only objects of others.
    #[error(
        "{prefix} is covered by route {covering} of AS{origin} ({registered}), not of AS{owner}{}",
        in_set(member_of.as_ref())
    )]
    OtherOrigin {
        /// The prefix asked for.
        prefix: IpNet,
        /// The nearest prefix that covers it.
        covering: IpNet,
        /// Whose it is.
        origin: Asn,
        /// Where that is registered.
        registered: String,
        /// Whose it should be.
        owner: Asn,
        /// A set of the owner's own that has the origin.
        member_of: Option<Set>,
    },
    /// RFC 6811 "Invalid".
    #[error(
        "{prefix} from AS{owner} is RPKI invalid: the ROA for {covering} is for {allowed} up to /{max_length}"
    )]
    Invalid {
        /// The prefix asked for.
        prefix: IpNet,
        /// Whose it should be.
        owner: Asn,
        /// The payload's prefix.
        covering: IpNet,
        /// The payload's AS.
        allowed: String,
        /// Its longest prefix.
        max_length: u8,
    },
    /// No `aut-num` object.
    #[error("AS{asn} has no aut-num object{}", in_registry(*registry))]
    NoAutNum {
        /// The number asked for.
        asn: Asn,
        /// Whose objects count.
        registry: Option<RoutingRegistry>,
    },
    /// No registry gives it to anybody.
    #[error("AS{0} is a private number, which no registry gives to anybody")]
    PrivateAsn(Asn),
}

fn in_set(set: Option<&Set>) -> String {
    set.map_or_else(String::new, |set| format!(", whose set {set} has it"))
}

fn in_registry(registry: Option<RoutingRegistry>) -> String {
    registry.map_or_else(String::new, |registry| format!(" in {registry}"))
}

impl Registry<'_> {
    /// Whether a prefix is an AS's to announce.
    ///
    /// # Errors
    /// [`Doubt`] with what is registered instead.
    pub fn prefix(
        &self,
        prefix: IpNet,
        owner: Asn,
        registry: Option<RoutingRegistry>,
    ) -> Result<Evidence, Doubt> {
        if let Some(verdict) = self.roa(prefix, owner) {
            return verdict;
        }
        let mut others = None;
        for Route { prefix: covering, origin, source } in self.objects.covering(&prefix) {
            if !counts_in(registry, source) {
                continue;
            }
            let registered = source.to_owned();
            if origin == owner {
                return Ok(Evidence::Route { prefix: covering, origin, source: registered });
            }
            let member_of = self.set_of(owner, origin);
            others = Some(Doubt::OtherOrigin { prefix, covering, origin, registered, owner, member_of });
        }
        Err(others.unwrap_or(Doubt::NoRoute { prefix, registry }))
    }

    /// Whether an AS number has been given to somebody. Where there is no database to ask, a ROA says so as well.
    ///
    /// # Errors
    /// [`Doubt`] if nobody can be asked.
    pub fn asn(&self, asn: Asn, registry: Option<RoutingRegistry>) -> Result<Evidence, Doubt> {
        if asn.is_private() {
            return Err(Doubt::PrivateAsn(asn));
        }
        if let Some(source) = self.objects.sources_of(asn).find(|source| counts_in(registry, source)) {
            return Ok(Evidence::AutNum { asn, source: source.to_owned(), member_of: None });
        }
        let rpki = self.payloads.filter(|_| self.objects.is_empty());
        let holds = rpki.and_then(|payloads| payloads.a_prefix_of(asn));
        holds.map(|prefix| Evidence::Roa { prefix, asn }).ok_or(Doubt::NoAutNum { asn, registry })
    }

    /// The same for an AS that another one speaks for: a set of that one may have it.
    ///
    /// # Errors
    /// As [`Registry::asn`]: that somebody else names an AS in his set gives it to nobody.
    pub fn customer_asn(
        &self,
        asn: Asn,
        peer: Asn,
        registry: Option<RoutingRegistry>,
    ) -> Result<Evidence, Doubt> {
        let evidence = self.asn(asn, registry)?;
        Ok(match evidence {
            Evidence::AutNum { asn, source, .. } => {
                Evidence::AutNum { asn, source, member_of: self.set_of(peer, asn) }
            }
            other => other,
        })
    }

    fn set_of(&self, owner: Asn, member: Asn) -> Option<Set> {
        let (name, source) = self.objects.set_of(owner, member)?;
        Some(Set { name: name.to_owned(), source_name: source.to_owned() })
    }

    /// Every prefix that is registered as an AS's, and not invalid by RPKI.
    pub fn prefixes_of(&self, owner: Asn, registry: Option<RoutingRegistry>) -> Vec<IpNet> {
        let routes = self.objects.prefixes_of(owner);
        let roas = self.payloads.into_iter().flat_map(|payloads| payloads.prefixes_of(owner));
        let mut prefixes: Vec<IpNet> =
            routes.chain(roas).filter(|prefix| self.prefix(*prefix, owner, registry).is_ok()).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        prefixes
    }

    /// What RPKI says, if it says anything (RFC 6811 section 2).
    fn roa(&self, prefix: IpNet, owner: Asn) -> Option<Result<Evidence, Doubt>> {
        let mut invalid = None;
        for Payload { prefix: covering, max_length, asn } in self.payloads?.covering(&prefix) {
            if asn == Some(owner) && prefix.prefix_len() <= max_length {
                return Some(Ok(Evidence::Roa { prefix: covering, asn: owner }));
            }
            let allowed = asn.map_or_else(|| "nobody".to_owned(), |asn| format!("AS{asn}"));
            invalid = Some(Doubt::Invalid { prefix, owner, covering, allowed, max_length });
        }
        invalid.map(Err)
    }
}

fn counts_in(registry: Option<RoutingRegistry>, source: &str) -> bool {
    registry.is_none_or(|registry| source.eq_ignore_ascii_case(registry.source()))
}

impl RoutingRegistry {
    /// All of them, with ARM's name and with what objects say.
    const NAMES: [(Self, &'static str, &'static str); 7] = [
        (Self::Arin, "ARIN", "ARIN"),
        (Self::Apnic, "APNIC", "APNIC"),
        (Self::Afrinic, "AFRINIC", "AFRINIC"),
        (Self::Lacnic, "LACNIC", "LACNIC"),
        (Self::RipeNcc, "RIPENCC", "RIPE"),
        (Self::Radb, "RADB", "RADB"),
        (Self::Altdb, "ALTDB", "ALTDB"),
    ];

    fn names(self) -> (&'static str, &'static str) {
        let found = Self::NAMES.iter().find(|(own, ..)| *own == self);
        found.map_or(("", ""), |(_, arm, source)| (*arm, *source))
    }

    /// What the `source:` attribute of its objects says.
    pub(super) fn source(self) -> &'static str {
        self.names().1
    }
}

impl fmt::Display for RoutingRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.names().0)
    }
}

impl FromStr for RoutingRegistry {
    type Err = NotARoutingRegistry;

    fn from_str(text: &str) -> Result<Self, NotARoutingRegistry> {
        let named = Self::NAMES.iter().find(|(_, arm, _)| arm.eq_ignore_ascii_case(text));
        named.map(|(registry, ..)| *registry).ok_or_else(|| NotARoutingRegistry(text.to_owned()))
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route { prefix, origin, source } => write!(f, "route {prefix} of AS{origin} ({source})"),
            Self::Roa { prefix, asn } => write!(f, "ROA for {prefix} of AS{asn}"),
            Self::AutNum { asn, source, member_of: None } => write!(f, "aut-num AS{asn} ({source})"),
            Self::AutNum { asn, source, member_of: Some(set) } => {
                write!(f, "aut-num AS{asn} ({source}), in {set}")
            }
        }
    }
}

impl Doubt {
    /// True if a ROA could remove it.
    pub const fn is_for_rpki(&self) -> bool {
        matches!(self, Self::NoRoute { .. } | Self::OtherOrigin { .. } | Self::NoAutNum { .. })
    }

    /// What the customer can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::NoRoute { prefix, .. } => {
                format!("register a route object for {prefix}, or for a prefix that covers it")
            }
            Self::OtherOrigin { origin, member_of: Some(_), .. } => {
                format!(
                    "write customer_asn = {origin} on a peering for it: that an AS is in somebody's set does not make its \
                     prefixes his"
                )
            }
            Self::OtherOrigin { covering, member_of: None, .. } => {
                format!(
                    "register a route object with the customer's origin, or take out what lies in {covering}"
                )
            }
            Self::Invalid { .. } => "have the holder of the prefix publish a ROA for this AS".to_owned(),
            Self::NoAutNum { .. } => "register the AS number, or name the registry that has it".to_owned(),
            Self::PrivateAsn(_) => "use a public AS number, or have Microsoft validate the peering by hand: \
                 advertised_public_prefixes_state = \"Configured\""
                .to_owned(),
        }
    }
}
