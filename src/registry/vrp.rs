//! Validated ROA payloads as relying-party software exports them in JSON: Routinator, rpki-client, OctoRPKI.

use super::{Malformed, Payload, Registry};
use crate::asn::Asn;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error};

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

impl Registry {
    /// Adds the payloads of an export.
    ///
    /// # Errors
    /// [`Malformed`] where it is no such export; then nothing is added.
    pub fn add_vrps(&mut self, octets: &[u8]) -> Result<(), Malformed> {
        let export: Export = serde_json::from_slice(octets)
            .map_err(|error| Malformed { line: error.line(), cause: error.to_string() })?;
        for Roa { asn, prefix, max_length } in export.roas {
            let payload = Payload { asn: Asn::try_from(asn).ok(), max_length };
            self.payloads.entry(prefix.trunc()).or_default().push(payload);
            self.counts.payloads += 1;
        }
        Ok(())
    }
}
