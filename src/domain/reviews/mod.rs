//! Access reviews: who holds what is listed as it stands, with a suggestion for each, and somebody else than the holder
//! decides whether they keep it.
//!
//! To revoke is to end the assignment, in the same transaction and under the same rules as by any other way. What a rule
//! gives cannot be ended for one person: that is refused, with the rule and the group that give it, until they do not any
//! more. So no item is decided to be revoked that is still held.

mod suggest;

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entitlements::facts_of;
use super::impact::Page;
use super::{Gateway, GatewayError};
use crate::access::Source;
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{Actor, AssignmentId, Attribution, GroupId, OrganizationId, ReviewId, Timestamp, UserId};
use crate::store::reviews::{self, ItemRow, ReviewRow};
use crate::store::{Audited, Conn, StoreError, WriteTx, groups, users};

/// Characters of a note.
const MAX_NOTE: usize = 512;

/// What a review covers: all that is set must hold; nothing set is everybody's roles.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Covers {
    pub role: Option<String>,
    /// With all that lies below it.
    pub scope: Option<String>,
    /// Whoever is in it, directly or through others.
    pub group: Option<GroupId>,
}

/// What is decided on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Keep,
    Revoke,
}

impl Verdict {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Revoke => "revoke",
        }
    }
}

/// A review as it is shown.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReviewView {
    pub id: String,
    pub name: String,
    pub covers: Covers,
    pub created_by: String,
    pub created: String,
    pub completed_by: Option<String>,
    pub completed: Option<String>,
    pub undecided: i64,
    pub kept: i64,
    pub revoked: i64,
}

/// An item as it is shown.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ItemView {
    pub number: i64,
    pub user: String,
    pub user_name: String,
    pub role: String,
    pub scope: String,
    /// Of a role that was given by hand.
    pub assignment: Option<String>,
    /// Of a role that a mapping rule gives to a group.
    pub rule: Option<String>,
    pub group: Option<String>,
    pub suggestion: String,
    pub because: Value,
    pub decision: Option<String>,
    pub decided_by: Option<String>,
    pub decided: Option<String>,
    pub note: Option<String>,
}

impl From<ItemRow> for ItemView {
    fn from(row: ItemRow) -> Self {
        Self {
            number: row.number,
            user: row.user_id,
            user_name: row.user_name,
            role: row.role,
            scope: row.scope,
            assignment: row.assignment_id,
            rule: row.rule_id,
            group: row.group_id,
            suggestion: row.suggestion,
            because: serde_json::from_str(&row.because).unwrap_or_default(),
            decision: row.decision,
            decided_by: row.decided_by,
            decided: row.decided_at.map(|at| Timestamp::from_micros(at).rfc3339()),
            note: row.note,
        }
    }
}

fn view(conn: &mut Conn, organization: OrganizationId, row: ReviewRow) -> Result<ReviewView, GatewayError> {
    let corrupt = |what: &str| StoreError::Corrupt(format!("access review {}: {what}", row.id));
    let id: ReviewId = row.id.parse().map_err(|_| corrupt("no id"))?;
    let counts: HashMap<Option<String>, i64> = reviews::counts(conn, organization, id)?.into_iter().collect();
    let count = |decision: Option<&str>| counts.get(&decision.map(str::to_owned)).copied().unwrap_or_default();
    Ok(ReviewView {
        covers: serde_json::from_str(&row.covers).map_err(|error| corrupt(&error.to_string()))?,
        undecided: count(None),
        kept: count(Some("keep")),
        revoked: count(Some("revoke")),
        id: row.id,
        name: row.name,
        created_by: row.created_by,
        created: Timestamp::from_micros(row.created_at).rfc3339(),
        completed_by: row.completed_by,
        completed: row.completed_at.map(|at| Timestamp::from_micros(at).rfc3339()),
    })
}

