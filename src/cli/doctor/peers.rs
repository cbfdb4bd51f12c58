//! What the peers say while no daemon runs: each is dialled, and its OPEN is read.
//!
//! Nothing is sent, so that no peer waits longer for the session afterwards: after a NOTIFICATION BIRD, for one, would do so
//! for a minute.

use super::check::Check;
use crate::{
    asn::Asn,
    attachment::{AdminState, SessionSettings},
    config::Plan,
    daemon,
    session::Opening,
    transport::{Connection, Dial, Received, connect},
    wire::{Message, Negotiated, Notification, Open},
};
use std::{net::SocketAddr, time::Duration};
use tokio::{task::JoinSet, time::timeout};

/// How long a peer may take to accept the connection, and to speak.
const PATIENCE: Duration = Duration::from_secs(3);
/// Peers that are asked at once.
const AT_ONCE: usize = 64;

/// What a peer does with a connection.
#[derive(Debug, PartialEq, Eq)]
enum Greeting {
    Open(Open),
    Notification(Notification),
    Closed,
    Silent,
    Foreign(String),
}

/// Dials every peer of the plan that listens.
pub(super) async fn checks(plan: &Plan) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut asked = JoinSet::new();
    for wanted in &plan.attachments {
        let Ok(settings) = daemon::settings(plan.transit, wanted) else { continue };
        let enabled = settings.state == AdminState::Enabled;
        for session in settings.sessions {
            let subject = format!("{} {}", settings.id, session.peer_endpoint);
            if !enabled {
                checks.push(Check::left_out("peer", subject, "the peering is disabled"));
            } else if session.bgp.opening == Opening::Passive {
                checks.push(Check::left_out("peer", subject, "only the peer connects (passive)"));
            } else {
                if asked.len() == AT_ONCE {
                    checks.extend(asked.join_next().await.and_then(Result::ok));
                }
                asked.spawn(ask(session, subject));
            }
        }
    }
    checks.extend(asked.join_all().await);
    checks.sort_by(|one, other| one.subject.cmp(&other.subject));
    checks
}

async fn ask(session: SessionSettings, subject: String) -> Check {
    let dial = Dial {
        local: SocketAddr::new(session.local_endpoint.ip(), 0),
        peer: session.peer_endpoint,
        options: session.options,
        timeout: PATIENCE,
    };
    match connect(dial).await {
        Err(error) => Check::failed("peer", subject, error.to_string(), error.remedy()),
        Ok(connection) => judge(&listen(connection).await, session.bgp.peer_asn, subject),
    }
}

/// Waits for the peer's first message.
async fn listen(mut connection: Connection) -> Greeting {
    let first = async {
        loop {
            match Message::decode(connection.received(), Negotiated::BEFORE_OPEN) {
                Ok(None) => {}
                Ok(Some((Message::Open(open), _))) => return Greeting::Open(open),
                Ok(Some((Message::Notification(notification), _))) => {
                    return Greeting::Notification(notification);
                }
                Ok(Some(_)) => return Greeting::Foreign("it does not begin with an OPEN".to_owned()),
                Err(error) => return Greeting::Foreign(error.to_string()),
            }
            if connection.readable().await.is_err() {
                return Greeting::Closed;
            }
            match connection.read() {
                Ok(Received::End) | Err(_) => return Greeting::Closed,
                Ok(_) => {}
            }
        }
    };
    timeout(PATIENCE, first).await.unwrap_or(Greeting::Silent)
}

fn judge(greeting: &Greeting, wanted: Asn, subject: String) -> Check {
    match greeting {
        Greeting::Open(open) if open.asn == wanted => {
            Check::ok("peer", subject, format!("AS {} answers with an OPEN", open.asn))
        }
        Greeting::Open(open) => Check::failed(
            "peer",
            subject,
            format!("the peer says that it is AS {}, and peer_asn is {wanted}", open.asn),
            format!("write peer_asn = {}, or correct the AS of the customer edge", open.asn),
        ),
        Greeting::Notification(notification) => Check::failed(
            "peer",
            subject,
            format!("the peer sends NOTIFICATION {notification}"),
            "see the peer's log; often it has the session shut down, or waits after an error",
        ),
        Greeting::Closed => Check::failed(
            "peer",
            subject,
            "the peer accepts the connection and closes it",
            "often it has no neighbor with our address: compare it with the /30 here; it may also wait after an error",
        ),
        Greeting::Silent => Check::warning(
            "peer",
            subject,
            "the peer accepts the connection and says nothing",
            "check that BGP runs there; a speaker that waits for our OPEN first is in order",
        ),
        Greeting::Foreign(what) => Check::failed(
            "peer",
            subject,
            format!("what answers is not BGP: {what}"),
            "check peer_endpoint: another service listens there",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::PeerOptions;
    use std::net::Ipv4Addr;
    use tokio::{io::AsyncWriteExt, net::TcpListener};

    /// What is made of a peer that says these octets and closes.
    async fn greeted_with(octets: &'static [u8]) -> Greeting {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let peer = listener.local_addr().unwrap();
        let speaker = tokio::spawn(async move {
            listener.accept().await.unwrap().0.write_all(octets).await.unwrap();
        });
        let options = PeerOptions::default();
        let local = (Ipv4Addr::LOCALHOST, 0).into();
        let connection = connect(Dial { local, peer, options, timeout: PATIENCE }).await.unwrap();
        let greeting = listen(connection).await;
        speaker.await.unwrap();
        greeting
    }

    #[tokio::test]
    async fn the_first_message_tells_who_is_there() {
        const OPEN: &[u8] = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x1d\x01\x04\xfd\xf2\0\xb4\x0a\0\0\x01\0";
        let open = greeted_with(OPEN).await;
        let asn = |number| Asn::try_from(number).unwrap();
        assert!(!judge(&open, asn(65010), String::new()).has_failed(), "{open:?}");
        let wrong = format!("{:?}", judge(&open, asn(65011), String::new()));
        assert!(wrong.contains("says that it is AS 65010") && wrong.contains("peer_asn = 65010"), "{wrong}");
        assert_eq!(greeted_with(b"").await, Greeting::Closed);
        let foreign = greeted_with(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n").await;
        assert!(judge(&foreign, asn(65010), String::new()).has_failed(), "{foreign:?}");
    }
}
