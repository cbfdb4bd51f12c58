//! One of several processes that share the circuits of one file.
//!
//! A circuit belongs to the shard whose number is the FNV-1a hash (64 bits) of the octets of its name, modulo the number of
//! shards. The file is the same for all of them, and so is the answer: no process asks another one.

use super::plan::Plan;
use crate::azure::{CircuitName, VirtualNetworkName};
use std::{fmt, num::NonZeroU32, str::FromStr};

/// Which part of the circuits a process serves: number `index`, counted from 0, of `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: NonZeroU32,
}

/// Text that is not a shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no shard; write I/N with I from 0 to N - 1, for example 0/3")]
pub struct NotAShard(String);

/// Something that works within one process only, and that the shards have cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// Global Reach between circuits of two shards.
    #[error(
        "Global Reach between {ours} (this shard) and {theirs} (shard {shard}) does not work: two processes share no routes"
    )]
    GlobalReach {
        /// The circuit that is served here.
        ours: CircuitName,
        /// The other one.
        theirs: CircuitName,
        /// Who serves it.
        shard: u32,
    },
    /// A virtual network that circuits of several shards are linked with.
    #[error(
        "virtual network {network} is linked with {theirs} too, which shard {shard} serves: each has its own routes"
    )]
    VirtualNetwork {
        /// The network.
        network: VirtualNetworkName,
        /// A circuit that is not served here.
        theirs: CircuitName,
        /// Who serves it.
        shard: u32,
    },
}

impl Cut {
    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::GlobalReach { .. } | Self::VirtualNetwork { .. } => {
                "serve both circuits in one process: fewer shards, other names, or no --shard"
            }
        }
    }
}

impl Shard {
    /// The number of the shard that serves a circuit.
    pub fn number_of(self, circuit: &CircuitName) -> u32 {
        let number = fnv_1a(circuit.as_str().as_bytes()) % u64::from(self.count.get());
        // What is left of a division by 32 bits has no more of them.
        u32::try_from(number).unwrap_or(0)
    }

    /// True if this shard serves the circuit.
    pub fn serves(self, circuit: &CircuitName) -> bool {
        self.number_of(circuit) == self.index
    }

    /// What is left of a plan for this shard, and what no shard can do because of that.
    pub fn of_plan(self, mut plan: Plan) -> (Plan, Vec<Cut>) {
        let cuts = self.cuts(&plan);
        plan.circuits.retain(|circuit| self.serves(&circuit.name));
        plan.attachments.retain(|attachment| self.serves(&attachment.id.circuit));
        for circuit in &mut plan.circuits {
            circuit.global_reach.retain(|other| self.serves(other));
        }
        (plan, cuts)
    }

    fn cuts(self, plan: &Plan) -> Vec<Cut> {
        let (ours, theirs): (Vec<_>, Vec<_>) =
            plan.circuits.iter().partition(|circuit| self.serves(&circuit.name));
        let mut cuts = Vec::new();
        for circuit in &ours {
            let others = circuit.global_reach.iter().filter(|other| !self.serves(other));
            cuts.extend(others.map(|other| Cut::GlobalReach {
                ours: circuit.name.clone(),
                theirs: other.clone(),
                shard: self.number_of(other),
            }));
        }
        for network in &plan.virtual_networks {
            let links = |circuit: &&super::plan::Circuit| {
                circuit.links.iter().any(|link| link.virtual_network == network.name)
            };
            if ours.iter().copied().any(|circuit| links(&circuit))
                && let Some(other) = theirs.iter().copied().find(links)
            {
                cuts.push(Cut::VirtualNetwork {
                    network: network.name.clone(),
                    theirs: other.name.clone(),
                    shard: self.number_of(&other.name),
                });
            }
        }
        cuts
    }
}

/// The hash of Fowler, Noll and Vo, 64 bits, variant 1a.
const fn fnv_1a(octets: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut rest = octets;
    while let [octet, after @ ..] = rest {
        hash = (hash ^ *octet as u64).wrapping_mul(0x0100_0000_01b3);
        rest = after;
    }
    hash
}

impl FromStr for Shard {
    type Err = NotAShard;

