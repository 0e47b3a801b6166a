//! PATCH a second time, straight from the prose of RFC 7644 §3.5.2, on plain JSON: no schema, no forms of any provider, no
//! care for speed. Whatever the two make of the same operation must be the same, the error too.
//!
//! It knows one person: `title`, `name` (complex), `emails` (multi-valued), which have all the rules between them.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

type Members = serde_json::Map<String, Value>;

/// Where an operation aims (figure 7).
#[derive(Debug, Clone)]
enum Place {
    Title,
    Name,
    NameSub(&'static str),
    Emails,
    /// `emails[attribute eq "value"]`
    Selected(&'static str, &'static str),
    /// `emails[attribute eq "value"].sub`
    SelectedSub(&'static str, &'static str, &'static str),
}

impl Place {
    fn path(&self) -> String {
        match self {
            Self::Title => "title".to_owned(),
            Self::Name => "name".to_owned(),
            Self::NameSub(sub) => format!("name.{sub}"),
            Self::Emails => "emails".to_owned(),
            Self::Selected(attribute, value) => format!("emails[{attribute} eq \"{value}\"]"),
            Self::SelectedSub(attribute, value, sub) => format!("emails[{attribute} eq \"{value}\"].{sub}"),
        }
    }
}

/// What the RFC says becomes of `user`.
fn expected(user: &Value, op: &str, place: &Place, value: &Value) -> Result<Value, &'static str> {
    let mut user = user.as_object().unwrap().clone();
    match place {
        Place::Title => set(&mut user, "title", op, value),
        Place::Name if op == "remove" => drop(user.shift_remove("name")),
        Place::Name => {
            for (sub, value) in value.as_object().unwrap() {
                set(object(&mut user), sub, op, value);
            }
        }
        Place::NameSub(sub) => set(object(&mut user), sub, op, value),
        Place::Emails => match op {
            // §3.5.2.1: "if the target location specifies a multi-valued attribute, a new value is added".
            "add" => {
                for email in value.as_array().unwrap() {
                    add(list(&mut user), email);
                }
            }
            // §3.5.2.3: "the attribute and all values are replaced".
            "replace" => *list(&mut user) = value.as_array().unwrap().clone(),
            // §3.5.2.2: "the attribute and all its associated value is removed".
            _remove => drop(user.shift_remove("emails")),
        },
        Place::Selected(attribute, wanted) if op == "remove" => {
            let before = list(&mut user).len();
            list(&mut user).retain(|email| email[attribute] != *wanted);
            if list(&mut user).len() == before {
                return Err("noTarget");
            }
        }
        Place::Selected(attribute, wanted) => selected(list(&mut user), op, (attribute, wanted), &mut |email| {
            if op == "replace" {
                *email = value.clone()
            } else {
                merge(email, value)
            }
            value["primary"] == true
        })?,
        Place::SelectedSub(attribute, wanted, sub) => {
            selected(list(&mut user), op, (attribute, wanted), &mut |email| {
                set(email.as_object_mut().unwrap(), sub, op, value);
                op != "remove" && *sub == "primary" && *value == true
            })?
        }
    }
    tidy(user)
}

/// Changes the values that a filter selects. If one becomes primary, those not selected are not any more (§3.5.2).
fn selected(
    emails: &mut Vec<Value>,
    op: &str,
    (attribute, wanted): (&str, &str),
    change: &mut dyn FnMut(&mut Value) -> bool,
) -> Result<(), &'static str> {
    let is_selected = |email: &Value| email[attribute] == wanted;
    if !emails.iter().any(is_selected) {
        // "If the target location ... does not exist": added by add, an error for the others (table 9, §3.5.2.3).
        if op != "add" {
            return Err("noTarget");
        }
        let mut new = json!({ attribute: wanted });
        if change(&mut new) {
            emails.iter_mut().for_each(not_primary);
        }
        emails.push(new);
        return Ok(());
    }
    let chosen: Vec<bool> = emails.iter().map(is_selected).collect();
    let mut primary = false;
    for (email, _) in emails.iter_mut().zip(&chosen).filter(|(_, chosen)| **chosen) {
        primary |= change(email);
    }
    for (email, _) in emails.iter_mut().zip(&chosen).filter(|(_, chosen)| primary && !**chosen) {
        not_primary(email);
    }
    Ok(())
}

fn set(members: &mut Members, name: &str, op: &str, value: &Value) {
    match op {
        "remove" => drop(members.shift_remove(name)),
        _add_or_replace => drop(members.insert(name.to_owned(), value.clone())),
    }
}

fn add(emails: &mut Vec<Value>, email: &Value) {
    if email["primary"] == true {
        emails.iter_mut().for_each(not_primary);
    }
    match emails.iter_mut().find(|one| is_same(one, email)) {
        Some(one) => merge(one, email),
        None => emails.push(email.clone()),
    }
}

fn merge(email: &mut Value, more: &Value) {
    for (name, value) in more.as_object().unwrap() {
        email[name] = value.clone();
    }
}

fn not_primary(email: &mut Value) {
    if email["primary"] == true {
        email["primary"] = json!(false);
    }
}

/// RFC 7643 §2.4: "the same (type, value) combination".
fn is_same(one: &Value, other: &Value) -> bool {
    match one.get("value") {
        Some(value) => other.get("value") == Some(value) && one.get("type") == other.get("type"),
        None => one == other,
    }
}

