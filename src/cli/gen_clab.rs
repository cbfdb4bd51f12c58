//! `msee gen clab`: a configuration as a topology that containerlab deploys.
//!
//! Pure text: a [`Topology`] is made of a plan and prints as YAML. The pair is one node; every router of the customer is
//! one, FRR on primary links and BIRD on secondary ones. Every attachment is a link, as a provider hands its VLAN over;
//! attachments that the configuration puts on one interface share a link, each with its tag if it has one.

use super::gen_ce::Kind;
use crate::{
    asn::Asn,
    azure::{AttachmentId, CircuitName, LinkSubnet, PeeringKind, Router, VlanId},
    config::plan::{Attachment, Plan, Session},
};
use ipnet::IpNet;
use std::{collections::BTreeSet, fmt, net::IpAddr, path::Path};

/// What containerlab deploys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Topology {
    name: String,
    /// The configuration of msee, as a path from the topology's file.
    config: String,
    edges: Vec<Edge>,
    links: Vec<Link>,
}

/// A router of the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edge {
    name: String,
    circuit: CircuitName,
    router: Router,
    /// Only this peering ends here, as the others of the circuit are with another AS.
    peering: Option<PeeringKind>,
    asn: Asn,
}

/// A cable from the pair to a router of the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    /// The pair's interface: the configuration's, else `eth1` and so on.
    interface: String,
    edge_name: String,
    /// The number of the edge's interface, `eth1` and so on.
    edge_port: usize,
    /// Never empty.
    carried: Vec<Carried>,
}

/// What a link carries of one attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Carried {
    attachment: AttachmentId,
    tag: Option<VlanId>,
    set_by: SetBy,
    msee: Vec<IpNet>,
    edge: Vec<IpNet>,
}

/// Who puts the pair's addresses on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SetBy {
    /// The daemon, as `manage_addresses` says.
    Daemon,
    /// The host that containerlab runs on.
    Host,
}

/// Where the configuration puts the addresses of an attachment; `None` if somebody else does.
type Place<'a> = Option<(&'a str, Option<VlanId>)>;

/// A configuration that no topology can be made of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoTopology {
    /// No peering has a session.
    #[error("there is no peering with a link; `msee check` counts what there is")]
    NoLink,
    /// A lab on one machine, or addresses of the file's own.
    #[error(
        "the ends of {0} are not on one link of their own; give it {primary_or_secondary}, and no addresses and endpoints",
        primary_or_secondary = format!("{}_peer_address_prefix", .0.router)
    )]
    NotALink(AttachmentId),
    /// Its families end in two places.
    #[error("the sessions of {0} are on several interfaces; give them one")]
    SeveralInterfaces(AttachmentId),
    /// A cable has two ends.
    #[error(
        "{interface} would be a cable to the routers of both {one} and {other}; give each an interface of its own"
    )]
    Shared {
        /// The pair's interface.
        interface: String,
        /// What it is a link of.
        one: AttachmentId,
        /// What it shall be a link of as well.
        other: AttachmentId,
    },
    /// The name becomes part of containers' and hosts' names.
    #[error(
        "{0:?} is no name for a lab: it has letters, digits and hyphens, and begins and ends with no hyphen"
    )]
    Name(String),
}

impl Topology {
    /// The pair of a plan with everything that it has links to.
    ///
    /// `config`: where the plan comes from, as a path from the topology's file.
    ///
    /// # Errors
    /// [`NoTopology`] for a plan without links, or whose links are no interfaces.
    pub(super) fn of_plan(plan: &Plan, name: &str, config: &Path) -> Result<Self, NoTopology> {
        let hyphen_free = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if name.is_empty() || !name.chars().all(hyphen_free) || name.starts_with('-') || name.ends_with('-') {
            return Err(NoTopology::Name(name.to_owned()));
        }
        let mut topology = Self {
            name: name.to_owned(),
            config: config.display().to_string(),
            edges: vec![],
            links: vec![],
        };
        for attachment in plan.attachments.iter().filter(|attachment| !attachment.sessions.is_empty()) {
            topology.attach(attachment, plan)?;
        }
        if topology.links.is_empty() { Err(NoTopology::NoLink) } else { Ok(topology) }
    }