    fn from_str(text: &str) -> Result<Self, NotAShard> {
        let parts = text
            .split_once('/')
            .and_then(|(index, count)| Some(Self { index: index.parse().ok()?, count: count.parse().ok()? }));
        parts.filter(|shard| shard.index < shard.count.get()).ok_or_else(|| NotAShard(text.to_owned()))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use std::path::Path;

    #[test]
    fn the_hash_is_the_published_one() {
        // Test vectors of draft-eastlake-fnv.
        assert_eq!(fnv_1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv_1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv_1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_shard_reads_as_it_prints() {
        for text in ["0/1", "2/3"] {
            assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
        }
        for wrong in ["", "1", "3/3", "0/0", "-1/2", "a/b", "1/2/3"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    fn circuit(name: &str, more: &str, n: u8) -> String {
        format!(
            "[[circuit]]\nname = {name:?}\nsku = \"Premium_MeteredData\"\nvirtual_networks = [\"hub\"]\n{more}\n\
             [[circuit.peering]]\nkind = \"private\"\npeer_asn = 65010\nvlan_id = 100\n\
             primary_peer_address_prefix = \"172.16.{n}.0/30\"\nsecondary_peer_address_prefix = \"172.16.{n}.4/30\"\n"
        )
    }

    fn plan(reach: (&str, &str)) -> Plan {
        let mut text = "[[virtual_network]]\nname = \"hub\"\naddress_space = [\"10.1.0.0/16\"]\n".to_owned();
        for n in 0..40 {
            let name = format!("c{n}");
            let more = match reach {
                (one, other) if one == name => {
                    format!("peering_location = \"Amsterdam\"\nglobal_reach = [{other:?}]")
                }
                (_, other) if other == name => "peering_location = \"London\"".to_owned(),
                _ => String::new(),
            };
            text += &circuit(&name, &more, n);
        }
        config::parse("lab.toml", &text, Path::new("")).unwrap().plan
    }

    #[test]
    fn every_circuit_is_served_by_exactly_one_shard_with_all_its_attachments() {
        let whole = plan(("", ""));
        for count in 1..=7_u32 {
            let mut served = Vec::new();
            for index in 0..count {
                let shard: Shard = format!("{index}/{count}").parse().unwrap();
                let (part, cuts) = shard.of_plan(whole.clone());
                assert_eq!(part.attachments.len(), 2 * part.circuits.len());
                assert_eq!(cuts.is_empty(), count == 1, "{cuts:?}");
                served.extend(part.circuits.into_iter().map(|circuit| circuit.name.to_string()));
            }
            let mut all: Vec<String> =
                whole.circuits.iter().map(|circuit| circuit.name.to_string()).collect();
            served.sort();
            all.sort();
            assert_eq!(served, all, "{count} shards");
        }
    }

    #[test]
    fn global_reach_across_shards_is_named_and_within_one_is_kept() {
        let two: Shard = "0/2".parse().unwrap();
        let name = |n: usize| format!("c{n}").parse::<CircuitName>().unwrap();
        let ours: Vec<usize> = (0..40).filter(|n| two.serves(&name(*n))).collect();
        let theirs = (0..40).find(|n| !ours.contains(n)).unwrap();
        let [first, second, ..] = ours.as_slice() else { panic!("{ours:?}") };

        let (part, cuts) = two.of_plan(plan((&format!("c{first}"), &format!("c{theirs}"))));
        let said: Vec<String> = cuts.iter().map(ToString::to_string).collect();
        let pair =
            format!("Global Reach between c{first} (this shard) and c{theirs} (shard 1) does not work");
        assert!(said.iter().any(|line| line.contains(&pair)), "{said:?}");
        assert!(said.iter().any(|line| line.contains("virtual network hub")), "{said:?}");
        assert!(part.circuits.iter().all(|circuit| circuit.global_reach.is_empty()));

        let (part, cuts) = two.of_plan(plan((&format!("c{first}"), &format!("c{second}"))));
        assert!(!cuts.iter().any(|cut| matches!(cut, Cut::GlobalReach { .. })), "{cuts:?}");
        assert_eq!(part.circuit(&name(*first)).unwrap().global_reach, [name(*second)]);
    }
}
