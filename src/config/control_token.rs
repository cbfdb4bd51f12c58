//! The bearer token that callers of the control endpoint show.

use std::{fmt, ops::RangeInclusive, str::FromStr};
use subtle::ConstantTimeEq;

/// 16 to 128 of the characters that RFC 6750 section 2.1 allows.
///
/// Neither `Debug` nor any other formatting shows the token.
#[derive(Clone, PartialEq, Eq)]
pub struct ControlToken(Box<str>);

/// Text that is not a token; says why without repeating it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAControlToken {
    /// Guessed too soon, or no token.
    #[error("the token has {0} characters; it takes 16 to 128")]
    Length(usize),
    /// Something that no `Authorization` header carries.
    #[error("character {0} of the token is none of letters, digits and -._~+/=")]
    Character(usize),
}

impl ControlToken {
    /// How many characters a token has.
    pub const LENGTHS: RangeInclusive<usize> = 16..=128;

    /// Whether these octets are the token, found out in a time that tells nothing about where they differ.
    pub fn is(&self, shown: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(shown).into()
    }

    /// The token itself, for the `Authorization` header.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for ControlToken {
    type Err = NotAControlToken;

    fn from_str(text: &str) -> Result<Self, NotAControlToken> {
        let allowed = |character: char| character.is_ascii_alphanumeric() || "-._~+/=".contains(character);
        if let Some(position) = text.chars().position(|character| !allowed(character)) {
            return Err(NotAControlToken::Character(position + 1));
        }
        if Self::LENGTHS.contains(&text.len()) {
            Ok(Self(text.into()))
        } else {
            Err(NotAControlToken::Length(text.len()))
        }
    }
}

impl fmt::Debug for ControlToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ControlToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_and_of_the_characters_of_rfc_6750() {
        for (text, verdict) in [
            ("0123456789abcdef", Ok(())),
            ("aB3-._~+/aB3-._~+/==", Ok(())),
            ("0123456789abcde", Err(NotAControlToken::Length(15))),
            ("", Err(NotAControlToken::Length(0))),
            ("0123456789 abcdef", Err(NotAControlToken::Character(11))),
            ("0123456789abcdéf", Err(NotAControlToken::Character(15))),
        ] {
            assert_eq!(text.parse::<ControlToken>().map(|_| ()), verdict, "{text}");
        }
        assert_eq!("x".repeat(129).parse::<ControlToken>(), Err(NotAControlToken::Length(129)));
    }

    #[test]
    fn only_the_whole_token_is_the_token_and_it_is_never_printed() {
        let token: ControlToken = "0123456789abcdef".parse().unwrap();
        assert!(token.is(b"0123456789abcdef"));
        for shown in [&b""[..], b"0123456789abcde", b"0123456789abcdefg", b"1123456789abcdef"] {
            assert!(!token.is(shown));
        }
        assert!(!format!("{token:?}").contains("0123"));
    }
}
