//! Why an address is not where it should be, and what to do about it.

use super::{Interface, LinkAddress};
use rtnetlink::Error;
use std::{fmt, io};

/// Why a link is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// There is no such link, or not yet.
    #[error("{0} waits for the interface {link}, which is not there", link = .0.link())]
    NoInterface(Wish),
    /// Links and addresses are the administrator's.
    #[error("{0} cannot be {done}: permission denied", done = .0.done())]
    PermissionDenied(Wish),
    /// The kernel has no VLANs.
    #[error("{0} cannot be made: this kernel has no 802.1Q")]
    NoVlans(Interface),
    /// The kernel has, but not on such a link.
    #[error("{0} cannot be made: {link} takes no VLANs", link = .0.link())]
    TakesNoVlans(Interface),
    /// Somebody has given the name to something else.
    #[error("{0} cannot be made: there is another interface of that name")]
    NameTaken(Interface),
    /// Anything else.
    #[error("{wish} cannot be {done}: {cause}", done = .wish.done())]
    Refused {
        /// What was asked for.
        wish: Wish,
        /// What the kernel said.
        cause: String,
    },
    /// The kernel does not say which links there are.
    #[error("links and addresses cannot be read: {0}")]
    Unreadable(String),
}

/// What the kernel is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// An address on an interface.
    Address(LinkAddress),
    /// An interface of its own for a VLAN.
    Vlan(Interface),
}

impl Wish {
    fn link(&self) -> &str {
        match self {
            Self::Address(own) => own.interface.link(),
            Self::Vlan(interface) => interface.link(),
        }
    }

    fn done(&self) -> String {
        match self {
            Self::Address(own) => format!("put on {}", own.interface),
            Self::Vlan(_) => "made".to_owned(),
        }
    }

    /// What the kernel's answer means.
    ///
    /// `has_vlans`: whether the kernel has 802.1Q, which that answer does not tell.
    pub(super) fn refused(self, error: &Error, has_vlans: impl FnOnce() -> bool) -> LinkFault {
        let Error::NetlinkError(message) = error else {
            return LinkFault::Refused { wish: self, cause: error.to_string() };
        };
        let answer = message.to_io();
        match (self, answer.kind(), answer.raw_os_error()) {
            (wish, io::ErrorKind::PermissionDenied, _) => LinkFault::PermissionDenied(wish),
            // rtnl_newlink says so to a kind of link that no module brings, vlan_check_real_dev to a link without VLANs.
            (Self::Vlan(interface), _, Some(libc::EOPNOTSUPP)) if has_vlans() => {
                LinkFault::TakesNoVlans(interface)
            }
            (Self::Vlan(interface), _, Some(libc::EOPNOTSUPP)) => LinkFault::NoVlans(interface),
            (wish, ..) => LinkFault::Refused { wish, cause: answer.to_string() },
        }
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(own) => own.address.fmt(f),
            Self::Vlan(interface) => interface.fmt(f),
        }
    }
}

impl LinkFault {
    /// What an operator can do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NoInterface(_) => {
                "nothing, if the interface comes later: the address follows it; else correct `interface`"
            }
            Self::PermissionDenied(_) => {
                "give the daemon CAP_NET_ADMIN (root, `setcap`, `--cap-add NET_ADMIN`), or set manage_addresses = false \
                 and the addresses by hand"
            }
            Self::NoVlans(_) => {
                "`modprobe 8021q`, for a container on its host; or give the peering a link of its own and remove \
                 `encapsulation`"
            }
            Self::TakesNoVlans(_) => "name an Ethernet link: a port, a veth, a bond or a bridge",
            Self::NameTaken(_) => {
                "rename or remove that interface (`ip -d link`), or name another `interface`"
            }
            Self::Refused { .. } | Self::Unreadable(_) => "see the kernel's log, and `ip address`",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtnetlink::packet_core::ErrorMessage;
    use std::num::NonZeroI32;

    fn said_by(has_vlans: bool, wish: &Wish, errno: i32) -> String {
        let mut answer = ErrorMessage::default();
        answer.code = NonZeroI32::new(-errno);
        wish.clone().refused(&Error::NetlinkError(answer), || has_vlans).to_string()
    }

    fn said(wish: &Wish, errno: i32) -> String {
        said_by(false, wish, errno)
    }

    #[test]
    fn a_refusal_says_what_the_kernel_lacks_and_the_remedy() {
        let eth1_100 = Interface::Vlan { link: "eth1".to_owned(), tag: 100 };
        let vlan = Wish::Vlan(eth1_100.clone());
        assert_eq!(said(&vlan, libc::EOPNOTSUPP), "eth1.100 cannot be made: this kernel has no 802.1Q");
        assert_eq!(said_by(true, &vlan, libc::EOPNOTSUPP), "eth1.100 cannot be made: eth1 takes no VLANs");
        assert!(LinkFault::NoVlans(eth1_100.clone()).remedy().starts_with("`modprobe 8021q`"));
        assert_eq!(said(&vlan, libc::EPERM), "eth1.100 cannot be made: permission denied");
        assert!(said(&vlan, libc::EBUSY).starts_with("eth1.100 cannot be made: Device or resource busy"));
        assert_eq!(
            LinkFault::NoInterface(vlan).to_string(),
            "eth1.100 waits for the interface eth1, which is not there"
        );

        let address = "172.16.0.2/30".parse().unwrap();
        let address = Wish::Address(LinkAddress { interface: eth1_100, address });
        assert_eq!(said(&address, libc::EPERM), "172.16.0.2/30 cannot be put on eth1.100: permission denied");
        // The same answer to another question.
        assert!(said(&address, libc::EOPNOTSUPP).contains("put on eth1.100: Operation not supported"));
    }
}
