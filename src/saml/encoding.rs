//! From the form field or query parameter to the bytes of a document, and back: base64 and DEFLATE, both bounded.
//!
//! Identity providers fold base64 at 64 or 76 columns (with CRLF, too), so white space inside is allowed; anything else
//! outside the alphabet is not, nor is text after the padding, nor padding that carries bits.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::limits;
use super::refusal::Refusal;

/// Base64 text, white space allowed, into at most `limit` bytes.
pub(super) fn base64(text: &str, limit: usize) -> Result<Vec<u8>, Refusal> {
    if text.len() > limit.saturating_mul(2) {
        return Err(Refusal::TooLarge);
    }
    let packed: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).collect();
    if packed.is_empty() {
        return Err(Refusal::NotBase64);
    }
    // Before the work is done: four letters are three bytes, but for the padding.
    if packed.len() / 4 * 3 > limit.saturating_add(2) {
        return Err(Refusal::TooLarge);
    }
    let bytes = STANDARD.decode(packed).map_err(|_| Refusal::NotBase64)?;
    if bytes.len() > limit { Err(Refusal::TooLarge) } else { Ok(bytes) }
}

/// Bytes as base64 on one line.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Undoes raw DEFLATE (RFC 1951), stopping at the size limit of a message rather than at the end of a bomb.
pub(super) fn inflate(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    let bound = u64::try_from(limits::MESSAGE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    DeflateDecoder::new(bytes).take(bound).read_to_end(&mut out).map_err(|_| Refusal::NotDeflated)?;
    if out.len() > limits::MESSAGE_BYTES { Err(Refusal::TooLarge) } else { Ok(out) }
}

/// Raw DEFLATE of `bytes`.
pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // INVARIANT: writing into a Vec cannot fail.
    let _infallible = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_base64_is_read() {
        assert_eq!(base64("aGVs\r\n bG8=\n", 100), Ok(b"hello".to_vec()));
    }

    #[test]
    fn other_base64_games_are_refused() {
        for text in [
            "",
            "  ",
            "aGVsbG8",
            "aGVsbG9=",
            "aGVsbG8=aGVsbG8=",
            "aGVs%62G8=",
            "aGVs-G8_",
            "aGVsbG8=\u{0}",
            "aGVsbG8==",
        ] {
            assert_eq!(base64(text, 100), Err(Refusal::NotBase64), "{text}");
        }
    }

    #[test]
    fn what_was_deflated_inflates_again() {
        assert_eq!(inflate(&deflate(b"<a/>")), Ok(b"<a/>".to_vec()));
    }

    #[test]
    fn an_inflation_bomb_stops_at_the_limit() {
        let bomb = deflate(&vec![b' '; 50_000_000]);
        assert!(bomb.len() < 100_000);
        assert_eq!(inflate(&bomb), Err(Refusal::TooLarge));
    }
}
