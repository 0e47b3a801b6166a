//! Reads a PATCH body into steps: paths are resolved and values checked, without the resource.
//!
//! Every operation comes down to a few edits here: an object for a complex attribute is one edit per sub-attribute
//! (those that are not sent stay), the URN of an extension is one per attribute.

use serde_json::{Map, Value};

use super::dialect::{self, AtPath, Verb};
use super::membership::remove_selected;
use super::target::Target;
use super::{Change, Edit, MemberChange, PatchRequest, Place, Step, Unmatched};
use crate::scim::attribute::Attribute;
use crate::scim::dialect::shape;
use crate::scim::document::is_members;
use crate::scim::error::short;
use crate::scim::filter::{Filter, QUOTED_BOOLEAN};
use crate::scim::intake::{open_core, read_password};
use crate::scim::read::Reader;
use crate::scim::schema::Schemas;
use crate::scim::{Dialect, ResourceKind, ScimError, members};

/// The most conditions of a filter that is evaluated on each value of a list. A thousand operations on five hundred
/// values stay within a second or so; what is sent has one or two.
const MAX_CONDITIONS: usize = 16;

/// The most changes that the operations of one request come to: one may have many keys.
const MAX_STEPS: usize = 2 * PatchRequest::MAX_OPERATIONS;

pub(super) fn read(kind: ResourceKind, dialect: Dialect, body: Value) -> Result<PatchRequest, ScimError> {
    let Value::Object(body) = body else {
        return Err(ScimError::InvalidSyntax("the body is not a JSON object".to_owned()));
    };
    let mut reader = Reader::new(dialect);
    dialect::check_schemas(&mut reader, &body);
    let operations = body.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("Operations")).map(|(_, value)| value);
    let Some(Value::Array(operations)) = operations else {
        return Err(ScimError::InvalidSyntax("`Operations` must be a list of operations".to_owned()));
    };
    if operations.is_empty() && dialect.is_to_the_letter() {
        return Err(ScimError::InvalidSyntax("`Operations` is empty".to_owned()));
    }
    if operations.is_empty() {
        reader.leniencies.note("no_operations", "Operations", "sent empty; nothing was changed");
    }
    if operations.len() > PatchRequest::MAX_OPERATIONS {
        let most = PatchRequest::MAX_OPERATIONS;
        return Err(ScimError::InvalidSyntax(format!("`Operations` has more than {most} operations")));
    }
    let mut planner = Planner { kind, reader, index: 0, capitalised: false, evaluated: 0, steps: Vec::new() };
    for (index, operation) in (1..).zip(operations) {
        planner.index = index;
        planner.operation(operation).map_err(|error| error.in_operation(index))?;
    }
    Ok(PatchRequest { kind, dialect, steps: planner.steps, leniencies: planner.reader.leniencies })
}

struct Planner {
    kind: ResourceKind,
    reader: Reader,
    index: usize,
    /// Whether the verb of the operation at hand is written as Entra does.
    capitalised: bool,
    /// How many conditions have to be evaluated on every member of a group.
    evaluated: usize,
    steps: Vec<(usize, Step)>,
}

