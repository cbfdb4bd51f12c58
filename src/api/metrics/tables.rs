//! Which metrics there are: a name, its help and its labels for each thing that `msee show` shows.
//!
//! Names and units follow Prometheus' rules: what only grows is a counter and ends in `_total`, octets are `_bytes`.

use crate::{
    api::schema::{Fib, Limit, PrefixCounts, Session, SessionState, Status},
    azure::AttachmentId,
    family::Family,
};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family, gauge::Gauge, info::Info},
    registry::{Registry, Unit},
};
use std::{collections::BTreeSet, sync::atomic::AtomicU64};

type Gauges<L> = family::Family<L, Gauge<u64, AtomicU64>>;
type Seconds<L> = family::Family<L, Gauge<f64, AtomicU64>>;
type Counters<L> = family::Family<L, Counter>;

/// A peering on one router.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PeeringLabels {
    circuit: String,
    peering: String,
    router: String,
}

/// A prefix limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabels {
    #[prometheus(flatten)]
    peering: PeeringLabels,
    family: String,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SessionLabels {
    #[prometheus(flatten)]
    peering: PeeringLabels,
    neighbor: String,
}

/// A family of a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PrefixLabels {
    #[prometheus(flatten)]
    session: SessionLabels,
    family: String,
}

/// An announcement that was not taken as it was.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FaultLabels {
    #[prometheus(flatten)]
    session: SessionLabels,
    fault: &'static str,
}

/// A state that sessions can be in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: String,
}

/// A forwarding table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FibLabels {
    virtual_network: String,
    family: String,
}

const STATES: [SessionState; 7] = [
    SessionState::Idle,
    SessionState::IdleAdmin,
    SessionState::Connect,
    SessionState::Active,
    SessionState::OpenSent,
    SessionState::OpenConfirm,
    SessionState::Established,
];

impl PeeringLabels {
    fn of(id: &AttachmentId) -> Self {
        Self { circuit: id.circuit.to_string(), peering: id.kind.to_string(), router: id.router.to_string() }
    }
}

impl SessionLabels {
    fn of(session: &Session) -> Self {
        Self { peering: PeeringLabels::of(&session.attachment), neighbor: session.neighbor_addr.to_string() }
    }
}

/// The daemon itself.
pub(super) fn daemon(status: &Status, registry: &mut Registry) {
    let build = Info::new(vec![("version", status.version.clone())]);
    registry.register("build", "The program", build);
    let uptime = Gauge::<f64, AtomicU64>::default();
    uptime.set(seconds(status.uptime_msec));
    registry.register_with_unit("uptime", "Time since the start", Unit::Seconds, uptime);
    let counter = |value| {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        counter
    };
    registry.register(
        "task_restarts",
        "Tasks that died of an error in the daemon and were started again",
        counter(status.task_restarts),
    );
    if let Some(state) = &status.state {
        registry.register(
            "state_write_errors",
            "Attempts to write the state directory that failed",
            counter(state.errors),
        );
    }
    if let Some(rtr) = &status.rtr {
        let gauge = |value| {
            let gauge = Gauge::<u64, AtomicU64>::default();
            gauge.set(value);
            gauge
        };
        registry.register("rtr_connected", "Whether the RTR server answers", gauge(rtr.connected.into()));
        registry.register("rtr_payloads", "ROA payloads that hold", gauge(rtr.payloads as u64));
    }
}

/// How far sessions have come, and what went over them.
pub(super) fn sessions(sessions: &[Session], registry: &mut Registry) {
    let states = Gauges::<StateLabels>::default();
    for state in STATES {
        let count = sessions.iter().filter(|session| session.state == state).count();
        states.get_or_create(&StateLabels { state: state.to_string() }).set(count as u64);
    }
    registry.register("sessions", "BGP sessions in each state", states);

    let up = Gauges::default();
    let uptime = Seconds::default();
    for session in sessions {
        let labels = SessionLabels::of(session);
        up.get_or_create(&labels).set((session.state == SessionState::Established).into());
        uptime.get_or_create(&labels).set(seconds(session.peer_uptime_msec));
    }
    registry.register("session_up", "Whether the session is Established", up);
    registry.register_with_unit("session_uptime", "Time since it was established", Unit::Seconds, uptime);

    let mut counted = |name: &str, help: &str, value: fn(&Session) -> u64| {
        let counters = Counters::default();
        for session in sessions {
            counters.get_or_create(&SessionLabels::of(session)).inc_by(value(session));
        }
        registry.register(name, help, counters);
    };
    counted("session_established", "How often the session came up", |s| s.connections_established);
    counted("session_dropped", "How often an established session ended", |s| s.connections_dropped);
    counted("messages_received", "BGP messages received", |s| s.msg_rcvd);
    counted("messages_sent", "BGP messages sent", |s| s.msg_sent);
    counted("updates_received", "UPDATE messages received", |s| s.updates_rcvd);
    counted("updates_sent", "UPDATE messages sent", |s| s.updates_sent);
    counted("notifications_received", "NOTIFICATION messages received", |s| s.notifications_rcvd);
    counted("notifications_sent", "NOTIFICATION messages sent", |s| s.notifications_sent);

    let faults = Counters::default();
    for session in sessions {
        let errors = session.attribute_errors;
        for (fault, count) in [
            ("malformed", errors.malformed),
            ("as_set", errors.as_sets),
            ("beyond_limits", errors.beyond_limits),
            ("discarded", errors.discarded),
        ] {
            let labels = FaultLabels { session: SessionLabels::of(session), fault };
            faults.get_or_create(&labels).inc_by(count);
        }
    }
    registry.register("attribute_errors", "Announcements with wrong or too many attributes", faults);
}

