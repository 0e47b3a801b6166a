//! What could be taken away: roles that nobody holds, permissions that nobody exercises, service accounts that hold more
//! than they use. What is exercised is known to the day ([`super::usage`]), since a day that each report names.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::Serialize;

use super::entitlements::Standing;
use super::impact::{Crowd, Page, each_person};
use super::usage::{date, day_of};
use super::{Gateway, GatewayError};
use crate::access::{HolderKind, PermissionSet, Policy, SubjectFacts};
use crate::model::{OrganizationId, Timestamp, UserId};
use crate::store::{Conn, api_keys, permission_uses, reviews, rules};

/// What a report looks back on.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Window {
    pub days: i64,
    /// The first day that counts.
    pub since: String,
    /// Since when uses are noted.
    pub noted_since: Option<String>,
    /// Whether all of the days were noted. If not, what was used before then looks unused.
    pub complete: bool,
    #[serde(skip)]
    first: i64,
}

#[cfg(test)]
impl Window {
    /// A window whose words are these.
    pub fn sample(words: &str) -> Self {
        let (since, noted_since) = (words.to_owned(), Some(words.to_owned()));
        Self { days: 90, since, noted_since, complete: false, first: 0 }
    }
}

/// A report: what it looked back on, and its lines.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Report<T> {
    #[serde(flatten)]
    pub window: Window,
    pub items: Vec<T>,
}

/// A role that could go.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UnusedRole {
    pub role: String,
    pub title: String,
    /// Made here, rather than brought by the catalogue.
    pub custom: bool,
    pub holders: usize,
    /// Mapping rules that give it, to whoever comes into their groups.
    pub mapping_rules: usize,
    /// `no_holders`, or `not_exercised`: somebody holds it, and nobody has used any of its permissions.
    pub because: &'static str,
}

/// A permission that nobody exercised.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UnusedPermission {
    pub permission: String,
    pub title: String,
    pub sensitive: bool,
    /// People and service accounts who hold it somewhere, by a role or an exception.
    pub holders: usize,
    /// The day of its last use, before the days that count.
    pub last_used: Option<String>,
}

/// A service account that holds more than it uses.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ExcessiveAccount {
    pub id: UserId,
    pub name: String,
    pub roles: Vec<String>,
    pub used: Vec<String>,
    /// What it holds and has not used.
    pub unused: Vec<String>,
    /// When one of its keys was last used.
    pub key_last_used: Option<String>,
}

/// A role that somebody holds and that nobody has looked at.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UnreviewedHolder {
    pub user: UserId,
    pub user_name: String,
    pub role: String,
    pub scope: String,
    /// When it was last decided that they keep it.
    pub last_kept: Option<String>,
}

/// A page of those, and how many there are.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Unreviewed {
    pub days: i64,
    pub total: usize,
    pub items: Vec<UnreviewedHolder>,
}

/// Who holds what, counted.
#[derive(Default)]
struct Holdings {
    roles: HashMap<String, usize>,
    /// By permission key.
    permissions: HashMap<String, usize>,
}

impl Gateway {
    /// Roles that nobody holds, and roles whose permissions nobody has used for so many days.
    pub async fn unused_roles(
        self: &Arc<Self>,
        organization: OrganizationId,
        days: i64,
    ) -> Result<Report<UnusedRole>, GatewayError> {
        let (gateway, now) = (Arc::clone(self), self.now());
        self.store
            .read(move |conn| {
                let window = Window::of(conn, organization, days, now)?;
                let policy = gateway.policy_in(conn, organization)?;
                let holdings = Holdings::of(conn, organization, &policy, now)?;
                let used = window.used(conn, organization)?;
                let mut rules_of: HashMap<String, usize> = HashMap::new();
                for rule in rules::all(conn, organization)? {
                    *rules_of.entry(rule.role).or_default() += 1;
                }
                let built_in = policy.catalogue.roles().iter().map(|role| (&role.key, &role.title, false));
                let custom = policy.custom_roles.iter().map(|role| (&role.key, &role.title, true));
                let line = |(key, title, custom): (&String, &String, bool)| {
                    let holders = holdings.roles.get(key).copied().unwrap_or_default();
                    let permissions = policy.catalogue.keys(&policy.role_permissions(key));
                    let because = match holders {
                        0 => "no_holders",
                        _ if permissions.iter().all(|key| !used.contains(key)) => "not_exercised",
                        _ => return None,
                    };
                    let mapping_rules = rules_of.get(key).copied().unwrap_or_default();
                    let (role, title) = (key.clone(), title.clone());
                    Some(UnusedRole { role, title, custom, holders, mapping_rules, because })
                };
                let items = built_in.chain(custom).filter_map(line).collect();
                Ok(Report { window, items })
            })
            .await
    }

