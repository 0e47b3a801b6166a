//! Secrets that cannot be printed or compared by accident, and the one format of every bearer token we hand out.
//!
//! A token reads `pcl_<kind>_<secret><check>`: a prefix that secret scanners recognise, 32 random bytes, and four
//! bytes of checksum, so that a mistyped token is refused without a look-up. Only the SHA-256 of the whole token is
//! stored and looked up; a fast hash is right because the secret has 256 bits of entropy.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::Chance;

/// Text that must not be shown: a bearer token, a password, a cookie.
#[derive(Clone, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes over `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, named so that each use stands out.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored and looked up instead of the secret.
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The SHA-256 of a high-entropy secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// As the 64 lower-case hex digits under which it is stored.
    pub fn hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            use fmt::Write;
            let _infallible = write!(text, "{byte:02x}");
            text
        })
    }

    /// Reads what [`Digest::hex`] wrote.
    pub fn from_hex(hex: &str) -> Option<Self> {
        if hex.len() != 64 {
            return None;
        }
        let mut bytes = [0_u8; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

/// What a token opens; it is part of the token's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A directory's SCIM bearer token.
    Scim,
    /// What a client that fetches tokens proves itself with.
    ClientSecret,
    /// A key for the management and decision APIs.
    ApiKey,
    /// A browser session's cookie.
    Session,
    /// The one-time link that makes the first owner.
    OwnerSetup,
    /// A one-time link that lets somebody choose a password.
    Invitation,
    /// A sign-in that is not finished: what it still needs, its browser's cookie says.
    SignInStep,
    /// Binds a sign-in to the browser that began it.
    LoginNonce,
    /// A form's proof that our own page sent it.
    Csrf,
}

impl TokenKind {
    /// The prefix, e.g. `pcl_scim_`.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Scim => "pcl_scim_",
            Self::ClientSecret => "pcl_sec_",
            Self::ApiKey => "pcl_key_",
            Self::Session => "pcl_ses_",
            Self::OwnerSetup => "pcl_own_",
            Self::Invitation => "pcl_inv_",
            Self::SignInStep => "pcl_stp_",
            Self::LoginNonce => "pcl_log_",
            Self::Csrf => "pcl_csrf_",
        }
    }
}

/// The text was not a token of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the token does not begin with `{0}`")]
    Prefix(&'static str),
    #[error("the token is mistyped or cut short")]
    Checksum,
}

/// Makes and checks tokens.
#[derive(Debug, Clone, Copy)]
pub struct TokenParts;

impl TokenParts {
    /// A fresh token of `kind`.
    pub fn generate(kind: TokenKind, chance: &dyn Chance) -> Secret {
        let mut secret = [0_u8; 32];
        chance.fill(&mut secret);
        let check = Self::checksum(kind, &secret);
        let body: Vec<u8> = secret.iter().chain(&check).copied().collect();
        Secret(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(body)))
    }

    /// Whether `text` can be a token of `kind` at all; says nothing about whether it opens anything.
    pub fn check(kind: TokenKind, text: &str) -> Result<(), TokenError> {
        let body = text.strip_prefix(kind.prefix()).ok_or(TokenError::Prefix(kind.prefix()))?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| TokenError::Checksum)?;
        match bytes.split_at_checked(32) {
            Some((secret, check)) if check == Self::checksum(kind, secret) => Ok(()),
            Some(_) | None => Err(TokenError::Checksum),
        }
    }

    fn checksum(kind: TokenKind, secret: &[u8]) -> [u8; 4] {
        let digest = Sha256::new().chain_update(kind.prefix()).chain_update(secret).finalize();
        let mut check = [0_u8; 4];
        check.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        check
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chance::CountingChance;

    #[test]
    fn a_token_passes_its_own_check_and_no_other_kinds() {
        let token = TokenParts::generate(TokenKind::Scim, &CountingChance::default());
        assert_eq!(TokenParts::check(TokenKind::Scim, token.expose()), Ok(()));
        assert_eq!(TokenParts::check(TokenKind::ApiKey, token.expose()), Err(TokenError::Prefix("pcl_key_")));
    }

    #[test]
    fn a_changed_character_is_noticed() {
        let token = TokenParts::generate(TokenKind::ApiKey, &CountingChance::default());
        let wrong = token.expose().replace("AAAAAA", "AAABAA");
        assert_eq!(TokenParts::check(TokenKind::ApiKey, &wrong), Err(TokenError::Checksum));
    }

    #[test]
    fn a_digest_survives_its_hex() {
        let digest = Digest::of(b"x");
        assert_eq!(Digest::from_hex(&digest.hex()), Some(digest));
        assert_eq!(Digest::from_hex("é".repeat(32).as_str()), None);
    }

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
        assert_eq!(format!("{:?}", Digest::of(b"hunter2")), "Digest(…)");
    }
}
