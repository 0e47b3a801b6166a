//! Encryption is not authentication: anybody can encrypt for a public key.

use super::*;

fn sealed(plaintext: &str) -> String {
    response(&seal("EncryptedAssertion", plaintext, GCM))
}

fn genuine() -> String {
    sign(&assertion(), "_a1")
}

const ROWS: &[Row] = &[
    row("CVE-2026-2092", "an unsigned assertion encrypted in an unsigned response", "unsigned", || sealed(&forged())),
    row("CVE-2026-2092", "an assertion signed by somebody else, encrypted", "signature_invalid", || {
        sealed(&sign_as(&forged(), "_evil", &Style { key: OTHER, ..Style::default() }))
    }),
    row("CVE-2026-32313", "a GCM tag that is wrong", "decryption", || {
        let xml = sealed(&genuine());
        let at = xml.rfind("</xenc:CipherValue>").unwrap();
        let tail = if &xml[at - 4..at] == "AAAA" { "BBBB" } else { "AAAA" };
        format!("{}{tail}{}", &xml[..at - 4], &xml[at..])
    }),
    row("XML Encryption §5.2.4", "a ciphertext shorter than its nonce", "decryption", || {
        let xml = sealed(&genuine());
        let (from, to) = (xml.rfind("<xenc:CipherValue>").unwrap(), xml.rfind("</xenc:CipherValue>").unwrap());
        format!("{}<xenc:CipherValue>AAAA{}", &xml[..from], &xml[to..])
    }),
    row("XML Encryption §5.5.1", "RSA PKCS #1 v1.5 key transport", "encryption_algorithm", || {
        let transport = "<xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-1_5\"/>";
        response(&seal("EncryptedAssertion", &genuine(), Seal { transport, ..GCM }))
    }),
    row("XML Encryption §5.2.1", "3DES", "encryption_algorithm", || {
        sealed(&genuine())
            .replace("http://www.w3.org/2009/xmlenc11#aes256-gcm", "http://www.w3.org/2001/04/xmlenc#tripledes-cbc")
    }),
    row("Jager and Somorovsky 2011", "CBC where it is not allowed", "encryption_algorithm", || {
        response(&seal("EncryptedAssertion", &genuine(), CBC))
    }),
    row("XML Encryption §5.5.2", "encrypted for another key", "decryption", || {
        response(&seal("EncryptedAssertion", &genuine(), Seal { certificate: OTHER_CERTIFICATE, ..GCM }))
    }),
    row("XML Encryption §5.5.2", "another OAEP hash than is named", "decryption", || {
        sealed(&genuine()).replace(GCM.transport, OAEP_SHA256)
    }),
    row("XML Encryption §3.3.1", "a CipherReference", "encryption_malformed", || {
        let xml = sealed(&genuine());
        let (from, to) = (
            xml.rfind("<xenc:CipherValue>").unwrap(),
            xml.rfind("</xenc:CipherValue>").unwrap() + "</xenc:CipherValue>".len(),
        );
        format!("{}<xenc:CipherReference URI=\"http://127.0.0.1/\"/>{}", &xml[..from], &xml[to..])
    }),
    row("XML Encryption §3.1", "no key", "encryption_malformed", || {
        let xml = sealed(&genuine());
        let (from, to) = (xml.find("<ds:KeyInfo").unwrap(), xml.find("</ds:KeyInfo>").unwrap() + "</ds:KeyInfo>".len());
        format!("{}{}", &xml[..from], &xml[to..])
    }),
    row("checklist, step 5", "a document type in the plaintext", "decryption", || {
        sealed(&format!("<!DOCTYPE a>{}", genuine()))
    }),
    row("checklist, step 5", "a comment in the plaintext", "decryption", || {
        sealed(&swap(&genuine(), "ann@corp", "ann<!-- x -->@corp"))
    }),
    row("checklist, step 5", "two assertions in the plaintext", "decryption", || {
        sealed(&format!("{}{}", genuine(), forged()))
    }),
    row("checklist, step 5", "plaintext that closes what is around it", "decryption", || {
        sealed(&format!("{}</decrypted><decrypted>", genuine()))
    }),
    row("checklist, step 5", "plaintext that is no assertion", "decryption", || {
        sealed("<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>")
    }),
    row("checklist, step 5", "an assertion inside the decrypted one", "misplaced_assertion", || {
        sealed(&swap(
            &forged(),
            "</saml:Assertion>",
            &format!("<saml:Advice>{}</saml:Advice></saml:Assertion>", genuine()),
        ))
    }),
    row("checklist, step 5", "the genuine signature in a forged plaintext", "signature_reference", || {
        let (signature, _) = cut_signature(&genuine());
        sealed(&swap(&forged(), "</saml:Issuer>", &format!("</saml:Issuer>{signature}")))
    }),
    row("checklist, step 6", "the ciphertext changed under a signed response", "digest_mismatch", || {
        let signed = sign(&sealed(&genuine()), "_r1");
        let (from, to) = (signed.rfind("<xenc:CipherValue>").unwrap(), signed.rfind("</xenc:CipherValue>").unwrap());
        format!("{}<xenc:CipherValue>{}{}", &signed[..from], to_base64(&[0; 64]), &signed[to..])
    }),
    row("SAML core §2.7.3.2", "an encrypted attribute", "encrypted_attribute", || {
        let sealed = seal("EncryptedAttribute", "<x/>", GCM);
        response(&sign(
            &swap(&assertion(), "</saml:AttributeStatement>", &format!("{sealed}</saml:AttributeStatement>")),
            "_a1",
        ))
    }),
];

#[test]
fn encryption_proves_nothing_about_the_sender() {
    all_are_refused(ROWS);
}

/// Wrong padding, wrong bytes and plaintext that is not XML all look alike, so that nobody can decrypt by asking.
#[test]
fn every_failure_to_decrypt_cbc_is_the_same_answer() {
    let xml = response(&seal("EncryptedAssertion", &genuine(), CBC));
    let (from, to) = (
        xml.rfind("<xenc:CipherValue>").unwrap() + "<xenc:CipherValue>".len(),
        xml.rfind("</xenc:CipherValue>").unwrap(),
    );
    let ciphertext = crate::saml::encoding::base64(&xml[from..to], 1 << 20).unwrap();
    for at in [0, 15, 16, 40, ciphertext.len() - 17, ciphertext.len() - 1] {
        let mut changed = ciphertext.clone();
        changed[at] ^= 0x80;
        let xml = format!("{}{}{}", &xml[..from], to_base64(&changed), &xml[to..]);
        let refusal = verify_with(&xml, |e| e.allow_cbc = true).unwrap_err();
        assert_eq!(refusal.code(), "decryption", "byte {at}");
    }
}