    /// Permissions that nobody has exercised for so many days.
    pub async fn unused_permissions(
        self: &Arc<Self>,
        organization: OrganizationId,
        days: i64,
    ) -> Result<Report<UnusedPermission>, GatewayError> {
        let (gateway, now) = (Arc::clone(self), self.now());
        self.store
            .read(move |conn| {
                let window = Window::of(conn, organization, days, now)?;
                let policy = gateway.policy_in(conn, organization)?;
                let holdings = Holdings::of(conn, organization, &policy, now)?;
                let last: HashMap<String, i64> = last_uses(conn, organization)?;
                let is_unused = |key: &str| last.get(key).is_none_or(|day| *day < window.first);
                let permissions = policy.catalogue.permissions().iter();
                let items = permissions.filter(|permission| is_unused(&permission.key)).map(|permission| {
                    let key = permission.key.clone();
                    UnusedPermission {
                        title: permission.title.clone(),
                        sensitive: permission.sensitive,
                        holders: holdings.permissions.get(&key).copied().unwrap_or_default(),
                        last_used: last.get(&key).copied().map(date),
                        permission: key,
                    }
                });
                let items = items.collect();
                Ok(Report { window, items })
            })
            .await
    }

    /// Roles that people and service accounts hold, and of which nobody has decided for so many days that they keep them.
    pub async fn unreviewed_holders(
        self: &Arc<Self>,
        organization: OrganizationId,
        days: i64,
        page: Page,
    ) -> Result<Unreviewed, GatewayError> {
        let now = self.now();
        let since = i64::saturating_sub(now.micros(), days.saturating_mul(24 * 60 * 60 * 1_000_000));
        self.store
            .read(move |conn| {
                let kept = reviews::last_kept(conn, organization)?;
                let kept: HashMap<(String, String, String), i64> =
                    kept.into_iter().filter_map(|(user, role, scope, at)| Some(((user, role, scope), at?))).collect();
                let mut told = Unreviewed { days, total: 0, items: Vec::new() };
                each_person(conn, organization, Crowd::Everybody, |Standing { facts, .. }| {
                    for held in facts.assignments.iter().filter(|held| held.until.is_none_or(|until| now < until)) {
                        let key = (facts.user.to_string(), held.role.clone(), held.scope.to_string());
                        let last = kept.get(&key).copied();
                        if last.is_some_and(|at| since < at) {
                            continue;
                        }
                        if told.total >= page.offset && told.items.len() < page.limit {
                            let (_, role, scope) = key;
                            let last_kept = last.map(|at| Timestamp::from_micros(at).rfc3339());
                            let user_name = facts.user_name.clone();
                            told.items.push(UnreviewedHolder { user: facts.user, user_name, role, scope, last_kept });
                        }
                        told.total += 1;
                    }
                })?;
                Ok(told)
            })
            .await
    }

