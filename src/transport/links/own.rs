//! Addresses that the daemon puts on links, and takes away again.
//!
//! Each is marked with a number of its own as the address's protocol (`IFA_PROTO`, Linux 5.18), so that a daemon that was
//! killed finds at its next start what it had left behind. `ip address` shows it as `proto 0x4d`.

use futures_util::{TryStreamExt, future};
use ipnet::IpNet;
use rtnetlink::{
    Handle, LinkUnspec,
    packet_route::{
        address::{AddressAttribute, AddressFlags, AddressMessage, AddressProtocol},
        link::{LinkAttribute, LinkFlags},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::IpAddr,
};

/// The mark of our addresses: M. The kernel's own numbers are below 4.
const MARK: AddressProtocol = AddressProtocol::Other(b'M');

/// An address on a link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkAddress {
    /// The name of the interface.
    pub interface: String,
    /// The address, with the length of its subnet.
    pub address: IpNet,
}

/// Why an address is not where it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// There is no such link, or not yet.
    #[error("{address} waits for the interface {interface}, which is not there")]
    NoInterface {
        /// Its name.
        interface: String,
        /// What shall be put on it.
        address: IpNet,
    },
    /// Addresses are the administrator's.
    #[error("{address} cannot be put on {interface}: permission denied")]
    PermissionDenied {
        /// The link.
        interface: String,
        /// The address.
        address: IpNet,
    },
    /// Anything else.
    #[error("{address} cannot be put on {interface}: {cause}")]
    Refused {
        /// The link.
        interface: String,
        /// The address.
        address: IpNet,
        /// What the kernel said.
        cause: String,
    },
    /// The kernel does not say which links there are.
    #[error("links and addresses cannot be read: {0}")]
    Unreadable(String),
}

impl LinkFault {
    /// What an operator can do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NoInterface { .. } => {
                "nothing, if the interface comes later: the address follows it; else correct `interface`"
            }
            Self::PermissionDenied { .. } => {
                "give the daemon CAP_NET_ADMIN (root, `setcap`, `--cap-add NET_ADMIN`), or set manage_addresses = false \
                 and the addresses by hand"
            }
            Self::Refused { .. } | Self::Unreadable(_) => "see the kernel's log, and `ip address`",
        }
    }
}

/// The way to the kernel, and what was put on links.
#[derive(Debug)]
pub struct OwnAddresses {
    handle: Handle,
    held: BTreeSet<LinkAddress>,
}

/// A link as the kernel knows it.
struct Link {
    index: u32,
    is_up: bool,
}

impl OwnAddresses {
    /// Nothing is set yet. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// If there is no netlink socket to be had.
    pub fn open() -> io::Result<Self> {
        let (connection, handle, _) = rtnetlink::new_connection()?;
        tokio::spawn(connection);
        Ok(Self { handle, held: BTreeSet::new() })
    }

    /// Puts on the links what is wanted and is not there, with the links up, and takes away what is ours and not wanted.
    ///
    /// Only links that are wanted now or were before are touched; an address that somebody else has put there is left as
    /// it is, now and in the end. Returns what could not be done; all else is.
    pub async fn settle(&mut self, wanted: &BTreeSet<LinkAddress>) -> Vec<LinkFault> {
        match self.settle_links(wanted).await {
            Ok(faults) => faults,
            Err(error) => vec![LinkFault::Unreadable(error.to_string())],
        }
    }

