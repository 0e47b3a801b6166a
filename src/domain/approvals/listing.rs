//! Requests as they are shown: to a key of the organization all of them, to a person those that they made or may decide
//! on. The database leaves out what cannot concern the person; the rest is decided like any question.

use std::sync::Arc;

use super::{ApprovalView, sought, view};
use crate::access::approvable_actions;
use crate::domain::subjects::Subject;
use crate::domain::{Gateway, GatewayError};
use crate::model::{ApprovalId, OrganizationId, Timestamp, UserId};
use crate::store::approvals::{self, ApprovalRow, ApprovalSelection, ApprovalState, Concerning};

/// Requests that one page looks at, at most; the next page goes on where it stopped.
const MAX_SCANNED: usize = 5_000;
/// Requests read at once, at most.
const MAX_BATCH: usize = 500;

/// Which requests, and how many.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalQuery {
    pub state: Option<ApprovalState>,
    /// Who looks; none for a key of the organization.
    pub person: Option<UserId>,
    /// The last request of the page before.
    pub before: Option<ApprovalId>,
    pub limit: usize,
}

/// A page of requests, and after which one the next page begins; none on the last.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ApprovalPage {
    pub items: Vec<ApprovalView>,
    pub next: Option<ApprovalId>,
}

/// Who looks.
struct Onlooker {
    user: UserId,
    subject: Option<Arc<Subject>>,
}

impl Onlooker {
    /// What the database can tell of what concerns them.
    fn concerning(&self, now: Timestamp) -> Concerning {
        let actions = self.subject.as_ref().map(|subject| approvable_actions(&subject.policy, &subject.access, now));
        Concerning { subject: self.user, actions: actions.unwrap_or_default() }
    }

    /// Whether they made the request or may decide on it.
    fn is_concerned(&self, row: &ApprovalRow, now: Timestamp) -> Result<bool, GatewayError> {
        if row.subject == self.user.to_string() {
            return Ok(true);
        }
        let Some(subject) = &self.subject else { return Ok(false) };
        let sought = sought(row)?;
        let question = subject.policy.resolve(&sought.question());
        Ok(question.is_ok_and(|question| {
            question.approval().is_some_and(|rule| rule.is_approver(&subject.access, &question, now))
        }))
    }
}

impl Gateway {
    /// Requests, the newest first.
    pub async fn list_approvals(
        self: &Arc<Self>,
        organization: OrganizationId,
        query: ApprovalQuery,
    ) -> Result<ApprovalPage, GatewayError> {
        let now = self.now();
        let onlooker = self.onlooker(organization, query.person).await?;
        let concerning = onlooker.as_ref().map(|onlooker| onlooker.concerning(now));
        let batch = query.limit.saturating_add(1).min(MAX_BATCH);
        let (mut page, mut scanned, mut before) = (ApprovalPage::default(), 0, query.before);
        loop {
            let selection = ApprovalSelection { state: query.state, concerning: concerning.clone(), before };
            let most = i64::try_from(batch).unwrap_or(i64::MAX);
            let rows = self
                .store
                .read(move |conn| approvals::newest(conn, organization, &selection, now.micros(), most))
                .await?;
            let is_last = rows.len() < batch;
            for row in rows {
                // Only once it is known that there is one more is there another page.
                if page.items.len() >= query.limit || scanned >= MAX_SCANNED {
                    page.next = before;
                    return Ok(page);
                }
                scanned += 1;
                before = row.id.parse().ok();
                if onlooker.as_ref().map_or(Ok(true), |onlooker| onlooker.is_concerned(&row, now))? {
                    page.items.push(view(&row, now));
                }
            }
            if is_last {
                return Ok(page);
            }
        }
    }

    /// One request, if it concerns the person; for a key of the organization, any.
    pub async fn approval(
        self: &Arc<Self>,
        organization: OrganizationId,
        id: ApprovalId,
        person: Option<UserId>,
    ) -> Result<ApprovalView, GatewayError> {
        let now = self.now();
        let row = self.store.read(move |conn| approvals::by_id(conn, organization, id)).await?;
        let row = row.ok_or_else(|| GatewayError::not_found("approval", id))?;
        match self.onlooker(organization, person).await? {
            Some(onlooker) if !onlooker.is_concerned(&row, now)? => Err(GatewayError::not_found("approval", id)),
            Some(_) | None => Ok(view(&row, now)),
        }
    }

    async fn onlooker(
        self: &Arc<Self>,
        organization: OrganizationId,
        person: Option<UserId>,
    ) -> Result<Option<Onlooker>, GatewayError> {
        let Some(user) = person else { return Ok(None) };
        Ok(Some(Onlooker { user, subject: self.subject(organization, user).await? }))
    }
}
