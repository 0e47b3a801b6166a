//! Prints a filter so that it parses to itself.

use std::fmt::{self, Write};

use super::{Filter, Literal};

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(all) => join(f, all, " and ", |one| matches!(one, Self::And(_) | Self::Or(_))),
            Self::Or(any) => join(f, any, " or ", |one| matches!(one, Self::Or(_))),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Compare { path, operator, literal } => write!(f, "{path} {} {literal}", operator.as_str()),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::ValuePath { path, inner } => write!(f, "{path}[{inner}]"),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Filter], word: &str, grouped: impl Fn(&Filter) -> bool) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        if grouped(part) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::String(text) => quote(f, text),
        }
    }
}

/// A JSON string (RFC 8259 §7).
fn quote(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            c if c.is_control() => {
                let mut units = [0_u16; 2];
                c.encode_utf16(&mut units).iter().try_for_each(|unit| write!(f, "\\u{unit:04x}"))?;
            }
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}
