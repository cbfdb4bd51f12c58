//! What the generator did in a phase, and whether it was the limit.

use serde::{Deserialize, Serialize};

/// What the generator did in a phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Generator {
    /// CPU time of the senders' thread.
    pub send_cpu_seconds: f64,
    /// CPU time of the receivers' thread.
    pub receive_cpu_seconds: f64,
    /// How long the thread of the two that waited longer stood in line for a CPU.
    #[serde(default)]
    pub cpu_wait_seconds: f64,
    /// How long the longest blocked sender could not write.
    pub blocked_seconds: f64,
    /// How long the busiest receiver waited for something to read.
    pub idle_seconds: f64,
    /// UPDATEs that all receivers got.
    pub updates_received: u64,
    /// Prefixes in them, announced or withdrawn.
    pub prefixes_received: u64,
    /// Of those, withdrawals.
    #[serde(default)]
    pub withdrawals_received: u64,
    /// Of all, prefixes that are not in the table.
    pub foreign_prefixes: u64,
}

/// Who was too slow for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Limit {
    /// The generator waited for the speaker.
    Speaker,
    /// A thread of the generator was busy all the time: the speaker may be faster than this says.
    Generator,
    /// The generator stood in line for a CPU, which the speaker or somebody else had.
    Machine,
    /// Neither waited much for the other.
    Neither,
}

impl Limit {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Speaker => "the speaker",
            Self::Generator => "the generator",
            Self::Machine => "the CPUs",
            Self::Neither => "neither alone",
        }
    }
}

impl Generator {
    /// A thread that is busy most of the time may not follow a faster speaker.
    pub(super) fn limit(&self, wall_seconds: f64) -> Limit {
        let waited = self.blocked_seconds.max(self.idle_seconds);
        match self.hindrance(wall_seconds) {
            Some(hindrance) => hindrance,
            None if waited > 0.3 * wall_seconds => Limit::Speaker,
            None => Limit::Neither,
        }
    }

    /// The same where the generator does nothing but wait for sessions.
    pub(super) fn limit_of_opening(&self, wall_seconds: f64) -> Limit {
        self.hindrance(wall_seconds).unwrap_or(Limit::Speaker)
    }

    fn hindrance(&self, wall_seconds: f64) -> Option<Limit> {
        let busy = self.send_cpu_seconds.max(self.receive_cpu_seconds);
        if busy > 0.75 * wall_seconds {
            Some(Limit::Generator)
        } else {
            (self.cpu_wait_seconds > 0.3 * wall_seconds).then_some(Limit::Machine)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_who_was_waited_for() {
        let idle = Generator { idle_seconds: 0.5, ..Generator::default() };
        for (name, generator, want, opening) in [
            ("the receiver waits", idle, Limit::Speaker, Limit::Speaker),
            (
                "the sender is blocked",
                Generator { blocked_seconds: 0.9, ..Generator::default() },
                Limit::Speaker,
                Limit::Speaker,
            ),
            (
                "a receiver waits while its thread works for others",
                Generator { receive_cpu_seconds: 0.9, ..idle },
                Limit::Generator,
                Limit::Generator,
            ),
            (
                "the speaker has both CPUs",
                Generator { send_cpu_seconds: 0.4, cpu_wait_seconds: 0.5, ..idle },
                Limit::Machine,
                Limit::Machine,
            ),
            ("nobody waits", Generator::default(), Limit::Neither, Limit::Speaker),
        ] {
            assert_eq!((generator.limit(1.0), generator.limit_of_opening(1.0)), (want, opening), "{name}");
        }
    }
}
