//! Custom roles: made by ticking the palette or cloning another role. Whoever makes one puts into it only what they
//! hold; what is taken out of one is gone for its holders with the next decision.

use super::provisioning::check_version;
use crate::scim::Precondition;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::entitlements::{check_may_give, check_may_take, rule_changed, rule_of, scope_of};
use super::impact::{self, Comparison, Crowd, Impact, Page};
use super::mappings::check_taker;
use super::{Gateway, GatewayError};
use crate::access::{CustomRole, CustomRoleError, Grant, HolderKind, PermissionSet, Policy, RoleOrigin, Scope};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::model::{Attribution, OrganizationId, Timestamp};
use crate::store::role_versions::{self, RoleVersionRow};
use crate::store::roles::{self, RoleRow};
use crate::store::{Audited, Conn, StoreError, WriteTx, assignments, organizations, rules};

/// At most so many custom roles: each policy that is remembered holds them all.
const MAX_ROLES: usize = 500;
/// How much of what a change means is told with the change itself.
const TOLD: Page = Page { offset: 0, limit: 500 };

/// A custom role as somebody writes it.
#[derive(Debug, Clone)]
pub struct RoleDraft {
    pub title: String,
    /// Keys and patterns (`ticket.*`); the patterns become the keys that they match now.
    pub permissions: Vec<String>,
    /// Those of them that hold in the whole organization whatever scope the role is given in; `None`: those that do so
    /// in the role that is cloned or changed.
    pub everywhere: Option<Vec<String>>,
    /// A role whose permissions this one begins with.
    pub clone_of: Option<String>,
}

/// A custom role as it is shown.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct CustomRoleView {
    pub key: String,
    pub title: String,
    pub permissions: Vec<String>,
    /// Those of them that hold in the whole organization, whatever scope the role is given in.
    pub everywhere: Vec<String>,
    pub version: i64,
    pub origin: Option<OriginView>,
}

/// What a role was cloned from.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct OriginView {
    pub role: String,
    /// Of a custom role its number, of a built-in one the version of the catalogue.
    pub version: String,
    /// How the role differs from what its origin was when it was cloned.
    pub difference_to_origin: OriginDifference,
}

/// What a clone has more and less than its origin had.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct OriginDifference {
    pub added: Vec<String>,
    pub removed: Vec<String>,
}

/// A version of a custom role.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct RoleVersionView {
    pub version: i64,
    pub title: String,
    pub permissions: Vec<String>,
    pub changed_by: String,
    pub changed_at: String,
}

/// A change of a role that is tried without being made.
#[derive(Debug, Clone)]
pub enum RoleProposal {
    Change(RoleDraft),
    Delete,
}

/// What a change of a role means for those who hold it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Affected {
    /// How many people hold the role.
    pub holders: usize,
    #[serde(flatten)]
    pub impact: Impact,
}

/// A custom role as stored.
fn read(row: &RoleRow) -> Result<CustomRole, StoreError> {
    let corrupt = |error: serde_json::Error| StoreError::Corrupt(format!("role {}: {error}", row.role_key));
    Ok(CustomRole {
        key: row.role_key.clone(),
        title: row.title.clone(),
        permissions: serde_json::from_str(&row.permissions).map_err(corrupt)?,
        everywhere: serde_json::from_str(&row.everywhere).map_err(corrupt)?,
        version: row.version,
        origin: row.origin.as_deref().map(serde_json::from_str).transpose().map_err(corrupt)?,
    })
}

