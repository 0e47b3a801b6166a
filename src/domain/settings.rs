//! What an organization chooses: its plan, how mapping rules combine, the role of whoever has no other, and who needs a
//! second factor.

use super::provisioning::check_version;
use crate::scim::Precondition;
use std::sync::Arc;

use serde_json::json;

use super::entitlements::{Floor, check_may_give, facts_of};
use super::{Gateway, GatewayError};
use crate::access::{Grant, HolderKind, HolderLimit, Policy, Scope, SubjectFacts};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::model::{Actor, Attribution, OrganizationId, Timestamp};
use crate::store::organizations::{self, OrganizationRow};
use crate::store::{Audited, WriteTx, users};

/// What is to be chosen otherwise; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct SettingsDraft {
    /// `Some(None)`: no plan.
    pub plan: Option<Option<String>>,
    /// `union` or `highest-priority`.
    pub mapping_mode: Option<String>,
    /// `Some(None)`: nobody has a role that nothing gives them.
    pub default_role: Option<Option<String>>,
    /// Who needs a second factor: `off`, `local`, `everybody`, `roles`.
    pub mfa_policy: Option<String>,
    /// Those roles, for the policy `roles`.
    pub mfa_roles: Option<Vec<String>>,
}

/// Who may need a second factor.
pub const MFA_POLICIES: [&str; 4] = ["off", "local", "everybody", "roles"];

/// The settings as they are shown and told to the audit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct SettingsView {
    pub plan: Option<String>,
    /// `union` or `highest-priority`.
    pub mapping_mode: String,
    pub default_role: Option<String>,
    /// Who needs a second factor: `off`, `local`, `everybody`, `roles`.
    pub mfa_policy: String,
    /// Those roles, for the policy `roles`.
    pub mfa_roles: Vec<String>,
    /// Told as the `ETag`.
    #[serde(skip)]
    pub version: i64,
}

impl From<&OrganizationRow> for SettingsView {
    fn from(row: &OrganizationRow) -> Self {
        let (plan, mapping_mode) = (row.plan.clone(), row.mapping_mode.clone());
        let mfa_roles = row.mfa_roles.split(' ').filter(|role| !role.is_empty()).map(str::to_owned).collect();
        let (default_role, mfa_policy) = (row.default_role.clone(), row.mfa_policy.clone());
        Self { plan, mapping_mode, default_role, mfa_policy, mfa_roles, version: row.version }
    }
}

impl SettingsDraft {
    fn apply(&self, row: &mut OrganizationRow, policy: &Policy) -> Result<(), GatewayError> {
        let quoted = |text: &str| text.chars().take(64).collect::<String>();
        if let Some(plan) = &self.plan {
            let plans = policy.catalogue.plans();
            if let Some(plan) = plan.as_ref().filter(|plan| !plans.contains(plan)) {
                let known = plans.join(", ");
                return Err(GatewayError::Invalid(format!("`{}` is no plan of this catalogue: {known}", quoted(plan))));
            }
            row.plan.clone_from(plan);
        }
        if let Some(mode) = &self.mapping_mode {
            if mode != "union" && mode != "highest-priority" {
                let quoted = quoted(mode);
                return Err(GatewayError::Invalid(format!("`{quoted}` is neither `union` nor `highest-priority`")));
            }
            if mode == "highest-priority" && policy.catalogue.is_additive() {
                return Err(GatewayError::Invalid(
                    "this catalogue is additive: no rule may take away what another gives, so they combine by `union`"
                        .to_owned(),
                ));
            }
            row.mapping_mode.clone_from(mode);
        }
        if let Some(role) = &self.default_role {
            if let Some(role) = role {
                let built_in = policy.catalogue.role(role);
                if built_in.is_some_and(|role| role.holders == HolderLimit::ExactlyOne) {
                    return Err(GatewayError::Invalid(format!(
                        "`{role}` has exactly one holder: it moves by transfer"
                    )));
                }
                if built_in.is_none() && policy.custom_roles.iter().all(|custom| custom.key != *role) {
                    return Err(GatewayError::Invalid(format!("`{}` is no role here", quoted(role))));
                }
            }
            row.default_role.clone_from(role);
        }
        self.apply_mfa(row, policy)
    }

