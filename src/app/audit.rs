//! `portcullis audit verify` and `audit export`. Both only read, and run beside a running server.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{AppError, address, files};
use crate::audit::Entry;
use crate::audit::checkpoint::{Checkpoint, VerifyKey};
use crate::audit::export::{self, Line};
use crate::audit::log::Frontier;
use crate::audit::verify::{self, Report, Verdict};
use crate::config::Config;
use crate::model::OrganizationId;
use crate::store::audit::EntryRow;
use crate::store::{self, Conn, StoreError};

/// Entries read at once.
const BATCH: i64 = 1_000;

/// Where the entries to verify are.
#[derive(Debug)]
pub enum AuditSource {
    Installation(Box<Config>),
    Export(PathBuf),
}

/// What to verify, against what.
#[derive(Debug)]
pub struct VerifyOptions {
    pub source: AuditSource,
    /// Files with signed checkpoints that the log must agree with.
    pub checkpoints: Vec<PathBuf>,
    /// The key that signed them, as `name+id+key`; an installation brings its own.
    pub key: Option<VerifyKey>,
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

/// In which form entries are written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportFormat {
    Jsonl,
    Csv,
}

/// What to export, and where to.
#[derive(Debug)]
pub struct ExportOptions {
    pub config: Config,
    /// Name or id of the organization; needed where there are several.
    pub organization: Option<String>,
    pub format: ExportFormat,
    /// File to write; none means standard output.
    pub output: Option<PathBuf>,
    /// File for a checkpoint of the log as it is now, signed with the installation's key.
    pub checkpoint: Option<PathBuf>,
}

/// Verifies the log of each organization, or an export.
pub fn verify_audit(options: &VerifyOptions) -> Result<Verification, AppError> {
    let mut notes = Vec::new();
    for file in &options.checkpoints {
        let text = std::fs::read_to_string(file).map_err(|cause| AppError::file(file, cause))?;
        notes.extend(split_notes(&text));
    }
    let reports = match &options.source {
        AuditSource::Export(file) => vec![verify_export(file, options.key.as_ref(), &notes)?],
        AuditSource::Installation(config) => verify_installation(config, &notes)?,
    };
    Ok(summed_up(&reports))
}

fn verify_export(file: &PathBuf, key: Option<&VerifyKey>, notes: &[String]) -> Result<Report, AppError> {
    let mut verification = verify::Verification::new();
    notes.iter().for_each(|note| verification.note(key, note));
    let opened = std::fs::File::open(file).map_err(|cause| AppError::file(file, cause))?;
    for line in BufReader::new(opened).lines() {
        verification.line(&line.map_err(|cause| AppError::file(file, cause))?);
    }
    Ok(verification.finish())
}

/// Besides the checkpoints in the database, those in the file beside it, and the log's head, which alone tells of the
/// entries since the last checkpoint: whoever changed the one may have missed the other. The head is read before the
/// entries, which a running server only adds to.
fn verify_installation(config: &Config, given: &[String]) -> Result<Vec<Report>, AppError> {
    let mut conn = store::open_for_reading(&address(config)?)?;
    let key = files::signing_key(config)?.verify_key();
    let kept = std::fs::read_to_string(files::checkpoints(config)).unwrap_or_default();
    let kept = split_notes(&kept);
    let mut reports = Vec::new();
    let organizations: Vec<OrganizationId> =
        store::organizations::all(&mut conn)?.into_iter().map(|organization| organization.id).collect();
    reports.extend(gone(&organizations, kept.iter().chain(given)));
    for id in organizations {
        let mut verification = verify::Verification::new();
        for (_, note) in store::audit::checkpoints(&mut conn, id)? {
            verification.note(Some(&key), &note);
        }
        let own = |note: &&String| note.lines().next().is_some_and(|origin| origin.ends_with(&format!("/{id}")));
        kept.iter().chain(given).filter(own).for_each(|note| verification.note(Some(&key), note));
        verification.head(head(&mut conn, id)?.as_ref());
        each_row(&mut conn, id, |index, row| {
            verification.line(&Line::of_text(id.to_string(), index, &row.entry).to_json());
            if !row.is_as_its_entry(id) {
                verification.misfiled(index);
            }
        })?;
        reports.push(verification.finish());
    }
    Ok(reports)
}

/// A report for each log that there are checkpoints of and nothing else: whoever deletes a whole log, with its organization,
/// has to find every copy of those.
fn gone<'n>(there: &[OrganizationId], notes: impl Iterator<Item = &'n String>) -> Vec<Report> {
    let origins: BTreeSet<&str> = notes.filter_map(|note| note.lines().next()).collect();
    let is_there = |origin: &str| there.iter().any(|id| origin.ends_with(&format!("/{id}")));
    let report = |origin: &str| {
        let mut verification = verify::Verification::new();
        verification.gone(origin);
        verification.finish()
    };
    origins.into_iter().filter(|origin| !is_there(origin)).map(report).collect()
}

/// The log's head as the database has it; none if it is gone or contradicts itself.
fn head(conn: &mut Conn, id: OrganizationId) -> Result<Option<Frontier>, StoreError> {
    let Some((size, frontier)) = store::audit::head(conn, id)? else { return Ok(None) };
    let frontier = STANDARD.decode(frontier).ok().and_then(|bytes| Frontier::from_bytes(&bytes).ok());
    Ok(frontier.filter(|frontier| i64::try_from(frontier.size()) == Ok(size)))
}

