//! Another catalogue for an organization that runs one: what it would do, and doing it.
//!
//! Roles, rules, exceptions, shares and scopes name what the catalogue declares. A catalogue that no longer declares
//! something that is in use is refused with all that it would orphan: nobody loses anything because a name was changed.

use std::sync::Arc;

use serde_json::json;

use super::entitlements::{Floor, facts_of, rule_of};
use super::impact::{Comparison, Crowd, Impact, Page};
use super::settings::check_founds;
use super::{Gateway, GatewayError};
use crate::access::{Catalogue, HolderLimit, Policy, Scope};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::model::{Actor, Attribution, Digest, OrganizationId};
use crate::store::organizations::{self, OrganizationRow};
use crate::store::{
    Audited, Conn, StoreError, WriteTx, assignments, catalogue_versions, overrides, rules, scopes, shares, users,
};

/// So many failed checks and orphans are told.
const MAX_TOLD: usize = 100;
/// How much of what a catalogue does is told once it is applied.
const TOLD: Page = Page { offset: 0, limit: 100 };

/// Which catalogue.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct CatalogueName {
    pub key: String,
    pub title: String,
    /// SHA-256 of its text.
    pub digest: String,
}

/// What another catalogue would do.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct CatalogueImpact {
    pub from: CatalogueName,
    pub to: CatalogueName,
    /// What is in use and would no longer be declared; while there is anything, the catalogue is refused.
    pub orphans: Vec<String>,
    #[serde(flatten)]
    pub impact: Impact,
}

fn name_of(catalogue: &Catalogue, text: &str) -> CatalogueName {
    CatalogueName {
        key: catalogue.key().to_owned(),
        title: catalogue.title().to_owned(),
        digest: Digest::of(text.as_bytes()).hex(),
    }
}

/// A catalogue that can be read and holds what it says of itself.
fn read(text: &str) -> Result<Arc<Catalogue>, GatewayError> {
    let catalogue = Catalogue::parse(text, "catalogue")?;
    let failures: Vec<String> = catalogue.check().iter().take(MAX_TOLD).map(ToString::to_string).collect();
    if !failures.is_empty() {
        return Err(GatewayError::Invalid(format!("the catalogue fails its own checks: {}", failures.join("; "))));
    }
    Ok(Arc::new(catalogue))
}

impl Gateway {
    /// The organization of this name or id; the only one where none is named. For the command line.
    pub async fn organization_named(self: &Arc<Self>, wanted: Option<&str>) -> Result<OrganizationId, GatewayError> {
        let wanted = wanted.map(str::to_owned);
        self.store
            .read(move |conn| {
                let all = organizations::all(conn)?;
                let found = match &wanted {
                    Some(wanted) => all.iter().find(|row| row.name == *wanted || row.id.to_string() == *wanted),
                    None => all.first().filter(|_| all.len() == 1),
                };
                let names = all.iter().map(|row| format!("`{}`", row.name)).collect::<Vec<_>>().join(", ");
                let refused = || GatewayError::Invalid(format!("say which organization with --organization: {names}"));
                found.map(|row| row.id).ok_or_else(refused)
            })
            .await
    }

    /// The organization's catalogue and its text.
    pub async fn catalogue(
        self: &Arc<Self>,
        organization: OrganizationId,
    ) -> Result<(CatalogueName, String), GatewayError> {
        let gateway = Arc::clone(self);
        self.store
            .read(move |conn| {
                let row = row_of(conn, organization)?;
                let policy = gateway.read_policy(conn, organization)?;
                Ok((name_of(&policy.catalogue, &row.catalogue), row.catalogue))
            })
            .await
    }

    /// What this catalogue would do in the place of the one that stands.
    pub async fn preview_catalogue(
        self: &Arc<Self>,
        organization: OrganizationId,
        text: String,
        page: Page,
    ) -> Result<CatalogueImpact, GatewayError> {
        let new = read(&text)?;
        let (gateway, now) = (Arc::clone(self), self.now());
        self.store
            .read(move |conn| {
                let row = row_of(conn, organization)?;
                let before = gateway.read_policy(conn, organization)?;
                let after = under(&before, &new);
                let comparison = Comparison { organization, before: &before, after: &after, now, page };
                Ok(CatalogueImpact {
                    from: name_of(&before.catalogue, &row.catalogue),
                    to: name_of(&new, &text),
                    orphans: orphans(conn, &row, &after)?,
                    impact: comparison.impact(conn, Crowd::Everybody, |standing| standing.facts.clone())?,
                })
            })
            .await
    }

    /// Puts this catalogue in the place of the one that stands, at once for everybody; answers what that has done.
    pub async fn apply_catalogue(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        text: String,
    ) -> Result<CatalogueImpact, GatewayError> {
        let told = self.preview_catalogue(organization, text.clone(), TOLD).await?;
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let new = read(&text)?;
            let before = gateway.read_policy(tx.conn(), organization)?;
            check_chooser(tx, &before)?;
            let row = row_of(tx.conn(), organization)?;
            if row.catalogue == text {
                return Ok(Audited::unchanged(told));
            }
            let orphans = orphans(tx.conn(), &row, &under(&before, &new))?;
            if !orphans.is_empty() {
                return Err(GatewayError::InUse(orphans));
            }
            let (from, to) = (name_of(&before.catalogue, &row.catalogue), name_of(&new, &text));
            catalogue_versions::keep(tx, &row.catalogue)?;
            catalogue_versions::keep(tx, &text)?;
            let floor = Floor::whole(&gateway, tx)?;
            organizations::update_policy(tx, &OrganizationRow { catalogue: text, ..row })?;
            floor.check(&gateway, tx)?;
            let target = Target::new(TargetKind::Catalogue, &to.key).named(&to.title);
            let event = Event::new(Action::CatalogueApplied, target)
                .with_difference(Difference::between(&json!(from), &json!(to)))
                .with_detail(json!({ "before": from.digest, "after": to.digest }));
            Ok::<_, GatewayError>(Audited::new(told, event))
        })
        .await
    }
}

