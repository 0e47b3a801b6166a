//! An identity provider made of text: it writes documents, signs any element of them in any way asked for, and encrypts.
//! Whatever a hostile sender could do, a test does with these few functions.

use std::sync::LazyLock;

use openssl::ecdsa::EcdsaSig;
use openssl::encrypt::Encrypter;
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::Padding;
use openssl::sign::Signer;
use openssl::symm::{Cipher, encrypt, encrypt_aead};

use crate::model::{Secret, Timestamp};
use crate::saml::canonical::{self, Method};
use crate::saml::encoding::to_base64;
use crate::saml::gate::Kind;
use crate::saml::tree;
use crate::saml::{Binding, response};
use crate::saml::{
    Certificate, Endpoint, Expectation, IdpMetadata, PendingRequest, Refusal, Require, ServiceProvider, SpKey,
    VerifiedAssertion,
};

pub const IDP: &str = "https://idp.example/metadata";
pub const SP: &str = "https://gate.example/saml";
pub const ACS: &str = "https://gate.example/saml/acs";
pub const SLO: &str = "https://gate.example/saml/slo";
pub const IDP_RSA: &str = include_str!("../../../fixtures/saml/keys/idp-rsa.key.pem");
pub const IDP_EC: &str = include_str!("../../../fixtures/saml/keys/idp-ec.key.pem");
pub const OTHER: &str = include_str!("../../../fixtures/saml/keys/other.key.pem");
pub const IDP_RSA_CERTIFICATE: &str = include_str!("../../../fixtures/saml/keys/idp-rsa.crt.pem");
pub const IDP_EC_CERTIFICATE: &str = include_str!("../../../fixtures/saml/keys/idp-ec.crt.pem");
pub const OTHER_CERTIFICATE: &str = include_str!("../../../fixtures/saml/keys/other.crt.pem");
pub const SP_KEY: &str = include_str!("../../../fixtures/saml/keys/sp.key.pem");
pub const SP_CERTIFICATE: &str = include_str!("../../../fixtures/saml/keys/sp.crt.pem");

/// The moment at which everything here happens: 2026-11-22T10:00:00Z.
pub fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T10:00:00Z").unwrap()
}

pub fn idp_with(certificates: &[&str]) -> IdpMetadata {
    let certificates = certificates.iter().map(|pem| Certificate::parse(pem).unwrap()).collect();
    let sso = vec![Endpoint::new(Binding::Redirect, "https://idp.example/sso?tenant=1").unwrap()];
    let slo = vec![Endpoint::new(Binding::Redirect, "https://idp.example/slo").unwrap()];
    IdpMetadata::new(IDP, sso, slo, certificates).unwrap()
}

pub fn idp() -> IdpMetadata {
    idp_with(&[IDP_EC_CERTIFICATE, IDP_RSA_CERTIFICATE])
}

pub fn sp() -> ServiceProvider {
    let key = SpKey::parse(&Secret::new(SP_KEY), SP_CERTIFICATE).unwrap();
    ServiceProvider::new(SP, ACS, Some(SLO), Some(key)).unwrap()
}

pub fn pending() -> PendingRequest {
    PendingRequest {
        id: "_q1".to_owned(),
        issued_at: Timestamp::parse_rfc3339("2026-11-22T09:59:00Z").unwrap(),
        force_authn: false,
        authn_contexts: vec![],
    }
}

/// Verifies `xml` as the lab's service provider, after `change` had its way with the expectation.
pub fn verify_with<'a>(xml: &str, change: impl FnOnce(&mut Expectation<'a>)) -> Result<VerifiedAssertion, Refusal> {
    let mut expectation = expectation();
    change(&mut expectation);
    response::verify(&to_base64(xml.as_bytes()), &expectation)
}

/// What the lab's service provider expects.
pub fn expectation<'a>() -> Expectation<'a> {
    static PARTIES: LazyLock<(IdpMetadata, ServiceProvider, PendingRequest)> =
        LazyLock::new(|| (idp(), sp(), pending()));
    Expectation {
        idp: &PARTIES.0,
        sp: &PARTIES.1,
        pending: Some(&PARTIES.2),
        unsolicited_allowed: false,
        now: now(),
        skew: response::DEFAULT_SKEW,
        allow_cbc: false,
        require: Require::Either,
    }
}

pub fn verify(xml: &str) -> Result<VerifiedAssertion, Refusal> {
    verify_with(xml, |_| {})
}

