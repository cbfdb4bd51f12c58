//! What Linux says of a process in its files under `/proc` (proc(5)).

/// The fields of `stat` behind the program's name, the state first. The name is in brackets and may hold anything.
pub(crate) fn behind_name(stat: &str) -> Option<impl Iterator<Item = &str>> {
    Some(stat.rsplit_once(')')?.1.split_whitespace())
}

/// Octets of memory that are resident, from `status`; kernel threads have none.
pub(crate) fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_whatever_the_name_of_the_program() {
        let fields = |stat| behind_name(stat).map(|fields| fields.map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(fields("7 (a) b) c) S 42"), Some(vec!["S".to_owned(), "42".to_owned()]));
        assert_eq!(fields("7"), None);
        assert_eq!(resident("Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t1\n"), Some(2_097_152));
        assert_eq!((resident("Name:\tx\n"), resident("")), (None, None));
    }
}
