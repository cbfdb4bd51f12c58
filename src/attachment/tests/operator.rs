//! What an operator does to a running attachment, and how it ends.

use super::*;
use crate::wire::{
    Notification,
    notification::{CeaseSubcode, ErrorCode},
};

#[tokio::test]
async fn a_disabled_session_ends_with_the_operators_words_and_stays_down_until_enabled() {
    let mut bench = Bench::new();
    let mut edge = bench.meet().await;
    bench.command(Command::Disable(Some("fibre works until 6".to_owned()))).await;
    let words = edge.last_words().await;
    assert_eq!(words.code, ErrorCode::Cease(CeaseSubcode::AdministrativeShutdown));
    assert_eq!(words.shutdown_text().as_deref(), Some("fibre works until 6"));
    let view = bench.session().await;
    assert_eq!((view.state, view.dropped), (ViewedState::AdministrativelyDown, 1));
    assert_eq!(
        bench.event(EventKind::SessionDisabled).await,
        "disabled by the operator: fibre works until 6"
    );
    let mut refused = bench.dial().await;
    assert_eq!(refused.last_words().await, Notification::cease(CeaseSubcode::ConnectionRejected));
    bench.command(Command::Enable).await;
    bench.meet().await;
    assert_eq!(bench.event(EventKind::SessionEnabled).await, "enabled by the operator");
}

#[tokio::test]
async fn what_an_operator_disabled_no_reconfiguration_enables() {
    let mut bench = Bench::new();
    let mut edge = bench.meet().await;
    bench.command(Command::Disable(None)).await;
    edge.last_words().await;
    bench.reconfigure(|settings| settings.limits = drop_above(5, None)).await;
    assert_eq!(bench.session().await.state, ViewedState::AdministrativelyDown, "after another limit");
    bench.reconfigure(|settings| settings.sessions[0].bgp.peer_asn = Asn::constant(65011)).await;
    assert_eq!(bench.session().await.state, ViewedState::AdministrativelyDown, "after another AS");
    bench.reconfigure(|settings| settings.state = AdminState::Disabled).await;
    bench.command(Command::Enable).await;
    assert_eq!(
        bench.session().await.state,
        ViewedState::AdministrativelyDown,
        "an operator cannot enable what the configuration does not want"
    );
    bench
        .reconfigure(|settings| {
            settings.state = AdminState::Enabled;
            settings.sessions[0].bgp.peer_asn = EDGE;
        })
        .await;
    bench.meet().await;
}

#[tokio::test]
async fn a_peering_that_the_configuration_disables_goes_down_and_comes_back() {
    let mut bench = Bench::with(|settings| settings.state = AdminState::Disabled);
    assert_eq!(bench.session().await.state, ViewedState::AdministrativelyDown);
    bench.reconfigure(|settings| settings.state = AdminState::Enabled).await;
    let mut edge = bench.meet().await;
    bench.reconfigure(|settings| settings.state = AdminState::Disabled).await;
    assert_eq!(edge.last_words().await, Notification::shutdown(None));
}

#[tokio::test]
async fn the_end_of_a_task_says_why_and_frees_the_endpoint() {
    for (name, stop, words) in [
        ("a peering that is deleted", Stop::Deconfigured, Notification::PEER_DECONFIGURED),
        ("the daemon's end", Stop::Shutdown(Some("bye".to_owned())), Notification::shutdown(Some("bye"))),
        ("another mode", Stop::ConfigurationChange, Notification::OTHER_CONFIGURATION_CHANGE),
    ] {
        let bench = Bench::new();
        let mut edge = bench.meet().await;
        bench.command(Command::End(stop)).await;
        assert_eq!(edge.last_words().await, words, "{name}");
        drop(edge);
        soon(bench.task).await.unwrap();
        Bench::start(bench.settings, 8).meet().await;
    }
}

#[tokio::test]
async fn an_attachment_that_says_goodbye_delays_the_backbone_no_longer() {
    let bench = Bench::new();
    // This edge neither reads nor closes, so that the goodbye takes as long as it may.
    let _edge = bench.meet().await;
    bench.command(Command::End(Stop::Deconfigured)).await;
    soon(bench.downlink.closed()).await;
    assert!(!bench.task.is_finished(), "its last words are still on their way");
}

#[tokio::test]
async fn a_task_that_nobody_can_command_any_more_ends() {
    let bench = Bench::new();
    let mut edge = bench.meet().await;
    drop(bench.commands);
    assert_eq!(edge.last_words().await, Notification::shutdown(None));
    drop(edge);
    soon(bench.task).await.unwrap();
}
