//! The only place that constructs things: config → store → gateway → server. One function for each command.

mod audit;
mod catalogue;
mod doctor;
mod extensions;
mod files;
mod init;
mod owner;
mod serve;

use std::path::Path;
use std::sync::Arc;

pub use audit::{AuditSource, ExportFormat, ExportOptions, Verification, VerifyOptions, export_audit, verify_audit};
pub use catalogue::{CatalogueOptions, CataloguePlace, change_catalogue};
pub use doctor::{Finding, doctor};
pub use init::{InitOptions, Installation, init};
pub use owner::{OwnerLinkOptions, owner_link};
pub use serve::{ServeOptions, serve};

use crate::access::{Catalogue, CatalogueError};
use crate::config::{Config, DatabaseUrl};
use crate::domain::gate::Capacity;
use crate::domain::sealing::{self, SealingKey};
use crate::domain::{Gateway, GatewayError, Memory, Settings};
use crate::model::{Clock, SystemChance, SystemClock};
use crate::session::Limits;
use crate::store::{Address, AddressError, Store, StoreError, StoreOptions};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("`{path}` cannot be used")]
    File {
        path: String,
        #[source]
        cause: std::io::Error,
    },
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Database(#[from] AddressError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error("{0}")]
    Refused(String),
    #[error("the server stopped")]
    Server(#[source] std::io::Error),
}

impl AppError {
    fn file(path: &Path, cause: std::io::Error) -> Self {
        Self::File { path: path.display().to_string(), cause }
    }
}

/// What the checks of a catalogue found.
#[derive(Debug)]
pub struct CatalogueReport {
    pub name: String,
    pub checks: usize,
    /// Each failed check in one sentence.
    pub failures: Vec<String>,
}

/// Reads a catalogue and runs its own checks.
pub fn check_catalogue(file: &Path) -> Result<CatalogueReport, AppError> {
    let text = std::fs::read_to_string(file).map_err(|cause| AppError::file(file, cause))?;
    let catalogue = Catalogue::parse(&text, &file.display().to_string())?;
    let failures = catalogue.check();
    Ok(CatalogueReport {
        name: catalogue.key().to_owned(),
        checks: catalogue.check_count(),
        failures: failures.iter().map(ToString::to_string).collect(),
    })
}

/// Which migrations ran.
#[derive(Debug)]
pub struct Migrated {
    /// Names of the migrations that ran now.
    pub applied: Vec<String>,
}

/// Brings the database to the newest version.
pub fn migrate(config: &Config) -> Result<Migrated, AppError> {
    let address = address(config)?;
    Ok(Migrated { applied: crate::store::migrate_alone(&address, &files::lock(config, &address))? })
}

/// Where the configuration says that the data is.
fn address(config: &Config) -> Result<Address, AppError> {
    let data_dir = files::data_dir(config)?;
    match config.database().url() {
        DatabaseUrl::Postgres(url) => Ok(Address::parse(url.expose())?),
        DatabaseUrl::Sqlite(path) => Ok(Address::Sqlite(path.clone())),
        DatabaseUrl::InDataDirectory => Ok(Address::Sqlite(data_dir.join("portcullis.sqlite"))),
    }
}

/// The gateway that a configuration describes. Blocks while the store is opened.
fn gateway(config: &Config, serving: bool) -> Result<Arc<Gateway>, AppError> {
    extensions::install(config.scim().extensions())?;
    let memory = Memory::default();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let chance = Arc::new(SystemChance);
    let address = address(config)?;
    let options = StoreOptions {
        lock: files::lock(config, &address),
        address: address.clone(),
        readers: *config.database().connections(),
        batch: usize::MAX,
        serving,
        holder: crate::model::RequestId::new(clock.now(), chance.as_ref()).to_string(),
    };
    let store = Store::open(options, memory.publisher(), Arc::clone(&chance) as Arc<_>)?;
    let sealing = sealing_key(config, &address)?;
    let page = u64::from(*config.limits().page());
    let settings = Settings {
        public_url: config.server().public_url().as_str().trim_end_matches('/').to_owned(),
        session: Limits { idle: config.sessions().idle().get(), absolute: config.sessions().absolute().get() },
        private_hosts: config.outbound().private_hosts().iter().map(|host| host.to_lowercase()).collect(),
        page_default: page.min(100),
        page_max: page,
    };
    Ok(Arc::new(Gateway::new(store, &memory, Capacity::default(), settings, sealing, clock, chance)))
}

/// The key that stored secrets are sealed under, made if nothing is sealed yet. One that is gone, or does not fit, is
/// refused: what was sealed could not be read any more.
fn sealing_key(config: &Config, address: &Address) -> Result<SealingKey, AppError> {
    let mut conn = crate::store::open_for_reading(address)?;
    match files::sealing_key(config)? {
        Some(key) => {
            sealing::check_key(&mut conn, &key)?;
            Ok(key)
        }
        None if sealing::is_in_use(&mut conn)? => Err(AppError::Refused(files::sealing_key_missing(config))),
        None => files::make_sealing_key(config),
    }
}

/// A runtime for commands that are not the server.
fn runtime() -> Result<tokio::runtime::Runtime, AppError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build().map_err(AppError::Server)
}

/// The path of a file that a command was given, for its messages.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
