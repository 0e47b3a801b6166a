//! AuthZEN searches: who may do this, to what may somebody do it, what may somebody do here.
//!
//! Each candidate is decided like a question of its own, so a search cannot differ from the evaluations that it stands
//! for, whatever denies, shares or closed inboxes there are. What can be found at all is what the gateway knows: its
//! people, the scopes that anything names, the resources that are shared.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::api_keys::ApiCaller;
use super::subjects::Subject;
use super::{Gateway, GatewayError};
use crate::access::{HolderKind, Question, Scope};
use crate::model::{OrganizationId, UserId};
use crate::store::users::{self, UserSelection};
use crate::store::{assignments, overrides, scopes, shares};

/// People that one search looks at, at most; the next page goes on where it stopped.
const MAX_SCANNED: usize = 5_000;
/// People read at once.
const BATCH: i64 = 500;

/// Where a page begins and how long it is.
#[derive(Debug, Clone)]
pub struct SearchPage {
    /// The last result of the page before.
    pub after: Option<String>,
    pub limit: usize,
}

/// A page of results, and after which one the next page begins; none on the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub results: Vec<String>,
    pub next: Option<String>,
}

/// An action on a resource in a scope.
#[derive(Debug, Clone)]
pub struct Sought {
    pub action: String,
    pub resource_kind: String,
    pub resource_id: String,
    pub scope: Option<Scope>,
}

impl Sought {
    /// The question that this is.
    pub fn question(&self) -> Question<'_> {
        Question {
            action: &self.action,
            resource_kind: &self.resource_kind,
            resource_id: &self.resource_id,
            scope: self.scope.clone(),
        }
    }
}

/// What somebody may do in one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct PermissionsHere {
    /// At once.
    pub permissions: Vec<String>,
    /// Once somebody else has agreed.
    pub held_back: Vec<String>,
}

impl Gateway {
    /// Refuses a person who asks about somebody else, unless they manage the organization.
    pub async fn check_may_ask(self: &Arc<Self>, caller: &ApiCaller, about: &str) -> Result<(), GatewayError> {
        let Some(asker) = caller.user else { return Ok(()) };
        if about.parse() == Ok(asker) {
            return Ok(());
        }
        match self.user_named(caller.organization, about).await {
            Ok(user) if user == asker => Ok(()),
            Ok(_) | Err(GatewayError::NotFound { .. }) => self.check_management(caller).await,
            Err(error) => Err(error),
        }
    }

    /// Who may do this, by id: people, or service accounts.
    pub async fn search_subjects(
        self: &Arc<Self>,
        organization: OrganizationId,
        holder: HolderKind,
        sought: &Sought,
        page: SearchPage,
    ) -> Result<Found, GatewayError> {
        let mut found = Found { results: Vec::new(), next: None };
        let (mut after, mut scanned) = (page.after.unwrap_or_default(), 0);
        loop {
            let from = after.clone();
            let service_accounts = holder == HolderKind::ServiceAccount;
            let selection = UserSelection { service_accounts, ..UserSelection::default() };
            let people: Vec<UserId> = self
                .store
                .read(move |conn| {
                    let rows = users::after(conn, organization, &selection, &from, BATCH)?;
                    Ok::<_, GatewayError>(rows.into_iter().map(|row| row.id).collect())
                })
                .await?;
            if people.is_empty() {
                return Ok(found);
            }
            for user in people {
                // Only once it is known that there is somebody more is there another page.
                if found.results.len() >= page.limit || scanned >= MAX_SCANNED {
                    found.next = Some(after);
                    return Ok(found);
                }
                scanned += 1;
                after = user.to_string();
                let Some(subject) = self.subject(organization, user).await? else { continue };
                if self.judge(&subject, &sought.question(), false)?.decision {
                    found.results.push(after.clone());
                }
            }
        }
    }

    /// On which resources of the type somebody may do this, by id.
    pub async fn search_resources(
        self: &Arc<Self>,
        organization: OrganizationId,
        subject: &str,
        mut sought: Sought,
        page: SearchPage,
    ) -> Result<Found, GatewayError> {
        let Some(subject) = self.subject_named(organization, subject).await? else {
            return Ok(Found { results: Vec::new(), next: None });
        };
        let mut candidates = self.known(organization, &subject, &sought.resource_kind).await?;
        if let Some(after) = &page.after {
            candidates = candidates.split_off(after);
            candidates.remove(after);
        }
        // A scope is asked about in itself.
        if subject.policy.catalogue.scope_type(&sought.resource_kind).is_some() {
            sought.scope = None;
        }
        let mut found = Found { results: Vec::new(), next: None };
        for candidate in candidates {
            sought.resource_id.clone_from(&candidate);
            if !self.judge(&subject, &sought.question(), false)?.decision {
                continue;
            }
            if found.results.len() >= page.limit {
                found.next = found.results.last().cloned();
                break;
            }
            found.results.push(candidate);
        }
        Ok(found)
    }

    /// What somebody may do there; everybody's question "which buttons do I show".
    pub async fn permissions_here(
        self: &Arc<Self>,
        organization: OrganizationId,
        subject: &str,
        mut sought: Sought,
    ) -> Result<PermissionsHere, GatewayError> {
        let mut here = PermissionsHere::default();
        let Some(subject) = self.subject_named(organization, subject).await? else { return Ok(here) };
        for permission in subject.policy.catalogue.permissions() {
            sought.action.clone_from(&permission.key);
            let evaluation = self.judge(&subject, &sought.question(), false)?;
            if evaluation.decision {
                here.permissions.push(permission.key.clone());
            } else if evaluation.reason == crate::access::Reason::ApprovalRequired.as_str() {
                here.held_back.push(permission.key.clone());
            }
        }
        Ok(here)
    }

    /// The ids of this type that anything here names.
    async fn known(
        self: &Arc<Self>,
        organization: OrganizationId,
        subject: &Subject,
        kind: &str,
    ) -> Result<BTreeSet<String>, GatewayError> {
        let mut known: BTreeSet<String> = BTreeSet::new();
        let catalogue = &subject.policy.catalogue;
        if catalogue.resource_type(kind).is_some() {
            let kind = kind.to_owned();
            let shared = self.store.read(move |conn| shares::resources(conn, organization, &kind)).await?;
            known.extend(shared);
        }
        if let Some(declared) = catalogue.scope_type(kind) {
            known.extend(declared.instances.iter().cloned());
            let named = self
                .store
                .read(move |conn| {
                    let mut named = assignments::scopes(conn, organization)?;
                    named.extend(overrides::scopes(conn, organization)?);
                    for row in scopes::all(conn, organization)? {
                        named.extend([row.scope, row.parent]);
                    }
                    Ok::<_, GatewayError>(named)
                })
                .await?;
            let of_kind = |text: String| match Scope::parse(&text) {
                Ok(Scope::Instance { kind: named, id }) if named == kind => Some(id),
                Ok(Scope::Instance { .. } | Scope::Organization) | Err(_) => None,
            };
            known.extend(named.into_iter().filter_map(of_kind));
        }
        Ok(known)
    }
}
