//! JWT assertions (RFC 7523 §3): signed by the client's own key, for us, for a short time, and shown once.
//!
//! Algorithms are those of an allow-list and of the registered key's kind, so that neither `none` nor a key taken for a
//! shared secret passes (RFC 8725 §3.1). Nothing in the header says where a key is.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Verifier};
use openssl::x509::X509;
use serde_json::{Map, Value};

use crate::model::Timestamp;

/// The most characters of an assertion.
const MAX_CHARS: usize = 16_384;

/// The most characters of a `jti`.
const MAX_ID: usize = 256;

/// The longest time for which an assertion may be good, and how far our clocks may differ, in seconds.
const MAX_SECONDS: i64 = 3_600;
const SKEW: i64 = 60;

/// Why an assertion, or a key, is not taken. The text is for whoever sent it, and quotes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    #[error("the assertion is no signed JWT in compact form")]
    Malformed,
    #[error(
        "`alg` is none of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, or does not go with the key"
    )]
    Algorithm,
    #[error("the header has `crit`, which is not understood")]
    Critical,
    #[error("the signature is not one of the client's key")]
    Signature,
    #[error("`iss` and `sub` are not both the client's id")]
    Party,
    #[error("`aud` does not name this server")]
    Audience,
    #[error("`exp` is missing, has passed, or lies more than an hour ahead")]
    Expiry,
    #[error("`nbf` or `iat` lies ahead")]
    NotYet,
    #[error("`jti` is missing, empty or longer than 256 characters")]
    Id,
    #[error("the key is neither RSA with 2048 to 16384 bits nor ECDSA on P-256, P-384 or P-521, in PEM")]
    Key,
}

/// An assertion as it was sent; nothing of it is to be believed yet.
#[derive(Debug)]
pub struct Assertion {
    signed: String,
    signature: Vec<u8>,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

/// What a verified assertion says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub id: String,
    pub expires: Timestamp,
}

impl Assertion {
    /// Takes one apart.
    pub fn parse(text: &str) -> Result<Self, AssertionError> {
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else { return Err(AssertionError::Malformed) };
        if text.len() > MAX_CHARS {
            return Err(AssertionError::Malformed);
        }
        Ok(Self {
            signed: format!("{header}.{claims}"),
            signature: decoded(signature)?,
            header: object(header)?,
            claims: object(claims)?,
        })
    }

    /// Who says to have signed it.
    pub fn issuer(&self) -> Option<&str> {
        self.claims.get("iss")?.as_str()
    }

    /// Whether it is what the client `id` signed with `key` for one of `audiences`, and good now.
    pub fn verify(
        &self,
        key: &ClientKey,
        id: &str,
        audiences: &[String],
        now: Timestamp,
    ) -> Result<Verified, AssertionError> {
        if self.header.contains_key("crit") {
            return Err(AssertionError::Critical);
        }
        let algorithm = self.header.get("alg").and_then(Value::as_str).ok_or(AssertionError::Algorithm)?;
        if !key.verifies(algorithm, self.signed.as_bytes(), &self.signature)? {
            return Err(AssertionError::Signature);
        }
        let text = |name: &str| self.claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(id) || text("sub") != Some(id) {
            return Err(AssertionError::Party);
        }
        if !self.is_for(audiences) {
            return Err(AssertionError::Audience);
        }
        let now = now.micros().div_euclid(1_000_000);
        let expires = self.seconds("exp", AssertionError::Expiry)?.ok_or(AssertionError::Expiry)?;
        if expires <= now || expires > now.saturating_add(MAX_SECONDS) {
            return Err(AssertionError::Expiry);
        }
        for name in ["nbf", "iat"] {
            if self.seconds(name, AssertionError::NotYet)?.is_some_and(|at| at > now.saturating_add(SKEW)) {
                return Err(AssertionError::NotYet);
            }
        }
        let id = text("jti").filter(|id| !id.is_empty() && id.chars().count() <= MAX_ID);
        let id = id.ok_or(AssertionError::Id)?.to_owned();
        Ok(Verified { id, expires: Timestamp::from_micros(expires.saturating_mul(1_000_000)) })
    }

    fn is_for(&self, audiences: &[String]) -> bool {
        let is_ours = |value: &Value| value.as_str().is_some_and(|text| audiences.iter().any(|ours| ours == text));
        match self.claims.get("aud") {
            Some(Value::Array(all)) => all.iter().any(is_ours),
            Some(one) => is_ours(one),
            None => false,
        }
    }

