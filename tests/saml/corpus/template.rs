//! The templates of `fixtures/saml/corpus`: XML with places to fill in and a few instructions, as its README tells.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use regex::{Captures, Regex};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::seal::seal;
use super::sign::{signature_in, signed};

pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/saml/corpus");
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/saml");

/// One sign-in under way, for which a message is written.
#[derive(Debug, Clone)]
pub struct Scene {
    /// What stands for `{ACS}`, `{SP}`, `{IDP}`, `{REQUEST}`, `{A}`.
    pub values: BTreeMap<&'static str, String>,
    /// The certificate in our metadata.
    pub certificate: String,
}

impl Scene {
    /// The value of the form field `SAMLResponse` that the template `path` makes.
    pub fn message(&self, path: &str) -> String {
        let text = self.rendered(path);
        let (coding, document) = match text.strip_prefix("[[as ").and_then(|rest| rest.split_once("]]")) {
            Some((coding, document)) => (coding, document.trim_start_matches('\n')),
            None => ("base64", text.as_str()),
        };
        coded(coding, document)
    }

    /// The document that the template `path` makes.
    pub fn rendered(&self, path: &str) -> String {
        let text =
            std::fs::read_to_string(format!("{FOLDER}/{path}.xml")).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut rest = text.trim_end_matches('\n');
        let coding = rest.starts_with("[[as ").then(|| {
            let (coding, after) = rest.split_once("]]").unwrap();
            rest = after;
            format!("{coding}]]")
        });
        let filled = self.filled(rest);
        let mut unread = filled.as_str();
        let done = self.block(&mut unread, path);
        assert!(unread.is_empty(), "{path}: `[[/]]` too many");
        format!("{}{done}", coding.unwrap_or_default())
    }

    /// The text with every `{…}` filled in.
    fn filled(&self, text: &str) -> String {
        let place = Regex::new(r"\{(NOW|now|CERT|KEY|[A-Z]+)(?: ([a-z0-9-]+))?([+-]\d+)?\}").unwrap();
        let fill = |found: &Captures<'_>| match (&found[1], found.get(2), found.get(3)) {
            ("NOW" | "now", None, offset) => {
                let offset: i64 = offset.map_or(0, |offset| offset.as_str().parse().unwrap());
                let moment = (now() + Duration::seconds(offset)).format(&Rfc3339).unwrap();
                if &found[1] == "NOW" { moment } else { moment.trim_end_matches('Z').to_owned() }
            }
            ("CERT", Some(name), None) => certificate(name.as_str()),
            ("NUL", None, None) => "\0".to_owned(),
            (name, None, None) => self.values.get(name).unwrap_or_else(|| panic!("nothing stands for {name}")).clone(),
            _ => panic!("`{}` is no place", &found[0]),
        };
        place.replace_all(text, fill).into_owned()
    }

    /// Carries out the instructions up to the end of the block that `rest` stands in.
    fn block(&self, rest: &mut &str, path: &str) -> String {
        let mut done = String::new();
        while let Some((before, after)) = rest.split_once("[[") {
            let (instruction, inside) = after.split_once("]]").unwrap_or_else(|| panic!("{path}: `[[` without `]]`"));
            done.push_str(before);
            *rest = inside;
            match instruction {
                "/" | "with" | "in" => return done,
                _ => done.push_str(&self.carried_out(instruction, rest, path)),
            }
        }
        done.push_str(rest);
        *rest = "";
        done
    }

    fn carried_out(&self, instruction: &str, rest: &mut &str, path: &str) -> String {
        let (name, options) = instruction.split_once(' ').unwrap_or((instruction, ""));
        match name {
            "include" => self.rendered(&format!("parts/{options}")),
            "around" => {
                let body = self.block(rest, path);
                self.rendered(&format!("parts/{options}")).replace("<content/>", &body)
            }
            "replace" => {
                let (from, to, body) = (self.block(rest, path), self.block(rest, path), self.block(rest, path));
                assert!(body.contains(&from), "{path}: `{from}` is not in {body}");
                body.replacen(&from, &to, 1)
            }
            "repeat" => self.block(rest, path).repeat(options.parse().unwrap()),
            "sign" => signed(&self.block(rest, path), options),
            "signature" => signature_in(&self.block(rest, path)).0,
            "unsigned" => signature_in(&self.block(rest, path)).1,
            "seal" => seal(&self.block(rest, path), options, &self.certificate),
            other => panic!("{path}: `{other}` is no instruction"),
        }
    }
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc().replace_nanosecond(0).unwrap()
}

pub fn key_path(name: &str, what: &str) -> PathBuf {
    PathBuf::from(format!("{FIXTURES}/keys/{name}.{what}.pem"))
}

/// A fixture's certificate on one line, as metadata holds it.
pub fn certificate(name: &str) -> String {
    let pem = std::fs::read_to_string(key_path(name, "crt")).unwrap();
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

fn coded(coding: &str, document: &str) -> String {
    let utf16 = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        let body = document.encode_utf16().flat_map(bytes);
        STANDARD.encode(mark.iter().copied().chain(body).collect::<Vec<u8>>())
    };
    let plain = STANDARD.encode(document);
    match coding {
        "base64" => plain,
        "bom" => STANDARD.encode(format!("\u{feff}{document}")),
        "utf-16le" => utf16(b"\xff\xfe", u16::to_le_bytes),
        "utf-16be" => utf16(b"\xfe\xff", u16::to_be_bytes),
        "latin-1" => {
            STANDARD.encode(document.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>())
        }
        "folded" => plain.as_bytes().chunks(76).map(|line| format!("{}\r\n", str::from_utf8(line).unwrap())).collect(),
        "spaced" => format!("  {plain}\n"),
        "raw" => document.to_owned(),
        "url-safe" => URL_SAFE.encode(document),
        "percent" => plain.replacen('P', "%50", 1),
        "twice" => STANDARD.encode(plain),
        "doubled" => format!("{plain}{plain}"),
        "nul" => format!("{plain}\0"),
        "cut" => plain[..plain.len() / 2 / 4 * 4].to_owned(),
        "deflated" => {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            std::io::Write::write_all(&mut encoder, document.as_bytes()).unwrap();
            STANDARD.encode(encoder.finish().unwrap())
        }
        other => panic!("`{other}` is no coding"),
    }
}
