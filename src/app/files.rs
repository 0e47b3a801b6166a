//! The files of an installation beside its database: the lock, the key that signs checkpoints, and the key that stored
//! secrets are sealed under.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::AppError;
use crate::audit::checkpoint::SigningKey;
use crate::config::Config;
use crate::domain::sealing::{SealError, SealingKey};
use crate::model::{Secret, SystemChance};
use crate::store::Address;

/// Held by the one process that uses an SQLite installation. It lies beside the database and not in the data directory: two
/// installations may be pointed at one file by mistake.
pub(super) fn lock(config: &Config, address: &Address) -> PathBuf {
    match address {
        Address::Sqlite(path) => {
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            let mut lock = path.into_os_string();
            lock.push(".lock");
            lock.into()
        }
        Address::Postgres(_) => config.server().data_dir().join("portcullis.lock"),
    }
}

/// The data directory, made if there is none, for its owner alone.
pub(super) fn data_dir(config: &Config) -> Result<&Path, AppError> {
    let path = config.server().data_dir();
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|cause| AppError::file(path, cause))?;
    Ok(path)
}

/// What of an installation other users of the machine can get at, each with its mode. Whatever this program makes is its
/// owner's alone; what an earlier version made, or a copy, may not be.
pub(super) fn open_to_others(config: &Config, address: &Address) -> Vec<(PathBuf, u32)> {
    let mut paths =
        vec![config.server().data_dir().clone(), key_path(config), secrets_path(config), checkpoints(config)];
    if let Address::Sqlite(path) = address {
        let beside = |suffix: &str| {
            let mut name = path.clone().into_os_string();
            name.push(suffix);
            PathBuf::from(name)
        };
        paths.extend(["", "-wal", "-shm"].map(beside));
    }
    let mode = |path: PathBuf| {
        let mode = std::fs::metadata(&path).ok()?.permissions().mode() & 0o777;
        Some((path, mode))
    };
    paths.into_iter().filter_map(mode).filter(|(_, mode)| mode & 0o077 != 0).collect()
}

/// Where checkpoints are appended to, besides the database.
pub(super) fn checkpoints(config: &Config) -> PathBuf {
    config.server().data_dir().join("audit-checkpoints.txt")
}

fn key_path(config: &Config) -> PathBuf {
    config.server().data_dir().join("audit-signing.key")
}

/// The key that signs checkpoints. A lost one is not made anew in silence: nothing that it signed could be verified.
pub(super) fn signing_key(config: &Config) -> Result<SigningKey, AppError> {
    let path = key_path(config);
    if !path.exists() {
        return Err(AppError::Refused(format!(
            "`{}` is missing: it signs the audit's checkpoints and was made by `portcullis init`; restore it from your backup",
            path.display()
        )));
    }
    make_signing_key(config)
}

/// The key that signs checkpoints, made if there is none, readable by its owner alone.
pub(super) fn make_signing_key(config: &Config) -> Result<SigningKey, AppError> {
    let path = key_path(config);
    let unusable = |error: crate::audit::AuditError| AppError::Refused(format!("`{}`: {error}", path.display()));
    match std::fs::read_to_string(&path) {
        Ok(text) => SigningKey::from_text(&Secret::new(text)).map_err(unusable),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let public_url = config.server().public_url().as_str();
            let name = public_url.split_once("://").map_or(public_url, |(_, rest)| rest).trim_end_matches('/');
            let key = SigningKey::generate(name, &SystemChance).map_err(unusable)?;
            write_new(config, &path, &key.to_text())?;
            Ok(key)
        }
        Err(cause) => Err(AppError::file(&path, cause)),
    }
}

fn secrets_path(config: &Config) -> PathBuf {
    config.server().data_dir().join("secrets.key")
}

/// The key that stored secrets are sealed under: as configured, or from its file. None if there is neither.
pub(super) fn sealing_key(config: &Config) -> Result<Option<SealingKey>, AppError> {
    let path = secrets_path(config);
    let text = match config.secrets().key().text() {
        Some(text) => text.clone(),
        None => match std::fs::read_to_string(&path) {
            Ok(text) => Secret::new(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(AppError::file(&path, cause)),
        },
    };
    let unusable = |error: SealError| AppError::Refused(format!("`{}`: {error}", path.display()));
    SealingKey::from_text(&text).map(Some).map_err(unusable)
}

/// The sentence for a key that is gone although something was sealed under it.
pub(super) fn sealing_key_missing(config: &Config) -> String {
    format!(
        "`{}` is missing, and the database holds secrets that only it opens: restore it from your backup, or set \
         `secrets.key`",
        secrets_path(config).display()
    )
}

/// Makes the key that stored secrets are sealed under. Only where nothing is sealed yet.
pub(super) fn make_sealing_key(config: &Config) -> Result<SealingKey, AppError> {
    let key = SealingKey::generate(&SystemChance);
    write_new(config, &secrets_path(config), &key.to_text())?;
    Ok(key)
}

/// Writes a secret to a file that must not exist yet, for its owner alone; it is on the disk when this returns.
fn write_new(config: &Config, path: &Path, secret: &Secret) -> Result<(), AppError> {
    data_dir(config)?;
    let failed = |cause| AppError::file(path, cause);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    writeln!(file, "{}", secret.expose()).and_then(|()| file.sync_all()).map_err(failed)
}

/// Appends checkpoints to their file, each on the disk before this returns.
pub(super) fn keep_checkpoints(config: &Config, notes: &[String]) -> Result<(), AppError> {
    if notes.is_empty() {
        return Ok(());
    }
    let path = checkpoints(config);
    let failed = |cause| AppError::file(&path, cause);
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(&path).map_err(failed)?;
    for note in notes {
        writeln!(file, "{note}").map_err(failed)?;
    }
    file.sync_all().map_err(failed)
}
