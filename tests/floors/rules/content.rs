//! Files that can be read in one go, with nothing left for later.

use super::Breach;
use crate::{lexer::Token, source::Source};

/// Above this a file holds more than one concept.
const LINES: usize = 800;

/// Macros that stand for code that is missing.
const MISSING_CODE: &[&str] = &["todo", "unimplemented"];

/// Comments that stand for work that is missing.
const MISSING_WORK: &[&str] = &["TODO", "FIXME", "XXX"];

/// Files longer than 800 lines.
pub(crate) fn length(sources: &[Source<'_>]) -> Vec<Breach> {
    let long = sources.iter().filter(|source| source.lines > LINES);
    long.map(|source| {
        let what = format!("{} lines; at most {LINES}, split it by concept", source.lines);
        Breach::new(source, source.lines, what)
    })
    .collect()
}

/// `todo!`, `unimplemented!`, ignored tests, and comments about later.
pub(crate) fn unfinished(sources: &[Source<'_>]) -> Vec<Breach> {
    sources
        .iter()
        .flat_map(|source| unfinished_code(source).into_iter().chain(unfinished_comments(source)))
        .collect()
}

/// Modules whose file is not where their name says: the floors go by the place of a file.
pub(crate) fn moved(sources: &[Source<'_>]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        let attributes = source.lexed.tokens.windows(3).filter(|window| is_attribute(window, "path"));
        let what = "`#[path]` hides a module from the floors; put the file where its name says";
        breaches.extend(attributes.map(|window| Breach::new(source, window[2].line, what)));
    }
    breaches
}

fn is_attribute(window: &[Token<'_>], name: &str) -> bool {
    window.iter().map(|token| token.text).eq(["#", "[", name])
}

fn unfinished_code(source: &Source<'_>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for window in source.lexed.tokens.windows(3) {
        let [first, second, third] = [0, 1, 2].map(|at| window[at].text);
        let what = match (first, second, third) {
            (name, "!", "(" | "[" | "{") if MISSING_CODE.contains(&name) => {
                format!("{name}! stands for code that is missing")
            }
            ("#", "[", "ignore") => "an ignored test proves nothing; mend it or remove it".to_owned(),
            _ => continue,
        };
        breaches.push(Breach::new(source, window[2].line, what));
    }
    breaches
}

fn unfinished_comments(source: &Source<'_>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for comment in &source.lexed.comments {
        for (at, line) in comment.text.lines().enumerate() {
            let mut words = line.split(|letter: char| !letter.is_alphanumeric());
            if let Some(word) = words.find(|word| MISSING_WORK.contains(word)) {
                let what = format!("{word} stands for work that is missing; do it, or write an issue");
                breaches.push(Breach::new(source, comment.line + at, what));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::{super::said, length, moved, unfinished};

    #[test]
    fn long_files_are_named() {
        let (allowed, long) = ("x\n".repeat(800), "x\n".repeat(801));
        let files = [("src/a.rs", allowed.as_str()), ("src/b.rs", long.as_str())];
        assert_eq!(said(length, &files), ["src/b.rs:801: 801 lines; at most 800, split it by concept"]);
    }

    #[test]
    fn what_is_left_for_later_is_named() {
        for (name, text, want) in [
            ("missing code", "fn f() {\n    todo!()\n}", Some("src/a.rs:2: todo! stands for")),
            ("unimplemented", "fn f() { unimplemented!(\"x\") }", Some("src/a.rs:1: unimplemented!")),
            (
                "an ignored test",
                "#[test]\n#[ignore = \"slow\"]\nfn f() {}",
                Some("src/a.rs:2: an ignored test"),
            ),
            ("a comment", "/* a\n   FIXME: b */", Some("src/a.rs:2: FIXME stands for")),
            ("a docstring", "/// TODO(me) later\nfn f() {}", Some("src/a.rs:1: TODO")),
            ("a string", "const X: &str = \"TODO: todo!()\";", None),
            ("part of a word", "// MASTODON", None),
            ("a function's name", "fn todo() { ignore() }", None),
        ] {
            let said = said(unfinished, &[("src/a.rs", text)]);
            match want {
                Some(want) => assert!(said.len() == 1 && said[0].starts_with(want), "{name}: {said:#?}"),
                None => assert_eq!(said, Vec::<String>::new(), "{name}"),
            }
        }
    }

    #[test]
    fn modules_outside_their_place_are_named() {
        let files = [("src/a.rs", "#[path = \"../x.rs\"]\nmod y;")];
        let what = "`#[path]` hides a module from the floors; put the file where its name says";
        assert_eq!(said(moved, &files), [format!("src/a.rs:1: {what}")]);
        assert_eq!(said(moved, &[("src/a.rs", "// #[path]\nfn path() {}")]), Vec::<String>::new());
    }
}
