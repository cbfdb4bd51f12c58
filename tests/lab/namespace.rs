//! Network namespaces and the links between them.

use super::{failure::Outcome, process};
use ::msee::{azure::LinkSubnet, family::Family};
use std::{
    process::{Command, id},
    sync::atomic::{AtomicU32, Ordering},
};

/// A network namespace named `msee-PID-N-ROLE`, deleted with this value.
pub(crate) struct Namespace(String);

impl Namespace {
    /// A new namespace whose loopback is up.
    pub(crate) fn new(role: &str) -> Outcome<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("msee-{}-{}-{role}", id(), NEXT.fetch_add(1, Ordering::Relaxed));
        process::output(Command::new("ip").args(["netns", "add", &name]))?;
        let namespace = Self(name);
        namespace.batch("link set lo up\n")?;
        Ok(namespace)
    }

    /// The name, as `ip netns exec` takes it.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// Takes the near end of a link down or up, as pulling and plugging the cable does.
    pub(crate) fn set_link(&self, interface: &str, state: LinkState) -> Outcome {
        let state = match state {
            LinkState::Up => "up",
            LinkState::Down => "down",
        };
        self.batch(&format!("link set {interface} {state}\n"))
    }

    /// Sets how long packets on the near end of a link may be.
    pub(crate) fn set_mtu(&self, interface: &str, octets: u16) -> Outcome {
        self.batch(&format!("link set {interface} mtu {octets}\n"))
    }

    /// The addresses of an interface, `172.16.0.2/30`.
    pub(crate) fn addresses(&self, interface: &str) -> Outcome<Vec<String>> {
        let shown =
            process::output(Command::new("ip").args(["-n", &self.0, "-o", "address", "show", interface]))?;
        Ok(shown.lines().filter_map(|line| line.split_whitespace().nth(3)).map(str::to_owned).collect())
    }

    /// Runs `ip` commands, one a line.
    pub(crate) fn batch(&self, commands: &str) -> Outcome {
        process::output_with_input(Command::new("ip").args(["-n", &self.0, "-batch", "-"]), commands)?;
        Ok(())
    }
}

/// Whether a link carries traffic.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LinkState {
    Up,
    Down,
}

/// Connects the daemon's namespace with a customer's; each end takes its address of every subnet.
pub(crate) fn connect(
    msee: &Namespace,
    edge: &Namespace,
    interface: &str,
    subnets: &[LinkSubnet],
) -> Outcome {
    msee.batch(&format!("link add {interface} type veth peer name {interface} netns {}\n", edge.name()))?;
    let addresses = |pick: fn(LinkSubnet) -> std::net::IpAddr| -> String {
        let lines = subnets.iter().map(|subnet| {
            // Without duplicate address detection an IPv6 address is usable at once.
            let nodad = if subnet.family() == Family::Ipv6 { " nodad" } else { "" };
            format!("addr add {}/{} dev {interface}{nodad}\n", pick(*subnet), subnet.net().prefix_len())
        });
        lines.chain([format!("link set {interface} up\n")]).collect()
    };
    msee.batch(&addresses(LinkSubnet::msee))?;
    edge.batch(&addresses(LinkSubnet::customer))
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.0]).status();
    }
}
