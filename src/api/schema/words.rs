//! How the shared words of the field are written in JSON and in a query: as the text that they print.

use crate::{
    asn::Asn,
    family::{Families, Family},
};
use serde::{Deserialize, Deserializer, Serializer, de::Error};
use std::{borrow::Cow, fmt::Display, str::FromStr};

/// Text that is not an address family.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address family; write \"ipv4\" or \"ipv6\"")]
pub(crate) struct NotAFamily(String);

/// Reads `ipv4` or `ipv6`.
pub(crate) fn parse_family(text: &str) -> Result<Family, NotAFamily> {
    let named = Family::ALL.into_iter().find(|family| family.to_string() == text);
    named.ok_or_else(|| NotAFamily(text.to_owned()))
}

/// For `deserialize_with`: a word that reads as it prints.
pub(super) fn from_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// For `with`: a word that reads as it prints, both ways.
pub(super) mod text {
    use super::{Deserializer, Display, FromStr, Serializer};

    pub(in super::super) fn serialize<T: Display, S: Serializer>(
        word: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(word)
    }

    pub(in super::super) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr<Err: Display>,
    {
        super::from_text(deserializer)
    }
}

/// For `deserialize_with`: the same where the key may be absent.
pub(super) fn optional_from_text<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = Option::<Cow<str>>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
}

/// For `deserialize_with`: one address family.
pub(super) fn family<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Family, D::Error> {
    parse_family(&Cow::<str>::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// For `deserialize_with`: one address family, or both if the key is absent.
pub(super) fn optional_family<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Family>, D::Error> {
    let text = Option::<Cow<str>>::deserialize(deserializer)?;
    text.map(|text| parse_family(&text).map_err(D::Error::custom)).transpose()
}

/// For `with`: a set of families, `ipv4`, `ipv6` or `ipv4,ipv6`.
pub(super) mod families {
    use super::{Cow, Deserialize, Deserializer, Error, Families, Serializer, parse_family};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
    pub(in super::super) fn serialize<S: Serializer>(
        families: &Families,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(families)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Families, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.split(',').map(parse_family).collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}

/// For `with`: an AS number as a JSON number.
pub(super) mod asn {
    use super::{Asn, Deserialize, Deserializer, Error, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
    pub(in super::super) fn serialize<S: Serializer>(asn: &Asn, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(asn.get())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Asn, D::Error> {
        Asn::try_from(u32::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
