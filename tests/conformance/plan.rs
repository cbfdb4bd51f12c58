//! The configuration of a test: circuits with one session each, all on loopback addresses that no other test uses.

#![allow(dead_code, reason = "the fault suite uses it too, and each its own part")]

use crate::lab::failure::Outcome;
use msee::azure::AttachmentId;
use std::{
    fmt::Write,
    net::{Ipv4Addr, SocketAddr},
    process,
    sync::atomic::{AtomicU8, Ordering},
};

/// AS of the daemon.
pub(crate) const DAEMON_AS: u16 = 12076;
/// AS of every peer.
pub(crate) const PEER_AS: u16 = 65010;

/// Host number of the daemon's address; those of the peers follow.
const DAEMON: u8 = 1;
/// Host number of the first circuit's peer.
const FIRST_PEER: u8 = 10;
/// Circuits that fit into one network.
const PER_NETWORK: usize = 240;

/// Who opens the TCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialling {
    /// The peer.
    Peer,
    /// Both sides.
    Both,
}

/// Whether TTL security (RFC 5082) is configured for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TtlSecurity {
    /// It is: what comes with less than 255 is not heard.
    On,
    /// It is not.
    Off,
}

/// A role of RFC 9234.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Provider,
    Rs,
    RsClient,
    Customer,
    Peer,
}

/// Whether the peer must say its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoleMode {
    Lenient,
    Strict,
}

impl Role {
    pub(crate) const ALL: [Self; 5] = [Self::Provider, Self::Rs, Self::RsClient, Self::Customer, Self::Peer];

    /// As it stands in the capability.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Provider => 0,
            Self::Rs => 1,
            Self::RsClient => 2,
            Self::Customer => 3,
            Self::Peer => 4,
        }
    }

    /// What the other side must be.
    pub(crate) const fn opposite(self) -> Self {
        match self {
            Self::Provider => Self::Customer,
            Self::Rs => Self::RsClient,
            Self::RsClient => Self::Rs,
            Self::Customer => Self::Provider,
            Self::Peer => Self::Peer,
        }
    }

    /// The word for it, in which a route server is called `server`.
    pub(crate) const fn word(self, server: &'static str) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Rs => server,
            Self::RsClient => "rs-client",
            Self::Customer => "customer",
            Self::Peer => "peer",
        }
    }
}

/// What the daemon does about a graceful restart (RFC 4724) of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GracefulRestart {
    /// Nothing.
    Off,
    /// It keeps the peer's routes meanwhile.
    Helper,
}

/// How a session is configured, beyond its addresses.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) dialling: Dialling,
    /// The peer's AS.
    pub(crate) asn: u32,
    /// The key for TCP MD5.
    pub(crate) key: Option<&'static str>,
    pub(crate) ttl_security: TtlSecurity,
    /// How many prefixes the peer may announce in each family.
    pub(crate) limit: Option<u32>,
    pub(crate) graceful_restart: GracefulRestart,
    /// `timers.send_hold_s` (RFC 9687).
    pub(crate) send_hold_s: Option<u16>,
    /// What the daemon is to the peer.
    pub(crate) role: Option<(Role, RoleMode)>,
}

impl Default for Seat {
    /// A peer of [`PEER_AS`] that dials.
    fn default() -> Self {
        Self {
            dialling: Dialling::Peer,
            asn: PEER_AS.into(),
            key: None,
            ttl_security: TtlSecurity::Off,
            limit: None,
            graceful_restart: GracefulRestart::Off,
            send_hold_s: None,
            role: None,
        }
    }
}

/// One circuit: its private peering on the primary router, with one session for both families.
#[derive(Clone, Debug)]
pub(crate) struct Circuit {
    network: Network,
    number: u16,
    pub(crate) seat: Seat,
}

/// A /24 of 127.0.0.0/8 and a port: one for each daemon, so that tests and test processes run side by side.
#[derive(Clone, Copy, Debug)]
struct Network {
    octets: [u8; 3],
    port: u16,
}

/// What a daemon is started with.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    network: Network,
    transit: bool,
    /// Where the daemon keeps what operations did.
    state_dir: Option<&'static str>,
    /// Requests a second that one address may send to the control endpoint.
    requests_per_s: Option<u32>,
    /// Of the virtual network `hub`.
    address_space: Vec<&'static str>,
    pub(crate) circuits: Vec<Circuit>,
}

impl Network {
    fn next() -> Self {
        static TAKEN: AtomicU8 = AtomicU8::new(1);
        let [.., high, low] = (process::id() % 250).to_be_bytes();
        debug_assert_eq!(high, 0, "a remainder of 250 has one octet");
        // Below the range from which the kernel takes ports by itself.
        let port = 10_000 + u16::try_from(process::id() / 250 % 20_000).unwrap_or_default();
        Self { octets: [127, low + 1, TAKEN.fetch_add(1, Ordering::Relaxed)], port }
    }

    fn host(self, number: u8) -> Ipv4Addr {
        let [a, b, c] = self.octets;
        Ipv4Addr::new(a, b, c, number)
    }
}

impl Plan {
    /// So many circuits whose peers dial, and a virtual network that is linked with all of them.
    pub(crate) fn circuits(count: usize) -> Self {
        let networks: Vec<_> = (0..count.div_ceil(PER_NETWORK).max(1)).map(|_| Network::next()).collect();
        let circuit = |number: u16| {
            let network = networks[usize::from(number) / PER_NETWORK];
            Circuit { network, number, seat: Seat::default() }
        };
        Self {
            network: networks[0],
            transit: false,
            state_dir: None,
            requests_per_s: None,
            address_space: vec!["10.1.0.0/16"],
            circuits: (0..=u16::MAX).take(count).map(circuit).collect(),
        }
    }