fn row_of(conn: &mut Conn, organization: OrganizationId) -> Result<OrganizationRow, GatewayError> {
    organizations::by_id(conn, organization)?.ok_or_else(|| GatewayError::not_found("organization", organization))
}

fn under(policy: &Policy, catalogue: &Arc<Catalogue>) -> Policy {
    Policy { catalogue: Arc::clone(catalogue), ..policy.clone() }
}

/// A catalogue says what every role may do: a person who chooses it holds the role that the organization began with.
fn check_chooser(tx: &mut WriteTx<'_>, policy: &Policy) -> Result<(), GatewayError> {
    let (organization, now) = (tx.organization(), tx.now());
    let Actor::User(user) = *tx.actor() else { return Ok(()) };
    let row = users::by_id(tx.conn(), organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))?;
    check_founds(policy, &facts_of(tx.conn(), &row)?, now, "the catalogue is")
}

/// What is in use and not declared by the catalogue of `after`, each in one sentence.
fn orphans(conn: &mut Conn, row: &OrganizationRow, after: &Policy) -> Result<Vec<String>, GatewayError> {
    let mut orphans = chosen(row, after);
    orphans
        .extend(after.custom_roles.iter().filter_map(|role| role.check(&after.catalogue).err()).map(|e| e.to_string()));
    orphans.extend(orphaned_roles(conn, row, after)?);
    for rule in rules::all(conn, row.id)? {
        let refused = rule_of(&rule)?.check(&after.catalogue, &after.custom_roles).err();
        orphans.extend(refused.map(|problem| format!("mapping rule {}: {problem}", rule.id)));
    }
    orphans.extend(orphaned_exceptions(conn, row, after)?);
    orphans.extend(orphaned_scopes(conn, row, after)?);
    for (kind, level) in shares::levels(conn, row.id)? {
        if after.catalogue.resource_type(&kind).and_then(|kind| kind.level(&level)).is_none() {
            orphans.push(format!("shares of `{level}` on `{kind}`"));
        }
    }
    orphans.sort();
    let more = orphans.len().saturating_sub(MAX_TOLD);
    orphans.truncate(MAX_TOLD);
    orphans.extend((more > 0).then(|| format!("and {more} more")));
    Ok(orphans)
}

/// What the organization has chosen.
fn chosen(row: &OrganizationRow, after: &Policy) -> Vec<String> {
    let plan = row.plan.iter().filter(|plan| !after.catalogue.plans().contains(plan));
    let is_role =
        |key: &String| after.catalogue.role(key).is_some() || after.custom_roles.iter().any(|role| role.key == *key);
    let default = row.default_role.iter().filter(|role| !is_role(role));
    plan.map(|plan| format!("the plan `{plan}`"))
        .chain(default.map(|role| format!("the default role `{role}`")))
        .collect()
}

fn orphaned_roles(conn: &mut Conn, row: &OrganizationRow, after: &Policy) -> Result<Vec<String>, StoreError> {
    let told = |(role, count): (String, i64)| match after.catalogue.role(&role) {
        Some(known) if known.holders == HolderLimit::ExactlyOne && count > 1 => {
            Some(format!("`{role}` would have exactly one holder and has {count}"))
        }
        Some(_) => None,
        None if after.custom_roles.iter().any(|custom| custom.key == role) => None,
        None => Some(format!("the role `{role}`, given {count} times")),
    };
    Ok(assignments::roles(conn, row.id)?.into_iter().filter_map(told).collect())
}

fn orphaned_exceptions(conn: &mut Conn, row: &OrganizationRow, after: &Policy) -> Result<Vec<String>, StoreError> {
    let mut orphans = Vec::new();
    for (permission, effect) in overrides::permissions(conn, row.id)? {
        if after.catalogue.permission(&permission).is_none() {
            orphans.push(format!("overrides of `{permission}`"));
        } else if effect == "deny" && !after.catalogue.allows_deny() {
            orphans.push(format!("denials of `{permission}`: the catalogue would be additive"));
        }
    }
    Ok(orphans)
}

fn orphaned_scopes(conn: &mut Conn, row: &OrganizationRow, after: &Policy) -> Result<Vec<String>, StoreError> {
    let mut named = assignments::scopes(conn, row.id)?;
    named.extend(overrides::scopes(conn, row.id)?);
    let links = scopes::all(conn, row.id)?;
    named.extend(links.iter().map(|link| link.scope.clone()));
    named.sort_unstable();
    named.dedup();
    let known = |text: &String| Scope::parse(text).is_ok_and(|scope| after.catalogue.knows_scope(&scope));
    let mut orphans: Vec<String> =
        named.iter().filter(|text| !known(text)).map(|text| format!("the scope `{text}`")).collect();
    for link in links.iter().filter(|link| known(&link.scope)) {
        let (scope, parent) = (Scope::parse(&link.scope), Scope::parse(&link.parent));
        if !matches!((scope, parent), (Ok(scope), Ok(parent)) if after.catalogue.allows_link(&scope, &parent)) {
            orphans.push(format!("the place of `{}` under `{}`", link.scope, link.parent));
        }
    }
    Ok(orphans)
}
