//! The console, from the one-time owner link on, against the real gateway on both databases.

use serde_json::json;

use crate::support::{Answer, Browser, Gateway, Http, Page};

mod accounts;
mod changes;
mod owner_link;
mod pages;
mod refusals;
mod reviews;

/// The first owner, signed in by the one-time link that `init` printed.
struct Owner<'a> {
    gateway: &'a Gateway,
    browser: Browser,
    /// Where the link led to.
    first: Page,
}

impl<'a> Owner<'a> {
    fn of(gateway: &'a Gateway) -> Self {
        let mut browser = Browser::new();
        let link = gateway.made()["owner_setup_url"].as_str().expect("`init --json` names the owner's link");
        let page = browser.open(link);
        let first = browser.submit(&page, &[("user_name", "owner@corp.example")]);
        Self { gateway, browser, first }
    }

    fn open(&mut self, path: &str) -> Page {
        self.browser.open(&format!("{}{path}", self.gateway.url()))
    }

    /// The owner's session without a browser's help, for requests that no page of ours sends.
    fn http(&self) -> Http {
        self.gateway.http().with("Cookie", &self.browser.cookie_header())
    }

    /// What the forms of this session bear.
    fn csrf(&mut self) -> String {
        self.open("/console/directories").field("csrf")
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.http().form(&self.gateway.http().url(path), &fields)
    }
}

/// A person pushed over SCIM; answers their id.
fn push_person(gateway: &Gateway, user_name: &str) -> String {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "displayName": format!("{user_name} by name"),
        "emails": [{"value": user_name, "type": "work", "primary": true}],
        "active": true
    });
    gateway.scim().post("/Users", &body).expect(201).text("id")
}

/// A group of these people, pushed over SCIM.
fn push_group(gateway: &Gateway, name: &str, members: &[&str]) -> String {
    let members: Vec<_> = members.iter().map(|id| json!({ "value": id })).collect();
    let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
    let body = json!({"schemas": [schema], "displayName": name, "members": members});
    gateway.scim().post("/Groups", &body).expect(201).text("id")
}

fn add_rule(gateway: &Gateway, group: &str, role: &str, scope: &str) -> String {
    let rule = json!({"group": {"name": group}, "role": role, "scope": scope});
    gateway.api().post("/mapping-rules", &rule).expect(201).text("id")
}
