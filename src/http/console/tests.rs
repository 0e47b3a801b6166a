//! Every page of the console, rendered with hostile names and read back.

use askama::Template;
use roxmltree::{Document, Node};

use super::*;
use crate::model::Timestamp;

/// What somebody may call themselves.
pub const HOSTILE: &str = "<script>alert(1)</script> \"x\" onload='y' &amp; O'Neil";

/// A moment.
pub fn now() -> Timestamp {
    Timestamp::from_micros(1_795_335_330_250_000)
}

/// An id.
pub fn id<T: std::str::FromStr<Err: std::fmt::Debug>>() -> T {
    "019a2b5e-6800-7000-8000-0000deadbeef".parse().unwrap()
}

fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("overview", overview::OverviewPage::sample().render().unwrap()),
        ("people", people::PeoplePage::sample().render().unwrap()),
        ("person", person::PersonPage::sample().render().unwrap()),
        ("groups", groups::GroupsPage::sample().render().unwrap()),
        ("rule added", rules::PreviewPage::sample(None).render().unwrap()),
        ("rule deleted", rules::PreviewPage::sample(Some(id())).render().unwrap()),
        ("audit", audit::AuditPage::sample().render().unwrap()),
        ("audit entry", audit::EntryPage::sample().render().unwrap()),
        ("connections", connections::ConnectionsPage::sample().render().unwrap()),
        ("sign-in", connections::SignInPage::sample().render().unwrap()),
        ("test sign-in", connections::LeavingPage::sample().render().unwrap()),
        ("directories", directories::DirectoriesPage::sample().render().unwrap()),
        ("token for okta", directories::TokenPage::sample("okta").render().unwrap()),
        ("token for entra", directories::TokenPage::sample("entra").render().unwrap()),
        ("token for google", directories::TokenPage::sample("google").render().unwrap()),
        ("token for others", directories::TokenPage::sample("generic").render().unwrap()),
        ("revoke", directories::RevokePage::sample().render().unwrap()),
        ("link", accounts::LinkPage::sample().render().unwrap()),
        ("delete a person", accounts::ConfirmPage::sample("delete").render().unwrap()),
        ("reset a sign-in", accounts::ConfirmPage::sample("reset").render().unwrap()),
        ("roles", roles::RolesPage::sample().render().unwrap()),
        ("new role", roles::RolePage::sample("", false).render().unwrap()),
        ("built-in role", roles::RolePage::sample("viewer", false).render().unwrap()),
        ("custom role", roles::RolePage::sample("custom", true).render().unwrap()),
        ("role changed", roles::RolePreviewPage::sample(false).render().unwrap()),
        ("role deleted", roles::RolePreviewPage::sample(true).render().unwrap()),
        ("approvals", approvals::ApprovalsPage::sample().render().unwrap()),
        ("service accounts", programs::ProgramsPage::sample().render().unwrap()),
        ("new key", programs::NewKeyPage::sample().render().unwrap()),
        ("reviews", reviews::ReviewsPage::sample().render().unwrap()),
        ("review", reviews::ReviewPage::sample().render().unwrap()),
        ("reports", reports::ReportsPage::sample().render().unwrap()),
        ("rule history", rule_history::HistoryPage::sample().render().unwrap()),
        ("settings", settings::SettingsPage::sample().render().unwrap()),
        ("error", error::ErrorPage::sample().render().unwrap()),
    ]
}

/// Reads each page as XML, which ours are but for the doctype, and looks at it.
fn on_every_page(look: impl Fn(&str, &Document<'_>)) {
    for (name, html) in pages() {
        let body = html.strip_prefix("<!doctype html>").unwrap_or_else(|| panic!("{name} has no doctype"));
        let page = Document::parse(body.trim_start()).unwrap_or_else(|error| panic!("{name}: {error}\n{html}"));
        look(name, &page);
    }
}

fn elements<'a>(page: &'a Document<'a>, tag: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    page.descendants().filter(move |node| node.has_tag_name(tag))
}

