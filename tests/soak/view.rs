//! Who announces what: a map, and how a peer makes one of what it is told.

use crate::{
    lab::failure::{Outcome, ensure},
    octets,
    peer::{Heard, Peer},
    plan::Circuit,
};
use ipnet::IpNet;
use msee::api::schema::Route;
use std::{collections::HashMap, ops::Range, sync::Mutex};

/// The number of a route's attributes: a route that changes gets another one, which its only community carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version(u32);

impl Version {
    pub(crate) const FIRST: Self = Self(1);

    /// The next one; well-known communities (RFC 1997) are years away.
    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }

    pub(crate) fn is_ahead_of(self, other: Self, by: u32) -> bool {
        self.0 > other.0 + by
    }
}

/// Routes by their prefix, 10.x.y.0/24.
#[derive(Debug, Default)]
pub(crate) struct View {
    routes: HashMap<[u8; 2], Version>,
    newest: Version,
    updates: u64,
}

/// Prefixes that are announced in one UPDATE.
const PER_UPDATE: usize = 500;

/// x and y of the prefix with a number.
fn prefix(number: u16) -> [u8; 2] {
    let [high, low] = number.to_be_bytes();
    [high + 64, low]
}

impl View {
    /// Has a peer announce routes, and notes them.
    pub(crate) fn announce(
        &mut self,
        peer: &mut Peer,
        circuit: &Circuit,
        numbers: Range<u16>,
        version: Version,
    ) -> Outcome {
        let community = octets::attribute(0xC0, 8, &version.0.to_be_bytes());
        let attributes = [octets::mandatory(circuit), community].concat();
        for numbers in numbers.collect::<Vec<_>>().chunks(PER_UPDATE) {
            let prefixes: Vec<_> = numbers.iter().map(|number| prefix(*number)).collect();
            let nlri = prefixes.iter().flat_map(|[second, third]| octets::prefix(*second, *third));
            peer.send(&octets::update(&attributes, &nlri.collect::<Vec<_>>()))?;
            self.routes.extend(prefixes.into_iter().map(|prefix| (prefix, version)));
        }
        Ok(())
    }

    /// Has a peer withdraw a route, and notes it.
    pub(crate) fn withdraw(&mut self, peer: &mut Peer, number: u16) -> Outcome {
        let [second, third] = prefix(number);
        peer.send(&octets::update_with(&octets::prefix(second, third), &[], &[]))?;
        self.routes.remove(&[second, third]);
        Ok(())
    }

    /// Notes that the session of these routes is lost.
    pub(crate) fn forget(&mut self, numbers: Range<u16>) {
        for number in numbers {
            self.routes.remove(&prefix(number));
        }
    }

    /// Notes a route that the daemon shows.
    pub(crate) fn note(&mut self, route: &Route) -> Outcome {
        let IpNet::V4(network) = route.network else { return Err(format!("{route:?}").into()) };
        let [_, second, third, _] = network.addr().octets();
        let [community] = &route.communities[..] else { return Err(format!("{route:?}").into()) };
        let (high, low) = community.split_once(':').ok_or_else(|| format!("{route:?}"))?;
        let version = u32::from(high.parse::<u16>()?) << 16 | u32::from(low.parse::<u16>()?);
        self.routes.insert([second, third], Version(version));
        Ok(())
    }

    /// The highest version that there ever was.
    pub(crate) const fn newest(&self) -> Version {
        self.newest
    }

    /// The routes with these numbers.
    pub(crate) fn part(&self, numbers: Range<u16>) -> Self {
        let of = |number| Some((prefix(number), *self.routes.get(&prefix(number))?));
        Self { routes: numbers.filter_map(of).collect(), newest: self.newest, updates: self.updates }
    }

    pub(crate) fn is_the_same_as(&self, other: &Self) -> Outcome {
        let differs = |(prefix, version): &(&[u8; 2], &Version)| other.routes.get(*prefix) != Some(version);
        let wrong = self.routes.iter().filter(differs).count();
        let (here, there) = (self.routes.len(), other.routes.len());
        ensure!(wrong == 0 && here == there, "{here} routes, {wrong} of them wrong, instead of {there}");
        Ok(())
    }

    /// UPDATEs that were heard.
    pub(crate) const fn updates(&self) -> u64 {
        self.updates
    }

    fn hear(&mut self, withdrawn: &[u8], attributes: &[u8], nlri: &[u8]) {
        self.updates += 1;
        // Prefixes of another length are the virtual network's.
        let prefixes = |octets: &[u8]| -> Vec<[u8; 2]> {
            octets.as_chunks::<4>().0.iter().filter(|net| net[0] == 24).map(|net| [net[2], net[3]]).collect()
        };
        for prefix in prefixes(withdrawn) {
            self.routes.remove(&prefix);
        }
        // The community is the last attribute.
        let Some(version) = attributes.last_chunk::<4>() else { return };
        let version = Version(u32::from_be_bytes(*version));
        for prefix in prefixes(nlri) {
            self.newest = Version(self.newest.0.max(version.0));
            self.routes.insert(prefix, version);
        }
    }
}

/// Notes what a peer is told until its connection ends.
pub(crate) fn watch(mut peer: Peer, told: &Mutex<View>) -> Outcome {
    loop {
        // Silence is not wrong: while nothing changes there is nothing to tell.
        let Some(heard) = peer.try_hear()? else { continue };
        match heard {
            Heard::Update { withdrawn, attributes, nlri } => {
                let mut told = told.lock().map_err(|_| "the test has failed")?;
                told.hear(&withdrawn, &attributes, &nlri);
            }
            Heard::Closed | Heard::Reset => return Ok(()),
            Heard::Notification(notification) => return Err(format!("told {notification}").into()),
            Heard::Open(_) | Heard::Keepalive | Heard::RouteRefresh => {}
        }
    }
}
