//! Validated ROA payloads (VRPs): from an RTR server one by one, or in JSON as relying-party software exports them:
//! Routinator, rpki-client, OctoRPKI.

use super::Malformed;
use crate::asn::Asn;
use ipnet::IpNet;
use prefix_trie::joint::JointPrefixMap;
use serde::{Deserialize, Deserializer, de::Error};
use std::{collections::HashMap, fmt};

/// Payloads by prefix.
#[derive(Debug, Default)]
pub struct Payloads {
    by_prefix: JointPrefixMap<IpNet, Vec<Allowed>>,
    /// A prefix of each AS that has one.
    holders: HashMap<Asn, IpNet>,
    count: usize,
}

/// Who may originate a prefix and what lies inside it, by a ROA (RFC 6811 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Payload {
    /// The prefix, without host bits.
    pub prefix: IpNet,
    /// The longest prefix in it that may be announced.
    pub max_length: u8,
    /// `None` for AS 0: nobody (RFC 7607).
    pub asn: Option<Asn>,
}

/// The same without its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Allowed {
    asn: Option<Asn>,
    max_length: u8,
}

#[derive(Deserialize)]
struct Export {
    roas: Vec<Roa>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Roa {
    #[serde(deserialize_with = "number")]
    asn: u32,
    prefix: IpNet,
    max_length: u8,
}

/// `13335` with rpki-client, `"AS13335"` with the others.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u32),
        Text(String),
    }
    match Written::deserialize(deserializer)? {
        Written::Number(number) => Ok(number),
        Written::Text(text) => {
            let digits = text.strip_prefix("AS").unwrap_or(&text);
            digits.parse().map_err(|_| D::Error::custom(format!("{text:?} is not an AS number")))
        }
    }
}

impl Payloads {
    /// The payloads of an export.
    ///
    /// # Errors
    /// [`Malformed`] where it is no such export.
    pub fn from_json(octets: &[u8]) -> Result<Self, Malformed> {
        let export: Export = serde_json::from_slice(octets)
            .map_err(|error| Malformed { line: error.line(), cause: error.to_string() })?;
        let payload = |Roa { asn, prefix, max_length }| Payload {
            prefix: prefix.trunc(),
            max_length,
            asn: Asn::try_from(asn).ok(),
        };
        Ok(export.roas.into_iter().map(payload).collect())
    }

    /// The payloads for a prefix and for those that cover it, the shortest first.
    pub(super) fn covering(&self, prefix: &IpNet) -> impl Iterator<Item = Payload> {
        self.by_prefix.cover(prefix).flat_map(|(prefix, all)| {
            all.iter().map(move |Allowed { asn, max_length }| Payload {
                prefix,
                max_length: *max_length,
                asn: *asn,
            })
        })
    }

    /// The prefixes with a payload of an AS.
    pub(super) fn prefixes_of(&self, owner: Asn) -> impl Iterator<Item = IpNet> {
        let is_owners = move |all: &Vec<Allowed>| all.iter().any(|one| one.asn == Some(owner));
        self.by_prefix.iter().filter(move |(_, all)| is_owners(all)).map(|(prefix, _)| prefix)
    }

    /// A prefix that an AS has a payload for, if there is one.
    pub(super) fn a_prefix_of(&self, asn: Asn) -> Option<IpNet> {
        self.holders.get(&asn).copied()
    }
}

impl FromIterator<Payload> for Payloads {
    fn from_iter<I: IntoIterator<Item = Payload>>(all: I) -> Self {
        let mut payloads = Self::default();
        for Payload { prefix, max_length, asn } in all {
            payloads.by_prefix.entry(prefix).or_default().push(Allowed { asn, max_length });
            if let Some(asn) = asn {
                payloads.holders.entry(asn).or_insert(prefix);
            }
            payloads.count += 1;
        }
        payloads
    }
}

impl fmt::Display for Payloads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ROA payloads", self.count)
    }
}
