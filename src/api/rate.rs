//! How many requests an address may send: a token bucket for each, kept as the one moment at which it is full again.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::{Duration, Instant},
};

/// Seconds of requests that a bucket holds: so many more may come at once.
const BURST_S: u32 = 2;
/// Addresses with a bucket of their own; further ones share one.
const ADDRESSES: usize = 4096;
/// Whose bucket those share; nobody connects from it.
const EVERYBODY_ELSE: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// The buckets of all addresses.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    full_at: HashMap<IpAddr, Instant>,
    refused: u64,
}

impl Buckets {
    /// Takes a token out of an address's bucket, which gets so many a second.
    ///
    /// # Errors
    /// How long it takes until there is one again.
    pub(super) fn take(&mut self, caller: IpAddr, per_s: NonZeroU32, now: Instant) -> Result<(), Duration> {
        let token = Duration::from_secs(1) / per_s.get();
        let owner = self.owner(caller, now);
        let full_at = self.full_at.entry(owner).or_insert(now);
        let missing = full_at.saturating_duration_since(now) + token;
        match missing.checked_sub(Duration::from_secs(BURST_S.into())) {
            Some(wait) if !wait.is_zero() => {
                self.refused += 1;
                Err(wait)
            }
            Some(_) | None => {
                *full_at = now + missing;
                Ok(())
            }
        }
    }

    /// Requests that found no token.
    pub(super) const fn refused(&self) -> u64 {
        self.refused
    }

    /// Whose bucket it is. Full ones need not be kept: that is what an address begins with.
    fn owner(&mut self, caller: IpAddr, now: Instant) -> IpAddr {
        let network = match caller.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            // Who has one address of a /64 has all of them.
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        };
        if self.full_at.len() >= ADDRESSES && !self.full_at.contains_key(&network) {
            self.full_at.retain(|_, full_at| *full_at > now);
            if self.full_at.len() >= ADDRESSES {
                return EVERYBODY_ELSE;
            }
        }
        network
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const PER_S: NonZeroU32 = NonZeroU32::new(10).unwrap();
    const TOKEN: Duration = Duration::from_millis(100);

    fn admitted(buckets: &mut Buckets, caller: IpAddr, now: Instant) -> usize {
        (0..1_000).filter(|_| buckets.take(caller, PER_S, now).is_ok()).count()
    }

    #[test]
    fn a_burst_passes_then_one_for_each_token_and_a_pause_fills_the_bucket() {
        let (mut buckets, start, caller) = (Buckets::default(), Instant::now(), Ipv4Addr::LOCALHOST.into());
        for (name, after, passing) in [
            ("two seconds' worth at once", 0, 20),
            ("not a whole token yet", 99, 0),
            ("one token", 100, 1),
            ("five more", 600, 5),
            ("no more than the bucket holds", 3_600_000, 20),
        ] {
            assert_eq!(
                admitted(&mut buckets, caller, start + Duration::from_millis(after)),
                passing,
                "{name}"
            );
        }
        assert_eq!(buckets.refused(), 5_000 - 46);
    }

    #[test]
    fn who_is_refused_is_told_when_a_token_is_there() {
        let (mut buckets, now, caller) = (Buckets::default(), Instant::now(), Ipv4Addr::LOCALHOST.into());
        admitted(&mut buckets, caller, now);
        assert_eq!(buckets.take(caller, PER_S, now), Err(TOKEN));
        assert_eq!(buckets.take(caller, PER_S, now + TOKEN / 4), Err(TOKEN * 3 / 4));
        assert_eq!(buckets.take(caller, PER_S, now + TOKEN), Ok(()));
    }

    #[test]
    fn addresses_do_not_share_a_bucket_and_those_of_one_ipv6_network_do() {
        let (mut buckets, now) = (Buckets::default(), Instant::now());
        for (name, caller, passing) in [
            ("the first", "127.0.0.1", 20),
            ("another", "127.0.0.2", 20),
            ("the first once more, mapped into IPv6", "::ffff:127.0.0.1", 0),
            ("an IPv6 network", "2001:db8::1", 20),
            ("the same", "2001:db8::2:3:4", 0),
            ("the next", "2001:db8:0:1::1", 20),
        ] {
            assert_eq!(admitted(&mut buckets, caller.parse().unwrap(), now), passing, "{name}");
        }
    }

    #[test]
    fn no_more_addresses_are_kept_than_there_is_room_for() {
        let (mut buckets, now) = (Buckets::default(), Instant::now());
        for number in 0..2 * ADDRESSES {
            let caller = Ipv4Addr::from_bits(u32::try_from(number).unwrap());
            let _ = buckets.take(caller.into(), PER_S, now);
        }
        assert!(buckets.full_at.len() <= ADDRESSES + 1);
        assert_eq!(admitted(&mut buckets, Ipv4Addr::BROADCAST.into(), now), 0, "what is shared is empty");
        assert_eq!(
            admitted(&mut buckets, Ipv4Addr::BROADCAST.into(), now + TOKEN),
            20,
            "full ones have gone"
        );
    }
}
