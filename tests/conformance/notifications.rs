//! NOTIFICATIONs of the peer: shown in words, with the next step where there is one, and never answered.

use crate::{
    bench,
    lab::{failure::ensure, wait::until},
    octets,
    peer::Peer,
    plan::Plan,
};
use msee::api::schema::EventKind;

#[test]
fn a_notification_is_shown_in_words_with_the_next_step() {
    let rows: [(&str, [u8; 2], &str, Option<&str>); 10] = [
        ("6.4 a bad header", [1, 2], "message header error/bad message length", None),
        ("6.4 our AS", [2, 2], "OPEN message error/bad peer AS", Some("check its remote AS")),
        ("6.4 our identifier", [2, 3], "OPEN message error/bad BGP identifier", Some("router ID")),
        ("6.4 our UPDATE", [3, 11], "UPDATE message error/malformed AS_PATH", None),
        ("6.5", [4, 0], "hold timer expired", Some("check the path from here to the peer")),
        ("RFC 6608", [5, 3], "finite state machine error/unexpected message in Established", None),
        ("RFC 4486 1", [6, 1], "Cease/maximum number of prefixes reached", Some("raise its limit")),
        ("RFC 4486 3", [6, 3], "Cease/peer de-configured", Some("removed us")),
        ("RFC 9687", [8, 0], "send hold timer expired", None),
        ("6.4 a code that has no name", [77, 7], "code 77/subcode 7", None),
    ];
    bench::run(Plan::circuits(rows.len() + 1), |bench| {
        for (circuit, (rule, [code, subcode], words, remedy)) in bench.plan.circuits.iter().zip(rows) {
            let mut peer = Peer::established(circuit)?;
            peer.send(&octets::notification(code, subcode, &[]))?;
            peer.hear_the_end().map_err(|failure| format!("{rule}: {failure}"))?;
            let session = bench.daemon.reset_due_to(circuit, words)?;
            let shown = session.last_reset.and_then(|reset| reset.remedy);
            ensure!(
                remedy.is_none_or(|remedy| shown.as_ref().is_some_and(|shown| shown.contains(remedy))),
                "{rule}: the remedy is {shown:?}"
            );
            ensure!(remedy.is_some() || shown.is_none(), "{rule}: a remedy for nothing: {shown:?}");
            ensure!(bench.daemon.log()?.contains(words), "{rule}: the log does not say {words:?}");
        }
        Ok(())
    });
}

#[test]
fn a_shutdown_text_of_255_octets_is_shown() {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        let text = "maintenance until 06:00 UTC ".repeat(10)[..255].to_owned();
        let mut peer = Peer::established(circuit)?;
        peer.send(&octets::notification(6, 2, &octets::counted(text.as_bytes())))?;
        peer.hear_the_end()?;
        let session = bench.daemon.reset_due_to(circuit, &text)?;
        let remedy = session.last_reset.and_then(|reset| reset.remedy);
        ensure!(remedy.is_some_and(|remedy| remedy.contains("enable it there")), "no remedy");
        until("the event tells the text", || {
            let events = bench.daemon.events()?;
            let told = events
                .iter()
                .any(|event| event.kind == EventKind::SessionDown && event.message.contains(&text));
            ensure!(told, "{events:?}");
            Ok(())
        })?;
        let shown = bench.daemon.command(&["show", "neighbor", &circuit.attachment()?.to_string()])?;
        ensure!(shown.replace(char::is_whitespace, "").contains(&text.replace(' ', "")), "{shown}");
        Ok(())
    });
}

#[test]
fn octets_for_a_terminal_in_a_shutdown_text_are_made_harmless() {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        let mut peer = Peer::established(circuit)?;
        peer.send(&octets::notification(6, 2, &octets::counted(b"\x1b[2J\nall\x07 gone\xff")))?;
        peer.hear_the_end()?;
        bench.daemon.reset_due_to(circuit, "gone")?;
        for said in [
            bench.daemon.log()?,
            bench.daemon.command(&["show", "sessions"])?,
            bench.daemon.command(&["show", "events"])?,
        ] {
            ensure!(!said.contains(['\x1b', '\x07']), "{said:?}");
        }
        Ok(())
    });
}
