//! Canonical XML: the one form of an element over which digests and signatures are computed.
//!
//! Exclusive canonicalisation 1.0 without comments (W3C xml-exc-c14n, with the `InclusiveNamespaces` PrefixList) is what
//! every identity provider signs with. Inclusive canonicalisation 1.0 (W3C xml-c14n) differs in two rules only (all
//! namespaces in scope are written; the apex inherits `xml:` attributes), so it is here too. Canonical XML 1.1 is not.
//!
//! The gate has let no comment, processing instruction, CDATA or DTD pass, so elements, attributes and text are all
//! there is. Output is bounded: a namespace name may come out on every element that uses it.

use std::collections::BTreeMap;

use roxmltree::Node;

use super::limits;
use super::names;
use super::refusal::Refusal;
use super::tree;

/// A canonicalisation method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// Exclusive, with the prefixes of its `InclusiveNamespaces` list (`#default` as the empty prefix).
    Exclusive(Vec<String>),
    /// Inclusive, version 1.0.
    Inclusive,
}

impl Method {
    pub(super) const EXCLUSIVE: &'static str = names::EXCLUSIVE_C14N;
    pub(super) const INCLUSIVE: &'static str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";

    /// Plain exclusive canonicalisation.
    pub const fn exclusive() -> Self {
        Self::Exclusive(Vec::new())
    }
}

/// The canonical bytes of `apex` and all below it, but for the element `without` (the enveloped signature).
pub fn bytes(apex: Node<'_, '_>, without: Option<Node<'_, '_>>, method: &Method) -> Result<Vec<u8>, Refusal> {
    let mut writer = Writer { out: String::new(), without, method };
    writer.element(apex, &BTreeMap::new(), true)?;
    Ok(writer.out.into_bytes())
}

struct Writer<'m, 'a, 'i> {
    out: String,
    without: Option<Node<'a, 'i>>,
    method: &'m Method,
}

impl<'a, 'i> Writer<'_, 'a, 'i> {
    /// Writes one element. `rendered` is what the output ancestors have declared. Recursion is bounded by the gate.
    fn element(
        &mut self,
        node: Node<'a, 'i>,
        rendered: &BTreeMap<&'a str, &'a str>,
        apex: bool,
    ) -> Result<(), Refusal> {
        if self.out.len() > limits::CANONICAL_BYTES {
            return Err(Refusal::TooLarge);
        }
        let prefix = tree::prefix(node);
        self.out.push('<');
        self.name(prefix, node.tag_name().name());

        let declared = self.namespaces(node, prefix, rendered);
        for (prefix, uri) in &declared {
            self.out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.push_str(prefix);
            self.out.push_str("=\"");
            self.attribute_value(uri);
            self.out.push('"');
        }
        for ((_, local), (prefix, value)) in self.attributes(node, apex) {
            self.out.push(' ');
            self.name(prefix, local);
            self.out.push_str("=\"");
            self.attribute_value(value);
            self.out.push('"');
        }
        self.out.push('>');

        let inherited;
        let rendered = if declared.is_empty() {
            rendered
        } else {
            inherited = rendered.iter().map(|(p, u)| (*p, *u)).chain(declared).collect();
            &inherited
        };
        let without = self.without;
        for child in node.children().filter(|child| Some(*child) != without) {
            if child.is_element() {
                self.element(child, rendered, false)?;
            } else {
                self.text(child.text().unwrap_or_default());
            }
        }
        self.out.push_str("</");
        self.name(prefix, node.tag_name().name());
        self.out.push('>');
        Ok(())
    }

    /// The namespace declarations to write on `node`, in order of prefix, the default first.
    fn namespaces(
        &self,
        node: Node<'a, 'i>,
        prefix: &'a str,
        rendered: &BTreeMap<&'a str, &'a str>,
    ) -> BTreeMap<&'a str, &'a str> {
        let in_scope: BTreeMap<&'a str, &'a str> =
            node.namespaces().map(|namespace| (namespace.name().unwrap_or_default(), namespace.uri())).collect();
        let used: Vec<&'a str> = node
            .attributes()
            .map(|attribute| tree::attribute_prefix(node, &attribute))
            .filter(|p| !p.is_empty())
            .collect();
        let wanted = |candidate: &str| match self.method {
            Method::Inclusive => true,
            Method::Exclusive(prefixes) => {
                candidate == prefix || used.contains(&candidate) || prefixes.iter().any(|p| p == candidate)
            }
        };
        let mut declared: BTreeMap<&'a str, &'a str> = in_scope
            .iter()
            .map(|(p, u)| (*p, *u))
            .filter(|(p, uri)| *p != "xml" && !uri.is_empty() && wanted(p) && rendered.get(p) != Some(uri))
            .collect();
        let no_default = in_scope.get("").is_none_or(|uri| uri.is_empty());
        if no_default && wanted("") && rendered.get("").is_some_and(|uri| !uri.is_empty()) {
            declared.insert("", "");
        }
        declared
    }

    /// The attributes to write on `node`, ordered by namespace name and then local name.
    fn attributes(&self, node: Node<'a, 'i>, apex: bool) -> BTreeMap<(&'a str, &'a str), (&'a str, &'a str)> {
        let mut all = BTreeMap::new();
        let inherits = apex && *self.method == Method::Inclusive;
        for from in node.ancestors().take(if inherits { usize::MAX } else { 1 }) {
            for attribute in from.attributes() {
                let namespace = attribute.namespace().unwrap_or_default();
                if from == node || namespace == names::XML {
                    let written = (tree::attribute_prefix(from, &attribute), attribute.value());
                    all.entry((namespace, attribute.name())).or_insert(written);
                }
            }
        }
        all
    }

    fn name(&mut self, prefix: &str, local: &str) {
        if !prefix.is_empty() {
            self.out.push_str(prefix);
            self.out.push(':');
        }
        self.out.push_str(local);
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '\r' => self.out.push_str("&#xD;"),
                c => self.out.push(c),
            }
        }
    }

    fn attribute_value(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '"' => self.out.push_str("&quot;"),
                '\t' => self.out.push_str("&#x9;"),
                '\n' => self.out.push_str("&#xA;"),
                '\r' => self.out.push_str("&#xD;"),
                c => self.out.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests;
