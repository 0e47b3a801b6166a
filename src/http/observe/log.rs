//! Log lines: JSON or for the eye, written out by a thread of their own.
//!
//! A line is formatted where it happens, into a buffer of its thread, and appended to one shared batch; the writing
//! thread is woken once a batch, not once a line, and waits a moment for more. So a busy gateway makes few system
//! calls and a slow terminal slows nobody down; when the batch is full, lines are dropped and counted rather than
//! requests held up. What comes from outside is escaped: no control character, no escape sequence, no change of
//! writing direction reaches the reader (CWE-117).

use std::fmt::{self, Write as _};
use std::io::Write;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::{EnvFilter, Registry};

use super::line::{Answered, TARGET};
use crate::config::LogFormat;
use crate::model::{Clock, SystemClock, Timestamp};

/// How long the writing thread waits for more lines before it writes.
const GATHER: Duration = Duration::from_millis(10);

/// Bytes that may wait to be written.
const FULL: usize = 8 << 20;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("`{0}` is not a log level or filter")]
    Filter(String),
    #[error("a log is installed already")]
    Installed,
    #[error("cannot start the thread that writes the log")]
    Thread(#[source] std::io::Error),
}

/// Writes what is left when it is dropped; to be held until the process ends.
#[derive(Debug)]
pub struct LogGuard {
    batch: Arc<Batch>,
    writer: Option<JoinHandle<()>>,
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        self.batch.waiting.lock().closed = true;
        self.batch.filled.notify_one();
        if let Some(writer) = self.writer.take() {
            let _a_panic_there_was_its_own_line = writer.join();
        }
    }
}

/// Sends the log of the process to standard output. Panics become one error line each.
pub fn install(format: LogFormat, level: &str) -> Result<LogGuard, LogError> {
    let filter = EnvFilter::try_new(level).map_err(|_| LogError::Filter(level.to_owned()))?;
    let batch = Arc::new(Batch::default());
    let lines = Lines { format, batch: Arc::clone(&batch) };
    let _only_installed_once = OF_REQUESTS.set(lines.clone());
    tracing::subscriber::set_global_default(Registry::default().with(filter).with(lines))
        .map_err(|_| LogError::Installed)?;
    let theirs = Arc::clone(&batch);
    let writer = std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || theirs.write_out(&mut std::io::stdout()))
        .map_err(LogError::Thread)?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let reason = panic.payload_as_str().unwrap_or("no reason given");
        tracing::error!(panic.location = place, panic.reason = reason, "a thread panicked");
    }));
    Ok(LogGuard { batch, writer: Some(writer) })
}

/// Where the lines of requests go, past `tracing`.
static OF_REQUESTS: OnceLock<Lines> = OnceLock::new();

/// Writes the line of one request, if the filter lets it pass.
pub(super) fn answered(answered: &Answered<'_>) {
    if let Some(lines) = OF_REQUESTS.get()
        && tracing::enabled!(target: TARGET, Level::INFO)
    {
        lines.append(|line| answered.write(line, lines.format, SystemClock.now()));
    }
}

/// Lines that wait to be written.
#[derive(Debug, Default)]
struct Batch {
    waiting: Mutex<Waiting>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    dropped: u64,
    closed: bool,
}

impl Batch {
    fn append(&self, line: &str) {
        let mut waiting = self.waiting.lock();
        if waiting.lines.len() + line.len() > FULL {
            waiting.dropped += 1;
            return;
        }
        let was_empty = waiting.lines.is_empty();
        waiting.lines.extend_from_slice(line.as_bytes());
        drop(waiting);
        if was_empty {
            self.filled.notify_one();
        }
    }

    /// Writes batches until closed.
    fn write_out(&self, output: &mut dyn Write) {
        let mut lines = Vec::new();
        loop {
            let mut waiting = self.waiting.lock();
            while waiting.lines.is_empty() && !waiting.closed {
                self.filled.wait(&mut waiting);
            }
            if !waiting.closed {
                drop(waiting);
                std::thread::sleep(GATHER);
                waiting = self.waiting.lock();
            }
            std::mem::swap(&mut lines, &mut waiting.lines);
            let (dropped, closed) = (std::mem::take(&mut waiting.dropped), waiting.closed);
            drop(waiting);
            let _nowhere_else_to_say_it = output.write_all(&lines).and_then(|()| output.flush());
            lines.clear();
            if dropped > 0 {
                metrics::counter!("log_lines_dropped_total").increment(dropped);
            }
            if closed {
                return;
            }
        }
    }
}

