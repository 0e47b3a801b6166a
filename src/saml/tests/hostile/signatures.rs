//! Signatures that are not there, not ours, or not of the one allowed form.

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use super::*;
use crate::saml::key::Certificate;

const ENVELOPED: &str =
    "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>";
const EXCLUSIVE: &str = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";

fn signed(style: &Style) -> String {
    response(&sign_as(&assertion(), "_a1", style))
}

fn referring_to(uri: &str) -> String {
    response(&sign_raw(&assertion(), "_a1", &Style::default(), uri, &format!("{ENVELOPED}{EXCLUSIVE}")))
}

fn transformed(transforms: &str) -> String {
    response(&sign_raw(&assertion(), "_a1", &Style::default(), "#_a1", transforms))
}

fn with_key_info(key_info: &str) -> String {
    let style = Style { key: OTHER, key_info: format!("<ds:KeyInfo>{key_info}</ds:KeyInfo>"), ..Style::default() };
    response(&sign_as(&forged(), "_evil", &style))
}

/// A signature whose "HMAC key" is the identity provider's public key or certificate, which everybody has.
fn hmac(algorithm: &str, key: &[u8]) -> String {
    let style = Style { signature: "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", ..Style::default() };
    let xml = sign_as(&forged(), "_evil", &style);
    let start = xml.find("<ds:SignedInfo").unwrap();
    let end = xml.find("</ds:SignedInfo>").unwrap() + "</ds:SignedInfo>".len();
    let key = PKey::hmac(key).unwrap();
    let mac =
        Signer::new(MessageDigest::sha256(), &key).unwrap().sign_oneshot_to_vec(&xml.as_bytes()[start..end]).unwrap();
    let from = xml.find("<ds:SignatureValue>").unwrap();
    let to = xml.find("</ds:SignatureValue>").unwrap();
    let xml = format!("{}<ds:SignatureValue>{}{}", &xml[..from], to_base64(&mac), &xml[to..]);
    response(&xml.replace("hmac-sha256", algorithm))
}

