//! For how long an account rests after wrong passwords and codes. Pure.
//!
//! The count is kept in the transaction that looks at the answer, so that many guesses at once are one after the other.
//! An account never rests for longer than [`LONGEST`]: whoever guesses at somebody's account must not keep them out for
//! good. A SAML sign-in is not held up by it.

use std::time::Duration;

use crate::model::Timestamp;
use crate::store::credentials::CredentialRow;

/// Wrong answers that cost nothing.
const FREE: i64 = 5;
/// After the first that is not free.
const SHORTEST: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Whether nothing may be tried now.
pub fn rests(row: &CredentialRow, now: Timestamp) -> bool {
    row.rests_until.is_some_and(|until| now.micros() < until)
}

/// Counts a wrong answer.
pub fn wrong(row: &mut CredentialRow, now: Timestamp) {
    row.failures = row.failures.saturating_add(1);
    row.rests_until = pause(row.failures).map(|pause| now.plus(pause).micros());
}

/// Forgets wrong answers.
pub fn right(row: &mut CredentialRow) {
    row.failures = 0;
    row.rests_until = None;
}

/// The pause after so many wrong answers: it doubles with each.
fn pause(failures: i64) -> Option<Duration> {
    let doublings = u32::try_from(failures.checked_sub(FREE).filter(|over| *over > 0)? - 1).unwrap_or(u32::MAX);
    let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
    Some(SHORTEST.saturating_mul(factor).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_answers_are_free_and_then_the_pause_doubles_up_to_a_quarter_of_an_hour() {
        let seconds = |failures| pause(failures).map(|pause| pause.as_secs());
        assert_eq!([0, 1, 5].map(seconds), [None; 3]);
        assert_eq!([6, 7, 8, 9].map(seconds), [15, 30, 60, 120].map(Some));
        assert_eq!([12, 13, 1_000, i64::MAX].map(seconds), [900; 4].map(Some));
    }
}