    /// The same as a lab of plain eBGP, in which routes pass between the circuits.
    pub(crate) fn open_transit(self) -> Self {
        Self { transit: true, ..self }
    }

    /// The same with a state directory.
    pub(crate) fn with_state_dir(self, path: &'static str) -> Self {
        Self { state_dir: Some(path), ..self }
    }

    /// The same with a bound on what one address asks of the control endpoint.
    pub(crate) fn with_requests_per_s(self, requests: u32) -> Self {
        Self { requests_per_s: Some(requests), ..self }
    }

    /// The same with another address space for the virtual network.
    pub(crate) fn with_address_space(self, prefixes: &[&'static str]) -> Self {
        Self { address_space: prefixes.to_vec(), ..self }
    }

    /// The daemon's control endpoint.
    pub(crate) fn control(&self) -> SocketAddr {
        (self.network.host(DAEMON), self.network.port + 1).into()
    }

    /// An address of the network that no circuit has.
    pub(crate) fn stranger(&self) -> Ipv4Addr {
        self.network.host(DAEMON + 1)
    }

    pub(crate) fn to_toml(&self) -> String {
        let mut out =
            format!("[daemon]\ncontrol = \"{}\"\n[lab]\nopen_transit = {}\n", self.control(), self.transit);
        if let Some(path) = self.state_dir {
            out = out.replacen("[daemon]\n", &format!("[daemon]\nstate_dir = {path:?}\n"), 1);
        }
        if let Some(requests) = self.requests_per_s {
            out = out.replacen("[daemon]\n", &format!("[daemon]\ncontrol_requests_per_s = {requests}\n"), 1);
        }
        out += "[[virtual_network]]\nname = \"hub\"\n";
        let _ = writeln!(out, "address_space = {:?}", self.address_space);
        for circuit in &self.circuits {
            circuit.write_toml(&mut out);
        }
        out
    }
}

impl Circuit {
    pub(crate) fn name(&self) -> String {
        format!("c{}", self.number)
    }

    pub(crate) fn attachment(&self) -> Outcome<AttachmentId> {
        Ok(format!("{}/private/primary", self.name()).parse()?)
    }

    /// The daemon's address in BGP, and its identifier.
    pub(crate) fn daemon_address() -> Ipv4Addr {
        Ipv4Addr::new(10, 66, 0, 1)
    }

    /// The peer's address in BGP: where its routes point.
    pub(crate) fn peer_address(&self) -> Ipv4Addr {
        let [block, host] = self.place();
        Ipv4Addr::new(10, 66, 16 + block, host)
    }

    /// Where the peer connects from.
    pub(crate) fn source(&self) -> Ipv4Addr {
        let [_, host] = self.place();
        self.network.host(host)
    }

    /// The number of the circuit's network, and of the peer in it.
    fn place(&self) -> [u8; 2] {
        let place = [usize::from(self.number) / PER_NETWORK, usize::from(self.number) % PER_NETWORK];
        let [block, host] = place.map(|part| u8::try_from(part).unwrap_or(u8::MAX));
        [block, FIRST_PEER + host]
    }

    /// Where the daemon listens.
    pub(crate) fn daemon_endpoint(&self) -> SocketAddr {
        (self.network.host(DAEMON), self.network.port).into()
    }

    /// Where the daemon dials, if it does.
    pub(crate) fn peer_endpoint(&self) -> SocketAddr {
        (self.source(), self.network.port).into()
    }

    fn write_toml(&self, out: &mut String) {
        let Seat { asn, key, ttl_security, limit, .. } = &self.seat;
        let passive = self.seat.dialling == Dialling::Peer;
        let _ = writeln!(
            out,
            "[[circuit]]\nname = \"{}\"\nvirtual_networks = [\"hub\"]\n\
             [[circuit.peering]]\nkind = \"private\"\npeer_asn = {asn}\nvlan_id = 100\nsecondary = \"disabled\"\n\
             timers = {{ hold_s = 9, keepalive_s = 3, connect_retry_s = 1, idle_hold_s = 1{} }}\n\
             primary = {{ local_address = \"{}\", peer_address = \"{}\", local_endpoint = \"{}\", \
             peer_endpoint = \"{}\", passive = {passive}, families = [\"ipv4\", \"ipv6\"], \
             ipv6_next_hop = \"fd00:66::1\", ttl_security = {} }}",
            self.name(),
            self.seat.send_hold_s.map_or_else(String::new, |seconds| format!(", send_hold_s = {seconds}")),
            Self::daemon_address(),
            self.peer_address(),
            self.daemon_endpoint(),
            self.peer_endpoint(),
            *ttl_security == TtlSecurity::On,
        );
        if self.seat.graceful_restart == GracefulRestart::Helper {
            *out += "graceful_restart = \"helper\"\n";
        }
        if let Some((role, mode)) = self.seat.role {
            let (role, strict) = (role.word("rs"), mode == RoleMode::Strict);
            let _ = writeln!(out, "bgp_role = {{ role = \"{role}\", strict = {strict} }}");
        }
        if let Some(key) = key {
            let _ = writeln!(out, "shared_key = \"{key}\"");
        }
        if let Some(limit) = limit {
            let _ = writeln!(out, "prefix_limit = {limit}\nipv6_prefix_limit = {limit}");
        }
    }
}
