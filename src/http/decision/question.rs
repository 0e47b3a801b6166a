//! A question as AuthZEN writes it, and its answer.
//!
//! A subject is `{"type":"user","id":<SCIM id or userName>}`, an action a permission key, a resource
//! `{"type":<resource or scope type>,"id":…,"properties":{"scope":"team:emea-1"}}`; without a scope the question is
//! about the organization.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::access::{Question, Scope};
use crate::domain::decisions::Evaluation;
use crate::http::api::ApiClient;
use crate::http::api::client::invalid;
use crate::http::problem::Problem;

/// A subject, action or resource may be left out of a question where the request has a default for it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    subject: Option<Subject>,
    action: Option<Action>,
    resource: Option<Resource>,
    #[expect(dead_code, reason = "accepted as the API says; no rule here looks at it")]
    context: Option<Map<String, Value>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Subject {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Action {
    name: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Resource {
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

impl Asked {
    /// What this one leaves out is taken from `default`.
    pub(super) fn or(self, default: &Self) -> Self {
        Self {
            subject: self.subject.or_else(|| default.subject.clone()),
            action: self.action.or_else(|| default.action.clone()),
            resource: self.resource.or_else(|| default.resource.clone()),
            context: None,
        }
    }

    /// Asks the gateway.
    pub(super) async fn answer(&self, client: &ApiClient) -> Result<Evaluation, Problem> {
        let missing = |part: &str| invalid(format!("`{part}` is missing"));
        let subject = self.subject.as_ref().ok_or_else(|| missing("subject"))?;
        let action = self.action.as_ref().ok_or_else(|| missing("action"))?;
        let resource = self.resource.as_ref().ok_or_else(|| missing("resource"))?;
        if subject.kind != "user" {
            let quoted: String = subject.kind.chars().take(64).collect();
            return Err(invalid(format!("`{quoted}` is no type of subject: write `user`")));
        }
        let scope = resource.properties.scope.as_deref().map(Scope::parse).transpose();
        let question = Question {
            action: &action.name,
            resource_kind: &resource.kind,
            resource_id: &resource.id,
            scope: scope.map_err(|error| invalid(error.to_string()))?,
        };
        Ok(client.gateway.evaluate(&client.by, client.caller.organization, &subject.id, question).await?)
    }
}

/// The answer as AuthZEN writes it.
pub(super) fn told(evaluation: &Evaluation) -> Value {
    let mut context = Map::new();
    context.insert("reason".to_owned(), json!(evaluation.reason));
    if let Some(because) = evaluation.because() {
        context.insert("explanation".to_owned(), because);
    }
    json!({ "decision": evaluation.decision, "context": context })
}