    fn attach(&mut self, attachment: &Attachment, plan: &Plan) -> Result<(), NoTopology> {
        let id = &attachment.id;
        let by_peering = several_asns(plan, &id.circuit);
        let is_a_link = |session: &Session| {
            let [msee, customer] = [session.local_endpoint.ip(), session.peer_endpoint.ip()];
            !msee.is_loopback() && LinkSubnet::around(msee) == LinkSubnet::around(customer)
        };
        if !attachment.sessions.iter().all(is_a_link) {
            return Err(NoTopology::NotALink(id.clone()));
        }
        let peering = by_peering.then_some(id.kind);
        let peering_name = peering.map_or_else(String::new, |kind| format!("-{kind}"));
        let name = format!("ce-{}{peering_name}-{}", id.circuit, id.router).replace(['_', '.'], "-");
        if !self.edges.iter().any(|edge| edge.name == name) {
            let (circuit, asn) = (id.circuit.clone(), attachment.peer_asn);
            self.edges.push(Edge { name: name.clone(), circuit, router: id.router, peering, asn });
        }
        let addresses = |end: fn(&Session) -> IpAddr| {
            let nets: BTreeSet<_> =
                attachment.sessions.iter().map(|session| on_the_link(end(session))).collect();
            nets.into_iter().collect()
        };
        let place = place(attachment)?;
        let carried = Carried {
            attachment: id.clone(),
            tag: place.and_then(|(_, tag)| tag),
            set_by: if place.is_some() { SetBy::Daemon } else { SetBy::Host },
            msee: addresses(|session| session.local_endpoint.ip()),
            edge: addresses(|session| session.peer_endpoint.ip()),
        };
        let interface = match place {
            Some((interface, _)) => interface.to_owned(),
            None => self.free_interface(plan),
        };
        if let Some(link) = self.links.iter_mut().find(|link| link.interface == interface) {
            if link.edge_name != name {
                let one = link.carried.first().map_or_else(|| id.clone(), |first| first.attachment.clone());
                return Err(NoTopology::Shared { interface, one, other: id.clone() });
            }
            link.carried.push(carried);
            return Ok(());
        }
        let edge_port = self.links_of(&name).count() + 1;
        self.links.push(Link { interface, edge_name: name, edge_port, carried: vec![carried] });
        Ok(())
    }

    /// The first of `eth1`, `eth2` and so on that neither a link nor the configuration has.
    fn free_interface(&self, plan: &Plan) -> String {
        let sessions = plan.attachments.iter().flat_map(|attachment| &attachment.sessions);
        let managed: BTreeSet<&str> =
            sessions.filter_map(|session| Some(session.managed.as_ref()?.interface.as_str())).collect();
        let is_free = |name: &String| {
            !managed.contains(name.as_str()) && self.links.iter().all(|link| link.interface != *name)
        };
        // One more than there are names that may be taken.
        let numbers = 1..=self.links.len() + managed.len() + 1;
        numbers.map(|number| format!("eth{number}")).find(is_free).unwrap_or_default()
    }

    fn links_of(&self, edge: &str) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(move |link| link.edge_name == edge)
    }
}

fn place(attachment: &Attachment) -> Result<Place<'_>, NoTopology> {
    fn of(session: &Session) -> Place<'_> {
        session.managed.as_ref().map(|managed| (managed.interface.as_str(), managed.vlan_id))
    }
    let places: BTreeSet<Place<'_>> = attachment.sessions.iter().map(of).collect();
    match places.len() {
        0 | 1 => Ok(places.into_iter().next().flatten()),
        _ => Err(NoTopology::SeveralInterfaces(attachment.id.clone())),
    }
}

/// Whether a circuit's peerings are with several ASNs, which no single router can be.
fn several_asns(plan: &Plan, circuit: &CircuitName) -> bool {
    let of_circuit = plan.attachments.iter().filter(|attachment| attachment.id.circuit == *circuit);
    of_circuit.map(|attachment| attachment.peer_asn).collect::<BTreeSet<_>>().len() > 1
}

/// An address with the length of the link's subnet.
fn on_the_link(address: IpAddr) -> IpNet {
    let length = LinkSubnet::around(address).net().prefix_len();
    IpNet::new(address, length).unwrap_or_else(|_| address.into())
}

impl Edge {
    fn kind(&self) -> Kind {
        match self.router {
            Router::Primary => Kind::Frr,
            Router::Secondary => Kind::Bird,
        }
    }

