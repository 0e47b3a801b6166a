//! `/api/v1/mapping-rules`: groups become roles, and what a change would do.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::client::{id, number, page_of};
use super::{ApiBody, ApiManager};
use crate::domain::mappings::{RuleDraft, RuleProposal, RuleVersion, RuleView};
use crate::http::problem::Problem;

/// A rule as written: `{"group":{"name"|"id"|"pattern":…},"role":…,"scope":…,"priority":…}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleBody {
    group: GroupBody,
    role: String,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    priority: i32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum GroupBody {
    Name(String),
    Id(String),
    Pattern(String),
}

/// A change to try: a rule to add (as for POST), `{"change":{"id":…,"rule":…}}`, or `{"remove":<id>}`.
#[derive(Debug)]
pub enum PreviewBody {
    Change(ChangeBody),
    Remove(String),
    Add(RuleBody),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changing {
    change: ChangeBody,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Removing {
    remove: String,
}

impl<'de> Deserialize<'de> for PreviewBody {
    /// By the key that is there, so that what is wrong with it is told, and not that nothing fitted.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let body = Map::<String, Value>::deserialize(from)?;
        let (changes, removes) = (body.contains_key("change"), body.contains_key("remove"));
        let body = Value::Object(body);
        let read = if changes {
            serde_json::from_value(body).map(|Changing { change }| Self::Change(change))
        } else if removes {
            serde_json::from_value(body).map(|Removing { remove }| Self::Remove(remove))
        } else {
            serde_json::from_value(body).map(Self::Add)
        };
        read.map_err(D::Error::custom)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    id: String,
    rule: RuleBody,
}

impl From<RuleBody> for RuleDraft {
    fn from(body: RuleBody) -> Self {
        let (group_match, group_text) = match body.group {
            GroupBody::Name(text) => ("name", text),
            GroupBody::Id(text) => ("id", text),
            GroupBody::Pattern(text) => ("pattern", text),
        };
        Self {
            group_match: group_match.to_owned(),
            group_text,
            role: body.role,
            scope: body.scope.unwrap_or_else(|| "organization".to_owned()),
            priority: body.priority,
        }
    }
}

fn told(rule: &RuleView) -> Value {
    json!({
        "id": rule.id,
        "group": { rule.group_match.as_str(): rule.group_text },
        "role": rule.role,
        "scope": rule.scope,
        "priority": rule.priority,
        "version": rule.version,
    })
}

/// `POST /api/v1/mapping-rules`
pub async fn create(ApiManager(client): ApiManager, ApiBody(body): ApiBody<RuleBody>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let rule = client.gateway.create_rule(client.by, organization, body.into()).await?;
    Ok(HttpResponse::build(StatusCode::CREATED).json(told(&rule)))
}

/// `GET /api/v1/mapping-rules`
pub async fn list(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    let rules = client.gateway.list_rules(client.organization()).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": rules.iter().map(told).collect::<Vec<_>>() })))
}

/// `PUT /api/v1/mapping-rules/{id}`
pub async fn change(
    ApiManager(client): ApiManager,
    rule: Path<String>,
    ApiBody(body): ApiBody<RuleBody>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let rule = client.gateway.change_rule(client.by, organization, id("mapping rule", &rule)?, body.into()).await?;
    Ok(HttpResponse::Ok().json(told(&rule)))
}

/// `DELETE /api/v1/mapping-rules/{id}`
pub async fn delete(ApiManager(client): ApiManager, rule: Path<String>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.delete_rule(client.by, organization, id("mapping rule", &rule)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/mapping-rules/preview?offset=&limit=`: who would gain and who would lose; nothing is changed.
pub async fn preview(
    ApiManager(client): ApiManager,
    request: HttpRequest,
    ApiBody(body): ApiBody<PreviewBody>,
) -> Result<HttpResponse, Problem> {
    let proposal = match body {
        PreviewBody::Add(rule) => RuleProposal::Add(rule.into()),
        PreviewBody::Change(change) => RuleProposal::Change(id("mapping rule", &change.id)?, change.rule.into()),
        PreviewBody::Remove(remove) => RuleProposal::Remove(id("mapping rule", &remove)?),
    };
    let page = page_of(&request)?;
    Ok(HttpResponse::Ok().json(client.gateway.preview_rules(client.organization(), proposal, page).await?))
}

/// `{"version": 3}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackBody {
    pub version: i64,
}

fn told_version(row: &RuleVersion) -> Value {
    json!({
        "version": row.version,
        "group": { row.group_match.as_str(): row.group_text },
        "role": row.role,
        "scope": row.scope,
        "priority": row.priority,
        "changed_by": row.changed_by,
        "changed_at": row.changed_at.rfc3339(),
    })
}

/// `GET /api/v1/mapping-rules/{id}/versions?before=`
pub async fn versions(
    ApiManager(client): ApiManager,
    rule: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (rule, before) = (id("mapping rule", &rule)?, number(&request, "before")?);
    let versions = client.gateway.rule_versions(client.organization(), rule, before).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": versions.iter().map(told_version).collect::<Vec<_>>() })))
}

/// `POST /api/v1/mapping-rules/{id}/rollback`
pub async fn rollback(
    ApiManager(client): ApiManager,
    rule: Path<String>,
    ApiBody(body): ApiBody<RollbackBody>,
) -> Result<HttpResponse, Problem> {
    let (rule, organization) = (id("mapping rule", &rule)?, client.organization());
    let rule = client.gateway.roll_rule_back(client.by, organization, rule, body.version).await?;
    Ok(HttpResponse::Ok().json(told(&rule)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::json;

    fn refusal(body: &str) -> String {
        json::parse::<PreviewBody>(body.as_bytes(), 32).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_preview_is_read_by_the_key_that_is_there() {
        let read = |body: &str| json::parse::<PreviewBody>(body.as_bytes(), 32).unwrap();
        let rule = r#"{"group":{"name":"Acme"},"role":"member"}"#;
        assert!(matches!(read(rule), PreviewBody::Add(_)));
        assert!(matches!(read(&format!(r#"{{"change":{{"id":"x","rule":{rule}}}}}"#)), PreviewBody::Change(_)));
        assert!(matches!(read(r#"{"remove":"x"}"#), PreviewBody::Remove(_)));
    }

    #[test]
    fn a_wrong_preview_is_told_which_field_is_wrong() {
        for (body, told) in [
            (r#"{"group":{"name":"Acme"}}"#, "missing field `role`"),
            (r#"{"group":{"name":"Acme"},"role":"member","scop":"x"}"#, "unknown field `scop`"),
            (r#"{"group":{"nam":"Acme"},"role":"member"}"#, "unknown variant `nam`"),
            (r#"{"change":{"id":"x"}}"#, "missing field `rule`"),
            (r#"{"remove":"x","also":1}"#, "unknown field `also`"),
            (r#"{"remove":"x","change":{"id":"x"}}"#, "unknown field `remove`"),
            ("[]", "expected"),
        ] {
            let said = refusal(body);
            assert!(said.contains(told), "{body}: {said}");
            assert!(!said.contains("untagged"), "{said}");
        }
    }
}
