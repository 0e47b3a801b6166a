//! May this person do this here? Answered from memory, with reasons.

use std::sync::Arc;

use serde_json::Value;

use super::approvals::ApprovalClaim;
use super::search::Sought;
use super::subjects::Subject;
use super::{Gateway, GatewayError};
use crate::access::{self, Catalogue, Decision, Duty, Explanation, PermissionNumber, Question, Reason, Scope};
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{Attribution, OrganizationId, UserId};

/// A decision, and why.
#[derive(Debug, Clone)]
pub struct Evaluation {
    pub decision: bool,
    /// A stable code, e.g. `allowed_by_role`, `inactive`, `no_grant`.
    pub reason: &'static str,
    /// The chain of reasons, if it was asked for.
    pub explanation: Option<Explanation>,
}

impl Evaluation {
    /// Nobody by that name is known: the answer is no, like for anybody without rights.
    fn unknown_subject() -> Self {
        Self { decision: false, reason: "unknown_subject", explanation: None }
    }

    /// The explanation as JSON.
    pub fn because(&self) -> Option<Value> {
        self.explanation.as_ref().and_then(|explanation| serde_json::to_value(explanation).ok())
    }
}

impl Gateway {
    /// Answers a question about a subject, named by SCIM id or userName. What is held back is allowed once to who
    /// brings a yes that was given to exactly this.
    pub async fn evaluate(
        self: &Arc<Self>,
        by: &Attribution,
        organization: OrganizationId,
        subject: &str,
        sought: &Sought,
        claim: Option<ApprovalClaim>,
    ) -> Result<Evaluation, GatewayError> {
        let Some(found) = self.subject_named(organization, subject).await? else {
            return Ok(Evaluation::unknown_subject());
        };
        let evaluation = self.judge(&found, &sought.question(), true)?;
        if evaluation.decision {
            self.note_use(organization, &found, &sought.action);
            return Ok(evaluation);
        }
        if let Some(claim) = claim.filter(|_| evaluation.reason == Reason::ApprovalRequired.as_str())
            && self.use_approval(by.clone(), organization, found.user(), sought.clone(), claim).await?
        {
            self.note_use(organization, &found, &sought.action);
            return Ok(Evaluation { decision: true, reason: "allowed_by_approval", explanation: None });
        }
        self.note_refused_decision(by, organization, found.user(), &sought.question(), evaluation.reason);
        Ok(evaluation)
    }

    /// The same for somebody who wants to know why: nothing is exercised by it.
    pub async fn explain_evaluation(
        self: &Arc<Self>,
        by: &Attribution,
        organization: OrganizationId,
        subject: &str,
        sought: &Sought,
    ) -> Result<Evaluation, GatewayError> {
        let Some(found) = self.subject_named(organization, subject).await? else {
            return Ok(Evaluation::unknown_subject());
        };
        let evaluation = self.judge(&found, &sought.question(), true)?;
        if !evaluation.decision {
            self.note_refused_decision(by, organization, found.user(), &sought.question(), evaluation.reason);
        }
        Ok(evaluation)
    }

    /// Decides on a person that is known already.
    pub(super) fn judge(
        &self,
        subject: &Subject,
        question: &Question<'_>,
        explained: bool,
    ) -> Result<Evaluation, GatewayError> {
        let now = self.now();
        let decision = match subject.policy.resolve(question) {
            Ok(resolved) => access::decide(&subject.access, &resolved, now),
            Err(unknown) => Decision::from(&unknown),
        };
        // An allow rests on memory, so the lease is looked at last, after everything that took time.
        if decision.allowed {
            self.memory_holds()?;
        }
        let explanation = explained.then(|| access::explain(&subject.policy, &subject.facts(), question, now));
        Ok(Evaluation { decision: decision.allowed, reason: decision.reason.as_str(), explanation })
    }

    /// Refuses unless the person holds the permission that opens the gateway's own management.
    pub(super) async fn check_manager(
        self: &Arc<Self>,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), GatewayError> {
        let refused = || GatewayError::Forbidden("this needs the right to manage the organization".to_owned());
        self.check_administers(organization, user, Catalogue::manage).await?.ok_or_else(refused)
    }

