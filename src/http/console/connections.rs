//! `/console/connections`: the SAML identity providers, which sign-ins failed and why, and trying one out.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde_json::Value;

use super::text::moment;
use super::{ConsoleClient, ConsoleError, ConsoleForm, Frame};
use crate::domain::connections::ConnectionView;
use crate::domain::login::{AttemptView, LOGIN_LIFETIME};
use crate::http::api::client::id;
use crate::http::context::Context;
use crate::http::page::page;
use crate::http::request::cookie;
use crate::http::saml::{sent, set_cookie};
use crate::saml::Outgoing;
use crate::session::Cookie;

/// Sign-ins that are listed of each connection.
const LISTED: usize = 10;

/// A connection and what became of sign-ins through it.
#[derive(Debug)]
pub struct Listed {
    pub connection: ConnectionView,
    pub attempts: Vec<AttemptView>,
}

/// The connections.
#[derive(Debug, Template)]
#[template(path = "console/connections.html")]
pub struct ConnectionsPage {
    pub frame: Frame,
    pub connections: Vec<Listed>,
}

/// One sign-in: each check, the message, who it was.
#[derive(Debug, Template)]
#[template(path = "console/sign_in.html")]
pub struct SignInPage {
    pub frame: Frame,
    pub connection: ConnectionView,
    pub attempt: AttemptView,
}

/// On the way to the identity provider. A page, not a redirect: a form here may lead to our own pages alone.
#[derive(Debug, Template)]
#[template(path = "console/sign_in_test.html")]
pub struct LeavingPage {
    pub frame: Frame,
    pub url: String,
}

impl SignInPage {
    /// A member of the outcome as text.
    fn told(&self, member: &str) -> String {
        let told = self.attempt.outcome.as_ref().and_then(|outcome| outcome.get(member));
        told.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// A list of the outcome.
    fn list(&self, member: &str) -> Vec<String> {
        let told = self.attempt.outcome.as_ref().and_then(|outcome| outcome.get(member)).and_then(Value::as_array);
        told.into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
    }

    /// The attributes: name and values.
    fn attributes(&self) -> Vec<(String, String)> {
        let told =
            self.attempt.outcome.as_ref().and_then(|outcome| outcome.get("attributes")).and_then(Value::as_array);
        let text = |one: &Value| one.as_str().unwrap_or_default().to_owned();
        told.into_iter()
            .flatten()
            .map(|one| {
                let values = one.get("values").and_then(Value::as_array).into_iter().flatten();
                (one.get("name").map(text).unwrap_or_default(), values.map(text).collect::<Vec<_>>().join(", "))
            })
            .collect()
    }
}

/// `GET /console/connections`
pub async fn list(client: ConsoleClient) -> Result<HttpResponse, ConsoleError> {
    let (gateway, organization) = (&client.gateway, client.organization());
    let mut connections = Vec::new();
    for connection in gateway.list_connections(organization).await? {
        let mut attempts = gateway.sign_ins(organization, connection.id).await?;
        attempts.truncate(LISTED);
        connections.push(Listed { connection, attempts });
    }
    Ok(page(StatusCode::OK, &ConnectionsPage { frame: client.frame, connections }))
}

/// `GET /console/connections/{id}/sign-ins/{attempt_id}`
pub async fn show(client: ConsoleClient, path: Path<(String, String)>) -> Result<HttpResponse, ConsoleError> {
    let (connection, attempt) = path.into_inner();
    let (gateway, organization, connection) = (&client.gateway, client.organization(), id("connection", &connection)?);
    let attempt = gateway.sign_in_attempt(organization, connection, &attempt).await?;
    let connection = gateway.show_connection(organization, connection).await?;
    Ok(page(StatusCode::OK, &SignInPage { frame: client.frame, connection, attempt }))
}

/// `POST /console/connections/{id}/test`: to the identity provider, and back to [`show`].
pub async fn test(
    context: Data<Context>,
    request: HttpRequest,
    form: ConsoleForm,
    connection: Path<String>,
) -> Result<HttpResponse, ConsoleError> {
    let (client, connection) = (form.client, id("connection", &connection)?);
    let nonce = cookie(&request, Cookie::SignIn, context.transport);
    let (organization, tester) = (client.organization(), client.who.user);
    let departure = client.gateway.begin_test(client.by, organization, connection, tester, nonce).await?;
    let mut answer = match departure.outgoing {
        Outgoing::Redirect(url) => page(StatusCode::OK, &LeavingPage { frame: client.frame, url }),
        form @ Outgoing::Post(_) => sent(&form),
    };
    set_cookie(&mut answer, &Cookie::SignIn.set(context.transport, &departure.nonce, Some(LOGIN_LIFETIME)));
    Ok(answer)
}

#[cfg(test)]
mod sample;
