//! Certificates of identity providers, and the key pair of this service provider.
//!
//! A certificate is a container for a key here, nothing more: SAML trusts the keys in the metadata, so neither issuer
//! nor expiry decides (expiry is shown and warned about). A key too weak to trust never becomes a [`Certificate`].

use std::fmt;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private, Public};
use openssl::rsa::Rsa;
use openssl::sign::{Signer, Verifier};
use openssl::x509::{X509, X509NameBuilder};

use super::algorithm::{KeyKind, SignatureAlgorithm};
use super::encoding;
use super::limits;
use crate::model::{Chance, Digest, Secret, Timestamp};

/// Why a key or certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the certificate is not an X.509 certificate in PEM or base64")]
    NotACertificate,
    #[error("the key is not a private key in PEM")]
    NotAKey,
    #[error("the key is neither RSA with 2048 to 16384 bits nor ECDSA on P-256, P-384 or P-521")]
    WeakKey,
    #[error("the certificate is for another key than the private key")]
    NotAPair,
    #[error("openssl failed")]
    OpenSsl(#[from] ErrorStack),
}

/// An X.509 certificate with a key that may be used: RSA of at least 2048 bits, or ECDSA on a NIST curve.
#[derive(Clone)]
pub struct Certificate {
    x509: X509,
    key: PKey<Public>,
    kind: KeyKind,
    der: Vec<u8>,
}

impl Certificate {
    /// Reads PEM, or the bare base64 that metadata holds.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let body = match text.split_once("-----BEGIN CERTIFICATE-----") {
            Some((_, rest)) => rest.split_once("-----END CERTIFICATE-----").ok_or(KeyError::NotACertificate)?.0,
            None => text,
        };
        let der = encoding::base64(body, limits::MESSAGE_BYTES).map_err(|_| KeyError::NotACertificate)?;
        Self::of(X509::from_der(&der).map_err(|_| KeyError::NotACertificate)?)
    }

    fn of(x509: X509) -> Result<Self, KeyError> {
        let key = x509.public_key().map_err(|_| KeyError::NotACertificate)?;
        let kind = kind(&key)?;
        let der = x509.to_der()?;
        Ok(Self { x509, key, kind, der })
    }

    /// The certificate in PEM.
    pub fn pem(&self) -> String {
        let body = encoding::to_base64(&self.der);
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        for (at, c) in body.chars().enumerate() {
            if at > 0 && at % 64 == 0 {
                pem.push('\n');
            }
            pem.push(c);
        }
        pem.push_str("\n-----END CERTIFICATE-----\n");
        pem
    }

    /// The certificate in base64 on one line, as metadata holds it.
    pub fn base64(&self) -> String {
        encoding::to_base64(&self.der)
    }

    /// The SHA-256 of the certificate in lower-case hex.
    pub fn fingerprint(&self) -> String {
        Digest::of(&self.der).hex()
    }

    /// The subject's common name, for people to recognise.
    pub fn common_name(&self) -> Option<String> {
        let entry = self.x509.subject_name().entries_by_nid(Nid::COMMONNAME).next()?;
        entry.data().to_string().ok()
    }

    /// When the certificate expires. Advice, not a verdict.
    pub fn not_after(&self) -> Timestamp {
        let micros = || {
            let since = Asn1Time::from_unix(0).ok()?.diff(self.x509.not_after()).ok()?;
            let seconds = i64::from(since.days).checked_mul(86_400)?.checked_add(i64::from(since.secs))?;
            seconds.checked_mul(1_000_000)
        };
        Timestamp::from_micros(micros().unwrap_or(i64::MAX))
    }

    /// The kind of the key.
    pub(super) fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The public key.
    pub(super) fn public_key(&self) -> &PKey<Public> {
        &self.key
    }

    /// Whether `signature` over `bytes` was made with this certificate's key.
    ///
    /// An ECDSA signature is the two numbers side by side, each as long as the curve's order (RFC 9231 §2.3.6).
    pub(super) fn verifies(&self, algorithm: SignatureAlgorithm, bytes: &[u8], signature: &[u8]) -> bool {
        let verify = || -> Result<bool, ErrorStack> {
            let mut verifier = Verifier::new(algorithm.hash.digest(), &self.key)?;
            match self.kind {
                KeyKind::Rsa => verifier.verify_oneshot(signature, bytes),
                KeyKind::Ec => {
                    let width = usize::try_from(self.key.bits().div_ceil(8)).unwrap_or(0);
                    let Some((r, s)) = signature.split_at_checked(width).filter(|(_, s)| s.len() == width) else {
                        return Ok(false);
                    };
                    let der =
                        EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?.to_der()?;
                    verifier.verify_oneshot(&der, bytes)
                }
            }
        };
        self.kind == algorithm.key && verify().unwrap_or(false)
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint())
    }
}

