//! What an entry of the log says was changed, attribute by attribute.

use std::collections::BTreeMap;

use serde_json::Value;

/// How deep complex attributes are entered; deeper ones are shown whole.
const MAX_DEPTH: usize = 8;

/// One attribute that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// With dots, e.g. `name.familyName`.
    pub path: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// The attributes of both sides, by path.
pub fn attributes(before: Option<&Value>, after: Option<&Value>) -> Vec<Attribute> {
    let mut paths: BTreeMap<String, (Option<String>, Option<String>)> = BTreeMap::new();
    flatten("", before, 0, &mut |path, text| paths.entry(path).or_default().0 = Some(text));
    flatten("", after, 0, &mut |path, text| paths.entry(path).or_default().1 = Some(text));
    paths.into_iter().map(|(path, (before, after))| Attribute { path, before, after }).collect()
}

fn flatten(path: &str, value: Option<&Value>, depth: usize, tell: &mut dyn FnMut(String, String)) {
    match value {
        None => {}
        Some(Value::Object(members)) if depth < MAX_DEPTH && !members.is_empty() => {
            for (name, value) in members {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&inner, Some(value), depth + 1, tell);
            }
        }
        Some(Value::String(text)) => tell(path.to_owned(), text.clone()),
        Some(other) => tell(path.to_owned(), other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn attributes_of_both_sides_stand_beside_each_other() {
        let (before, after) = (json!({"active": true, "name": {"familyName": "Lee"}}), json!({"active": false}));
        let told = attributes(Some(&before), Some(&after));
        let attribute = |path: &str, before: Option<&str>, after: Option<&str>| Attribute {
            path: path.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        let expected =
            [attribute("active", Some("true"), Some("false")), attribute("name.familyName", Some("Lee"), None)];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_lies_deeper_than_eight_is_shown_whole() {
        let deep = (0..20).fold(json!(1), |inner, _| json!({ "a": inner }));
        let told = attributes(None, Some(&deep));
        assert_eq!(told[0].path, "a.a.a.a.a.a.a.a");
        assert!(told[0].after.as_deref().unwrap().starts_with("{\"a\":"));
    }
}