/// Formats events.
#[derive(Debug, Clone)]
struct Lines {
    format: LogFormat,
    batch: Arc<Batch>,
}

impl Lines {
    /// Appends the line that `write` formats.
    fn append(&self, write: impl FnOnce(&mut String)) {
        LINE.with(|line| {
            // An event inside the formatting of another one would be lost here; none of our Display makes one.
            let Ok(mut line) = line.try_borrow_mut() else { return };
            line.clear();
            write(&mut line);
            self.batch.append(&line);
        });
    }
}

thread_local! {
    static LINE: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
    static SECOND: std::cell::RefCell<(i64, String)> = const { std::cell::RefCell::new((i64::MIN, String::new())) };
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        self.append(|line| write_line(line, self.format, event, SystemClock.now()));
    }
}

fn write_line(line: &mut String, format: LogFormat, event: &Event<'_>, now: Timestamp) {
    let level = event.metadata().level().as_str();
    match format {
        LogFormat::Json => {
            line.push_str("{\"timestamp\":\"");
            write_moment(line, now);
            line.push_str("\",\"level\":\"");
            line.push_str(level);
            line.push_str("\",\"target\":\"");
            line.push_str(event.metadata().target());
            line.push('"');
            event.record(&mut Fields { line, format });
            line.push_str("}\n");
        }
        LogFormat::Human => {
            write_moment(line, now);
            line.push(' ');
            line.push_str(level);
            event.record(&mut Fields { line, format });
            line.push('\n');
        }
    }
}

/// RFC 3339 with microseconds; the part down to the second is kept from line to line.
pub(super) fn write_moment(line: &mut String, now: Timestamp) {
    SECOND.with_borrow_mut(|(second, text)| {
        if *second != now.seconds() {
            *second = now.seconds();
            *text = Timestamp::from_micros(now.seconds() * 1_000_000).rfc3339().trim_end_matches('Z').to_owned();
        }
        line.push_str(text);
    });
    let _infallible = write!(line, ".{:06}Z", now.micros().rem_euclid(1_000_000));
}

/// Appends fields to a line.
struct Fields<'a> {
    line: &'a mut String,
    format: LogFormat,
}

impl Fields<'_> {
    fn name(&mut self, field: &Field) {
        match self.format {
            LogFormat::Json => {
                self.line.push_str(",\"");
                self.line.push_str(field.name());
                self.line.push_str("\":");
            }
            LogFormat::Human if field.name() == "message" => self.line.push(' '),
            LogFormat::Human => {
                self.line.push(' ');
                self.line.push_str(field.name());
                self.line.push('=');
            }
        }
    }

    /// A value whose text needs neither quotes nor escapes.
    fn bare(&mut self, field: &Field, value: impl fmt::Display) {
        self.name(field);
        let _infallible = write!(self.line, "{value}");
    }

    /// A value of any text.
    fn text(&mut self, field: &Field, write: impl FnOnce(&mut Escaped<'_>)) {
        self.name(field);
        let quoted = self.format == LogFormat::Json || field.name() != "message";
        if quoted {
            self.line.push('"');
        }
        write(&mut Escaped(self.line));
        if quoted {
            self.line.push('"');
        }
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, |text| {
            let _infallible = write!(text, "{value:?}");
        });
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, |text| {
            let _infallible = text.write_str(value);
        });
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.bare(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.bare(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.bare(field, value);
    }
}

/// Text inside a JSON string (RFC 8259 §7), with everything escaped that could deceive a reader of the raw line.
pub(super) struct Escaped<'a>(pub &'a mut String);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
            self.0.push_str(text);
            return Ok(());
        }
        for c in text.chars() {
            match c {
                '"' | '\\' => {
                    self.0.push('\\');
                    self.0.push(c);
                }
                c if c.is_control() || is_deceptive(c) => write!(self.0, "\\u{:04x}", u32::from(c))?,
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

/// Line separators and the marks that change the direction of writing; all within the first plane.
fn is_deceptive(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
