//! What a source file names: its imports, the paths in its code, and which of them only tests compile.

use crate::lexer::{Lexed, Token, lex};

/// One file, read.
pub(crate) struct Source<'a> {
    /// From the package's root, with `/`.
    pub(crate) path: &'a str,
    /// The module that the file is: `src/wire/open.rs` is `wire::open`, `src/lib.rs` is the empty path.
    pub(crate) module: Vec<&'a str>,
    pub(crate) lexed: Lexed<'a>,
    pub(crate) lines: usize,
    pub(crate) names: Vec<Name<'a>>,
    /// Modules declared here, from the crate's root, that only tests compile.
    pub(crate) test_modules: Vec<Vec<&'a str>>,
}

/// A path that the file writes.
#[derive(Clone, Debug)]
pub(crate) struct Name<'a> {
    /// As written; a glob ends in `*`.
    pub(crate) segments: Vec<&'a str>,
    pub(crate) line: usize,
    /// The inline modules round it, inside the file.
    pub(crate) inside: Vec<&'a str>,
    pub(crate) build: Build,
    pub(crate) form: Form<'a>,
}

/// Which build compiles a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Build {
    Shipped,
    TestOnly,
}

/// How a path is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form<'a> {
    /// A leaf of a `use`, and the name it brings into scope.
    Import(&'a str),
    /// A path in code, at least two segments.
    Path,
    /// `.name(`: one segment.
    Method,
}

impl<'a> Source<'a> {
    pub(crate) fn read(path: &'a str, text: &'a str) -> Self {
        let (lexed, module) = (lex(text), module_of(path));
        let mut reader =
            Reader { tokens: &lexed.tokens, at: 0, scopes: vec![Scope::default()], ..Reader::default() };
        reader.read();
        let (names, declared) = (reader.names, reader.test_modules);
        let test_modules = declared.into_iter().map(|inner| [module.as_slice(), &inner].concat()).collect();
        Self { path, module, lines: text.lines().count(), names, test_modules, lexed }
    }

    /// The name as a path from the crate's root, if it leads into this crate.
    pub(crate) fn resolve(&self, name: &Name<'a>) -> Option<Vec<&'a str>> {
        if name.form == Form::Method {
            return None;
        }
        let mut home = [self.module.as_slice(), &name.inside].concat();
        let mut rest = name.segments.as_slice();
        match rest.first()? {
            &"crate" | &"msee" => return Some(rest[1..].to_vec()),
            &"self" => rest = &rest[1..],
            &"super" => {}
            _ => return None,
        }
        while let Some((&"super", after)) = rest.split_first() {
            home.pop();
            rest = after;
        }
        Some([&home, rest].concat())
    }

    /// The name with what the file's imports say its first segment stands for: `fs::read` after `use std::fs` is
    /// `std::fs::read`.
    pub(crate) fn expand(&self, name: &Name<'a>) -> Vec<&'a str> {
        let mut segments = name.segments.clone();
        // An import may go through another one; the bound ends `use a::b; use b::a;`.
        for _ in 0..4 {
            let import = self
                .names
                .iter()
                .filter(|import| import.form == Form::Import(segments[0]) && import.segments != segments)
                .filter(|import| name.inside.starts_with(&import.inside))
                .max_by_key(|import| import.inside.len());
            match import {
                Some(import) => segments = [&import.segments, &segments[1..]].concat(),
                None => break,
            }
        }
        segments
    }
}

fn module_of(path: &str) -> Vec<&str> {
    let inner = path.strip_prefix("src/").unwrap_or(path);
    let inner = inner.strip_suffix(".rs").unwrap_or(inner);
    let inner = inner.strip_suffix("/mod").unwrap_or(inner);
    if inner == "lib" { Vec::new() } else { inner.split('/').collect() }
}

/// A pair of braces that is still open.
#[derive(Default)]
struct Scope<'a> {
    module: Option<&'a str>,
    test_only: bool,
    /// Round and square brackets open inside it.
    brackets: usize,
}

#[derive(Default)]
struct Reader<'a, 't> {
    tokens: &'t [Token<'a>],
    at: usize,
    scopes: Vec<Scope<'a>>,
    /// A `#[cfg(test)]` or `#[test]` whose item has not begun yet.
    test_attribute: bool,
    /// The name between `mod` and `{`.
    module: Option<&'a str>,
    names: Vec<Name<'a>>,
    test_modules: Vec<Vec<&'a str>>,
}

