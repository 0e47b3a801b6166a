//! Whatever comes in is read or refused, and what is read keeps the room's invariants. Inputs are kept ones from
//! `fixtures/fuzz/`, changed at random; the chance is the same in every run, so a failure comes again.
use super::*;
use crate::model::fuzz::{self, Chance, each};

/// Fragments that change how something is read.
const WORDS: [&str; 24] = [
    "\"", "\\", "[", "]", "(", ")", "{", "}", ".", ":", ",", " and ", " or ", "not ", " eq ", " pr", "null", "true",
    "\"True\"", "urn:", "bulkId:", "value", "primary", "\u{0}",
];

impl Chance {
    fn text(&mut self, corpus: &[&str]) -> String {
        self.changed(corpus, &WORDS)
    }

    /// JSON with up to four changes.
    fn json(&mut self, corpus: &[&str]) -> Value {
        let mut json = parsed(self.of(corpus));
        for _ in 0..=self.below(4) {
            let other = parsed(self.of(corpus));
            let part = self.part(&other).clone();
            self.change(&mut json, part);
        }
        json
    }

    /// Any part of it.
    fn part<'v>(&mut self, json: &'v Value) -> &'v Value {
        let inner: Vec<&Value> = match json {
            Value::Array(values) => values.iter().collect(),
            Value::Object(members) => members.values().collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        };
        if inner.is_empty() || self.below(4) == 0 {
            return json;
        }
        let chosen = self.of(&inner);
        self.part(chosen)
    }

    fn change(&mut self, json: &mut Value, part: Value) {
        match json {
            Value::Array(values) if !values.is_empty() && self.below(5) > 0 => {
                let at = self.below(values.len());
                match self.below(6) {
                    0 => drop(values.remove(at)),
                    1 => values.push(part),
                    _ => self.change(&mut values[at], part),
                }
            }
            Value::Object(members) if !members.is_empty() && self.below(5) > 0 => {
                let name = members.keys().nth(self.below(members.len())).unwrap().clone();
                match self.below(6) {
                    0 => drop(members.remove(&name)),
                    1 => {
                        let value = members.remove(&name).unwrap();
                        drop(members.insert(name.to_uppercase(), value));
                    }
                    2 => drop(members.insert(self.text(&[&name]), part)),
                    _ => self.change(&mut members[&name], part),
                }
            }
            Value::String(text) if self.below(2) == 0 => *text = self.text(&[text]),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                *json = part
            }
        }
    }
}

fn corpus(text: &'static str) -> Vec<&'static str> {
    text.lines().collect()
}

fn each_text(corpus: &[&str], holds: impl FnMut(String)) {
    fuzz::each_text(corpus, &WORDS, holds);
}

fn each_json(corpus: &[&str], holds: impl FnMut(Value)) {
    each(corpus, parsed, |chance| chance.json(corpus), holds);
}

/// Stored, read again, shown and put back, it is what it was.
#[track_caller]
fn is_sound(document: &Document, dialect: Dialect) {
    assert_eq!(Document::from_stored(document.kind(), &document.to_stored()).as_ref(), Ok(document));
    let shown = rendering(document).render();
    let back = intake(document.kind(), dialect, Mode::Replace { before: document }, shown).unwrap();
    assert_eq!(&back.document, document);
}

#[test]
fn any_filter_is_read_or_refused_and_prints_to_itself() {
    let resource = rendering(&user(json!({ "title": "x", "emails": [{ "value": "x", "type": "work" }] }))).render();
    each_text(&corpus(include_str!("../../../fixtures/fuzz/filter.txt")), |text| {
        for kind in [None, Some(ResourceKind::User), Some(ResourceKind::Group)] {
            if let Ok(filter) = Filter::parse(kind, Dialect::Entra, &text) {
                let _matched = filter.matches(ResourceKind::User, &resource);
                let printed = filter.to_string();
                if printed.chars().count() <= Filter::MAX_CHARS {
                    assert_eq!(Filter::parse(kind, Dialect::Entra, &printed), Ok(filter), "{text}");
                }
            }
        }
    });
}

#[test]
fn any_path_is_read_or_refused() {
    let before = user(json!({ "emails": [{ "value": "x", "type": "work" }] }));
    each_text(&corpus(include_str!("../../../fixtures/fuzz/path.txt")), |path| {
        for (op, value) in [("add", json!("x")), ("replace", json!({ "value": "x" })), ("remove", Value::Null)] {
            let operations = json!([{ "op": op, "path": path, "value": value }]);
            if let Ok(patched) = operate(Dialect::Entra, &before, operations) {
                is_sound(&patched.document, Dialect::Entra);
            }
        }
    });
}

#[test]
fn any_patch_leaves_a_sound_resource_or_is_refused() {
    let people =
        user(json!({ "name": { "givenName": "A" }, "emails": [{ "value": "x", "type": "work", "primary": true }] }));
    each_json(&corpus(include_str!("../../../fixtures/fuzz/patch.txt")), |body| {
        for before in [&people, &group("G")] {
            for dialect in [Dialect::Generic, Dialect::Entra] {
                if let Ok(patched) = patched(dialect, before, body.clone()) {
                    is_sound(&patched.document, dialect);
                }
            }
        }
    });
}

#[test]
fn any_resource_is_sound_or_refused() {
    each_json(&corpus(include_str!("../../../fixtures/fuzz/resource.txt")), |body| {
        for kind in ResourceKind::ALL {
            for dialect in [Dialect::Generic, Dialect::OneLogin] {
                if let Ok(taken) = intake(kind, dialect, Mode::Create, body.clone()) {
                    is_sound(&taken.document, dialect);
                }
            }
        }
    });
}

#[test]
fn any_bulk_request_comes_to_its_end_or_is_refused() {
    each_json(&corpus(include_str!("../../../fixtures/fuzz/bulk.txt")), |body| {
        let Ok(Some(mut bulk)) = Bulk::parse(body, 100) else { return };
        for _ in 0..500 {
            let next = bulk.next_calls();
            if next.is_empty() {
                return;
            }
            for call in next {
                let index = call.as_ref().map_or_else(|(index, _)| *index, |call| call.index);
                bulk.settle(index, call.is_ok().then(|| format!("id-{index}")));
            }
        }
        panic!("it does not end");
    });
}
