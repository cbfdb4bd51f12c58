//! A daemon with its routers on loopback addresses, and customer edges that the test drives by hand.

mod lowering;
mod reconcile;
mod supervision;

use super::{Daemon, DaemonError, Directory, Entry, EntryKind, Handle, ReloadRefused};
use crate::{
    attachment::{
        self, SessionView,
        tests::{edge::Edge, loopback, persist, soon},
    },
    backbone::{self, EffectiveRoutes},
    config::{self, Plan},
    family::Families,
    session::Stop,
    transport::PeerOptions,
    wire::Notification,
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const PORT: u16 = 20_279;

/// A circuit whose private peering exists on both routers, with TCP endpoints of its own.
#[derive(Clone)]
struct Circuit {
    name: &'static str,
    /// The first address of the customer's side, as BGP sees it.
    block: u8,
    msee: [Ipv4Addr; 2],
    edge: [Ipv4Addr; 2],
    /// More lines of the peering.
    keys: String,
}

impl Circuit {
    fn new(name: &'static str, block: u8) -> Self {
        let (msee, edge) = ([loopback(), loopback()], [loopback(), loopback()]);
        Self { name, block, msee, edge, keys: String::new() }
    }

    fn with(&self, keys: &str) -> Self {
        Self { keys: keys.to_owned(), ..self.clone() }
    }

    fn id(&self, router: usize) -> String {
        format!("{}/private/{}", self.name, ["primary", "secondary"][router])
    }

    fn text(&self) -> String {
        let Self { name, keys, .. } = self;
        let router = |index: usize| {
            let [msee, edge] = [self.msee[index], self.edge[index]];
            let link = format!("172.16.{}", 4 * index);
            let (peer, local) = (u16::from(self.block) * 8 + 1, u16::from(self.block) * 8 + 2);
            format!(
                "{{ local_address = \"{link}.{local}\", peer_address = \"{link}.{peer}\", \
                 local_endpoint = \"{msee}:{PORT}\", peer_endpoint = \"{edge}:{PORT}\", passive = true }}"
            )
        };
        format!(
            "[[circuit]]\nname = \"{name}\"\nvirtual_networks = [\"hub\"]\n[[circuit.peering]]\nkind = \"private\"\n\
             peer_asn = 65010\nvlan_id = 100\nprimary = {}\nsecondary = {}\n{keys}\n",
            router(0),
            router(1)
        )
    }

    /// Brings the session on a router up as the customer edge.
    async fn meet(&self, router: usize) -> Edge {
        let local = SocketAddr::new(self.edge[router].into(), 0);
        let peer = SocketAddr::new(self.msee[router].into(), PORT);
        persist(async || {
            let edge = Edge::dial(local, peer, PeerOptions::default(), Families::IPV4).await;
            let mut edge = edge.ok()?;
            edge.establish().await.then_some(edge)
        })
        .await
    }
}

fn text(circuits: &[&Circuit]) -> String {
    let circuits: String = circuits.iter().map(|circuit| circuit.text()).collect();
    format!("[[virtual_network]]\nname = \"hub\"\naddress_space = [\"10.1.0.0/16\"]\n{circuits}")
}

fn plan(text: &str) -> Plan {
    let loaded = config::parse("lab.toml", text, Path::new("/nowhere"));
    loaded.unwrap_or_else(|errors| panic!("{}\n{text}", errors.plain())).plan
}

/// A daemon that runs.
struct Site {
    handle: Handle,
    stop: CancellationToken,
    task: JoinHandle<Result<(), DaemonError>>,
}

impl Site {
    async fn start(text: &str) -> Self {
        Self::from_file(text, None).await
    }

    async fn from_file(text: &str, file: Option<&Path>) -> Self {
        let plan = plan(text);
        let wanted = plan.attachments.len();
        let (daemon, handle) = Daemon::new(plan, file.map(Path::to_owned));
        let stop = CancellationToken::new();
        let task = tokio::spawn(daemon.run(stop.clone()));
        persist(async || {
            tokio::task::yield_now().await;
            (handle.directory().attachments.len() == wanted).then_some(())
        })
        .await;
        Self { handle, stop, task }
    }

    async fn session(&self, id: &str) -> SessionView {
        let id = id.parse().unwrap();
        let directory = self.handle.directory();
        directory.ask(&id, attachment::Command::Sessions).await.unwrap().unwrap().swap_remove(0)
    }

    async fn effective(&self) -> EffectiveRoutes {
        let question = |reply| backbone::Command::EffectiveRoutes {
            network: "hub".to_owned(),
            family: None,
            after: None,
            limit: 100,
            reply,
        };
        self.handle.directory().ask_backbone(question).await.unwrap().unwrap()
    }

    /// Waits until the virtual network has that many routes, its own included.
    async fn until_routes(&self, count: usize) {
        persist(async || (self.effective().await.routes.len() == count).then_some(())).await;
    }

    /// Waits for an entry of the history.
    async fn entry(&self, kind: EntryKind) -> Entry {
        persist(async || {
            let entries = self.handle.events(None, 100, None).await.unwrap();
            entries.into_iter().find(|entry| entry.kind == kind)
        })
        .await
    }
}