/// The kind of a key that is strong enough, or the refusal of any other.
fn kind(key: &PKey<Public>) -> Result<KeyKind, KeyError> {
    match key.id() {
        Id::RSA if (2048..=16_384).contains(&key.bits()) => Ok(KeyKind::Rsa),
        Id::EC => {
            let curve = key.ec_key()?.group().curve_name();
            let known = [Nid::X9_62_PRIME256V1, Nid::SECP384R1, Nid::SECP521R1];
            if curve.is_some_and(|curve| known.contains(&curve)) { Ok(KeyKind::Ec) } else { Err(KeyError::WeakKey) }
        }
        _ => Err(KeyError::WeakKey),
    }
}

/// This service provider's RSA key with its certificate. It signs requests and opens what was encrypted for us.
#[derive(Clone)]
pub struct SpKey {
    private: PKey<Private>,
    certificate: Certificate,
}

impl SpKey {
    /// Reads a private key and its certificate from PEM.
    pub fn parse(private_key_pem: &Secret, certificate_pem: &str) -> Result<Self, KeyError> {
        let private = PKey::private_key_from_pem(private_key_pem.expose().as_bytes()).map_err(|_| KeyError::NotAKey)?;
        let certificate = Certificate::parse(certificate_pem)?;
        if certificate.kind() != KeyKind::Rsa {
            return Err(KeyError::WeakKey);
        }
        if !certificate.public_key().public_eq(&private) {
            return Err(KeyError::NotAPair);
        }
        Ok(Self { private, certificate })
    }

    /// A fresh RSA key of `bits` (at least 2048) and a self-signed certificate that is valid for ten years from `now`.
    /// The key's randomness is OpenSSL's own; `chance` gives the serial number.
    pub fn generate(common_name: &str, bits: u32, now: Timestamp, chance: &dyn Chance) -> Result<Self, KeyError> {
        const TEN_YEARS_SECONDS: i64 = 3_652 * 86_400;
        if bits < 2048 {
            return Err(KeyError::WeakKey);
        }
        let private = PKey::from_rsa(Rsa::generate(bits)?)?;
        // X.520 allows 64 characters in a common name.
        let common_name: String = common_name.chars().take(64).collect();
        let mut name = X509NameBuilder::new()?;
        name.append_entry_by_nid(Nid::COMMONNAME, &common_name)?;
        let name = name.build();
        let mut serial = [0_u8; 16];
        chance.fill(&mut serial);
        if let Some(first) = serial.first_mut() {
            *first = (*first & 0x7f) | 0x40;
        }
        let mut builder = X509::builder()?;
        builder.set_version(2)?;
        builder.set_serial_number(&*BigNum::from_slice(&serial)?.to_asn1_integer()?)?;
        builder.set_subject_name(&name)?;
        builder.set_issuer_name(&name)?;
        builder.set_pubkey(&private)?;
        builder.set_not_before(&*Asn1Time::from_unix(now.seconds())?)?;
        builder.set_not_after(&*Asn1Time::from_unix(now.seconds().saturating_add(TEN_YEARS_SECONDS))?)?;
        builder.sign(&private, MessageDigest::sha256())?;
        Ok(Self { private, certificate: Certificate::of(builder.build())? })
    }

    /// The private key in PEM (PKCS #8), to be stored sealed.
    pub fn private_key_pem(&self) -> Result<Secret, KeyError> {
        let pem = self.private.private_key_to_pem_pkcs8()?;
        String::from_utf8(pem).map(Secret::new).map_err(|_| KeyError::NotAKey)
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The private key.
    pub(super) fn private(&self) -> &PKey<Private> {
        &self.private
    }

    /// The RSA-SHA256 signature over `bytes`.
    pub(super) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(Signer::new(MessageDigest::sha256(), &self.private)?.sign_oneshot_to_vec(bytes)?)
    }
}

impl fmt::Debug for SpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpKey({:?})", self.certificate)
    }
}
