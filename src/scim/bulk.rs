//! Bulk requests (RFC 7644 §3.7): many operations in one body, some of which speak of what others create.
//!
//! [`Bulk`] says which operations come next and is told what became of them: as many at once as have the same effect as
//! one after the other, so that they may share a commit. An operation waits for those that create
//! what it refers to (`bulkId:…`, §3.7.2), wherever in its data or path that stands; otherwise the order is that of
//! the request. Where operations wait for each other in a circle (§3.7.1), the first of them is done without the
//! references that cannot be known yet, and these are added by a PATCH as soon as they are.
//!
//! Not here: doing any of it, and statuses. A bulk request is no transaction: each operation stands for itself.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::error::short;
use super::etag::Precondition;
use super::{ResourceKind, ScimError, urn};

mod operation;
mod reference;

#[cfg(test)]
mod tests;

/// The answer to a bulk request, one result for each operation that was tried.
pub fn bulk_response(results: Vec<Value>) -> Value {
    json!({ "schemas": [urn::BULK_RESPONSE], "Operations": results })
}

/// What is to be done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkMethod {
    Post,
    Put,
    Patch,
    Delete,
}

/// One operation, with all references resolved.
#[derive(Debug, Clone)]
pub struct BulkCall {
    /// To be given back to [`Bulk::settle`]. The same index may come again, to finish what was begun.
    pub index: usize,
    pub method: BulkMethod,
    pub kind: ResourceKind,
    /// The resource's id; nothing for POST.
    pub id: Option<String>,
    pub data: Value,
    /// From `version`, which is what `If-Match` is elsewhere.
    pub expected: Precondition,
}

/// A bulk request under way.
#[derive(Debug)]
pub struct Bulk {
    entries: Vec<Entry>,
    /// The ids of what has been created, by `bulkId`.
    created: HashMap<String, String>,
    errors_allowed: Option<u64>,
    errors: u64,
}

#[derive(Debug)]
struct Entry {
    /// `method` and `bulkId` as sent, for the answer.
    described: Map<String, Value>,
    bulk_id: Option<String>,
    /// What is wrong with it as sent, or what is to be done.
    operation: Result<Operation, ScimError>,
    /// The entries that create what it refers to.
    needs: Vec<usize>,
    /// What a circle held back: the body of a PATCH.
    rest: Option<Value>,
    state: State,
}

#[derive(Debug, Clone)]
struct Operation {
    method: BulkMethod,
    kind: ResourceKind,
    id: Option<String>,
    data: Value,
    expected: Precondition,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Done,
    Failed,
}

impl Bulk {
    /// The most operations under way at once.
    const MAX_TOGETHER: usize = 256;

    /// Reads a body of at most `most` operations; `None` if there are more.
    ///
    /// Errors: `invalidSyntax` if it is no bulk request. What is wrong with one operation is that operation's error.
    pub fn parse(body: Value, most: usize) -> Result<Option<Self>, ScimError> {
        let Value::Object(mut body) = body else {
            return Err(ScimError::InvalidSyntax("the body is not a JSON object".to_owned()));
        };
        let errors_allowed =
            match operation::take(&mut body, "failOnErrors") {
                None | Some(Value::Null) => None,
                Some(number) => Some(number.as_u64().filter(|number| *number > 0).ok_or_else(|| {
                    ScimError::InvalidSyntax("`failOnErrors` must be a whole number above 0".to_owned())
                })?),
            };
        let Some(Value::Array(operations)) = operation::take(&mut body, "Operations") else {
            return Err(ScimError::InvalidSyntax("`Operations` must be a list of operations".to_owned()));
        };
        if operations.len() > most {
            return Ok(None);
        }
        let mut entries: Vec<Entry> = operations.into_iter().map(operation::read).collect();
        let posts = posts(&mut entries);
        entries.iter_mut().for_each(|entry| link(entry, &posts));
        Ok(Some(Self { entries, created: HashMap::new(), errors_allowed, errors: 0 }))
    }

    /// What is done next, at most [`Bulk::MAX_TOGETHER`] operations, or the index of one that is wrong and why. They may be
    /// under way at once if they are begun in this order and take effect in it: none of them refers to another, and no
    /// more are given than may yet fail. Nothing once all are settled, or as many have failed as `failOnErrors` says.
    ///
    /// All that are given are to be settled before the next are asked for.
    pub fn next_calls(&mut self) -> Vec<Result<BulkCall, (usize, ScimError)>> {
        let indices = self.ready();
        indices.into_iter().map(|index| self.call(index).map_err(|error| (index, error))).collect()
    }

    /// The operations that one after the other would also do next, in that order.
    fn ready(&self) -> Vec<usize> {
        let may_fail = self.errors_allowed.map_or(u64::MAX, |allowed| allowed.saturating_sub(self.errors));
        let most = usize::try_from(may_fail).unwrap_or(usize::MAX).min(Self::MAX_TOGETHER);
        let mut chosen: Vec<usize> = Vec::new();
        // Those before the one at hand that wait for others: what they wait for must not be overtaken.
        let mut blocked: Vec<HashSet<usize>> = Vec::new();
        for (index, entry) in self.entries.iter().enumerate().filter(|(_, entry)| entry.state == State::Waiting) {
            if chosen.len() >= most {
                break;
            }
            let missing: HashSet<usize> =
                entry.needs.iter().copied().filter(|needed| !self.is_known(*needed)).collect();
            if missing.is_empty() {
                chosen.push(index);
                let freed = |missing: &mut HashSet<usize>| missing.remove(&index) && missing.is_empty();
                if blocked.iter_mut().any(freed) {
                    break;
                }
            } else if missing.iter().all(|needed| chosen.contains(needed)) {
                break;
            } else {
                blocked.push(missing.into_iter().filter(|needed| !chosen.contains(needed)).collect());
            }
        }
        // None is ready: they wait for each other, and one that creates something is among them.
        if chosen.is_empty() && most > 0 {
            chosen.extend(self.entries.iter().position(|entry| entry.state == State::Waiting && entry.is_post()));
        }
        chosen
    }

