//! The rows, a file for each subject, with the one test that plays them against `msee`.

mod bounds;
mod capabilities;
mod collision;
mod communities;
mod four_octet;
mod header;
mod incidents;
mod limits;
mod machine;
mod mandatory;
mod markers;
mod multiprotocol;
mod nlri;
mod notification;
mod open;
mod optional;
pub(super) mod refresh;
mod restart;
mod roles;
mod security;
mod sets;
mod size;
mod unknown;

use super::{
    case::{self, Case},
    md5, run, stand, update, wire,
};

/// The rows of one file.
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) cases: fn() -> Vec<Case>,
}

const fn group(name: &'static str, cases: fn() -> Vec<Case>) -> Group {
    Group { name, cases }
}

/// All rows that say what an RFC asks; those of [`bounds`] say what `msee` does by itself, and are not compared.
pub(super) static GROUPS: [Group; 22] = [
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
    group("sets", sets::cases),
    group("refresh", refresh::cases),
    group("markers", markers::cases),
    group("restart", restart::cases),
    group("roles", roles::cases),
    group("security", security::cases),
    group("incidents", incidents::cases),
];
