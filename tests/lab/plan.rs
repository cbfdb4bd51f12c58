//! What a test configures: virtual networks and circuits, as the daemon's TOML and as the customer's routers.

use super::failure::{Failure, Outcome};
use ::msee::{
    azure::{AttachmentId, LinkSubnet, PeeringKind, Router, SharedKey},
    cli::gen_ce,
    config,
    family::Family,
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{
    fmt::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::Path,
};

/// Short enough that a lost peer is seen within a test.
const TIMERS: gen_ce::Timers = gen_ce::Timers { hold_s: 9, keepalive_s: 3, connect_retry_s: 1 };

/// Everything that one `lab.toml` says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// TOML that stands before everything else.
    pub(crate) preamble: String,
    pub(crate) virtual_networks: Vec<VirtualNetwork>,
    pub(crate) circuits: Vec<Circuit>,
    pub(crate) transit: Transit,
}

/// `[lab] open_transit`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Transit {
    /// Azure's rules.
    #[default]
    Azure,
    /// Plain eBGP between all peerings.
    Open,
}

/// A `[[virtual_network]]`.
#[derive(Clone, Debug)]
pub(crate) struct VirtualNetwork {
    pub(crate) name: &'static str,
    pub(crate) address_space: Vec<&'static str>,
    /// More lines of TOML.
    pub(crate) settings: String,
}

/// A `[[circuit]]`.
#[derive(Clone, Debug)]
pub(crate) struct Circuit {
    pub(crate) name: &'static str,
    pub(crate) sku: &'static str,
    pub(crate) virtual_networks: Vec<String>,
    pub(crate) peerings: Vec<Peering>,
    /// More lines of TOML.
    pub(crate) settings: String,
}

/// A `[[circuit.peering]]` on both routers.
#[derive(Clone, Debug)]
pub(crate) struct Peering {
    pub(crate) kind: PeeringKind,
    pub(crate) asn: u32,
    pub(crate) vlan: u16,
    /// Primary and secondary /30.
    pub(crate) ipv4: Option<[LinkSubnet; 2]>,
    /// Primary and secondary /126.
    pub(crate) ipv6: Option<[LinkSubnet; 2]>,
    /// The key that the daemon is told.
    pub(crate) shared_key: Option<SharedKey>,
    /// The key that the customer's router has.
    pub(crate) customer_key: CustomerKey,
    pub(crate) timers: gen_ce::Timers,
    /// More lines of TOML.
    pub(crate) settings: String,
}

/// One end-to-end connection of the lab.
pub(crate) struct Link {
    pub(crate) attachment: AttachmentId,
    pub(crate) subnets: Vec<LinkSubnet>,
}

/// The key of a customer's router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CustomerKey {
    /// The daemon's.
    Same,
    /// Another one, or none.
    Other(Option<SharedKey>),
}

/// Whether both sides of a test sign their segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    Unsigned,
    Md5,
}

impl Plan {
    /// One circuit `ams-1` with these peerings, linked to the virtual network `hub` (10.1.0.0/16, fd00:1::/48).
    pub(crate) fn one_circuit(peerings: Vec<Peering>) -> Self {
        let hub = VirtualNetwork::new("hub", &["10.1.0.0/16", "fd00:1::/48"]);
        Self {
            circuits: vec![Circuit {
                name: "ams-1",
                sku: "Standard_MeteredData",
                virtual_networks: vec![hub.name.to_owned()],
                peerings,
                settings: String::new(),
            }],
            preamble: String::new(),
            virtual_networks: vec![hub],
            transit: Transit::Azure,
        }
    }

    /// The same with another SKU for every circuit.
    #[must_use]
    pub(crate) fn with_sku(mut self, sku: &'static str) -> Self {
        self.circuits.iter_mut().for_each(|circuit| circuit.sku = sku);
        self
    }

    /// The same with more lines of TOML for every circuit.
    #[must_use]
    pub(crate) fn with_circuit_settings(mut self, lines: &str) -> Self {
        for circuit in &mut self.circuits {
            circuit.settings += lines;
            circuit.settings.push('\n');
        }
        self
    }

    /// The same with more TOML before everything else.
    #[must_use]
    pub(crate) fn with_preamble(mut self, toml: &str) -> Self {
        self.preamble += toml;
        self.preamble.push('\n');
        self
    }

