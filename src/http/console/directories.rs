//! `/console/directories`: the SCIM clients, what to paste where, and their tokens.
//!
//! A new token is shown on the answer to the form that made it, and nowhere else: it is stored as a digest, so there is
//! no page that a redirect could lead to.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;

use super::text::{moment, short};
use super::{ConsoleClient, ConsoleError, ConsoleForm, Frame};
use crate::domain::GatewayError;
use crate::domain::views::{DirectoryDetail, TokenLine};
use crate::http::api::client::id;
use crate::http::page::page;
use crate::http::saml::see_other;
use crate::model::{DirectoryId, DirectoryTokenId, Secret};
use crate::scim::Dialect;

/// The directories, and the form for a new one.
#[derive(Debug, Template)]
#[template(path = "console/directories.html")]
pub struct DirectoriesPage {
    pub frame: Frame,
    pub base_url: String,
    pub directories: Vec<DirectoryDetail>,
    pub name: String,
    /// Why the new one cannot be made.
    pub error: Option<String>,
}

/// A token, this once.
#[derive(Debug, Template)]
#[template(path = "console/directory_token.html")]
pub struct TokenPage {
    pub frame: Frame,
    pub base_url: String,
    pub name: String,
    pub dialect: String,
    pub token: Secret,
}

/// Asks whether a token is really to be revoked.
#[derive(Debug, Template)]
#[template(path = "console/token_revoke.html")]
pub struct RevokePage {
    pub frame: Frame,
    pub directory: DirectoryDetail,
    pub token: TokenLine,
}

/// How a dialect is called by those who speak it.
fn dialect_title(dialect: &str) -> &str {
    match dialect.parse::<Dialect>() {
        Ok(Dialect::Generic) => "Any SCIM 2.0 client",
        Ok(Dialect::Okta) => "Okta",
        Ok(Dialect::Entra) => "Microsoft Entra ID",
        Ok(Dialect::Google) => "Google Workspace",
        Ok(Dialect::OneLogin) => "OneLogin",
        Ok(Dialect::JumpCloud) => "JumpCloud",
        Ok(Dialect::Ping) => "PingOne",
        Err(_) => dialect,
    }
}

impl DirectoriesPage {
    fn dialects(&self) -> [Dialect; 7] {
        Dialect::ALL
    }

    async fn of(client: ConsoleClient, name: String, error: Option<String>) -> Result<Self, GatewayError> {
        let directories = client.gateway.directories_in_detail(client.organization()).await?;
        Ok(Self { base_url: client.gateway.scim_base_url(), frame: client.frame, directories, name, error })
    }
}

/// `GET /console/directories`
pub async fn list(client: ConsoleClient) -> Result<HttpResponse, ConsoleError> {
    Ok(page(StatusCode::OK, &DirectoriesPage::of(client, String::new(), None).await?))
}

/// `POST /console/directories`: answers with the token.
pub async fn create(form: ConsoleForm) -> Result<HttpResponse, ConsoleError> {
    let (name, dialect) = (form.text("name"), form.text("dialect").parse().unwrap_or(Dialect::Generic));
    let client = form.client;
    let made = client.gateway.create_directory(client.by.clone(), client.organization(), name.clone(), dialect).await;
    match made {
        Ok(made) => Ok(token_page(client, name, dialect.to_string(), made.token)),
        Err(error @ (GatewayError::Invalid(_) | GatewayError::Taken(_))) => {
            let shown = DirectoriesPage::of(client, name, Some(error.to_string())).await?;
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &shown))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/directories/{id}/tokens`: a second token; answers with it.
pub async fn create_token(form: ConsoleForm, directory: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let client = form.client;
    let detail = detail(&client, id("directory", &directory)?).await?;
    let made = client.gateway.create_directory_token(client.by.clone(), client.organization(), detail.id, None).await?;
    Ok(token_page(client, detail.name, detail.dialect, made.1))
}

/// `GET /console/directories/{id}/tokens/{token_id}/revoke`
pub async fn confirm_revoke(client: ConsoleClient, path: Path<(String, String)>) -> Result<HttpResponse, ConsoleError> {
    let (directory, token) = path.into_inner();
    let token: DirectoryTokenId = id("token", &token)?;
    let directory = detail(&client, id("directory", &directory)?).await?;
    let known = directory.tokens.iter().find(|known| known.id == token).cloned();
    let token = known.ok_or_else(|| GatewayError::not_found("token", token))?;
    Ok(page(StatusCode::OK, &RevokePage { frame: client.frame, directory, token }))
}

/// `POST /console/directories/{id}/tokens/{token_id}/revoke`
pub async fn revoke(form: ConsoleForm, path: Path<(String, String)>) -> Result<HttpResponse, ConsoleError> {
    let (directory, token) = path.into_inner();
    let (directory, token): (DirectoryId, DirectoryTokenId) = (id("directory", &directory)?, id("token", &token)?);
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.revoke_directory_token(by, who.organization, directory, token).await?;
    Ok(see_other("/console/directories"))
}

/// `POST /console/directories/{id}/brake/release`: those whom it holds may go.
pub async fn release_brake(form: ConsoleForm, directory: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.release_brake(by, who.organization, id("directory", &directory)?, None).await?;
    Ok(see_other("/console/directories"))
}

/// `POST /console/directories/{id}/brake/reset`: those whom it holds stay.
pub async fn reset_brake(form: ConsoleForm, directory: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.reset_brake(by, who.organization, id("directory", &directory)?).await?;
    Ok(see_other("/console/directories"))
}

async fn detail(client: &ConsoleClient, directory: DirectoryId) -> Result<DirectoryDetail, GatewayError> {
    client.gateway.directory_in_detail(client.organization(), directory).await
}

fn token_page(client: ConsoleClient, name: String, dialect: String, token: Secret) -> HttpResponse {
    let base_url = client.gateway.scim_base_url();
    page(StatusCode::CREATED, &TokenPage { frame: client.frame, base_url, name, dialect, token })
}

#[cfg(test)]
mod sample;
#[cfg(test)]
pub use sample::{sample_connection, sample_directory};
