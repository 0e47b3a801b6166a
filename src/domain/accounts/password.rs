//! Passwords: what they must be, and hashing them.
//!
//! Argon2id with 19 MiB, two passes, one lane (OWASP's recommendation). Of what a password must be, NIST SP 800-63B §3.1.1 is
//! followed: length counts, kinds of characters do not, and nothing expires.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::domain::GatewayError;
use crate::model::{Chance, Secret, fold};

/// Characters of a password.
const SHORTEST: usize = 12;
const LONGEST: usize = 256;
/// Passwords checked at once; each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Passwords that wait to be checked.
const WAITING: usize = 64;

/// A hash that no password has: what is compared when there is nothing to compare with, so that it takes as long.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IGZvciBubw$\
                       AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes passwords, a few at once.
#[derive(Debug, Clone)]
pub struct Passwords {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { running: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::new(Semaphore::new(WAITING)) }
    }
}

fn argon2() -> Argon2<'static> {
    let parameters = Params::new(19 * 1_024, 2, 1, None).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
}

impl Passwords {
    /// The PHC string to store for a password.
    pub(super) async fn hash(&self, password: Secret, chance: &dyn Chance) -> Result<String, GatewayError> {
        let mut salt = [0_u8; 16];
        chance.fill(&mut salt);
        self.run(move || {
            let hash = argon2().hash_password_with_salt(normal(&password).as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|_| GatewayError::Busy)
        })
        .await?
    }

    /// Which of these stored hashes the password fits. Takes the time of one comparison at least.
    pub(super) async fn fits(&self, password: Secret, stored: Vec<String>) -> Result<Vec<bool>, GatewayError> {
        self.run(move || {
            let fits = |hash: &str| argon2().verify_password(normal(&password).as_bytes(), hash).is_ok();
            if stored.is_empty() {
                let _nobodys = fits(NOBODYS);
            }
            stored.iter().map(|hash| fits(hash)).collect()
        })
        .await
    }

    /// Runs `work` off the async threads once there is room for it.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, GatewayError> {
        let _place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_full| GatewayError::Busy)?;
        let permit = Arc::clone(&self.running).acquire_owned().await.map_err(|_closed| GatewayError::Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let _held = permit;
            work()
        });
        done.await.map_err(|_lost| GatewayError::Busy)
    }
}

/// The same characters are the same password, however a keyboard composes them.
fn normal(password: &Secret) -> String {
    password.expose().nfkc().collect()
}

/// Refuses what is no good password for somebody of this name.
pub(super) fn check(password: &Secret, user_name: &str) -> Result<(), GatewayError> {
    let refuse = |why: String| Err(GatewayError::Invalid(why));
    let text = normal(password);
    let length = text.chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        return refuse(format!("a password has {SHORTEST} to {LONGEST} characters"));
    }
    let mut different: Vec<char> = text.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < 5 {
        return refuse("a password of fewer than five different characters is guessed at once".to_owned());
    }
    let (text, name) = (fold(&text).into_string(), fold(user_name).into_string());
    let local_part = name.split('@').next().unwrap_or_default();
    if text.contains(&name)
        || (local_part.len() > 3 && text.starts_with(local_part) && length < SHORTEST + local_part.len())
    {
        return refuse("a password that is made of the user name is guessed at once".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SystemChance;

    fn is_good(password: &str) -> bool {
        check(&Secret::new(password), "ann.lee@corp.example").is_ok()
    }

    #[test]
    fn length_counts_and_kinds_of_characters_do_not() {
        assert!(is_good("correct horse battery"));
        assert!(is_good("пароль с пробелами"));
        for bad in ["", "short pass!", "aaaaaaaaaaaaaaaa", "ann.lee@corp.example", "ann.lee-2026", &"xyzäö".repeat(60)]
        {
            assert!(!is_good(bad), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_however_it_is_composed_and_no_other() {
        let passwords = Passwords::default();
        let hash = passwords.hash(Secret::new("pass\u{e9} compos\u{e9}"), &SystemChance).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let decomposed = Secret::new("passe\u{301} compose\u{301}");
        assert_eq!(passwords.fits(decomposed, vec![NOBODYS.to_owned(), hash.clone()]).await.unwrap(), [false, true]);
        assert_eq!(passwords.fits(Secret::new("passe compose"), vec![hash]).await.unwrap(), [false]);
    }

    #[test]
    fn nobodys_hash_costs_what_a_real_one_costs() {
        let parsed = argon2::password_hash::phc::PasswordHash::new(NOBODYS).unwrap();
        assert_eq!(parsed.params.to_string(), "m=19456,t=2,p=1");
    }
}
