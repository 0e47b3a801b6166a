//! `/console/groups`: groups, the roles they give, and the rules that say so.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::text::{counted, link};
use super::{ConsoleClient, ConsoleError, Frame};
use crate::domain::GatewayError;
use crate::domain::mappings::{RuleDraft, RuleView};
use crate::domain::views::{GroupPage, Palette};
use crate::http::page::page;

/// Groups on the page; a search finds the others.
const MOST: usize = 200;

/// Groups and rules, and the form for a new rule.
#[derive(Debug, Template)]
#[template(path = "console/groups.html")]
pub struct GroupsPage {
    pub frame: Frame,
    pub q: String,
    pub found: GroupPage,
    pub rules: Vec<RuleView>,
    pub palette: Palette,
    pub draft: RuleDraft,
    /// Why the draft is no rule.
    pub error: Option<String>,
}

impl GroupsPage {
    /// To the form for a new rule, with this group filled in.
    fn rule_link(&self, group: &str) -> String {
        format!("{}#add", link("/console/groups", &[("name", group)]))
    }
}

/// `GET /console/groups?q=&name=`
pub async fn list(client: ConsoleClient) -> Result<HttpResponse, ConsoleError> {
    let q = client.text("q");
    let name = client.text("name");
    let draft = RuleDraft { group_text: name, ..empty_draft() };
    Ok(page(StatusCode::OK, &groups_page(client, q, draft, None).await?))
}

/// The page with a draft in its form, and perhaps what is wrong with it.
pub(super) async fn groups_page(
    client: ConsoleClient,
    q: String,
    draft: RuleDraft,
    error: Option<String>,
) -> Result<GroupsPage, GatewayError> {
    let (gateway, organization) = (&client.gateway, client.organization());
    let found = gateway.find_groups(organization, &q, MOST).await?;
    let rules = gateway.list_rules(organization).await?;
    let palette = gateway.palette(organization).await?;
    Ok(GroupsPage { frame: client.frame, q, found, rules, palette, draft, error })
}

/// What the form shows before anything is filled in.
pub(super) fn empty_draft() -> RuleDraft {
    RuleDraft {
        group_match: "name".to_owned(),
        group_text: String::new(),
        role: String::new(),
        scope: "organization".to_owned(),
        priority: 0,
    }
}

#[cfg(test)]
impl GroupsPage {
    pub fn sample() -> Self {
        use super::tests::{HOSTILE, id};
        use crate::domain::views::{GroupLine, RoleGiven, Titled};
        let hostile = || HOSTILE.to_owned();
        let group = |gives, problems| GroupLine {
            id: id(),
            name: hostile(),
            external_id: Some(hostile()),
            directory: Some(hostile()),
            members: 7,
            directory_id: None,
            created: hostile(),
            changed: hostile(),
            gives,
            problems,
        };
        let given = RoleGiven { role: "manager".to_owned(), scope: "tenant:acme".to_owned() };
        let groups = vec![group(vec![given], Vec::new()), group(Vec::new(), vec![hostile()])];
        let titled = Titled { key: "manager".to_owned(), title: hostile() };
        Self {
            frame: Frame::sample(),
            q: hostile(),
            found: GroupPage { groups, matching: 900, unmapped: 1 },
            rules: vec![super::rules::sample_rule()],
            palette: Palette { roles: vec![titled.clone()], scope_types: vec![titled], ..Palette::default() },
            draft: RuleDraft { group_text: hostile(), ..empty_draft() },
            error: Some(hostile()),
        }
    }
}
