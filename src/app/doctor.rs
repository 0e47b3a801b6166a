//! `portcullis doctor`: looks an installation over and says what to mend.

use super::{AppError, address, files};
use crate::access::Catalogue;
use crate::config::Config;
use crate::domain::sealing;
use crate::store::{self, Conn, FileLock, StoreError};

/// One thing that was looked at.
#[derive(Debug)]
pub struct Finding {
    pub healthy: bool,
    /// What was looked at and how it is.
    pub sentence: String,
    /// What to do, where something is wrong.
    pub remedy: Option<String>,
}

impl Finding {
    fn good(sentence: impl Into<String>) -> Self {
        Self { healthy: true, sentence: sentence.into(), remedy: None }
    }

    fn bad(sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { healthy: false, sentence: sentence.into(), remedy: Some(remedy.into()) }
    }
}

/// Looks at the database, its version, the organizations and their catalogues, the files' modes, and the signing key.
pub fn doctor(config: &Config) -> Result<Vec<Finding>, AppError> {
    let mut findings = Vec::new();
    let address = address(config)?;
    match store::open_for_reading(&address) {
        Ok(mut conn) => {
            findings.push(Finding::good("the database answers"));
            look_into(&mut conn, &mut findings)?;
            findings.push(secrets_finding(config, &mut conn)?);
        }
        Err(error) => findings.push(Finding::bad(
            format!("the database does not answer: {error}"),
            "check --database-url and that the server runs, or run `portcullis init`",
        )),
    }
    if let store::Address::Sqlite(_) = address {
        findings.push(match FileLock::take(&files::lock(config, &address)) {
            Ok(_lock) => Finding::good("no other process uses this data directory"),
            Err(_held) => Finding::good("another process uses this data directory (the server, if it is running)"),
        });
    }
    look_at_modes(config, &address, &mut findings);
    findings.push(match files::signing_key(config) {
        Ok(key) => Finding::good(format!("checkpoints are signed by {}", key.verify_key())),
        Err(error) => Finding::bad(format!("{error}"), "restore audit-signing.key from your backup"),
    });
    if !config.server().public_url().is_https() {
        findings.push(Finding::bad(
            format!("the public address `{}` is plain http", config.server().public_url().as_str()),
            "put a TLS proxy in front and set --public-url to its https address (docs/nginx.md)",
        ));
    }
    Ok(findings)
}

fn look_at_modes(config: &Config, address: &store::Address, findings: &mut Vec<Finding>) {
    let open = files::open_to_others(config, address);
    if open.is_empty() {
        findings.push(Finding::good("only its owner can get at the data directory"));
    }
    findings.extend(open.iter().map(|(path, mode)| {
        let path = path.display();
        Finding::bad(
            format!("other users of this machine can get at `{path}`: its mode is {mode:04o}"),
            format!("chmod go= '{path}'"),
        )
    }));
}

/// Whether the key is there that opens what is sealed in the database.
fn secrets_finding(config: &Config, conn: &mut Conn) -> Result<Finding, AppError> {
    if store::is_pending(conn)? {
        return Ok(Finding::good("whether the secrets can be opened is looked at after the migration"));
    }
    let remedy = "restore secrets.key from your backup";
    Ok(match files::sealing_key(config) {
        Ok(Some(key)) => match sealing::check_key(conn, &key) {
            Ok(()) => Finding::good("the key of the secrets opens what is sealed in the database"),
            Err(error) => Finding::bad(error.to_string(), remedy),
        },
        Ok(None) if sealing::is_in_use(conn)? => Finding::bad(files::sealing_key_missing(config), remedy),
        Ok(None) => Finding::good("nothing is sealed in the database yet; the next start makes the key"),
        Err(error) => Finding::bad(error.to_string(), remedy),
    })
}

fn look_into(conn: &mut Conn, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
    if store::is_pending(conn)? {
        findings.push(Finding::bad("the database is of an older version", "run `portcullis migrate`"));
        return Ok(());
    }
    let organizations = store::organizations::all(conn)?;
    if organizations.is_empty() {
        findings.push(Finding::bad("there is no organization yet", "run `portcullis init`"));
    }
    for organization in organizations {
        findings.push(match Catalogue::parse(&organization.catalogue, &organization.name) {
            Ok(catalogue) => match catalogue.check().first() {
                None => Finding::good(format!("`{}` runs the catalogue `{}`", organization.name, catalogue.key())),
                Some(failure) => Finding::bad(
                    format!("the catalogue of `{}` fails a check: {failure}", organization.name),
                    "mend the catalogue and check it with `portcullis catalogue check`",
                ),
            },
            Err(error) => {
                Finding::bad(format!("the catalogue of `{}` cannot be read: {error}", organization.name), "restore it")
            }
        });
        if organization.owner_setup_digest.is_some() {
            findings.push(Finding::bad(
                format!("`{}` has no owner yet", organization.name),
                "open the one-time link that `portcullis init` printed",
            ));
        }
    }
    Ok(())
}
