//! For how long a session lives. Two limits: how long it may go unused, and how long it may last at all
//! (OWASP ASVS 5.0 §7.3).

use std::time::Duration;

use crate::model::Timestamp;

/// The limits a session is opened under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long it may go unused.
    pub idle: Duration,
    /// How long it may last, used or not.
    pub absolute: Duration,
}

impl Default for Limits {
    /// Half an hour idle, twelve hours in all.
    fn default() -> Self {
        Self { idle: Duration::from_secs(30 * 60), absolute: Duration::from_secs(12 * 60 * 60) }
    }
}

impl Limits {
    /// When a session opened at `created` ends at the latest: the absolute limit, or what the identity provider
    /// said (`SessionNotOnOrAfter`, SAML core §2.7.2), whichever comes first.
    pub fn absolute_end(&self, created: Timestamp, not_on_or_after: Option<Timestamp>) -> Timestamp {
        let end = created.plus(self.absolute);
        not_on_or_after.map_or(end, |stated| stated.min(end))
    }
}

/// Whether a session still opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It does.
    Live,
    /// It was unused for too long.
    Idle,
    /// It reached its absolute end, or was revoked.
    Ended,
}

/// What decides a session's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    pub created: Timestamp,
    pub last_seen: Timestamp,
    /// From [`Limits::absolute_end`].
    pub absolute_end: Timestamp,
    pub revoked: bool,
}

impl Session {
    /// The session's state at `now` under today's `limits`: a limit that was lowered holds for sessions already open.
    pub fn state(&self, limits: &Limits, now: Timestamp) -> State {
        if self.revoked || now >= self.absolute_end || now >= self.created.plus(limits.absolute) {
            State::Ended
        } else if now >= self.last_seen.plus(limits.idle) {
            State::Idle
        } else {
            State::Live
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn opened() -> Session {
        let created = Timestamp::from_micros(1_700_000_000_000_000);
        let absolute_end = Limits::default().absolute_end(created, None);
        Session { created, last_seen: created, absolute_end, revoked: false }
    }

    #[test]
    fn a_session_lives_until_it_was_unused_for_half_an_hour() {
        let session = opened();
        assert_eq!(session.state(&Limits::default(), session.created.plus(29 * MINUTE)), State::Live);
        assert_eq!(session.state(&Limits::default(), session.created.plus(30 * MINUTE)), State::Idle);
    }

    #[test]
    fn use_does_not_carry_a_session_past_its_absolute_end() {
        let session = Session { last_seen: opened().created.plus(719 * MINUTE), ..opened() };
        assert_eq!(session.state(&Limits::default(), session.created.plus(719 * MINUTE)), State::Live);
        assert_eq!(session.state(&Limits::default(), session.created.plus(720 * MINUTE)), State::Ended);
    }

    #[test]
    fn the_identity_providers_earlier_end_wins_and_its_later_one_does_not() {
        let (limits, created) = (Limits::default(), opened().created);
        assert_eq!(limits.absolute_end(created, Some(created.plus(MINUTE))), created.plus(MINUTE));
        assert_eq!(limits.absolute_end(created, Some(created.plus(9_999 * MINUTE))), created.plus(limits.absolute));
    }

    #[test]
    fn a_revoked_session_has_ended() {
        let session = Session { revoked: true, ..opened() };
        assert_eq!(session.state(&Limits::default(), session.created), State::Ended);
    }

    #[test]
    fn a_lowered_limit_holds_for_open_sessions() {
        let limits = Limits { idle: 30 * MINUTE, absolute: 10 * MINUTE };
        assert_eq!(opened().state(&limits, opened().created.plus(11 * MINUTE)), State::Ended);
    }

    proptest! {
        #[test]
        fn a_session_that_stopped_living_never_lives_again_unused(seen in 0_u64..100_000, first in 0_u64..100_000, more in 0_u64..100_000) {
            let session = Session { last_seen: opened().created.plus(Duration::from_secs(seen)), ..opened() };
            let now = opened().created.plus(Duration::from_secs(first));
            let later = now.plus(Duration::from_secs(more));
            if session.state(&Limits::default(), now) != State::Live {
                prop_assert_ne!(session.state(&Limits::default(), later), State::Live);
            }
        }
    }
}
