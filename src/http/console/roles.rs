//! `/console/roles`: every role, what is in it, and making one by ticking the palette.

use crate::scim::Precondition;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;

use super::text::counted;
use super::{ConsoleClient, ConsoleError, ConsoleForm, Frame};
use crate::domain::GatewayError;
use crate::domain::impact::{Impact, Page};
use crate::domain::roles::{Affected, RoleDraft, RoleProposal};
use crate::domain::views::{Palette, RoleLine, Titled};
use crate::http::page::page;
use crate::http::saml::see_other;

/// Changes that are told one by one.
const TOLD: Page = Page { offset: 0, limit: 200 };

/// All roles; and two of them side by side, if two were chosen.
#[derive(Debug, Template)]
#[template(path = "console/roles.html")]
pub struct RolesPage {
    pub frame: Frame,
    pub roles: Vec<RoleLine>,
    pub compared: Option<(RoleLine, RoleLine)>,
}

/// One role: what is in it, as a form if it was made here or is yet to be made.
#[derive(Debug, Template)]
#[template(path = "console/role.html")]
pub struct RolePage {
    pub frame: Frame,
    pub palette: Palette,
    /// Empty for a new one.
    pub key: String,
    pub title: String,
    pub is_editable: bool,
    pub is_custom: bool,
    pub ticked: Vec<String>,
    pub error: Option<String>,
}

/// What a change or the end of a role would do, before it is done.
#[derive(Debug, Template)]
#[template(path = "console/role_preview.html")]
pub struct RolePreviewPage {
    pub frame: Frame,
    pub key: String,
    pub title: String,
    pub permissions: Vec<String>,
    pub is_end: bool,
    pub holders: usize,
    pub impact: Impact,
}

impl RolesPage {
    /// What the first of two roles has and the second has not.
    fn beyond<'a>(&self, first: &'a RoleLine, second: &RoleLine) -> Vec<&'a String> {
        first.permissions.iter().filter(|key| !second.permissions.contains(key)).collect()
    }
}

impl RolePage {
    fn is_ticked(&self, permission: &Titled) -> bool {
        self.ticked.contains(&permission.key)
    }
}

async fn find(client: &ConsoleClient, key: &str) -> Result<RoleLine, GatewayError> {
    let roles = client.gateway.all_roles(client.organization()).await?;
    roles.into_iter().find(|role| role.key == key).ok_or_else(|| GatewayError::not_found("role", key))
}

/// `GET /console/roles?first=&second=`
pub async fn list(client: ConsoleClient) -> Result<HttpResponse, ConsoleError> {
    let roles = client.gateway.all_roles(client.organization()).await?;
    let chosen = |name: &str| {
        let key = client.text(name);
        roles.iter().find(|role| role.key == key).cloned()
    };
    let compared = chosen("first").zip(chosen("second"));
    Ok(page(StatusCode::OK, &RolesPage { frame: client.frame, roles, compared }))
}

/// `GET /console/roles/new?from=`: an empty form, or one with what another role has.
pub async fn new(client: ConsoleClient) -> Result<HttpResponse, ConsoleError> {
    let from = client.text("from");
    let ticked = if from.is_empty() { Vec::new() } else { find(&client, &from).await?.permissions };
    let palette = client.gateway.palette(client.organization()).await?;
    let shown = RolePage {
        frame: client.frame,
        palette,
        key: String::new(),
        title: String::new(),
        is_editable: true,
        is_custom: false,
        ticked,
        error: None,
    };
    Ok(page(StatusCode::OK, &shown))
}

/// `GET /console/roles/{key}`
pub async fn show(client: ConsoleClient, key: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let role = find(&client, &key).await?;
    let palette = client.gateway.palette(client.organization()).await?;
    let shown = RolePage {
        frame: client.frame,
        palette,
        key: role.key,
        title: role.title,
        is_editable: role.is_custom,
        is_custom: role.is_custom,
        ticked: role.permissions,
        error: None,
    };
    Ok(page(StatusCode::OK, &shown))
}

fn draft(form: &ConsoleForm) -> RoleDraft {
    RoleDraft { title: form.text("title"), permissions: form.all("permission"), everywhere: None, clone_of: None }
}

/// `POST /console/roles`
pub async fn create(form: ConsoleForm) -> Result<HttpResponse, ConsoleError> {
    let draft = draft(&form);
    let key = crate::http::api::roles::key_of(&draft.title);
    let client = form.client;
    let made = client.gateway.create_role(client.by.clone(), client.organization(), key, draft.clone()).await;
    match made {
        Ok(role) => Ok(see_other(&format!("/console/roles/{}", role.key))),
        Err(error) => again(client, String::new(), draft, error).await,
    }
}