fn found(conn: &mut Conn, organization: OrganizationId, id: ReviewId) -> Result<ReviewRow, GatewayError> {
    reviews::by_id(conn, organization, id)?.ok_or_else(|| GatewayError::not_found("access review", id))
}

/// The review, if it is not over.
fn open(tx: &mut WriteTx<'_>, id: ReviewId) -> Result<ReviewRow, GatewayError> {
    let organization = tx.organization();
    let row = found(tx.conn(), organization, id)?;
    match row.completed_at {
        None => Ok(row),
        Some(_) => Err(GatewayError::Taken(format!("the review `{}` is completed", row.name))),
    }
}

fn target(row: &ReviewRow) -> Target {
    Target::new(TargetKind::Review, &row.id).named(&row.name)
}

impl Gateway {
    /// Opens a review of what is held now.
    pub async fn open_review(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        name: &str,
        covers: Covers,
    ) -> Result<ReviewView, GatewayError> {
        let name = super::organizations::checked_name("a review's name", name)?;
        let (gateway, id) = (Arc::clone(self), ReviewId::new(by.at, self.chance()));
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            if let Some(role) = covers.role.as_ref().filter(|role| !policy.knows_role(role)) {
                let quoted: String = role.chars().take(64).collect();
                return Err(GatewayError::Invalid(format!("`{quoted}` is no role here")));
            }
            if let Some(group) = covers.group {
                groups::by_id(tx.conn(), organization, group)?
                    .ok_or_else(|| GatewayError::not_found("group", group))?;
            }
            let now = tx.now();
            let items = suggest::items(tx.conn(), organization, &policy, (id, &covers), now)?;
            let row = ReviewRow {
                organization_id: organization.to_string(),
                id: id.to_string(),
                name,
                covers: json!(covers).to_string(),
                created_by: super::ledger::actor_text(tx.actor()),
                created_at: now.micros(),
                completed_by: None,
                completed_at: None,
            };
            reviews::insert(tx, &row, &items)?;
            let event = Event::new(Action::ReviewOpened, target(&row))
                .with_detail(json!({ "covers": covers, "items": items.len() }));
            Ok(Audited::new(view(tx.conn(), organization, row)?, event))
        })
        .await
    }

    /// All reviews, the newest first.
    pub async fn list_reviews(self: &Arc<Self>, organization: OrganizationId) -> Result<Vec<ReviewView>, GatewayError> {
        self.store
            .read(move |conn| {
                let rows = reviews::all(conn, organization)?;
                rows.into_iter().map(|row| view(conn, organization, row)).collect()
            })
            .await
    }

    /// One review.
    pub async fn review(
        self: &Arc<Self>,
        organization: OrganizationId,
        id: ReviewId,
    ) -> Result<ReviewView, GatewayError> {
        self.store
            .read(move |conn| {
                let row = found(conn, organization, id)?;
                view(conn, organization, row)
            })
            .await
    }

    /// A page of a review's items.
    pub async fn review_items(
        self: &Arc<Self>,
        organization: OrganizationId,
        id: ReviewId,
        page: Page,
    ) -> Result<Vec<ItemView>, GatewayError> {
        let [offset, limit] = [page.offset, page.limit].map(|number| i64::try_from(number).unwrap_or(i64::MAX));
        self.store
            .read(move |conn| {
                found(conn, organization, id)?;
                let rows = reviews::items(conn, organization, id, offset, limit)?;
                Ok(rows.into_iter().map(ItemView::from).collect())
            })
            .await
    }

    /// Decides on an item, once. Revoked is only what is held no longer once this has answered.
    pub async fn decide_review_item(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        (id, number): (ReviewId, i64),
        verdict: Verdict,
        note: Option<String>,
    ) -> Result<ItemView, GatewayError> {
        if note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
            return Err(GatewayError::Invalid(format!("a note is at most {MAX_NOTE} characters long")));
        }
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let review = open(tx, id)?;
            let mut item = reviews::item(tx.conn(), organization, id, number)?
                .ok_or_else(|| GatewayError::not_found("item", number))?;
            if let Some(decision) = &item.decision {
                return Err(GatewayError::Taken(format!("it was decided already: `{decision}`")));
            }
            check_decider(tx, &item)?;
            let ended = match verdict {
                Verdict::Keep => None,
                Verdict::Revoke => revoke(&gateway, tx, &item)?,
            };
            item.decision = Some(verdict.as_str().to_owned());
            item.decided_by = Some(super::ledger::actor_text(tx.actor()));
            item.decided_at = Some(tx.now().micros());
            item.note = note;
            reviews::decide(tx, &item)?;
            let decided = Event::new(Action::ReviewDecided, target(&review)).with_scope(item.scope.clone()).with_detail(
                json!({ "item": number, "user": item.user_id, "role": item.role, "decision": verdict, "note": item.note }),
            );
            let shown = ItemView::from(item);
            Ok(match ended {
                Some(ended) => Audited::several(shown, ended, [decided]),
                None => Audited::new(shown, decided),
            })
        })
        .await
    }

    /// Ends a review all of whose items are decided.
    pub async fn complete_review(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ReviewId,
    ) -> Result<ReviewView, GatewayError> {
        self.change(organization, by, move |tx| {
            let mut row = open(tx, id)?;
            row.completed_by = Some(super::ledger::actor_text(tx.actor()));
            row.completed_at = Some(tx.now().micros());
            let shown = view(tx.conn(), organization, row.clone())?;
            if shown.undecided > 0 {
                return Err(GatewayError::Taken(format!("{} items are not decided yet", shown.undecided)));
            }
            reviews::complete(tx, &row)?;
            let event = Event::new(Action::ReviewCompleted, target(&row))
                .with_detail(json!({ "kept": shown.kept, "revoked": shown.revoked }));
            Ok(Audited::new(shown, event))
        })
        .await
    }
}

