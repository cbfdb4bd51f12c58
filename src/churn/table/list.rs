//! Prefixes from a text list: one a line, `#` begins a comment.

use super::packed;
use ipnet::IpNet;
use std::{
    collections::HashSet,
    io::{self, BufRead},
    path::{Path, PathBuf},
};

/// A list that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is no prefix.
    #[error("{}:{line}: {text:?} is not a prefix; write one a line, such as 192.0.2.0/24", path.display())]
    NotAPrefix {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What stands there.
        text: String,
    },
}

/// All prefixes of a list, plain or packed, each once, in the list's order; host bits are cleared.
///
/// # Errors
/// [`ListError`], with the line.
pub fn read_list(path: &Path) -> Result<Vec<IpNet>, ListError> {
    let file =
        packed::open(path).map_err(|source| ListError::Unreadable { path: path.to_owned(), source })?;
    prefixes(file, path)
}

fn prefixes(text: impl BufRead, path: &Path) -> Result<Vec<IpNet>, ListError> {
    let mut seen = HashSet::new();
    let mut prefixes = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.map_err(|source| ListError::Unreadable { path: path.to_owned(), source })?;
        let word = line.split('#').next().unwrap_or_default().trim();
        if word.is_empty() {
            continue;
        }
        let prefix: IpNet = word.parse().map_err(|_| ListError::NotAPrefix {
            path: path.to_owned(),
            line: number,
            text: word.to_owned(),
        })?;
        if seen.insert(prefix.trunc()) {
            prefixes.push(prefix.trunc());
        }
    }
    Ok(prefixes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_prefix_is_read_once() {
        let list = b"# a table\n192.0.2.7/24\n\n2001:db8::/32 # of IPv6\n192.0.2.0/24\n";
        let want: Vec<IpNet> = vec!["192.0.2.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
        assert_eq!(prefixes(&list[..], Path::new("list.txt")).unwrap(), want);
    }

    #[test]
    fn errors_name_the_place() {
        let error = prefixes(&b"192.0.2.0/24\nhello\n"[..], Path::new("list.txt")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "list.txt:2: \"hello\" is not a prefix; write one a line, such as 192.0.2.0/24"
        );
        let error = read_list(Path::new("no/such/list")).unwrap_err();
        assert!(error.to_string().starts_with("no/such/list cannot be read: "), "{error}");
    }
}
