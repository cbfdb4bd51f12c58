//! What addresses are put on.

use ipnet::IpNet;
use std::fmt;

/// An interface: a link that somebody has made, or a VLAN of such a link, which the daemon makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interface {
    /// A link, by its name.
    Link(String),
    /// The frames with one tag on a link (IEEE 802.1Q).
    Vlan {
        /// The link's name.
        link: String,
        /// The tag, 1 to 4094.
        tag: u16,
    },
}

impl Interface {
    /// The link that must be there before.
    pub fn link(&self) -> &str {
        match self {
            Self::Link(link) | Self::Vlan { link, .. } => link,
        }
    }
}

/// The kernel's name: `eth1`, `eth1.100`.
impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(link) => f.write_str(link),
            Self::Vlan { link, tag } => write!(f, "{link}.{tag}"),
        }
    }
}

/// An address on an interface.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkAddress {
    /// The interface.
    pub interface: Interface,
    /// The address, with the length of its subnet.
    pub address: IpNet,
}
