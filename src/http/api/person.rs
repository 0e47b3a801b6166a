//! Somebody acting for themselves: with a key of their own, or with the session of their browser.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};

use super::ApiClient;
use super::once::{NotRun, again};
use crate::domain::Gateway;
use crate::http::context::Context;
use crate::http::problem::Problem;
use crate::http::session::SignedInClient;
use crate::model::{Attribution, OrganizationId, UserId};

/// A person, and not a key of the organization.
#[derive(Debug)]
pub struct Person {
    pub gateway: Arc<Gateway>,
    pub organization: OrganizationId,
    pub user: UserId,
    pub by: Attribution,
}

impl Person {
    async fn of(request: HttpRequest) -> Result<Self, Problem> {
        if !request.headers().contains_key(AUTHORIZATION) {
            let client = SignedInClient::extract(&request).await?;
            if !request.method().is_safe() {
                client.check_same_origin(&request)?;
            }
            let context = Context::of(&request).ok_or_else(Problem::internal)?;
            let (organization, user) = (client.who.organization, client.who.user);
            return Ok(Self { gateway: Arc::clone(&context.gateway), organization, user, by: client.by });
        }
        let client = ApiClient::of(request.clone()).await?;
        let nobody = || {
            Problem::new(StatusCode::FORBIDDEN, "forbidden", "This is not allowed")
                .detail("a person does this for themselves: use a key of theirs, or their session")
        };
        let user = client.caller.user.ok_or_else(nobody)?;
        Ok(Self { organization: client.organization(), gateway: client.gateway, user, by: client.by })
    }
}

impl FromRequest for Person {
    type Error = NotRun;
    type Future = Pin<Box<dyn Future<Output = Result<Self, NotRun>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let person = Self::of(request.clone()).await?;
            again(&request)?;
            Ok(person)
        })
    }
}
