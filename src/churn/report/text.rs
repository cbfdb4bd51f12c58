//! A report for people: a line per phase.

use super::{PhaseReport, Report, approximately};
use std::fmt::{self, Display, Formatter};

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { load, machine, .. } = self;
        writeln!(
            f,
            "{}: {} senders, {} receivers, {} prefixes in {} attribute sets, {:.1} MB of UPDATEs",
            self.label,
            load.senders,
            load.receivers,
            load.prefixes,
            load.attribute_sets,
            approximately(load.table_octets) / 1e6
        )?;
        writeln!(f, "{} CPUs ({}), Linux {}", machine.cpus, machine.cpu_model, machine.kernel)?;
        for phase in &self.phases {
            writeln!(f, "{phase}")?;
        }
        match &self.ended_early {
            Some(why) => writeln!(f, "ended early: {why}"),
            None => Ok(()),
        }
    }
}

impl Display for PhaseReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:5}  {:8.3} s", self.phase.name(), self.wall_seconds)?;
        if !self.complete {
            write!(f, " (not complete)")?;
        }
        match self.speaker_cpu_seconds {
            Some(cpu) => write!(f, "  {cpu:8.3} CPU-s")?,
            None => write!(f, "         - CPU-s")?,
        }
        match self.speaker_resident_octets {
            Some(octets) => write!(f, "  {:5.0} MiB", approximately(octets) / 1_048_576.0)?,
            None => write!(f, "      - MiB")?,
        }
        if let Some(rate) = self.events_per_second() {
            write!(f, "  {:>9} events  {rate:>10.0}/s", self.events)?;
        }
        if let Some(latency) = &self.latency {
            write!(
                f,
                "  p50 {:.0} µs, p99 {:.0} µs, max {:.0} µs of {}",
                latency.p50_microseconds, latency.p99_microseconds, latency.max_microseconds, latency.count
            )?;
            if latency.lost > 0 {
                write!(f, ", {} lost", latency.lost)?;
            }
        }
        if self.failed_attempts > 0 {
            write!(f, "  {} failed attempts", self.failed_attempts)?;
        }
        if let Some(limit) = self.limit() {
            write!(f, "  limit: {}", limit.name())?;
        }
        write!(
            f,
            "  (generator: send {:.3}, receive {:.3} CPU-s, blocked {:.3} s, idle {:.3} s)",
            self.generator.send_cpu_seconds,
            self.generator.receive_cpu_seconds,
            self.generator.blocked_seconds,
            self.generator.idle_seconds
        )
    }
}