    /// Notes what became of an operation: the id of its resource, or nothing if it failed.
    pub fn settle(&mut self, index: usize, id: Option<String>) {
        let Some(entry) = self.entries.get_mut(index) else { return };
        let Some(id) = id else {
            self.errors = self.errors.saturating_add(1);
            entry.state = State::Failed;
            return;
        };
        let (rest, bulk_id) = (entry.rest.take(), entry.bulk_id.clone());
        entry.state = State::Done;
        let Ok(operation) = &mut entry.operation else { return };
        if operation.method == BulkMethod::Post
            && let Some(bulk_id) = bulk_id
        {
            self.created.insert(bulk_id, id.clone());
        }
        if let Some(rest) = rest {
            let data = json!({ "schemas": [urn::PATCH_OP], "Operations": [{ "op": "add", "value": rest }] });
            let (kind, expected) = (operation.kind, Precondition::parse(None));
            *operation = Operation { method: BulkMethod::Patch, kind, id: Some(id), data, expected };
            entry.state = State::Waiting;
        }
    }

    /// `method` and `bulkId` of an operation, as sent.
    pub fn described(&self, index: usize) -> Map<String, Value> {
        self.entries.get(index).map(|entry| entry.described.clone()).unwrap_or_default()
    }

    /// Whether the id of what an operation creates is known, or never will be.
    fn is_known(&self, index: usize) -> bool {
        self.entries.get(index).is_none_or(|entry| match &entry.bulk_id {
            Some(bulk_id) => entry.state == State::Failed || self.created.contains_key(bulk_id),
            None => true,
        })
    }

    fn call(&mut self, index: usize) -> Result<BulkCall, ScimError> {
        let nothing = || ScimError::InvalidSyntax("there is no such operation".to_owned());
        let lost = self.lost(index);
        let entry = self.entries.get_mut(index).ok_or_else(nothing)?;
        let operation = entry.operation.as_mut().map_err(|error| error.clone())?;
        if let Some(bulk_id) = lost {
            return Err(ScimError::InvalidValue(format!("`bulkId:{}` was not created", short(&bulk_id))));
        }
        let created = &self.created;
        let resolve = |bulk_id: &str| created.get(bulk_id).cloned();
        let mut data = operation.data.clone();
        if operation.method == BulkMethod::Post {
            entry.rest = reference::cut(&mut data, &|bulk_id| !created.contains_key(bulk_id));
        }
        reference::resolve(&mut data, &resolve);
        let id = operation.id.as_deref().map(|id| match reference::whole(id) {
            Some(bulk_id) => resolve(bulk_id).unwrap_or_else(|| id.to_owned()),
            None => id.to_owned(),
        });
        let (method, kind, expected) = (operation.method, operation.kind, operation.expected.clone());
        Ok(BulkCall { index, method, kind, id, data, expected })
    }

    /// What it refers to and will never be.
    fn lost(&self, index: usize) -> Option<String> {
        let needs = &self.entries.get(index)?.needs;
        let needed = needs.iter().filter_map(|needed| self.entries.get(*needed));
        needed.filter(|needed| needed.state == State::Failed).find_map(|needed| needed.bulk_id.clone())
    }
}

impl Entry {
    fn is_post(&self) -> bool {
        self.operation.as_ref().is_ok_and(|operation| operation.method == BulkMethod::Post)
    }
}

/// The operations that create something, by `bulkId`; a second one of the same `bulkId` is wrong (§3.7.2).
fn posts(entries: &mut [Entry]) -> HashMap<String, usize> {
    let mut posts = HashMap::new();
    for (index, entry) in entries.iter_mut().enumerate() {
        let Some(bulk_id) = entry.bulk_id.clone().filter(|_| entry.is_post()) else { continue };
        match posts.entry(bulk_id) {
            Slot::Occupied(taken) => {
                let detail = format!("the bulkId `{}` is used twice", short(taken.key()));
                entry.operation = Err(ScimError::InvalidValue(detail));
            }
            Slot::Vacant(free) => {
                free.insert(index);
            }
        }
    }
    posts
}

/// Finds what an operation refers to.
fn link(entry: &mut Entry, posts: &HashMap<String, usize>) {
    let Ok(operation) = &entry.operation else { return };
    let mut wanted = reference::of(&operation.data);
    wanted.extend(operation.id.as_deref().and_then(reference::whole).map(str::to_owned));
    let unknown = wanted.iter().find(|bulk_id| !posts.contains_key(*bulk_id));
    if let Some(bulk_id) = unknown {
        let detail = format!("no operation creates `bulkId:{}`", short(bulk_id));
        entry.operation = Err(ScimError::InvalidValue(detail));
        return;
    }
    entry.needs = wanted.iter().filter_map(|bulk_id| posts.get(bulk_id).copied()).collect();
    entry.needs.sort_unstable();
    entry.needs.dedup();
}
