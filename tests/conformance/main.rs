//! The running daemon against peers that break the rules: what each may do to itself, and that it does nothing to others.
//!
//! Every test starts `msee run` on loopback addresses of its own, without root, and keeps a second session, of another
//! circuit, Established beside the one it mistreats. When the test is over that session must be the same as before, the
//! process must live, and `msee show` must answer. The peers here are not BGP speakers but octets on a TCP connection:
//! no speaker that exists would send most of this.

mod bench;
mod collision;
mod configuration;
mod connections;
mod control;
mod daemon;
mod ending;
mod innocent;
#[path = "../lab/mod.rs"]
mod lab;
mod messages;
mod notifications;
mod octets;
mod operator;
mod peer;
mod plan;
mod pressure;
mod reactions;
mod updates;
