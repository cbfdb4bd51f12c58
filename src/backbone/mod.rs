//! What lies behind the two routers: virtual networks with their routing and forwarding tables.
//!
//! One task owns all of it ([`Backbone`]). Attachments send it batches of route changes, one per read of a socket;
//! it chooses as Azure does, brings the forwarding tables to what was chosen, and tells attachments what to
//! advertise. With `[lab] open_transit` it also re-advertises every best route between all peerings.

mod advertise;
mod answer;
mod choice;
mod deferral;
mod global_reach;
mod next_hops;
mod routing_table;
mod task;
mod transit;
mod view;
mod virtual_network;
mod waiting;

pub use global_reach::Partners;
pub use task::{Attach, Backbone, Command, Linked, Mode, NetworkSettings, ServiceRoutes, Topology};
pub use view::{
    EffectiveNextHop, EffectiveRoute, EffectiveRoutes, ForwardingTable, NextHopKind, UnknownNetwork,
};

#[cfg(test)]
mod tests;
