//! The algorithms this service provider takes, by their URI; everything not named here is refused by name.
//!
//! Signatures: RSA PKCS #1 v1.5 and ECDSA with SHA-256, SHA-384 or SHA-512 (RFC 9231). No SHA-1, no MD5, and no HMAC,
//! whose "key" an attacker could take from the public metadata.

use openssl::hash::MessageDigest;

use super::refusal::{Refusal, quoted};

/// Which kind of key a signature needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    Rsa,
    Ec,
}

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// From the URI of a `DigestMethod`.
    pub(super) fn of_digest(uri: &str) -> Result<Self, Refusal> {
        match uri {
            "http://www.w3.org/2001/04/xmlenc#sha256" => Ok(Self::Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => Ok(Self::Sha384),
            "http://www.w3.org/2001/04/xmlenc#sha512" => Ok(Self::Sha512),
            other => Err(Refusal::DigestAlgorithm { algorithm: quoted(other) }),
        }
    }

    /// The function, for OpenSSL.
    pub(super) fn digest(self) -> MessageDigest {
        match self {
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }
}

/// A signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SignatureAlgorithm {
    pub(super) key: KeyKind,
    pub(super) hash: Hash,
}

/// What this service provider signs with.
pub(super) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
/// The digest this service provider signs with.
pub(super) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

impl SignatureAlgorithm {
    /// From the URI of a `SignatureMethod` or a `SigAlg`.
    pub(super) fn of(uri: &str) -> Result<Self, Refusal> {
        let (key, hash) = match uri {
            RSA_SHA256 => (KeyKind::Rsa, Hash::Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => (KeyKind::Rsa, Hash::Sha384),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => (KeyKind::Rsa, Hash::Sha512),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => (KeyKind::Ec, Hash::Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => (KeyKind::Ec, Hash::Sha384),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512" => (KeyKind::Ec, Hash::Sha512),
            other => return Err(Refusal::SignatureAlgorithm { algorithm: quoted(other) }),
        };
        Ok(Self { key, hash })
    }
}