/// An assertion as an ordinary identity provider writes it, unsigned.
pub fn assertion() -> String {
    format!(
        "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a1\" Version=\"2.0\" IssueInstant=\"2026-11-22T10:00:00Z\">\
         <saml:Issuer>{IDP}</saml:Issuer>\
         <saml:Subject><saml:NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">ann@corp.example</saml:NameID>\
         <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
         <saml:SubjectConfirmationData InResponseTo=\"_q1\" NotOnOrAfter=\"2026-11-22T10:05:00Z\" Recipient=\"{ACS}\"/></saml:SubjectConfirmation></saml:Subject>\
         <saml:Conditions NotBefore=\"2026-11-22T09:55:00Z\" NotOnOrAfter=\"2026-11-22T10:10:00Z\">\
         <saml:AudienceRestriction><saml:Audience>{SP}</saml:Audience></saml:AudienceRestriction></saml:Conditions>\
         <saml:AuthnStatement AuthnInstant=\"2026-11-22T09:59:30Z\" SessionIndex=\"_s1\" SessionNotOnOrAfter=\"2026-11-22T18:00:00Z\">\
         <saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>\
         <saml:AttributeStatement><saml:Attribute Name=\"email\"><saml:AttributeValue>ann@corp.example</saml:AttributeValue></saml:Attribute>\
         <saml:Attribute Name=\"groups\"><saml:AttributeValue>eng</saml:AttributeValue><saml:AttributeValue>a &amp; b &lt;c&gt;</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>\
         </saml:Assertion>"
    )
}

/// The assertion an attacker would like to be believed.
pub fn forged() -> String {
    swap(&swap(&assertion(), "ann@corp.example</saml:NameID>", "root@corp.example</saml:NameID>"), "_a1", "_evil")
}

/// A response around `content`, unsigned.
pub fn response(content: &str) -> String {
    format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\" Version=\"2.0\" IssueInstant=\"2026-11-22T10:00:00Z\" \
         Destination=\"{ACS}\" InResponseTo=\"_q1\">\
         <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{IDP}</saml:Issuer>\
         <samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>{content}</samlp:Response>"
    )
}

/// An ordinary response whose assertion is signed, as Entra and Google send it.
pub fn good() -> String {
    response(&sign(&assertion(), "_a1"))
}

