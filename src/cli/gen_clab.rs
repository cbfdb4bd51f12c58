//! `msee gen clab`: a configuration as a topology that containerlab deploys.
//!
//! Pure text: a [`Topology`] is made of a plan and prints as YAML. The pair is one node; every router of the customer is
//! one, FRR on primary links and BIRD on secondary ones; every attachment is a link, as a provider hands its VLAN over.

use super::gen_ce::Kind;
use crate::{
    asn::Asn,
    azure::{AttachmentId, CircuitName, LinkSubnet, PeeringKind, Router},
    config::plan::{Attachment, Plan, Session},
};
use ipnet::IpNet;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::IpAddr,
    path::Path,
};

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

/// A cable from the pair to a router of the customer. Interfaces are called `eth1` and so on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    attachment: AttachmentId,
    msee: Port,
    edge: Port,
    edge_name: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Port {
    number: usize,
    addresses: Vec<IpNet>,
}

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
            topology.attach(attachment, several_asns(plan, &attachment.id.circuit))?;
        }
        if topology.links.is_empty() { Err(NoTopology::NoLink) } else { Ok(topology) }
    }

    fn attach(&mut self, attachment: &Attachment, by_peering: bool) -> Result<(), NoTopology> {
        let id = &attachment.id;
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
        self.links.push(Link {
            attachment: id.clone(),
            msee: Port {
                number: self.links.len() + 1,
                addresses: addresses(|session| session.local_endpoint.ip()),
            },
            edge: Port {
                number: self.links_of(&name).count() + 1,
                addresses: addresses(|session| session.peer_endpoint.ip()),
            },
            edge_name: name,
        });
        Ok(())
    }

    fn links_of(&self, edge: &str) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(move |link| link.edge_name == edge)
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
        for Link { attachment, msee, edge, edge_name } in &self.links {
            writeln!(
                f,
                "    - endpoints: [\"msee:eth{}\", \"{edge_name}:eth{}\"] # {attachment}",
                msee.number, edge.number
            )?;
        }
        Ok(())
    }
}

impl Topology {
    fn write_pair(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "    msee:\n      kind: linux\n      image: msee")?;
        writeln!(f, "      binds: [{}]", quoted(&format!("{}:/etc/msee/msee.toml:ro", self.config)))?;
        writeln!(f, "      # Its image has nothing but msee: the host gives the links their addresses.")?;
        writeln!(f, "      stages:\n        create-links:\n          exec:")?;
        for link in &self.links {
            for address in &link.msee.addresses {
                let (lab, number) = (&self.name, link.msee.number);
                writeln!(
                    f,
                    "            - command: ip -n clab-{lab}-msee address add {address} dev eth{number}"
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
        for Link { edge: port, .. } in self.links_of(name) {
            for address in &port.addresses {
                writeln!(f, "        - ip address add {address} dev eth{}", port.number)?;
            }
        }
        Ok(())
    }

    /// The first edge once more, as routers that no Debian package has.
    fn write_vendors(&self, edge: &Edge, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &edge.name;
        let addresses: BTreeMap<usize, String> = self
            .links_of(name)
            .map(|link| {
                let addresses: Vec<_> = link.edge.addresses.iter().map(IpNet::to_string).collect();
                (link.edge.number, addresses.join(", "))
            })
            .collect();
        writeln!(
            f,
            "\n    # A vendor's router in the place of {name}: one of these blocks instead of the one above, with"
        )?;
        writeln!(f, "    # its own configuration, which also sets the addresses of the links:")?;
        for (number, addresses) in addresses {
            writeln!(f, "    #   eth{number}: {addresses}")?;
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
        let numbers: Vec<_> = topology.links_of("ce-ams-1-primary").map(|link| link.edge.number).collect();
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
