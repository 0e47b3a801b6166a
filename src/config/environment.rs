//! Reads `PORTCULLIS_…` and `DATABASE_URL`. `limits.body` is `PORTCULLIS_LIMITS_BODY`; `PORTCULLIS_CONFIG` names the file.
//!
//! An unknown `PORTCULLIS_…` is refused like an unknown key in the file. Kubernetes sets `PORTCULLIS_SERVICE_…` and
//! `PORTCULLIS_PORT…` in every pod beside a Service called `portcullis`; those are not meant for us and are passed over.

use std::ffi::OsString;
use std::path::PathBuf;

use super::error::{ConfigError, Place};
use super::nearest::nearest;
use super::settings::KEYS;

/// What the environment says.
#[derive(Debug, Default)]
pub(super) struct Environment {
    pub file: Option<PathBuf>,
    pub values: Vec<(&'static str, String, Place)>,
}

/// The variable of a key.
pub(super) fn variable(key: &str) -> String {
    format!("PORTCULLIS_{}", key.replace('.', "_").to_ascii_uppercase())
}

/// Sorts out the variables that are ours.
pub(super) fn read(variables: Vec<(OsString, OsString)>) -> Result<Environment, ConfigError> {
    let mut found = Environment::default();
    let mut database_url = None;
    for (name, value) in variables {
        let Some(name) = name.to_str() else { continue };
        if name == "PORTCULLIS_CONFIG" {
            found.file = Some(PathBuf::from(value));
            continue;
        }
        if name == "DATABASE_URL" {
            database_url = Some(value);
            continue;
        }
        if !name.starts_with("PORTCULLIS_") || is_kubernetes_link(name) {
            continue;
        }
        let place = Place::Environment(name.to_owned());
        let Some(key) = KEYS.iter().find(|known| variable(known.name) == name) else {
            let names: Vec<String> = KEYS.iter().map(|known| variable(known.name)).collect();
            let nearest = nearest(name, names.iter().map(String::as_str));
            return Err(ConfigError::UnknownKey { place, key: name.to_owned(), nearest });
        };
        found.values.push((key.name, text(key.name, &place, value)?, place));
    }
    if let Some(value) = database_url.filter(|_| !found.values.iter().any(|(key, ..)| *key == "database.url")) {
        let place = Place::Environment("DATABASE_URL".to_owned());
        found.values.push(("database.url", text("database.url", &place, value)?, place));
    }
    Ok(found)
}

fn is_kubernetes_link(name: &str) -> bool {
    name.starts_with("PORTCULLIS_SERVICE_") || name.starts_with("PORTCULLIS_PORT")
}

fn text(key: &'static str, place: &Place, value: OsString) -> Result<String, ConfigError> {
    value.into_string().map_err(|_| ConfigError::Value { place: place.clone(), key, reason: "is not UTF-8".to_owned() })
}
