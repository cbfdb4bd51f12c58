//! The key of a peering's TCP MD5 signatures.

use std::{fmt, str::FromStr};

/// ARM `sharedKey`: 1 to 25 letters and digits (Azure: "ExpressRoute routing requirements").
///
/// Neither `Debug` nor any other formatting shows the key; [`SharedKey::expose`] is the only way to it.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedKey(Box<str>);

/// Text that is not a key; says why without repeating it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASharedKey {
    /// Nothing at all.
    #[error("the key is empty")]
    Empty,
    /// More characters than Azure takes.
    #[error("the key has {0} characters; Azure takes at most {max}", max = SharedKey::MAX_LEN)]
    TooLong(usize),
    /// Something other than letters and digits.
    #[error("character {0} of the key is neither a letter nor a digit")]
    Character(usize),
}

impl SharedKey {
    /// The largest number of characters.
    pub const MAX_LEN: usize = 25;

    /// The key itself, for the kernel and for configurations of the other side.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for SharedKey {
    type Err = NotASharedKey;

    fn from_str(text: &str) -> Result<Self, NotASharedKey> {
        if text.is_empty() {
            return Err(NotASharedKey::Empty);
        }
        if let Some(position) = text.chars().position(|c| !c.is_ascii_alphanumeric()) {
            return Err(NotASharedKey::Character(position + 1));
        }
        match text.len() {
            ..=Self::MAX_LEN => Ok(Self(text.into())),
            length => Err(NotASharedKey::TooLong(length)),
        }
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s25_twenty_five_letters_and_digits() {
        for (text, verdict) in [
            ("s3cretKey", Ok(())),
            ("abcdefghijklmnopqrstuvwxy", Ok(())),
            ("abcdefghijklmnopqrstuvwxyz", Err(NotASharedKey::TooLong(26))),
            ("", Err(NotASharedKey::Empty)),
            ("secret!", Err(NotASharedKey::Character(7))),
            ("schlüssel", Err(NotASharedKey::Character(5))),
            ("two words", Err(NotASharedKey::Character(4))),
        ] {
            assert_eq!(text.parse::<SharedKey>().map(|_| ()), verdict, "{text}");
        }
    }

    #[test]
    fn the_key_is_never_printed() {
        let key: SharedKey = "s3cretKey".parse().unwrap();
        assert!(!format!("{key:?}").contains("s3cret"));
        assert_eq!(key.expose(), "s3cretKey");
    }
}
