//! One person's whole story: who they are, what they hold, and where each piece of it comes from.

use std::collections::HashMap;
use std::sync::Arc;

use super::directory_names;
use super::people::display_name;
use crate::access::{self, Explanation, Override, Question, Scope, Source};
use crate::domain::entitlements::{facts_of, groups_of};
use crate::domain::{Gateway, GatewayError};
use crate::model::{OrganizationId, UserId};
use crate::store::{groups, rules, users};

/// A group that a person is in.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct MemberOf {
    pub id: String,
    pub name: String,
    /// The groups between the person and this one, the person's own first; empty for a direct member.
    pub via: Vec<String>,
    /// RFC 3339.
    pub since: String,
    /// The request that made them a member.
    pub request: Option<String>,
}

/// A role that a person holds, and why.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct HeldRole {
    pub role: String,
    pub title: String,
    pub scope: Scope,
    /// RFC 3339.
    pub until: Option<String>,
    pub permissions: Vec<String>,
    #[schema(value_type = Object)]
    pub source: Source,
    /// For a derived role: the rule in words.
    pub rule: Option<String>,
}

/// One person.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct PersonView {
    pub id: UserId,
    pub user_name: String,
    pub display_name: Option<String>,
    pub email: Option<String>,
    pub external_id: Option<String>,
    pub directory_id: Option<String>,
    /// The name of the directory that owns the account; none for a local account.
    pub directory: Option<String>,
    /// As the directory has it.
    pub active: bool,
    /// By an admin here, whatever the directory says.
    pub suspended: bool,
    /// RFC 3339.
    pub created: String,
    /// RFC 3339.
    pub changed: String,
    pub groups: Vec<MemberOf>,
    pub roles: Vec<HeldRole>,
    #[schema(value_type = Vec<Object>)]
    pub overrides: Vec<Override>,
}

impl Gateway {
    /// One person's story, from the database as it is now.
    pub async fn person(
        self: &Arc<Self>,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<PersonView, GatewayError> {
        let gateway = Arc::clone(self);
        self.store
            .read(move |conn| {
                let row =
                    users::by_id(conn, organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))?;
                let policy = gateway.policy_in(conn, organization)?;
                let facts = facts_of(conn, &row)?;
                let id = user.to_string();
                let reached = groups_of(conn, organization, std::slice::from_ref(&id))?.remove(&id).unwrap_or_default();
                let group_ids: Vec<String> = reached.iter().map(|(group, _)| group.clone()).collect();
                let names: HashMap<String, String> =
                    groups::names(conn, organization, &group_ids)?.into_iter().collect();
                let mut member_of: Vec<MemberOf> = reached
                    .into_iter()
                    .filter_map(|(group, path)| {
                        let named = |id: &String| names.get(id).cloned();
                        let (via, since) = (path.via.iter().filter_map(named).collect(), path.since.rfc3339());
                        Some(MemberOf { name: named(&group)?, id: group, via, since, request: path.request })
                    })
                    .collect();
                member_of.sort_by(|a, b| a.name.cmp(&b.name));
                let words: HashMap<_, _> = rules::all(conn, organization)?
                    .into_iter()
                    .map(|rule| {
                        let said =
                            format!("{} {} → {} in {}", rule.group_match, rule.group_text, rule.role, rule.scope);
                        (rule.id, said)
                    })
                    .collect();
                let roles = facts.assignments.into_iter().map(|held| HeldRole {
                    title: policy.catalogue.role(&held.role).map_or_else(String::new, |role| role.title.clone()),
                    permissions: policy.catalogue.keys(&policy.role_permissions(&held.role)),
                    role: held.role,
                    scope: held.scope,
                    until: held.until.map(|until| until.rfc3339()),
                    rule: match &held.source {
                        Source::Derived { rule, .. } => words.get(rule).cloned(),
                        Source::Direct { .. } | Source::Default => None,
                    },
                    source: held.source,
                });
                Ok(PersonView {
                    id: user,
                    display_name: display_name(&row),
                    email: crate::domain::provisioning::primary_email(&row),
                    directory: match &row.directory_id {
                        Some(id) => directory_names(conn, organization)?.remove(id),
                        None => None,
                    },
                    directory_id: row.directory_id,
                    external_id: row.external_id,
                    user_name: row.user_name,
                    active: row.active,
                    suspended: row.suspended,
                    created: row.created_at.rfc3339(),
                    changed: row.changed_at.rfc3339(),
                    groups: member_of,
                    roles: roles.collect(),
                    overrides: facts.overrides,
                })
            })
            .await
    }

    /// What would be answered if this person tried, and why. An admin's question: it is no attempt, so a no is not
    /// recorded as one.
    pub async fn explain(
        self: &Arc<Self>,
        organization: OrganizationId,
        user: UserId,
        action: &str,
        scope: Scope,
    ) -> Result<Explanation, GatewayError> {
        let subject = self.subject(organization, user).await?.ok_or_else(|| GatewayError::not_found("user", user))?;
        let question = Question::about(action, Some(scope));
        Ok(access::explain(&subject.policy, &subject.facts(), &question, self.now()))
    }
}
