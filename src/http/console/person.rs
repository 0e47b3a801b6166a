//! `/console/people/{id}`: one person's whole story, the question "may they do this?", and ending their sessions.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;

use super::text::{counted, moment, short};
use super::{ConsoleClient, ConsoleError, ConsoleForm, Frame};
use crate::access::{Duty, Effect, Explanation, Ground, Nearest, Scope, Source};
use crate::domain::ledger::EntryQuery;
use crate::domain::sessions::SessionView;
use crate::domain::views::{LoggedEntry, Palette, PersonView};
use crate::http::api::client::id;
use crate::http::page::page;
use crate::http::saml::see_other;
use crate::model::{SessionId, UserId};

/// Entries about the person.
const LATEST: usize = 10;

/// What was asked of a person, and the answer.
#[derive(Debug, Default)]
pub struct Asked {
    pub action: String,
    pub scope: String,
    /// Why the question could not be put.
    pub error: Option<String>,
    pub answer: Option<Explanation>,
}

/// One person.
#[derive(Debug, Template)]
#[template(path = "console/person.html")]
pub struct PersonPage {
    pub frame: Frame,
    pub person: PersonView,
    pub palette: Palette,
    pub asked: Asked,
    pub sessions: Vec<SessionView>,
    /// Which of the sessions is the one that looks at this page.
    pub own_session: SessionId,
    pub entries: Vec<LoggedEntry>,
    /// Whether whoever looks may suspend and restore, and delete.
    pub may_suspend: bool,
    pub may_remove: bool,
}

/// `GET /console/people/{id}?action=&scope=`
pub async fn show(client: ConsoleClient, user: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let user: UserId = id("user", &user)?;
    let (gateway, organization) = (&client.gateway, client.organization());
    let person = gateway.person(organization, user).await?;
    let palette = gateway.palette(organization).await?;
    let asked = ask(&client, user).await?;
    let sessions = gateway.list_sessions(organization, user).await?;
    let about = EntryQuery { target: Some(user.to_string()), ..EntryQuery::default() };
    let entries = gateway.search_log(&client.by, organization, about, None, LATEST).await?.entries;
    let own_session = client.who.session;
    let (may_suspend, may_remove) = (client.may(Duty::Suspend).await?, client.may(Duty::Remove).await?);
    let frame = client.frame;
    let shown = PersonPage { frame, person, palette, asked, sessions, own_session, entries, may_suspend, may_remove };
    Ok(page(StatusCode::OK, &shown))
}

/// Answers the question in the query, if there is one.
async fn ask(client: &ConsoleClient, user: UserId) -> Result<Asked, ConsoleError> {
    let (action, scope) = (client.text("action"), client.text("scope"));
    if action.is_empty() {
        return Ok(Asked::default());
    }
    let scope = if scope.is_empty() { "organization".to_owned() } else { scope };
    match Scope::parse(&scope) {
        Err(error) => Ok(Asked { action, scope, error: Some(error.to_string()), answer: None }),
        Ok(place) => {
            let answer = client.gateway.explain(client.organization(), user, &action, place).await?;
            Ok(Asked { action, scope, error: None, answer: Some(answer) })
        }
    }
}

/// `POST /console/people/{id}/sign-out`: everywhere, at once.
pub async fn sign_out(form: ConsoleForm, user: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let user: UserId = id("user", &user)?;
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.revoke_sessions(by, who.organization, user).await?;
    Ok(see_other(&format!("/console/people/{user}")))
}

/// `POST /console/people/{id}/sessions/{session_id}/end`
pub async fn end_session(form: ConsoleForm, path: Path<(String, String)>) -> Result<HttpResponse, ConsoleError> {
    let (user, session) = path.into_inner();
    let (user, session): (UserId, SessionId) = (id("user", &user)?, id("session", &session)?);
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.revoke_session(by, who.organization, session).await?;
    Ok(see_other(&format!("/console/people/{user}")))
}

/// What would turn a no into a yes, in words.
fn remedy(nearest: &Nearest) -> String {
    match nearest {
        Nearest::Reactivate => "Make them active again at the identity provider.".to_owned(),
        Nearest::LiftDeny { scope, reason, .. } => format!("Lift the deny in {scope} ({reason})."),
        Nearest::Plan { plans } => format!("Move to a plan that unlocks it: {}.", plans.join(", ")),
        Nearest::Approval { approver } => format!("Have somebody else who holds {approver} agree."),
        Nearest::Share { resource, level } => {
            format!("Share {}:{} with them to {level}.", resource.kind, resource.id)
        }
        Nearest::HeldElsewhere { role, scope, .. } => {
            format!("They hold {role} in {scope}: it would have to hold here.")
        }
        Nearest::Role { role, scope } => format!("Give them {role} in {scope}."),
        Nearest::Override { permission, scope } => format!("Allow {permission} alone, in {scope}, as an exception."),
    }
}

/// A fact that a decision rests on, in words.
fn ground(ground: &Ground) -> String {
    match ground {
        Ground::Role { role, role_version, scope, source, .. } => {
            format!("role {role} (version {role_version}) in {scope} {}", from(source))
        }
        Ground::Override { effect, scope, reason, author, .. } => {
            format!("{} in {scope} by {author}: {reason}", effect_word(effect))
        }
        Ground::Share { resource, level, .. } => format!("{}:{} shared to {level}", resource.kind, resource.id),
    }
}

fn from(source: &Source) -> String {
    match source {
        Source::Direct { by, .. } => format!("← given by {by}"),
        Source::Default => "← the default role".to_owned(),
        Source::Derived { rule, rule_version, group_name, since, .. } => {
            let rule = rule.to_string();
            let since = moment(&since.rfc3339());
            format!("← rule {} (version {rule_version}) ← group {group_name} ← member since {since} UTC", short(&rule))
        }
    }
}

const fn effect_word(effect: &Effect) -> &'static str {
    match effect {
        Effect::Allow => "allowed",
        Effect::Deny => "denied",
    }
}

#[cfg(test)]
mod sample;
