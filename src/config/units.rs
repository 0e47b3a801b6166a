//! Values with a unit in their text: sizes (`1 MiB`), spans of time (`10 s`), formats.

use std::fmt;
use std::time::Duration;

/// A value that a setting can have.
pub(super) trait Setting: Sized {
    /// What the sample and the error messages call it, e.g. `a size such as 1 MiB`.
    const KIND: &'static str;
    /// Its JSON Schema, as it may stand in the TOML file.
    const SCHEMA: &'static str;
    /// Reads the text; the error says what is wrong, to stand after the key.
    fn parse(text: &str) -> Result<Self, String>;
}

/// A size in bytes. Units: `B`, `KiB`, `MiB`, `GiB`; a bare number is bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(u64);

impl Bytes {
    /// The size in bytes.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The size as a length in memory.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n > 0 && n % (1 << 20) == 0 => write!(f, "{} MiB", n >> 20),
            n if n > 0 && n % (1 << 10) == 0 => write!(f, "{} KiB", n >> 10),
            n => write!(f, "{n} B"),
        }
    }
}

/// A span of time. Units: `ms`, `s`, `min`, `h`, `d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(Duration);

impl Span {
    /// The span as the standard library's type.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0.as_millis())
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// One line for the eye.
    Human,
}

/// Splits `10 s` into 10 and `s`; a bare number has the unit ``.
fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit.trim_start()))
}

impl Setting for Bytes {
    const KIND: &'static str = "a size such as `1 MiB` (B, KiB, MiB, GiB; a bare number is bytes)";
    const SCHEMA: &'static str = r#"{"type":["string","integer"],"pattern":"^[0-9]+ ?(B|KiB|MiB|GiB)?$","minimum":0}"#;

    fn parse(text: &str) -> Result<Self, String> {
        let factor = |unit: &str| match unit {
            "" | "B" => Some(1_u64),
            "KiB" => Some(1 << 10),
            "MiB" => Some(1 << 20),
            "GiB" => Some(1 << 30),
            _ => None,
        };
        number_and_unit(text)
            .and_then(|(number, unit)| number.checked_mul(factor(unit)?))
            .map(Self)
            .ok_or_else(|| not(text, Self::KIND))
    }
}

impl Setting for Span {
    const KIND: &'static str = "a span of time such as `10 s` (ms, s, min, h, d)";
    const SCHEMA: &'static str = r#"{"type":"string","pattern":"^[0-9]+ ?(ms|s|min|h|d)$"}"#;

    fn parse(text: &str) -> Result<Self, String> {
        let factor = |unit: &str| match unit {
            "ms" => Some(1_u64),
            "s" => Some(1_000),
            "min" => Some(60_000),
            "h" => Some(3_600_000),
            "d" => Some(86_400_000),
            _ => None,
        };
        number_and_unit(text)
            .and_then(|(number, unit)| number.checked_mul(factor(unit)?))
            .map(|millis| Self(Duration::from_millis(millis)))
            .ok_or_else(|| not(text, Self::KIND))
    }
}

impl Setting for u32 {
    const KIND: &'static str = "a whole number";
    const SCHEMA: &'static str = r#"{"type":"integer","minimum":0,"maximum":4294967295}"#;

    fn parse(text: &str) -> Result<Self, String> {
        text.trim().parse().map_err(|_| not(text, Self::KIND))
    }
}

impl Setting for LogFormat {
    const KIND: &'static str = "`json` or `human`";
    const SCHEMA: &'static str = r#"{"enum":["json","human"]}"#;

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "json" => Ok(Self::Json),
            "human" => Ok(Self::Human),
            _ => Err(not(text, Self::KIND)),
        }
    }
}

impl Setting for String {
    const KIND: &'static str = "text";
    const SCHEMA: &'static str = r#"{"type":"string"}"#;

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Setting for std::path::PathBuf {
    const KIND: &'static str = "a path";
    const SCHEMA: &'static str = r#"{"type":"string","minLength":1}"#;

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err(not(text, Self::KIND)) } else { Ok(Self::from(text)) }
    }
}

/// The sentence for a value of the wrong form; long input is cut.
pub(super) fn not(text: &str, kind: &str) -> String {
    format!("is `{}`, not {kind}", text.chars().take(64).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(Bytes::parse("1 MiB"), Ok(Bytes(1 << 20)));
        assert_eq!(Bytes::parse("16KiB"), Ok(Bytes(16_384)));
        assert_eq!(Bytes::parse("512"), Ok(Bytes(512)));
    }

    #[test]
    fn sizes_of_unknown_unit_or_beyond_measure_are_refused() {
        for text in ["", "MiB", "1 MB", "-1", "1.5 MiB", "99999999999999999999", "18446744073709551615 GiB"] {
            assert!(Bytes::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_without_a_unit_is_refused() {
        assert!(Span::parse("10").is_err());
        assert_eq!(Span::parse("2 min"), Ok(Span(Duration::from_secs(120))));
    }

    proptest! {
        #[test]
        fn a_size_survives_its_text(n in 0_u64..1 << 50) {
            prop_assert_eq!(Bytes::parse(&Bytes(n).to_string()), Ok(Bytes(n)));
        }

        #[test]
        fn no_text_breaks_the_parsers(text in "\\PC{0,40}") {
            let _ = Bytes::parse(&text);
            let _ = Span::parse(&text);
        }
    }
}
