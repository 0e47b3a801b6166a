//! The tree of scopes. A scope need not be declared to be used: it then lies directly under the organization. Declaring
//! it makes it known, and puts it under another one; what holds there then holds in it too, from the next decision on.

use std::sync::Arc;

use serde_json::json;

use super::entitlements::{check_may_move, scope_of};
use super::{Gateway, GatewayError};
use crate::access::{MadeBy, Scope, ScopeTree};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::model::{Attribution, OrganizationId};
use crate::store::scopes::{self, ScopeRow};
use crate::store::{Audited, Conn, StoreError, WriteTx};

/// At most so many declared scopes: each policy that is remembered holds the tree.
pub(super) const MAX_SCOPES: usize = 20_000;

/// A declared scope as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ScopeView {
    pub scope: String,
    pub parent: String,
}

/// The declared scopes as stored, each with what it lies under.
pub(super) fn declared(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<(Scope, Scope)>, GatewayError> {
    let read = |text: &str| Scope::parse(text).map_err(|error| corrupt(&error));
    let rows = scopes::all(conn, organization)?;
    let links = rows.iter().map(|row| Ok((read(&row.scope)?, read(&row.parent)?)));
    Ok(links.collect::<Result<Vec<_>, StoreError>>()?)
}

/// The tree that declared scopes make.
pub(super) fn tree(declared: &[(Scope, Scope)]) -> Result<ScopeTree, GatewayError> {
    Ok(ScopeTree::from_links(declared.iter().cloned()).map_err(|error| corrupt(&error))?)
}

fn corrupt(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("the scopes: {error}"))
}

/// Declares a scope that there is not yet, directly under the organization. The audit is told by whoever needs it.
pub(super) fn declare(tx: &mut WriteTx<'_>, scope: &Scope) -> Result<(), GatewayError> {
    let row = ScopeRow {
        organization_id: tx.organization().to_string(),
        scope: scope.to_string(),
        parent: Scope::Organization.to_string(),
        created_at: tx.now().micros(),
    };
    Ok(scopes::insert(tx, row)?)
}

impl Gateway {
    /// All declared scopes.
    pub async fn list_scopes(self: &Arc<Self>, organization: OrganizationId) -> Result<Vec<ScopeView>, GatewayError> {
        let rows = self.store.read(move |conn| scopes::all(conn, organization)).await?;
        let view = |row: ScopeRow| ScopeView { scope: row.scope, parent: row.parent };
        Ok(rows.into_iter().map(view).collect::<Vec<_>>())
    }

    /// Declares a scope, or moves one that is declared already.
    pub async fn put_scope(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        scope: Scope,
        parent: Scope,
    ) -> Result<ScopeView, GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            if scope == Scope::Organization {
                return Err(crate::access::ScopeError::Root.into());
            }
            if !policy.catalogue.allows_link(&scope, &parent) {
                return Err(GatewayError::Invalid(format!("`{scope}` cannot lie under `{parent}` in this catalogue")));
            }
            let rows = scopes::all(tx.conn(), organization)?;
            if !policy.catalogue.is_made_by(&scope, MadeBy::Api) {
                let kind = scope.kind();
                return Err(GatewayError::Invalid(format!(
                    "the catalogue has all there are of `{kind}`: none is made"
                )));
            }
            policy.scopes.clone().link(scope.clone(), parent.clone())?;
            let from = policy.scopes.path(&scope).nth(1).unwrap_or(&Scope::Organization);
            if *from != parent {
                check_may_move(tx, &policy, from, &parent)?;
            }
            let view = ScopeView { scope: scope.to_string(), parent: parent.to_string() };
            let target = Target::new(TargetKind::Scope, &scope);
            let told = |parent: &str| json!({ "parent": parent });
            let event = match rows.iter().find(|row| row.scope == view.scope) {
                Some(row) if row.parent == view.parent => return Ok(Audited::unchanged(view)),
                Some(row) => {
                    scopes::move_under(tx, &view.scope, &view.parent)?;
                    Event::new(Action::ScopeMoved, target)
                        .with_difference(Difference::between(&told(&row.parent), &told(&view.parent)))
                }
                None if rows.len() >= MAX_SCOPES => {
                    return Err(GatewayError::Invalid(format!("at most {MAX_SCOPES} scopes can be declared")));
                }
                None => {
                    let row = ScopeRow {
                        organization_id: organization.to_string(),
                        scope: view.scope.clone(),
                        parent: view.parent.clone(),
                        created_at: tx.now().micros(),
                    };
                    scopes::insert(tx, row)?;
                    Event::new(Action::ScopeCreated, target).with_difference(Difference::created(&told(&view.parent)))
                }
            };
            Ok(Audited::new(view, event))
        })
        .await
    }

    /// Takes a declaration away: the scope lies directly under the organization again. What still lies under it has to
    /// go first.
    pub async fn delete_scope(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        scope: Scope,
    ) -> Result<(), GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let text = scope.to_string();
            let rows = scopes::all(tx.conn(), organization)?;
            let row = rows.iter().find(|row| row.scope == text);
            let row = row.ok_or_else(|| GatewayError::not_found("scope", &text))?;
            if let Some(below) = rows.iter().find(|row| row.parent == text) {
                return Err(GatewayError::Taken(format!("`{}` lies under it: move that first", below.scope)));
            }
            let policy = gateway.read_policy(tx.conn(), organization)?;
            let parent = scope_of(&row.parent)?;
            if parent != Scope::Organization {
                check_may_move(tx, &policy, &parent, &Scope::Organization)?;
            }
            scopes::delete(tx, &text)?;
            let event = Event::new(Action::ScopeDeleted, Target::new(TargetKind::Scope, &text))
                .with_difference(Difference::deleted(&json!({ "parent": row.parent })));
            Ok(Audited::new((), event))
        })
        .await
    }
}
