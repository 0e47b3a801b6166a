//! How often a client may ask, by bearer token, and how often it may fail to say who it is, by address.
//!
//! Each key has a bucket, kept as one number: the moment at which it will be full again (the generic cell rate
//! algorithm, ITU-T I.371). The keys are bounded; a key that is forgotten begins with a full bucket. Buckets are in the
//! memory of one replica, so n replicas together allow n times the rate.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use super::Problem;
use crate::config;
use crate::model::Digest;

/// Asked too often; there is room again after this many whole seconds, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests; try again after {0} s")]
pub struct TooMany(pub u64);

impl From<TooMany> for Problem {
    fn from(TooMany(seconds): TooMany) -> Self {
        Self::too_many_requests(seconds)
    }
}

/// The buckets of every key of one kind.
#[derive(Debug)]
struct Buckets<K: Hash + Eq> {
    /// Nanoseconds after `begun` at which the key's bucket is full again.
    full_at: Cache<K, Arc<AtomicU64>>,
    begun: Instant,
    /// Nanoseconds that one request costs.
    cost: u64,
    /// Nanoseconds that a bucket holds.
    depth: u64,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    fn new(per_second: u32, burst: u32, remembered: u32, begun: Instant) -> Self {
        let cost = 1_000_000_000 / u64::from(per_second.max(1));
        let depth = cost.saturating_mul(u64::from(burst.max(1)));
        let remembered = usize::try_from(remembered).unwrap_or(usize::MAX);
        Self { full_at: Cache::new(remembered), begun, cost, depth }
    }

    /// Takes one request out of the bucket of `key`.
    fn take(&self, key: &K, now: Instant) -> Result<(), TooMany> {
        let now = self.nanos(now);
        let made = self.full_at.get_or_insert_with(key, || Ok::<_, std::convert::Infallible>(Arc::default()));
        let Ok(bucket) = made;
        let after = |full_at: u64| full_at.max(now).saturating_add(self.cost);
        let fits = |full_at: u64| after(full_at).saturating_sub(now) <= self.depth;
        bucket
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| fits(full_at).then(|| after(full_at)))
            .map(|_| ())
            .map_err(|full_at| self.wait(full_at, now))
    }

    /// Whether the bucket of `key` has room for one request, without taking it.
    fn check(&self, key: &K, now: Instant) -> Result<(), TooMany> {
        let now = self.nanos(now);
        let Some(full_at) = self.full_at.get(key).map(|bucket| bucket.load(Ordering::Relaxed)) else { return Ok(()) };
        if full_at.max(now).saturating_add(self.cost).saturating_sub(now) <= self.depth {
            return Ok(());
        }
        Err(self.wait(full_at, now))
    }

    fn wait(&self, full_at: u64, now: u64) -> TooMany {
        let nanos = full_at.saturating_add(self.cost).saturating_sub(now).saturating_sub(self.depth);
        TooMany(nanos.div_ceil(1_000_000_000).max(1))
    }

    fn nanos(&self, now: Instant) -> u64 {
        let since: Duration = now.saturating_duration_since(self.begun);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }
}

/// The rates of the whole gateway.
#[derive(Debug)]
pub struct Rates {
    tokens: Buckets<Digest>,
    failures: Buckets<IpAddr>,
    saml: Buckets<IpAddr>,
}

impl Rates {
    /// With full buckets; `now` is the start.
    pub fn new(rates: &config::Rates, now: Instant) -> Self {
        let remembered = *rates.remembered();
        Self {
            tokens: Buckets::new(*rates.per_token(), *rates.per_token_burst(), remembered, now),
            failures: Buckets::new(*rates.failures(), *rates.failures_burst(), remembered, now),
            saml: Buckets::new(*rates.saml_refusals(), *rates.saml_refusals_burst(), remembered, now),
        }
    }

    /// Counts a request made with the bearer token of this digest.
    pub fn request(&self, token: &Digest, now: Instant) -> Result<(), TooMany> {
        self.tokens.take(token, now)
    }

