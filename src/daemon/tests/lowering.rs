//! From the plan to the settings of what runs.

use super::*;
use crate::{
    attachment::{AdminState, Advertise},
    backbone::Mode,
    daemon::lower,
    family::PerFamily,
    policy::Rules,
    session::Opening,
    transport::{Hops, Signing},
    wire::NextHop,
};

/// The settings of the first attachment.
fn lowered(plan: &Plan) -> attachment::Settings {
    lower::attachment(plan.transit, &plan.attachments[0]).unwrap()
}

#[test]
fn an_attachment_is_what_the_plan_says() {
    let circuit = Circuit::new("ams-1", 0);
    let settings = lowered(&plan(&text(&[&circuit.with("shared_key = \"s3cretKey\"")])));
    assert_eq!(settings.id.to_string(), circuit.id(0));
    assert_eq!((settings.state, settings.advertise), (AdminState::Enabled, Advertise::Yes));
    let [session] = settings.sessions.as_slice() else { panic!("{:?}", settings.sessions) };
    assert_eq!(session.local_endpoint, SocketAddr::new(circuit.msee[0].into(), PORT));
    assert_eq!(session.peer_endpoint, SocketAddr::new(circuit.edge[0].into(), PORT));
    assert_eq!((session.bgp.local_asn.get(), session.bgp.peer_asn.get()), (12076, 65010));
    assert_eq!(session.bgp.opening, Opening::Passive);
    assert_eq!((session.options.signing(), session.options.hops), (Signing::Md5, Hops::Single));
    assert_eq!(session.import.local_address, session.local_address);
    assert_eq!(session.import.rules, Rules::Azure(crate::azure::PeeringKind::Private));
    let next_hop = Some(NextHop::V4([172, 16, 0, 2].into()));
    assert_eq!(session.export.next_hop, PerFamily { ipv4: next_hop, ipv6: None });
}

#[test]
fn an_open_transit_has_its_own_rules() {
    let circuit = Circuit::new("ams-1", 0);
    let azure = plan(&text(&[&circuit]));
    let transit = plan(&format!("[lab]\nopen_transit = true\n{}", text(&[&circuit])));
    assert_eq!((lower::mode(&azure), lower::mode(&transit)), (Mode::Azure, Mode::Transit));
    assert_eq!(lowered(&transit).sessions[0].import.rules, Rules::Transit);
}

#[test]
fn a_network_is_linked_to_the_circuits_that_name_it() {
    let (one, other) = (Circuit::new("one", 0), Circuit::new("other", 1));
    let weighted = "virtual_networks = [{ name = \"hub\", routing_weight = 100 }]";
    let text = text(&[&one, &other]).replacen("virtual_networks = [\"hub\"]", weighted, 1);
    let topology = lower::topology(&plan(&text));
    let [hub] = topology.networks.as_slice() else { panic!("{topology:?}") };
    let links: Vec<_> = hub.links.iter().map(|link| (link.circuit.as_str(), link.routing_weight)).collect();
    assert_eq!((hub.name.as_str(), links), ("hub", vec![("one", 100), ("other", 0)]));
    assert_eq!(hub.address_space, ["10.1.0.0/16".parse().unwrap()]);
}
