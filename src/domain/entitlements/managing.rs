//! Who manages what: whoever holds the catalogue's `manage` in a scope manages what is given in it and below.

use super::facts_of;
use crate::access::{self, CompiledAccess, Policy, Question, Scope};
use crate::domain::GatewayError;
use crate::model::{Actor, OrganizationId, Timestamp};
use crate::store::{Conn, WriteTx, users};

/// What somebody manages: some scopes with all below them, or everything.
#[derive(Debug)]
pub struct Remit<'p> {
    policy: &'p Policy,
    /// None for a key of the organization or the operator, who manage everything.
    access: Option<CompiledAccess>,
    now: Timestamp,
}

impl<'p> Remit<'p> {
    /// That of whoever acts.
    pub fn of(
        conn: &mut Conn,
        organization: OrganizationId,
        policy: &'p Policy,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Self, GatewayError> {
        let access = match actor {
            Actor::User(id) => {
                let row = users::by_id(conn, organization, *id)?.ok_or_else(|| GatewayError::not_found("user", id))?;
                Some(access::compile(policy, &facts_of(conn, &row)?))
            }
            Actor::Directory(_)
            | Actor::ApiKey(_)
            | Actor::Connection(_)
            | Actor::Rule(_)
            | Actor::Operator
            | Actor::System
            | Actor::Anonymous => None,
        };
        Ok(Self { policy, access, now })
    }

    /// Whether this scope is of it.
    pub fn covers(&self, scope: &Scope) -> bool {
        let Some(access) = &self.access else { return true };
        let action = self.policy.catalogue.permission_key(self.policy.catalogue.manage());
        let resolved = self.policy.resolve(&Question::about(action, Some(scope.clone())));
        resolved.is_ok_and(|resolved| access::decide(access, &resolved, self.now).allowed)
    }

    /// Refuses unless this scope is of it.
    pub fn check(&self, scope: &Scope) -> Result<(), GatewayError> {
        match self.covers(scope) {
            true => Ok(()),
            false => Err(GatewayError::Forbidden(format!("this needs the right to manage `{scope}`"))),
        }
    }
}

/// Refuses unless whoever makes this change manages the scope.
pub fn check_manages(tx: &mut WriteTx<'_>, policy: &Policy, scope: &Scope) -> Result<(), GatewayError> {
    let (organization, actor, now) = (tx.organization(), tx.actor().clone(), tx.now());
    Remit::of(tx.conn(), organization, policy, &actor, now)?.check(scope)
}
