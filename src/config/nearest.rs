//! Which word was probably meant.

/// The candidate nearest to a mistyped word, if it is near enough to be worth a question.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| {
            (if is_cut_short(word, candidate) { 1 } else { distance(word, candidate) }, candidate)
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `vlan` for `vlan_id`, `maximum` for `max`: few letters in common, and yet meant.
fn is_cut_short(word: &str, candidate: &str) -> bool {
    word.len() >= 3 && (candidate.starts_with(word) || word.starts_with(candidate))
}

/// Letters to insert, remove or replace (Levenshtein distance); a row of the matrix at a time.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut left = line + 1;
        next.push(left);
        for (other, pair) in to.iter().zip(row.windows(2)) {
            let &[diagonal, above] = pair else { break };
            left = (diagonal + usize::from(letter != *other)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_textbook() {
        for (from, to, want) in [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("hub", "hub", 0)]
        {
            assert_eq!(distance(from, to), want, "{from} {to}");
        }
    }

    #[test]
    fn only_near_words_are_proposed() {
        let keys = ["peer_asn", "vlan_id", "kind"];
        assert_eq!(nearest("peer_as", keys), Some("peer_asn"));
        assert_eq!(nearest("vlanid", keys), Some("vlan_id"));
        assert_eq!(nearest("vlan", keys), Some("vlan_id"));
        assert_eq!(nearest("colour", keys), None);
        assert_eq!(nearest("x", []), None);
    }
}