/// Checkpoints as they lie in a file: notes with an empty line after each.
fn split_notes(text: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = String::new();
    let mut is_signed = false;
    for line in text.lines() {
        if is_signed && !line.starts_with('—') {
            notes.push(std::mem::take(&mut note));
            is_signed = false;
            if line.is_empty() {
                continue;
            }
        }
        is_signed = is_signed || line.starts_with('—');
        note.push_str(line);
        note.push('\n');
    }
    if is_signed {
        notes.push(note);
    }
    notes
}

fn summed_up(reports: &[Report]) -> Verification {
    let findings = |verdict: Verdict| -> Vec<String> {
        let told = |report: &Report| {
            let log = report.log.clone().unwrap_or_else(|| "the log".to_owned());
            report.findings.iter().map(move |finding| format!("{log}: {finding}")).collect::<Vec<_>>()
        };
        reports.iter().filter(|report| report.verdict == verdict).flat_map(told).collect()
    };
    let has = |verdict: Verdict| reports.iter().any(|report| report.verdict == verdict);
    if has(Verdict::Tampered) {
        Verification::Tampered { findings: findings(Verdict::Tampered) }
    } else if has(Verdict::Incomplete) {
        Verification::Incomplete { findings: findings(Verdict::Incomplete) }
    } else {
        Verification::Intact { entries: reports.iter().map(|report| report.entries).sum() }
    }
}

/// Writes the log of one organization out.
pub fn export_audit(options: &ExportOptions) -> Result<(), AppError> {
    let mut conn = store::open_for_reading(&address(&options.config)?)?;
    let id = chosen(&mut conn, options.organization.as_deref())?;
    if let Some(file) = &options.checkpoint {
        write_checkpoint(&options.config, &mut conn, id, file)?;
    }
    let mut output: Box<dyn Write> = match &options.output {
        Some(file) => {
            Box::new(std::io::BufWriter::new(std::fs::File::create(file).map_err(|cause| AppError::file(file, cause))?))
        }
        None => Box::new(std::io::stdout().lock()),
    };
    let target = options.output.clone().unwrap_or_else(|| PathBuf::from("standard output"));
    let failed = |cause| AppError::file(&target, cause);
    if options.format == ExportFormat::Csv {
        writeln!(output, "{}", export::CSV_HEADER).map_err(failed)?;
    }
    each_entry(&mut conn, id, |index, text| {
        let row = match options.format {
            ExportFormat::Jsonl => Line::of_text(id.to_string(), index, text).to_json(),
            ExportFormat::Csv => {
                let entry = Entry::parse(text.as_bytes()).map_err(|error| StoreError::Corrupt(error.to_string()))?;
                export::csv_row(index, &entry)
            }
        };
        writeln!(output, "{row}").map_err(failed)
    })?;
    output.flush().map_err(failed)
}

/// Signs the log's head as it is before the entries are read, so that it pins every entry that the log has now.
fn write_checkpoint(config: &Config, conn: &mut Conn, id: OrganizationId, file: &PathBuf) -> Result<(), AppError> {
    let key = files::signing_key(config)?;
    let head = head(conn, id)?.ok_or_else(|| StoreError::Corrupt(format!("audit head of {id}: it cannot be read")))?;
    let checkpoint = Checkpoint::new(key.verify_key().name(), id, &head)
        .map_err(|error| StoreError::Corrupt(format!("audit head of {id}: {error}")))?;
    std::fs::write(file, key.sign(&checkpoint)).map_err(|cause| AppError::file(file, cause))
}

/// The organization that is named, or the only one.
pub(super) fn chosen(conn: &mut Conn, wanted: Option<&str>) -> Result<OrganizationId, AppError> {
    let all = store::organizations::all(conn)?;
    let found = match wanted {
        Some(wanted) => all.iter().find(|row| row.name == wanted || row.id.to_string() == wanted),
        None => all.first().filter(|_| all.len() == 1),
    };
    let names = || all.iter().map(|row| format!("`{}`", row.name)).collect::<Vec<_>>().join(", ");
    found
        .map(|row| row.id)
        .ok_or_else(|| AppError::Refused(format!("say which organization with --organization: {}", names())))
}

/// Hands each entry of a log to `take` with what it is searched by, in order, a batch at a time.
fn each_row(conn: &mut Conn, id: OrganizationId, mut take: impl FnMut(u64, &EntryRow)) -> Result<(), AppError> {
    let mut from = 0;
    loop {
        let batch = store::audit::rows_in_order(conn, id, from, BATCH)?;
        let Some(last) = batch.last() else { return Ok(()) };
        from = last.position.saturating_add(1);
        for row in &batch {
            take(u64::try_from(row.position).unwrap_or_default(), row);
        }
    }
}

/// Hands each entry of a log to `take`, in order, a batch at a time.
fn each_entry(
    conn: &mut Conn,
    id: OrganizationId,
    mut take: impl FnMut(u64, &str) -> Result<(), AppError>,
) -> Result<(), AppError> {
    let mut from = 0;
    loop {
        let batch = store::audit::in_order(conn, id, from, BATCH)?;
        let Some((last, _)) = batch.last() else { return Ok(()) };
        from = last.saturating_add(1);
        for (position, text) in &batch {
            take(u64::try_from(*position).unwrap_or_default(), text)?;
        }
    }
}
