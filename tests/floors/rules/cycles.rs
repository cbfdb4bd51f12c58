//! No top-level modules that need each other in a circle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Breach;
use crate::source::Source;

/// For each module the modules that it names, and where it does so first.
type Graph<'s> = BTreeMap<&'s str, BTreeMap<&'s str, (&'s Source<'s>, usize)>>;

/// Modules that need each other, tests included: what holds of the table holds of the code.
///
/// The files of one module may know each other; they are one thing.
pub(crate) fn cycles(sources: &[Source<'_>]) -> Vec<Breach> {
    let graph = graph(sources);
    let mut breaches = Vec::new();
    for (from, targets) in &graph {
        for (to, (source, line)) in targets {
            if let Some(way) = way(&graph, to, from) {
                let what = format!("a cycle of modules: {from} → {}", way.join(" → "));
                breaches.push(Breach::new(source, *line, what));
            }
        }
    }
    breaches
}

fn graph<'s>(sources: &'s [Source<'s>]) -> Graph<'s> {
    let modules: BTreeSet<_> = sources.iter().filter_map(|source| source.module.first()).collect();
    let mut graph = Graph::new();
    for source in sources {
        let Some(own) = source.module.first() else { continue };
        for name in &source.names {
            let Some(&target) = source.resolve(name).as_deref().and_then(<[_]>::first) else { continue };
            if target != *own && modules.contains(&target) {
                graph.entry(own).or_default().entry(target).or_insert((source, name.line));
            }
        }
    }
    graph
}

/// A shortest way from one module to another, both included.
fn way<'s>(graph: &Graph<'s>, from: &'s str, to: &str) -> Option<Vec<&'s str>> {
    let mut reached = BTreeSet::from([from]);
    let mut ways = VecDeque::from([vec![from]]);
    while let Some(way) = ways.pop_front() {
        let end = way.last()?;
        if *end == to {
            return Some(way);
        }
        for next in graph.get(end).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(next) {
                ways.push_back([way.as_slice(), &[*next]].concat());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{super::said, cycles};

    #[test]
    fn modules_that_need_each_other_are_named() {
        let said = said(
            cycles,
            &[
                ("src/a/mod.rs", "pub mod x;"),
                ("src/a/x.rs", "use crate::b::Y;"),
                ("src/b.rs", "\nuse crate::{c::d::Z};"),
                ("src/c/d.rs", "#[cfg(test)] mod tests { fn f() { crate::a::g() } }"),
            ],
        );
        assert_eq!(said.len(), 3, "{said:#?}");
        assert_eq!(said[1], "src/b.rs:2: a cycle of modules: b → c → a → b");
    }

    #[test]
    fn what_is_no_cycle_passes() {
        for (name, files) in [
            (
                "a chain",
                &[("src/a.rs", "use crate::b::X;"), ("src/b.rs", "use crate::c::X;"), ("src/c.rs", "")][..],
            ),
            (
                "files of one module",
                &[("src/a/x.rs", "use super::y::Y;"), ("src/a/y.rs", "use super::x::X;")],
            ),
            ("the map", &[("src/lib.rs", "pub use crate::a::X;"), ("src/a.rs", "use crate::Y;")]),
        ] {
            assert_eq!(said(cycles, files), Vec::<String>::new(), "{name}");
        }
    }
}
