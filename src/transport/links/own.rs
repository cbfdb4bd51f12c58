//! Addresses that the daemon puts on links, and takes away again, with the VLANs that it makes for them.
//!
//! Each is marked with a number of its own: an address as its protocol (`IFA_PROTO`, Linux 5.18), a VLAN as the group that
//! it is in. So a daemon that was killed finds at its next start what it had left behind. `ip address` shows `proto 0x4d`,
//! `ip link` shows `group 77`.

use super::{
    Interface, LinkAddress, LinkFault, Wish,
    found::{Address, Link, Links, MARK},
};
use rtnetlink::{
    Error, Handle, LinkUnspec, LinkVlan,
    packet_route::address::{AddressAttribute, AddressFlags, AddressProtocol},
};
use std::{collections::BTreeSet, io, path::Path};

/// The way to the kernel, and what was put on links.
#[derive(Debug)]
pub struct OwnAddresses {
    handle: Handle,
    held: BTreeSet<LinkAddress>,
    /// The VLANs that were made.
    vlans: BTreeSet<Interface>,
}

/// Whether the kernel has 802.1Q loaded or built in.
fn has_vlans() -> bool {
    Path::new("/proc/net/vlan").exists()
}

impl OwnAddresses {
    /// Nothing is set yet. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// If there is no netlink socket to be had.
    pub fn open() -> io::Result<Self> {
        let (connection, handle, _) = rtnetlink::new_connection()?;
        tokio::spawn(connection);
        Ok(Self { handle, held: BTreeSet::new(), vlans: BTreeSet::new() })
    }

    /// Puts on the links what is wanted and is not there, with the links up, and takes away what is ours and not wanted.
    ///
    /// Only links that are wanted now or were before are touched; an address or a VLAN that somebody else has put there is
    /// left as it is, now and in the end. Returns what could not be done; all else is.
    pub async fn settle(&mut self, wanted: &BTreeSet<LinkAddress>) -> Vec<LinkFault> {
        match self.settle_links(wanted).await {
            Ok(faults) => faults,
            Err(error) => vec![LinkFault::Unreadable(error.to_string())],
        }
    }

    async fn settle_links(&mut self, wanted: &BTreeSet<LinkAddress>) -> Result<Vec<LinkFault>, Error> {
        let mut links = Links::read(&self.handle).await?;
        self.take_away_vlans(wanted, &links).await;
        let mut faults = Vec::new();
        let mut missing = BTreeSet::new();
        for vlan in wanted.iter().map(|own| &own.interface).collect::<BTreeSet<_>>() {
            if let Interface::Vlan { link, tag } = vlan
                && let Err(fault) = self.make(vlan, link, *tag, &links).await
            {
                faults.push(fault);
                missing.insert(vlan);
            }
        }
        if !self.vlans.is_empty() {
            links = Links::read(&self.handle).await?;
        }
        let there = self.take_away_addresses(wanted, &links).await?;
        for own in wanted.iter().filter(|own| !missing.contains(&own.interface)) {
            let wish = || Wish::Address(own.clone());
            let Some(link) = links.named(&own.interface.to_string()) else {
                self.held.remove(own);
                faults.push(LinkFault::NoInterface(wish()));
                continue;
            };
            let is_there = there.iter().any(|found| found.is(own));
            if let Err(error) = self.put(own, link, is_there).await {
                faults.push(wish().refused(&error, has_vlans));
            }
        }
        Ok(faults)
    }

    /// Makes a VLAN that is not there yet.
    async fn make(&mut self, vlan: &Interface, link: &str, tag: u16, links: &Links) -> Result<(), LinkFault> {
        let wish = || Wish::Vlan(vlan.clone());
        match links.named(&vlan.to_string()) {
            Some(found) if links.is(found, vlan) => {
                if found.is_marked {
                    self.vlans.insert(vlan.clone());
                }
                return Ok(());
            }
            Some(_) => return Err(LinkFault::NameTaken(vlan.clone())),
            None => {}
        }
        let below = links.named(link).ok_or_else(|| LinkFault::NoInterface(wish()))?;
        let message = LinkVlan::new(&vlan.to_string(), below.index, tag).link_group(u32::from(MARK)).build();
        // A VLAN comes up on a link that is up, and not before.
        let made = match self.bring_up(below).await {
            Ok(()) => self.handle.link().add(message).execute().await,
            Err(error) => Err(error),
        };
        made.map_err(|error| wish().refused(&error, has_vlans))?;
        self.vlans.insert(vlan.clone());
        Ok(())
    }

    async fn take_away_vlans(&mut self, wanted: &BTreeSet<LinkAddress>, links: &Links) {
        for (vlan, index) in links.marked_vlans() {
            let concerns_us =
                self.vlans.contains(&vlan) || wanted.iter().any(|own| own.interface.link() == vlan.link());
            if concerns_us && !wanted.iter().any(|own| own.interface == vlan) {
                // Its addresses go with it. If it is gone already, that is what was wanted.
                let _ = self.handle.link().del(index).execute().await;
            }
        }
        self.vlans.retain(|vlan| wanted.iter().any(|own| own.interface == *vlan));
        self.held.retain(|own| matches!(own.interface, Interface::Link(_)) || wanted.contains(own));
    }

    /// Takes away addresses that are ours and not wanted; returns those that are left.
    async fn take_away_addresses(
        &mut self,
        wanted: &BTreeSet<LinkAddress>,
        links: &Links,
    ) -> Result<Vec<Address>, Error> {
        let mut left = Vec::new();
        for found in links.addresses(&self.handle).await? {
            let mut known = wanted.iter().chain(&self.held);
            let concerns_us = known.any(|own| own.interface.to_string() == found.interface);
            let held = self.held.iter().find(|own| found.is(own)).cloned();
            let wish = wanted.iter().find(|own| found.is(own));
            let ours = held.is_some() || found.is_marked;
            match wish {
                None if concerns_us && ours => {
                    // If it is gone already, that is what was wanted.
                    let _ = self.handle.address().del(found.message).execute().await;
                    self.held.retain(|own| Some(own) != held.as_ref());
                    continue;
                }
                Some(own) if ours => {
                    self.held.insert(own.clone());
                }
                _ => {}
            }
            left.push(found);
        }
        Ok(left)
    }

    async fn bring_up(&self, link: &Link) -> Result<(), Error> {
        if link.is_up {
            return Ok(());
        }
        self.handle.link().set(LinkUnspec::new_with_index(link.index).up().build()).execute().await
    }

    async fn put(&mut self, own: &LinkAddress, link: &Link, is_there: bool) -> Result<(), Error> {
        self.bring_up(link).await?;
        if is_there {
            return Ok(());
        }
        let mut request = self.handle.address().add(link.index, own.address.addr(), own.address.prefix_len());
        let message = request.message_mut();
        message.attributes.push(AddressAttribute::Protocol(AddressProtocol::Other(MARK)));
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
}