    /// Every link, in the order of the file, primary before secondary.
    pub(crate) fn links(&self) -> Vec<Link> {
        let of_circuit = |circuit: &Circuit| {
            let name = circuit.name;
            circuit
                .peerings
                .iter()
                .flat_map(move |peering| Router::ALL.map(|router| peering.link(name, router)))
                .collect::<Vec<_>>()
        };
        self.circuits.iter().flat_map(of_circuit).flatten().collect()
    }

    /// The router at the customer's end of a link: what `msee gen ce` makes of the daemon's own configuration file.
    pub(crate) fn customer_edge(
        &self,
        attachment: &AttachmentId,
        announced: &[IpNet],
    ) -> Outcome<gen_ce::CustomerEdge> {
        let loaded = config::parse("lab.toml", &self.to_toml(), Path::new("."))?;
        let choice = gen_ce::Choice {
            circuit: Some(attachment.circuit.clone()),
            kind: Some(attachment.kind),
            routers: vec![attachment.router],
        };
        let mut edge = gen_ce::CustomerEdge::of_plan(&loaded.plan, &choice, announced.to_vec())?;
        if let CustomerKey::Other(key) = &self.peering(attachment)?.customer_key {
            edge.sessions.iter_mut().for_each(|session| session.shared_key.clone_from(key));
        }
        Ok(edge)
    }

    fn peering(&self, attachment: &AttachmentId) -> Outcome<&Peering> {
        let circuit = self.circuits.iter().find(|circuit| circuit.name == attachment.circuit.as_str());
        let peering = circuit
            .and_then(|circuit| circuit.peerings.iter().find(|peering| peering.kind == attachment.kind));
        peering.ok_or_else(|| format!("the plan has no {attachment}").into())
    }

    /// The daemon's configuration file.
    pub(crate) fn to_toml(&self) -> String {
        let mut out = format!("{}\n", self.preamble);
        if self.transit == Transit::Open {
            out.push_str("[lab]\nopen_transit = true\n\n");
        }
        for network in &self.virtual_networks {
            let _ = writeln!(out, "[[virtual_network]]\nname = {:?}", network.name);
            let _ = writeln!(out, "address_space = {:?}\n{}\n", network.address_space, network.settings);
        }
        for circuit in &self.circuits {
            let _ = writeln!(out, "[[circuit]]\nname = {:?}\nsku = {:?}", circuit.name, circuit.sku);
            out.push_str(&circuit.settings);
            let _ = writeln!(out, "virtual_networks = {:?}\n", circuit.virtual_networks);
            for peering in &circuit.peerings {
                peering.write_toml(&mut out);
            }
        }
        out
    }
}

impl VirtualNetwork {
    pub(crate) fn new(name: &'static str, address_space: &[&'static str]) -> Self {
        Self { name, address_space: address_space.to_vec(), settings: String::new() }
    }
}

impl Peering {
    /// Private peering of the n-th circuit: AS 65010, 172.16.n.0/30 and .4/30, fd99:n::/126 and ::4/126.
    pub(crate) fn private(n: u8) -> Self {
        Self::new(PeeringKind::Private, 100, &format!("172.16.{n}."), &format!("fd99:{n}::"))
    }

    /// Microsoft peering of the n-th circuit, on public addresses.
    pub(crate) fn microsoft(n: u8) -> Self {
        Self::new(PeeringKind::Microsoft, 300, &format!("193.0.{n}."), &format!("2001:67c:2e8:{n}::"))
    }

    /// Public peering of the n-th circuit, on public addresses.
    pub(crate) fn public(n: u8) -> Self {
        Self { ipv6: None, ..Self::new(PeeringKind::Public, 200, &format!("193.1.{n}."), "2001:67c:2e9::") }
    }

    fn new(kind: PeeringKind, vlan: u16, ipv4: &str, ipv6: &str) -> Self {
        let link = |address: String| match address.parse::<IpAddr>() {
            Ok(address) => LinkSubnet::around(address),
            Err(error) => panic!("the test's own address {address}: {error}"),
        };
        Self {
            kind,
            asn: 65010,
            vlan,
            ipv4: Some([link(format!("{ipv4}1")), link(format!("{ipv4}5"))]),
            ipv6: Some([link(format!("{ipv6}1")), link(format!("{ipv6}5"))]),
            shared_key: None,
            customer_key: CustomerKey::Same,
            timers: TIMERS,
            settings: String::new(),
        }
    }

    /// The same without its IPv6 sessions.
    #[must_use]
    pub(crate) fn ipv4_only(mut self) -> Self {
        self.ipv6 = None;
        self
    }

