//! AuthZEN 1.0 (OpenID Authorization API): `/access/v1/evaluation`, `/access/v1/evaluations` and its metadata.
//!
//! The reasons are in `context` of the answer. Who is not known is answered like who may not.

use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::question::{Answer, AnswerContext, Asked, told};
use super::requests;
use crate::http::api::client::invalid;
use crate::http::api::{ApiBody, ApiClient};
use crate::http::context::Context;
use crate::http::problem::Problem;

/// At most so many questions at once.
const MAX_EVALUATIONS: usize = 1_000;

/// Many questions; what one leaves out is taken from the request (AuthZEN §7.1).
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct ManyAsked {
    #[serde(flatten)]
    default: Asked,
    #[serde(default)]
    evaluations: Vec<Asked>,
    #[serde(default)]
    options: Options,
}

#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
struct Options {
    #[serde(default)]
    evaluations_semantic: Semantic,
}

/// When to stop (AuthZEN §7.1.2.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Semantic {
    #[default]
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

/// One answer for each question, in their order, up to where the semantic stops. Without a list of questions there is
/// one answer, as of a single evaluation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Answers {
    evaluations: Vec<Answer>,
}

/// One answer or many.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    Many(Answers),
    One(Answer),
}

/// `POST /access/v1/evaluation`
#[utoipa::path(
    post, path = "/access/v1/evaluation", tag = "Decisions",
    summary = "May this be done? (AuthZEN)",
    security(("api_key" = [])),
    request_body = Asked,
    responses((status = 200, body = Answer)),
)]
pub async fn evaluation(client: ApiClient, ApiBody(asked): ApiBody<Asked>) -> Result<impl Responder, Problem> {
    let evaluation = asked.answer(&client).await?;
    Ok(HttpResponse::Ok().json(told(&evaluation, client.may_be_told().await?, &client.gateway)))
}

/// `POST /access/v1/evaluations`: one answer for each question, in their order, up to where the semantic stops.
#[utoipa::path(
    post, path = "/access/v1/evaluations", tag = "Decisions",
    summary = "Many questions at once (AuthZEN)",
    security(("api_key" = [])),
    request_body = ManyAsked,
    responses((status = 200, body = OneOrMany)),
)]
pub async fn evaluations(client: ApiClient, ApiBody(many): ApiBody<ManyAsked>) -> Result<impl Responder, Problem> {
    if many.evaluations.len() > MAX_EVALUATIONS {
        return Err(invalid(format!("at most {MAX_EVALUATIONS} evaluations at once")));
    }
    let whole = client.may_be_told().await?;
    // Without a list the request is a single question (AuthZEN §7.1).
    if many.evaluations.is_empty() {
        let evaluation = many.default.answer(&client).await?;
        return Ok(HttpResponse::Ok().json(OneOrMany::One(told(&evaluation, whole, &client.gateway))));
    }
    let mut answers = Vec::with_capacity(many.evaluations.len());
    for asked in many.evaluations {
        let (decision, answer) = match asked.or(&many.default).answer(&client).await {
            Ok(evaluation) => (evaluation.decision, told(&evaluation, whole, &client.gateway)),
            // One question that makes no sense leaves the others; it is answered with no.
            Err(problem) if actix_web::ResponseError::status_code(&problem).is_client_error() => {
                let error = Some(json!({ "status": 400, "message": problem.to_string() }));
                (false, Answer { decision: false, context: AnswerContext { error, ..AnswerContext::default() } })
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
    Ok(HttpResponse::Ok().json(OneOrMany::Many(Answers { evaluations: answers })))
}

/// `GET /.well-known/authzen-configuration` (AuthZEN §9.1)
pub async fn configuration(context: Data<Context>) -> HttpResponse {
    let at = context.gateway.public_url();
    HttpResponse::Ok().json(json!({
        "policy_decision_point": at,
        "access_evaluation_endpoint": format!("{at}/access/v1/evaluation"),
        "access_evaluations_endpoint": format!("{at}/access/v1/evaluations"),
        "search_subject_endpoint": format!("{at}/access/v1/search/subject"),
        "search_resource_endpoint": format!("{at}/access/v1/search/resource"),
        "search_action_endpoint": format!("{at}/access/v1/search/action"),
        "access_request_endpoint": requests::endpoint(&context.gateway),
    }))
}
