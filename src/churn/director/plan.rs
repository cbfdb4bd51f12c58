//! What to measure, and why that may not be possible.

use crate::churn::{
    meter::Unmeasurable, report::Phase, stream::StreamError, table::Table, topology::Sessions,
};
use ipnet::IpNet;
use std::{io, time::Duration};

/// What to measure, and with what.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who peers with whom.
    pub sessions: Sessions,
    /// What is announced, by all senders together.
    pub table: Table,
    /// What to measure; table and loss only once, and in the order of [`Phase::ALL`].
    pub phases: Vec<Phase>,
    /// When the senders begin.
    pub hold_until: HoldUntil,
    /// The prefix of single changes; not in the table.
    pub probe: IpNet,
    /// How many single changes of each kind.
    pub probes: u32,
    /// The time between two of them, on average.
    pub probe_interval: Duration,
    /// How often each prefix changes in the churn.
    pub churn_passes: u32,
    /// Of the changes of prefixes in the phases paced, flood and churn, so many are withdrawals; the next change of such a
    /// prefix announces it again.
    pub withdrawals_percent: u8,
    /// Says which prefixes are withdrawn.
    pub seed: u64,
    /// Changes a second of the paced churn, of all senders together.
    pub events_per_second: u32,
    /// The speaker's processes.
    pub pids: Vec<u32>,
    /// How long a phase may last.
    pub timeout: Duration,
}

/// When the senders begin with the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum HoldUntil {
    /// When all sessions are established.
    #[default]
    AllUp,
    /// Each when its own session is established; the time of the table includes that of the sessions.
    OwnUp,
}

/// A measurement that cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Of the table.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// Of the processes.
    #[error(transparent)]
    Meter(#[from] Unmeasurable),
    /// There is nobody to announce.
    #[error("there is no sender")]
    Nobody,
    /// There is nothing to announce.
    #[error("the table is empty: no prefix of a family that the sessions carry")]
    EmptyTable,
    /// The probe's prefix is in the table.
    #[error("the probe's prefix {0} is in the table; choose another one")]
    ProbeInTable(IpNet),
    /// No threads or descriptors.
    #[error("the sessions cannot be started: {0}")]
    System(#[from] io::Error),
}
