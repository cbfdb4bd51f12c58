//! `msee`: the Microsoft side of Azure ExpressRoute as one daemon.
//!
//! Lower floors never import higher ones; data flows wire → session → RIB → backbone and FIB → export.

pub mod api;
pub mod asn;
pub mod attachment;
pub mod azure;
pub mod backbone;
pub mod community;
pub mod config;
pub mod daemon;
pub mod family;
pub mod fib;
pub mod lab;
pub mod policy;
pub mod rib;
pub mod session;
pub mod transport;
pub mod wire;
