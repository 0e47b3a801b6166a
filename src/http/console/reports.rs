//! `/console/reports`: what could be taken away because nobody holds, uses or has looked at it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::text::{counted, moment};
use super::{ConsoleClient, ConsoleError, Frame};
use crate::domain::impact::Page;
use crate::domain::reports::{ExcessiveAccount, Report, Unreviewed, UnusedPermission, UnusedRole};
use crate::http::page::page;

/// The spans that can be looked back on, in days.
const SPANS: [i64; 4] = [30, 90, 180, 365];
/// Holders shown; the number above them counts all.
const SHOWN: Page = Page { offset: 0, limit: 100 };

/// Four reports on one page.
#[derive(Debug, Template)]
#[template(path = "console/reports.html")]
pub struct ReportsPage {
    pub frame: Frame,
    pub days: i64,
    pub roles: Report<UnusedRole>,
    pub permissions: Report<UnusedPermission>,
    pub accounts: Report<ExcessiveAccount>,
    pub holders: Unreviewed,
}

/// `GET /console/reports?days=`
pub async fn show(client: ConsoleClient) -> Result<HttpResponse, ConsoleError> {
    let asked = client.text("days").parse().unwrap_or(90);
    let days = if SPANS.contains(&asked) { asked } else { 90 };
    let (gateway, organization) = (&client.gateway, client.organization());
    let roles = gateway.unused_roles(organization, days).await?;
    let permissions = gateway.unused_permissions(organization, days).await?;
    let accounts = gateway.excessive_accounts(organization, days).await?;
    let holders = gateway.unreviewed_holders(organization, days, SHOWN).await?;
    let frame = client.frame;
    Ok(page(StatusCode::OK, &ReportsPage { frame, days, roles, permissions, accounts, holders }))
}

#[cfg(test)]
impl ReportsPage {
    pub fn sample() -> Self {
        use super::tests::{HOSTILE, id};
        use crate::domain::reports::{UnreviewedHolder, Window};
        let hostile = || HOSTILE.to_owned();
        let role = |because, holders| UnusedRole {
            role: hostile(),
            title: hostile(),
            custom: true,
            holders,
            mapping_rules: 2,
            because,
        };
        let permission = UnusedPermission {
            permission: hostile(),
            title: hostile(),
            sensitive: true,
            holders: 3,
            last_used: Some(hostile()),
        };
        let account = ExcessiveAccount {
            id: id(),
            name: hostile(),
            roles: vec![hostile()],
            used: vec![hostile()],
            unused: vec![hostile()],
            key_last_used: Some(hostile()),
        };
        let holder = UnreviewedHolder {
            user: id(),
            user_name: hostile(),
            role: hostile(),
            scope: hostile(),
            last_kept: Some(hostile()),
        };
        let window = || Window::sample(HOSTILE);
        Self {
            frame: Frame::sample(),
            days: 90,
            roles: Report { window: window(), items: vec![role("no_holders", 0), role("not_exercised", 4)] },
            permissions: Report { window: window(), items: vec![permission] },
            accounts: Report { window: window(), items: vec![account] },
            holders: Unreviewed { days: 90, total: 900, items: vec![holder] },
        }
    }
}
