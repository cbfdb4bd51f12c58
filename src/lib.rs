//! `msee`: the Microsoft side of Azure ExpressRoute as one daemon.
//!
//! Two edge routers speak BGP-4 to the customer's routers and keep Azure's limits. `ARCHITECTURE.md` shows every task and
//! channel; this is the map of the modules. A module imports from lower floors only.
//!
//! | floor | module | what it is |
//! | --- | --- | --- |
//! | 0 | [`asn`], [`community`], [`family`] | the shared words of the field |
//! | 0 | [`wire`] | BGP messages: decoders over borrowed bytes, encoders |
//! | 0 | [`azure`] | facts and rules of the service: names, limits, SKUs |
//! | 0 | [`fib`] | the longest-prefix-match table and its readers |
//! | 1 | [`session`] | the state machine of RFC 4271: (event, now) → actions |
//! | 1 | [`registry`] | routing-registry objects and ROAs: who holds which prefixes |
//! | 1 | [`rib`] | Adj-RIB-In and Adj-RIB-Out, prefix limits, the decision process |
//! | 2 | [`policy`] | what a peering accepts, and what a route looks like when it is sent |
//! | 2 | [`config`] | TOML to a validated [`Plan`](config::Plan), and the difference between two |
//! | 3 | [`transport`] | TCP: listeners, dials, MD5, TTL security |
//! | 3 | [`attachment`] | the task of one peering on one router |
//! | 3 | [`backbone`] | the task behind both routers: virtual networks and their tables |
//! | 4 | [`daemon`] | what runs, brought to what a plan says |
//! | 5 | [`api`] | the control endpoint over HTTP, both ends |
//! | 5 | [`churn`] | the load generator and meter for any BGP speaker |
//! | 5 | [`expect`] | what a lab must come to show, and how that is waited for |
//! | 5 | [`lab`] | the pair and two built-in customer edges in one process |
//! | 6 | [`cli`] | the `msee` command, a file per verb |
//!
//! Routes flow one way: `wire` → `session` → `rib` → `backbone` and `fib` → `rib` → `wire`. Floors 0 to 2 have no clock,
//! no socket and no task: time comes in as a value, and what is to be done goes out as one.

// They panic when nobody takes what is printed.
#![deny(clippy::print_stdout, clippy::print_stderr)]
// No input panics. What is right by construction says why, where it stands.
#![deny(clippy::indexing_slicing, clippy::string_slice, clippy::panic, clippy::unreachable)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::string_slice, clippy::panic, clippy::unreachable))]
// Files that need it say so themselves; modules below that never will cannot.
#![deny(unsafe_code)]

#[cfg(all(feature = "fault-injection", not(debug_assertions)))]
compile_error!(
    "with `fault-injection`, callers of the control endpoint can end tasks: it is for tests, and no release has it; build \
     without `--release`, or without the feature"
);

#[forbid(unsafe_code)]
pub mod api;
#[forbid(unsafe_code)]
pub mod asn;
#[forbid(unsafe_code)]
pub mod attachment;
#[forbid(unsafe_code)]
pub mod azure;
#[forbid(unsafe_code)]
pub mod backbone;
#[forbid(unsafe_code)]
pub mod churn;
#[forbid(unsafe_code)]
pub mod cli;
#[forbid(unsafe_code)]
pub mod community;
#[forbid(unsafe_code)]
pub mod config;
pub mod daemon;
#[forbid(unsafe_code)]
mod deadline;
#[forbid(unsafe_code)]
pub mod expect;
#[forbid(unsafe_code)]
pub mod family;
pub mod fib;
#[forbid(unsafe_code)]
pub mod lab;
#[forbid(unsafe_code)]
pub mod policy;
#[forbid(unsafe_code)]
mod procfs;
#[forbid(unsafe_code)]
pub mod registry;
#[forbid(unsafe_code)]
pub mod rib;
#[forbid(unsafe_code)]
pub mod session;
#[forbid(unsafe_code)]
mod step_back;
pub mod transport;
#[forbid(unsafe_code)]
pub mod wire;