    /// The arguments of `msee gen ce` that print its configuration, after the kind.
    fn choice(&self) -> String {
        let peering = self.peering.map_or_else(String::new, |kind| format!(" --peering {kind}"));
        format!("--circuit {}{peering} --router {}", self.circuit, self.router)
    }
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A JSON string is a YAML string, and has no line break that would end a comment.
        let config = quoted(&self.config);
        writeln!(
            f,
            "# The MSEE pair and the routers of its customers, for containerlab. Printed by: msee gen clab"
        )?;
        writeln!(f, "# Images, in the repository of msee:")?;
        writeln!(f, "#   docker build -t msee .")?;
        writeln!(f, "#   docker build -t msee-ce-frr --target frr examples/frr-bird")?;
        writeln!(f, "#   docker build -t msee-ce-bird --target bird examples/frr-bird")?;
        writeln!(f, "# The routers' configurations, beside this file; PREFIX is what a router announces:")?;
        for edge in &self.edges {
            let (kind, choice, name) = (edge.kind(), edge.choice(), &edge.name);
            writeln!(
                f,
                "#   msee gen ce --kind {kind} -c {config} {choice} --announce PREFIX > {name}.conf"
            )?;
        }
        writeln!(
            f,
            "# Then: containerlab deploy -t FILE; docker exec clab-{}-msee msee show sessions",
            self.name
        )?;
        writeln!(f, "name: {}\n\ntopology:\n  nodes:", self.name)?;
        self.write_pair(f)?;
        for edge in &self.edges {
            self.write_edge(edge, f)?;
        }
        if let Some(edge) = self.edges.first() {
            self.write_vendors(edge, f)?;
        }
        writeln!(f, "\n  links:")?;
        for Link { interface, edge_name, edge_port, carried } in &self.links {
            let carried: Vec<_> = carried.iter().map(|carried| carried.attachment.to_string()).collect();
            writeln!(
                f,
                "    - endpoints: [\"msee:{interface}\", \"{edge_name}:eth{edge_port}\"] # {}",
                carried.join(", ")
            )?;
        }
        Ok(())
    }
}

impl Topology {
    fn write_pair(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "    msee:\n      kind: linux\n      image: msee")?;
        writeln!(f, "      binds: [{}]", quoted(&format!("{}:/etc/msee/msee.toml:ro", self.config)))?;
        let set_by = |who| {
            let carried = self.links.iter().flat_map(|link| link.carried.iter().map(move |it| (link, it)));
            carried.filter(move |(_, carried)| carried.set_by == who)
        };
        if set_by(SetBy::Daemon).next().is_some() {
            // The image has no names of users.
            writeln!(f, "      user: \"0\" # root, to put its addresses on the links: manage_addresses")?;
        }
        if set_by(SetBy::Host).next().is_none() {
            return Ok(());
        }
        writeln!(f, "      # Its image has nothing but msee: the host gives the links their addresses.")?;
        writeln!(f, "      stages:\n        create-links:\n          exec:")?;
        for (Link { interface, .. }, carried) in set_by(SetBy::Host) {
            for address in &carried.msee {
                let lab = &self.name;
                writeln!(
                    f,
                    "            - command: ip -n clab-{lab}-msee address add {address} dev {interface}"
                )?;
                writeln!(f, "              target: host\n              phase: on-exit")?;
            }
        }
        Ok(())
    }

    fn write_edge(&self, edge: &Edge, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, kind) = (&edge.name, edge.kind());
        writeln!(f, "\n    {name}: # AS {}", edge.asn)?;
        writeln!(f, "      kind: linux\n      image: msee-ce-{kind}")?;
        writeln!(f, "      binds: [\"{name}.conf:/etc/{kind}/{kind}.conf:ro\"]\n      exec:")?;
        for Link { edge_port, carried, .. } in self.links_of(name) {
            for Carried { tag, edge: addresses, .. } in carried {
                let interface = edge_interface(*edge_port, *tag);
                if let Some(tag) = tag {
                    writeln!(
                        f,
                        "        - ip link add link eth{edge_port} name {interface} type vlan id {tag}"
                    )?;
                    writeln!(f, "        - ip link set {interface} up")?;
                }
                for address in addresses {
                    writeln!(f, "        - ip address add {address} dev {interface}")?;
                }
            }
        }
        Ok(())
    }

    /// The first edge once more, as routers that no Debian package has.
    fn write_vendors(&self, edge: &Edge, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &edge.name;
        let addresses = self.links_of(name).flat_map(|link| {
            link.carried.iter().map(|carried| {
                let addresses: Vec<_> = carried.edge.iter().map(IpNet::to_string).collect();
                (edge_interface(link.edge_port, carried.tag), addresses.join(", "))
            })
        });
        writeln!(
            f,
            "\n    # A vendor's router in the place of {name}: one of these blocks instead of the one above, with"
        )?;
        writeln!(f, "    # its own configuration, which also sets the addresses of the links:")?;
        for (interface, addresses) in addresses {
            writeln!(f, "    #   {interface}: {addresses}")?;
        }
        for (title, kind, image) in [
            ("Nokia SR Linux; the links' eth1 is e1-1 there", "nokia_srlinux", "srlinux"),
            ("Arista cEOS, from the archive that Arista offers", "arista_ceos", "ceos"),
            ("Cisco IOS XRv 9000, an image that vrnetlab has built", "cisco_xrv9k", "vrnetlab/cisco_xrv9k"),
            (
                "Juniper vJunos-router, an image that vrnetlab has built",
                "juniper_vjunosrouter",
                "vrnetlab/juniper_vjunos-router",
            ),
        ] {
            writeln!(
                f,
                "    #\n    # {title}:\n    # {name}:\n    #   kind: {kind}\n    #   image: {image}"
            )?;
            writeln!(f, "    #   startup-config: {name}.cfg")?;
        }
        Ok(())
    }
}

