//! Links and addresses of this machine, over netlink: news of them, and those that the daemon itself sets.

mod news;
mod own;

pub use news::AddressNews;
pub use own::{LinkAddress, LinkFault, OwnAddresses};