impl Planner {
    fn operation(&mut self, operation: Value) -> Result<(), ScimError> {
        let Value::Object(mut operation) = operation else {
            return Err(ScimError::InvalidSyntax("an operation is not a JSON object".to_owned()));
        };
        let verb = match take(&mut operation, "op") {
            Some(Value::String(text)) => {
                let (verb, is_exact) = Verb::read(&mut self.reader, &text)?;
                self.capitalised = !is_exact;
                verb
            }
            Some(_) | None => return Err(ScimError::InvalidSyntax("`op` must be add, remove or replace".to_owned())),
        };
        let path = match take(&mut operation, "path") {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) if path.trim().is_empty() => None,
            Some(Value::String(path)) => Some(path),
            Some(_) => return Err(ScimError::InvalidPath("`path` must be a string".to_owned())),
        };
        let value = take(&mut operation, "value");
        if value.is_none() && verb != Verb::Remove {
            return Err(ScimError::InvalidValue("`value` is missing".to_owned()));
        }
        let value = value.unwrap_or(Value::Null);
        let Some(path) = path else { return self.without_path(verb, value) };
        if path.trim().eq_ignore_ascii_case(self.kind.schema()) {
            return self.without_path(verb, value);
        }
        match Schemas::standard().extension(self.kind, path.trim()) {
            Some(extension) => {
                let value = if verb == Verb::Remove { Value::Null } else { value };
                dialect::of_container(extension, value)?.into_iter().try_for_each(|at| self.at_path(verb, at))
            }
            None => self.at_path(verb, AtPath { path, value, from_object: false }),
        }
    }

    fn without_path(&mut self, verb: Verb, value: Value) -> Result<(), ScimError> {
        match (verb, value) {
            (Verb::Remove, _) => Err(ScimError::NoTarget("remove needs a `path`".to_owned())),
            (Verb::Add | Verb::Replace, Value::Object(value)) => {
                let value = open_core(self.kind, &mut self.reader, value)?;
                let operations = dialect::without_path(self.kind, &mut self.reader, value)?;
                operations.into_iter().try_for_each(|at| self.at_path(verb, at))
            }
            (Verb::Add | Verb::Replace, _) => {
                Err(ScimError::InvalidValue("without a `path`, `value` must be an object".to_owned()))
            }
        }
    }

    fn at_path(&mut self, verb: Verb, at: AtPath) -> Result<(), ScimError> {
        if self.steps.len() >= MAX_STEPS {
            return Err(ScimError::InvalidValue(format!("the request has more than {MAX_STEPS} changes")));
        }
        let target = match Target::read(self.kind, self.reader.dialect, &at.path) {
            // A key that is no path is no attribute either.
            Err(ScimError::InvalidPath(_)) if at.from_object => None,
            read => read?,
        };
        let Some(target) = target else {
            dialect::unknown_attribute(&mut self.reader, &at.path);
            return Ok(());
        };
        if target.place.extension.is_some() && !at.path.contains(':') {
            self.reader.leniencies.note("unqualified_extension", &at.path, "sent without the URN of its schema");
        }
        let read_only = target.place.attribute.is_read_only() || target.sub.is_some_and(Attribute::is_read_only);
        if read_only && at.from_object {
            return Ok(());
        }
        if read_only {
            return Err(ScimError::Mutability(format!("`{}` is read-only", short(&at.path))));
        }
        if is_members(self.kind, target.place.attribute) {
            return self.membership(verb, &target, at);
        }
        if target.place.attribute.is_dropped() || target.sub.is_some_and(Attribute::is_dropped) {
            return self.dropped(verb, &target, at);
        }
        self.edit(verb, target, at)
    }

    fn edit(&mut self, verb: Verb, target: Target, at: AtPath) -> Result<(), ScimError> {
        let Target { place, filter, sub, leniencies } = target;
        let entra_form = self.capitalised || leniencies.has(QUOTED_BOOLEAN);
        self.reader.leniencies.extend(leniencies);
        if filter.as_ref().is_some_and(|filter| filter.conditions() > MAX_CONDITIONS) {
            let detail = format!("`{}` has more than {MAX_CONDITIONS} conditions", short(&at.path));
            return Err(ScimError::InvalidFilter(detail));
        }
        let list = place.attribute.multi_valued;
        let unmatched = dialect::unmatched(self.reader.dialect, verb, entra_form);
        let path = at.path.as_str();
        match (sub, list, verb) {
            (None, false, Verb::Remove) => self.push(place, Edit::Set(None)),
            (None, false, Verb::Add | Verb::Replace) if place.attribute.is_complex() => {
                self.merge(verb, place, path, at.value)?;
            }
            (None, false, Verb::Add | Verb::Replace) => {
                let value = self.reader.single(place.attribute, path, at.value)?;
                self.set_or_skip(verb, place, value);
            }
            (Some(sub), false, Verb::Remove) => self.push(place, Edit::SetSub(sub, None)),
            (Some(sub), false, Verb::Add | Verb::Replace) => self.set_sub(verb, place, sub, path, at.value)?,
            (None, true, Verb::Remove) => match filter {
                Some(filter) => {
                    self.push(place, Edit::Elements { filter: Some(filter), change: Change::Remove, unmatched });
                }
                None if at.value.is_null() => self.push(place, Edit::ReplaceAll(Vec::new())),
                None => {
                    self.reader.leniencies.note("remove_with_value", path, "sent with a value: only those are removed");
                    let values = self.reader.list(place.attribute, path, at.value)?;
                    self.push(place, Edit::RemoveValues(values));
                }
            },
            (None, true, Verb::Add | Verb::Replace) => match filter {
                Some(filter) => self.element(verb, place, filter, unmatched, path, at.value)?,
                None => {
                    let values = self.reader.list(place.attribute, path, at.value)?;
                    let edit = if verb == Verb::Add { Edit::Append(values) } else { Edit::ReplaceAll(values) };
                    self.push(place, edit);
                }
            },
            (Some(sub), true, verb) => {
                let value = match verb {
                    Verb::Remove => None,
                    Verb::Add | Verb::Replace => self.reader.attribute(sub, path, at.value)?,
                };
                let unmatched = match (&value, &filter) {
                    (None, _) if verb != Verb::Remove => Unmatched::Nothing,
                    (None, None) => Unmatched::Nothing,
                    (_, _) => unmatched,
                };
                self.push(place, Edit::Elements { filter, change: Change::SetSub(sub, value), unmatched });
            }
        }
        Ok(())
    }

    /// A whole element: replaced, or (add) merged with what is sent.
    fn element(
        &mut self,
        verb: Verb,
        place: Place,
        filter: Filter,
        unmatched: Unmatched,
        path: &str,
        value: Value,
    ) -> Result<(), ScimError> {
        let edit = match (self.reader.single(place.attribute, path, value)?, verb) {
            (Some(value), Verb::Add) => {
                Edit::Elements { filter: Some(filter), change: Change::Merge(value), unmatched }
            }
            (Some(value), Verb::Replace | Verb::Remove) => {
                Edit::Elements { filter: Some(filter), change: Change::Replace(value), unmatched }
            }
            (None, Verb::Add) => return Ok(()),
            (None, Verb::Replace | Verb::Remove) => {
                Edit::Elements { filter: Some(filter), change: Change::Remove, unmatched: Unmatched::Nothing }
            }
        };
        self.push(place, edit);
        Ok(())
    }

    /// RFC 7644 §3.5.2.1, §3.5.2.3: the sub-attributes that are sent are set; those that are not stay.
    fn merge(&mut self, verb: Verb, place: Place, path: &str, value: Value) -> Result<(), ScimError> {
        let shaped = shape::into_single(&mut self.reader, place.attribute, path, value);
        let members = match shaped {
            Value::Null => {
                self.set_or_skip(verb, place, None);
                return Ok(());
            }
            Value::Object(members) => shape::reference_into_value(place.attribute, members),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(ScimError::InvalidValue(format!("`{}` takes an object", short(path))));
            }
        };
        for (name, value) in members {
            let sub_path = format!("{path}.{name}");
            match place.attribute.sub_attribute(&name) {
                Some(sub) if sub.is_read_only() || sub.is_dropped() => {}
                Some(sub) => self.set_sub(verb, place, sub, &sub_path, value)?,
                None => dialect::unknown_attribute(&mut self.reader, &sub_path),
            }
        }
        Ok(())
    }

    fn set_sub(
        &mut self,
        verb: Verb,
        place: Place,
        sub: &'static Attribute,
        path: &str,
        value: Value,
    ) -> Result<(), ScimError> {
        if sub.is_resource_reference() {
            // The server fills it in from the value beside it.
            return Ok(());
        }
        let value = self.reader.attribute(sub, path, value)?;
        let value = value.filter(|value| !(is_reference_id(place.attribute, sub) && value.as_str() == Some("")));
        if value.is_some() || verb != Verb::Add {
            self.push(place, Edit::SetSub(sub, value));
        }
        Ok(())
    }

    /// Adding nothing changes nothing; replacing by nothing clears (RFC 7643 §2.5).
    fn set_or_skip(&mut self, verb: Verb, place: Place, value: Option<Value>) {
        if value.is_some() || verb != Verb::Add {
            self.push(place, Edit::Set(value));
        }
    }

    /// What nobody can ever see: a password is handed on, anything else is checked and not kept.
    fn dropped(&mut self, verb: Verb, target: &Target, at: AtPath) -> Result<(), ScimError> {
        if self.kind == ResourceKind::User && target.place.attribute.name == "password" {
            return self.password(verb, at.value);
        }
        let attribute = target.sub.unwrap_or(target.place.attribute);
        self.reader.attribute(attribute, &at.path, at.value).map(drop)
    }

    fn password(&mut self, verb: Verb, value: Value) -> Result<(), ScimError> {
        if verb == Verb::Remove {
            return Err(ScimError::Mutability("`password` can be replaced but not removed".to_owned()));
        }
        if let Some(password) = read_password(value)? {
            self.steps.push((self.index, Step::Password(password)));
        }
        Ok(())
    }

    fn membership(&mut self, verb: Verb, target: &Target, at: AtPath) -> Result<(), ScimError> {
        if target.sub.is_some() || (target.filter.is_some() && verb != Verb::Remove) {
            let reason = "a member cannot be changed, only added and removed";
            return Err(ScimError::Mutability(format!("`{}`: {reason}", short(&at.path))));
        }
        let change = match (verb, &target.filter) {
            (Verb::Remove, Some(filter)) => self.members_selected(target.place.attribute, filter, &at.path)?,
            (Verb::Remove, None) if at.value.is_null() => MemberChange::Clear,
            (Verb::Remove, None) => {
                self.reader.leniencies.note("remove_with_value", &at.path, "sent with a value: only those are removed");
                let listed = members::read(&mut self.reader, &at.path, at.value)?;
                MemberChange::Remove(listed.into_iter().map(|member| member.value).collect())
            }
            (Verb::Add, _) => MemberChange::Add(members::read(&mut self.reader, &at.path, at.value)?),
            (Verb::Replace, _) => MemberChange::Replace(members::read(&mut self.reader, &at.path, at.value)?),
        };
        self.steps.push((self.index, Step::Members(change)));
        Ok(())
    }

    /// A filter that must be evaluated on every member of the group costs what the group does, while nobody else writes.
    fn members_selected(
        &mut self,
        members: &Attribute,
        filter: &Filter,
        path: &str,
    ) -> Result<MemberChange, ScimError> {
        let change = remove_selected(members, filter);
        if matches!(change, MemberChange::RemoveMatching(_)) {
            self.evaluated += filter.conditions();
            if self.evaluated > MAX_CONDITIONS {
                let detail = format!(
                    "`{}`: the filters on members that do not name them by `value` have more than {MAX_CONDITIONS} \
                     conditions in this request",
                    short(path)
                );
                return Err(ScimError::InvalidFilter(detail));
            }
        }
        Ok(change)
    }

    fn push(&mut self, place: Place, edit: Edit) {
        self.steps.push((self.index, Step::Edit(place, edit)));
    }
}

fn is_reference_id(attribute: &Attribute, sub: &Attribute) -> bool {
    sub.name == "value" && attribute.sub_attributes.iter().any(Attribute::is_resource_reference)
}

/// The member called `name`, in any case.
fn take(object: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned()?;
    object.shift_remove(&key)
}
