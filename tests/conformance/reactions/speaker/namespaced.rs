//! A daemon in a network namespace of its own, in which it and all its peers have addresses of one subnet.

use super::Speaker;
use crate::{
    lab::{
        failure::{Outcome, ensure},
        namespace::Namespace,
        needs::{self, Need},
        process::{self, Process},
    },
    reactions::stand::{Place, Shared},
};
use ::msee::cli::gen_ce;
use std::{
    fs::File, net::Ipv4Addr, os::unix::fs::PermissionsExt, process::Command, sync::Arc, time::Duration,
};
use tempfile::TempDir;

/// Addresses of the speaker, of its subnet, and of those that the peers connect from.
const ADDRESSES: &str = "link add near type veth peer name far
addr add 10.66.0.1/16 dev near
addr add fd00:66::1/64 dev near nodad
link set near up
link set far up
route add local 10.66.16.0/20 dev lo
";

/// A namespace, the directory of the daemon that is to run in it, and the daemon.
pub(super) struct Namespaced {
    // Fields drop in this order: processes, namespace, directory.
    pub(super) processes: Vec<Process>,
    pub(super) namespace: Namespace,
    pub(super) directory: TempDir,
    place: Shared,
}

pub(super) fn missing(kind: gen_ce::Kind) -> Option<String> {
    needs::missing(&[Need::Daemon(kind)])
}

impl Namespaced {
    /// Room for a daemon with so many peers.
    pub(super) fn new(role: &str, seats: usize) -> Outcome<Self> {
        let namespace = Namespace::new(role)?;
        process::output_with_input(
            Command::new("ip").args(["-n", namespace.name(), "-batch", "-"]),
            ADDRESSES,
        )?;
        let place = Place {
            endpoint: (Ipv4Addr::new(10, 66, 0, 1), 179).into(),
            sources: (0..seats).map(source).collect(),
            peer_port: 179,
            namespace: Some(File::open(format!("/run/netns/{}", namespace.name()))?),
            patience: Duration::from_secs(6),
            // BIRD listens with a backlog of 8.
            at_once: 8,
        };
        let directory = tempfile::Builder::new()
            .prefix("msee-lab-")
            .permissions(std::fs::Permissions::from_mode(0o777))
            .tempdir()?;
        Ok(Self { processes: Vec::new(), namespace, directory, place: Arc::new(place) })
    }

    pub(super) fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }
}

/// Where the peer of a seat connects from.
pub(super) fn source(seat: usize) -> Ipv4Addr {
    Ipv4Addr::new(10, 66, 16, u8::try_from(seat + 1).unwrap_or(u8::MAX))
}

impl Speaker for Namespaced {
    fn place(&self) -> &Shared {
        &self.place
    }

    fn lives(&mut self) -> Outcome {
        for process in &mut self.processes {
            let ended = process.ended()?;
            ensure!(ended.is_none(), "a daemon has ended: {ended:?}");
        }
        Ok(())
    }

    fn log(&self) -> Outcome<String> {
        self.processes.iter().map(Process::log).collect()
    }
}