    fn apply_mfa(&self, row: &mut OrganizationRow, policy: &Policy) -> Result<(), GatewayError> {
        let quoted = |text: &str| text.chars().take(64).collect::<String>();
        if let Some(chosen) = &self.mfa_policy {
            if !MFA_POLICIES.contains(&chosen.as_str()) {
                let known = MFA_POLICIES.join("`, `");
                return Err(GatewayError::Invalid(format!("`{}` is none of `{known}`", quoted(chosen))));
            }
            row.mfa_policy.clone_from(chosen);
        }
        if let Some(roles) = &self.mfa_roles {
            let is_known = |role: &&String| {
                policy.catalogue.role(role).is_some() || policy.custom_roles.iter().any(|custom| custom.key == **role)
            };
            if let Some(unknown) = roles.iter().find(|role| !is_known(role)) {
                return Err(GatewayError::Invalid(format!("`{}` is no role here", quoted(unknown))));
            }
            let mut roles = roles.clone();
            roles.sort_unstable();
            roles.dedup();
            row.mfa_roles = roles.join(" ");
        }
        if row.mfa_policy == "roles" && row.mfa_roles.is_empty() {
            return Err(GatewayError::Invalid("with the policy `roles`, say which in `mfa_roles`".to_owned()));
        }
        Ok(())
    }
}

impl Gateway {
    /// The organization's settings.
    pub async fn organization_settings(
        self: &Arc<Self>,
        organization: OrganizationId,
    ) -> Result<SettingsView, GatewayError> {
        self.store
            .read(move |conn| {
                let row = organizations::by_id(conn, organization)?;
                row.as_ref()
                    .map(SettingsView::from)
                    .ok_or_else(|| GatewayError::not_found("organization", organization))
            })
            .await
    }

    /// Chooses otherwise, from the next decision on.
    pub async fn change_settings(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        expected: Precondition,
        draft: SettingsDraft,
    ) -> Result<SettingsView, GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            let before = organizations::by_id(tx.conn(), organization)?
                .ok_or_else(|| GatewayError::not_found("organization", organization))?;
            check_version("settings", &expected, before.version)?;
            let mut after = before.clone();
            draft.apply(&mut after, &policy)?;
            let (old, new) = (SettingsView::from(&before), SettingsView::from(&after));
            if old == new {
                return Ok(Audited::unchanged(new));
            }
            check_chooser(tx, &policy, &before, &after)?;
            let floor = Floor::whole(&gateway, tx)?;
            organizations::update_policy(tx, &after)?;
            let new = SettingsView { version: before.version + 1, ..new };
            floor.check(&gateway, tx)?;
            let target = Target::new(TargetKind::Organization, organization).named(&before.name);
            let event = Event::new(Action::SettingsChanged, target)
                .with_difference(Difference::between(&json!(old), &json!(new)));
            Ok(Audited::new(new, event))
        })
        .await
    }
}

/// A key of the organization chooses anything. A person gives everybody a role only if they could give it to one; the
/// plan, the way in which rules combine and who needs a second factor are for whoever holds the role that the organization began with.
fn check_chooser(
    tx: &mut WriteTx<'_>,
    policy: &Policy,
    before: &OrganizationRow,
    after: &OrganizationRow,
) -> Result<(), GatewayError> {
    let (organization, now) = (tx.organization(), tx.now());
    let Actor::User(user) = *tx.actor() else { return Ok(()) };
    let row = users::by_id(tx.conn(), organization, user)?.ok_or_else(|| GatewayError::not_found("user", user))?;
    let facts = facts_of(tx.conn(), &row)?;
    if let Some(role) = after.default_role.as_deref().filter(|_| after.default_role != before.default_role) {
        let grant = Grant::Role { role, scope: &Scope::Organization, to: HolderKind::Person };
        check_may_give(tx, policy, &grant, None)?;
    }
    let chosen = |row: &OrganizationRow| {
        (row.plan.clone(), row.mapping_mode.clone(), row.mfa_policy.clone(), row.mfa_roles.clone())
    };
    if chosen(before) == chosen(after) {
        return Ok(());
    }
    check_founds(policy, &facts, now, "the plan, the way in which rules combine and the second factor are")
}

/// Refuses what is for the holders of the role that the organization began with.
pub(super) fn check_founds(
    policy: &Policy,
    facts: &SubjectFacts,
    now: Timestamp,
    what: &str,
) -> Result<(), GatewayError> {
    let is_live = |until: Option<Timestamp>| until.is_none_or(|until| now < until);
    let founding = policy.catalogue.founding_role();
    let founds = facts.assignments.iter().any(|held| {
        is_live(held.until)
            && held.scope == Scope::Organization
            && founding.is_some_and(|founding| founding.key == held.role)
    });
    let role = founding.map(|role| role.key.as_str()).unwrap_or_default();
    if founds { Ok(()) } else { Err(GatewayError::Forbidden(format!("{what} chosen by a holder of `{role}`"))) }
}
