//! A question as AuthZEN writes it, and its answer.
//!
//! A subject is `{"type":"user","id":<SCIM id or userName>}` or `{"type":"service_account","id":<id or name>}`, an action a permission key, a resource
//! `{"type":<resource or scope type>,"id":…,"properties":{"scope":"team:emea-1"}}`; without a scope the question is
//! about the organization.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::requests;
use crate::access::{HolderKind, Reason, Scope};
use crate::domain::approvals::ApprovalClaim;
use crate::domain::decisions::Evaluation;
use crate::domain::search::Sought;
use crate::domain::{Gateway, GatewayError};
use crate::http::api::ApiClient;
use crate::http::api::client::invalid;
use crate::http::problem::Problem;

/// A subject, action or resource may be left out of a question where the request has a default for it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    subject: Option<Subject>,
    action: Option<Action>,
    resource: Option<Resource>,
    context: Option<Context>,
}

/// Of what an application says about the circumstances, what counts here: `approval`, a request that was approved, and
/// the `parameters` that it was approved for.
#[derive(Debug, Clone, Default, Deserialize)]
struct Context {
    #[serde(default)]
    approval: Option<Named>,
    #[serde(default)]
    parameters: Value,
}

/// A request for approval: its id, or the object that told of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "`approval` is the id of a request, or an object with its `id`")]
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

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Subject {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) id: String,
}

/// A permission key.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Action {
    pub(crate) name: String,
}

/// A resource or scope; without an id where one is sought.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Resource {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    properties: Properties,
}

#[derive(Debug, Clone, Default, Deserialize)]
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
pub(super) fn told(evaluation: &Evaluation, whole: bool, gateway: &Gateway) -> Value {
    let mut context = Map::new();
    context.insert("reason".to_owned(), json!(evaluation.reason));
    if let Some(because) = evaluation.because().filter(|_| whole) {
        context.insert("explanation".to_owned(), because);
    }
    if evaluation.reason == Reason::ApprovalRequired.as_str() {
        context.insert("access_request".to_owned(), json!({ "endpoint": requests::endpoint(gateway) }));
    }
    json!({ "decision": evaluation.decision, "context": context })
}
