//! The kernel, the privileges and the clock of this machine.

use super::check::Check;
use crate::{
    config::plan::{Plan, Session, TtlSecurity},
    transport::probe,
};
use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

/// `CAP_NET_BIND_SERVICE` of capability.h.
const NET_BIND_SERVICE: u32 = 10;
/// Files are written on one clock and read on another; more than this apart, one of the two is wrong.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(1);

pub(super) fn checks(plan: Option<&Plan>, file: Option<&Path>) -> Vec<Check> {
    let mut checks = vec![md5(plan), ttl_security(plan), vlan(plan, has_vlan()), namespaces()];
    checks.extend(plan.map(|plan| privileges(lowest_port(plan))));
    checks.extend(file.and_then(clock));
    checks
}

fn sessions(plan: &Plan) -> impl Iterator<Item = &Session> {
    plan.attachments.iter().flat_map(|attachment| &attachment.sessions)
}

fn md5(plan: Option<&Plan>) -> Check {
    let Err(error) = probe::md5() else {
        return Check::ok("TCP MD5", "kernel", "segments can be signed (RFC 2385)");
    };
    let needed = plan.is_some_and(|plan| plan.attachments.iter().any(|a| a.shared_key.is_some()));
    let check = if needed { Check::failed } else { Check::warning };
    check("TCP MD5", "kernel".to_owned(), error.to_string(), error.remedy().to_owned())
}

fn ttl_security(plan: Option<&Plan>) -> Check {
    let Err(error) = probe::gtsm() else {
        return Check::ok(
            "TTL security",
            "kernel",
            "segments from beyond the link can be dropped (RFC 5082)",
        );
    };
    let needed = plan.is_some_and(|plan| sessions(plan).any(|s| s.ttl_security == TtlSecurity::On));
    let check = if needed { Check::failed } else { Check::warning };
    let remedy = "use a kernel with IP_MINTTL (any since 2.6.34), or take ttl_security away on both sides";
    check("TTL security", "kernel".to_owned(), error.to_string(), remedy.to_owned())
}

fn vlan(plan: Option<&Plan>, kernel_has_it: bool) -> Check {
    let needed = plan.and_then(|plan| {
        sessions(plan)
            .find_map(|session| session.managed.as_ref().filter(|managed| managed.vlan_id.is_some()))
    });
    match needed {
        _ if kernel_has_it => Check::ok("802.1Q", "kernel", "links may be VLAN interfaces"),
        None => Check::ok(
            "802.1Q",
            "kernel",
            "this kernel has no VLAN interfaces: give each peering a link of its own",
        ),
        Some(managed) => Check::failed(
            "802.1Q",
            "kernel",
            format!("this kernel has no VLAN interfaces, and there shall be {managed}"),
            "`modprobe 8021q`, for a container on its host; or give each peering a link of its own and remove \
             `encapsulation`",
        ),
    }
}

/// Whether the kernel has 802.1Q built in, loaded, or as a module that it would load.
fn has_vlan() -> bool {
    if Path::new("/proc/net/vlan").exists() || Path::new("/sys/module/8021q").exists() {
        return true;
    }
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let modules = Path::new("/lib/modules").join(release.trim());
    ["modules.dep", "modules.builtin"]
        .iter()
        .any(|list| fs::read_to_string(modules.join(list)).is_ok_and(|text| text.contains("/8021q.ko")))
}

fn namespaces() -> Check {
    if Path::new("/proc/self/ns/net").exists() {
        Check::ok("namespaces", "kernel", "a lab can run in network namespaces")
    } else {
        Check::warning(
            "namespaces",
            "kernel",
            "this kernel has no network namespaces: containers cannot have links of their own",
            "use a kernel with CONFIG_NET_NS=y, or keep to the loopback address (local_endpoint)",
        )
    }
}

/// The lowest port that the plan listens on; 179 unless a lab says otherwise.
fn lowest_port(plan: &Plan) -> u16 {
    sessions(plan).map(|session| session.local_endpoint.port()).min().unwrap_or(179)
}

