//! A report for tests.

use super::{Load, Machine, PhaseReport, Report};

pub(super) fn report(label: &str, phases: Vec<PhaseReport>) -> Report {
    Report {
        msee_version: "0.1.0".to_owned(),
        label: label.to_owned(),
        scenario: None,
        started_at: "2026-11-27T18:00:00Z".to_owned(),
        load: Load {
            senders: 1,
            receivers: 2,
            prefixes: 1_000,
            attribute_sets: 200,
            table_octets: 18_000,
            withdrawals_percent: 0,
        },
        machine: Machine { cpus: 2, cpu_model: "a CPU".to_owned(), kernel: "6.18".to_owned() },
        phases,
        ended_early: None,
    }
}
