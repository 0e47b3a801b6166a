//! What a review is about, and what is suggested for each of its items.

use std::collections::HashSet;

use serde_json::json;

use super::Covers;
use crate::access::{Assignment, Policy, Scope, Source, SubjectFacts};
use crate::domain::GatewayError;
use crate::domain::impact::{Crowd, each_person};
use crate::domain::usage::day_of;
use crate::model::{OrganizationId, ReviewId, Timestamp};
use crate::store::reviews::{self, ItemRow};
use crate::store::{Conn, permission_uses};

/// At most so many items: more than anybody decides on.
const MAX_ITEMS: usize = 10_000;
/// What was not used for so many days is unused.
const DAYS: i64 = 90;

/// What suggestions rest on.
struct Known {
    /// Whether uses have been noted for as long as they are looked back on.
    is_watched: bool,
    used: HashSet<(String, String)>,
    kept: HashSet<(String, String, String)>,
}

impl Known {
    fn of(
        conn: &mut Conn,
        organization: OrganizationId,
        people: &[String],
        now: Timestamp,
    ) -> Result<Self, GatewayError> {
        let first = day_of(now).saturating_sub(DAYS);
        let uses = permission_uses::of_users(conn, organization, people)?;
        let kept = reviews::last_kept(conn, organization)?;
        Ok(Self {
            is_watched: permission_uses::begun(conn, organization)?.is_some_and(|begun| begun <= first),
            used: uses.into_iter().filter(|one| first <= one.day).map(|one| (one.user_id, one.permission)).collect(),
            kept: kept.into_iter().map(|(user, role, scope, _)| (user, role, scope)).collect(),
        })
    }

    /// The suggestion, and the codes of what it rests on.
    fn suggest(&self, policy: &Policy, facts: &SubjectFacts, held: &Assignment) -> (&'static str, Vec<&'static str>) {
        let (user, permissions) = (facts.user.to_string(), policy.role_permissions(&held.role));
        let keys = policy.catalogue.keys(&permissions);
        let is_used = keys.iter().any(|key| self.used.contains(&(user.clone(), key.clone())));
        let is_sensitive = permissions.iter().any(|number| policy.catalogue.approval(number).is_some());
        let was_kept = self.kept.contains(&(user, held.role.clone(), held.scope.to_string()));
        let told = [
            (!facts.active, "inactive"),
            (!is_used && self.is_watched, "unused"),
            (!is_used && !self.is_watched, "no_use_noted_yet"),
            (is_sensitive, "sensitive"),
            (!was_kept, "never_reviewed"),
        ];
        let because = told.into_iter().filter(|(holds, _)| *holds).map(|(_, code)| code).collect();
        (if !facts.active || (!is_used && self.is_watched) { "revoke" } else { "keep" }, because)
    }
}

/// The items of a review: each role that somebody holds now and that it covers.
pub(super) fn items(
    conn: &mut Conn,
    organization: OrganizationId,
    policy: &Policy,
    (review, covers): (ReviewId, &Covers),
    now: Timestamp,
) -> Result<Vec<ItemRow>, GatewayError> {
    let scope = covers.scope.as_deref().map(Scope::parse).transpose()?;
    let crowd = covers.group.map_or(Crowd::Everybody, |group| Crowd::Under(vec![group.to_string()]));
    let is_covered = |held: &Assignment| {
        held.until.is_none_or(|until| now < until)
            && covers.role.as_ref().is_none_or(|role| *role == held.role)
            && scope.as_ref().is_none_or(|scope| policy.scopes.is_within(&held.scope, scope))
    };
    let mut found: Vec<(SubjectFacts, Vec<Assignment>)> = Vec::new();
    let mut count = 0_usize;
    each_person(conn, organization, crowd, |standing| {
        let covered: Vec<Assignment> =
            standing.facts.assignments.iter().filter(|held| is_covered(held)).cloned().collect();
        count = count.saturating_add(covered.len());
        if count <= MAX_ITEMS && !covered.is_empty() {
            found.push((standing.facts, covered));
        }
    })?;
    if count > MAX_ITEMS {
        return Err(GatewayError::Invalid(format!(
            "this covers {count} roles that people hold, and a review at most {MAX_ITEMS}: name a `role`, a `scope` or a `group`"
        )));
    }
    let people: Vec<String> = found.iter().map(|(facts, _)| facts.user.to_string()).collect();
    let known = Known::of(conn, organization, &people, now)?;
    let held = found.iter().flat_map(|(facts, covered)| covered.iter().map(move |held| (facts, held)));
    let row = |(number, (facts, held)): (i64, (&SubjectFacts, &Assignment))| {
        let (suggestion, because) = known.suggest(policy, facts, held);
        let (assignment_id, rule_id, group_id) = match &held.source {
            Source::Direct { id, .. } => (Some(id.to_string()), None, None),
            Source::Derived { rule, group, .. } => (None, Some(rule.to_string()), Some(group.to_string())),
            Source::Default => (None, None, None),
        };
        ItemRow {
            organization_id: organization.to_string(),
            review_id: review.to_string(),
            number,
            user_id: facts.user.to_string(),
            user_name: facts.user_name.clone(),
            role: held.role.clone(),
            scope: held.scope.to_string(),
            assignment_id,
            rule_id,
            group_id,
            suggestion: suggestion.to_owned(),
            because: json!(because).to_string(),
            decision: None,
            decided_by: None,
            decided_at: None,
            note: None,
        }
    };
    Ok((1..).zip(held).map(row).collect())
}
