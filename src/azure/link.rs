//! The subnet of a link between a customer edge and an MSEE.

use crate::family::Family;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// A /30 or /126: the customer takes the first usable address, the MSEE the second
/// (Azure: "ExpressRoute routing requirements", IP addresses used for peerings).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkSubnet(IpNet);

/// A prefix that cannot be the subnet of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotALink {
    /// Neither a /30 nor a /126.
    #[error("{0} is not a /{wanted}", wanted = LinkSubnet::length(Family::of(.0)))]
    Length(IpNet),
    /// Bits are set behind the prefix length.
    #[error("{0} has host bits set; the subnet is {network}", network = .0.trunc())]
    HostBits(IpNet),
}

impl LinkSubnet {
    /// The prefix length of a link's subnet.
    pub const fn length(family: Family) -> u8 {
        match family {
            Family::Ipv4 => 30,
            Family::Ipv6 => 126,
        }
    }

    /// The subnet, if the prefix has the right length and no host bits.
    pub fn new(net: IpNet) -> Result<Self, NotALink> {
        if net.prefix_len() != Self::length(Family::of(&net)) {
            return Err(NotALink::Length(net));
        }
        if net != net.trunc() {
            return Err(NotALink::HostBits(net));
        }
        Ok(Self(net))
    }

    /// The link's subnet that an address lies in: how a wrong length or host bits are put right.
    pub fn around(address: IpAddr) -> Self {
        Self(match address {
            IpAddr::V4(address) => IpNet::V4(Ipv4Net::new_assert(address, 30).trunc()),
            IpAddr::V6(address) => IpNet::V6(Ipv6Net::new_assert(address, 126).trunc()),
        })
    }

    /// The address of the customer edge.
    pub fn customer(self) -> IpAddr {
        self.host(1)
    }

    /// The address of the MSEE.
    pub fn msee(self) -> IpAddr {
        self.host(2)
    }

    /// Whether an interface may have the address: inside, and neither network nor broadcast address.
    pub fn is_usable(self, address: IpAddr) -> bool {
        address == self.customer() || address == self.msee()
    }

    /// The subnet as a prefix.
    pub const fn net(self) -> IpNet {
        self.0
    }

    /// IPv4 for a /30, IPv6 for a /126.
    pub fn family(self) -> Family {
        Family::of(&self.0)
    }

    /// Addresses behind the length are zero, so adding is setting the lowest bits.
    fn host(self, number: u8) -> IpAddr {
        match self.0 {
            IpNet::V4(net) => Ipv4Addr::from_bits(net.addr().to_bits() | u32::from(number)).into(),
            IpNet::V6(net) => Ipv6Addr::from_bits(net.addr().to_bits() | u128::from(number)).into(),
        }
    }
}

impl fmt::Display for LinkSubnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// True for addresses that only private peering may use: RFC 1918, shared (RFC 6598) and link-local ones, and
/// unique local IPv6 addresses (RFC 4193).
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let shared = matches!(address.octets(), [100, 64..=127, ..]);
            address.is_private() || address.is_link_local() || shared
        }
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(text: &str) -> Result<LinkSubnet, NotALink> {
        LinkSubnet::new(text.parse().unwrap())
    }

    #[test]
    fn the_customer_has_the_first_usable_address_and_the_msee_the_second() {
        for (subnet, customer, msee) in [
            ("10.0.0.0/30", "10.0.0.1", "10.0.0.2"),
            ("192.168.1.252/30", "192.168.1.253", "192.168.1.254"),
            ("2001:db8::/126", "2001:db8::1", "2001:db8::2"),
            ("2001:db8::fffc/126", "2001:db8::fffd", "2001:db8::fffe"),
        ] {
            let link = link(subnet).unwrap();
            assert_eq!(
                (link.customer().to_string(), link.msee().to_string()),
                (customer.into(), msee.into())
            );
        }
    }

    #[test]
    fn other_prefixes_are_no_links() {
        assert_eq!(link("10.0.0.0/29").unwrap_err().to_string(), "10.0.0.0/29 is not a /30");
        assert_eq!(link("2001:db8::/64").unwrap_err().to_string(), "2001:db8::/64 is not a /126");
        let host_bits = link("10.0.0.1/30").unwrap_err().to_string();
        assert_eq!(host_bits, "10.0.0.1/30 has host bits set; the subnet is 10.0.0.0/30");
        assert_eq!(LinkSubnet::around("10.0.0.7".parse().unwrap()).to_string(), "10.0.0.4/30");
    }

    #[test]
    fn network_and_broadcast_addresses_are_not_usable() {
        let link = link("10.0.0.4/30").unwrap();
        for (address, usable) in [
            ("10.0.0.4", false),
            ("10.0.0.5", true),
            ("10.0.0.6", true),
            ("10.0.0.7", false),
            ("10.0.0.9", false),
        ] {
            assert_eq!(link.is_usable(address.parse().unwrap()), usable, "{address}");
        }
    }

    #[test]
    fn private_addresses_are_those_that_the_internet_does_not_carry() {
        for (address, private) in [
            ("10.1.2.3", true),
            ("172.31.0.1", true),
            ("172.32.0.1", false),
            ("192.168.0.1", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("169.254.1.1", true),
            ("193.0.20.1", false),
            ("fd00::1", true),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
        }
    }
}