    async fn settle_links(
        &mut self,
        wanted: &BTreeSet<LinkAddress>,
    ) -> Result<Vec<LinkFault>, rtnetlink::Error> {
        let links = self.links().await?;
        let mut there = BTreeSet::new();
        for (found, message) in self.addresses(&links).await? {
            let concerns_us = wanted.iter().chain(&self.held).any(|own| own.interface == found.interface);
            let ours =
                self.held.contains(&found) || message.attributes.contains(&AddressAttribute::Protocol(MARK));
            if concerns_us && ours && !wanted.contains(&found) {
                // If it is gone already, that is what was wanted.
                let _ = self.handle.address().del(message).execute().await;
                self.held.remove(&found);
            } else {
                if ours {
                    self.held.insert(found.clone());
                }
                there.insert(found);
            }
        }
        let mut faults = Vec::new();
        for own in wanted {
            let LinkAddress { interface, address } = own.clone();
            let Some(link) = links.get(&interface) else {
                self.held.remove(own);
                faults.push(LinkFault::NoInterface { interface, address });
                continue;
            };
            if let Err(error) = self.put(own, link, there.contains(own)).await {
                faults.push(fault(interface, address, &error));
            }
        }
        Ok(faults)
    }

    async fn put(&mut self, own: &LinkAddress, link: &Link, is_there: bool) -> Result<(), rtnetlink::Error> {
        if !link.is_up {
            self.handle.link().set(LinkUnspec::new_with_index(link.index).up().build()).execute().await?;
        }
        if is_there {
            return Ok(());
        }
        let mut request = self.handle.address().add(link.index, own.address.addr(), own.address.prefix_len());
        let message = request.message_mut();
        message.attributes.push(AddressAttribute::Protocol(MARK));
        if own.address.addr().is_ipv6() {
            // Nobody else has the router's address on a link of two, and TCP need not wait for the detection.
            message.attributes.push(AddressAttribute::Flags(AddressFlags::Nodad));
        }
        request.execute().await?;
        self.held.insert(own.clone());
        Ok(())
    }

    /// Takes away all that is ours.
    pub async fn leave(mut self) {
        self.settle(&BTreeSet::new()).await;
    }

    async fn links(&self) -> Result<BTreeMap<String, Link>, rtnetlink::Error> {
        let named = |message: rtnetlink::packet_route::link::LinkMessage| {
            let link =
                Link { index: message.header.index, is_up: message.header.flags.contains(LinkFlags::Up) };
            let name = message.attributes.into_iter().find_map(|attribute| match attribute {
                LinkAttribute::IfName(name) => Some(name),
                _ => None,
            });
            future::ready(Ok(name.map(|name| (name, link))))
        };
        self.handle.link().get().execute().try_filter_map(named).try_collect().await
    }

    async fn addresses(
        &self,
        links: &BTreeMap<String, Link>,
    ) -> Result<Vec<(LinkAddress, AddressMessage)>, rtnetlink::Error> {
        let found: Vec<AddressMessage> = self.handle.address().get().execute().try_collect().await?;
        let on_links = found.into_iter().filter_map(|message| {
            let (interface, _) = links.iter().find(|(_, link)| link.index == message.header.index)?;
            let address = IpNet::new(own_end(&message)?, message.header.prefix_len).ok()?;
            Some((LinkAddress { interface: interface.clone(), address }, message))
        });
        Ok(on_links.collect())
    }
}

/// On a point-to-point link `IFA_ADDRESS` is the other end, and `IFA_LOCAL` ours.
fn own_end(message: &AddressMessage) -> Option<IpAddr> {
    let local = message.attributes.iter().find_map(|attribute| match attribute {
        AddressAttribute::Local(address) => Some(*address),
        _ => None,
    });
    local.or_else(|| {
        message.attributes.iter().find_map(|attribute| match attribute {
            AddressAttribute::Address(address) => Some(*address),
            _ => None,
        })
    })
}

fn fault(interface: String, address: IpNet, error: &rtnetlink::Error) -> LinkFault {
    let rtnetlink::Error::NetlinkError(message) = error else {
        return LinkFault::Refused { interface, address, cause: error.to_string() };
    };
    let source = message.to_io();
    match source.kind() {
        io::ErrorKind::PermissionDenied => LinkFault::PermissionDenied { interface, address },
        _ => LinkFault::Refused { interface, address, cause: source.to_string() },
    }
}
