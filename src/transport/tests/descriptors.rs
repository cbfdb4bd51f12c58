//! Descriptors run out in a process of their own, so that the other tests keep theirs.

#![allow(unsafe_code, reason = "setrlimit(2)")]

use std::process::Command;

use super::*;

const NAME: &str = "transport::tests::descriptors::accepting_resumes_when_descriptors_are_free_again";
const CHILD: &str = "MSEE_TEST_WITH_FEW_DESCRIPTORS";

fn allow_descriptors(count: u64) {
    let limit = libc::rlimit { rlim_cur: count, rlim_max: 4096 };
    // SAFETY: the call reads one `rlimit`, which lives until it returns.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
}

#[test]
fn accepting_resumes_when_descriptors_are_free_again() {
    if std::env::var_os(CHILD).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        return runtime.block_on(run_out_and_recover());
    }
    let test = std::env::current_exe().unwrap();
    let output = Command::new(test).args([NAME, "--exact"]).env(CHILD, "1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "the child ran another test");
}

async fn run_out_and_recover() {
    let listeners = Listeners::new();
    let mut peer = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", plain()).await;
    let established = peer.meet(plain()).await;

    allow_descriptors(64);
    let mut held = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        held.push(file);
    }
    held.pop();
    // The last descriptor is the dialling end's; there is none for the accepting end.
    let theirs = peer.dial(plain(), DEADLINE).await.unwrap();
    let tally = std::sync::Arc::clone(peer.registration.endpoint_tally());
    until("two attempts to accept failed", || tally.stalls.value() >= 2).await;
    assert!(peer.connections.try_recv().is_err());

    let (mut ours, mut other) = established;
    transfer(&mut ours, &mut other, b"sessions go on").await;

    drop(held);
    assert_eq!(soon(peer.connections.recv()).await.unwrap().peer(), theirs.local());
}
