//! Rust source as words and punctuation. Comments are kept apart; literals are dropped, so that nothing in them
//! is ever taken for code.

/// One word, one `::`, or one other punctuation character, and the line it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    /// From 1.
    pub(crate) line: usize,
}

impl Token<'_> {
    /// True for an identifier, a keyword or a number.
    pub(crate) fn is_word(&self) -> bool {
        self.text.bytes().next().is_some_and(is_word_octet)
    }
}

/// A file, split into what is code and what is comment.
#[derive(Debug, Default)]
pub(crate) struct Lexed<'a> {
    pub(crate) tokens: Vec<Token<'a>>,
    pub(crate) comments: Vec<Token<'a>>,
}

/// Splits source text; text that is not Rust gives some tokens too, never a panic.
pub(crate) fn lex(source: &str) -> Lexed<'_> {
    let mut lexed = Lexed::default();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let (length, piece) = piece(rest, first);
        let (text, after) = rest.split_at(length);
        match piece {
            Piece::Code => lexed.tokens.push(Token { text, line }),
            Piece::RawWord => lexed.tokens.push(Token { text: &text[2..], line }),
            Piece::Comment => lexed.comments.push(Token { text, line }),
            Piece::Nothing => {}
        }
        line += text.matches('\n').count();
        rest = after;
    }
    lexed
}

enum Piece {
    Code,
    /// `r#type`, which is the word `type`.
    RawWord,
    Comment,
    /// White space or a literal.
    Nothing,
}

/// The length in octets and the nature of what `rest` begins with.
fn piece(rest: &str, first: char) -> (usize, Piece) {
    if first.is_whitespace() {
        return (first.len_utf8(), Piece::Nothing);
    }
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), Piece::Comment);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), Piece::Comment);
    }
    if rest.starts_with("::") {
        return (2, Piece::Code);
    }
    if first == '\'' {
        return (quote(rest), Piece::Nothing);
    }
    let word = rest.bytes().take_while(|octet| is_word_octet(*octet)).count();
    let (prefix, after) = rest.split_at(word);
    if let Some(literal) = string(prefix, after) {
        return (word + literal, Piece::Nothing);
    }
    match prefix {
        "" => (first.len_utf8(), Piece::Code),
        "b" if after.starts_with('\'') => (1 + quote(after), Piece::Nothing),
        "r" if after.starts_with('#') => {
            (2 + after[1..].bytes().take_while(|octet| is_word_octet(*octet)).count(), Piece::RawWord)
        }
        _ => (word, Piece::Code),
    }
}

fn is_word_octet(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'_' || !octet.is_ascii()
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        let Some(next) = rest[at..].find(['/', '*']) else { return rest.len() };
        at += next;
        if rest[at..].starts_with("/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if rest[at..].starts_with("*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
}

/// The octets of a string literal that follows `prefix`, if one does: `"…"`, `r#"…"#` and their `b` and `c` forms.
fn string(prefix: &str, after: &str) -> Option<usize> {
    match prefix {
        "" | "b" | "c" if after.starts_with('"') => Some(until_unescaped(after, b'"')),
        "r" | "br" | "cr" => {
            let hashes = after.bytes().take_while(|octet| *octet == b'#').count();
            let body = after[hashes..].strip_prefix('"')?;
            let end = format!("\"{}", "#".repeat(hashes));
            Some(body.find(&end).map_or(after.len(), |at| hashes + 1 + at + end.len()))
        }
        _ => None,
    }
}

/// A character literal, or the tick and the name of a lifetime.
fn quote(rest: &str) -> usize {
    let mut characters = rest.chars().skip(1);
    match (characters.next(), characters.next()) {
        (Some('\\'), _) => until_unescaped(rest, b'\''),
        (Some(character), Some('\'')) => 2 + character.len_utf8(),
        _ => 1 + rest[1..].bytes().take_while(|octet| is_word_octet(*octet)).count(),
    }
}

/// From an opening delimiter through the closing one that no backslash escapes.
fn until_unescaped(rest: &str, delimiter: u8) -> usize {
    let mut escaped = false;
    for (at, octet) in rest.bytes().enumerate().skip(1) {
        match octet {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            _ if octet == delimiter => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> String {
        lex(source).tokens.iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_code_becomes_tokens() {
        for (name, source, want) in [
            ("paths keep their colons", "use std::fs;", "use std :: fs ;"),
            ("a line comment is no code", "a // b::c\nd", "a d"),
            ("block comments nest", "a /* b /* c */ d */ e", "a e"),
            ("a string is no code", r#"a("b \" c::d")e"#, "a ( ) e"),
            ("a raw string is no code", r##"a r#"b " c"# d"##, "a d"),
            ("octet and C strings are no code", r#"b"x" c"y" br"z" w"#, "w"),
            ("a character is no code", r"a 'b' '\'' '\\' b'c' d", "a d"),
            ("a multi-octet character is no code", "a 'é' b", "a b"),
            ("a lifetime is no character", "&'a str, 'b: 'c", "& str , :"),
            ("a raw identifier is its word", "r#type::x", "type :: x"),
            ("an open string ends with the file", "a \"b", "a"),
            ("an open comment ends with the file", "a /* b", "a"),
        ] {
            assert_eq!(words(source), want, "{name}");
        }
    }

    #[test]
    fn lines_count_through_literals_and_comments() {
        let lexed = lex("a\n\"x\ny\"\n/* p\nq */ b // c\nd");
        let places: Vec<_> = lexed.tokens.iter().map(|token| (token.text, token.line)).collect();
        assert_eq!(places, [("a", 1), ("b", 5), ("d", 6)]);
        assert_eq!(lexed.comments.iter().map(|token| token.line).collect::<Vec<_>>(), [4, 5]);
    }
}
