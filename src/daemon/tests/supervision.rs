//! Tasks that end, asked to or not.

use super::*;
use crate::azure::AttachmentId;

#[tokio::test]
async fn an_attachment_that_ends_unasked_is_started_again_and_its_routes_leave_meanwhile() {
    let (dies, stays) = (Circuit::new("dies", 0), Circuit::new("stays", 1));
    let site = Site::start(&text(&[&dies, &stays])).await;
    let (mut edge, _other) = (dies.meet(0).await, stays.meet(0).await);
    let before: std::sync::Arc<Directory> = site.handle.directory();
    let id = dies.id(0).parse().unwrap();
    before.attachments[&id].send(attachment::Command::End(Stop::Deconfigured)).await.unwrap();
    edge.last_words().await;
    drop(edge);
    let entry = site.entry(EntryKind::TaskRestarted).await;
    assert_eq!(entry.attachment, Some(id));
    assert_eq!(entry.message, "the task has died and is started again in 1 s: it ended unasked");
    dies.meet(0).await;
    let view = site.session(&stays.id(0)).await;
    assert_eq!((view.established, view.dropped), (1, 0));
}

#[tokio::test]
async fn a_panic_ends_one_attachment_which_is_shown_counted_and_started_again() {
    let (panics, stays) = (Circuit::new("panics", 0), Circuit::new("stays", 1));
    let site = Site::start(&text(&[&panics, &stays])).await;
    let (_edge, _other) = (panics.meet(0).await, stays.meet(0).await);
    let id: AttachmentId = panics.id(0).parse().unwrap();
    let tell = |command| {
        let commands = site.handle.directory().attachments[&id].clone();
        async move { commands.send(command).await.unwrap() }
    };
    site.handle.disable(vec![id.clone()], None).await.unwrap();
    tell(attachment::Command::Panic).await;
    let entry = site.entry(EntryKind::TaskRestarted).await;
    assert!(entry.message.contains("a test wants it"), "{}", entry.message);
    let deaths = || site.handle.directory().deaths.get(&id).cloned();
    persist(async || deaths()).await;
    if deaths().unwrap().again_at.is_some() {
        let [shown] = &site.handle.directory().sessions_at_rest(&id)[..] else { panic!("one session") };
        assert!(shown.diagnosis.as_ref().unwrap().0.contains("a test wants it"), "{shown:?}");
    }
    let again = persist(async || deaths().filter(|deaths| deaths.again_at.is_none())).await;
    assert_eq!(again.count, 1);
    assert!(site.handle.directory().sessions_at_rest(&id).is_empty());
    // What an operator has stopped stays stopped.
    assert_eq!(site.session(&panics.id(0)).await.state, attachment::ViewedState::AdministrativelyDown);
    site.handle.enable(vec![id.clone()]).await.unwrap();
    panics.meet(0).await;
    let view = site.session(&stays.id(0)).await;
    assert_eq!((view.established, view.dropped), (1, 0));

    tell(attachment::Command::Panic).await;
    let again = persist(async || deaths().filter(|deaths| deaths.count == 2)).await;
    assert!(
        again.again_at.is_some_and(|at| at > std::time::Instant::now() + std::time::Duration::from_secs(1))
    );
}

#[tokio::test]
async fn the_daemons_end_is_an_administrative_shutdown_for_every_peer() {
    let circuit = Circuit::new("ams-1", 0);
    let site = Site::start(&text(&[&circuit])).await;
    let mut edges = [circuit.meet(0).await, circuit.meet(1).await];
    site.stop.cancel();
    for edge in &mut edges {
        assert_eq!(edge.last_words().await, Notification::shutdown(Some("msee is shutting down")));
    }
    drop(edges);
    soon(site.task).await.unwrap().unwrap();
    assert!(site.handle.events(None, 1, None).await.is_err(), "nobody answers any more");
}

#[tokio::test]
async fn what_attachments_report_is_in_the_history() {
    let circuit = Circuit::new("ams-1", 0);
    let site = Site::start(&text(&[&circuit])).await;
    let edge = circuit.meet(1).await;
    let up = site.entry(EntryKind::Attachment(attachment::EventKind::SessionUp)).await;
    assert_eq!(up.attachment.unwrap().to_string(), circuit.id(1));
    drop(edge);
    let down = site.entry(EntryKind::Attachment(attachment::EventKind::SessionDown)).await;
    assert!(down.sequence > up.sequence);
    let newer = site.handle.events(Some(up.sequence), 100, None).await.unwrap();
    assert!(newer.iter().all(|entry| entry.sequence > up.sequence) && newer.contains(&down));
    let elsewhere = circuit.id(0).parse().unwrap();
    assert!(site.handle.events(None, 100, Some(elsewhere)).await.unwrap().is_empty());
}
