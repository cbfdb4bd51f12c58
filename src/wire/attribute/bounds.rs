//! What a route may carry here, beyond what the syntax of its attributes allows.

use super::{
    as_path::{AsPath, Segment},
    code::AttributeCode,
    error::{AttributeError, AttributeErrors, Fault},
    raw::RawAttributes,
    read::ParsedAttributes,
    value::PathAttributes,
};
use crate::wire::negotiated::AsWidth;

/// How much of everything a route may carry. What goes beyond is treated as withdrawn (RFC 7606 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// Numbers in the AS_PATH, each as often as it stands there.
    pub as_path: u16,
    /// Communities, extended and large ones included.
    pub communities: u16,
    /// Attributes, those included that nobody here understands.
    pub attributes: u16,
    /// Whether the path may hold AS_SETs.
    pub as_sets: AsSets,
}

/// What becomes of an AS_SET.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AsSets {
    /// Its route is treated as withdrawn (RFC 9774 section 3).
    Refuse,
    /// It is taken, as before May 2025.
    Accept,
}

impl Default for Bounds {
    /// Several times what the Internet has been seen to need, and about what fits into 4,096 octets.
    fn default() -> Self {
        Self { as_path: 1000, communities: 1000, attributes: 128, as_sets: AsSets::Refuse }
    }
}

impl Bounds {
    /// True if so many octets of attributes keep within the bounds whatever they say, AS_SETs aside.
    pub fn hold_any(self, octets: usize) -> bool {
        // An attribute has three octets at least, a number or a community four.
        octets / 3 <= self.attributes.into() && octets / 4 <= self.as_path.min(self.communities).into()
    }
}