/// The organization's custom roles as stored.
pub(super) fn custom_roles(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<CustomRole>, GatewayError> {
    Ok(roles::all(conn, organization)?.iter().map(read).collect::<Result<_, StoreError>>()?)
}

fn version_view(row: RoleVersionRow) -> Result<RoleVersionView, GatewayError> {
    let corrupt = |error| StoreError::Corrupt(format!("version {} of role {}: {error}", row.version, row.role_key));
    Ok(RoleVersionView {
        version: row.version,
        permissions: serde_json::from_str(&row.permissions).map_err(corrupt)?,
        title: row.title,
        changed_by: row.changed_by,
        changed_at: Timestamp::from_micros(row.changed_at).rfc3339(),
    })
}

fn view(row: &RoleRow) -> Result<CustomRoleView, StoreError> {
    let role = read(row)?;
    let without = |all: &[String], some: &[String]| all.iter().filter(|key| !some.contains(key)).cloned().collect();
    let origin = role.origin.map(|origin| OriginView {
        difference_to_origin: OriginDifference {
            added: without(&role.permissions, &origin.permissions),
            removed: without(&origin.permissions, &role.permissions),
        },
        role: origin.role,
        version: origin.version,
    });
    let (key, title, permissions, everywhere) = (role.key, role.title, role.permissions, role.everywhere);
    Ok(CustomRoleView { key, title, permissions, everywhere, version: role.version, origin })
}

impl RoleDraft {
    /// The role that the draft describes, if there can be such a role.
    fn role(&self, key: &str, policy: &Policy) -> Result<CustomRole, GatewayError> {
        if !policy.has_custom_roles() {
            let plan = policy.plan.as_deref().unwrap_or("none");
            return Err(GatewayError::Forbidden(format!("the plan (`{plan}`) has no custom roles")));
        }
        let catalogue = &policy.catalogue;
        let origin = self.clone_of.as_deref().map(|origin| origin_of(policy, origin)).transpose()?;
        let stand = policy.custom_roles.iter().find(|role| role.key == key);
        let mut set = set_of(policy, &self.permissions)?;
        set.union_with(&origin.as_ref().map(|origin| known(policy, &origin.permissions)).unwrap_or_default());
        let everywhere = match (&self.everywhere, &origin, stand) {
            (Some(patterns), _, _) => set_of(policy, patterns)?,
            (None, Some(origin), _) => known(policy, &origin.everywhere),
            (None, None, Some(stand)) => known(policy, &stand.everywhere),
            (None, None, None) => PermissionSet::new(),
        };
        let role = CustomRole {
            key: key.to_owned(),
            title: super::organizations::checked_name("a role's title", &self.title)?,
            permissions: catalogue.keys(&set),
            everywhere: catalogue.keys(&everywhere.and(&set)),
            version: 1,
            origin,
        };
        role.check(catalogue).map_err(|error| match error {
            CustomRoleError::Reserved { .. } => GatewayError::Forbidden(error.to_string()),
            CustomRoleError::Key(_) | CustomRoleError::BuiltIn(_) | CustomRoleError::Permission(..) => {
                GatewayError::Invalid(error.to_string())
            }
        })?;
        Ok(role)
    }
}

/// The role of this key as it is now, to be cloned.
fn origin_of(policy: &Policy, key: &str) -> Result<RoleOrigin, GatewayError> {
    let catalogue = &policy.catalogue;
    let key = key.to_owned();
    if let Some(role) = catalogue.role(&key) {
        let (permissions, everywhere) = (catalogue.keys(&role.permissions), catalogue.keys(&role.everywhere));
        return Ok(RoleOrigin { role: key, version: catalogue.version().to_owned(), permissions, everywhere });
    }
    let Some(role) = policy.custom_roles.iter().find(|known| known.key == key) else {
        let quoted: String = key.chars().take(64).collect();
        return Err(GatewayError::Invalid(format!("`{quoted}` is no role that could be cloned")));
    };
    let (permissions, everywhere) = (role.permissions.clone(), role.everywhere.clone());
    Ok(RoleOrigin { role: key, version: role.version.to_string(), permissions, everywhere })
}

/// What these keys and patterns mean now.
fn set_of(policy: &Policy, patterns: &[String]) -> Result<PermissionSet, GatewayError> {
    let mut set = PermissionSet::new();
    for pattern in patterns {
        let found = policy.catalogue.matching(pattern);
        if found.is_empty() {
            let quoted: String = pattern.chars().take(128).collect();
            let hint = policy.catalogue.nearest_pattern(pattern);
            let hint = hint.map(|key| format!("; did you mean `{key}`?")).unwrap_or_default();
            return Err(GatewayError::Invalid(format!("`{quoted}` is no permission of this catalogue{hint}")));
        }
        set.union_with(&found);
    }
    Ok(set)
}

/// Those of these keys that the catalogue still has.
fn known(policy: &Policy, keys: &[String]) -> PermissionSet {
    keys.iter().filter_map(|key| policy.catalogue.permission(key)).collect()
}

impl Gateway {
    /// All custom roles, by key.
    pub async fn list_roles(
        self: &Arc<Self>,
        organization: OrganizationId,
    ) -> Result<Vec<CustomRoleView>, GatewayError> {
        self.store
            .read(move |conn| {
                Ok(roles::all(conn, organization)?.iter().map(view).collect::<Result<Vec<_>, StoreError>>()?)
            })
            .await
    }

    /// One custom role.
    pub async fn custom_role(
        self: &Arc<Self>,
        organization: OrganizationId,
        key: String,
    ) -> Result<CustomRoleView, GatewayError> {
        let row =
            self.store.read(move |conn| Ok::<_, StoreError>((roles::by_key(conn, organization, &key)?, key))).await?;
        let (row, key) = row;
        Ok(view(&row.ok_or_else(|| GatewayError::not_found("custom role", key))?)?)
    }

    /// Makes a role.
    pub async fn create_role(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        key: String,
        draft: RoleDraft,
    ) -> Result<CustomRoleView, GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            let role = draft.role(&key, &policy)?;
            if policy.custom_roles.iter().any(|known| known.key == role.key) {
                return Err(GatewayError::Taken(format!("there is already a role `{}`", role.key)));
            }
            if policy.custom_roles.len() >= MAX_ROLES {
                return Err(GatewayError::Invalid(format!("an organization has at most {MAX_ROLES} custom roles")));
            }
            check_maker(tx, &policy, &role.permissions)?;
            let now = tx.now().micros();
            let row = RoleRow {
                organization_id: organization.to_string(),
                role_key: role.key,
                title: role.title,
                permissions: json!(role.permissions).to_string(),
                version: 1,
                created_at: now,
                changed_at: now,
                everywhere: json!(role.everywhere).to_string(),
                origin: role.origin.map(|origin| json!(origin).to_string()),
            };
            roles::insert(tx, row.clone())?;
            let shown = view(&row)?;
            let event =
                Event::new(Action::RoleCreated, target(&row)).with_difference(Difference::created(&told(&shown)));
            Ok(Audited::new(shown, event))
        })
        .await
    }

    /// Gives a role another title and other permissions, at once for all who hold it.
    pub async fn change_role(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        key: String,
        expected: Precondition,
        draft: RoleDraft,
    ) -> Result<(CustomRoleView, Affected), GatewayError> {
        let gateway = Arc::clone(self);
        let policy = self.policy(organization).await?;
        let proposed = draft.role(&key, &policy)?;
        let affected = self.affected(organization, &policy, &key, Some(proposed), TOLD).await?;
        let changed = self
            .change(organization, by, move |tx| {
                let policy = gateway.read_policy(tx.conn(), organization)?;
                let before = row_of(tx, organization, &key)?;
                check_version("role", &expected, before.version)?;
                let role = draft.role(&key, &policy)?;
                let had = read(&before)?;
                let is_new = |key: &&String| !had.permissions.contains(key);
                let is_wider = |key: &&String| !had.everywhere.contains(key);
                let added = role.permissions.iter().filter(is_new).chain(role.everywhere.iter().filter(is_wider));
                let added: Vec<String> = added.cloned().collect();
                check_maker(tx, &policy, &added)?;
                let mut after = RoleRow {
                    title: role.title,
                    permissions: json!(role.permissions).to_string(),
                    everywhere: json!(role.everywhere).to_string(),
                    changed_at: tx.now().micros(),
                    ..before.clone()
                };
                let (old, new) = (view(&before)?, view(&after)?);
                if told(&old) == told(&new) {
                    return Ok(Audited::unchanged(old));
                }
                roles::update(tx, &after)?;
                after.version += 1;
                let event = Event::new(Action::RoleChanged, target(&after))
                    .with_difference(Difference::between(&told(&old), &told(&new)));
                Ok::<_, GatewayError>(Audited::new(view(&after)?, event))
            })
            .await?;
        Ok((changed, affected))
    }

    /// Takes a role away, and with it the rules and assignments that give it, so that a later role of the same key
    /// begins with nobody.
    pub async fn delete_role(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        key: String,
        expected: Precondition,
    ) -> Result<Affected, GatewayError> {
        let gateway = Arc::clone(self);
        let policy = self.policy(organization).await?;
        let affected = self.affected(organization, &policy, &key, None, TOLD).await?;
        self.change(organization, by, move |tx| {
            let row = row_of(tx, organization, &key)?;
            check_version("role", &expected, row.version)?;
            let policy = gateway.read_policy(tx.conn(), organization)?;
            check_unmaker(tx, &policy, &key)?;
            let mut ended_rules = Vec::new();
            for rule in rules::all(tx.conn(), organization)?.into_iter().filter(|rule| rule.role == key) {
                rules::delete(tx, &rule)?;
                rule_changed(tx, rule.id, None, &gateway)?;
                ended_rules.push(rule.id);
            }
            let held = assignments::of_role(tx.conn(), organization, &key)?;
            assignments::delete(tx, &held)?;
            if let Some(mut own) = organizations::by_id(tx.conn(), organization)?
                && own.default_role.as_deref() == Some(key.as_str())
            {
                own.default_role = None;
                organizations::update_policy(tx, &own)?;
            }
            roles::delete(tx, &row)?;
            let event = Event::new(Action::RoleDeleted, target(&row))
                .with_difference(Difference::deleted(&told(&view(&row)?)))
                .with_detail(json!({ "assignments": held.len(), "mapping_rules": ended_rules }));
            Ok::<_, GatewayError>(Audited::new((), event))
        })
        .await?;
        Ok(affected)
    }

    /// What a change of the role, or its end, would mean for those who hold it, without making it.
    pub async fn preview_role(
        self: &Arc<Self>,
        organization: OrganizationId,
        key: String,
        proposal: RoleProposal,
        page: Page,
    ) -> Result<Affected, GatewayError> {
        let policy = self.policy(organization).await?;
        if policy.custom_roles.iter().all(|role| role.key != key) {
            return Err(GatewayError::not_found("custom role", key));
        }
        let after = match proposal {
            RoleProposal::Change(draft) => Some(draft.role(&key, &policy)?),
            RoleProposal::Delete => None,
        };
        self.affected(organization, &policy, &key, after, page).await
    }

    /// What a role has been, the newest first; at most a hundred, before `before` if that is given.
    pub async fn role_versions(
        self: &Arc<Self>,
        organization: OrganizationId,
        key: String,
        before: Option<i64>,
    ) -> Result<Vec<RoleVersionView>, GatewayError> {
        self.store
            .read(move |conn| {
                roles::by_key(conn, organization, &key)?.ok_or_else(|| GatewayError::not_found("custom role", &key))?;
                role_versions::of_role(conn, organization, &key, before)?.into_iter().map(version_view).collect()
            })
            .await
    }

    /// Makes a role what it was in an earlier version, as a change like any other.
    pub async fn roll_role_back(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        key: String,
        version: i64,
    ) -> Result<(CustomRoleView, Affected), GatewayError> {
        let of = key.clone();
        let row = self.store.read(move |conn| role_versions::one(conn, organization, &of, version)).await?;
        let row = row.ok_or_else(|| GatewayError::not_found("version of the custom role", version))?;
        let RoleVersionView { title, permissions, .. } = version_view(row)?;
        self.change_role(
            by,
            organization,
            key,
            Precondition::default(),
            RoleDraft { title, permissions, everywhere: None, clone_of: None },
        )
        .await
    }

    /// Who holds the role, and what they gain and lose if it becomes `after`, or ends.
    async fn affected(
        self: &Arc<Self>,
        organization: OrganizationId,
        policy: &Arc<Policy>,
        key: &str,
        after: Option<CustomRole>,
        page: Page,
    ) -> Result<Affected, GatewayError> {
        let (before, key, now) = (Arc::clone(policy), key.to_owned(), self.now());
        self.store
            .read(move |conn| {
                let is_default = before.default_role.as_deref() == Some(key.as_str());
                let held = assignments::of_role(conn, organization, &key)?.into_iter().map(|held| held.holder_id);
                let crowd = if is_default { Crowd::Everybody } else { Crowd::Under(held.collect()) };
                let mut changed = Policy::clone(&before);
                let ends = after.is_none();
                changed.default_role = changed.default_role.filter(|role| !ends || *role != key);
                changed.custom_roles.retain(|role| role.key != key);
                changed.custom_roles.extend(after);
                let mut holders = 0;
                let comparison = Comparison { organization, before: &before, after: &changed, now, page };
                let impact = comparison.impact(conn, crowd, |standing| {
                    holders += usize::from(impact::holds(&before, &standing.facts, &key, now));
                    let mut facts = standing.facts.clone();
                    facts.assignments.retain(|held| !ends || held.role != key);
                    facts
                })?;
                Ok(Affected { holders, impact })
            })
            .await
    }
}

