//! What must hold for any octets, a function for each target: the fuzz targets call them, and so does the test that
//! replays the corpus and what becomes of it.

mod control;
mod fib;
mod files;
mod rib;
mod session;
mod wire;

pub use control::{operations, queries};
pub use fib::fib;
pub use files::{configuration, datacenter_ranges, microsoft_365, rpsl, service_tags, vrps};
pub use rib::rib;
pub use session::session;
pub use wire::{attributes, message, notification, open, route_refresh, update};

/// Takes an input in every way, and panics if something does not hold.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its file in `fuzz_targets` and of its directory in the corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("attributes", attributes),
    ("configuration", configuration),
    ("datacenter_ranges", datacenter_ranges),
    ("fib", fib),
    ("message", message),
    ("microsoft_365", microsoft_365),
    ("notification", notification),
    ("open", open),
    ("operations", operations),
    ("queries", queries),
    ("rib", rib),
    ("route_refresh", route_refresh),
    ("rpsl", rpsl),
    ("service_tags", service_tags),
    ("session", session),
    ("update", update),
    ("vrps", vrps),
];
