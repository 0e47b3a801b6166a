//! The configuration: one TOML file, the environment, and flags, read once at the start into values that are valid.
//!
//! A flag beats the environment, the environment beats the file, the file beats the default. A key that nobody knows
//! is refused with its place and the nearest key that exists, because a misspelt limit that is silently ignored is
//! no limit. Every setting is one line of [`settings`]: its key, type, default, bounds and sentence; the file format,
//! the environment names, `config sample` and `schema/config.schema.json` all follow from that line.
//!
//! This is the only room that reads environment variables. Not here: anything an admin changes while the gateway
//! runs (directories, connections, rules); that is data, and lives in the store.

mod environment;
mod error;
mod file;
mod nearest;
mod network;
mod schema;
mod settings;
mod source;
mod units;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use error::{ConfigError, Place};
pub use network::{Cidr, DatabaseUrl, PublicUrl, SecretsKey};
pub use schema::{json_schema, sample};
pub use settings::{Config, Database, Limits, Log, Metrics, Outbound, Rates, Secrets, Server, Sessions};
pub use units::{Bytes, LogFormat, Span};

use source::Values;

/// Settings given as flags: key (`server.listen`), flag as typed (`--listen`), value.
pub type Flags = Vec<(&'static str, &'static str, String)>;

impl Config {
    /// The configuration of this process: its environment, the file, the flags.
    pub fn load(file: Option<PathBuf>, flags: Flags) -> Result<Self, ConfigError> {
        Self::assemble(file, std::env::vars_os().collect(), flags)
    }

    /// As [`Config::load`], with the environment as an argument.
    fn assemble(
        file: Option<PathBuf>,
        environment: Vec<(std::ffi::OsString, std::ffi::OsString)>,
        flags: Flags,
    ) -> Result<Self, ConfigError> {
        let environment = environment::read(environment)?;
        let mut values = Values::default();
        if let Some(path) = file.or(environment.file) {
            file::read(&path, &mut values)?;
        }
        environment.values.into_iter().for_each(|(key, text, place)| values.set(key, text, place));
        for (key, flag, text) in flags {
            values.set(key, text, Place::Flag(flag));
        }
        Self::from_values(&mut values)
    }

    /// The configuration with nothing set.
    pub fn defaults() -> Result<Self, ConfigError> {
        Self::from_values(&mut Values::default())
    }
}
