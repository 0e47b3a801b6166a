//! AllInOne: a workspace of projects, and a role in each.

use super::{World, on_both_with};
use crate::support::Gateway;

const ADMIN: &str = "* -billing.manage -workspace.manage -project.create";
const MANAGER: &str =
    "*.view contact.edit campaign.edit invoice.edit integration.edit ai.draft campaign.send invoice.issue -audit.view";
const TYPES: [&str; 5] = ["member", "contact", "campaign", "invoice", "integration"];

/// Sue owns the workspace; Adam is admin on A and manager on B.
fn workspace(gateway: &Gateway) -> World<'_> {
    let world = World::new(gateway);
    world.rule("Workspace owners", "super_admin", "organization");
    world.pattern("project-(?<project>[a-z]+)-admins", "admin", "project:{project}");
    world.pattern("project-(?<project>[a-z]+)-managers", "manager", "project:{project}");
    world.arrives("sue", &["Workspace owners"]);
    world.arrives("adam", &["project-a-admins", "project-b-managers"]);
    world
}

on_both_with! { "allinone":
    fn each_role_may_what_it_should_and_no_more(gateway: &Gateway) {
        let world = workspace(gateway);
        for scope in ["organization", "project:a", "project:b"] {
            world.may_exactly("sue", scope, "*");
        }
        world.may_exactly("adam", "project:a", ADMIN);
        world.may_exactly("adam", "project:b", MANAGER);
        world.may_exactly("adam", "project:c", "");
        world.may_exactly("adam", "organization", "");
    }

    fn rows_follow_the_role_in_their_project(gateway: &Gateway) {
        let world = workspace(gateway);
        for kind in TYPES {
            let on = format!("{kind}:7");
            let key = |action: &str| format!("{kind}.{action}");
            let edits = kind != "member";
            for who in ["sue", "adam"] {
                for action in ["view", "edit", "suspend", "delete"] {
                    world.asked(&[(who, &key(action), &on, "project:a", true)]);
                }
            }
            world.asked(&[
                ("adam", &key("view"), &on, "project:b", true),
                ("adam", &key("edit"), &on, "project:b", edits),
                ("adam", &key("suspend"), &on, "project:b", false),
                ("adam", &key("delete"), &on, "project:b", false),
                ("adam", &key("view"), &on, "project:c", false),
                ("sue", &key("delete"), &on, "project:c", true),
            ]);
        }
    }

    fn a_project_that_somebody_is_no_member_of_is_not_visible(gateway: &Gateway) {
        let world = workspace(gateway);
        world.asked(&[
            ("adam", "project.view", "project:a", "project:a", true),
            ("adam", "project.view", "project:b", "project:b", true),
            ("adam", "project.view", "project:c", "project:c", false),
        ]);
    }

    fn what_is_refused_is_in_the_audit_too(gateway: &Gateway) {
        let world = workspace(gateway);
        world.asked(&[("adam", "contact.delete", "contact:7", "project:b", false)]);
        let adam = world.id("adam");
        crate::support::until("the refusal is written down", || {
            let found = world.api.get(&format!("/audit-events?action=decision.refused&target={adam}")).expect(200).json();
            found["items"].as_array().is_some_and(|items| !items.is_empty())
        });
    }
}
