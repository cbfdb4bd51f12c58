//! The options that say who peers with whom, and what is announced.

use super::ChurnFailure;
use crate::{
    asn::Asn,
    churn::{self, NextHops, Sharing, Table, Topology},
    family::{Families, Family},
    transport::Md5Key,
};
use ipnet::IpNet;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

/// The sessions; `msee churn` and `msee churn config` take the same.
#[derive(Clone, Debug, clap::Args)]
pub struct TopologyArgs {
    /// Where the speaker listens.
    #[arg(long, value_name = "ADDRESS[:PORT]", default_value = "10.66.0.1", value_parser = endpoint)]
    pub speaker: SocketAddr,

    /// The speaker's AS.
    #[arg(long, value_name = "ASN", default_value = "65000")]
    pub speaker_asn: Asn,

    /// The address of the first session; each further one has the next.
    #[arg(long, value_name = "ADDRESS", default_value = "10.66.16.1")]
    pub local: IpAddr,

    /// The AS of the first session; each further one has the next.
    #[arg(long, value_name = "ASN", default_value = "4200000001")]
    pub asn: Asn,

    /// The first IPv4 next hop, if it is not the session's address; each further session has the next.
    #[arg(long, value_name = "ADDRESS")]
    pub next_hop: Option<Ipv4Addr>,

    /// The first IPv6 next hop, if it is not the session's address; each further session has the next.
    #[arg(long, value_name = "ADDRESS")]
    pub ipv6_next_hop: Option<Ipv6Addr>,

    /// What the sessions carry.
    #[arg(long, value_name = "FAMILY", value_enum, value_delimiter = ',', default_value = "ipv4")]
    pub families: Vec<FamilyName>,

    /// Sessions that announce the table, each its part of it.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub senders: u32,

    /// Sessions that must learn the table.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub receivers: u32,

    /// The TCP MD5 key of every session.
    #[arg(long, value_name = "KEY", env = "MSEE_CHURN_KEY", hide_env_values = true)]
    pub key: Option<String>,
}

/// An address family by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FamilyName {
    /// IPv4 unicast.
    Ipv4,
    /// IPv6 unicast.
    Ipv6,
}

/// The table.
#[derive(Clone, Debug, clap::Args)]
pub struct LoadArgs {
    /// Prefixes from a text list, one a line; gzip is read as it is.
    #[arg(long, value_name = "FILE")]
    pub prefix_list: Option<PathBuf>,

    /// Prefixes and attributes from an MRT file (TABLE_DUMP_V2 or BGP4MP); gzip and bzip2 are read as they are.
    #[cfg(feature = "mrt")]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["prefix_list", "attribute_sets", "sharing"])]
    pub mrt: Option<PathBuf>,

    /// How many prefixes: of a file those that stand at equal distances in it, without a file made up (1.29
    /// million at most).
    ///
    /// Default: all of the file, or 100000.
    #[arg(long, value_name = "N")]
    pub prefixes: Option<usize>,

    /// How many attribute sets they share; default: a fifth of the prefixes, as in the default-free zone.
    #[arg(long, value_name = "N")]
    pub attribute_sets: Option<usize>,

    /// How they share them.
    #[arg(long, value_enum, default_value_t)]
    pub sharing: SharingName,

    /// Another seed makes other attributes and prefixes.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// How prefixes share attribute sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum SharingName {
    /// Many sets of one prefix, a few of thousands.
    #[default]
    Skewed,
    /// Sets of equal size: UPDATEs full of prefixes.
    Even,
}

impl TopologyArgs {
    pub(super) fn topology(&self) -> Result<Topology, ChurnFailure> {
        let key = self.key.as_deref().map(Md5Key::try_from).transpose().map_err(ChurnFailure::Key)?;
        Ok(Topology {
            speaker: self.speaker,
            speaker_asn: self.speaker_asn,
            first_address: self.local,
            first_asn: self.asn,
            first_next_hop: NextHops { ipv4: self.next_hop, ipv6: self.ipv6_next_hop },
            families: self.families(),
            senders: self.senders,
            receivers: self.receivers,
            key,
        })
    }

