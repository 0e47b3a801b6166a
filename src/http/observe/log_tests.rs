//! Lines as a reader sees them, and that none is lost.

use super::*;

/// The lines that `work` writes.
fn lines(format: LogFormat, work: impl FnOnce()) -> String {
    let batch = Arc::new(Batch::default());
    let layer = Lines { format, batch: Arc::clone(&batch) };
    tracing::subscriber::with_default(Registry::default().with(layer), work);
    String::from_utf8(std::mem::take(&mut batch.waiting.lock().lines)).unwrap()
}

#[test]
fn a_json_line_is_json_and_keeps_types() {
    let line =
        lines(LogFormat::Json, || tracing::info!(status = 200_u16, path = "/a\"b", ok = true, "request answered"));
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["status"], 200);
    assert_eq!(value["path"], "/a\"b");
    assert_eq!(value["ok"], true);
    assert_eq!(value["message"], "request answered");
    assert_eq!(value["level"], "INFO");
}

#[test]
fn what_comes_from_outside_cannot_forge_a_line() {
    let hostile = "x\n2026-01-01 INFO forged\u{1b}[2J\u{202e}\r";
    for format in [LogFormat::Json, LogFormat::Human] {
        let line = lines(format, || tracing::info!(path = hostile, "request answered"));
        assert_eq!(line.matches('\n').count(), 1);
        assert!(!line.contains('\u{1b}') && !line.contains('\u{202e}') && !line.contains('\r'));
    }
}

#[test]
fn an_absent_field_is_not_written() {
    let line = lines(LogFormat::Json, || tracing::info!(actor = None::<&str>, "request answered"));
    assert!(!line.contains("actor"));
}

#[test]
fn a_moment_has_microseconds() {
    let mut line = String::new();
    write_moment(&mut line, Timestamp::from_micros(1_795_335_330_000_042));
    assert_eq!(line, "2026-11-22T08:15:30.000042Z");
}

#[test]
fn closing_writes_what_is_left() {
    let batch = Batch::default();
    batch.append("one\n");
    batch.append("two\n");
    batch.waiting.lock().closed = true;
    let mut output = Vec::new();
    batch.write_out(&mut output);
    assert_eq!(output, b"one\ntwo\n");
}

#[test]
fn a_full_batch_drops_and_counts() {
    let batch = Batch::default();
    let line = "x".repeat(FULL / 2);
    (0..3).for_each(|_| batch.append(&line));
    assert_eq!(batch.waiting.lock().lines.len(), FULL / 2 * 2);
    assert_eq!(batch.waiting.lock().dropped, 1);
}