impl<'a> Reader<'a, '_> {
    fn read(&mut self) {
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token.text {
                "#" => self.attribute(),
                "{" => {
                    let (module, test_only) = (self.module.take(), std::mem::take(&mut self.test_attribute));
                    self.scopes.push(Scope { module, test_only, brackets: 0 });
                }
                "}" if self.scopes.len() > 1 => {
                    self.scopes.pop();
                    self.test_attribute = false;
                }
                "(" | "[" => self.scope(|scope| scope.brackets += 1),
                ")" | "]" => self.scope(|scope| scope.brackets = scope.brackets.saturating_sub(1)),
                ";" if self.scopes.last().is_some_and(|scope| scope.brackets == 0) => {
                    self.test_attribute = false;
                }
                "mod" => self.module_declaration(),
                "use" if self.peek(0) != "<" => self.import(&mut Vec::new()),
                "." if self.peek(1) == "(" => self.name(vec![self.peek(0)], token.line, Form::Method),
                _ if token.is_word() && self.peek(0) == "::" => self.path(*token),
                _ => {}
            }
        }
    }

    fn peek(&self, ahead: usize) -> &'a str {
        self.tokens.get(self.at + ahead).map_or("", |token| token.text)
    }

    fn scope(&mut self, change: impl FnOnce(&mut Scope<'a>)) {
        if let Some(scope) = self.scopes.last_mut() {
            change(scope);
        }
    }

    fn name(&mut self, segments: Vec<&'a str>, line: usize, form: Form<'a>) {
        let inside = self.scopes.iter().filter_map(|scope| scope.module).collect();
        self.names.push(Name { segments, line, inside, build: self.build(), form });
    }

    fn build(&self) -> Build {
        let test_only = self.test_attribute || self.scopes.iter().any(|scope| scope.test_only);
        if test_only { Build::TestOnly } else { Build::Shipped }
    }

    /// Looks at an attribute without passing it: the paths inside are paths like any other.
    fn attribute(&mut self) {
        let inner = usize::from(self.peek(0) == "!");
        let words: Vec<_> = self.tokens[self.at + inner..]
            .iter()
            .map(|token| token.text)
            .take_while(|text| *text != "]")
            .collect();
        let is_test = match words.as_slice() {
            ["[", "cfg", "(", condition @ ..] => {
                condition.contains(&"test") && !condition.iter().any(|word| matches!(*word, "not" | "any"))
            }
            ["[", path @ ..] => path.split(|word| *word == "(").next().and_then(<[_]>::last) == Some(&"test"),
            _ => false,
        };
        match (is_test, inner) {
            (true, 0) => self.test_attribute = true,
            (true, _) => self.scope(|scope| scope.test_only = true),
            (false, _) => {}
        }
    }

    fn module_declaration(&mut self) {
        match self.peek(1) {
            "{" => self.module = Some(self.peek(0)),
            ";" if self.build() == Build::TestOnly => {
                let inside = self.scopes.iter().filter_map(|scope| scope.module);
                self.test_modules.push(inside.chain([self.peek(0)]).collect());
            }
            _ => {}
        }
    }

    fn path(&mut self, first: Token<'a>) {
        let mut segments = vec![first.text];
        while self.peek(0) == "::" && self.tokens.get(self.at + 1).is_some_and(Token::is_word) {
            segments.push(self.peek(1));
            self.at += 2;
        }
        self.name(segments, first.line, Form::Path);
    }

    /// One branch of a `use`, up to the `,`, `}` or `;` that ends it.
    fn import(&mut self, prefix: &mut Vec<&'a str>) {
        let depth = prefix.len();
        let (mut line, mut alias, mut is_leaf) = (0, None, true);
        while let Some(token) = self.tokens.get(self.at) {
            match token.text {
                "," | "}" | ";" => break,
                "{" => {
                    self.at += 1;
                    is_leaf = false;
                    while !matches!(self.peek(0), "}" | ";" | "") {
                        self.import(prefix);
                        self.at += usize::from(self.peek(0) == ",");
                    }
                }
                "as" => {
                    alias = Some(self.peek(1));
                    self.at += 1;
                }
                "*" => prefix.push("*"),
                text if token.is_word() => {
                    prefix.push(text);
                    line = token.line;
                }
                _ => {}
            }
            self.at += 1;
        }
        if prefix.len() > depth.max(1) && prefix.last() == Some(&"self") {
            prefix.pop();
        }
        if let (true, Some(last)) = (is_leaf, prefix.last()) {
            let form = Form::Import(alias.unwrap_or(last));
            let line = if line == 0 { self.tokens.get(self.at).map_or(0, |token| token.line) } else { line };
            self.name(prefix.clone(), line, form);
        }
        prefix.truncate(depth);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let source = Source::read("src/wire/open.rs", text);
        let names = source.names.iter().filter(|name| name.form != Form::Method);
        names.map(|name| source.resolve(name).unwrap_or_else(|| source.expand(name)).join("::")).collect()
    }

    #[test]
    fn imports_and_paths_are_resolved() {
        for (name, text, want) in [
            ("a plain import", "use crate::asn::Asn;", &["asn::Asn"][..]),
            ("nested braces", "use crate::{a, b::{c, d::E}};", &["a", "b::c", "b::d::E"]),
            ("a branch without a segment of its own", "use crate::{a::{self}, b::*};", &["a", "b::*"]),
            ("a re-export", "pub(crate) use super::message::Message as M;", &["wire::message::Message"]),
            ("super climbs out", "use super::super::rib;", &["rib"]),
            ("self stays", "use self::inner::X;", &["wire::open::inner::X"]),
            ("a path in code", "fn f() { crate::rib::go(); }", &["rib::go"]),
            ("a path of a macro", "$crate::rib::Rib", &["rib::Rib"]),
            ("a bound is not an import", "fn f() -> impl T + use<'a> {}", &[]),
            (
                "an inline module",
                "mod x { use super::super::y; mod z { use super::w; } } use super::v;",
                &["wire::y", "wire::open::x::w", "wire::v"],
            ),
            (
                "an import names what follows",
                "use std::{fs as disk}; fn f() { disk::read(); }",
                &["std::fs", "std::fs::read"],
            ),
            (
                "imports go through imports",
                "use std::sync; use sync::mpsc; fn f() { mpsc::channel(); }",
                &["std::sync", "std::sync::mpsc", "std::sync::mpsc::channel"],
            ),
            ("a leading :: is the same path", "::std::fs::read()", &["std::fs::read"]),
        ] {
            assert_eq!(names(text), want, "{name}");
        }
    }

    #[test]
    fn an_import_of_an_inner_module_stays_inside() {
        let text = "use tokio::sync::mpsc; mod t { use std::sync::mpsc; fn f() { mpsc::a(); } } fn g() { mpsc::b(); }";
        let names = names(text);
        assert_eq!(names[2..], ["std::sync::mpsc::a", "tokio::sync::mpsc::b"]);
    }

    #[test]
    fn what_only_tests_compile_is_known() {
        for (name, text, want) in [
            ("a module", "#[cfg(test)] mod tests { a::b }", Build::TestOnly),
            ("after the module", "#[cfg(test)] mod tests { fn f() {} } fn g() { a::b }", Build::Shipped),
            ("an import", "#[cfg(test)] use a::b;", Build::TestOnly),
            ("after the import", "#[cfg(test)] use a; fn f() { a::b }", Build::Shipped),
            (
                "a semicolon of an array ends nothing",
                "#[cfg(test)] fn f(x: [u8; 2]) { a::b }",
                Build::TestOnly,
            ),
            ("a test", "#[tokio::test(start_paused = true)] async fn f() { a::b }", Build::TestOnly),
            ("a whole file", "#![cfg(test)] fn f() { a::b }", Build::TestOnly),
            ("all of several", "#[cfg(all(test, unix))] fn f() { a::b }", Build::TestOnly),
            ("not test", "#[cfg(not(test))] fn f() { a::b }", Build::Shipped),
            ("any of several", "#[cfg(any(test, feature = \"x\"))] fn f() { a::b }", Build::Shipped),
        ] {
            let source = Source::read("src/x.rs", text);
            let found = source.names.iter().find(|name| name.segments.last() == Some(&"b"));
            assert_eq!(found.map(|name| name.build), Some(want), "{name}");
        }
        let declared = Source::read("src/rib/mod.rs", "mod a; #[cfg(test)] mod tests;").test_modules;
        assert_eq!(declared, [["rib", "tests"]]);
    }

    #[test]
    fn a_method_call_is_a_name() {
        let source = Source::read("src/x.rs", "fn f() { start.elapsed(); start.elapsed }");
        assert_eq!(source.names.len(), 1);
        assert_eq!((source.names[0].segments[0], source.names[0].form), ("elapsed", Form::Method));
        let source = Source::read("src/x.rs", "fn f() { link.msee() }");
        assert_eq!(source.resolve(&source.names[0]), None, "a method that is called like the crate");
    }
}
