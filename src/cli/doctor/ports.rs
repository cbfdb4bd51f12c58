//! Where the daemon listens: addresses, and who else is there.

use super::check::Check;
use crate::{
    api::schema::Session,
    config::plan::{self, Plan},
    transport::{Binding, ListenError, probe},
};
use std::{collections::BTreeSet, net::SocketAddr};

/// `running`: the sessions of a daemon that answers; what it listens on itself is no conflict.
pub(super) fn checks(plan: &Plan, running: Option<&[Session]>) -> Vec<Check> {
    let mut seen = BTreeSet::new();
    let mut checks: Vec<Check> =
        running.is_none().then(|| control(plan.daemon.control)).into_iter().collect();
    for attachment in &plan.attachments {
        for session in &attachment.sessions {
            let listens = running.is_some_and(|running| daemon_listens(running, attachment, session));
            if seen.insert(session.local_endpoint) {
                checks.push(endpoint(session, listens));
            }
        }
    }
    checks
}

/// True if the daemon has the session, and has not said that it cannot listen for it.
fn daemon_listens(running: &[Session], attachment: &plan::Attachment, session: &plan::Session) -> bool {
    let ours =
        |other: &&Session| other.attachment == attachment.id && other.local_addr == session.local_address;
    running.iter().find(ours).is_some_and(|session| {
        !session.diagnosis.as_deref().is_some_and(|words| words.starts_with("cannot listen on"))
    })
}

fn endpoint(session: &plan::Session, daemon_listens: bool) -> Check {
    let local = session.local_endpoint;
    let binding = match session.binding {
        plan::Binding::Present => Binding::Present,
        plan::Binding::Free => Binding::Free,
    };
    match probe::listen(local, binding) {
        Err(ListenError::NoLocalAddress { .. }) if let Some(managed) = &session.managed => {
            let found = format!("the daemon will put it there: {managed}");
            Check::ok("listen", local, found)
        }
        Ok(()) if daemon_listens => Check::warning(
            "listen",
            local,
            "the daemon says that it listens there, but here the port is free",
            "run doctor where the daemon runs: in its container, or with `ip netns exec`",
        ),
        Ok(()) => Check::ok("listen", local, "the address is there and the port is free"),
        Err(ListenError::InUse { .. }) if daemon_listens => {
            Check::ok("listen", local, "the daemon listens there")
        }
        Err(error) => Check::failed("listen", local, error.to_string(), error.remedy()),
    }
}

fn control(local: SocketAddr) -> Check {
    match probe::listen(local, Binding::Present) {
        Ok(()) => Check::ok("control", local, "the port is free"),
        Err(error) => Check::failed(
            "control",
            local,
            error.to_string(),
            "end the process that has it, or set another `control` under [daemon]",
        ),
    }
}