const ROWS: &[Row] = &[
    row("CVE-2026-28323", "nothing signed", "unsigned", || response(&assertion())),
    row("SAML core §5.4", "the signature taken away", "unsigned", || cut_signature(&good()).1),
    row("XML Signature §4.2", "another name in the signed assertion", "digest_mismatch", || {
        swap(&good(), "ann@corp", "root@corp")
    }),
    row("XML Signature §4.2", "another digest in SignedInfo", "signature_invalid", || {
        swap(&good(), "<ds:DigestValue>", "<ds:DigestValue>AAAA")
    }),
    row("XML Signature §4.3", "a signature of zeros", "signature_invalid", || {
        let xml = good();
        let (from, to) = (xml.find("<ds:SignatureValue>").unwrap(), xml.find("</ds:SignatureValue>").unwrap());
        format!("{}<ds:SignatureValue>{}{}", &xml[..from], to_base64(&[0; 256]), &xml[to..])
    }),
    row("XML Signature §4.3", "an empty signature", "signature_malformed", || {
        let xml = good();
        let (from, to) = (xml.find("<ds:SignatureValue>").unwrap(), xml.find("</ds:SignatureValue>").unwrap());
        format!("{}<ds:SignatureValue>{}", &xml[..from], &xml[to..])
    }),
    row("RFC 9231 §2.3.6", "an ECDSA signature of zeros", "signature_invalid", || {
        let xml = signed(&Style::sha(256, IDP_EC));
        let (from, to) = (xml.find("<ds:SignatureValue>").unwrap(), xml.find("</ds:SignatureValue>").unwrap());
        format!("{}<ds:SignatureValue>{}{}", &xml[..from], to_base64(&[0; 64]), &xml[to..])
    }),
    row("KeyInfo substitution", "an unknown key", "signature_invalid", || {
        signed(&Style { key: OTHER, ..Style::default() })
    }),
    row("KeyInfo substitution", "an unknown key with its certificate in KeyInfo", "signature_invalid", || {
        let certificate = Certificate::parse(OTHER_CERTIFICATE).unwrap().base64();
        with_key_info(&format!("<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>"))
    }),
    row("KeyInfo substitution", "an unknown key, the genuine certificate in KeyInfo", "signature_invalid", || {
        let certificate = Certificate::parse(IDP_RSA_CERTIFICATE).unwrap().base64();
        with_key_info(&format!("<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>"))
    }),
    row("KeyInfo substitution", "a key to be fetched", "signature_invalid", || {
        with_key_info("<ds:RetrievalMethod URI=\"http://127.0.0.1/key\"/>")
    }),
    row("RFC 9231 §2.2", "HMAC-SHA256 with the public certificate", "signature_algorithm", || {
        hmac("hmac-sha256", IDP_RSA_CERTIFICATE.as_bytes())
    }),
    row("key confusion", "HMAC with the public key, called RSA", "signature_invalid", || {
        let key = Certificate::parse(IDP_RSA_CERTIFICATE).unwrap().public_key().public_key_to_pem().unwrap();
        hmac("rsa-sha256", &key)
    }),
    row("key confusion", "an RSA signature called ECDSA", "signature_invalid", || {
        swap(&good(), "rsa-sha256", "ecdsa-sha256")
    }),
    row("RFC 6151", "RSA-SHA1", "signature_algorithm", || signed(&Style::sha(1, IDP_RSA))),
    row("RFC 6151", "a SHA-1 digest under RSA-SHA256", "digest_algorithm", || {
        signed(&Style {
            digest: "http://www.w3.org/2000/09/xmldsig#sha1",
            hash: MessageDigest::sha1(),
            ..Style::default()
        })
    }),
    row("RFC 6151", "RSA-MD5", "signature_algorithm", || {
        swap(
            &good(),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        )
    }),
    row("RFC 6931", "RSA-PSS, which is not on the list", "signature_algorithm", || {
        swap(
            &good(),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        )
    }),
    row("checklist, step 4", "an algorithm without a name", "signature_algorithm", || {
        swap(&good(), "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "")
    }),
    row("followed before the check by libxmlsec1", "a reference to http", "signature_reference", || {
        referring_to("http://127.0.0.1:9/ssrf")
    }),
    row("followed before the check by libxmlsec1", "a reference to a file", "signature_reference", || {
        referring_to("file:///dev/zero")
    }),
    row("checklist, step 4", "an empty reference", "signature_reference", || referring_to("")),
    row("checklist, step 4", "a reference by XPointer", "signature_reference", || referring_to("#xpointer(id('_a1'))")),
    row("checklist, step 4", "a reference to the response", "signature_reference", || referring_to("#_r1")),
    row("checklist, step 4", "a reference to nothing", "signature_reference", || swap(&good(), " URI=\"#_a1\"", "")),
    row("run before the check by libxmlsec1", "an XSLT transform", "signature_transform", || {
        transformed(&format!(
            "{ENVELOPED}<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"><x/></ds:Transform>"
        ))
    }),
    row("run before the check by libxmlsec1", "an XPath transform", "signature_transform", || {
        transformed(
            "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>1</ds:XPath></ds:Transform>",
        )
    }),
    row("XML Signature §6.6.2", "a base64 transform", "signature_transform", || {
        transformed("<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#base64\"/>")
    }),
    row("run before the check by libxmlsec1", "a thousand transforms", "signature_malformed", || {
        transformed(&format!("{ENVELOPED}{}", EXCLUSIVE.repeat(1_000)))
    }),
    row("checklist, step 4", "enveloped twice", "signature_transform", || {
        transformed(&format!("{ENVELOPED}{ENVELOPED}"))
    }),
    row("checklist, step 4", "no transforms", "signature_malformed", || {
        swap(&good(), &format!("<ds:Transforms>{ENVELOPED}{EXCLUSIVE}</ds:Transforms>"), "")
    }),
    row("XML Signature §6.5", "canonicalisation with comments", "signature_transform", || {
        transformed(&format!("{ENVELOPED}{}", EXCLUSIVE.replace("exc-c14n#", "exc-c14n#WithComments")))
    }),
    row("Canonical XML 1.1", "canonicalisation 1.1 of SignedInfo", "canonicalisation", || {
        swap(
            &good(),
            "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"",
            "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\"",
        )
    }),
    row("exc-c14n §4", "a PrefixList of 17", "signature_malformed", || {
        let list = (0..17).map(|n| format!("p{n} ")).collect::<String>();
        let parameter = format!(
            "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{list}\"/>"
        );
        transformed(&format!("{ENVELOPED}{}", EXCLUSIVE.replace("></", &format!(">{parameter}</"))))
    }),
    row(
        "exc-c14n §4",
        "a PrefixList with a forest inside, to be canonicalised with SignedInfo",
        "signature_malformed",
        || {
            let forest = format!("<q:b xmlns:q=\"urn:{}\"/>", "x".repeat(400)).repeat(400);
            let parameter = format!(
                "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\">{forest}</ec:InclusiveNamespaces>"
            );
            swap(
                &good(),
                "xml-exc-c14n#\"></ds:CanonicalizationMethod>",
                &format!("xml-exc-c14n#\">{parameter}</ds:CanonicalizationMethod>"),
            )
        },
    ),
    row("CVE-2025-29774", "a second SignedInfo", "signature_malformed", || {
        let (signature, _) = cut_signature(&good());
        let (from, to) = (signature.find("<ds:SignedInfo").unwrap(), signature.find("<ds:SignatureValue>").unwrap());
        swap(&good(), "<ds:SignatureValue>", &format!("{}<ds:SignatureValue>", &signature[from..to]))
    }),
    row("CVE-2024-45409", "a second reference", "signature_malformed", || {
        let (signature, _) = cut_signature(&good());
        let (from, to) = (signature.find("<ds:Reference").unwrap(), signature.find("</ds:SignedInfo>").unwrap());
        swap(&good(), "</ds:SignedInfo>", &format!("{}</ds:SignedInfo>", &signature[from..to]))
    }),
    row("CVE-2024-45409", "a second DigestValue", "signature_malformed", || {
        swap(&good(), "</ds:Reference>", "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>")
    }),
    row("CVE-2025-29775", "an element in the DigestValue", "not_plain_text", || {
        swap(&good(), "<ds:DigestValue>", "<ds:DigestValue><x/>")
    }),
    row("XML Signature §4.5", "an Object in the signature", "signature_malformed", || {
        swap(&good(), "</ds:Signature>", "<ds:Object/></ds:Signature>")
    }),
    row("XML Signature §4.2", "text between the elements of SignedInfo", "signature_malformed", || {
        swap(&good(), "<ds:Reference", "x<ds:Reference")
    }),
    row("RFC 9231 §2.2.1", "HMACOutputLength", "signature_malformed", || {
        swap(
            &good(),
            "rsa-sha256\"></ds:SignatureMethod>",
            "rsa-sha256\"><ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>",
        )
    }),
    row("checklist, step 6", "the response's signature broken, the assertion's whole", "digest_mismatch", || {
        swap(&sign(&good(), "_r1"), "IssueInstant=\"2026-11-22T10:00:00Z\"", "IssueInstant=\"2026-11-22T10:00:01Z\"")
    }),
];

#[test]
fn signatures_of_another_form_or_key_are_refused() {
    all_are_refused(ROWS);
}

#[test]
fn a_signature_needs_a_key_of_its_kind_in_the_metadata() {
    let only_ec = idp_with(&[IDP_EC_CERTIFICATE]);
    assert_eq!(verify_with(&good(), |e| e.idp = &only_ec).unwrap_err().code(), "no_fitting_key");
}

#[test]
fn another_identity_providers_response_is_refused() {
    let another = idp_with(&[OTHER_CERTIFICATE]);
    assert_eq!(verify_with(&good(), |e| e.idp = &another).unwrap_err().code(), "signature_invalid");
}
