//! `/console/people`: who there is.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::text::link;
use super::{ConsoleClient, ConsoleError, Frame};
use crate::domain::views::PeoplePage as Found;
use crate::http::page::page;

/// People on one page.
const PAGE: usize = 50;

/// People whose userName or e-mail address begins so.
#[derive(Debug, Template)]
#[template(path = "console/people.html")]
pub struct PeoplePage {
    pub frame: Frame,
    pub q: String,
    pub is_first: bool,
    pub found: Found,
    pub next: Option<String>,
    /// Whom somebody wanted to invite, and why that cannot be.
    pub invited: String,
    pub error: Option<String>,
}

/// `GET /console/people?q=&after=`
pub async fn list(client: ConsoleClient) -> Result<HttpResponse, ConsoleError> {
    Ok(page(StatusCode::OK, &shown(client, String::new(), None).await?))
}

/// The page again, because of an invitation that cannot be.
pub(super) async fn with_error(client: ConsoleClient, name: String, error: String) -> Result<PeoplePage, ConsoleError> {
    shown(client, name, Some(error)).await
}

async fn shown(client: ConsoleClient, invited: String, error: Option<String>) -> Result<PeoplePage, ConsoleError> {
    let (q, after) = (client.text("q"), client.text("after"));
    let found = client.gateway.find_people(client.organization(), &q, &after, PAGE).await?;
    let next = found.next.as_ref().map(|next| link("/console/people", &[("q", &q), ("after", next)]));
    Ok(PeoplePage { frame: client.frame, q, is_first: after.is_empty(), found, next, invited, error })
}

#[cfg(test)]
impl PeoplePage {
    pub fn sample() -> Self {
        use super::tests::HOSTILE;
        let hostile = || Some(HOSTILE.to_owned());
        let person = crate::domain::views::PersonLine {
            id: super::tests::id(),
            user_name: HOSTILE.to_owned(),
            display_name: hostile(),
            email: hostile(),
            active: true,
            suspended: true,
            directory_id: hostile(),
            directory: hostile(),
            groups: 2,
        };
        let (found, next) = (Found { people: vec![person], next: hostile() }, hostile());
        let (invited, error) = (HOSTILE.to_owned(), hostile());
        Self { frame: Frame::sample(), q: HOSTILE.to_owned(), is_first: false, found, next, invited, error }
    }
}
