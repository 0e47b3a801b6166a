//! Applies the steps of a PATCH to a document: on a copy, so that a failing operation leaves nothing behind.
//!
//! The result is read again as any body is, which restores the canonical form and checks that what is required is
//! there and that one value at most is primary.

use serde_json::{Map, Value};

use super::{Change, Edit, PatchRequest, Patched, Place, Step, Unmatched};
use crate::scim::attribute::{Attribute, Mutability};
use crate::scim::document::Document;
use crate::scim::error::short;
use crate::scim::filter::{Comparison, Filter, Literal, prepared};
use crate::scim::intake::keep_immutable;
use crate::scim::read::{MAX_VALUES, Reader, identity, is_primary, not_primary};
use crate::scim::{Dialect, ScimError};

pub(super) fn apply(request: &PatchRequest, before: &Document) -> Result<Patched, ScimError> {
    let mut attributes = before.attributes().clone();
    let mut membership = Vec::new();
    let mut password = None;
    let mut leniencies = request.leniencies.clone();
    for (index, step) in &request.steps {
        match step {
            Step::Members(change) => membership.push(change.clone()),
            Step::Password(new) => password = Some(new.clone()),
            Step::Edit(place, edit) => {
                let created = change(&mut attributes, *place, edit).map_err(|error| error.in_operation(*index))?;
                if created && request.dialect != Dialect::Generic {
                    let how = "had no value that the filter selects; one was made";
                    leniencies.note("value_path_created", &place.attribute.name, how);
                }
            }
        }
    }
    let document = Document::read(request.kind, &mut Reader::new(Dialect::Generic), attributes)?;
    keep_immutable(before, &document)?;
    Ok(Patched { document, membership, password, leniencies: leniencies.into_vec() })
}

/// Makes one edit; says whether an element was made because a filter selected none.
fn change(attributes: &mut Map<String, Value>, place: Place, edit: &Edit) -> Result<bool, ScimError> {
    let attribute = place.attribute;
    let container = match place.extension {
        None => Some(attributes),
        Some(extension) => object_in(attributes, &extension.id),
    };
    let Some(container) = container else { return Ok(false) };
    match edit {
        Edit::Set(value) => set(container, attribute, value.as_ref())?,
        Edit::SetSub(sub, value) => {
            if let Some(object) = object_in(container, &attribute.name) {
                set(object, sub, value.as_ref())?;
            }
        }
        Edit::ReplaceAll(values) if values.is_empty() => set(container, attribute, None)?,
        Edit::ReplaceAll(values) => set(container, attribute, Some(&Value::Array(values.clone())))?,
        Edit::Append(values) => {
            if let Some(list) = list_in(container, &attribute.name) {
                append(attribute, list, values)?;
            }
        }
        Edit::RemoveValues(values) => {
            if let Some(list) = list_in(container, &attribute.name) {
                list.retain(|element| !values.iter().any(|value| is_meant(attribute, element, value)));
                still_there(attribute, list)?;
            }
        }
        Edit::Elements { filter, change, unmatched } => {
            if let Some(list) = list_in(container, &attribute.name) {
                return elements(attribute, list, filter.as_ref(), change, *unmatched);
            }
        }
    }
    Ok(false)
}

/// Sets or clears one value, as far as its mutability and necessity allow.
fn set(container: &mut Map<String, Value>, attribute: &Attribute, value: Option<&Value>) -> Result<(), ScimError> {
    let current = container.get(&attribute.name);
    if attribute.mutability == Mutability::Immutable && current.is_some() && current != value {
        return Err(ScimError::Mutability(format!("`{}` cannot be changed once set", attribute.name)));
    }
    match value {
        Some(value) => {
            container.insert(attribute.name.clone(), value.clone());
        }
        None if attribute.required => return Err(required(attribute)),
        None => {
            container.shift_remove(&attribute.name);
        }
    }
    Ok(())
}

/// RFC 7644 §3.5.2.1: what is there already is not added again, but takes what is new about it.
fn append(attribute: &Attribute, list: &mut Vec<Value>, values: &[Value]) -> Result<(), ScimError> {
    for value in values {
        if is_primary(value) {
            list.iter_mut().for_each(not_primary);
        }
        let wanted = identity(attribute, value);
        match list.iter_mut().find(|element| identity(attribute, element) == wanted) {
            Some(element) => merge(element, value),
            None => list.push(value.clone()),
        }
    }
    within_limit(attribute, list)
}

fn elements(
    attribute: &'static Attribute,
    list: &mut Vec<Value>,
    filter: Option<&Filter>,
    change: &Change,
    unmatched: Unmatched,
) -> Result<bool, ScimError> {
    let mut selected: Vec<bool> =
        list.iter().map(|element| filter.is_none_or(|filter| filter.matches_element(attribute, element))).collect();
    let mut created = false;
    if !selected.contains(&true) {
        let none = || ScimError::NoTarget(format!("no value of `{}` is selected by the path", attribute.name));
        match unmatched {
            Unmatched::Nothing => return Ok(false),
            Unmatched::NoTarget => return Err(none()),
            Unmatched::Create => {
                list.push(Value::Object(implied(attribute, filter).ok_or_else(none)?));
                selected.push(true);
                created = true;
            }
        }
    }
    if matches!(change, Change::Remove) {
        let mut selected = selected.iter();
        list.retain(|_| selected.next() != Some(&true));
        still_there(attribute, list)?;
        return Ok(false);
    }
    let primary = makes_primary(change);
    for (element, selected) in list.iter_mut().zip(&selected) {
        if *selected {
            change_one(element, change, created)?;
        } else if primary {
            not_primary(element);
        }
    }
    within_limit(attribute, list)?;
    Ok(created)
}

