//! The only place that constructs things: config → store → gateway → server.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::model::Secret;

/// What an installation is made from.
#[derive(Debug)]
pub struct InitOptions {
    pub config: Config,
    /// Name of the first organization.
    pub organization: String,
    pub catalogue: PathBuf,
}

/// What was made; the secrets are shown this once.
#[derive(Debug)]
pub struct Installation {
    /// Id of the organization.
    pub organization: String,
    pub scim_base_url: String,
    pub scim_token: Secret,
    pub api_key: Secret,
    pub owner_setup_url: Secret,
}

#[derive(Debug)]
pub struct ServeOptions {
    pub config: Config,
}

/// Where the entries to verify are.
#[derive(Debug)]
pub enum AuditSource {
    Installation(Box<Config>),
    Export(PathBuf),
}

#[derive(Debug)]
pub struct VerifyOptions {
    pub source: AuditSource,
    pub checkpoints: Vec<PathBuf>,
}

/// What a verification found.
#[derive(Debug)]
pub enum Verification {
    /// Every entry is there and is what was signed.
    Intact { entries: u64 },
    /// Something was changed, removed or cut off; one sentence each.
    Tampered { findings: Vec<String> },
    /// What was given does not suffice to tell; one sentence each.
    Incomplete { findings: Vec<String> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportFormat {
    Jsonl,
    Csv,
    Ocsf,
}

#[derive(Debug)]
pub struct ExportOptions {
    pub config: Config,
    /// Name or id of the organization; needed where there are several.
    pub organization: Option<String>,
    pub format: ExportFormat,
    /// File to write; none means standard output.
    pub output: Option<PathBuf>,
}

/// What the checks of a catalogue found.
#[derive(Debug)]
pub struct CatalogueReport {
    pub name: String,
    pub checks: usize,
    /// Each failed check in one sentence.
    pub failures: Vec<String>,
}

/// One thing that `doctor` looked at.
#[derive(Debug)]
pub struct Finding {
    pub healthy: bool,
    /// What was looked at and how it is.
    pub sentence: String,
    /// What to do, where something is wrong.
    pub remedy: Option<String>,
}

#[derive(Debug)]
pub struct Migrated {
    /// Names of the migrations that ran now.
    pub applied: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("this command is not available")]
    Unavailable,
}

pub fn init(_options: &InitOptions) -> Result<Installation, AppError> {
    Err(AppError::Unavailable)
}

pub fn serve(_options: ServeOptions) -> Result<(), AppError> {
    Err(AppError::Unavailable)
}

pub fn migrate(_config: &Config) -> Result<Migrated, AppError> {
    Err(AppError::Unavailable)
}

pub fn doctor(_config: &Config) -> Result<Vec<Finding>, AppError> {
    Err(AppError::Unavailable)
}

pub fn check_catalogue(_file: &Path) -> Result<CatalogueReport, AppError> {
    Err(AppError::Unavailable)
}

pub fn verify_audit(_options: &VerifyOptions) -> Result<Verification, AppError> {
    Err(AppError::Unavailable)
}

pub fn export_audit(_options: &ExportOptions) -> Result<(), AppError> {
    Err(AppError::Unavailable)
}