    /// The same with one key on both sides, or with none.
    #[must_use]
    pub(crate) fn signed(mut self, signing: Signing) -> Self {
        self.shared_key = match signing {
            Signing::Unsigned => None,
            Signing::Md5 => Some(key("s3cretKey")),
        };
        self
    }

    /// The same with a key for the daemon and another one, or none, for the customer.
    #[must_use]
    pub(crate) fn with_keys(mut self, ours: &str, customers: Option<&str>) -> Self {
        self.shared_key = Some(key(ours));
        self.customer_key = CustomerKey::Other(customers.map(key));
        self
    }

    /// The same with another line of TOML.
    #[must_use]
    pub(crate) fn setting(mut self, line: &str) -> Self {
        self.settings += line;
        self.settings.push('\n');
        self
    }

    /// The subnets of the peering's link to a router, IPv4 first.
    pub(crate) fn subnets(&self, router: Router) -> Vec<LinkSubnet> {
        let pick = |[primary, secondary]: [LinkSubnet; 2]| match router {
            Router::Primary => primary,
            Router::Secondary => secondary,
        };
        [self.ipv4, self.ipv6].into_iter().flatten().map(pick).collect()
    }

    /// The daemon's address on a link.
    pub(crate) fn msee_address(&self, router: Router, family: Family) -> Outcome<IpAddr> {
        let subnets = self.subnets(router);
        let subnet = subnets.iter().find(|subnet| subnet.family() == family);
        Ok(subnet.ok_or_else(|| Failure::from(format!("the peering has no {family}")))?.msee())
    }

    fn link(&self, circuit: &str, router: Router) -> Option<Link> {
        let circuit = circuit.parse().ok()?;
        let attachment = AttachmentId { circuit, kind: self.kind, router };
        Some(Link { attachment, subnets: self.subnets(router) })
    }

    fn write_toml(&self, out: &mut String) {
        let timers = self.timers;
        let _ = writeln!(out, "[[circuit.peering]]\nkind = \"{}\"", self.kind);
        let _ = writeln!(out, "peer_asn = {}\nvlan_id = {}", self.asn, self.vlan);
        for (prefix, subnets) in [("", self.ipv4), ("ipv6_", self.ipv6)] {
            if let Some([primary, secondary]) = subnets {
                let _ = writeln!(out, "{prefix}primary_peer_address_prefix = \"{primary}\"");
                let _ = writeln!(out, "{prefix}secondary_peer_address_prefix = \"{secondary}\"");
            }
        }
        if let Some(key) = &self.shared_key {
            let _ = writeln!(out, "shared_key = {:?}", key.expose());
        }
        let _ = writeln!(
            out,
            "timers = {{ hold_s = {}, keepalive_s = {}, connect_retry_s = {}, idle_hold_s = 1 }}",
            timers.hold_s, timers.keepalive_s, timers.connect_retry_s
        );
        let _ = writeln!(out, "{}", self.settings);
    }
}

fn key(text: &str) -> SharedKey {
    match text.parse() {
        Ok(key) => key,
        Err(error) => panic!("the test's own key: {error}"),
    }
}

/// `count` prefixes of the RFC 1918 block 10.0.0.0/8, /24 each, from 10.64.0.0/24 on: none of them in `hub`.
pub(crate) fn private_prefixes(count: u32) -> Vec<IpNet> {
    numbered_prefixes(Ipv4Addr::new(10, 64, 0, 0), count)
}

/// `count` prefixes of the ULA block fd10::/16, /48 each: none of them in `hub`.
pub(crate) fn private_ipv6_prefixes(count: u32) -> Vec<IpNet> {
    let net = |n: u32| Ipv6Net::new_assert(Ipv6Addr::from_bits((0xfd10 << 112) | (u128::from(n) << 80)), 48);
    (0..count).map(|n| net(n).into()).collect()
}

/// `count` public /24 from 11.0.0.0/24 on, for peerings that refuse private ones.
pub(crate) fn public_prefixes(count: u32) -> Vec<IpNet> {
    numbered_prefixes(Ipv4Addr::new(11, 0, 0, 0), count)
}

fn numbered_prefixes(first: Ipv4Addr, count: u32) -> Vec<IpNet> {
    let net = |n: u32| Ipv4Net::new_assert(Ipv4Addr::from_bits(first.to_bits() + (n << 8)), 24);
    (0..count).map(|n| net(n).into()).collect()
}
