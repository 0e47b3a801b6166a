//! XML signatures on SAML messages: their form, and whether one of the identity provider's keys made them.
//!
//! The order is what makes this safe. First the form, with no key and no work on the signed data: one enveloped
//! signature, in its place, over the element it stands in, with allowed algorithms. Then the signature over SignedInfo,
//! with the keys of the metadata (KeyInfo is never looked at). Only then is the signed element canonicalised and its
//! digest compared. What comes out is not "yes" but the canonical bytes: the caller parses these and reads nothing else.

use openssl::hash::hash;
use roxmltree::Node;

use super::algorithm::{Hash, SignatureAlgorithm};
use super::canonical::{self, Method};
use super::encoding;
use super::key::Certificate;
use super::limits;
use super::names;
use super::refusal::{Refusal, quoted};
use super::tree;

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// A signature of the right form. Nothing is known yet about who made it.
#[derive(Debug)]
pub(super) struct Signature<'a, 'i> {
    signed: Node<'a, 'i>,
    element: Node<'a, 'i>,
    signed_info: Node<'a, 'i>,
    signed_info_method: Method,
    algorithm: SignatureAlgorithm,
    value: Vec<u8>,
    method: Method,
    digest: Hash,
    digest_value: Vec<u8>,
}

/// Refuses every signature and `ds:Object` that is not a direct child of one of `signable`.
pub(super) fn check_places<'a, 'i>(root: Node<'a, 'i>, signable: &[Node<'a, 'i>]) -> Result<(), Refusal> {
    for node in root.descendants() {
        if tree::is(node, names::SIGNATURE, "Signature")
            && !node.parent().is_some_and(|parent| signable.contains(&parent))
        {
            return Err(Refusal::SignatureMisplaced);
        }
        if tree::is(node, names::SIGNATURE, "Object") {
            return Err(malformed("it holds an Object"));
        }
    }
    Ok(())
}

impl<'a, 'i> Signature<'a, 'i> {
    /// The signature of `signed` itself, if it has one: right after its Issuer (or first, where there is no Issuer).
    pub(super) fn of(signed: Node<'a, 'i>) -> Result<Option<Self>, Refusal> {
        let mut all = tree::named(signed, names::SIGNATURE, "Signature");
        let Some(element) = all.next() else { return Ok(None) };
        if all.next().is_some() {
            return Err(Refusal::SeveralSignatures);
        }
        let mut before = tree::elements(signed).take_while(|child| *child != element);
        let in_place =
            before.next().is_none_or(|first| tree::is(first, names::ASSERTION, "Issuer")) && before.next().is_none();
        if !in_place {
            return Err(Refusal::SignatureMisplaced);
        }
        Self::read(signed, element).map(Some)
    }

    fn read(signed: Node<'a, 'i>, element: Node<'a, 'i>) -> Result<Self, Refusal> {
        only_elements(element)?;
        let mut parts = tree::elements(element);
        let signed_info = expect(parts.next(), "SignedInfo")?;
        let value = expect(parts.next(), "SignatureValue")?;
        match parts.next() {
            None => {}
            Some(part) if tree::is(part, names::SIGNATURE, "KeyInfo") && parts.next().is_none() => {}
            Some(_) => return Err(malformed("it holds more than SignedInfo, SignatureValue and KeyInfo")),
        }

        only_elements(signed_info)?;
        let mut parts = tree::elements(signed_info);
        let canonicalisation = expect(parts.next(), "CanonicalizationMethod")?;
        let signature_method = expect(parts.next(), "SignatureMethod")?;
        let reference = expect(parts.next(), "Reference")?;
        if parts.next().is_some() {
            return Err(malformed("SignedInfo holds more than one Reference"));
        }
        let id = tree::id(signed)?;
        if reference.attribute("URI").and_then(|uri| uri.strip_prefix('#')) != Some(id) {
            return Err(Refusal::SignatureReference);
        }

        only_elements(reference)?;
        let mut parts = tree::elements(reference);
        let transforms = expect(parts.next(), "Transforms")?;
        let digest_method = expect(parts.next(), "DigestMethod")?;
        let digest_value = expect(parts.next(), "DigestValue")?;
        if parts.next().is_some() {
            return Err(malformed("Reference holds more than Transforms, DigestMethod and DigestValue"));
        }
        // SignatureMethod and DigestMethod may have parameters (HMACOutputLength); ours have none.
        for method in [signature_method, digest_method] {
            if tree::elements(method).next().is_some() {
                return Err(malformed("an algorithm has parameters"));
            }
        }
        Ok(Self {
            signed,
            element,
            signed_info,
            signed_info_method: method(canonicalisation)?,
            algorithm: SignatureAlgorithm::of(algorithm(signature_method))?,
            value: base64_text(value)?,
            method: transform(transforms)?,
            digest: Hash::of_digest(algorithm(digest_method))?,
            digest_value: base64_text(digest_value)?,
        })
    }

