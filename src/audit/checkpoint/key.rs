//! The keys of signed notes, in the text forms of the Go checksum database (`golang.org/x/mod/sumdb/note`), which
//! every C2SP tool reads: `name+keyid+base64(0x01 ‖ public key)`, and `PRIVATE+KEY+…` around the seed.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer;
use sha2::{Digest, Sha256};

use super::super::AuditError;
use super::Checkpoint;
use super::note::{self, Note};
use crate::model::{Chance, Secret};

/// The signed-note algorithm byte of Ed25519.
const ED25519: u8 = 1;

const PRIVATE: &str = "PRIVATE+KEY+";

/// Signs checkpoints. Neither prints nor compares.
#[derive(Clone)]
pub struct SigningKey {
    name: String,
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// A fresh key under `name`, the name of this installation as a URL without scheme; its logs' origins begin so.
    ///
    /// # Errors
    /// The name is empty, longer than 255 characters, or has a space or `+`.
    pub fn generate(name: impl Into<String>, chance: &dyn Chance) -> Result<Self, AuditError> {
        let mut seed = [0_u8; 32];
        chance.fill(&mut seed);
        Ok(Self { name: key_name(name.into())?, key: ed25519_dalek::SigningKey::from_bytes(&seed) })
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    /// The text is malformed, of another algorithm, or its key id is not that of the key.
    pub fn from_text(text: &Secret) -> Result<Self, AuditError> {
        let rest = text.expose().trim_end().strip_prefix(PRIVATE).ok_or(AuditError::Key("it is not a private key"))?;
        let (name, key_id, seed) = split(rest)?;
        let key = Self { name, key: ed25519_dalek::SigningKey::from_bytes(&seed) };
        if key.verify_key().key_id() != key_id {
            return Err(AuditError::Key("its key id is not that of the key"));
        }
        Ok(key)
    }

    /// The key as text, to be kept where only the gateway reads.
    pub fn to_text(&self) -> Secret {
        Secret::new(format!("{PRIVATE}{}", join(&self.name, self.verify_key().key_id(), &self.key.to_bytes())))
    }

    /// The key that verifies what this one signs.
    pub fn verify_key(&self) -> VerifyKey {
        VerifyKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The checkpoint as a signed note.
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        let body = checkpoint.body();
        let signature = self.key.sign(body.as_bytes()).to_bytes();
        note::assemble(&body, &self.name, self.verify_key().key_id(), &signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, …)", self.name)
    }
}

/// Verifies checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyKey {
    name: String,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifyKey {
    /// The name under which the key signs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of `SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)`: finds the signature line, proves nothing.
    pub fn key_id(&self) -> [u8; 4] {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize()
            .into();
        let [a, b, c, d, ..] = digest;
        [a, b, c, d]
    }

    /// The checkpoint in `note`, if this key signed it. Signatures of other keys are ignored.
    ///
    /// # Errors
    /// The note is malformed, bears no signature of this key, or a false one.
    pub fn verify(&self, note: &str) -> Result<Checkpoint, AuditError> {
        let note = Note::parse(note)?;
        let mut found = false;
        for line in note.signatures.iter().filter(|line| line.name == self.name && line.key_id == self.key_id()) {
            let signature = ed25519_dalek::Signature::from_slice(&line.signature)
                .map_err(|_| AuditError::Signature(self.name.clone()))?;
            self.key
                .verify_strict(note.body.as_bytes(), &signature)
                .map_err(|_| AuditError::Signature(self.name.clone()))?;
            found = true;
        }
        if !found {
            return Err(AuditError::Unsigned(self.name.clone()));
        }
        Checkpoint::parse_body(note.body)
    }
}

impl fmt::Display for VerifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&join(&self.name, self.key_id(), self.key.as_bytes()))
    }
}

impl FromStr for VerifyKey {
    type Err = AuditError;

    fn from_str(text: &str) -> Result<Self, AuditError> {
        let (name, key_id, bytes) = split(text.trim_end())?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes)
            .map_err(|_| AuditError::Key("it is not a point of the curve"))?;
        let key = Self { name, key };
        if key.key_id() != key_id {
            return Err(AuditError::Key("its key id is not that of the key"));
        }
        Ok(key)
    }
}

fn key_name(name: String) -> Result<String, AuditError> {
    let fits = !name.is_empty() && name.chars().count() <= 255;
    if fits && !name.chars().any(|character| character == '+' || character.is_whitespace() || character.is_control()) {
        return Ok(name);
    }
    Err(AuditError::KeyName(AuditError::excerpt(&name)))
}

fn join(name: &str, key_id: [u8; 4], bytes: &[u8; 32]) -> String {
    let tagged: Vec<u8> = std::iter::once(ED25519).chain(*bytes).collect();
    format!("{name}+{:08x}+{}", u32::from_be_bytes(key_id), STANDARD.encode(tagged))
}

fn split(text: &str) -> Result<(String, [u8; 4], [u8; 32]), AuditError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(key_id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(AuditError::Key("it is not `name+keyid+key`"));
    };
    let name = key_name(name.to_owned())?;
    let hex = key_id.len() == 8 && key_id.bytes().all(|digit| digit.is_ascii_hexdigit());
    let key_id = if hex { u32::from_str_radix(key_id, 16).ok() } else { None };
    let key_id = key_id.ok_or(AuditError::Key("its key id is not eight hex digits"))?;
    let bytes = STANDARD.decode(encoded).map_err(|_| AuditError::Key("it is not base64"))?;
    match bytes.split_first() {
        Some((&ED25519, rest)) => {
            let rest = rest.try_into().map_err(|_| AuditError::Key("it is not 32 bytes"))?;
            Ok((name, key_id.to_be_bytes(), rest))
        }
        Some(_) | None => Err(AuditError::Key("it is not an Ed25519 key")),
    }
}