impl RawAttributes<'_> {
    /// Reads the attributes, if they keep within bounds.
    ///
    /// # Errors
    /// What [`parse`](Self::parse) returns, and one error for the first bound that is exceeded.
    pub fn parse_within(&self, bounds: Bounds) -> Result<ParsedAttributes, AttributeErrors> {
        let parsed = self.parse()?;
        match self.beyond(bounds, &parsed.attributes) {
            None => Ok(parsed),
            Some(error) => Err(error.into()),
        }
    }

    fn beyond(&self, bounds: Bounds, attributes: &PathAttributes) -> Option<AttributeError> {
        let of = |code| self.whole().find(|attribute| attribute.code == code);
        let too_many = |count, max: u16| (count > usize::from(max)).then_some(Fault::TooMany { count, max });
        if let Some(surplus) = self.whole().nth(bounds.attributes.into()) {
            return Some(
                surplus.error(Fault::TooMany { count: self.whole().count(), max: bounds.attributes }),
            );
        }
        if bounds.as_sets == AsSets::Refuse
            && let Some(code) = self.with_set(&attributes.as_path)
        {
            return of(code).map(|attribute| attribute.error(Fault::AsSet));
        }
        if let Some(fault) = too_many(attributes.as_path.asns().count(), bounds.as_path) {
            return of(AttributeCode::AS_PATH).map(|attribute| attribute.error(fault));
        }
        let communities = [
            (AttributeCode::COMMUNITIES, attributes.communities.len()),
            (AttributeCode::EXTENDED_COMMUNITIES, attributes.extended_communities.len()),
            (AttributeCode::LARGE_COMMUNITIES, attributes.large_communities.len()),
        ];
        let fault = too_many(communities.iter().map(|(_, count)| count).sum(), bounds.communities)?;
        let (code, _) = communities.into_iter().max_by_key(|(_, count)| *count)?;
        of(code).map(|attribute| attribute.error(fault))
    }

    /// The attribute that holds an AS_SET: AS_PATH, or AS4_PATH even where the merged path has nothing of the set (RFC 9774
    /// section 3).
    fn with_set(&self, merged: &AsPath) -> Option<AttributeCode> {
        let has_set = |path: &AsPath| path.segments.iter().any(|segment| matches!(segment, Segment::Set(_)));
        if self.as_width == AsWidth::Four {
            return has_set(merged).then_some(AttributeCode::AS_PATH);
        }
        let found = self.whole().find(|attribute| {
            let path = match attribute.code {
                AttributeCode::AS_PATH => AsPath::decode(attribute.value, self.as_width),
                AttributeCode::AS4_PATH => AsPath::decode_as4(attribute.value),
                _ => return false,
            };
            path.is_ok_and(|path| has_set(&path))
        });
        found.map(|attribute| attribute.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{
        attribute::Treatment,
        negotiated::Negotiated,
        samples::{NEW, OLD, hex},
        update::Update,
    };

    const MANDATORY: &str = "400101 00 400304 0a000001";

    /// What becomes of a route with these attributes beside ORIGIN and NEXT_HOP.
    fn judge(bounds: Bounds, others: &str) -> Result<(), (Fault, Treatment)> {
        judge_on(NEW, bounds, others)
    }

    fn judge_on(session: Negotiated, bounds: Bounds, others: &str) -> Result<(), (Fault, Treatment)> {
        let attributes = hex(&format!("{MANDATORY} {others}"));
        let update = Update { withdrawn: &[], attributes: &attributes, nlri: &[24, 192, 0, 2] };
        let parts = update.split(session).unwrap();
        let outcome = parts.announcements().next().unwrap().attributes.parse_within(bounds);
        outcome.map(drop).map_err(|errors| (errors.strongest().fault.clone(), errors.treatment()))
    }

    #[test]
    fn an_as_set_is_treated_as_withdrawn_unless_it_is_accepted() {
        let accept = Bounds { as_sets: AsSets::Accept, ..Bounds::default() };
        let withdrawn = Err((Fault::AsSet, Treatment::TreatAsWithdraw));
        for (rule, path, refused) in [
            ("RFC 9774 3 a set alone", "400206 0101 0000fdf2", true),
            ("RFC 9774 3 a set behind a sequence", "40020c 0201 0000fdf2 0101 0000fdf3", true),
            ("no set", "400206 0201 0000fdf2", false),
        ] {
            let want = if refused { withdrawn.clone() } else { Ok(()) };
            assert_eq!(judge(Bounds::default(), path), want, "{rule}");
            assert_eq!(judge(accept, path), Ok(()), "{rule}, accepted");
        }
    }

    #[test]
    fn a_set_in_as4_path_counts_even_if_it_is_not_merged() {
        let withdrawn = Err((Fault::AsSet, Treatment::TreatAsWithdraw));
        for (rule, paths, want) in [
            ("RFC 9774 3 merged", "400204 0201fdf2 c01106 0101 00010000", withdrawn.clone()),
            (
                "RFC 9774 3 longer than AS_PATH",
                "400204 0201fdf2 c0110c 0201 0000fdf2 0101 00010000",
                withdrawn.clone(),
            ),
            ("RFC 9774 3 in AS_PATH alone", "400204 0101fdf2 c01106 0201 0000fdf2", withdrawn),
            ("no set", "400204 0201fdf2 c01106 0201 0000fdf2", Ok(())),
            ("a malformed AS4_PATH is discarded", "400204 0201fdf2 c01105 0101 000000", Ok(())),
        ] {
            assert_eq!(judge_on(OLD, Bounds::default(), paths), want, "{rule}");
        }
    }

    #[test]
    fn what_goes_beyond_a_bound_is_treated_as_withdrawn() {
        let bounds = Bounds { as_path: 2, communities: 3, attributes: 6, as_sets: AsSets::Refuse };
        let path = "40020a 0202 0000fdf2 0000fdf2";
        let beyond = |count, max| Err((Fault::TooMany { count, max }, Treatment::TreatAsWithdraw));
        for (rule, others, want) in [
            ("two numbers", path.to_owned(), Ok(())),
            ("three numbers, prepended", "40020e 0203 0000fdf2 0000fdf2 0000fdf2".to_owned(), beyond(3, 2)),
            (
                "three communities of two kinds",
                format!("{path} c00808 fdf20001 fdf20002 c01008 0002fdf200000001"),
                Ok(()),
            ),
            (
                "four communities of three kinds",
                format!(
                    "{path} c00808 fdf20001 fdf20002 c01008 0002fdf200000001 c0200c 0000fdf2 00000001 00000002"
                ),
                beyond(4, 3),
            ),
            ("six attributes", format!("{path} c06300 c06400 c06500"), Ok(())),
            ("seven attributes", format!("{path} c06300 c06400 c06500 c06600"), beyond(7, 6)),
        ] {
            assert_eq!(judge(bounds, &others), want, "{rule}");
        }
    }
}