fn change_one(element: &mut Value, change: &Change, created: bool) -> Result<(), ScimError> {
    match change {
        Change::Replace(value) if !created => *element = value.clone(),
        // A new element keeps what the filter says of it.
        Change::Replace(value) | Change::Merge(value) => merge(element, value),
        Change::SetSub(sub, value) => {
            if let Some(members) = element.as_object_mut() {
                set(members, sub, value.as_ref())?;
            }
        }
        Change::Remove => {}
    }
    Ok(())
}

/// RFC 7644 §3.5.2: a value that becomes primary takes that from all others.
fn makes_primary(change: &Change) -> bool {
    match change {
        Change::Replace(value) | Change::Merge(value) => is_primary(value),
        Change::SetSub(sub, value) => sub.name == "primary" && *value == Some(Value::Bool(true)),
        Change::Remove => false,
    }
}

/// The element that fulfils a filter of equalities, e.g. `{"type":"work"}`; nothing for any other filter.
fn implied(attribute: &Attribute, filter: Option<&Filter>) -> Option<Map<String, Value>> {
    let mut members = Map::new();
    if !attribute.is_complex() {
        return None;
    }
    match filter {
        None => {}
        Some(Filter::And(all)) => {
            for one in all {
                members.extend(implied(attribute, Some(one))?);
            }
        }
        Some(Filter::Compare { path, operator: Comparison::Equal, literal }) => {
            let sub = attribute.sub_attribute(&path.name)?;
            let value = match literal {
                Literal::String(text) => Value::from(text.as_str()),
                Literal::Boolean(value) => Value::Bool(*value),
                Literal::Number(number) => Value::Number(number.clone()),
                Literal::Null => return None,
            };
            members.insert(sub.name.clone(), value);
        }
        Some(
            Filter::Or(_) | Filter::Not(_) | Filter::Compare { .. } | Filter::Present(_) | Filter::ValuePath { .. },
        ) => return None,
    }
    Some(members)
}

fn merge(element: &mut Value, value: &Value) {
    match (element, value) {
        (Value::Object(members), Value::Object(more)) => {
            members.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        (element, value) => *element = value.clone(),
    }
}

/// Whether `element` is what `wanted` means: by its value (and type) where one is sent, for what Entra sends beside
/// it says no more; else by everything that is sent.
fn is_meant(attribute: &Attribute, element: &Value, wanted: &Value) -> bool {
    let (Some(members), Some(wanted)) = (element.as_object(), wanted.as_object()) else {
        return identity(attribute, element) == identity(attribute, wanted);
    };
    let by_value = wanted.contains_key("value");
    wanted
        .iter()
        .filter(|(name, _)| !by_value || *name == "value" || *name == "type")
        .all(|(name, value)| members.get(name).is_some_and(|present| is_same(attribute, name, present, value)))
}

fn is_same(attribute: &Attribute, name: &str, left: &Value, right: &Value) -> bool {
    match (attribute.sub_attribute(name), left.as_str(), right.as_str()) {
        (Some(sub), Some(left), Some(right)) => prepared(sub, left) == prepared(sub, right),
        (_, _, _) => left == right,
    }
}

fn within_limit(attribute: &Attribute, list: &[Value]) -> Result<(), ScimError> {
    if list.len() > MAX_VALUES {
        return Err(ScimError::InvalidValue(format!("`{}` has more than {MAX_VALUES} values", attribute.name)));
    }
    Ok(())
}

fn still_there(attribute: &Attribute, list: &[Value]) -> Result<(), ScimError> {
    if attribute.required && list.is_empty() { Err(required(attribute)) } else { Ok(()) }
}

fn required(attribute: &Attribute) -> ScimError {
    ScimError::Mutability(format!("`{}` is required and cannot be removed", short(&attribute.name)))
}

/// The object called `name`, made if there is none. An empty one is dropped when the document is read again.
/// INVARIANT: a document has an object wherever its schema says complex, so there always is one.
fn object_in<'m>(map: &'m mut Map<String, Value>, name: &str) -> Option<&'m mut Map<String, Value>> {
    map.entry(name).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

/// The list called `name`, likewise.
fn list_in<'m>(map: &'m mut Map<String, Value>, name: &str) -> Option<&'m mut Vec<Value>> {
    map.entry(name).or_insert_with(|| Value::Array(Vec::new())).as_array_mut()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_immutable_attribute_may_be_set_once() {
        let badge: Attribute =
            serde_json::from_str(r#"{"name":"badge","type":"string","mutability":"immutable"}"#).unwrap();
        let mut container = Map::new();
        assert_eq!(set(&mut container, &badge, Some(&json!("1"))), Ok(()));
        assert_eq!(set(&mut container, &badge, Some(&json!("1"))), Ok(()));
        assert!(matches!(set(&mut container, &badge, Some(&json!("2"))), Err(ScimError::Mutability(_))));
        assert!(matches!(set(&mut container, &badge, None), Err(ScimError::Mutability(_))));
    }

    #[test]
    fn the_last_value_of_a_required_list_stays() {
        let tags: Attribute =
            serde_json::from_str(r#"{"name":"tags","type":"string","multiValued":true,"required":true}"#).unwrap();
        assert!(matches!(still_there(&tags, &[]), Err(ScimError::Mutability(_))));
        assert_eq!(still_there(&tags, &[json!("a")]), Ok(()));
    }
}
