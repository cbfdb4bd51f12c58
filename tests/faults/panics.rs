//! An error in the program: a task of the real daemon panics, asked to by a build with `fault-injection`.

use crate::{
    daemon::{Daemon, Descriptors},
    innocent::Innocent,
    lab::{
        self,
        edge::SeenRoute,
        expect::{all_established, is_the_same_session, next_hops},
        failure::{Outcome, ensure},
        msee::Msee,
        plan::{Circuit, Peering, Plan, private_prefixes},
        wait::until,
    },
    peer::Peer,
    plan,
};
use msee::{api::schema::SessionState, azure::Router, cli::gen_ce::Kind, family::Family};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

/// Whose task dies.
const VICTIM: &str = "ams-1/private/primary";
/// Those beside it: the other router's half of the same peering, and another customer's.
const OTHERS: [&str; 3] = ["ams-1/private/secondary", "fra-1/private/primary", "fra-1/private/secondary"];

/// Two customers, each with a private peering.
fn two_customers() -> Plan {
    let mut plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    let second = Circuit {
        name: "fra-1",
        peerings: vec![Peering { asn: 65020, ..Peering::private(1).ipv4_only() }],
        ..plan.circuits[0].clone()
    };
    plan.circuits.push(second);
    plan
}

#[test]
fn a_panic_in_one_attachment_is_counted_and_reported_and_no_router_beside_it_notices() {
    lab::run(&[Kind::Bird], two_customers(), |lab| {
        let msee = lab.msee()?;
        let prefixes = private_prefixes(10);
        let (ours, theirs) = prefixes.split_at(5);
        let victim = lab.edge(Kind::Bird, VICTIM, ours)?;
        let [same, primary, secondary] = OTHERS;
        let others = [
            lab.edge(Kind::Bird, same, ours)?,
            lab.edge(Kind::Bird, primary, theirs)?,
            lab.edge(Kind::Bird, secondary, theirs)?,
        ];
        all_established(&msee)?;
        for address in ["10.64.4.1", "10.64.9.1"] {
            next_hops(&msee, address, 2)?;
        }
        let sessions =
            || OTHERS.iter().map(|other| msee.established(other, "ipv4")).collect::<Outcome<Vec<_>>>();
        let seen = || {
            let routes = others.iter().map(|edge| edge.received_routes(edge.msee(Family::Ipv4)?));
            routes.collect::<Outcome<Vec<Vec<SeenRoute>>>>()
        };
        let (before, told) = (sessions()?, seen()?);
        // The second death in a row waits for longer.
        for (deaths, pause) in [(1, "1 s"), (2, "2 s")] {
            panics(&msee, VICTIM)?;
            until("the death is counted", || {
                let status = msee.status()?;
                ensure!(status["taskRestarts"] == deaths, "{status}");
                Ok(())
            })?;
            let reported = msee.event(VICTIM, "TaskRestarted").is_ok();
            let log = msee.log()?;
            let said = format!("the task has died and is started again in {pause}: ");
            ensure!(reported && log.contains(&said) && log.contains("a test wants it"), "{log}");
            until("the victim is back", || {
                let session = msee.established(VICTIM, "ipv4")?;
                ensure!(session.pfx_rcd.ipv4 == 5, "{session:?}");
                Ok(())
            })?;
            ensure!(victim.is_established(victim.msee(Family::Ipv4)?)?, "the victim's router has no session");
            next_hops(&msee, "10.64.4.1", 2)?;
        }
        for (before, after) in before.iter().zip(sessions()?) {
            is_the_same_session(before, &after)?;
        }
        let after = seen()?;
        ensure!(after == told, "the others' routers see {after:?} instead of {told:?}");
        for edge in &others {
            let heard = edge.notifications(edge.msee(Family::Ipv4)?)?;
            ensure!(heard.is_empty(), "another router was told {heard:?}");
        }
        Ok(())
    });
}

#[test]
fn a_panic_behind_the_routers_ends_the_daemon_and_tells_every_router() {
    lab::run(&[Kind::Bird], two_customers(), |lab| {
        let mut msee = lab.msee()?;
        let victims = [lab.edge(Kind::Bird, VICTIM, &[])?, lab.edge(Kind::Bird, OTHERS[1], &[])?];
        let is_up = |router: Router| move |attachment: &str| attachment.ends_with(&router.to_string());
        until("both primaries are Established", || {
            let sessions = msee.sessions()?;
            let mut primaries = sessions.iter().filter(|session| is_up(Router::Primary)(&session.attachment));
            ensure!(primaries.all(|session| session.state == "Established"), "{sessions:?}");
            Ok(())
        })?;
        panics(&msee, "backbone")?;
        let status = msee.ended()?;
        ensure!(!status.success(), "the daemon ended with {status}");
        let log = msee.log()?;
        ensure!(log.contains("the backbone's task has died") && log.contains("a test wants it"), "{log}");
        for edge in &victims {
            let neighbor = edge.msee(Family::Ipv4)?;
            until("the router has been told", || {
                let heard = edge.notifications(neighbor)?;
                // Cease, Administrative Shutdown (RFC 4486).
                let told =
                    heard.iter().any(|notification| (notification.code, notification.subcode) == (6, 2));
                ensure!(told, "{heard:?}");
                Ok(())
            })?;
        }
        Ok(())
    });
}

fn panics(msee: &Msee, victim: &str) -> Outcome {
    let answer = msee.request("POST", &format!("/v1/faults/panic/{victim}"))?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(())
}

/// What the endpoint answers, up to the end of the connection.
fn post(control: SocketAddr, path: &str) -> Outcome<String> {
    let mut caller = TcpStream::connect(control)?;
    write!(caller, "POST {path} HTTP/1.1\r\nHost: {control}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    caller.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn forty_attachments_and_as_many_requests_that_panic_at_once_leave_nothing_behind() {
    const VICTIMS: usize = 40;
    let tested = || {
        let plan = plan::Plan::circuits(VICTIMS + 1);
        let mut daemon = Daemon::start(&plan, Descriptors::Inherited)?;
        let (innocents, victims) = (&plan.circuits[VICTIMS], &plan.circuits[..VICTIMS]);
        let innocent = Innocent::establish(innocents)?;
        let peers = victims.iter().map(Peer::established).collect::<Outcome<Vec<_>>>()?;
        let before = daemon.descriptors()?;
        for victim in victims {
            post(plan.control(), "/v1/faults/panic/request")?;
            let answer = post(plan.control(), &format!("/v1/faults/panic/{}", victim.attachment()?))?;
            ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
        until("every death is counted", || {
            let deaths = daemon.status()?.task_restarts;
            ensure!(deaths == VICTIMS as u64, "{deaths} deaths");
            Ok(())
        })?;
        drop(peers);
        let back = victims.iter().map(|victim| until("the victim is back", || Peer::established(victim)));
        let back = back.collect::<Outcome<Vec<_>>>()?;
        until("no descriptor is left behind", || {
            let now = daemon.descriptors()?;
            ensure!(now <= before, "{now} descriptors, {before} before");
            Ok(())
        })?;
        let log = daemon.log()?;
        let requests = log.matches("a request's task has died; the others go on").count();
        ensure!(requests == VICTIMS, "{requests} deaths of requests in the log: {log}");
        daemon.lives()?;
        let session = daemon.session(innocents)?;
        let counts = (session.connections_established, session.connections_dropped);
        ensure!(session.state == SessionState::Established && counts == (1, 0), "{session:?}");
        drop(back);
        innocent.end()
    };
    if let Err(failure) = tested() {
        panic!("{failure}");
    }
}
