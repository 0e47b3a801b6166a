//! What the entries of a log add up to: the rows that decide, as they stood after the last of them.

mod grants;
mod people;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::reading::{Reading, texts};
use super::told::Told;
use crate::access::{CustomRole, Scope};
use crate::domain::GatewayError;
use crate::domain::entitlements::{Chosen, Rows};
use crate::store::users::PersonRow;

/// An organization as it was.
#[derive(Debug, Default)]
pub struct World {
    /// How many entries of the log it is made of.
    pub entries: i64,
    /// The digest of the catalogue; none before the organization was made.
    pub catalogue: Option<String>,
    pub chosen: Chosen,
    pub roles: BTreeMap<String, CustomRole>,
    /// Each declared scope and what it lay under.
    pub scopes: BTreeMap<String, String>,
    /// By id.
    pub people: BTreeMap<String, PersonRow>,
    pub rows: Rows,
    /// The members of each group.
    members: HashMap<String, BTreeSet<String>>,
    rules: HashMap<String, RuleState>,
}

/// What of a mapping rule is needed to tell what it gave.
#[derive(Debug, Clone, Default)]
struct RuleState {
    version: i64,
    priority: i32,
}

impl World {
    /// Adds what one entry tells.
    pub fn hear(&mut self, told: Told, entry: &Reading) -> Result<(), GatewayError> {
        match told {
            Told::Founded => self.founded(entry),
            Told::Catalogue => {
                self.catalogue = Some(entry.text(&entry.detail, "after")?);
                Ok(())
            }
            Told::Settings => {
                self.settings(&entry.after);
                Ok(())
            }
            Told::PersonCame => self.person_came(entry),
            Told::PersonChanged => self.person_changed(entry),
            Told::PersonSettled => self.person_settled(entry),
            Told::PersonHeld => self.person_held(entry),
            Told::PersonSuspended => self.person_suspended(entry, true),
            Told::PersonRestored => self.person_suspended(entry, false),
            Told::AccountCame => self.account_came(entry),
            Told::HolderGone => {
                self.holder_gone(entry.target());
                Ok(())
            }
            Told::GroupCame => self.group_came(entry),
            Told::GroupChanged => self.group_changed(entry),
            Told::GroupGone => {
                self.group_gone(entry.target());
                Ok(())
            }
            Told::GroupsJoined => self.groups_joined(entry),
            Told::GroupsLeft => self.groups_left(entry),
            Told::DirectoryGone => self.directory_gone(entry),
            Told::RuleWritten => self.rule_written(entry),
            Told::RuleGone => {
                self.rule_gone(entry.target());
                Ok(())
            }
            Told::RoleWritten => self.role_written(entry),
            Told::RoleGone => {
                self.role_gone(entry);
                Ok(())
            }
            Told::ScopePlaced => {
                self.scopes.insert(entry.target().to_owned(), entry.text(&entry.after, "parent")?);
                Ok(())
            }
            Told::ScopeGone => {
                self.scopes.remove(entry.target());
                Ok(())
            }
            Told::RoleGiven => self.role_given(entry),
            Told::RoleEnded => self.role_ended(entry),
            Told::OwnerMade => self.owner_made(entry),
            Told::OwnerTransferred => self.owner_transferred(entry),
            Told::Exceptions => self.exceptions(entry),
            Told::Shared => self.shared(entry),
            Told::ShareEnded => self.share_ended(entry),
        }
    }

    fn founded(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        self.catalogue = Some(entry.text(&entry.detail, "digest")?);
        self.chosen.mapping_mode = "union".to_owned();
        self.settings(&entry.detail);
        Ok(())
    }

    /// What is not named stays.
    fn settings(&mut self, told: &Value) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        if let Some(plan) = told.get("plan") {
            self.chosen.plan = text(plan);
        }
        if let Some(mode) = told.get("mapping_mode").and_then(text) {
            self.chosen.mapping_mode = mode;
        }
        if let Some(role) = told.get("default_role") {
            self.chosen.default_role = text(role);
        }
    }

    fn role_written(&mut self, entry: &Reading) -> Result<(), GatewayError> {
        let key = entry.target().to_owned();
        let mut role = match self.roles.remove(&key) {
            Some(role) => role,
            None => CustomRole {
                title: entry.text(&entry.after, "title")?,
                key: key.clone(),
                permissions: Vec::new(),
                everywhere: Vec::new(),
                version: 0,
                origin: None,
            },
        };
        role.version += 1;
        if let Some(permissions) = entry.after.get("permissions") {
            role.permissions = texts(permissions);
        }
        if let Some(everywhere) = entry.after.get("everywhere") {
            role.everywhere = texts(everywhere);
        }
        self.roles.insert(key, role);
        Ok(())
    }

    /// With the rules that gave it, the assignments of it, and its place as the default role.
    fn role_gone(&mut self, entry: &Reading) {
        let key = entry.target();
        for rule in entry.detail.get("mapping_rules").map(texts).unwrap_or_default() {
            self.rule_gone(&rule);
        }
        for held in self.rows.assignments.values_mut() {
            held.retain(|row| row.role != key);
        }
        if self.chosen.default_role.as_deref() == Some(key) {
            self.chosen.default_role = None;
        }
        self.roles.remove(key);
    }

    /// Scopes that rules made lie directly under the organization.
    fn scopes_made(&mut self, derived: &Value) {
        let made = derived.get("scopes_made").map(texts).unwrap_or_default();
        self.scopes.extend(made.into_iter().map(|scope| (scope, Scope::Organization.to_string())));
    }
}
