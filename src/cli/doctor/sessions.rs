//! What the running daemon knows about a session, and what that says about the other side.

use super::check::Check;
use crate::{
    api::schema::{Session, SessionState},
    cli::show::sessions::Trouble,
};
use std::fmt::Write;

/// Routes follow the session within this time, unless there are none.
const ROUTES_WITHIN_MSEC: u64 = 5_000;
/// The FQDN capability, which FRR sends and the other daemons do not by default.
const FQDN: &str = "code 73";

pub(super) fn checks(session: &Session) -> Vec<Check> {
    let subject = format!("{} {}", session.attachment, session.neighbor_addr);
    match session.state {
        SessionState::Established => {
            vec![up(session, &subject), received(session, &subject), sent(session, &subject)]
        }
        SessionState::IdleAdmin => vec![stopped(session, &subject)],
        _ => vec![down(session, &subject)],
    }
}

fn up(session: &Session, subject: &str) -> Check {
    let found = format!("Established with AS {}", session.remote_as);
    match Trouble::of(session) {
        None => Check::ok("session", subject, found),
        Some(Trouble { cause, remedy }) => {
            Check::failed("session", subject, format!("{found}, but {cause}"), remedy.unwrap_or_default())
        }
    }
}

fn stopped(session: &Session, subject: &str) -> Check {
    let trouble = Trouble::of(session);
    let cause = trouble.as_ref().map_or("an operator or the configuration keeps it down", |it| it.cause);
    let remedy =
        trouble.and_then(|it| it.remedy).unwrap_or("`msee enable` the peering, or write state = \"Enabled\"");
    Check::warning("session", subject, cause, remedy)
}

fn down(session: &Session, subject: &str) -> Check {
    let state = session.state;
    let Some(trouble) = Trouble::of(session) else {
        return Check::failed(
            "session",
            subject,
            format!("{state}: the first attempt is under way"),
            "ask again in a few seconds",
        );
    };
    let mut remedy = trouble.remedy.unwrap_or("see `msee show events`, and the peer's own log").to_owned();
    // A filter on the TTL is silent on both sides: all that shows is that nobody answers.
    if trouble.cause.contains("no answer") {
        let ttl = if session.ttl_security {
            "; with ttl_security the peer needs it too (FRR: `ttl-security hops 1`, BIRD: `ttl security on`)"
        } else {
            "; a peer with TTL security drops what is sent here: set ttl_security = true then"
        };
        let _ = write!(remedy, "{ttl}");
    }
    Check::failed("session", subject, format!("{state}: {}", trouble.cause), remedy)
}

fn received(session: &Session, subject: &str) -> Check {
    let held = session.pfx_rcd.ipv4 + session.pfx_rcd.ipv6;
    let refused = session.pfx_refused.ipv4 + session.pfx_refused.ipv6;
    if held > 0 {
        return Check::ok("routes", subject, format!("{held} received, {refused} refused"));
    }
    if refused > 0 {
        return Check::warning(
            "routes",
            subject,
            format!("policy refuses all of the {refused} prefixes that the peer announces"),
            format!("`msee show routes {} --refused` has the reason of each", session.attachment),
        );
    }
    if session.peer_uptime_msec < ROUTES_WITHIN_MSEC {
        return Check::left_out("routes", subject, "the session has just come up");
    }
    let is_frr = session.capabilities.received.iter().any(|capability| capability == FQDN);
    let (what, first) = if is_frr {
        ("the peer, FRR by its OPEN, announces nothing", "")
    } else {
        ("the peer announces nothing", "if it is FRR: ")
    };
    Check::warning(
        "routes",
        subject,
        what,
        format!(
            "{first}without a policy FRR announces and accepts nothing to an external neighbor (RFC 8212): add `no bgp \
             ebgp-requires-policy`, or route-maps in both directions; BIRD needs `export` in its channel; `msee gen \
             ce` prints a configuration that announces"
        ),
    )
}

fn sent(session: &Session, subject: &str) -> Check {
    match session.pfx_snt.ipv4 + session.pfx_snt.ipv6 {
        0 if session.peer_uptime_msec < ROUTES_WITHIN_MSEC => {
            Check::left_out("routes sent", subject, "the session has just come up")
        }
        0 => Check::warning(
            "routes sent",
            subject,
            "nothing is announced to the peer",
            "link a virtual network to the circuit; Microsoft and public peering need [service_prefixes], and \
             Microsoft peering a route filter",
        ),
        sent => Check::ok("routes sent", subject, format!("{sent} announced to the peer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{
        samples,
        schema::{PrefixCounts, Reset},
    };

    fn said(session: &Session) -> String {
        format!("{:?}", checks(session))
    }

    #[test]
    fn a_session_without_routes_names_the_policy_that_frr_asks_for() {
        let silent = Session {
            peer_uptime_msec: 60_000,
            pfx_rcd: PrefixCounts::default(),
            pfx_refused: PrefixCounts::default(),
            ..samples::established()
        };
        let words = said(&silent);
        assert!(words.contains("Warning") && words.contains("if it is FRR"), "{words}");
        let mut frr = silent.clone();
        frr.capabilities.received.push(FQDN.to_owned());
        assert!(said(&frr).contains("FRR by its OPEN"), "{}", said(&frr));
        let young = Session { peer_uptime_msec: 100, ..silent.clone() };
        assert!(said(&young).contains("just come up"), "{}", said(&young));
        let refused = Session { pfx_refused: PrefixCounts { ipv4: 3, ipv6: 0 }, ..silent };
        assert!(said(&refused).contains("--refused"), "{}", said(&refused));
    }

    #[test]
    fn a_session_that_is_down_has_failed_with_the_cause_and_the_remedy() {
        let words = said(&samples::misconfigured());
        assert!(words.contains("Failed"), "{words}");
        let silent = |ttl_security| Session {
            ttl_security,
            diagnosis: None,
            remedy: None,
            last_reset: Some(Reset {
                due_to: "TCP connection to the peer failed: no answer from 172.16.0.1:179".into(),
                remedy: Some("check the link".into()),
                at_epoch: 0,
            }),
            ..samples::misconfigured()
        };
        assert!(said(&silent(false)).contains("check the link; a peer with TTL security"));
        assert!(said(&silent(true)).contains("the peer needs it too"));
    }

    #[test]
    fn nothing_announced_is_a_warning() {
        let mut session = samples::established();
        session.pfx_snt = PrefixCounts::default();
        session.peer_uptime_msec = 60_000;
        assert!(said(&session).contains("link a virtual network"));
    }
}
