//! A document that passed the gate, as a tree, and the few ways in which this room reads one.
//!
//! The tree is `roxmltree`'s: strict, without DTDs, without a network, and never recovering from an error. It resolves
//! prefixes and forgets them; canonicalisation needs them, so they are read from the source text here.
//!
//! Values are read in one way only: an element that should hold a value holds exactly one run of text or nothing.

use roxmltree::{Attribute, Document, Node, ParsingOptions};

use super::gate::{self, Kind};
use super::limits;
use super::names;
use super::refusal::{Refusal, quoted};
use crate::model::Timestamp;

/// Passes `bytes` through the gate and parses what came out.
pub(super) fn parse(bytes: &[u8], kind: Kind) -> Result<Document<'_>, Refusal> {
    let text = gate::pass(bytes, kind)?;
    let nodes = u32::try_from(limits::ELEMENTS.saturating_mul(4)).unwrap_or(u32::MAX);
    let options = ParsingOptions { allow_dtd: false, nodes_limit: nodes, entity_resolver: None };
    let document = Document::parse_with_options(text, options).map_err(|_| Refusal::NotWellFormed)?;
    for node in document.descendants().filter(Node::is_element) {
        for namespace in node.namespaces() {
            let undeclared = namespace.uri().is_empty() && namespace.name().is_none();
            if !undeclared && !is_absolute(namespace.uri()) {
                return Err(Refusal::NamespaceName);
            }
        }
    }
    Ok(document)
}

/// Whether a namespace name is an absolute URI of bearable length. Relative ones make canonicalisation fail or, in some
/// implementations, come out empty.
fn is_absolute(uri: &str) -> bool {
    uri.len() <= limits::NAMESPACE_BYTES
        && uri.split_once(':').is_some_and(|(scheme, _)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-'))
        })
}

/// The prefix of an element's name as written, empty for none.
pub(super) fn prefix<'a>(node: Node<'a, '_>) -> &'a str {
    let source = node.document().input_text().get(node.range()).unwrap_or_default();
    let name = source.strip_prefix('<').unwrap_or_default();
    let name = name.split([' ', '\t', '\r', '\n', '/', '>']).next().unwrap_or_default();
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

/// The prefix of an attribute's name as written, empty for none.
pub(super) fn attribute_prefix<'a>(node: Node<'a, '_>, attribute: &Attribute<'_, '_>) -> &'a str {
    let name = node.document().input_text().get(attribute.range()).unwrap_or_default();
    let name = name.split(['=', ' ', '\t', '\r', '\n']).next().unwrap_or_default();
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

/// Whether `node` is the element `name` of `namespace`.
pub(super) fn is(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name && node.tag_name().namespace() == Some(namespace)
}

/// The child elements.
pub(super) fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

/// The child elements of that name.
pub(super) fn named<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| is(*child, namespace, name))
}

/// The only child element of that name, if there is one.
pub(super) fn child<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> Result<Option<Node<'a, 'i>>, Refusal> {
    let mut all = named(node, namespace, name);
    let first = all.next();
    if all.next().is_some() { Err(Refusal::RepeatedElement { element: name.to_owned() }) } else { Ok(first) }
}

/// The only child element of that name.
pub(super) fn required<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> Result<Node<'a, 'i>, Refusal> {
    child(node, namespace, name)?.ok_or_else(|| Refusal::MissingElement { element: name.to_owned() })
}

/// The value of an element, exactly as it stands: one run of text, or empty.
pub(super) fn text<'a>(node: Node<'a, '_>) -> Result<&'a str, Refusal> {
    let mut children = node.children();
    let only = children.next();
    let plain = only.is_none_or(|child| child.is_text()) && children.next().is_none();
    if !plain {
        return Err(Refusal::NotPlainText { element: node.tag_name().name().to_owned() });
    }
    let value = only.and_then(|child| child.text()).unwrap_or_default();
    if value.len() > limits::VALUE_BYTES {
        return Err(Refusal::TextTooLong { element: node.tag_name().name().to_owned() });
    }
    Ok(value)
}

/// The value of an element that holds a URI: white space around it does not count (XML Schema part 2 §3.2.17).
pub(super) fn uri<'a>(node: Node<'a, '_>) -> Result<&'a str, Refusal> {
    let value = text(node)?.trim_ascii();
    if value.len() > limits::NAME_BYTES {
        return Err(Refusal::TextTooLong { element: node.tag_name().name().to_owned() });
    }
    Ok(value)
}

/// An attribute's value as a moment in UTC (SAML core §1.3.3).
pub(super) fn moment(node: Node<'_, '_>, attribute: &'static str) -> Result<Option<Timestamp>, Refusal> {
    let Some(value) = node.attribute(attribute) else { return Ok(None) };
    let moment = Timestamp::parse_rfc3339(value.trim_ascii());
    moment.map(Some).ok_or_else(|| Refusal::NotAMoment { attribute: attribute.to_owned() })
}

/// The element's `ID`.
pub(super) fn id<'a>(node: Node<'a, '_>) -> Result<&'a str, Refusal> {
    node.attribute("ID").filter(|id| !id.is_empty() && id.len() <= limits::NAME_BYTES).ok_or(Refusal::MissingId)
}

/// Refuses a document whose ids could be taken for one another: `ID` (SAML) and `Id` (XML Signature and Encryption) each
/// on their own elements alone, no other spelling, none in a namespace, none twice.
pub(super) fn check_ids(document: &Document<'_>) -> Result<(), Refusal> {
    let mut seen = std::collections::HashSet::new();
    for node in document.descendants().filter(Node::is_element) {
        let own = match node.tag_name().namespace() {
            Some(names::PROTOCOL | names::ASSERTION) => "ID",
            Some(names::SIGNATURE | names::ENCRYPTION | names::ENCRYPTION_11) => "Id",
            _ => "",
        };
        for attribute in node.attributes().filter(|attribute| attribute.name().eq_ignore_ascii_case("id")) {
            if attribute.namespace().is_some() || attribute.name() != own {
                return Err(Refusal::MisplacedId);
            }
            if !seen.insert(attribute.value()) {
                return Err(Refusal::DuplicateId);
            }
        }
    }
    Ok(())
}

/// What an element is, for a reason.
pub(super) fn name_of(node: Node<'_, '_>) -> String {
    quoted(node.tag_name().name())
}
