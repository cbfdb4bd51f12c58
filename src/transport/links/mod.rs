//! Links and addresses of this machine, over netlink: news of them, and those that the daemon itself sets.

mod fault;
mod found;
mod interface;
mod news;
mod own;

pub use fault::{LinkFault, Wish};
pub use interface::{Interface, LinkAddress};
pub use news::AddressNews;
pub use own::OwnAddresses;
