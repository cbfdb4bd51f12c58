//! The lab itself: each daemon, configured by `msee gen ce` and driven by its driver, against BIRD in the MSEE's place.
//!
//! What fails here is the lab's own fault and not the daemon's under test.

use crate::lab::{
    self, Lab,
    edge::{self, CustomerEdge, Origin, SeenRoute, Site, Text},
    failure::{Outcome, ensure},
    plan::{Peering, Plan, Signing, private_prefixes},
    wait::until,
};
use ::msee::{
    asn::Asn,
    azure::Router,
    cli::gen_ce::{self, Kind},
    family::Family,
};
use ipnet::IpNet;
use std::process::Command;

const ADDRESS_SPACE: [&str; 2] = ["10.1.0.0/16", "fd00:1::/48"];

#[test]
fn bird_is_driven() {
    check(Kind::Bird);
}

#[test]
fn frr_is_driven() {
    check(Kind::Frr);
}

#[test]
fn gobgp_is_driven() {
    check(Kind::Gobgp);
}

#[test]
fn openbgpd_is_driven() {
    check(Kind::Openbgpd);
}

/// The other side of the customer's router: its sessions with both ends exchanged.
fn stand_in(edge: &gen_ce::CustomerEdge, announced: &[IpNet]) -> gen_ce::CustomerEdge {
    let turned = |session: &gen_ce::Session| gen_ce::Session {
        local_address: session.peer_address,
        peer_address: session.local_address,
        peer_asn: edge.asn,
        ..session.clone()
    };
    gen_ce::CustomerEdge {
        hostname: "msee".to_owned(),
        asn: Asn::MICROSOFT_EDGE,
        router_id: [10, 255, 0, 1].into(),
        sessions: edge.sessions.iter().map(turned).collect(),
        announced: announced.to_vec(),
        ..edge.clone()
    }
}

fn check(kind: Kind) {
    let peering = Peering::private(0).signed(Signing::Md5);
    lab::run(&[Kind::Bird, kind], Plan::one_circuit(vec![peering.clone()]), |lab| {
        let address_space = ADDRESS_SPACE.map(str::parse).into_iter().collect::<Result<Vec<IpNet>, _>>()?;
        let mut few = private_prefixes(2);
        few.push("fd10::/48".parse()?);
        let mut customer = lab.edge(kind, "ams-1/private/primary", &few)?;
        eprintln!("{}", customer.version()?);
        let msee = start_stand_in(lab, &stand_in(&customer.site().configuration, &address_space))?;

        for (family, prefix) in Family::ALL.into_iter().zip(&address_space) {
            let next_hop = peering.msee_address(Router::Primary, family)?;
            let want = SeenRoute {
                prefix: *prefix,
                next_hop,
                as_path: "12076".to_owned(),
                origin: Origin::Igp,
                communities: Vec::new(),
            };
            until("the customer sees what is announced to it", || {
                let seen = customer.received_routes(next_hop)?;
                ensure!(seen == [want.clone()], "{seen:?}");
                // One call after the other: a collision, which not every daemon resolves, may lie between them.
                ensure!(customer.is_established(next_hop)?, "{family} is not Established");
                Ok(())
            })?;
        }

        let link = customer.site().configuration.sessions[0].local_address;
        announces(&*msee, link, &few)?;
        let mut many = private_prefixes(200);
        customer.announce(&many)?;
        announces(&*msee, link, &many)?;
        many.remove(100);
        customer.announce(&many)?;
        announces(&*msee, link, &many)?;

        shut_down(&*msee, "see you tomorrow")?;
        let notification = until("the customer shows the NOTIFICATION", || customer.notified(6, 2))?;
        ensure!(notification.text.as_deref() == Some("see you tomorrow"), "{notification:?}");
        Ok(())
    });
}

fn start_stand_in(lab: &Lab, configuration: &gen_ce::CustomerEdge) -> Outcome<Box<dyn CustomerEdge>> {
    let namespace = lab.msee_namespace().name().to_owned();
    let directory = lab.subdirectory("stand-in")?;
    edge::start(
        Kind::Bird,
        Site { namespace, directory, configuration: configuration.clone(), text: Text::Generated },
    )
}

/// Waits until the neighbor's IPv4 prefixes are exactly these.
fn announces(msee: &dyn CustomerEdge, neighbor: std::net::IpAddr, prefixes: &[IpNet]) -> Outcome {
    let want: Vec<_> = prefixes.iter().filter(|net| Family::of(net) == Family::Ipv4).copied().collect();
    until("the customer's prefixes arrive", || {
        let seen = msee.received_routes(neighbor)?;
        ensure!(seen.iter().map(|route| route.prefix).eq(want.iter().copied()), "{} prefixes", seen.len());
        ensure!(seen.iter().all(|route| route.as_path == "65010" && route.origin == Origin::Igp), "{seen:?}");
        Ok(())
    })
}

fn shut_down(msee: &dyn CustomerEdge, text: &str) -> Outcome {
    let socket = msee.site().directory.join("bird.ctl");
    let session = &msee.site().configuration.sessions[0].name;
    let command = format!("disable {session} \"{text}\"");
    lab::process::output(Command::new("birdc").arg("-s").arg(socket).arg(command)).map(drop)
}