fn privileges(port: u16) -> Check {
    let first_free = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    let first_free = first_free.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(1024);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    may_listen(port, first_free, effective_capabilities(&status))
}

fn may_listen(port: u16, first_free: u16, capabilities: u64) -> Check {
    let subject = format!("port {port}");
    if port >= first_free {
        Check::ok("privileges", subject, format!("ports from {first_free} on need none"))
    } else if capabilities & (1 << NET_BIND_SERVICE) != 0 {
        Check::ok("privileges", subject, "CAP_NET_BIND_SERVICE is there")
    } else {
        Check::failed(
            "privileges",
            subject,
            format!("ports below {first_free} need CAP_NET_BIND_SERVICE, which this process has not"),
            "run it as root, with `setcap cap_net_bind_service+ep` on the program, in a container with \
             `--cap-add NET_BIND_SERVICE`, or as the systemd unit; a lab can set local_endpoint to a port above",
        )
    }
}

/// `CapEff` of proc(5); none if it is not there.
fn effective_capabilities(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    line.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0)
}

/// Whether the configuration was written in the future: then this clock is wrong, and with it every time in the log.
fn clock(file: &Path) -> Option<Check> {
    let written = fs::metadata(file).and_then(|metadata| metadata.modified()).ok()?;
    Some(clock_at(SystemTime::now(), written))
}

fn clock_at(now: SystemTime, written: SystemTime) -> Check {
    match written.duration_since(now) {
        Ok(ahead) if ahead > CLOCK_TOLERANCE => Check::warning(
            "clock",
            "machine",
            format!("the configuration was written {} s in the future", ahead.as_secs()),
            "set the clock (`timedatectl set-ntp true`): timers do not use it, events and logs do",
        ),
        _ => Check::ok("clock", "machine", "not behind the configuration's file"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn a_port_needs_the_capability_below_the_first_free_one() {
        const BIND: u64 = 1 << NET_BIND_SERVICE;
        for (port, first_free, capabilities, fails) in [
            (179, 1024, 0, true),
            (179, 1024, BIND, false),
            (179, 1024, !BIND, true),
            (1179, 1024, 0, false),
            (179, 0, 0, false),
        ] {
            let check = may_listen(port, first_free, capabilities);
            assert_eq!(check.has_failed(), fails, "{check:?}");
        }
        assert_eq!(effective_capabilities("Name:\tmsee\nCapEff:\t00000000a80425fb\n"), 0xa804_25fb);
        assert_eq!(effective_capabilities("Name:\tmsee\n"), 0);
    }

    #[test]
    fn a_kernel_without_vlans_fails_only_who_wants_one() {
        let plan = |interface: &str| {
            let text = format!(
                "[daemon]\nmanage_addresses = true\n[routers.primary]\n{interface}\n\
                 [[circuit]]\nname = \"ams-1\"\n[[circuit.peering]]\nkind = \"private\"\npeer_asn = 65010\n\
                 vlan_id = 100\nprimary_peer_address_prefix = \"172.16.0.0/30\"\nsecondary = \"disabled\"\n"
            );
            config::parse("test", &text, Path::new(".")).unwrap().plan
        };
        let tagged = plan("interface = \"eth1\"\nencapsulation = \"Dot1Q\"");
        let said = vlan(Some(&tagged), false);
        assert!(said.has_failed() && format!("{said:?}").contains("172.16.0.2/30 dev eth1.100"), "{said:?}");
        assert!(!vlan(Some(&tagged), true).has_failed());
        assert!(!vlan(Some(&plan("interface = \"eth1\"")), false).has_failed());
    }

    #[test]
    fn a_clock_behind_the_file_is_named() {
        let now = SystemTime::UNIX_EPOCH;
        let ok = Check::ok("clock", "machine", "not behind the configuration's file");
        assert_eq!(clock_at(now + Duration::from_hours(1), now), ok);
        assert_eq!(clock_at(now, now + Duration::from_secs(30)), ok);
        let wrong = format!("{:?}", clock_at(now, now + Duration::from_hours(1)));
        assert!(wrong.contains("3600 s in the future"), "{wrong}");
    }
}
