//! A message as it may be shown to an admin: without what would make it good for anything.
//!
//! Signature values, digests and ciphertext are cut out, so what is kept cannot be replayed by whoever reads it. What the
//! assertion says stays: it is what the admin looks for.

use super::encoding;
use super::gate::Kind;
use super::limits;
use super::names;
use super::tree;

/// At most so much of a message is kept, in bytes.
const SHOWN_BYTES: usize = 32 * 1024;

/// The document in a `SAMLResponse`, redacted; nothing where it is none.
pub fn redacted(saml_response: &str) -> Option<String> {
    let bytes = encoding::base64(saml_response, limits::MESSAGE_BYTES).ok()?;
    let document = tree::parse(&bytes, Kind::Message).ok()?;
    let text = document.input_text();
    let secret =
        [(names::SIGNATURE, "SignatureValue"), (names::SIGNATURE, "DigestValue"), (names::ENCRYPTION, "CipherValue")];
    let mut shown = String::new();
    let mut from = 0;
    for node in document.descendants().filter(|node| secret.iter().any(|(ns, name)| tree::is(*node, ns, name))) {
        for inside in node.descendants().filter(|node| node.is_text()) {
            let range = inside.range();
            shown.push_str(text.get(from..range.start)?);
            shown.push('…');
            from = range.end;
        }
    }
    shown.push_str(text.get(from..)?);
    let end = shown.floor_char_boundary(SHOWN_BYTES);
    if end < shown.len() {
        shown.truncate(end);
        shown.push('…');
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::tests::lab::good;

    fn shown(xml: &str) -> Option<String> {
        redacted(&encoding::to_base64(xml.as_bytes()))
    }

    #[test]
    fn what_is_said_is_shown_and_what_proves_it_is_not() {
        let (xml, shown) = (good(), shown(&good()).unwrap());
        assert!(shown.contains("ann@corp.example"));
        let value = xml.split("SignatureValue>").nth(1).unwrap().split('<').next().unwrap();
        assert!(value.len() > 100 && !shown.contains(value));
        assert!(shown.contains("SignatureValue>…<"), "{shown}");
    }

    #[test]
    fn no_more_than_a_part_of_a_large_message_is_kept() {
        let large = good().replace("</samlp:Response>", &format!("<!-- -->{}</samlp:Response>", "é".repeat(50_000)));
        assert_eq!(shown(&large), None, "a comment passes no gate");
        let large = large.replace("<!-- -->", "");
        assert!(shown(&large).unwrap().len() <= SHOWN_BYTES + '…'.len_utf8());
    }

    #[test]
    fn what_is_no_document_is_not_kept() {
        assert_eq!(redacted("%%%"), None);
        assert_eq!(shown("<a"), None);
    }
}
