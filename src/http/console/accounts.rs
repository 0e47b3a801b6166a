//! Local accounts as admins handle them, and the end of anybody's access: `/console/people/invite` and the forms of a
//! person's page. A link is shown on the answer to the form that made it, and nowhere else.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;

use super::text::moment;
use super::{ConsoleClient, ConsoleError, ConsoleForm, Frame};
use crate::access::Duty;
use crate::domain::GatewayError;
use crate::domain::accounts::SignInLink;
use crate::http::api::client::id;
use crate::http::page::page;
use crate::http::saml::see_other;
use crate::model::UserId;

/// The link by which somebody chooses a password, this once.
#[derive(Debug, Template)]
#[template(path = "console/signin_link.html")]
pub struct LinkPage {
    pub frame: Frame,
    pub link: SignInLink,
}

/// Asks whether somebody is really to be deleted, or their sign-in reset.
#[derive(Debug, Template)]
#[template(path = "console/person_confirm.html")]
pub struct ConfirmPage {
    pub frame: Frame,
    pub id: UserId,
    pub user_name: String,
    pub is_local: bool,
    /// `delete` or `reset`.
    pub what: &'static str,
}

/// `POST /console/people/invite`: answers with the link.
pub async fn invite(form: ConsoleForm) -> Result<HttpResponse, ConsoleError> {
    let name = form.text("user_name");
    let client = form.client;
    match client.gateway.invite(client.by.clone(), client.organization(), &name).await {
        Ok(link) => Ok(page(StatusCode::CREATED, &LinkPage { frame: client.frame, link })),
        Err(error @ (GatewayError::Invalid(_) | GatewayError::Taken(_) | GatewayError::Scim(_))) => {
            let shown = super::people::with_error(client, name, error.to_string()).await?;
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &shown))
        }
        Err(error) => Err(error.into()),
    }
}

async fn confirm(client: ConsoleClient, user: &str, what: &'static str) -> Result<HttpResponse, ConsoleError> {
    let user: UserId = id("user", user)?;
    let account = client.gateway.account(client.organization(), user).await?;
    let (user_name, is_local) = (account.user_name, account.is_local);
    Ok(page(StatusCode::OK, &ConfirmPage { frame: client.frame, id: user, user_name, is_local, what }))
}

/// `GET /console/people/{id}/reset`
pub async fn confirm_reset(client: ConsoleClient, user: Path<String>) -> Result<HttpResponse, ConsoleError> {
    confirm(client, &user, "reset").await
}

/// `POST /console/people/{id}/reset`: answers with the link.
pub async fn reset(form: ConsoleForm, user: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let user: UserId = id("user", &user)?;
    let client = form.client;
    let link = client.gateway.reset_signin(client.by.clone(), client.organization(), user).await?;
    if link.url.is_none() {
        return Ok(see_other(&format!("/console/people/{user}")));
    }
    Ok(page(StatusCode::CREATED, &LinkPage { frame: client.frame, link }))
}

/// `GET /console/people/{id}/delete`
pub async fn confirm_delete(client: ConsoleClient, user: Path<String>) -> Result<HttpResponse, ConsoleError> {
    confirm(client, &user, "delete").await
}

/// `POST /console/people/{id}/delete`
pub async fn delete(form: ConsoleForm, user: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let user: UserId = id("user", &user)?;
    form.client.check_duty(Duty::Remove, "/console/people/{id}/delete").await?;
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.remove_user(by, who.organization, user).await?;
    Ok(see_other("/console/people"))
}

/// `POST /console/people/{id}/suspend`
pub async fn suspend(form: ConsoleForm, user: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let user: UserId = id("user", &user)?;
    form.client.check_duty(Duty::Suspend, "/console/people/{id}/suspend").await?;
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.suspend_user(by, who.organization, user).await?;
    Ok(see_other(&format!("/console/people/{user}")))
}

/// `POST /console/people/{id}/restore`
pub async fn restore(form: ConsoleForm, user: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let user: UserId = id("user", &user)?;
    form.client.check_duty(Duty::Suspend, "/console/people/{id}/restore").await?;
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.restore_user(by, who.organization, user).await?;
    Ok(see_other(&format!("/console/people/{user}")))
}

#[cfg(test)]
mod sample {
    use super::*;
    use crate::http::console::tests::{HOSTILE, id, now};
    use crate::model::Secret;

    impl LinkPage {
        pub fn sample() -> Self {
            let url = Some(Secret::new("http://127.0.0.1:8080/invitation/pcl_inv_sample"));
            let link = SignInLink { user: id(), user_name: HOSTILE.to_owned(), url, expires: now() };
            Self { frame: Frame::sample(), link }
        }
    }

    impl ConfirmPage {
        pub fn sample(what: &'static str) -> Self {
            Self { frame: Frame::sample(), id: id(), user_name: HOSTILE.to_owned(), is_local: true, what }
        }
    }
}