/// Nobody decides on what they hold themselves.
fn check_decider(tx: &WriteTx<'_>, item: &ItemRow) -> Result<(), GatewayError> {
    match tx.actor() {
        Actor::User(user) if user.to_string() == item.user_id => {
            Err(GatewayError::Forbidden("somebody else decides on what you hold".to_owned()))
        }
        Actor::User(_)
        | Actor::Directory(_)
        | Actor::ApiKey(_)
        | Actor::Connection(_)
        | Actor::Rule(_)
        | Actor::Operator
        | Actor::System
        | Actor::Anonymous => Ok(()),
    }
}

/// Ends what an item is about; nothing if it is not held any more. What a rule gives is refused while it does.
fn revoke(gateway: &Gateway, tx: &mut WriteTx<'_>, item: &ItemRow) -> Result<Option<Event>, GatewayError> {
    let organization = tx.organization();
    let Ok(user) = item.user_id.parse::<UserId>() else { return Ok(None) };
    let Some(row) = users::by_id(tx.conn(), organization, user)? else { return Ok(None) };
    let facts = facts_of(tx.conn(), &row)?;
    for held in &facts.assignments {
        match &held.source {
            Source::Direct { id, .. } if Some(id.to_string()) == item.assignment_id => {
                let id: AssignmentId = *id;
                return super::assignments::end(gateway, tx, user, id).map(Some);
            }
            Source::Derived { rule, group, group_name, .. }
                if Some(rule.to_string()) == item.rule_id && Some(group.to_string()) == item.group_id =>
            {
                return Err(GatewayError::Taken(format!(
                    "`{}` comes from the mapping rule {rule} through the group `{group_name}`: take {} out of that \
                     group where it is kept, or change the rule, and then decide again",
                    item.role, item.user_name
                )));
            }
            Source::Direct { .. } | Source::Derived { .. } | Source::Default => {}
        }
    }
    Ok(None)
}
