//! `/api/v1/mapping-rules`: groups become roles, and what a change would do.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::{OneOfBuilder, Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::client::id;
use super::list::{PageQuery, VersionsQuery};
use super::tag::{Expected, tagged};
use super::{ApiBody, ApiManager, ApiQuery, Listed, Listing};
use crate::domain::impact::Impact;
use crate::domain::mappings::{RuleDraft, RuleProposal, RuleVersion, RuleView};
use crate::http::problem::Problem;
use crate::model::RuleId;

/// A rule as written: `{"group":{"name"|"id"|"pattern":…},"role":…,"scope":…,"priority":…}`.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleBody {
    group: GroupBody,
    role: String,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    priority: i32,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
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

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Changing {
    change: ChangeBody,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Removing {
    remove: String,
}

impl PartialSchema for PreviewBody {
    fn schema() -> RefOr<Schema> {
        let one_of = OneOfBuilder::new().item(Ref::from_schema_name(RuleBody::name()));
        one_of.item(Changing::schema()).item(Removing::schema()).into()
    }
}

impl ToSchema for PreviewBody {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        for (name, schema) in [(RuleBody::name(), RuleBody::schema()), (ChangeBody::name(), ChangeBody::schema())] {
            schemas.push((name.into_owned(), schema));
        }
        RuleBody::schemas(schemas);
    }
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

#[derive(Debug, Deserialize, utoipa::ToSchema)]
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

/// The group that a rule is about: `{"name"|"id"|"pattern":…}`.
type Group = BTreeMap<String, String>;

/// A rule as it stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Rule {
    id: RuleId,
    /// `{"name"|"id"|"pattern":…}`
    #[schema(value_type = GroupBody)]
    group: Group,
    role: String,
    scope: String,
    priority: i32,
    version: i64,
}

impl From<RuleView> for Rule {
    fn from(rule: RuleView) -> Self {
        let RuleView { id, group_match, group_text, role, scope, priority, version } = rule;
        Self { id, group: Group::from([(group_match, group_text)]), role, scope, priority, version }
    }
}

/// `POST /api/v1/mapping-rules`
#[utoipa::path(
    post, path = "/api/v1/mapping-rules", tag = "Mapping rules",
    summary = "Make a rule",
    security(("api_key" = ["manage"])),
    request_body = RuleBody,
    responses((status = 201, body = Rule)),
)]
pub async fn create(ApiManager(client): ApiManager, ApiBody(body): ApiBody<RuleBody>) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let rule = client.gateway.create_rule(client.by, organization, body.into()).await?;
    Ok(HttpResponse::Created().json(Rule::from(rule)))
}

/// `GET /api/v1/mapping-rules`
#[utoipa::path(
    get, path = "/api/v1/mapping-rules", tag = "Mapping rules",
    summary = "The rules, the highest priority first",
    security(("api_key" = ["manage"])),
    params(Listing),
    responses((status = 200, body = Listed<Rule>)),
)]
pub async fn list(
    ApiManager(client): ApiManager,
    ApiQuery(listing): ApiQuery<Listing>,
) -> Result<HttpResponse, Problem> {
    let rules = client.gateway.list_rules(client.organization()).await?;
    Ok(HttpResponse::Ok().json(listing.cut(rules.into_iter().map(Rule::from).collect(), |rule| rule.id)?))
}

/// `GET /api/v1/mapping-rules/{id}`
#[utoipa::path(
    get, path = "/api/v1/mapping-rules/{id}", tag = "Mapping rules",
    summary = "A rule",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = Rule)),
)]
pub async fn read(ApiManager(client): ApiManager, rule: Path<String>) -> Result<HttpResponse, Problem> {
    let rule = client.gateway.rule(client.organization(), id("mapping rule", &rule)?).await?;
    Ok(tagged(rule.version, Rule::from(rule)))
}

/// `PUT /api/v1/mapping-rules/{id}`
#[utoipa::path(
    put, path = "/api/v1/mapping-rules/{id}", tag = "Mapping rules",
    summary = "Change a rule",
    security(("api_key" = ["manage"])),
    request_body = RuleBody,
    responses((status = 200, body = Rule)),
)]
pub async fn change(
    ApiManager(client): ApiManager,
    rule: Path<String>,
    Expected(expected): Expected,
    ApiBody(body): ApiBody<RuleBody>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    let rule = id("mapping rule", &rule)?;
    let rule = client.gateway.change_rule(client.by, organization, rule, expected, body.into()).await?;
    Ok(tagged(rule.version, Rule::from(rule)))
}

