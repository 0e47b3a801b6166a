//! A question as AuthZEN writes it, and its answer.
//!
//! A subject is `{"type":"user","id":<SCIM id or userName>}` or `{"type":"service_account","id":<id or name>}`, an action a permission key, a resource
//! `{"type":<resource or scope type>,"id":…,"properties":{"scope":"team:emea-1"}}`; without a scope the question is
//! about the organization.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::requests;
use crate::access::{HolderKind, Reason, Scope};
use crate::domain::approvals::ApprovalClaim;
use crate::domain::decisions::Evaluation;
use crate::domain::search::Sought;
use crate::domain::{Gateway, GatewayError};
use crate::http::api::ApiClient;
use crate::http::api::client::invalid;
use crate::http::problem::Problem;

/// An answer as AuthZEN writes it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Answer {
    pub(super) decision: bool,
    pub(super) context: AnswerContext,
}

/// Why.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct AnswerContext {
    /// A stable code, e.g. `allowed_by_role`, `inactive`, `no_grant`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'static str>,
    /// What it rests on, for whoever manages the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) explanation: Option<Value>,
    /// Where to ask for the yes that would make it another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) access_request: Option<AccessRequestPlace>,
    /// Why one question of many could not be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Value>,
}

/// Where to ask.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccessRequestPlace {
    endpoint: String,
}

/// A subject, action or resource may be left out of a question where the request has a default for it.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct Asked {
    subject: Option<Subject>,
    action: Option<Action>,
    resource: Option<Resource>,
    context: Option<Context>,
}

/// Of what an application says about the circumstances, what counts here: `approval`, a request that was approved, and
/// the `parameters` that it was approved for.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = QuestionContext)]
struct Context {
    #[serde(default)]
    approval: Option<Named>,
    #[serde(default)]
    parameters: Value,
}

/// A request for approval: its id, or the object that told of it.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(untagged, expecting = "`approval` is the id of a request, or an object with its `id`")]
#[schema(as = ApprovalName)]
enum Named {
    Id(String),
    Object { id: String },
}

impl Named {
    fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Object { id } => id,
        }
    }
}

impl Context {
    /// The yes that is to be used. What is no id is the id of nothing.
    fn claim(&self) -> Option<ApprovalClaim> {
        let id = self.approval.as_ref()?.id().parse().ok()?;
        Some(ApprovalClaim { id, parameters: self.parameters.clone() })
    }
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub(super) struct Subject {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) id: String,
}

/// A permission key.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub(crate) struct Action {
    pub(crate) name: String,
}

/// A resource or scope; without an id where one is sought.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub(crate) struct Resource {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    properties: Properties,
}

#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = ResourceProperties)]
struct Properties {
    scope: Option<String>,
}

/// What holds rights, by the name of its type.
pub(super) fn holder_kind(kind: &str) -> Result<HolderKind, Problem> {
    match kind {
        "user" => Ok(HolderKind::Person),
        "service_account" => Ok(HolderKind::ServiceAccount),
        _ => {
            let quoted: String = kind.chars().take(64).collect();
            Err(invalid(format!("`{quoted}` is no type of subject: write `user` or `service_account`")))
        }
    }
}

/// The name by which the gateway knows a subject about which the caller may ask. A service account that is not there
/// keeps the name that was asked for with its type, which nobody bears.
pub(super) async fn subject_named(client: &ApiClient, kind: &str, id: &str) -> Result<String, Problem> {
    let name = match holder_kind(kind)? {
        HolderKind::Person => id.to_owned(),
        HolderKind::ServiceAccount => match client.gateway.service_account_named(client.organization(), id).await {
            Ok(account) => account.to_string(),
            Err(GatewayError::NotFound { .. }) => format!("service_account:{id}"),
            Err(error) => return Err(error.into()),
        },
    };
    client.gateway.check_may_ask(&client.caller, &name).await?;
    Ok(name)
}

impl Resource {
    /// This, as what an action is to be done to.
    pub(crate) fn sought(&self, action: String) -> Result<Sought, Problem> {
        let scope = self.properties.scope.as_deref().map(Scope::parse).transpose();
        Ok(Sought {
            action,
            resource_kind: self.kind.clone(),
            resource_id: self.id.clone(),
            scope: scope.map_err(|error| invalid(error.to_string()))?,
        })
    }
}

impl Asked {
    /// What this one leaves out is taken from `default`.
    pub(super) fn or(self, default: &Self) -> Self {
        Self {
            subject: self.subject.or_else(|| default.subject.clone()),
            action: self.action.or_else(|| default.action.clone()),
            resource: self.resource.or_else(|| default.resource.clone()),
            context: self.context.or_else(|| default.context.clone()),
        }
    }

    /// Asks the gateway. A yes that the question brings is used up by it.
    pub(super) async fn answer(&self, client: &ApiClient) -> Result<Evaluation, Problem> {
        let (subject, sought) = self.asked(client).await?;
        let claim = self.context.as_ref().and_then(Context::claim);
        Ok(client.gateway.evaluate(&client.by, client.caller.organization, &subject, &sought, claim).await?)
    }

    /// Asks the gateway why, which uses nothing up and exercises nothing.
    pub(super) async fn explanation(&self, client: &ApiClient) -> Result<Evaluation, Problem> {
        let (subject, sought) = self.asked(client).await?;
        Ok(client.gateway.explain_evaluation(&client.by, client.caller.organization, &subject, &sought).await?)
    }

    /// About whom, and what.
    async fn asked(&self, client: &ApiClient) -> Result<(String, Sought), Problem> {
        let missing = |part: &str| invalid(format!("`{part}` is missing"));
        let subject = self.subject.as_ref().ok_or_else(|| missing("subject"))?;
        let action = self.action.as_ref().ok_or_else(|| missing("action"))?;
        let resource = self.resource.as_ref().ok_or_else(|| missing("resource"))?;
        let subject = subject_named(client, &subject.kind, &subject.id).await?;
        Ok((subject, resource.sought(action.name.clone())?))
    }
}

/// The answer as AuthZEN writes it. What it rests on (who denied it and why, which group and which rule) is told to whoever
/// manages the organization, and to nobody about themselves. Where somebody else's yes could make it another, it says where
/// to ask for that.
pub(super) fn told(evaluation: &Evaluation, whole: bool, gateway: &Gateway) -> Answer {
    let needs_a_yes = evaluation.reason == Reason::ApprovalRequired.as_str();
    let context = AnswerContext {
        reason: Some(evaluation.reason),
        explanation: evaluation.because().filter(|_| whole),
        access_request: needs_a_yes.then(|| AccessRequestPlace { endpoint: requests::endpoint(gateway) }),
        error: None,
    };
    Answer { decision: evaluation.decision, context }
}
