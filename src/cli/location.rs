//! The flags that say which installation a command works on, shared by all that work on one.

use std::path::PathBuf;

use crate::config::{Config, ConfigError, Flags};

/// Which installation.
#[derive(Debug, clap::Args)]
pub struct Location {
    /// Directory of the SQLite file and of the signing keys
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// Database, `postgres://…` or `sqlite:path`; without it, the SQLite file in the data directory
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Location {
    /// The configuration of that installation; `more` are the command's own flags.
    pub fn load(self, more: Flags) -> Result<Config, ConfigError> {
        let own =
            [("server.data_dir", "--data-dir", self.data_dir), ("database.url", "--database-url", self.database_url)];
        let own = own.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value?)));
        Config::load(self.config, own.chain(more).collect())
    }
}