    fn families(&self) -> Families {
        let family = |name: &FamilyName| match name {
            FamilyName::Ipv4 => Family::Ipv4,
            FamilyName::Ipv6 => Family::Ipv6,
        };
        self.families.iter().map(family).collect()
    }
}

impl LoadArgs {
    /// Prefixes without a file.
    const PREFIXES: usize = 100_000;
    /// Prefixes of an attribute set, on average: 901,899 and 179,611 in a table of 2024.
    const SHARING: usize = 5;

    /// The table, of these families, for a speaker of this AS.
    pub(super) fn table(&self, families: Families, speaker: Asn) -> Result<Table, ChurnFailure> {
        let table = match self.recorded()? {
            Some(recorded) => {
                let carried = recorded.of(families);
                let count = self.prefixes.unwrap_or(carried.prefixes().len());
                carried.thinned(count)
            }
            None => self.made_up(families)?,
        };
        Ok(table.without(speaker))
    }

    #[cfg(feature = "mrt")]
    fn recorded(&self) -> Result<Option<Table>, ChurnFailure> {
        Ok(self.mrt.as_deref().map(churn::read_mrt).transpose()?)
    }

    #[cfg(not(feature = "mrt"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as with MRT")]
    fn recorded(&self) -> Result<Option<Table>, ChurnFailure> {
        Ok(None)
    }

    fn made_up(&self, families: Families) -> Result<Table, ChurnFailure> {
        let all = match &self.prefix_list {
            Some(path) => churn::read_list(path)?,
            None => churn::synthetic_prefixes(self.prefixes.unwrap_or(Self::PREFIXES), self.seed),
        };
        let carried: Vec<IpNet> =
            all.into_iter().filter(|prefix| families.contains(Family::of(prefix))).collect();
        let prefixes = thinned(&carried, self.prefixes.unwrap_or(carried.len()));
        let sets = self.attribute_sets.unwrap_or_else(|| prefixes.len().div_ceil(Self::SHARING));
        let sharing = match self.sharing {
            SharingName::Skewed => Sharing::Skewed,
            SharingName::Even => Sharing::Even,
        };
        Ok(churn::share(&prefixes, sets, sharing, self.seed))
    }
}

/// So many of the prefixes, at equal distances.
fn thinned(prefixes: &[IpNet], count: usize) -> Vec<IpNet> {
    let count = count.min(prefixes.len());
    (0..count).filter_map(|number| prefixes.get(number * prefixes.len() / count)).copied().collect()
}

fn endpoint(text: &str) -> Result<SocketAddr, String> {
    const BGP: u16 = 179;
    let parsed = text.parse().or_else(|_| text.parse().map(|address: IpAddr| (address, BGP).into()));
    parsed.map_err(|_| format!("{text:?} is neither an address nor ADDRESS:PORT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speaker_has_a_port_or_that_of_bgp() {
        for (text, want) in [
            ("10.66.0.1", "10.66.0.1:179"),
            ("127.0.0.1:1179", "127.0.0.1:1179"),
            ("fd00::1", "[fd00::1]:179"),
            ("[fd00::1]:1179", "[fd00::1]:1179"),
        ] {
            assert_eq!(endpoint(text), Ok(want.parse().unwrap()), "{text}");
        }
        assert_eq!(endpoint("router"), Err("\"router\" is neither an address nor ADDRESS:PORT".to_owned()));
    }

    #[test]
    fn a_part_of_a_table_comes_from_all_of_it() {
        let all = churn::synthetic_prefixes(10, 1);
        assert_eq!(thinned(&all, 100), all);
        assert_eq!(thinned(&all, 3), [all[0], all[3], all[6]]);
        assert_eq!(thinned(&all, 0), []);
    }
}
