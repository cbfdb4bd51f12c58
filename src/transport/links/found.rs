//! Links and addresses as the kernel tells of them.

use super::{Interface, LinkAddress};
use futures_util::{TryStreamExt, future};
use ipnet::IpNet;
use rtnetlink::{
    Error, Handle,
    packet_route::{
        address::{AddressAttribute, AddressMessage, AddressProtocol},
        link::{InfoData, InfoVlan, LinkAttribute, LinkFlags, LinkInfo, LinkMessage},
    },
};
use std::{collections::BTreeMap, net::IpAddr};

/// The mark of our addresses and VLANs: M. The kernel's own numbers for addresses are below 4; links are in group 0 unless
/// somebody has put them in another.
pub(super) const MARK: u8 = b'M';

/// The links, by their names.
#[derive(Debug)]
pub(super) struct Links(BTreeMap<String, Link>);

/// A link.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) index: u32,
    pub(super) is_up: bool,
    /// The tag, and the index of the link that it is on; `None` if this is no VLAN.
    pub(super) vlan: Option<(u16, u32)>,
    pub(super) is_marked: bool,
}

/// An address.
#[derive(Debug)]
pub(super) struct Address {
    /// The name of the interface that it is on.
    pub(super) interface: String,
    pub(super) net: IpNet,
    pub(super) is_marked: bool,
    /// As the kernel takes it back.
    pub(super) message: AddressMessage,
}

impl Links {
    /// All of this network namespace.
    pub(super) async fn read(handle: &Handle) -> Result<Self, Error> {
        let named = |message: LinkMessage| future::ready(Ok(Link::read(message)));
        handle.link().get().execute().try_filter_map(named).try_collect().await.map(Self)
    }

    pub(super) fn named(&self, name: &str) -> Option<&Link> {
        self.0.get(name)
    }

    fn with_index(&self, index: u32) -> Option<&str> {
        self.0.iter().find(|(_, link)| link.index == index).map(|(name, _)| name.as_str())
    }

    /// The VLANs that were made by us, also by a daemon that was killed.
    pub(super) fn marked_vlans(&self) -> impl Iterator<Item = (Interface, u32)> {
        self.0.values().filter(|link| link.is_marked).filter_map(|link| {
            let (tag, below) = link.vlan?;
            Some((Interface::Vlan { link: self.with_index(below)?.to_owned(), tag }, link.index))
        })
    }

    /// True if the link with that name is what the interface shall be.
    pub(super) fn is(&self, found: &Link, interface: &Interface) -> bool {
        match interface {
            Interface::Link(_) => true,
            Interface::Vlan { link, tag } => found
                .vlan
                .is_some_and(|(its, below)| its == *tag && self.with_index(below) == Some(link.as_str())),
        }
    }

    /// The addresses on them.
    pub(super) async fn addresses(&self, handle: &Handle) -> Result<Vec<Address>, Error> {
        let found: Vec<AddressMessage> = handle.address().get().execute().try_collect().await?;
        let on_links = found.into_iter().filter_map(|message| {
            let interface = self.with_index(message.header.index)?.to_owned();
            let net = IpNet::new(own_end(&message)?, message.header.prefix_len).ok()?;
            let mark = AddressAttribute::Protocol(AddressProtocol::Other(MARK));
            Some(Address { interface, net, is_marked: message.attributes.contains(&mark), message })
        });
        Ok(on_links.collect())
    }
}

impl Link {
    fn read(message: LinkMessage) -> Option<(String, Self)> {
        let mut name = None;
        let (mut below, mut tag) = (None, None);
        let mut is_marked = false;
        for attribute in message.attributes {
            match attribute {
                LinkAttribute::IfName(text) => name = Some(text),
                LinkAttribute::Link(index) => below = Some(index),
                LinkAttribute::Group(group) => is_marked = group == u32::from(MARK),
                LinkAttribute::LinkInfo(kind) => tag = kind.iter().find_map(vlan_id),
                _ => {}
            }
        }
        let header = message.header;
        let is_up = header.flags.contains(LinkFlags::Up);
        Some((name?, Self { index: header.index, is_up, vlan: tag.zip(below), is_marked }))
    }
}

fn vlan_id(kind: &LinkInfo) -> Option<u16> {
    let LinkInfo::Data(InfoData::Vlan(data)) = kind else { return None };
    data.iter().find_map(|item| match item {
        InfoVlan::Id(tag) => Some(*tag),
        _ => None,
    })
}

impl Address {
    pub(super) fn is(&self, own: &LinkAddress) -> bool {
        self.net == own.address && self.interface == own.interface.to_string()
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