    /// A NumericDate (RFC 7519 §2), which may have a fraction.
    fn seconds(&self, name: &str, error: AssertionError) -> Result<Option<i64>, AssertionError> {
        let Some(value) = self.claims.get(name) else { return Ok(None) };
        let whole = value.as_i64().or_else(|| {
            let number = value.as_f64().filter(|number| number.is_finite() && number.abs() < 1e12)?;
            format!("{:.0}", number.floor()).parse().ok()
        });
        whole.map(Some).ok_or(error)
    }
}

fn decoded(part: &str) -> Result<Vec<u8>, AssertionError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| AssertionError::Malformed)
}

fn object(part: &str) -> Result<Map<String, Value>, AssertionError> {
    serde_json::from_slice(&decoded(part)?).map_err(|_| AssertionError::Malformed)
}

/// The public key that a client's assertions are signed with.
pub struct ClientKey(PKey<Public>);

impl ClientKey {
    /// Reads a public key or a certificate in PEM.
    pub fn parse(pem: &str) -> Result<Self, AssertionError> {
        let key = if pem.contains("-----BEGIN CERTIFICATE-----") {
            X509::from_pem(pem.as_bytes()).and_then(|certificate| certificate.public_key())
        } else {
            PKey::public_key_from_pem(pem.as_bytes())
        };
        let key = key.map_err(|_| AssertionError::Key)?;
        let is_strong = match key.id() {
            Id::RSA => (2048..=16_384).contains(&key.bits()),
            Id::EC => curve(&key).is_some_and(|curve| CURVES.iter().any(|(_, known, _)| *known == curve)),
            _other => false,
        };
        if is_strong { Ok(Self(key)) } else { Err(AssertionError::Key) }
    }

    /// In the one form in which it is stored.
    pub fn to_pem(&self) -> Result<String, AssertionError> {
        let pem = self.0.public_key_to_pem().map_err(|_| AssertionError::Key)?;
        String::from_utf8(pem).map_err(|_| AssertionError::Key)
    }

    fn verifies(&self, algorithm: &str, bytes: &[u8], signature: &[u8]) -> Result<bool, AssertionError> {
        let (kind, size) = algorithm.split_at_checked(2).ok_or(AssertionError::Algorithm)?;
        let digest = match size {
            "256" => MessageDigest::sha256(),
            "384" => MessageDigest::sha384(),
            "512" => MessageDigest::sha512(),
            _unknown => return Err(AssertionError::Algorithm),
        };
        let verified = match (kind, self.0.id()) {
            ("RS", Id::RSA) => self.rsa(Padding::PKCS1, digest, bytes, signature),
            ("PS", Id::RSA) => self.rsa(Padding::PKCS1_PSS, digest, bytes, signature),
            ("ES", Id::EC) => {
                let of_curve = CURVES.iter().find(|(name, ..)| *name == algorithm);
                let (_, curve_of, width) = of_curve.ok_or(AssertionError::Algorithm)?;
                if curve(&self.0) != Some(*curve_of) {
                    return Err(AssertionError::Algorithm);
                }
                self.ecdsa(*width, digest, bytes, signature)
            }
            _mismatch => return Err(AssertionError::Algorithm),
        };
        // A signature that OpenSSL cannot read is none.
        Ok(verified.unwrap_or(false))
    }

    fn rsa(&self, padding: Padding, digest: MessageDigest, bytes: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
        let mut verifier = Verifier::new(digest, &self.0)?;
        verifier.set_rsa_padding(padding)?;
        if padding == Padding::PKCS1_PSS {
            verifier.set_rsa_mgf1_md(digest)?;
            verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        }
        verifier.verify_oneshot(signature, bytes)
    }

    /// The two numbers stand side by side (RFC 7518 §3.4).
    fn ecdsa(&self, width: usize, digest: MessageDigest, bytes: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
        let Some((r, s)) = signature.split_at_checked(width).filter(|(_, s)| s.len() == width) else {
            return Ok(false);
        };
        let der = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?.to_der()?;
        Verifier::new(digest, &self.0)?.verify_oneshot(&der, bytes)
    }
}

/// The algorithm of each curve (RFC 7518 §3.4), and how many bytes a number has.
const CURVES: [(&str, Nid, usize); 3] =
    [("ES256", Nid::X9_62_PRIME256V1, 32), ("ES384", Nid::SECP384R1, 48), ("ES512", Nid::SECP521R1, 66)];

fn curve(key: &PKey<Public>) -> Option<Nid> {
    key.ec_key().ok()?.group().curve_name()
}

#[cfg(test)]
mod tests;
