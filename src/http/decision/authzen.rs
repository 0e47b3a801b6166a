//! AuthZEN 1.0 (OpenID Authorization API): `/access/v1/evaluation`, `/access/v1/evaluations` and its metadata.
//!
//! A subject is `{"type":"user","id":<SCIM id or userName>}`, an action a permission key, a resource
//! `{"type":<resource or scope type>,"id":…,"properties":{"scope":"team:emea-1"}}`; without a scope the question is
//! about the organization. The reasons are in `context` of the answer. Who is not known is answered like who may not.

use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::access::{Question, Scope};
use crate::domain::decisions::Evaluation;
use crate::http::api::{ApiBody, ApiClient};
use crate::http::context::Context;
use crate::http::problem::Problem;
use actix_web::http::StatusCode;

/// At most so many questions at once.
const MAX_EVALUATIONS: usize = 1_000;

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

/// Many questions; what one leaves out is taken from the request (AuthZEN §7.1).
#[derive(Debug, Deserialize)]
pub struct ManyAsked {
    #[serde(flatten)]
    default: Asked,
    #[serde(default)]
    evaluations: Vec<Asked>,
    #[serde(default)]
    options: Options,
}

#[derive(Debug, Default, Deserialize)]
struct Options {
    #[serde(default)]
    evaluations_semantic: Semantic,
}

/// When to stop (AuthZEN §7.1.2.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Semantic {
    #[default]
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid", "The request makes no sense").detail(detail)
}

impl Asked {
    fn or(self, default: &Self) -> Self {
        Self {
            subject: self.subject.or_else(|| default.subject.clone()),
            action: self.action.or_else(|| default.action.clone()),
            resource: self.resource.or_else(|| default.resource.clone()),
            context: None,
        }
    }

    async fn answer(&self, client: &ApiClient) -> Result<Evaluation, Problem> {
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

fn told(evaluation: &Evaluation) -> Value {
    let mut context = Map::new();
    context.insert("reason".to_owned(), json!(evaluation.reason));
    if let Some(because) = evaluation.because() {
        context.insert("explanation".to_owned(), because);
    }
    json!({ "decision": evaluation.decision, "context": context })
}

/// `POST /access/v1/evaluation`
pub async fn evaluation(client: ApiClient, ApiBody(asked): ApiBody<Asked>) -> Result<impl Responder, Problem> {
    Ok(HttpResponse::Ok().json(told(&asked.answer(&client).await?)))
}

/// `POST /access/v1/evaluations`: one answer for each question, in their order, up to where the semantic stops.
pub async fn evaluations(client: ApiClient, ApiBody(many): ApiBody<ManyAsked>) -> Result<impl Responder, Problem> {
    if many.evaluations.len() > MAX_EVALUATIONS {
        return Err(invalid(format!("at most {MAX_EVALUATIONS} evaluations at once")));
    }
    // Without a list the request is a single question (AuthZEN §7.1).
    if many.evaluations.is_empty() {
        return Ok(HttpResponse::Ok().json(told(&many.default.answer(&client).await?)));
    }
    let mut answers = Vec::with_capacity(many.evaluations.len());
    for asked in many.evaluations {
        let (decision, answer) = match asked.or(&many.default).answer(&client).await {
            Ok(evaluation) => (evaluation.decision, told(&evaluation)),
            // One question that makes no sense leaves the others; it is answered with no.
            Err(problem) if actix_web::ResponseError::status_code(&problem).is_client_error() => {
                let error = json!({ "status": 400, "message": problem.to_string() });
                (false, json!({ "decision": false, "context": { "error": error } }))
            }
            Err(problem) => return Err(problem),
        };
        answers.push(answer);
        let is_enough = match many.options.evaluations_semantic {
            Semantic::ExecuteAll => false,
            Semantic::DenyOnFirstDeny => !decision,
            Semantic::PermitOnFirstPermit => decision,
        };
        if is_enough {
            break;
        }
    }
    Ok(HttpResponse::Ok().json(json!({ "evaluations": answers })))
}

/// `GET /.well-known/authzen-configuration` (AuthZEN §9.1)
pub async fn configuration(context: Data<Context>) -> HttpResponse {
    let at = context.gateway.public_url();
    HttpResponse::Ok().json(json!({
        "policy_decision_point": at,
        "access_evaluation_endpoint": format!("{at}/access/v1/evaluation"),
        "access_evaluations_endpoint": format!("{at}/access/v1/evaluations"),
    }))
}
