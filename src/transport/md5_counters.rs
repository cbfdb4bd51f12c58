//! The kernel's counters of segments that TCP MD5 dropped: the only trace of a wrong or missing key.
//!
//! They count for a whole network namespace, so a rise is evidence about a session only while that session is not
//! established.

use std::{fs, io};

use super::md5::Signing;

/// Segments dropped since the network namespace began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Md5Counters {
    /// `TCPMD5NotFound`: unsigned, though we have a key for the sender.
    pub not_found: u64,
    /// `TCPMD5Unexpected`: signed, though we have no key for the sender.
    pub unexpected: u64,
    /// `TCPMD5Failure`: signed with another key than ours.
    pub failure: u64,
}

/// What a rise of the counters says about a session that does not come up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Md5Diagnosis {
    /// We have a key, the segments that come have no signature.
    #[error("the customer edge does not sign: it has no MD5 key configured, or refuses the connection")]
    PeerUnsigned,
    /// The signatures that come are made with another key.
    #[error("the customer edge signs with a different MD5 key")]
    KeysDiffer,
    /// We have no key, the segments that come are signed.
    #[error("the customer edge signs, but no MD5 key is configured here")]
    PeerSigns,
}

impl Md5Diagnosis {
    /// What an operator can do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::PeerUnsigned => {
                "set the peering's shared_key on the customer edge, and check that it knows us as its neighbour"
            }
            Self::KeysDiffer => "make the key of the customer edge and the peering's shared_key the same",
            Self::PeerSigns => {
                "set shared_key on this peering to the customer edge's key, or remove the key there"
            }
        }
    }
}

impl Md5Counters {
    /// Reads the counters of the calling thread's network namespace.
    ///
    /// # Errors
    /// If `/proc` is not mounted or not readable. Counters that the kernel does not have read as 0.
    pub fn read() -> io::Result<Self> {
        fs::read_to_string("/proc/thread-self/net/netstat").map(|text| Self::parse(&text))
    }

    /// What has been added since an earlier reading.
    #[must_use]
    pub const fn since(&self, earlier: &Self) -> Self {
        Self {
            not_found: self.not_found.saturating_sub(earlier.not_found),
            unexpected: self.unexpected.saturating_sub(earlier.unexpected),
            failure: self.failure.saturating_sub(earlier.failure),
        }
    }

    /// What a rise means for a session that is not established; `signing` is that session's own setting here.
    ///
    /// A wrong signature can only be a wrong key; an unsigned segment may also be the refusal of a peer that does not
    /// listen. So with both, the keys are named.
    pub const fn diagnose(&self, signing: Signing) -> Option<Md5Diagnosis> {
        match signing {
            Signing::Md5 if self.failure > 0 => Some(Md5Diagnosis::KeysDiffer),
            Signing::Md5 if self.not_found > 0 => Some(Md5Diagnosis::PeerUnsigned),
            Signing::Off if self.unexpected > 0 => Some(Md5Diagnosis::PeerSigns),
            Signing::Md5 | Signing::Off => None,
        }
    }

    /// Pairs of lines, the names and then the values, each pair with the same first word.
    fn parse(netstat: &str) -> Self {
        let mut lines = netstat.lines().filter_map(|line| line.strip_prefix("TcpExt:"));
        let names = lines.next().unwrap_or_default().split_whitespace();
        let values = lines.next().unwrap_or_default().split_whitespace();
        let mut counters = Self::default();
        for (name, value) in names.zip(values) {
            let counter = match name {
                "TCPMD5NotFound" => &mut counters.not_found,
                "TCPMD5Unexpected" => &mut counters.unexpected,
                "TCPMD5Failure" => &mut counters.failure,
                _ => continue,
            };
            *counter = value.parse().unwrap_or_default();
        }
        counters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn netstat_is_read_by_name() {
        let counters = |not_found, unexpected, failure| Md5Counters { not_found, unexpected, failure };
        for (name, text, want) in [
            (
                "Linux 4.x, before TCPMD5Failure",
                "TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPSackShifted\nTcpExt: 0 3 4 9\n\
                 IpExt: InNoRoutes InTruncatedPkts\nIpExt: 0 0\n",
                counters(3, 4, 0),
            ),
            (
                "Linux 6.x, with the counters of TCP-AO and after another table",
                "MPTcpExt: MPCapableSYNRX\nMPTcpExt: 7\n\
                 TcpExt: TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure TCPAORequired TCPAOBad TCPAOKeyNotFound\n\
                 TcpExt: 1 0 18446744073709551615 5 6 7\n",
                counters(1, 0, u64::MAX),
            ),
            ("a kernel without MD5", "TcpExt: SyncookiesSent\nTcpExt: 1\n", counters(0, 0, 0)),
            ("names without values", "TcpExt: TCPMD5NotFound\n", counters(0, 0, 0)),
            (
                "fewer values than names",
                "TcpExt: TCPMD5NotFound TCPMD5Failure\nTcpExt: 2\n",
                counters(2, 0, 0),
            ),
            ("a value that is no number", "TcpExt: TCPMD5NotFound\nTcpExt: x\n", counters(0, 0, 0)),
            ("nothing", "", counters(0, 0, 0)),
        ] {
            assert_eq!(Md5Counters::parse(text), want, "{name}");
        }
    }

    #[test]
    fn a_rise_is_judged_by_what_is_configured_here() {
        use Md5Diagnosis::{KeysDiffer, PeerSigns, PeerUnsigned};
        for (name, (not_found, unexpected, failure), signing, want) in [
            ("nothing rose", (0, 0, 0), Signing::Md5, None),
            ("unsigned", (2, 0, 0), Signing::Md5, Some(PeerUnsigned)),
            ("another key", (0, 0, 1), Signing::Md5, Some(KeysDiffer)),
            ("another key, and an unsigned reset", (5, 0, 1), Signing::Md5, Some(KeysDiffer)),
            ("signed without need", (0, 1, 0), Signing::Off, Some(PeerSigns)),
            ("somebody else signs without need", (0, 1, 0), Signing::Md5, None),
            ("somebody else's key is wrong", (1, 0, 1), Signing::Off, None),
        ] {
            let rise = Md5Counters { not_found, unexpected, failure };
            assert_eq!(rise.diagnose(signing), want, "{name}");
        }
    }

    #[test]
    fn a_difference_never_goes_below_zero() {
        let (early, late) = (Md5Counters { failure: 2, ..Default::default() }, Md5Counters::default());
        assert_eq!(late.since(&early), Md5Counters::default());
        assert_eq!(early.since(&late), early);
    }
}
