//! Reads the TOML file into text values, and refuses keys that do not exist.

use std::io::Read;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Place};
use super::nearest::nearest;
use super::settings::KEYS;
use super::source::Values;

/// A configuration is a page of text; anything of this size is the wrong file.
const LARGEST_FILE: u64 = 1 << 20;

/// Adds to `values` what the file at `path` says.
pub(super) fn read(path: &Path, values: &mut Values) -> Result<(), ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    let mut text = String::new();
    let mut file = std::fs::File::open(path).map_err(unreadable)?.take(LARGEST_FILE + 1);
    file.read_to_string(&mut text).map_err(unreadable)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > LARGEST_FILE) {
        return Err(ConfigError::TooLarge { path: path.to_owned(), limit: LARGEST_FILE });
    }
    parse(&text, path, values)
}

/// Adds to `values` what `text` says; `path` is named in errors.
pub(super) fn parse(text: &str, path: &Path, values: &mut Values) -> Result<(), ConfigError> {
    let place = |at: usize| Place::File { path: path.to_owned(), line: line(text, at) };
    let document = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
        place: place(error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    })?;
    for (group, settings) in document.get_ref() {
        let unknown = |key: String, at: usize| ConfigError::UnknownKey {
            nearest: nearest(&key, KEYS.iter().map(|known| known.name)),
            place: place(at),
            key,
        };
        let DeValue::Table(settings) = settings.get_ref() else {
            return Err(unknown(group.get_ref().to_string(), group.span().start));
        };
        if settings.is_empty() && !KEYS.iter().any(|known| known.name.split('.').next() == Some(group.get_ref())) {
            return Err(unknown(group.get_ref().to_string(), group.span().start));
        }
        for (name, value) in settings {
            let full = format!("{}.{}", group.get_ref(), name.get_ref());
            let Some(key) = KEYS.iter().find(|known| known.name == full) else {
                return Err(unknown(full, name.span().start));
            };
            let Some(written) = text_of(value.get_ref()) else {
                let reason = format!("is not {}", key.kind);
                return Err(ConfigError::Value { place: place(value.span().start), key: key.name, reason });
            };
            values.set(key.name, written, place(value.span().start));
        }
    }
    Ok(())
}

/// A scalar as its text, an array of texts joined by commas.
fn text_of(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().replace('_', "")),
        DeValue::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(|item| item.get_ref().as_str()).collect();
            Some(texts?.join(","))
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Table(_) => {
            None
        }
    }
}

/// The line of byte `at`, counted from 1.
fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}
