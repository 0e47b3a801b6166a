//! How an identity provider behaves towards a server that is slow, busy or out of order.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// The longest `Retry-After` that is waited for.
const LONGEST: Duration = Duration::from_secs(300);

/// One provider's patience and pace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manners {
    /// How often a request is sent in all before it has failed.
    pub tries: u32,
    /// Whether a number of seconds in `Retry-After` is kept to.
    pub heeds_retry_after: bool,
    /// The wait before the second try; doubled before each further one.
    pub wait: Duration,
    /// The most that is waited where the provider would wait longer.
    pub patience: Duration,
    /// Requests a second; 0 for as many as the connections carry.
    pub rate: u32,
}

impl Manners {
    /// Those of a provider of which nothing is known: it tries three times, a second apart at first.
    pub const UNKNOWN: Self = Self {
        tries: 3,
        heeds_retry_after: true,
        wait: Duration::from_secs(1),
        patience: Duration::from_secs(5),
        rate: 0,
    };

    /// How long is waited after the answer (nothing for none at all) to the `attempt`th try; nothing if that was an answer
    /// to keep, or the last try.
    pub fn wait_after(&self, attempt: u32, status: Option<u16>, retry_after: Option<&str>) -> Option<Duration> {
        let is_passing = status.is_none_or(|status| status == 429 || (500..=599).contains(&status) && status != 501);
        if !is_passing || attempt >= self.tries {
            return None;
        }
        // A date is not understood, by Okta either.
        let told = retry_after.filter(|_| self.heeds_retry_after).and_then(|seconds| seconds.trim().parse().ok());
        Some(match told {
            Some(seconds) => Duration::from_secs(seconds).min(LONGEST),
            None => self.wait.saturating_mul(1 << (attempt - 1).min(16)).min(self.patience),
        })
    }
}

/// Lets requests go one after the other at their rate.
#[derive(Debug)]
pub(super) struct Pace {
    apart: Duration,
    next: Cell<Instant>,
}

impl Pace {
    pub fn new(rate: u32, now: Instant) -> Self {
        let apart = Duration::from_secs(1).checked_div(rate).unwrap_or_default();
        Self { apart, next: Cell::new(now) }
    }

    /// Waits for one's turn.
    pub async fn turn(&self) {
        if self.apart.is_zero() {
            return;
        }
        let turn = self.next.get().max(Instant::now());
        self.next.set(turn + self.apart);
        tokio::time::sleep_until(turn.into()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OKTA: Manners = super::super::okta::MANNERS;

    #[test]
    fn only_what_passes_is_tried_again_and_not_for_ever() {
        for status in [200, 201, 204, 400, 401, 404, 409, 412, 501] {
            assert_eq!(OKTA.wait_after(1, Some(status), Some("1")), None, "{status}");
        }
        for status in [Some(429), Some(500), Some(502), Some(503), Some(504), None] {
            assert!(OKTA.wait_after(1, status, None).is_some(), "{status:?}");
            assert_eq!(OKTA.wait_after(OKTA.tries, status, None), None, "{status:?}");
        }
    }

    #[test]
    fn okta_keeps_to_whole_seconds_and_else_doubles_five_minutes() {
        let patient = Manners { patience: Duration::from_secs(86_400), ..OKTA };
        assert_eq!(patient.wait_after(1, Some(429), Some("7")), Some(Duration::from_secs(7)));
        for told in [None, Some("Wed, 21 Oct 2026 07:28:00 GMT"), Some("soon")] {
            assert_eq!(patient.wait_after(1, Some(429), told), Some(Duration::from_secs(300)));
            assert_eq!(patient.wait_after(3, Some(429), told), Some(Duration::from_secs(1_200)));
        }
    }

    #[test]
    fn nobody_waits_longer_than_the_patience_unless_told_to() {
        assert_eq!(OKTA.wait_after(9, Some(503), None), Some(OKTA.patience));
        assert_eq!(OKTA.wait_after(1, Some(503), Some("30")), Some(Duration::from_secs(30)));
        assert_eq!(OKTA.wait_after(1, Some(503), Some("99999")), Some(LONGEST));
    }

    #[tokio::test]
    async fn no_turn_comes_before_its_time() {
        let begun = Instant::now();
        let pace = Pace::new(1_000, begun);
        for _request in 0..51 {
            pace.turn().await;
        }
        assert!(begun.elapsed() >= Duration::from_millis(50));
    }
}
