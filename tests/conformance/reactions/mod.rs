//! What a speaker must answer to octets that no speaker sends, as a table: a case is a row with a name, its RFC and section,
//! what the peer sends, what comes back on the wire, and what a second peer is told.
//!
//! Each file of a group has its rows and one test that plays them against `msee`; [`compare`] plays all of them against BIRD
//! and FRR as well. Cases run side by side on sessions of their own with one daemon; nothing of it is asked but what it puts
//! on the wire, and nothing of the code under test reads that.

mod capabilities;
mod case;
mod collision;
mod communities;
mod compare;
mod four_octet;
mod header;
mod incidents;
mod limits;
mod machine;
mod mandatory;
mod md5;
mod multiprotocol;
mod nlri;
mod notification;
mod open;
mod optional;
mod refresh;
mod run;
mod security;
mod size;
mod speaker;
mod stand;
mod unknown;
mod update;
mod watcher;
mod wire;

use case::Case;

/// A file of rows.
pub(crate) struct Group {
    name: &'static str,
    cases: fn() -> Vec<Case>,
}

const fn group(name: &'static str, cases: fn() -> Vec<Case>) -> Group {
    Group { name, cases }
}

/// All rows.
static GROUPS: [Group; 18] = [
    group("header", header::cases),
    group("open", open::cases),
    group("capabilities", capabilities::cases),
    group("machine", machine::cases),
    group("collision", collision::cases),
    group("notification", notification::cases),
    group("mandatory", mandatory::cases),
    group("optional", optional::cases),
    group("communities", communities::cases),
    group("unknown", unknown::cases),
    group("multiprotocol", multiprotocol::cases),
    group("four octets", four_octet::cases),
    group("nlri", nlri::cases),
    group("size", size::cases),
    group("limits", limits::cases),
    group("refresh", refresh::cases),
    group("security", security::cases),
    group("incidents", incidents::cases),
];