/// `eth1`, or `eth1.100` for a VLAN of it.
fn edge_interface(port: usize, tag: Option<VlanId>) -> String {
    tag.map_or_else(|| format!("eth{port}"), |tag| format!("eth{port}.{tag}"))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use std::collections::HashSet;
    use yaml_rust2::{Yaml, YamlLoader};

    fn topology(file: &str) -> Result<Topology, NoTopology> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        Topology::of_plan(&config::load(&path).unwrap().plan, "lab", Path::new(file))
    }

    #[test]
    fn three_peerings_end_on_one_router_per_link() {
        let topology = topology("examples/frr-bird/three-peerings.toml").unwrap();
        let names: Vec<_> = topology.edges.iter().map(|edge| edge.name.as_str()).collect();
        assert_eq!(names, ["ce-ams-1-primary", "ce-ams-1-secondary"]);
        let numbers: Vec<_> = topology.links_of("ce-ams-1-primary").map(|link| link.edge_port).collect();
        assert_eq!(numbers, [1, 2, 3]);
    }

    #[test]
    fn every_configuration_gives_yaml_whose_links_end_on_nodes_each_interface_once() {
        for name in ["minimal", "private-peering", "microsoft-peering", "public-peering", "enterprise"] {
            let printed = topology(&format!("config/{name}.toml")).unwrap().to_string();
            let yaml = &YamlLoader::load_from_str(&printed).unwrap()[0];
            let nodes = yaml["topology"]["nodes"].as_hash().unwrap();
            assert!(nodes.values().all(|node| node["kind"].as_str() == Some("linux")), "{printed}");
            let links = yaml["topology"]["links"].as_vec().unwrap();
            let ends: Vec<_> = links.iter().flat_map(|link| link["endpoints"].as_vec().unwrap()).collect();
            assert_eq!(ends.iter().collect::<HashSet<_>>().len(), 2 * links.len(), "{printed}");
            for end in ends {
                let (node, _) = end.as_str().unwrap().split_once(':').unwrap();
                assert!(nodes.contains_key(&Yaml::from_str(node)), "{node}: {printed}");
            }
        }
    }

    #[test]
    fn what_the_daemon_sets_itself_nobody_else_does_and_tags_share_a_cable() {
        let managed = |routers: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/frr-bird/three-peerings.toml");
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.replace("[daemon]\n", &format!("{routers}\n[daemon]\nmanage_addresses = true\n"));
            let plan = config::parse("lab", &text, path.parent().unwrap()).unwrap().plan;
            Topology::of_plan(&plan, "lab", Path::new("msee.toml"))
        };
        let tagged = "interface = \"eth1\"\nencapsulation = \"Dot1Q\"";
        let topology = managed(&format!("[routers.primary]\n{tagged}")).unwrap();
        let ends: Vec<_> = topology.links.iter().map(|link| (&*link.interface, link.carried.len())).collect();
        assert_eq!(ends, [("eth1", 3), ("eth2", 1), ("eth3", 1), ("eth4", 1)]);
        let printed = topology.to_string();
        YamlLoader::load_from_str(&printed).unwrap();
        for line in [
            "      user: \"0\" # root, to put its addresses on the links: manage_addresses\n",
            "        - ip link add link eth1 name eth1.300 type vlan id 300\n",
            "        - ip address add 193.0.20.1/30 dev eth1.300\n",
            "            - command: ip -n clab-lab-msee address add 193.0.20.10/30 dev eth",
        ] {
            assert!(printed.contains(line), "{line} is not in:\n{printed}");
        }
        assert!(!printed.contains("address add 193.0.20.2/30"), "the daemon does that:\n{printed}");

        let both = managed(&format!("[routers.primary]\n{tagged}\n[routers.secondary]\n{tagged}"));
        assert!(
            matches!(&both, Err(NoTopology::Shared { interface, .. }) if interface == "eth1"),
            "{both:?}"
        );
    }

    #[test]
    fn what_has_no_links_is_refused_with_a_remedy() {
        for file in ["examples/bird-on-loopback/msee.toml", "examples/churn/msee.toml"] {
            let refused = topology(file).unwrap_err();
            assert!(refused.to_string().contains("give it primary_peer_address_prefix"), "{refused}");
        }
        for name in ["", "a b", "-a", "a\nb"] {
            let plan = config::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("config/minimal.toml"))
                .unwrap()
                .plan;
            assert_eq!(Topology::of_plan(&plan, name, Path::new("x")), Err(NoTopology::Name(name.into())));
        }
    }
}
