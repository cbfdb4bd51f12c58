//! What the operator does to one session while others run: the peer is told why, and nobody else is.

use crate::{
    bench,
    lab::{failure::ensure, wait::until},
    octets::OpenFields,
    peer::{Heard, Peer},
    plan::Plan,
};
use msee::{api::schema::SessionState, wire::Notification};
use std::fs;

#[test]
fn a_disabled_session_is_told_the_text_and_refused_until_it_is_enabled() {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        let attachment = circuit.attachment()?.to_string();
        let mut peer = Peer::established(circuit)?;
        let text = "maintenance, back at 06:00 UTC";
        bench.daemon.command(&["disable", &attachment, "--message", text])?;
        let last_words = peer.hear_notification()?;
        ensure!(last_words == Notification::shutdown(Some(text)), "{last_words}");

        let refused = Peer::connect(circuit)?.hear_notification()?;
        ensure!(refused == Notification::CONNECTION_REJECTED, "{refused}");
        let session = bench.daemon.session(circuit)?;
        ensure!(session.state == SessionState::IdleAdmin, "{session:?}");
        let shown = session.last_reset.map(|reset| reset.due_to).unwrap_or_default();
        ensure!(shown.contains("administratively shut down"), "{shown}");

        bench.daemon.command(&["enable", &attachment])?;
        Peer::established(circuit).map(drop)
    });
}

#[test]
fn a_change_of_the_file_resets_only_the_session_that_it_concerns() {
    bench::run(Plan::circuits(3), |bench| {
        let [changed, removed] = [0, 1].map(|number| bench.circuit(number));
        let mut peers = [Peer::established(changed)?, Peer::established(removed)?];
        let mut smaller = bench.plan.clone();
        smaller.circuits.remove(1);
        let toml = smaller.to_toml().replacen("peer_asn = 65010", "peer_asn = 65011", 1);
        fs::write(bench.daemon.file(), toml)?;
        bench.daemon.reload()?;
        for (peer, want) in
            peers.iter_mut().zip([Notification::OTHER_CONFIGURATION_CHANGE, Notification::PEER_DECONFIGURED])
        {
            let last_words = peer.hear_notification()?;
            ensure!(last_words == want, "{last_words} instead of {want}");
        }
        until("the removed peer is a stranger", || {
            let heard = Peer::connect(removed).and_then(|mut peer| peer.hear());
            ensure!(!matches!(heard, Ok(Heard::Open(_))), "{heard:?}");
            Ok(())
        })?;
        Peer::established_with(changed, &OpenFields::of(changed).in_as(65011)).map(drop)
    });
}