fn whole_text(node: Node<'_, '_>) -> String {
    node.descendants().filter_map(|node| node.text().filter(|_| node.is_text())).collect()
}

#[test]
fn no_page_has_a_script_a_style_or_an_inline_handler() {
    on_every_page(|name, page| {
        for node in page.descendants().filter(Node::is_element) {
            assert!(!["script", "style", "iframe"].contains(&node.tag_name().name()), "{name}");
            for attribute in node.attributes() {
                assert!(!attribute.name().starts_with("on") && attribute.name() != "style", "{name}: {attribute:?}");
                assert!(!attribute.value().trim_start().starts_with("javascript:"), "{name}: {attribute:?}");
            }
        }
    });
}

#[test]
fn a_hostile_name_is_shown_as_it_is_written() {
    on_every_page(|name, page| {
        assert!(whole_text(page.root()).contains(HOSTILE), "{name}");
    });
}

#[test]
fn every_field_has_a_label() {
    on_every_page(|name, page| {
        let labels: Vec<_> = elements(page, "label").filter_map(|label| label.attribute("for")).collect();
        let fields = ["input", "select", "textarea"].into_iter().flat_map(|tag| elements(page, tag));
        for field in fields.filter(|field| field.attribute("type") != Some("hidden")) {
            let id = field.attribute("id").unwrap_or_else(|| panic!("{name}: {field:?} has no id"));
            assert!(labels.contains(&id), "{name}: `{id}` has no label");
        }
    });
}

#[test]
fn every_button_and_link_says_what_it_does() {
    on_every_page(|name, page| {
        for node in ["a", "button"].into_iter().flat_map(|tag| elements(page, tag)) {
            let said = node.attribute("aria-label").map_or_else(|| whole_text(node), str::to_owned);
            assert!(!said.trim().is_empty(), "{name}: {node:?}");
        }
    });
}

#[test]
fn ids_are_unique_and_what_refers_to_one_finds_it() {
    on_every_page(|name, page| {
        let mut ids: Vec<_> = page.descendants().filter_map(|node| node.attribute("id")).collect();
        for node in page.descendants() {
            for reference in ["for", "aria-labelledby", "aria-describedby"] {
                let found = node.attribute(reference).is_none_or(|wanted| ids.contains(&wanted));
                assert!(found, "{name}: {reference} of {node:?}");
            }
        }
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}");
    });
}

#[test]
fn every_page_has_one_heading_a_main_part_and_a_title() {
    on_every_page(|name, page| {
        assert_eq!(elements(page, "h1").count(), 1, "{name}");
        assert_eq!(elements(page, "main").count(), 1, "{name}");
        assert!(elements(page, "title").next().is_some_and(|title| !whole_text(title).is_empty()), "{name}");
        assert_eq!(page.root_element().attribute("lang"), Some("en"), "{name}");
    });
}

#[test]
fn every_form_that_changes_something_bears_the_sessions_token() {
    on_every_page(|name, page| {
        let changing = elements(page, "form").filter(|form| form.attribute("method") == Some("post"));
        for form in changing.filter(|form| form.attribute("action") != Some("/session/sign-out")) {
            let token = form.descendants().find(|field| field.attribute("name") == Some("csrf"));
            assert_eq!(token.and_then(|field| field.attribute("value")), Some("pcl_csrf_sample"), "{name}: {form:?}");
        }
    });
}

#[test]
fn every_cell_of_a_table_says_on_a_narrow_screen_what_it_is() {
    on_every_page(|name, page| {
        for cell in elements(page, "td").filter(|cell| cell.attribute("class") != Some("act")) {
            assert!(cell.attribute("data-label").is_some(), "{name}: {cell:?}");
        }
        assert!(elements(page, "th").all(|head| head.attribute("scope").is_some()), "{name}");
    });
}
