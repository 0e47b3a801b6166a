//! The shape of a response: one assertion, where it belongs, and nothing that looks like another one anywhere.
//!
//! Signature wrapping lives on documents in which there is more than one candidate for "the assertion" or "the element
//! with this ID". Such documents are refused here as a whole, before any signature is looked at.

use roxmltree::{Document, Node};

use super::names;
use super::refusal::{Refusal, quoted};
use super::signature;
use super::tree;

/// Where the assertion of a response is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'a, 'i> {
    Plain(Node<'a, 'i>),
    Encrypted,
}

/// Checks the shape of a whole document as a Response.
pub(super) fn response<'a, 'i>(document: &'a Document<'i>) -> Result<Part<'a, 'i>, Refusal> {
    let root = protocol_message(document, "Response")?;
    status(root)?;
    let mut only = None;
    for node in root.descendants().filter(|node| is_assertion(*node)) {
        if node.parent() != Some(root) {
            return Err(Refusal::MisplacedAssertion);
        }
        if only.replace(node).is_some() {
            return Err(Refusal::SeveralAssertions);
        }
    }
    let assertion = only.ok_or(Refusal::NoAssertion)?;
    signature::check_places(root, &[root, assertion])?;
    if tree::is(assertion, names::ASSERTION, "EncryptedAssertion") {
        if tree::named(assertion, names::SIGNATURE, "Signature").next().is_some() {
            return Err(Refusal::SignatureMisplaced);
        }
        return Ok(Part::Encrypted);
    }
    tree::id(assertion)?;
    Ok(Part::Plain(assertion))
}

/// Checks that the document is the protocol message `name`, of version 2.0, with unambiguous ids.
pub(super) fn protocol_message<'a, 'i>(document: &'a Document<'i>, name: &str) -> Result<Node<'a, 'i>, Refusal> {
    let root = document.root_element();
    if !tree::is(root, names::PROTOCOL, name) {
        return Err(Refusal::UnexpectedRoot { found: tree::name_of(root) });
    }
    version(root)?;
    tree::id(root)?;
    tree::check_ids(document)?;
    Ok(root)
}

/// Checks a decrypted assertion: nothing has looked at its shape before.
pub(super) fn decrypted(assertion: Node<'_, '_>) -> Result<(), Refusal> {
    tree::id(assertion)?;
    if assertion.descendants().any(|node| node != assertion && is_assertion(node)) {
        return Err(Refusal::MisplacedAssertion);
    }
    signature::check_places(assertion, &[assertion])
}

/// Checks the SAML version of a message or assertion.
pub(super) fn version(node: Node<'_, '_>) -> Result<(), Refusal> {
    if node.attribute("Version") == Some("2.0") { Ok(()) } else { Err(Refusal::Version) }
}

/// Checks that the top-level status is Success. An error response is told apart first, because it has no assertion.
pub(super) fn status(root: Node<'_, '_>) -> Result<(), Refusal> {
    let status = tree::required(root, names::PROTOCOL, "Status")?;
    let top = tree::required(status, names::PROTOCOL, "StatusCode")?;
    let value = top.attribute("Value").unwrap_or_default();
    if value == names::SUCCESS {
        return Ok(());
    }
    let inner = tree::child(top, names::PROTOCOL, "StatusCode")?.and_then(|inner| inner.attribute("Value"));
    let message = tree::child(status, names::PROTOCOL, "StatusMessage")?.map(tree::text).transpose()?;
    Err(Refusal::Status { code: quoted(inner.unwrap_or(value)), message: quoted(message.unwrap_or("no message")) })
}

fn is_assertion(node: Node<'_, '_>) -> bool {
    tree::is(node, names::ASSERTION, "Assertion") || tree::is(node, names::ASSERTION, "EncryptedAssertion")
}