/// `POST /console/roles/{key}/preview`: what the change would do.
pub async fn preview(form: ConsoleForm, key: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let draft = draft(&form);
    let (client, key) = (form.client, key.into_inner());
    let proposal = RoleProposal::Change(draft.clone());
    match client.gateway.preview_role(client.organization(), key.clone(), proposal, TOLD).await {
        Ok(affected) => Ok(previewed(client, key, draft, false, affected)),
        Err(error) => again(client, key, draft, error).await,
    }
}

/// `POST /console/roles/{key}`
pub async fn change(form: ConsoleForm, key: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let draft = draft(&form);
    let (client, key) = (form.client, key.into_inner());
    let changed = client
        .gateway
        .change_role(client.by.clone(), client.organization(), key.clone(), Precondition::default(), draft.clone())
        .await;
    match changed {
        Ok(_) => Ok(see_other(&format!("/console/roles/{key}"))),
        Err(error) => again(client, key, draft, error).await,
    }
}

/// `GET /console/roles/{key}/delete`
pub async fn confirm(client: ConsoleClient, key: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let role = find(&client, &key).await?;
    let (organization, key) = (client.organization(), role.key);
    let affected = client.gateway.preview_role(organization, key.clone(), RoleProposal::Delete, TOLD).await?;
    let draft = RoleDraft { title: role.title, permissions: Vec::new(), everywhere: None, clone_of: None };
    Ok(previewed(client, key, draft, true, affected))
}

/// `POST /console/roles/{key}/delete`
pub async fn delete(form: ConsoleForm, key: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.delete_role(by, who.organization, key.into_inner(), Precondition::default()).await?;
    Ok(see_other("/console/roles"))
}

fn previewed(client: ConsoleClient, key: String, draft: RoleDraft, is_end: bool, affected: Affected) -> HttpResponse {
    let RoleDraft { title, permissions, .. } = draft;
    let Affected { holders, impact } = affected;
    let shown = RolePreviewPage { frame: client.frame, key, title, permissions, is_end, holders, impact };
    page(StatusCode::OK, &shown)
}

/// The form again, with what is wrong.
async fn again(
    client: ConsoleClient,
    key: String,
    draft: RoleDraft,
    error: GatewayError,
) -> Result<HttpResponse, ConsoleError> {
    let (GatewayError::Invalid(_) | GatewayError::Taken(_) | GatewayError::Grant(_) | GatewayError::Contract(_)) =
        error
    else {
        return Err(error.into());
    };
    let palette = client.gateway.palette(client.organization()).await?;
    let shown = RolePage {
        frame: client.frame,
        palette,
        is_custom: !key.is_empty(),
        key,
        title: draft.title,
        is_editable: true,
        ticked: draft.permissions,
        error: Some(error.to_string()),
    };
    Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &shown))
}

#[cfg(test)]
mod sample {
    use super::*;
    use crate::http::console::tests::HOSTILE;

    fn line(is_custom: bool) -> RoleLine {
        RoleLine {
            key: if is_custom { "custom" } else { "viewer" }.to_owned(),
            title: HOSTILE.to_owned(),
            is_custom,
            is_handed_over: !is_custom,
            permissions: vec![if is_custom { "task.edit" } else { "task.view" }.to_owned()],
            given: i64::from(is_custom),
            origin: Some("viewer".to_owned()),
        }
    }

    impl RolesPage {
        pub fn sample() -> Self {
            let compared = Some((line(false), line(true)));
            Self { frame: Frame::sample(), roles: vec![line(false), line(true)], compared }
        }
    }

    impl RolePage {
        pub fn sample(key: &str, is_custom: bool) -> Self {
            let permission = Titled { key: "task.view".to_owned(), title: HOSTILE.to_owned() };
            Self {
                frame: Frame::sample(),
                palette: Palette { permissions: vec![(HOSTILE.to_owned(), vec![permission])], ..Palette::default() },
                key: key.to_owned(),
                title: HOSTILE.to_owned(),
                is_editable: is_custom || key.is_empty(),
                is_custom,
                ticked: vec!["task.view".to_owned()],
                error: Some(HOSTILE.to_owned()),
            }
        }
    }

    impl RolePreviewPage {
        pub fn sample(is_end: bool) -> Self {
            Self {
                frame: Frame::sample(),
                key: "custom".to_owned(),
                title: HOSTILE.to_owned(),
                permissions: vec!["task.view".to_owned()],
                is_end,
                holders: 2,
                impact: Impact::default(),
            }
        }
    }
}
