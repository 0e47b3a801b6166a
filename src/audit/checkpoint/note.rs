//! The frame of a signed note: a text, an empty line, and signature lines `— name base64(key id ‖ signature)`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::AuditError;
use super::MAX_NOTE_BYTES;

/// More signature lines than any log has witnesses.
const MAX_SIGNATURES: usize = 100;

const DASH: &str = "\u{2014} ";

/// A note taken apart.
#[derive(Debug)]
pub(super) struct Note<'n> {
    /// The signed text, with its last line ended.
    pub body: &'n str,
    pub signatures: Vec<Signature<'n>>,
}

/// One signature line.
#[derive(Debug)]
pub(super) struct Signature<'n> {
    pub name: &'n str,
    pub key_id: [u8; 4],
    pub signature: Vec<u8>,
}

impl<'n> Note<'n> {
    pub fn parse(text: &'n str) -> Result<Self, AuditError> {
        if text.len() > MAX_NOTE_BYTES {
            return Err(AuditError::Note("it is longer than 16 KiB"));
        }
        if text.chars().any(|character| character.is_control() && character != '\n') {
            return Err(AuditError::Note("it contains control characters"));
        }
        let (_, lines) =
            text.rsplit_once("\n\n").ok_or(AuditError::Note("it has no empty line before its signatures"))?;
        let body = text
            .get(..text.len() - lines.len() - 1)
            .ok_or(AuditError::Note("it has no empty line before its signatures"))?;
        let lines = lines.strip_suffix('\n').ok_or(AuditError::Note("the last line is not ended"))?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == MAX_SIGNATURES {
                return Err(AuditError::Note("it has more than 100 signatures"));
            }
            signatures.push(Signature::parse(line).ok_or(AuditError::Note("a signature line is malformed"))?);
        }
        Ok(Self { body, signatures })
    }
}

impl<'n> Signature<'n> {
    fn parse(line: &'n str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = STANDARD.decode(encoded).ok()?;
        let (key_id, signature) = bytes.split_first_chunk::<4>()?;
        if name.is_empty() || signature.is_empty() {
            return None;
        }
        Some(Self { name, key_id: *key_id, signature: signature.to_vec() })
    }
}

/// A note of `body` with one signature line.
pub(super) fn assemble(body: &str, name: &str, key_id: [u8; 4], signature: &[u8]) -> String {
    let bytes: Vec<u8> = key_id.iter().chain(signature).copied().collect();
    format!("{body}\n{DASH}{name} {}\n", STANDARD.encode(bytes))
}