/// `text` with `from` replaced once. `from` must be there: a hostile change that changes nothing tests nothing.
pub fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` is not in the text");
    text.replacen(from, to, 1)
}

/// The first `<…Signature …>…</…Signature>` of `xml`, and `xml` without it.
pub fn cut_signature(xml: &str) -> (String, String) {
    let start = xml.find("<ds:Signature ").unwrap();
    let end = xml.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    (xml[start..end].to_owned(), format!("{}{}", &xml[..start], &xml[end..]))
}

/// How to sign.
#[derive(Clone)]
pub struct Style {
    pub key: &'static str,
    pub signature: &'static str,
    pub digest: &'static str,
    pub hash: MessageDigest,
    pub method: Method,
    pub key_info: String,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            key: IDP_RSA,
            signature: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            digest: "http://www.w3.org/2001/04/xmlenc#sha256",
            hash: MessageDigest::sha256(),
            method: Method::exclusive(),
            key_info: String::new(),
        }
    }
}

impl Style {
    pub fn sha(bits: u32, key: &'static str) -> Self {
        let (digest, hash) = match bits {
            1 => ("http://www.w3.org/2000/09/xmldsig#sha1", MessageDigest::sha1()),
            384 => ("http://www.w3.org/2001/04/xmldsig-more#sha384", MessageDigest::sha384()),
            512 => ("http://www.w3.org/2001/04/xmlenc#sha512", MessageDigest::sha512()),
            _ => ("http://www.w3.org/2001/04/xmlenc#sha256", MessageDigest::sha256()),
        };
        let signature = match (bits, key == IDP_EC) {
            (1, false) => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            (384, false) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            (512, false) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            (_, false) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            (384, true) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            (512, true) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
            (_, true) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        };
        Self { key, signature, digest, hash, ..Self::default() }
    }
}

pub fn sign(xml: &str, id: &str) -> String {
    sign_as(xml, id, &Style::default())
}

/// Signs the element with that ID; the signature goes right after its Issuer.
pub fn sign_as(xml: &str, id: &str, style: &Style) -> String {
    let (c14n, parameter) = match &style.method {
        Method::Inclusive => (Method::INCLUSIVE, String::new()),
        Method::Exclusive(prefixes) if prefixes.is_empty() => (Method::EXCLUSIVE, String::new()),
        Method::Exclusive(prefixes) => (
            Method::EXCLUSIVE,
            format!(
                "<ec:InclusiveNamespaces xmlns:ec=\"{}\" PrefixList=\"{}\"></ec:InclusiveNamespaces>",
                Method::EXCLUSIVE,
                prefixes.join(" ")
            ),
        ),
    };
    let transforms = format!(
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>\
         <ds:Transform Algorithm=\"{c14n}\">{parameter}</ds:Transform>"
    );
    sign_raw(xml, id, style, &format!("#{id}"), &transforms)
}

/// As [`sign_as`], with any reference URI and any transforms.
pub fn sign_raw(xml: &str, id: &str, style: &Style, uri: &str, transforms: &str) -> String {
    let document = tree::parse(xml.as_bytes(), Kind::Message).unwrap();
    let node = document.descendants().find(|node| node.attribute("ID") == Some(id)).unwrap();
    let digest = hash(style.hash, &canonical::bytes(node, None, &style.method).unwrap()).unwrap();
    let signed_info = format!(
        "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\
         <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"{}\"></ds:SignatureMethod><ds:Reference URI=\"{uri}\"><ds:Transforms>{transforms}</ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{}\"></ds:DigestMethod><ds:DigestValue>{}</ds:DigestValue></ds:Reference></ds:SignedInfo>",
        style.signature,
        style.digest,
        to_base64(&digest)
    );
    let value = to_base64(&sign_bytes(style.key, style.hash, canonical_text(&signed_info).as_bytes()));
    let signature = format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{signed_info}<ds:SignatureValue>{value}</ds:SignatureValue>{}</ds:Signature>",
        style.key_info
    );
    let issuer = tree::elements(node).find(|child| child.tag_name().name() == "Issuer").unwrap();
    let at = issuer.range().end;
    let text = document.input_text();
    format!("{}{signature}{}", &text[..at], &text[at..])
}

fn canonical_text(xml: &str) -> String {
    let document = roxmltree::Document::parse(xml).unwrap();
    String::from_utf8(canonical::bytes(document.root_element(), None, &Method::exclusive()).unwrap()).unwrap()
}

pub fn sign_bytes(key: &str, hash: MessageDigest, bytes: &[u8]) -> Vec<u8> {
    let key: PKey<Private> = PKey::private_key_from_pem(key.as_bytes()).unwrap();
    let signature = Signer::new(hash, &key).unwrap().sign_oneshot_to_vec(bytes).unwrap();
    if key.id() == Id::RSA {
        return signature;
    }
    let signature = EcdsaSig::from_der(&signature).unwrap();
    [signature.r().to_vec_padded(32).unwrap(), signature.s().to_vec_padded(32).unwrap()].concat()
}

/// How to encrypt.
#[derive(Clone, Copy)]
pub struct Seal {
    pub content: &'static str,
    pub transport: &'static str,
    pub certificate: &'static str,
}

pub const GCM: Seal = Seal {
    content: "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    transport: "<xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p\"/>",
    certificate: SP_CERTIFICATE,
};
pub const CBC: Seal = Seal { content: "http://www.w3.org/2001/04/xmlenc#aes256-cbc", ..GCM };
pub const OAEP_SHA256: &str = "<xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#rsa-oaep\"><ds:DigestMethod xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><xenc11:MGF xmlns:xenc11=\"http://www.w3.org/2009/xmlenc11#\" Algorithm=\"http://www.w3.org/2009/xmlenc11#mgf1sha256\"/></xenc:EncryptionMethod>";

/// `plaintext` inside `<saml:{name}>`.
pub fn seal(name: &str, plaintext: &str, seal: Seal) -> String {
    let content_key = [7_u8; 32];
    let ciphertext = if seal.content.ends_with("gcm") {
        let mut tag = [0; 16];
        let body =
            encrypt_aead(Cipher::aes_256_gcm(), &content_key, Some(&[1; 12]), &[], plaintext.as_bytes(), &mut tag)
                .unwrap();
        [&[1; 12][..], &body, &tag].concat()
    } else {
        [&[2; 16][..], &encrypt(Cipher::aes_256_cbc(), &content_key, Some(&[2; 16]), plaintext.as_bytes()).unwrap()]
            .concat()
    };
    let certificate = Certificate::parse(seal.certificate).unwrap();
    let mut encrypter = Encrypter::new(certificate.public_key()).unwrap();
    if seal.transport.contains("rsa-1_5") {
        encrypter.set_rsa_padding(Padding::PKCS1).unwrap();
    } else {
        encrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
        if seal.transport == OAEP_SHA256 {
            encrypter.set_rsa_oaep_md(MessageDigest::sha256()).unwrap();
            encrypter.set_rsa_mgf1_md(MessageDigest::sha256()).unwrap();
        }
    }
    let mut wrapped = vec![0; encrypter.encrypt_len(&content_key).unwrap()];
    let length = encrypter.encrypt(&content_key, &mut wrapped).unwrap();
    wrapped.truncate(length);
    format!(
        "<saml:{name} xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" \
         Id=\"_e1\" Type=\"http://www.w3.org/2001/04/xmlenc#Element\"><xenc:EncryptionMethod Algorithm=\"{}\"/>\
         <ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><xenc:EncryptedKey>{}<xenc:CipherData><xenc:CipherValue>{}</xenc:CipherValue>\
         </xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>{}</xenc:CipherValue></xenc:CipherData>\
         </xenc:EncryptedData></saml:{name}>",
        seal.content,
        seal.transport,
        to_base64(&wrapped),
        to_base64(&ciphertext)
    )
}
