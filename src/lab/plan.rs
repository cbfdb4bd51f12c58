//! The plan of the built-in lab.

use super::StartError;
use crate::{
    azure::Router,
    config::{self, ConfigErrors, Plan},
};
use std::{
    net::{SocketAddr, TcpListener, UdpSocket},
    path::Path,
};

/// The lab as a configuration file, to be read and changed by whoever wants one of his own.
pub const CONFIGURATION: &str = include_str!("lab.toml");

/// Ports that are tried, from the configured one on.
const PORTS: u16 = 100;

/// Keeps other labs from the TCP port that this one uses.
#[derive(Debug)]
pub(super) struct PortClaim(
    #[expect(dead_code, reason = "a UDP socket of that port: whoever binds it first has it, without a file")]
    UdpSocket,
);

/// The plan of [`CONFIGURATION`].
///
/// # Errors
/// None but by a fault in that text.
pub fn plan() -> Result<Plan, ConfigErrors> {
    Ok(config::parse("lab.toml", CONFIGURATION, Path::new(""))?.plan)
}

/// The plan with the first port from the configured one on that is free at every end of its sessions.
///
/// # Errors
/// [`StartError`] if none of a hundred is, or if there are no sessions.
pub(super) fn claim_port(mut plan: Plan) -> Result<(Plan, PortClaim), StartError> {
    let first = endpoints(&mut plan).next().ok_or(StartError::NoSession(Router::Primary))?.port();
    let last = first.saturating_add(PORTS - 1);
    for port in first..=last {
        endpoints(&mut plan).for_each(|endpoint| endpoint.set_port(port));
        let claim = endpoints(&mut plan).next().and_then(|endpoint| UdpSocket::bind(*endpoint).ok());
        if let Some(claim) = claim
            && endpoints(&mut plan).all(|endpoint| TcpListener::bind(*endpoint).is_ok())
        {
            return Ok((plan, PortClaim(claim)));
        }
    }
    Err(StartError::NoFreePort { first, last })
}

/// Where TCP listens, at either end of every session.
fn endpoints(plan: &mut Plan) -> impl Iterator<Item = &mut SocketAddr> {
    let sessions = plan.attachments.iter_mut().flat_map(|attachment| &mut attachment.sessions);
    sessions.flat_map(|session| [&mut session.local_endpoint, &mut session.peer_endpoint])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_configuration_holds_without_a_warning() {
        let loaded = config::parse("lab.toml", CONFIGURATION, Path::new("")).unwrap();
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        assert_eq!(loaded.plan.attachments.len(), 2);
    }

    #[test]
    fn two_labs_have_ports_of_their_own_before_they_listen() {
        let ports = |plan: &mut Plan| endpoints(plan).map(|endpoint| endpoint.port()).collect::<Vec<_>>();
        let (mut first, _first) = claim_port(plan().unwrap()).unwrap();
        let (mut second, _second) = claim_port(plan().unwrap()).unwrap();
        assert!(ports(&mut first).iter().zip(ports(&mut second)).all(|(one, other)| *one != other));
    }

    #[test]
    fn a_port_that_something_else_listens_on_is_passed_over() {
        let (mut first, claim) = claim_port(plan().unwrap()).unwrap();
        let taken = TcpListener::bind(*endpoints(&mut first).last().unwrap()).unwrap();
        drop(claim);
        let (mut second, _second) = claim_port(plan().unwrap()).unwrap();
        assert_ne!(endpoints(&mut second).last().unwrap().port(), taken.local_addr().unwrap().port());
    }
}