    /// Service accounts that hold what they have not used for so many days.
    pub async fn excessive_accounts(
        self: &Arc<Self>,
        organization: OrganizationId,
        days: i64,
    ) -> Result<Report<ExcessiveAccount>, GatewayError> {
        let (gateway, now) = (Arc::clone(self), self.now());
        self.store
            .read(move |conn| {
                let window = Window::of(conn, organization, days, now)?;
                let policy = gateway.policy_in(conn, organization)?;
                let mut accounts = Vec::new();
                each_person(conn, organization, Crowd::Everybody, |standing| {
                    if standing.facts.holder == HolderKind::ServiceAccount {
                        accounts.push(standing.facts);
                    }
                })?;
                let ids: Vec<String> = accounts.iter().map(|facts| facts.user.to_string()).collect();
                let mut used: HashMap<String, BTreeSet<String>> = HashMap::new();
                for one in permission_uses::of_users(conn, organization, &ids)? {
                    if window.first <= one.day {
                        used.entry(one.user_id).or_default().insert(one.permission);
                    }
                }
                let mut keys: HashMap<String, i64> = HashMap::new();
                for key in api_keys::live(conn, organization)? {
                    if let (Some(user), Some(at)) = (key.user_id, key.last_used_at) {
                        let last = keys.entry(user).or_default();
                        *last = at.max(*last);
                    }
                }
                let line = |facts: SubjectFacts| {
                    let id = facts.user.to_string();
                    let used = used.remove(&id).unwrap_or_default();
                    let held = policy.catalogue.keys(&held(&policy, &facts, now));
                    let (used, unused): (Vec<_>, Vec<_>) = held.into_iter().partition(|key| used.contains(key));
                    let roles: BTreeSet<_> = live_roles(&facts, now).map(str::to_owned).collect();
                    (!unused.is_empty()).then(|| ExcessiveAccount {
                        id: facts.user,
                        name: facts.user_name,
                        roles: roles.into_iter().collect(),
                        used,
                        unused,
                        key_last_used: keys.get(&id).map(|at| Timestamp::from_micros(*at).rfc3339()),
                    })
                };
                let items = accounts.into_iter().filter_map(line).collect();
                Ok(Report { window, items })
            })
            .await
    }
}

impl Window {
    fn of(conn: &mut Conn, organization: OrganizationId, days: i64, now: Timestamp) -> Result<Self, GatewayError> {
        let first = day_of(now).saturating_sub(days.saturating_sub(1));
        let begun = permission_uses::begun(conn, organization)?;
        Ok(Self {
            days,
            since: date(first),
            noted_since: begun.map(date),
            complete: begun.is_some_and(|begun| begun <= first),
            first,
        })
    }

    /// The permissions that anybody has exercised in it.
    fn used(&self, conn: &mut Conn, organization: OrganizationId) -> Result<BTreeSet<String>, GatewayError> {
        let last = last_uses(conn, organization)?;
        Ok(last.into_iter().filter(|(_, day)| self.first <= *day).map(|(key, _)| key).collect())
    }
}

fn last_uses(conn: &mut Conn, organization: OrganizationId) -> Result<HashMap<String, i64>, GatewayError> {
    let last = permission_uses::last(conn, organization)?;
    Ok(last.into_iter().filter_map(|(key, day)| Some((key, day?))).collect())
}

impl Holdings {
    fn of(
        conn: &mut Conn,
        organization: OrganizationId,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Self, GatewayError> {
        let mut holdings = Self::default();
        // People whom nothing tells apart hold the same set, which is counted once for all of them.
        let mut sets: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        each_person(conn, organization, Crowd::Everybody, |standing| {
            let facts = standing.facts;
            if !facts.active {
                return;
            }
            let roles: BTreeSet<&str> = live_roles(&facts, now).chain(default_role(policy, &facts, now)).collect();
            for role in &roles {
                *holdings.roles.entry((*role).to_owned()).or_default() += 1;
            }
            *sets.entry(policy.catalogue.keys(&held(policy, &facts, now))).or_default() += 1;
        })?;
        for (keys, people) in sets {
            for key in keys {
                *holdings.permissions.entry(key).or_default() += people;
            }
        }
        Ok(holdings)
    }
}

fn live_roles(facts: &SubjectFacts, now: Timestamp) -> impl Iterator<Item = &str> {
    let live = facts.assignments.iter().filter(move |held| held.until.is_none_or(|until| now < until));
    live.map(|held| held.role.as_str())
}

/// The default role, if it is theirs.
fn default_role<'p>(policy: &'p Policy, facts: &SubjectFacts, now: Timestamp) -> Option<&'p str> {
    let role = policy.default_role.as_deref()?;
    let is_theirs = facts.holder == HolderKind::Person && super::impact::holds(policy, facts, role, now);
    is_theirs.then_some(role)
}

/// All that somebody holds somewhere, denies aside.
fn held(policy: &Policy, facts: &SubjectFacts, now: Timestamp) -> PermissionSet {
    let mut held = PermissionSet::new();
    for role in live_roles(facts, now).chain(default_role(policy, facts, now)) {
        held.union_with(&policy.role_permissions(role));
    }
    let allowed = facts
        .overrides
        .iter()
        .filter(|given| given.effect == crate::access::Effect::Allow && given.until.is_none_or(|until| now < until));
    held.union_with(&allowed.filter_map(|given| policy.catalogue.permission(&given.permission)).collect());
    held
}