/// A person puts into a role only what they hold everywhere and for good; a key of the organization holds everything.
fn check_maker(tx: &mut WriteTx<'_>, policy: &Policy, permissions: &[String]) -> Result<(), GatewayError> {
    check_may_give(tx, policy, &Grant::Set { permissions }, None)
}

/// A person takes a role away only from those to whom they could give it, wherever they hold it and by whatever rule.
fn check_unmaker(tx: &mut WriteTx<'_>, policy: &Policy, role: &str) -> Result<(), GatewayError> {
    let organization = tx.organization();
    for rule in rules::all(tx.conn(), organization)?.iter().filter(|rule| rule.role == role) {
        check_taker(tx, policy, &rule_of(rule)?)?;
    }
    let held = assignments::of_role(tx.conn(), organization, role)?.into_iter().filter(|row| row.rule_id.is_none());
    let mut scopes: BTreeSet<String> = held.map(|row| row.scope).collect();
    if policy.default_role.as_deref() == Some(role) {
        scopes.insert(Scope::Organization.to_string());
    }
    for scope in &scopes {
        let grant = Grant::Role { role, scope: &scope_of(scope)?, to: HolderKind::Person };
        check_may_take(tx, policy, &grant)?;
    }
    Ok(())
}

fn row_of(tx: &mut WriteTx<'_>, organization: OrganizationId, key: &str) -> Result<RoleRow, GatewayError> {
    roles::by_key(tx.conn(), organization, key)?.ok_or_else(|| GatewayError::not_found("custom role", key))
}

fn target(row: &RoleRow) -> Target {
    Target::new(TargetKind::Role, &row.role_key).named(&row.title)
}

fn told(role: &CustomRoleView) -> Value {
    let origin = role.origin.as_ref().map(|origin| &origin.role);
    json!({ "title": role.title, "permissions": role.permissions, "everywhere": role.everywhere, "clone_of": origin })
}
