//! The one line that tells of a request. Every request writes one, so it is formatted here by hand, field by field:
//! an event of `tracing` costs ten times as much. It reads like any other line of the log.

use std::fmt::Write as _;

use super::log::{Escaped, write_moment};
use crate::config::LogFormat;
use crate::model::Timestamp;

/// What the line says; a field that is `None` is left out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered<'a> {
    pub method: &'a str,
    pub route: Option<&'a str>,
    pub path: Option<&'a str>,
    pub status: u16,
    pub duration_us: u64,
    pub bytes: Option<u64>,
    pub actor: Option<&'a str>,
    pub request_id: &'a str,
}

/// Where lines of this kind come from, for filters.
pub(super) const TARGET: &str = "portcullis::http::observe";

const MESSAGE: &str = "request answered";

impl Answered<'_> {
    /// Appends the line to `line`.
    pub fn write(&self, line: &mut String, format: LogFormat, now: Timestamp) {
        match format {
            LogFormat::Json => {
                line.push_str("{\"timestamp\":\"");
                write_moment(line, now);
                line.push_str("\",\"level\":\"INFO\",\"target\":\"");
                line.push_str(TARGET);
                line.push('"');
                self.fields(line, ",\"", "\":");
                line.push_str(",\"message\":\"");
                line.push_str(MESSAGE);
                line.push_str("\"}\n");
            }
            LogFormat::Human => {
                write_moment(line, now);
                line.push_str(" INFO ");
                line.push_str(MESSAGE);
                self.fields(line, " ", "=");
                line.push('\n');
            }
        }
    }

    /// Each field, with what stands before and after its name.
    fn fields(&self, line: &mut String, before: &str, after: &str) {
        let mut put = |name: &str, value: Field<'_>| {
            for part in [before, name, after] {
                line.push_str(part);
            }
            let _infallible = match value {
                Field::Number(number) => write!(line, "{number}"),
                Field::Text(text) => {
                    line.push('"');
                    let written = Escaped(line).write_str(text);
                    line.push('"');
                    written
                }
            };
        };
        put("method", Field::Text(self.method));
        let places = [("route", self.route), ("path", self.path)];
        places
            .into_iter()
            .filter_map(|(name, text)| Some((name, text?)))
            .for_each(|(n, text)| put(n, Field::Text(text)));
        put("status", Field::Number(u64::from(self.status)));
        put("duration_us", Field::Number(self.duration_us));
        if let Some(bytes) = self.bytes {
            put("bytes", Field::Number(bytes));
        }
        if let Some(actor) = self.actor {
            put("actor", Field::Text(actor));
        }
        put("request_id", Field::Text(self.request_id));
    }
}

enum Field<'a> {
    Text(&'a str),
    Number(u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_795_335_330_000_042);

    fn line(format: LogFormat, path: &str) -> String {
        let answered = Answered {
            method: "GET",
            route: Some("/scim/v2/Users/{id}"),
            path: Some(path),
            status: 200,
            duration_us: 412,
            bytes: Some(731),
            actor: None,
            request_id: "019a",
        };
        let mut line = String::new();
        answered.write(&mut line, format, NOW);
        line
    }

    #[test]
    fn a_json_line_is_json_and_keeps_types() {
        let value: serde_json::Value = serde_json::from_str(&line(LogFormat::Json, "/a\"b")).unwrap();
        let expected = serde_json::json!({
            "timestamp": "2026-11-22T08:15:30.000042Z", "level": "INFO", "target": "portcullis::http::observe",
            "method": "GET", "route": "/scim/v2/Users/{id}", "path": "/a\"b", "request_id": "019a", "status": 200,
            "duration_us": 412, "bytes": 731, "message": "request answered",
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn a_line_for_the_eye_begins_with_what_happened() {
        let line = line(LogFormat::Human, "/x");
        assert!(line.starts_with("2026-11-22T08:15:30.000042Z INFO request answered method=\"GET\" route="), "{line}");
        assert!(line.ends_with(" status=200 duration_us=412 bytes=731 request_id=\"019a\"\n"), "{line}");
    }

    #[test]
    fn a_path_cannot_forge_a_line() {
        for format in [LogFormat::Json, LogFormat::Human] {
            let line = line(format, "x\n2026-01-01 INFO forged\u{1b}[2J\u{202e}\r");
            assert_eq!(line.matches('\n').count(), 1);
            assert!(!line.contains('\u{1b}') && !line.contains('\u{202e}') && !line.contains('\r'));
        }
    }
}