/// `DELETE /api/v1/mapping-rules/{id}`
#[utoipa::path(
    delete, path = "/api/v1/mapping-rules/{id}", tag = "Mapping rules",
    summary = "Delete a rule",
    security(("api_key" = ["manage"])),
    responses((status = 204)),
)]
pub async fn delete(
    ApiManager(client): ApiManager,
    Expected(expected): Expected,
    rule: Path<String>,
) -> Result<HttpResponse, Problem> {
    let organization = client.organization();
    client.gateway.delete_rule(client.by, organization, id("mapping rule", &rule)?, expected).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/v1/mapping-rules/preview?offset=&limit=`: who would gain and who would lose; nothing is changed.
#[utoipa::path(
    post, path = "/api/v1/mapping-rules/preview", tag = "Mapping rules",
    summary = "Who would gain and who would lose",
    security(("api_key" = ["manage"])),
    params(PageQuery),
    request_body = PreviewBody,
    responses((status = 200, body = Impact)),
)]
pub async fn preview(
    ApiManager(client): ApiManager,
    ApiQuery(page): ApiQuery<PageQuery>,
    ApiBody(body): ApiBody<PreviewBody>,
) -> Result<HttpResponse, Problem> {
    let proposal = match body {
        PreviewBody::Add(rule) => RuleProposal::Add(rule.into()),
        PreviewBody::Change(change) => RuleProposal::Change(id("mapping rule", &change.id)?, change.rule.into()),
        PreviewBody::Remove(remove) => RuleProposal::Remove(id("mapping rule", &remove)?),
    };
    Ok(HttpResponse::Ok().json(client.gateway.preview_rules(client.organization(), proposal, page.into()).await?))
}

/// `{"version": 3}`
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackBody {
    pub version: i64,
}

/// A version of a rule.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RuleVersionOf {
    version: i64,
    #[schema(value_type = GroupBody)]
    group: Group,
    role: String,
    scope: String,
    priority: i32,
    changed_by: String,
    #[schema(format = DateTime)]
    changed_at: String,
}

impl From<RuleVersion> for RuleVersionOf {
    fn from(row: RuleVersion) -> Self {
        let RuleVersion { version, group_match, group_text, role, scope, priority, changed_by, changed_at } = row;
        let (group, changed_at) = (Group::from([(group_match, group_text)]), changed_at.rfc3339());
        Self { version, group, role, scope, priority, changed_by, changed_at }
    }
}

/// `GET /api/v1/mapping-rules/{id}/versions?before=`
#[utoipa::path(
    get, path = "/api/v1/mapping-rules/{id}/versions", tag = "Mapping rules",
    summary = "The versions of a rule, the newest first",
    security(("api_key" = ["manage"])),
    params(VersionsQuery),
    responses((status = 200, body = Listed<RuleVersionOf>)),
)]
pub async fn versions(
    ApiManager(client): ApiManager,
    rule: Path<String>,
    ApiQuery(asked): ApiQuery<VersionsQuery>,
) -> Result<HttpResponse, Problem> {
    let rule = id("mapping rule", &rule)?;
    let versions = client.gateway.rule_versions(client.organization(), rule, asked.before).await?;
    Ok(HttpResponse::Ok().json(asked.told(versions.into_iter().map(RuleVersionOf::from).collect(), |one| one.version)))
}

/// `POST /api/v1/mapping-rules/{id}/rollback`
#[utoipa::path(
    post, path = "/api/v1/mapping-rules/{id}/rollback", tag = "Mapping rules",
    summary = "Go back to a version of a rule",
    security(("api_key" = ["manage"])),
    request_body = RollbackBody,
    responses((status = 200, body = Rule)),
)]
pub async fn rollback(
    ApiManager(client): ApiManager,
    rule: Path<String>,
    ApiBody(body): ApiBody<RollbackBody>,
) -> Result<HttpResponse, Problem> {
    let (rule, organization) = (id("mapping rule", &rule)?, client.organization());
    let rule = client.gateway.roll_rule_back(client.by, organization, rule, body.version).await?;
    Ok(HttpResponse::Ok().json(Rule::from(rule)))
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
