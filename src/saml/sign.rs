//! Signs what this service provider sends by POST: an enveloped signature, right after the Issuer, in the one form that
//! [`signature`](super::signature) would also accept. (The redirect binding signs the query string: see `redirect`.)

use openssl::hash::{MessageDigest, hash};
use roxmltree::Node;

use super::algorithm;
use super::canonical::{self, Method};
use super::encoding;
use super::gate::Kind;
use super::key::{KeyError, SpKey};
use super::names;
use super::tree;
use super::writer::Writer;

/// Why a message could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error("the message is not one that can be signed: {0}")]
    Message(#[from] super::Refusal),
    #[error("the key cannot sign")]
    Key(#[from] KeyError),
}

/// `xml`, whose root has an `ID` and an Issuer as its first child, with the signature of `key`.
pub(super) fn enveloped(xml: &str, key: &SpKey) -> Result<String, SignError> {
    let document = tree::parse(xml.as_bytes(), Kind::Message)?;
    let root = document.root_element();
    let canonical = canonical::bytes(root, None, &Method::exclusive())?;
    let digest = hash(MessageDigest::sha256(), &canonical).map_err(KeyError::from)?;

    let mut writer = Writer::default();
    writer
        .open("ds:SignedInfo", &[("xmlns:ds", names::SIGNATURE)])
        .leaf("ds:CanonicalizationMethod", &[("Algorithm", Method::EXCLUSIVE)], "")
        .leaf("ds:SignatureMethod", &[("Algorithm", algorithm::RSA_SHA256)], "")
        .open("ds:Reference", &[("URI", &format!("#{}", tree::id(root)?))])
        .open("ds:Transforms", &[])
        .leaf("ds:Transform", &[("Algorithm", "http://www.w3.org/2000/09/xmldsig#enveloped-signature")], "")
        .leaf("ds:Transform", &[("Algorithm", Method::EXCLUSIVE)], "")
        .close()
        .leaf("ds:DigestMethod", &[("Algorithm", algorithm::SHA256)], "")
        .leaf("ds:DigestValue", &[], &encoding::to_base64(&digest));
    // Written in its canonical form already: no attribute needs sorting, nothing is empty-element syntax.
    let signed_info = writer.finish();
    let value = key.sign(signed_info.as_bytes())?;

    let mut writer = Writer::default();
    writer
        .open("ds:Signature", &[("xmlns:ds", names::SIGNATURE)])
        .raw(&signed_info)
        .leaf("ds:SignatureValue", &[], &encoding::to_base64(&value))
        .open("ds:KeyInfo", &[])
        .open("ds:X509Data", &[])
        .leaf("ds:X509Certificate", &[], &key.certificate().base64());
    let signature = writer.finish();

    let after_issuer =
        tree::child(root, names::ASSERTION, "Issuer")?.map_or(0, |issuer: Node<'_, '_>| issuer.range().end);
    // INVARIANT: our own messages have no declaration before the root, so the tree's offsets are those of `xml`.
    let (before, after) = xml.split_at_checked(after_issuer).ok_or(super::Refusal::NotWellFormed)?;
    Ok(format!("{before}{signature}{after}"))
}
