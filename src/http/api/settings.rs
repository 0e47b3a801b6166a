//! `/api/v1/settings`: the organization's plan, how mapping rules combine, the default role, and who needs a second factor.

use actix_web::HttpResponse;
use serde::{Deserialize, Deserializer};

use super::tag::{Expected, tagged};
use super::{ApiBody, ApiManager};
use crate::domain::settings::{SettingsDraft, SettingsView};
use crate::http::problem::Problem;

/// What is left out stays; `null` takes the plan or the default role away.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsBody {
    #[serde(default, deserialize_with = "present")]
    plan: Option<Option<String>>,
    #[serde(default)]
    mapping_mode: Option<String>,
    #[serde(default, deserialize_with = "present")]
    default_role: Option<Option<String>>,
    #[serde(default)]
    mfa_policy: Option<String>,
    #[serde(default)]
    mfa_roles: Option<Vec<String>>,
}

/// Tells `null` from what is not there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// `GET /api/v1/settings`
#[utoipa::path(
    get, path = "/api/v1/settings", tag = "Settings",
    summary = "What the organization has chosen",
    security(("api_key" = ["manage"])),
    responses((status = 200, body = SettingsView)),
)]
pub async fn show(ApiManager(client): ApiManager) -> Result<HttpResponse, Problem> {
    let shown = client.gateway.organization_settings(client.organization()).await?;
    Ok(tagged(shown.version, shown))
}

/// `PUT /api/v1/settings`
#[utoipa::path(
    put, path = "/api/v1/settings", tag = "Settings",
    summary = "Choose otherwise",
    security(("api_key" = ["manage"])),
    request_body = SettingsBody,
    responses((status = 200, body = SettingsView)),
)]
pub async fn change(
    ApiManager(client): ApiManager,
    Expected(expected): Expected,
    ApiBody(body): ApiBody<SettingsBody>,
) -> Result<HttpResponse, Problem> {
    let draft = SettingsDraft {
        plan: body.plan,
        mapping_mode: body.mapping_mode,
        default_role: body.default_role,
        mfa_policy: body.mfa_policy,
        mfa_roles: body.mfa_roles,
    };
    let organization = client.organization();
    let changed = client.gateway.change_settings(client.by, organization, expected, draft).await?;
    Ok(tagged(changed.version, changed))
}