    /// Refuses unless the person holds the permission that opens the audit log.
    pub(super) async fn check_auditor(
        self: &Arc<Self>,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), GatewayError> {
        let refused = || GatewayError::Forbidden("this needs the right to read the audit log".to_owned());
        self.check_administers(organization, user, Catalogue::audit).await?.ok_or_else(refused)
    }

    /// Whether the person exercises, in the organization, one of the permissions that the catalogue names for its own use.
    async fn check_administers(
        self: &Arc<Self>,
        organization: OrganizationId,
        user: UserId,
        which: impl Fn(&Catalogue) -> PermissionNumber,
    ) -> Result<Option<()>, GatewayError> {
        let Some(subject) = self.subject(organization, user).await? else { return Ok(None) };
        let catalogue = &subject.policy.catalogue;
        let action = catalogue.permission_key(which(catalogue));
        let allowed = self.judge(&subject, &Question::about(action, None), false)?.decision;
        Ok(allowed.then(|| self.note_use(organization, &subject, action)))
    }

    /// Whether somebody could manage the organization, and whether they could read its log.
    pub(super) fn administers(&self, subject: &Subject) -> Result<(bool, bool), GatewayError> {
        let catalogue = &subject.policy.catalogue;
        let may = |which: PermissionNumber| {
            let action = catalogue.permission_key(which);
            Ok::<_, GatewayError>(self.judge(subject, &Question::about(action, None), false)?.decision)
        };
        Ok((may(catalogue.manage())?, may(catalogue.audit())?))
    }

    /// Refuses unless the person manages the organization or some scope of it.
    pub(super) async fn check_delegate(
        self: &Arc<Self>,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), GatewayError> {
        let refused = || GatewayError::Forbidden("this needs the right to manage something here".to_owned());
        let subject = self.subject(organization, user).await?.ok_or_else(refused)?;
        let catalogue = &subject.policy.catalogue;
        let action = catalogue.permission_key(catalogue.manage());
        let facts = subject.facts();
        let held = facts.assignments.iter().map(|held| &held.scope);
        let given = facts.overrides.iter().map(|given| given.scope.widest());
        for scope in std::iter::once(&Scope::Organization).chain(held).chain(given) {
            if self.judge(&subject, &Question::about(action, Some(scope.clone())), false)?.decision {
                self.note_use(organization, &subject, action);
                return Ok(());
            }
        }
        Err(refused())
    }

    /// Refuses unless the person holds, in the organization, what the catalogue names for this part of the management; and
    /// the right to manage, where it names nothing.
    pub(super) async fn check_duty_of(
        self: &Arc<Self>,
        organization: OrganizationId,
        user: UserId,
        duty: Duty,
    ) -> Result<(), GatewayError> {
        let policy = self.policy(organization).await?;
        let Some(permission) = policy.catalogue.duty(duty) else {
            return self.check_manager(organization, user).await;
        };
        let action = policy.catalogue.permission_key(permission);
        let refused = || GatewayError::Forbidden(format!("this needs `{action}` in the organization"));
        let subject = self.subject(organization, user).await?.ok_or_else(refused)?;
        let evaluation = self.judge(&subject, &Question::about(action, None), false)?;
        if !evaluation.decision {
            return Err(refused());
        }
        self.note_use(organization, &subject, action);
        Ok(())
    }

    pub(super) fn note_refused_decision(
        &self,
        by: &Attribution,
        organization: OrganizationId,
        user: UserId,
        question: &Question<'_>,
        reason: &'static str,
    ) {
        let mut event = Event::refused(Action::DecisionRefused, Target::new(TargetKind::User, user), reason)
            .with_detail(serde_json::json!({
                "action": question.action.chars().take(128).collect::<String>(),
                "resource": format!("{}:{}", question.resource_kind, question.resource_id).chars().take(256).collect::<String>(),
            }));
        if let Some(scope) = &question.scope {
            event = event.with_scope(scope.to_string());
        }
        self.note_refusal(organization, by.clone(), event);
    }
}
