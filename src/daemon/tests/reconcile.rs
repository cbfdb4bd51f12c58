//! What a new plan touches, and what it leaves alone.

use super::*;
use ipnet::Ipv4Net;

#[tokio::test]
async fn a_removed_circuit_is_deconfigured_an_added_one_starts_and_the_others_are_not_touched() {
    let (stays, goes, comes) = (Circuit::new("stays", 0), Circuit::new("goes", 1), Circuit::new("comes", 2));
    let site = Site::start(&text(&[&stays, &goes])).await;
    let (mut unchanged, mut removed) = (stays.meet(0).await, goes.meet(0).await);
    let difference = site.handle.apply(plan(&text(&[&stays, &comes]))).await.unwrap();
    assert!(!difference.is_empty());
    assert_eq!(removed.last_words().await, Notification::PEER_DECONFIGURED);
    comes.meet(1).await;
    let route: Ipv4Net = "192.168.0.0/16".parse().unwrap();
    unchanged.announce(&[route], &edge_route()).await;
    site.until_routes(2).await;
    let view = site.session(&stays.id(0)).await;
    assert_eq!((view.established, view.dropped), (1, 0));
    let directory = site.handle.directory();
    let running: Vec<String> = directory.attachments.keys().map(ToString::to_string).collect();
    assert_eq!(running, [comes.id(0), comes.id(1), stays.id(0), stays.id(1)]);
}

#[tokio::test]
async fn the_same_plan_again_changes_nothing() {
    let circuit = Circuit::new("ams-1", 0);
    let site = Site::start(&text(&[&circuit])).await;
    let _edge = circuit.meet(0).await;
    let difference = site.handle.apply(plan(&text(&[&circuit]))).await.unwrap();
    assert!(difference.is_empty());
    let view = site.session(&circuit.id(0)).await;
    assert_eq!((view.established, view.dropped), (1, 0));
}

#[tokio::test]
async fn another_limit_and_another_space_reach_the_session_that_runs() {
    let circuit = Circuit::new("ams-1", 0);
    let site = Site::start(&text(&[&circuit])).await;
    let mut edge = circuit.meet(0).await;
    edge.hear_learnt(1).await;
    let wanted = text(&[&circuit.with("prefix_limit = 5")]).replace("10.1.0.0/16", "10.2.0.0/16");
    site.handle.apply(plan(&wanted)).await.unwrap();
    let moved =
        |edge: &Edge| edge.learnt.contains_key(&"10.2.0.0/16".parse().unwrap()) && edge.learnt.len() == 1;
    edge.hear_until(|edge, _| moved(edge)).await;
    let view = site.session(&circuit.id(0)).await;
    assert_eq!((view.established, view.dropped), (1, 0));
}

#[tokio::test]
async fn another_mode_starts_everything_over() {
    let circuit = Circuit::new("ams-1", 0);
    let azure = text(&[&circuit]);
    let transit = format!("[lab]\nopen_transit = true\n{azure}");
    let site = Site::start(&azure).await;
    let mut edge = circuit.meet(0).await;
    site.handle.apply(plan(&transit)).await.unwrap();
    assert_eq!(edge.last_words().await, Notification::OTHER_CONFIGURATION_CHANGE);
    drop(edge);
    let (mut one, mut other) = (circuit.meet(0).await, circuit.meet(1).await);
    one.announce(&["192.168.0.0/16".parse().unwrap()], &edge_route()).await;
    // The network's space, and what the other peering announced: an open transit passes it on.
    other.hear_learnt(2).await;
}

#[tokio::test]
async fn a_file_that_does_not_parse_leaves_everything_as_it_was() {
    let circuit = Circuit::new("ams-1", 0);
    let text = text(&[&circuit]);
    let file = std::env::temp_dir().join(format!("msee-reload-{}.toml", std::process::id()));
    std::fs::write(&file, &text).unwrap();
    let site = Site::from_file(&text, Some(&file)).await;
    let _edge = circuit.meet(0).await;
    std::fs::write(&file, text.replace("peer_asn", "pear_asn")).unwrap();
    let refused = site.handle.reload().await.unwrap_err();
    assert!(matches!(refused, ReloadRefused::Invalid(_)), "{refused}");
    let entry = site.entry(EntryKind::ReloadRefused).await;
    assert!(
        entry.message.contains("nothing changed") && entry.message.contains("pear_asn"),
        "{}",
        entry.message
    );
    std::fs::write(&file, &text).unwrap();
    assert!(site.handle.reload().await.unwrap().is_empty());
    assert_eq!(
        site.entry(EntryKind::ReloadApplied).await.message,
        "configuration read again: nothing has changed"
    );
    std::fs::remove_file(&file).unwrap();
    let view = site.session(&circuit.id(0)).await;
    assert_eq!((view.established, view.dropped), (1, 0));
}

#[tokio::test]
async fn a_daemon_without_a_file_has_none_to_read_again() {
    let site = Site::start(&text(&[&Circuit::new("ams-1", 0)])).await;
    assert!(matches!(site.handle.reload().await, Err(ReloadRefused::NoFile)));
}

fn edge_route() -> crate::wire::PathAttributes {
    use crate::{
        asn::Asn,
        wire::{AsPath, NextHop, Origin, PathAttributes},
    };
    let path = AsPath::sequence([Asn::constant(65010)]);
    PathAttributes::new(Origin::Igp, path, NextHop::V4([172, 16, 0, 1].into()))
}
