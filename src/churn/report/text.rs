//! A report for people: a line per phase.

use super::{Ending, Load, Machine, PhaseReport, Report, approximately};
use std::fmt::{self, Display, Formatter};

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.label, self.load)?;
        writeln!(f, "{}", self.machine)?;
        for phase in &self.phases {
            writeln!(f, "{phase}")?;
        }
        match &self.ended_early {
            Some(why) => writeln!(f, "ended early: {why}"),
            None => Ok(()),
        }
    }
}

impl Display for Load {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{} sender{}, {} receiver{}, {} prefixes in {} attribute sets, {:.1} MB of UPDATEs",
            self.senders,
            plural(self.senders),
            self.receivers,
            plural(self.receivers),
            self.prefixes,
            self.attribute_sets,
            approximately(self.table_octets) / 1e6
        )?;
        match self.withdrawals_percent {
            0 => Ok(()),
            percent => write!(f, ", {percent} % of the changes withdraw"),
        }
    }
}

impl Display for Machine {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} CPUs ({}), Linux {}", self.cpus, self.cpu_model, self.kernel)
    }
}

impl Display for PhaseReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:5}  {:8.3} s", self.phase.name(), self.wall_seconds)?;
        if self.ending != Ending::Complete {
            write!(f, " ({})", self.ending.name())?;
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
            "  (generator: send {:.3}, receive {:.3} CPU-s, in line for a CPU {:.3} s, blocked {:.3} s, idle {:.3} s)",
            self.generator.send_cpu_seconds,
            self.generator.receive_cpu_seconds,
            self.generator.cpu_wait_seconds,
            self.generator.blocked_seconds,
            self.generator.idle_seconds
        )
    }
}
