//! A persistent, path-compressed radix trie.
//!
//! Nodes are shared between snapshots and never change once a second owner has them: [`Arc::make_mut`] copies a node
//! that a snapshot still holds and writes in place to one that no snapshot has seen. A change costs at most one copy
//! per node on its path, whatever the size of the table. No path is longer than an address has bits, plus one, which
//! also bounds every recursion here.

use super::{Address, NextHopId, Statistics};
use triomphe::Arc;

/// A table of prefixes; cloning shares all of it.
#[derive(Clone, Debug)]
pub(super) struct Trie<A: Address> {
    root: Link<A>,
    prefixes: usize,
    nodes: usize,
}

type Link<A> = Option<Arc<Node<A>>>;

/// A prefix with a next hop, or the place where two of them part.
#[derive(Clone, Debug)]
struct Node<A: Address> {
    key: Key<A>,
    /// `None` where the node only branches; it has both children then.
    next_hop: Option<NextHopId>,
    children: Children<A>,
}

/// Longer prefixes, by their first bit beyond the node's own.
#[derive(Clone, Debug)]
struct Children<A: Address> {
    zero: Link<A>,
    one: Link<A>,
}

/// A prefix; of its bits only the first `length` count.
#[derive(Clone, Copy, Debug)]
struct Key<A: Address> {
    bits: A::Bits,
    length: u8,
}

/// How a prefix that is looked for lies to the prefix of a node.
enum Place {
    /// They are the same.
    Here,
    /// It is longer and continues with this bit.
    Below(bool),
    /// It is shorter; the node continues with this bit.
    Above(bool),
    /// They part after `common` bits; the one looked for continues with `bit`.
    Beside { common: u8, bit: bool },
}

impl<A: Address> Trie<A> {
    pub(super) fn len(&self) -> usize {
        self.prefixes
    }

    pub(super) fn statistics(&self) -> Statistics {
        Statistics { prefixes: self.prefixes, nodes: self.nodes, octets: self.nodes * size_of::<Node<A>>() }
    }

    /// Gives the prefix a next hop, or takes it out, and returns what it had.
    ///
    /// What changes nothing copies nothing.
    pub(super) fn set(&mut self, prefix: A::Prefix, next_hop: Option<NextHopId>) -> Option<NextHopId> {
        let key = Key::of(prefix);
        let before = self.exact(key);
        match next_hop {
            _ if before == next_hop => {}
            Some(next_hop) => {
                self.nodes += insert(&mut self.root, key, next_hop);
                self.prefixes += usize::from(before.is_none());
            }
            None => {
                self.nodes -= remove(&mut self.root, key);
                self.prefixes -= 1;
            }
        }
        before
    }

    pub(super) fn lookup(&self, address: A) -> Option<NextHopId> {
        self.covering(address).map(|(_, next_hop)| next_hop)
    }

    pub(super) fn longest_match(&self, address: A) -> Option<(A::Prefix, NextHopId)> {
        let (key, next_hop) = self.covering(address)?;
        Some((A::net(key.bits, key.length)?, next_hop))
    }

    fn exact(&self, key: Key<A>) -> Option<NextHopId> {
        let mut link = self.root.as_ref();
        while let Some(node) = link {
            match node.key.place(key) {
                Place::Here => return node.next_hop,
                Place::Below(bit) => link = node.children.at(bit),
                Place::Above(_) | Place::Beside { .. } => break,
            }
        }
        None
    }

    fn covering(&self, address: A) -> Option<(Key<A>, NextHopId)> {
        let host = Key::host(address);
        let mut best = None;
        let mut link = self.root.as_ref();
        while let Some(node) = link {
            let place = node.key.place(host);
            if let (Place::Here | Place::Below(_), Some(next_hop)) = (&place, node.next_hop) {
                best = Some((node.key, next_hop));
            }
            match place {
                Place::Below(bit) => link = node.children.at(bit),
                Place::Here | Place::Above(_) | Place::Beside { .. } => break,
            }
        }
        best
    }
}

impl<A: Address> Default for Trie<A> {
    fn default() -> Self {
        Self { root: None, prefixes: 0, nodes: 0 }
    }
}

impl<A: Address> Key<A> {
    fn of(prefix: A::Prefix) -> Self {
        let (bits, length) = A::split(prefix);
        Self { bits, length }
    }

    fn host(address: A) -> Self {
        Self { bits: address.bits(), length: A::LENGTH }
    }

    /// Where `wanted` is, seen from here.
    fn place(self, wanted: Self) -> Place {
        let common = A::common(self.bits, wanted.bits).min(self.length).min(wanted.length);
        match (common == self.length, common == wanted.length) {
            (true, true) => Place::Here,
            (true, false) => Place::Below(A::bit(wanted.bits, common)),
            (false, true) => Place::Above(A::bit(self.bits, common)),
            (false, false) => Place::Beside { common, bit: A::bit(wanted.bits, common) },
        }
    }
}

impl<A: Address> Node<A> {
    fn leaf(key: Key<A>, next_hop: NextHopId) -> Arc<Self> {
        Arc::new(Self { key, next_hop: Some(next_hop), children: Children { zero: None, one: None } })
    }
}

impl<A: Address> Children<A> {
    /// The pair with `link` at `bit` and `other` at the opposite side.
    fn pair(bit: bool, link: Link<A>, other: Link<A>) -> Self {
        if bit { Self { zero: other, one: link } } else { Self { zero: link, one: other } }
    }

    fn at(&self, bit: bool) -> Option<&Arc<Node<A>>> {
        if bit { self.one.as_ref() } else { self.zero.as_ref() }
    }

    fn at_mut(&mut self, bit: bool) -> &mut Link<A> {
        if bit { &mut self.one } else { &mut self.zero }
    }
}

/// Inserts or replaces, and returns how many nodes that added.
fn insert<A: Address>(link: &mut Link<A>, key: Key<A>, next_hop: NextHopId) -> usize {
    let Some(node) = link else {
        *link = Some(Node::leaf(key, next_hop));
        return 1;
    };
    match node.key.place(key) {
        Place::Here => {
            Arc::make_mut(node).next_hop = Some(next_hop);
            0
        }
        Place::Below(bit) => insert(Arc::make_mut(node).children.at_mut(bit), key, next_hop),
        Place::Above(bit) => {
            let children = Children::pair(bit, link.take(), None);
            *link = Some(Arc::new(Node { key, next_hop: Some(next_hop), children }));
            1
        }
        Place::Beside { common, bit } => {
            let children = Children::pair(bit, Some(Node::leaf(key, next_hop)), link.take());
            let key = Key { bits: key.bits, length: common };
            *link = Some(Arc::new(Node { key, next_hop: None, children }));
            2
        }
    }
}

/// Takes out a prefix that is there, and returns how many nodes that freed.
fn remove<A: Address>(link: &mut Link<A>, key: Key<A>) -> usize {
    let Some(shared) = link else { return 0 };
    let place = shared.key.place(key);
    let node = Arc::make_mut(shared);
    let freed = match place {
        Place::Here => {
            node.next_hop = None;
            0
        }
        Place::Below(bit) => remove(node.children.at_mut(bit), key),
        Place::Above(_) | Place::Beside { .. } => return 0,
    };
    if node.next_hop.is_some() {
        return freed;
    }
    let only = match (&mut node.children.zero, &mut node.children.one) {
        (Some(_), Some(_)) => return freed,
        (zero, one) => zero.take().or(one.take()),
    };
    *link = only;
    freed + 1
}
