//! `/console`: what there is, what is still to be set up, what happened last.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::text::moment;
use super::{ConsoleClient, ConsoleError, Frame};
use crate::domain::Overview;
use crate::domain::approvals::ApprovalState;
use crate::domain::approvals::listing::ApprovalQuery;
use crate::domain::connections::ConnectionView;
use crate::domain::views::{LoggedEntry, SetUp};
use crate::http::page::page;

/// Entries of each list.
const LATEST: i64 = 10;
/// Waiting requests that are counted.
const MOST_WAITING: usize = 100;

/// One thing to set up.
#[derive(Debug)]
pub struct Step {
    pub is_done: bool,
    pub title: &'static str,
    pub how: &'static str,
    pub link: &'static str,
}

/// The first page.
#[derive(Debug, Template)]
#[template(path = "console/overview.html")]
pub struct OverviewPage {
    pub frame: Frame,
    pub counts: Overview,
    pub set_up: SetUp,
    pub base_url: String,
    pub connections: Vec<ConnectionView>,
    pub entries: Vec<LoggedEntry>,
    pub refusals: Vec<LoggedEntry>,
    /// Whether whoever looks comes in again when single sign-on does not work.
    pub has_own_way_in: bool,
    /// Requests that wait for somebody's yes.
    pub waiting: usize,
}

impl OverviewPage {
    fn steps(&self) -> [Step; 6] {
        let step = |is_done, title, how, link| Step { is_done, title, how, link };
        let set_up = &self.set_up;
        [
            step(set_up.has_owner, "Make the first owner", "Open the one-time link that `init` printed.", "/console"),
            step(
                self.has_own_way_in,
                "Secure your own way in",
                "A password and a one-time code let you in when single sign-on is broken, or not set up yet.",
                "/account",
            ),
            step(
                !set_up.directories.is_empty(),
                "Make a directory",
                "One for each identity provider that pushes people in: it gives you the base URL and the token to paste there.",
                "/console/directories",
            ),
            step(
                set_up.has_arrivals(),
                "Let people and groups arrive",
                "Paste base URL and token into the identity provider, and assign people. Nothing has arrived yet.",
                "/console/directories",
            ),
            step(
                set_up.rules > 0,
                "Turn groups into roles",
                "Without a mapping rule, groups give nobody anything. You see who gains what before you save.",
                "/console/groups",
            ),
            step(
                set_up.connections > 0,
                "Let people sign in",
                "Connect a SAML identity provider: POST /api/v1/connections with its metadata.",
                "#connections",
            ),
        ]
    }

    fn open_steps(&self) -> usize {
        self.steps().iter().filter(|step| !step.is_done).count()
    }
}

/// `GET /console`
pub async fn show(client: ConsoleClient) -> Result<HttpResponse, ConsoleError> {
    let (gateway, organization) = (&client.gateway, client.organization());
    let counts = gateway.overview(organization).await?;
    let set_up = gateway.set_up(organization).await?;
    let connections = gateway.list_connections(organization).await?;
    let (entries, refusals) = gateway.latest_entries(&client.by, organization, LATEST).await?;
    let account = gateway.account(organization, client.who.user).await?;
    let has_own_way_in = !account.is_local || account.has_password;
    let open = ApprovalQuery { state: Some(ApprovalState::Open), person: None, before: None, limit: MOST_WAITING };
    let waiting = gateway.list_approvals(organization, open).await?.items.len();
    let base_url = gateway.scim_base_url();
    let frame = client.frame;
    let shown =
        OverviewPage { frame, counts, set_up, base_url, connections, entries, refusals, has_own_way_in, waiting };
    Ok(page(StatusCode::OK, &shown))
}

#[cfg(test)]
impl OverviewPage {
    pub fn sample() -> Self {
        let set_up = SetUp { directories: vec![super::directories::sample_directory()], ..SetUp::default() };
        Self {
            frame: Frame::sample(),
            counts: Overview { people: 25, groups: 4 },
            set_up,
            base_url: "http://127.0.0.1:8080/scim/v2".to_owned(),
            connections: vec![super::directories::sample_connection()],
            entries: vec![super::audit::sample_entry()],
            refusals: vec![super::audit::sample_entry()],
            has_own_way_in: false,
            waiting: 2,
        }
    }
}
