//! The gate: what a document must be as bytes before any XML parser sees it.
//!
//! One pass, no recursion, no allocation beyond one counter per open element. It knows just enough of XML's lexical
//! grammar (tags, quotes, `<!`, `<?`) to count and to refuse; whether the document is well-formed is the parser's word.
//! A document must pass both, so where the two read a text differently, the stricter wins.
//!
//! Refused here: other encodings than UTF-8 (UTF-7 and UTF-16 have hidden a DOCTYPE before), document types and
//! entities, processing instructions, CDATA, comments (in messages), and anything beyond [`limits`].

use super::limits;
use super::refusal::Refusal;

/// What kind of document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A protocol message: no comments.
    Message,
    /// A metadata document that an admin supplied: people comment theirs.
    Metadata,
}

/// Lets `bytes` pass as text, without its byte order mark and XML declaration.
pub(super) fn pass(bytes: &[u8], kind: Kind) -> Result<&str, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = without_declaration(text)?;
    if text.chars().any(forbidden) {
        return Err(Refusal::ForbiddenCharacter);
    }
    scan(text, kind)?;
    Ok(text)
}

/// XML 1.0 §2.2.
fn forbidden(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Takes the XML declaration off, if there is one and it says 1.0 and UTF-8.
fn without_declaration(text: &str) -> Result<&str, Refusal> {
    let Some(rest) = text.strip_prefix("<?xml").filter(|rest| rest.starts_with([' ', '\t', '\r', '\n'])) else {
        return Ok(text);
    };
    let (inside, rest) = rest.split_once("?>").ok_or(Refusal::NotWellFormed)?;
    // Eq may have white space around it (XML 1.0 §2.8 and §3.1).
    let inside = inside.split('=').map(str::trim_ascii).collect::<Vec<_>>().join("=");
    let mut parts = inside.split_ascii_whitespace();
    let version = parts.next().and_then(|part| pseudo_attribute(part, "version"));
    let mut next = parts.next();
    if let Some(encoding) = next.and_then(|part| pseudo_attribute(part, "encoding")) {
        if !encoding.eq_ignore_ascii_case("utf-8") {
            return Err(Refusal::XmlDeclaration);
        }
        next = parts.next();
    }
    if let Some("yes" | "no") = next.and_then(|part| pseudo_attribute(part, "standalone")) {
        next = parts.next();
    }
    if version != Some("1.0") || next.is_some() {
        return Err(Refusal::XmlDeclaration);
    }
    Ok(rest)
}

fn pseudo_attribute<'a>(part: &'a str, name: &str) -> Option<&'a str> {
    let value = part.strip_prefix(name)?.strip_prefix('=')?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.strip_prefix(quote)?.strip_suffix(quote)
}

/// Walks over the markup, counting.
fn scan(text: &str, kind: Kind) -> Result<(), Refusal> {
    let mut rest = text;
    let mut elements = 0_usize;
    // One entry per open element: how many namespaces are in force there.
    let mut open: Vec<usize> = Vec::with_capacity(limits::DEPTH);
    while let Some((_, markup)) = rest.split_once('<') {
        rest = if let Some(comment) = markup.strip_prefix("!--") {
            match kind {
                Kind::Message => return Err(Refusal::Comment),
                Kind::Metadata => comment.split_once("-->").ok_or(Refusal::NotWellFormed)?.1,
            }
        } else if markup.starts_with("![CDATA[") {
            return Err(Refusal::Cdata);
        } else if markup.starts_with('!') {
            return Err(Refusal::Doctype);
        } else if markup.starts_with('?') {
            return Err(Refusal::ProcessingInstruction);
        } else if let Some(end) = markup.strip_prefix('/') {
            open.pop().ok_or(Refusal::NotWellFormed)?;
            end.split_once('>').ok_or(Refusal::NotWellFormed)?.1
        } else {
            let tag = Tag::read(markup)?;
            elements = elements.saturating_add(1);
            if elements > limits::ELEMENTS {
                return Err(Refusal::TooManyElements);
            }
            let in_scope = open.last().copied().unwrap_or(0).saturating_add(tag.namespaces);
            if tag.attributes > limits::ATTRIBUTES_PER_ELEMENT || in_scope > limits::NAMESPACES_IN_SCOPE {
                return Err(Refusal::TooManyAttributes);
            }
            if open.len() >= limits::DEPTH {
                return Err(Refusal::TooDeep);
            }
            if !tag.empty {
                open.push(in_scope);
            }
            tag.rest
        };
    }
    if open.is_empty() && elements > 0 { Ok(()) } else { Err(Refusal::NotWellFormed) }
}

/// One start tag.
struct Tag<'a> {
    attributes: usize,
    namespaces: usize,
    empty: bool,
    rest: &'a str,
}

impl<'a> Tag<'a> {
    /// Reads from behind the `<` to behind the `>`.
    fn read(markup: &'a str) -> Result<Self, Refusal> {
        let (mut attributes, mut namespaces) = (0_usize, 0_usize);
        let mut rest = markup;
        loop {
            let (before, found, after) = split_at_any(rest).ok_or(Refusal::NotWellFormed)?;
            match found {
                '>' => return Ok(Self { attributes, namespaces, empty: before.ends_with('/'), rest: after }),
                '"' | '\'' => {
                    attributes = attributes.saturating_add(1);
                    // What stands before the quote: the attribute's name and `=`, behind the tag's name for the first.
                    let name = before.trim_ascii_end().trim_end_matches('=').trim_ascii_end();
                    if name.rsplit([' ', '\t', '\r', '\n']).next().is_some_and(|name| name.starts_with("xmlns")) {
                        namespaces = namespaces.saturating_add(1);
                    }
                    rest = after.split_once(found).ok_or(Refusal::NotWellFormed)?.1;
                }
                // A `<` inside a tag is not XML.
                _ => return Err(Refusal::NotWellFormed),
            }
        }
    }
}

/// Splits at the first `>`, `"`, `'` or `<`.
fn split_at_any(text: &str) -> Option<(&str, char, &str)> {
    let at = text.find(['>', '"', '\'', '<'])?;
    let (before, from) = text.split_at_checked(at)?;
    let mut chars = from.chars();
    let found = chars.next()?;
    Some((before, found, chars.as_str()))
}

#[cfg(test)]
mod tests;