/// RFC 7643 §2.4, §2.5: nothing is there twice, or empty, and one value at most is primary.
fn tidy(mut user: Members) -> Result<Value, &'static str> {
    let mut kept: Vec<Value> = Vec::new();
    let mut heirs: Vec<usize> = Vec::new();
    for email in user.shift_remove("emails").and_then(|emails| emails.as_array().cloned()).unwrap_or_default() {
        let says_something = email.as_object().unwrap().keys().any(|name| name != "type" && name != "primary");
        match kept.iter().position(|one| is_same(one, &email)) {
            _ if !says_something => {}
            Some(first) if email["primary"] == true => heirs.push(first),
            Some(_) => {}
            None => kept.push(email),
        }
    }
    if let (Some(heir), false) = (heirs.first(), kept.iter().any(|email| email["primary"] == true)) {
        kept[*heir]["primary"] = json!(true);
    }
    if kept.iter().filter(|email| email["primary"] == true).count() > 1 {
        return Err("invalidValue");
    }
    if !kept.is_empty() {
        user.insert("emails".to_owned(), kept.into());
    }
    if user.get("name").is_some_and(|name| name == &json!({})) {
        user.shift_remove("name");
    }
    Ok(user.into())
}

fn object(user: &mut Members) -> &mut Members {
    user.entry("name").or_insert_with(|| json!({})).as_object_mut().unwrap()
}

fn list(user: &mut Members) -> &mut Vec<Value> {
    user.entry("emails").or_insert_with(|| json!([])).as_array_mut().unwrap()
}

fn emails() -> impl Strategy<Value = Value> {
    let email = ("[abc]", option::of(prop_oneof![Just("work"), Just("home")]));
    (vec(email, 0..4), option::of(0_usize..4)).prop_map(|(emails, primary)| {
        let told = emails.into_iter().enumerate().map(|(index, (value, kind))| {
            let mut email = json!({ "value": value });
            if let Some(kind) = kind {
                email["type"] = json!(kind);
            }
            if primary == Some(index) {
                email["primary"] = json!(true);
            }
            email
        });
        told.collect()
    })
}

fn names() -> impl Strategy<Value = Value> {
    ("[xy]", option::of("[xy]")).prop_map(|(given, family)| match family {
        Some(family) => json!({ "givenName": given, "familyName": family }),
        None => json!({ "givenName": given }),
    })
}

/// An operation: its place and a value that fits it.
fn operations() -> impl Strategy<Value = (&'static str, Place, Value)> {
    let conditions =
        || prop_oneof![Just(("type", "work")), Just(("type", "home")), Just(("value", "a")), Just(("value", "c")),];
    let one = emails().prop_map(|emails| emails.get(0).cloned().unwrap_or_else(|| json!({ "value": "d" })));
    let subs = prop_oneof![
        Just(("value", json!("e"))),
        Just(("display", json!("E"))),
        Just(("primary", json!(true))),
        Just(("primary", json!(false))),
        Just(("type", json!("home"))),
    ];
    let places = prop_oneof![
        "[xyz]".prop_map(|title| (Place::Title, json!(title))),
        names().prop_map(|name| (Place::Name, name)),
        "[xyz]".prop_map(|name| (Place::NameSub("givenName"), json!(name))),
        emails().prop_map(|emails| (Place::Emails, emails)),
        (conditions(), one).prop_map(|((attribute, wanted), email)| (Place::Selected(attribute, wanted), email)),
        (conditions(), subs)
            .prop_map(|((attribute, wanted), (sub, value))| { (Place::SelectedSub(attribute, wanted, sub), value) }),
    ];
    (prop_oneof![Just("add"), Just("replace"), Just("remove")], places)
        .prop_map(|(op, (place, value))| (op, place, value))
}

/// The same without regard to the order of names.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let ordered: std::collections::BTreeMap<_, _> =
                members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            ordered.into_iter().collect()
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn person() -> impl Strategy<Value = Document> {
    (option::of("[xyz]"), option::of(names()), emails()).prop_map(|(title, name, emails)| {
        user(json!({ "title": title, "name": name, "emails": emails, "active": true }))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_patch_does_what_the_prose_of_the_rfc_says(
        before in person(),
        operations in vec(operations(), 1..6),
    ) {
        let mut document = before;
        for (op, place, value) in operations {
            let mut operation = json!({ "op": op, "path": place.path() });
            if op != "remove" {
                operation["value"] = value.clone();
            }
            let expected = expected(&stored(&document), op, &place, &value);
            let made = operate(Dialect::Generic, &document, json!([operation]));
            let told = made.as_ref().map(|made| sorted(&stored(&made.document))).map_err(ScimError::scim_type);
            prop_assert_eq!(told, expected.map(|value| sorted(&value)), "{} of {}", operation, document.to_stored());
            document = made.map_or(document, |made| made.document);
        }
    }

    #[test]
    fn a_patch_and_then_its_inverse_changes_nothing(before in person(), (_, place, value) in operations()) {
        let path = match place {
            Place::Title => "title",
            Place::Name | Place::NameSub(_) => "name.givenName",
            Place::Emails | Place::Selected(..) | Place::SelectedSub(..) => "emails",
        };
        let value = match (path, &value) {
            ("name.givenName", Value::Object(name)) => name["givenName"].clone(),
            ("emails", Value::Array(emails)) => emails.clone().into(),
            ("emails", _) => json!([{ "value": "d", "type": "other", "primary": true }]),
            _ => value,
        };
        let was = match path.split_once('.') {
            Some((name, sub)) => stored(&before)[name][sub].clone(),
            None => stored(&before)[path].clone(),
        };
        let there = json!([{ "op": "replace", "path": path, "value": value }]);
        let back = if was.is_null() {
            json!([{ "op": "remove", "path": path }])
        } else {
            json!([{ "op": "replace", "path": path, "value": was }])
        };
        let changed = operate(Dialect::Generic, &before, there).unwrap().document;
        prop_assert_eq!(operate(Dialect::Generic, &changed, back).unwrap().document, before);
    }
}