    /// The canonical bytes of the signed element, if one of `certificates` signed it.
    pub(super) fn verify(&self, certificates: &[Certificate]) -> Result<Vec<u8>, Refusal> {
        let mut fitting = certificates.iter().filter(|certificate| certificate.kind() == self.algorithm.key).peekable();
        if fitting.peek().is_none() {
            return Err(Refusal::NoFittingKey);
        }
        let signed_info = canonical::bytes(self.signed_info, None, &self.signed_info_method)?;
        if !fitting.any(|certificate| certificate.verifies(self.algorithm, &signed_info, &self.value)) {
            return Err(Refusal::SignatureInvalid);
        }
        let bytes = canonical::bytes(self.signed, Some(self.element), &self.method)?;
        let digest = hash(self.digest.digest(), &bytes).map_err(|_| Refusal::DigestMismatch)?;
        if *digest == *self.digest_value { Ok(bytes) } else { Err(Refusal::DigestMismatch) }
    }
}

fn malformed(what: &str) -> Refusal {
    Refusal::SignatureMalformed { what: what.to_owned() }
}

fn expect<'a, 'i>(node: Option<Node<'a, 'i>>, name: &str) -> Result<Node<'a, 'i>, Refusal> {
    node.filter(|node| tree::is(*node, names::SIGNATURE, name))
        .ok_or_else(|| malformed(&format!("`{name}` is not where it belongs")))
}

/// Refuses text between the elements of a structure.
fn only_elements(node: Node<'_, '_>) -> Result<(), Refusal> {
    let blank = |text: &str| text.bytes().all(|b| b.is_ascii_whitespace());
    if node.children().all(|child| child.is_element() || child.text().is_some_and(blank)) {
        Ok(())
    } else {
        Err(malformed("there is text between its elements"))
    }
}

fn algorithm<'a>(node: Node<'a, '_>) -> &'a str {
    node.attribute("Algorithm").unwrap_or_default()
}

fn base64_text(node: Node<'_, '_>) -> Result<Vec<u8>, Refusal> {
    encoding::base64(tree::text(node)?, limits::VALUE_BYTES).map_err(|_| malformed("a value is not base64"))
}

/// The canonicalisation that a CanonicalizationMethod or Transform names.
fn method(node: Node<'_, '_>) -> Result<Method, Refusal> {
    only_elements(node)?;
    let mut parts = tree::elements(node);
    let part = parts.next();
    if parts.next().is_some() {
        return Err(malformed("a transform has several parameters"));
    }
    match (algorithm(node), part) {
        (Method::INCLUSIVE, None) => Ok(Method::Inclusive),
        (Method::EXCLUSIVE, None) => Ok(Method::exclusive()),
        (Method::EXCLUSIVE, Some(list))
            if tree::is(list, names::EXCLUSIVE_C14N, "InclusiveNamespaces") && !list.has_children() =>
        {
            let prefixes: Vec<String> = list
                .attribute("PrefixList")
                .unwrap_or_default()
                .split_ascii_whitespace()
                .map(|prefix| if prefix == "#default" { String::new() } else { prefix.to_owned() })
                .take(limits::PREFIXES.saturating_add(1))
                .collect();
            if prefixes.len() > limits::PREFIXES {
                Err(malformed("the PrefixList is too long"))
            } else {
                Ok(Method::Exclusive(prefixes))
            }
        }
        (Method::EXCLUSIVE | Method::INCLUSIVE, Some(_)) => {
            Err(malformed("a transform has a parameter that does not belong to it"))
        }
        (other, _) => Err(Refusal::Canonicalisation { algorithm: quoted(other) }),
    }
}

/// The transforms of the reference: enveloped-signature, then at most one canonicalisation (SAML core §5.4.4). Where
/// none is named, XML Signature §4.4.3.2 says inclusive canonicalisation.
fn transform(transforms: Node<'_, '_>) -> Result<Method, Refusal> {
    only_elements(transforms)?;
    let mut parts = tree::elements(transforms);
    let enveloped = expect(parts.next(), "Transform")?;
    if algorithm(enveloped) != ENVELOPED {
        return Err(Refusal::SignatureTransform { algorithm: quoted(algorithm(enveloped)) });
    }
    if enveloped.children().any(|child| child.is_element()) {
        return Err(malformed("a transform has a parameter that does not belong to it"));
    }
    let Some(second) = parts.next() else { return Ok(Method::Inclusive) };
    let second = expect(Some(second), "Transform")?;
    if parts.next().is_some() {
        return Err(malformed("there are more than two transforms"));
    }
    if !matches!(algorithm(second), Method::EXCLUSIVE | Method::INCLUSIVE) {
        return Err(Refusal::SignatureTransform { algorithm: quoted(algorithm(second)) });
    }
    method(second)
}