    /// Whether this address may try to authenticate: ask before looking a credential up.
    pub fn may_authenticate(&self, address: Option<IpAddr>, now: Instant) -> Result<(), TooMany> {
        self.failures.check(&network(address), now)
    }

    /// Whether this address may send a SAML message.
    pub fn may_send_saml(&self, address: Option<IpAddr>, now: Instant) -> Result<(), TooMany> {
        self.saml.check(&network(address), now)
    }

    /// Counts a refused SAML message from this address.
    pub fn saml_refused(&self, address: Option<IpAddr>, now: Instant) {
        // Refused means that the bucket is empty already, which the next `may_send_saml` will say.
        let _already_empty = self.saml.take(&network(address), now);
    }

    /// Counts a failed authentication from this address.
    pub fn failed(&self, address: Option<IpAddr>, now: Instant) {
        // Refused means that the bucket is empty already, which the next `may_authenticate` will say.
        let _already_empty = self.failures.take(&network(address), now);
    }
}

/// What shares a bucket: one IPv4 address, or the /64 that one IPv6 customer has at least. The unknown share one.
fn network(address: Option<IpAddr>) -> IpAddr {
    match address.map(|it| it.to_canonical()) {
        Some(IpAddr::V6(it)) => IpAddr::V6(Ipv6Addr::from_bits(it.to_bits() >> 64 << 64)),
        Some(IpAddr::V4(it)) => IpAddr::V4(it),
        None => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn buckets(per_second: u32, burst: u32) -> (Buckets<u8>, Instant) {
        let now = Instant::now();
        (Buckets::new(per_second, burst, 1000, now), now)
    }

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let (buckets, now) = buckets(10, 5);
        assert_eq!((0..8).filter(|_| buckets.take(&1, now).is_ok()).count(), 5);
        assert!(buckets.take(&1, now + Duration::from_millis(101)).is_ok());
        assert!(buckets.take(&1, now + Duration::from_millis(102)).is_err());
    }

    #[test]
    fn keys_do_not_share_a_bucket() {
        let (buckets, now) = buckets(1, 1);
        assert!(buckets.take(&1, now).is_ok());
        assert!(buckets.take(&2, now).is_ok());
        assert!(buckets.take(&1, now).is_err());
    }

    #[test]
    fn the_wait_is_whole_seconds_and_long_enough() {
        let (buckets, now) = buckets(1, 3);
        (0..3).for_each(|_| assert!(buckets.take(&1, now).is_ok()));
        assert_eq!(buckets.take(&1, now), Err(TooMany(1)));
        assert!(buckets.take(&1, now + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn checking_takes_nothing() {
        let (buckets, now) = buckets(1, 1);
        (0..5).for_each(|_| assert!(buckets.check(&1, now).is_ok()));
        assert!(buckets.take(&1, now).is_ok());
        assert!(buckets.check(&1, now).is_err());
    }

    #[test]
    fn the_addresses_of_one_ipv6_customer_share_a_bucket() {
        let rates = Rates::new(config::Config::defaults().unwrap().rates(), Instant::now());
        let now = Instant::now();
        for host in 0..50_u128 {
            rates.failed(Some(Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) + host).into()), now);
        }
        assert!(rates.may_authenticate("2001:db8::ffff".parse().ok(), now).is_err());
        assert!(rates.may_authenticate("2001:db8:0:1::1".parse().ok(), now).is_ok());
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let now = Instant::now();
        let buckets: Buckets<u32> = Buckets::new(1, 1, 1000, now);
        (0..50_000).for_each(|key| assert!(buckets.take(&key, now).is_ok()));
        assert!(buckets.full_at.len() <= 1100);
    }

    proptest! {
        #[test]
        fn no_more_than_burst_and_rate_pass(gaps in proptest::collection::vec(0_u64..200, 1..200)) {
            let (buckets, begun) = buckets(20, 7);
            let mut elapsed = 0;
            let mut passed = 0;
            for gap in gaps {
                elapsed += gap;
                passed += u64::from(buckets.take(&1, begun + Duration::from_millis(elapsed)).is_ok());
            }
            prop_assert!(passed <= 7 + elapsed * 20 / 1000 + 1);
        }
    }
}
