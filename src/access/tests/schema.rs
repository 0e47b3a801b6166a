//! `schema/catalogue.schema.json` is for editors. It must know every key that the reader of catalogues knows.

use serde_json::Value;

use crate::access::Catalogue;

const SCHEMA: &str = include_str!("../../../schema/catalogue.schema.json");

fn shipped() -> [(&'static str, &'static str); 5] {
    [
        ("miopsai.toml", include_str!("../../../catalogues/miopsai.toml")),
        ("opspilot365.toml", include_str!("../../../catalogues/opspilot365.toml")),
        ("omniflow.toml", include_str!("../../../catalogues/omniflow.toml")),
        ("allinone.toml", include_str!("../../../catalogues/allinone.toml")),
        ("aibams.toml", include_str!("../../../catalogues/aibams.toml")),
    ]
}

/// The paths in `value` that `schema`, a part of `root`, has no place for.
fn strangers(root: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
    let schema = target.map_or(schema, |pointer| root.pointer(pointer).unwrap());
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| {
                let path = format!("{path}.{key}");
                let known =
                    schema.pointer(&format!("/properties/{key}")).or_else(|| schema.get("additionalProperties"));
                match known {
                    Some(Value::Object(inner)) => strangers(root, &Value::Object(inner.clone()), value, &path),
                    _ => vec![path],
                }
            })
            .collect(),
        Value::Array(items) => {
            let inner = schema.get("items").cloned().unwrap_or(Value::Bool(false));
            items.iter().flat_map(|item| strangers(root, &inner, item, path)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => match schema.as_object() {
            Some(_) => vec![],
            None => vec![path.to_owned()],
        },
    }
}

#[test]
fn the_schema_has_a_place_for_every_key_of_the_shipped_catalogues() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    for (file, text) in shipped() {
        let value: Value = toml::from_str(text).unwrap();
        assert_eq!(strangers(&schema, &schema, &value, file), [""; 0]);
    }
}

#[test]
fn the_schema_and_the_reader_know_the_same_top_level_keys() {
    let error = Catalogue::parse("unheard_of = 1", "c.toml").unwrap_err().message;
    let mut read: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut known: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    read.sort_unstable();
    known.sort_unstable();
    assert_eq!(read, known);
}

#[test]
fn each_shipped_catalogue_is_named_after_its_file() {
    for (file, text) in shipped() {
        assert_eq!(
            Catalogue::parse(text, file).map(|catalogue| format!("{}.toml", catalogue.key())).as_deref(),
            Ok(file)
        );
    }
}
