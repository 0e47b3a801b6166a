//! The proof that a form came from our own page: an HMAC of the session's secret, which the page carries and another
//! site cannot read.
//!
//! It is derived, so nothing is stored, and it ends with the session. The cookie itself is `HttpOnly` and never in
//! a page; the token in the page does not reveal it.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::model::{Secret, TokenKind};

/// What the key is used for, so that no other use of it could make the same bytes.
const PURPOSE: &[u8] = b"portcullis csrf token v1";

/// The token for the forms of the session (or sign-in) whose cookie is `session`.
pub fn csrf_token(session: &Secret) -> Secret {
    let mac = hmac_sha256(session.expose().as_bytes(), PURPOSE);
    let hex = mac.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    Secret::new(format!("{}{hex}", TokenKind::Csrf.prefix()))
}

/// Whether `sent` is that session's token, in a time that does not depend on where they differ.
pub fn csrf_matches(session: &Secret, sent: &str) -> bool {
    csrf_token(session).expose().as_bytes().ct_eq(sent.as_bytes()).into()
}

/// HMAC (RFC 2104) with SHA-256.
fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    if key.len() > block.len() {
        block.iter_mut().zip(Sha256::digest(key)).for_each(|(to, from)| *to = from);
    } else {
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn hmac_gives_the_results_of_rfc_4231() {
        let cases: [(&[u8], &[u8], &str); 4] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, message, expected) in cases {
            assert_eq!(hex(&hmac_sha256(key, message)), expected);
        }
    }

    #[test]
    fn a_token_matches_its_own_session_alone() {
        let (one, two) = (Secret::new("pcl_ses_one"), Secret::new("pcl_ses_two"));
        assert!(csrf_matches(&one, csrf_token(&one).expose()));
        assert!(!csrf_matches(&two, csrf_token(&one).expose()));
    }

    #[test]
    fn a_token_cut_short_lengthened_or_empty_does_not_match() {
        let session = Secret::new("pcl_ses_one");
        let token = csrf_token(&session);
        for sent in ["", &token.expose()[1..], &format!("{}0", token.expose()), session.expose()] {
            assert!(!csrf_matches(&session, sent), "{sent}");
        }
    }

    #[test]
    fn the_token_does_not_contain_the_sessions_secret() {
        let session = Secret::new("pcl_ses_0123456789");
        assert!(!csrf_token(&session).expose().contains("0123456789"));
    }
}
