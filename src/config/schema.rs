//! The configuration described: a sample file for people, a JSON Schema for editors.

use serde_json::{Map, Value, json};

use super::environment::variable;
use super::settings::{KEYS, Key};

/// A file with every setting, its default, its unit and its variable; each line a comment.
pub fn sample() -> String {
    let mut text = String::from("# Portcullis. A flag beats the environment, the environment beats this file.\n");
    let mut group = "";
    for key in KEYS {
        let (its_group, name) = key.name.split_once('.').unwrap_or(("", key.name));
        if its_group != group {
            group = its_group;
            text.push_str(&format!("\n[{group}]\n"));
        }
        let bounds = key.bounds.map(|(least, most)| format!(" {least} to {most}.")).unwrap_or_default();
        text.push_str(&format!("#{} Value: {}.{bounds}\n", key.about, key.kind));
        text.push_str(&format!("# Environment: {}\n# {name} = {}\n", variable(key.name), written(key)));
    }
    text
}

/// The JSON Schema (2020-12) of the file; `schema/config.schema.json` is its copy.
pub fn json_schema() -> String {
    let mut groups: Vec<(&str, Map<String, Value>)> = Vec::new();
    for key in KEYS {
        let (group, name) = key.name.split_once('.').unwrap_or(("", key.name));
        if groups.last().is_none_or(|(last, _)| *last != group) {
            groups.push((group, Map::new()));
        }
        if let Some((_, properties)) = groups.last_mut() {
            properties.insert(name.to_owned(), Value::Object(property(key)));
        }
    }
    let object = |properties: Map<String, Value>| json!({"type": "object", "additionalProperties": false, "properties": properties});
    let groups: Map<String, Value> =
        groups.into_iter().map(|(group, properties)| (group.to_owned(), object(properties))).collect();
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Portcullis configuration",
        "type": "object",
        "additionalProperties": false,
        "properties": groups,
    });
    format!("{whole:#}\n")
}

/// The schema of one setting.
fn property(key: &Key) -> Map<String, Value> {
    let mut schema: Map<String, Value> = serde_json::from_str(key.schema).unwrap_or_default();
    let bounds = key.bounds.map(|(least, most)| format!(" {least} to {most}.")).unwrap_or_default();
    schema.insert("description".to_owned(), json!(format!("{}{bounds}", key.about.trim())));
    schema.insert("default".to_owned(), default(key));
    if let Some((Ok(least), Ok(most))) = key.bounds.map(|(least, most)| (least.parse::<u32>(), most.parse::<u32>())) {
        schema.insert("minimum".to_owned(), json!(least));
        schema.insert("maximum".to_owned(), json!(most));
    }
    schema
}

/// The default as it would stand in JSON.
fn default(key: &Key) -> Value {
    if key.schema.contains("\"array\"") {
        return key.default.split(',').filter(|item| !item.is_empty()).collect();
    }
    match key.default.parse::<u32>() {
        Ok(number) => json!(number),
        Err(_) => json!(key.default),
    }
}

/// The default as it would stand in TOML: for these types the same text as in JSON.
fn written(key: &Key) -> String {
    default(key).to_string()
}
