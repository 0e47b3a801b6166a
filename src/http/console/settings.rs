//! `/console/settings`: what the organization chooses.

use crate::scim::Precondition;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde_json::Value;

use super::{ConsoleClient, ConsoleError, ConsoleForm, Frame};
use crate::domain::GatewayError;
use crate::domain::settings::SettingsDraft;
use crate::domain::views::{Palette, RoleLine};
use crate::http::page::page;
use crate::http::saml::see_other;

/// The settings, as a form.
#[derive(Debug, Template)]
#[template(path = "console/settings.html")]
pub struct SettingsPage {
    pub frame: Frame,
    /// As the API tells them.
    pub settings: Value,
    pub palette: Palette,
    pub roles: Vec<RoleLine>,
    pub error: Option<String>,
}

impl SettingsPage {
    /// Whether `name` is `value`; an empty value stands for none.
    fn is(&self, name: &str, value: &str) -> bool {
        self.settings.get(name).and_then(Value::as_str).unwrap_or_default() == value
    }

    fn asks(&self, role: &RoleLine) -> bool {
        let roles = self.settings.get("mfa_roles").and_then(Value::as_array);
        roles.is_some_and(|roles| roles.iter().any(|named| *named == role.key))
    }

    /// The policies on second factors, in words.
    fn policies(&self) -> [(&'static str, &'static str); 4] {
        [
            ("off", "Nobody has to"),
            ("local", "Whoever signs in with a password"),
            ("everybody", "Everybody, single sign-on or not"),
            ("roles", "Whoever holds one of these roles"),
        ]
    }

    async fn of(client: ConsoleClient, error: Option<String>) -> Result<Self, GatewayError> {
        let organization = client.organization();
        let settings = serde_json::json!(client.gateway.organization_settings(organization).await?);
        let palette = client.gateway.palette(organization).await?;
        let roles = client.gateway.all_roles(organization).await?;
        Ok(Self { frame: client.frame, settings, palette, roles, error })
    }
}

/// `GET /console/settings`
pub async fn show(client: ConsoleClient) -> Result<HttpResponse, ConsoleError> {
    Ok(page(StatusCode::OK, &SettingsPage::of(client, None).await?))
}

/// `POST /console/settings`
pub async fn change(form: ConsoleForm) -> Result<HttpResponse, ConsoleError> {
    let chosen = |name: &str| Some(form.text(name)).filter(|value| !value.is_empty());
    let draft = SettingsDraft {
        plan: Some(chosen("plan")),
        mapping_mode: chosen("mapping_mode"),
        default_role: Some(chosen("default_role")),
        mfa_policy: chosen("mfa_policy"),
        mfa_roles: Some(form.all("mfa_role")),
    };
    let client = form.client;
    match client.gateway.change_settings(client.by.clone(), client.organization(), Precondition::default(), draft).await
    {
        Ok(_) => Ok(see_other("/console/settings")),
        Err(
            error @ (GatewayError::Invalid(_)
            | GatewayError::Grant(_)
            | GatewayError::LastHolder(_)
            | GatewayError::Contract(_)),
        ) => {
            let shown = SettingsPage::of(client, Some(error.to_string())).await?;
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &shown))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
impl SettingsPage {
    pub fn sample() -> Self {
        use super::tests::HOSTILE;
        let role = RoleLine {
            key: "admin".to_owned(),
            title: HOSTILE.to_owned(),
            is_custom: false,
            is_handed_over: false,
            permissions: Vec::new(),
            given: 1,
            origin: None,
        };
        let settings = serde_json::json!({ "mfa_policy": "roles", "mfa_roles": ["admin"], "default_role": "admin" });
        let palette = Palette { plans: vec![HOSTILE.to_owned()], ..Palette::default() };
        Self { frame: Frame::sample(), settings, palette, roles: vec![role], error: Some(HOSTILE.to_owned()) }
    }
}
