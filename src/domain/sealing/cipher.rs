//! The cipher that secrets are stored under: AES-256-GCM with one key for the installation.
//!
//! What is stored reads `sealed:v1:<base64 of nonce, ciphertext and tag>`. The place where it stands is authenticated with
//! it, so that a sealed value copied into another row, or another column, does not open there.
//!
//! A nonce is 96 bits of chance: far below the 2^32 values that one key may seal (NIST SP 800-38D §8.3).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};

use crate::model::{Chance, Digest, OrganizationId, Secret};

const PREFIX: &str = "sealed:v1:";
const KEY: usize = 32;
const NONCE: usize = 12;
const TAG: usize = 16;

/// Why something could not be sealed or opened. Never what was in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("a key is 32 bytes of base64")]
    Key,
    #[error("it is not sealed")]
    NotSealed,
    #[error("it was sealed under another key, in another place, or was altered")]
    Refused,
    #[error("the cipher failed")]
    Cipher,
}

/// Where a sealed value stands.
#[derive(Debug, Clone)]
pub struct Place {
    pub organization: OrganizationId,
    /// The row's id.
    pub row: String,
    pub column: &'static str,
}

impl Place {
    fn text(&self) -> String {
        format!("{}/{}/{}", self.organization, self.row, self.column)
    }
}

/// The key that secrets are sealed under. Neither prints nor compares.
#[derive(Clone)]
pub struct SealingKey([u8; KEY]);

impl SealingKey {
    /// A fresh key.
    pub fn generate(chance: &dyn Chance) -> Self {
        let mut key = [0_u8; KEY];
        chance.fill(&mut key);
        Self(key)
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    pub fn from_text(text: &Secret) -> Result<Self, SealError> {
        let bytes = STANDARD.decode(text.expose().trim()).map_err(|_| SealError::Key)?;
        bytes.try_into().map(Self).map_err(|_| SealError::Key)
    }

    /// The key as base64, to be kept where only the gateway reads.
    pub fn to_text(&self) -> Secret {
        Secret::new(STANDARD.encode(self.0))
    }

    /// A key of its own for each purpose.
    pub fn derived(&self, purpose: &str) -> Digest {
        Digest::of(&[Digest::of(&self.0).as_bytes().as_slice(), purpose.as_bytes()].concat())
    }

    /// Seals `secret` for this place.
    pub fn seal(&self, place: &Place, secret: &Secret, chance: &dyn Chance) -> Result<String, SealError> {
        let mut nonce = [0_u8; NONCE];
        chance.fill(&mut nonce);
        let mut tag = [0_u8; TAG];
        let (aad, plain) = (place.text(), secret.expose().as_bytes());
        let sealed = encrypt_aead(Cipher::aes_256_gcm(), &self.0, Some(&nonce), aad.as_bytes(), plain, &mut tag);
        let sealed = sealed.map_err(|_| SealError::Cipher)?;
        Ok(format!("{PREFIX}{}", STANDARD.encode([nonce.as_slice(), &sealed, &tag].concat())))
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, place: &Place, stored: &str) -> Result<Secret, SealError> {
        let encoded = stored.strip_prefix(PREFIX).ok_or(SealError::NotSealed)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SealError::Refused)?;
        let (nonce, rest) = bytes.split_at_checked(NONCE).ok_or(SealError::Refused)?;
        let end = rest.len().checked_sub(TAG).ok_or(SealError::Refused)?;
        let (sealed, tag) = rest.split_at_checked(end).ok_or(SealError::Refused)?;
        let aad = place.text();
        let plain = decrypt_aead(Cipher::aes_256_gcm(), &self.0, Some(nonce), aad.as_bytes(), sealed, tag)
            .map_err(|_| SealError::Refused)?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| SealError::Refused)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

/// Whether a stored value is sealed.
pub fn is_sealed(stored: &str) -> bool {
    stored.starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ConnectionId, SystemChance, Timestamp};

    fn place() -> Place {
        let (now, chance) = (Timestamp::from_micros(1), SystemChance);
        Place {
            organization: OrganizationId::new(now, &chance),
            row: ConnectionId::new(now, &chance).to_string(),
            column: "sp_key_pem",
        }
    }

    #[test]
    fn what_was_sealed_opens_in_its_place_and_shows_nothing_meanwhile() {
        let (key, place) = (SealingKey::generate(&SystemChance), place());
        let sealed = key.seal(&place, &Secret::new("hunter2"), &SystemChance).unwrap();
        assert!(is_sealed(&sealed) && !sealed.contains("hunter2"), "{sealed}");
        assert_eq!(key.open(&place, &sealed).unwrap().expose(), "hunter2");
        let read_again = SealingKey::from_text(&Secret::new(format!("{}\n", key.to_text().expose()))).unwrap();
        assert_eq!(read_again.open(&place, &sealed).unwrap().expose(), "hunter2");
    }

    #[test]
    fn it_opens_in_no_other_place_and_under_no_other_key() {
        let (key, here) = (SealingKey::generate(&SystemChance), place());
        let sealed = key.seal(&here, &Secret::new("hunter2"), &SystemChance).unwrap();
        let elsewhere = place();
        let others = [
            Place { organization: elsewhere.organization, ..here.clone() },
            Place { row: elsewhere.row, ..here.clone() },
            Place { column: "other", ..here.clone() },
        ];
        for other in others {
            assert_eq!(key.open(&other, &sealed).unwrap_err(), SealError::Refused, "{other:?}");
        }
        assert_eq!(SealingKey::generate(&SystemChance).open(&here, &sealed).unwrap_err(), SealError::Refused);
    }

    #[test]
    fn one_altered_character_and_every_cut_is_refused() {
        let (key, place) = (SealingKey::generate(&SystemChance), place());
        let sealed = key.seal(&place, &Secret::new("hunter2"), &SystemChance).unwrap();
        for at in PREFIX.len()..sealed.len() {
            let swapped = if &sealed[at..=at] == "A" { "B" } else { "A" };
            let altered = format!("{}{swapped}{}", &sealed[..at], &sealed[at + 1..]);
            assert!(key.open(&place, &altered).is_err(), "{altered}");
            assert!(key.open(&place, &sealed[..at]).is_err(), "{at}");
        }
        assert_eq!(key.open(&place, "-----BEGIN PRIVATE KEY-----").unwrap_err(), SealError::NotSealed);
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike_twice() {
        let (chance, place) = (SystemChance, place());
        let key = SealingKey::generate(&chance);
        let secret = Secret::new("hunter2");
        assert_ne!(key.seal(&place, &secret, &chance).unwrap(), key.seal(&place, &secret, &chance).unwrap());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "hunter2", "AAAA", &"A".repeat(44)] {
            assert_eq!(SealingKey::from_text(&Secret::new(text)).unwrap_err(), SealError::Key, "{text}");
        }
        assert_eq!(format!("{:?}", SealingKey::generate(&SystemChance)), "SealingKey(…)");
    }
}
