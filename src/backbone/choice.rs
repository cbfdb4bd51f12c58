//! How Azure chooses among the routes of one prefix (Azure: "Optimize ExpressRoute routing").

use crate::rib::{Attributes, Source};

/// A route to one prefix, learnt from one attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) source: Source,
    pub(super) attributes: Attributes,
}

/// The sources in use for one prefix: of the candidates with the highest weight those with the shortest
/// AS_PATH, all of them (ECMP), ascending.
///
/// The longest prefix has been chosen before; `weight` is the connection's `routingWeight`.
pub(super) fn in_use(candidates: &[Candidate], weight: impl Fn(Source) -> u16) -> Vec<Source> {
    let rank = |candidate: &Candidate| {
        (std::cmp::Reverse(weight(candidate.source)), candidate.attributes.path_length())
    };
    let Some(best) = candidates.iter().map(rank).min() else { return Vec::new() };
    let mut sources: Vec<Source> = candidates
        .iter()
        .filter(|candidate| rank(candidate) == best)
        .map(|candidate| candidate.source)
        .collect();
    sources.sort_unstable();
    sources
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{asn::Asn, family::Family, policy::Export};

    fn candidate(source: u32, path_length: u8) -> Candidate {
        let mut attributes = Export::virtual_network_route(Family::Ipv4);
        attributes.as_path = attributes.as_path.prepended(Asn::constant(65010), path_length.into());
        Candidate { source: Source(source), attributes: Attributes::from(attributes) }
    }

    #[test]
    fn weight_then_path_length_then_all_that_are_equal() {
        let weights = |source: Source| if source == Source(3) { 100 } else { 0 };
        for (name, candidates, want) in [
            ("one route", vec![candidate(1, 1)], vec![1]),
            ("equal paths share the traffic", vec![candidate(2, 1), candidate(1, 1)], vec![1, 2]),
            ("a prepended path is a backup", vec![candidate(1, 3), candidate(2, 1)], vec![2]),
            ("weight beats a shorter path", vec![candidate(1, 1), candidate(3, 5)], vec![3]),
            ("no route", vec![], vec![]),
        ] {
            let chosen: Vec<u32> = in_use(&candidates, weights).into_iter().map(|source| source.0).collect();
            assert_eq!(chosen, want, "{name}");
        }
    }
}
