//! Diagnostics quote lines of the file, and terminals are shared: keys are blotted out first.

/// The text with the value of every `shared_key` replaced by asterisks of the same length in octets, so that
/// locations stay right.
///
/// Works on text instead of the parsed tree, because a file that does not parse is quoted as well.
pub(super) fn shared_keys(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("shared_key") {
        let (before, from_key) = rest.split_at(start + "shared_key".len());
        redacted.push_str(before);
        let value = from_key.trim_start_matches(['"', '\'']).trim_start_matches([' ', '\t']);
        let Some(value) = value.strip_prefix('=') else {
            rest = from_key;
            continue;
        };
        let value = value.trim_start_matches([' ', '\t']);
        let (assignment, value) = from_key.split_at(from_key.len() - value.len());
        let (secret, after) = value.split_at(literal_length(value));
        redacted.push_str(assignment);
        blot(secret, &mut redacted);
        rest = after;
    }
    redacted.push_str(rest);
    redacted
}

/// Whether the text has the value of a `shared_key` in it.
pub(in crate::config) fn holds_secrets(text: &str) -> bool {
    shared_keys(text) != text
}

/// Octets of the TOML value at the start of the text, as far as its end can be told.
fn literal_length(value: &str) -> usize {
    for quotes in ["\"\"\"", "'''"] {
        if let Some(inside) = value.strip_prefix(quotes) {
            return inside.find(quotes).map_or(value.len(), |end| end + 2 * quotes.len());
        }
    }
    for quote in ['"', '\''] {
        if let Some(inside) = value.strip_prefix(quote) {
            let line = inside.find('\n').unwrap_or(inside.len());
            return inside.find(quote).map_or(line, |end| end.min(line)) + 1;
        }
    }
    value.find('\n').unwrap_or(value.len())
}

fn blot(secret: &str, redacted: &mut String) {
    for character in secret.chars() {
        match character {
            '"' | '\'' | '\n' | '\r' => redacted.push(character),
            _ => redacted.extend(std::iter::repeat_n('*', character.len_utf8())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_blotted_out_and_nothing_else() {
        for (name, text, want) in [
            ("a string", "shared_key = \"s3cret\" # x", "shared_key = \"******\" # x"),
            ("single quotes", "shared_key='s3cret'", "shared_key='******'"),
            ("a quoted key", "\"shared_key\" = \"s3cret\"", "\"shared_key\" = \"******\""),
            ("inline", "{ shared_key = \"ab\", vlan_id = 1 }", "{ shared_key = \"**\", vlan_id = 1 }"),
            ("never closed", "shared_key = \"s3cret\nvlan_id = 1", "shared_key = \"******\nvlan_id = 1"),
            ("a number", "shared_key = 1234\nvlan_id = 1", "shared_key = ****\nvlan_id = 1"),
            ("two octets a letter", "shared_key = \"ü\"", "shared_key = \"**\""),
            ("several lines", "shared_key = \"\"\"\nab\"\"\"\nx = 1", "shared_key = \"\"\"\n**\"\"\"\nx = 1"),
            ("a file", "shared_key_file = \"key\"", "shared_key_file = \"key\""),
            ("no value", "shared_key", "shared_key"),
        ] {
            assert_eq!(shared_keys(text), want, "{name}");
            assert_eq!(shared_keys(text).len(), text.len(), "{name}");
            assert_eq!(holds_secrets(text), text != want, "{name}");
        }
    }
}