/// Prefixes of each session and family, and the attributes that an attachment's routes share.
pub(super) fn prefixes(sessions: &[Session], registry: &mut Registry) {
    let mut counted = |name: &str, help: &str, value: fn(&Session, Family) -> u64| {
        let gauges = Gauges::default();
        for session in sessions {
            for family in session.family.iter() {
                let labels = PrefixLabels { session: SessionLabels::of(session), family: family.to_string() };
                gauges.get_or_create(&labels).set(value(session, family));
            }
        }
        registry.register(name, help, gauges);
    };
    counted("prefixes_received", "Prefixes held from the peer, with those that are refused", |s, family| {
        of(s.pfx_rcd, family) + of(s.pfx_refused, family)
    });
    counted("prefixes_accepted", "Prefixes held from the peer that policy takes", |s, family| {
        of(s.pfx_rcd, family)
    });
    counted("prefixes_refused", "Prefixes held from the peer that policy refuses", |s, family| {
        of(s.pfx_refused, family)
    });
    counted("prefixes_advertised", "Prefixes that the peer holds from us", |s, family| of(s.pfx_snt, family));

    let sets = Gauges::default();
    let mut seen = BTreeSet::new();
    for session in sessions.iter().filter(|session| seen.insert(session.attachment.clone())) {
        sets.get_or_create(&PeeringLabels::of(&session.attachment)).set(session.attribute_sets);
    }
    registry.register("attribute_sets", "Different sets of attributes of a peering's routes", sets);
}

/// Prefix limits; a peering without one has no value.
pub(super) fn limits(limits: &[Limit], registry: &mut Registry) {
    let (max, held) = (Gauges::default(), Gauges::default());
    for limit in limits {
        let labels =
            LimitLabels { peering: PeeringLabels::of(&limit.attachment), family: limit.family.to_string() };
        held.get_or_create(&labels).set(limit.held);
        if let Some(most) = limit.max {
            max.get_or_create(&labels).set(most.into());
        }
    }
    registry.register("prefix_limit", "The most prefixes that a peering may hold", max);
    registry.register("prefix_limit_held", "Prefixes that count towards the limit", held);
}

/// Forwarding tables.
pub(super) fn forwarding_tables(fibs: &[Fib], registry: &mut Registry) {
    let labels = |fib: &Fib| FibLabels {
        virtual_network: fib.virtual_network.clone(),
        family: fib.family.to_string(),
    };
    let gauges = |value: fn(&Fib) -> u64| {
        let gauges = Gauges::default();
        for fib in fibs {
            gauges.get_or_create(&labels(fib)).set(value(fib));
        }
        gauges
    };
    let counters = |value: fn(&Fib) -> u64| {
        let counters = Counters::default();
        for fib in fibs {
            counters.get_or_create(&labels(fib)).inc_by(value(fib));
        }
        counters
    };
    registry.register("fib_prefixes", "Prefixes with a next hop", gauges(|fib| fib.prefixes));
    registry.register("fib_next_hops", "Different next hops", gauges(|fib| fib.next_hops));
    let (bytes, lookup_bytes) = (gauges(|fib| fib.bytes), gauges(|fib| fib.lookup_bytes));
    registry.register_with_unit("fib", "Memory of the whole table", Unit::Bytes, bytes);
    registry.register_with_unit("fib_lookup", "Memory that look-ups search", Unit::Bytes, lookup_bytes);
    registry.register("fib_changes", "Changes that were published", counters(|fib| fib.generation));
    registry.register("fib_left_out", "New prefixes without room in the table", counters(|fib| fib.left_out));
}

fn of(counts: PrefixCounts, family: Family) -> u64 {
    match family {
        Family::Ipv4 => counts.ipv4,
        Family::Ipv6 => counts.ipv6,
    }
}

/// Milliseconds of up to 200,000 years are exact.
#[expect(clippy::cast_precision_loss)]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1e3
}
