//! MiOpsAI: an agency's people and the tenants they are assigned to.

use serde_json::json;

use super::{World, on_both_with};
use crate::support::Gateway;

const MEMBER: &str = "communication.draft email.read email.send task.manage pipeline.view pipeline.edit tenant.view";
const ADMIN: &str = "* -billing.manage -ownership.transfer -plan.change -security.manage";

/// Ada owns, Adam administers, Max manages Acme, Mia is a member there, Vic views.
fn agency(gateway: &Gateway) -> World<'_> {
    let world = World::new(gateway);
    world.rule("Admins", "admin", "organization");
    world.rule("Viewers", "viewer", "organization");
    world.pattern("(?<tenant>[a-z]+)-managers", "manager", "tenant:{tenant}");
    world.pattern("(?<tenant>[a-z]+)-members", "member", "tenant:{tenant}");
    world.owner("ada");
    world.arrives("adam", &["Admins"]);
    world.arrives("max", &["acme-managers"]);
    world.arrives("mia", &["acme-members"]);
    world.arrives("vic", &["Viewers"]);
    world
}

on_both_with! { "miopsai":
    fn each_role_may_what_it_should_and_no_more(gateway: &Gateway) {
        let world = agency(gateway);
        for scope in ["organization", "tenant:acme", "department:finance"] {
            world.may_exactly("ada", scope, "*");
            world.may_exactly("adam", scope, ADMIN);
            world.may_exactly("vic", scope, "*.view *.read -finance.view");
        }
        world.may_exactly("max", "tenant:acme", &format!("{MEMBER} team.manage autopilot.approve reports.run"));
        world.may_exactly("mia", "tenant:acme", MEMBER);
        for scope in ["organization", "tenant:globex", "department:sales"] {
            world.may_exactly("max", scope, "");
            world.may_exactly("mia", scope, "");
        }
    }

    fn the_owner_is_never_made_by_a_rule_nor_by_hand(gateway: &Gateway) {
        let world = World::new(gateway);
        let rule = json!({"group": {"name": "Owners"}, "role": "owner", "scope": "organization"});
        let refused = world.api.post("/mapping-rules", &rule).expect(400);
        assert!(refused.text("detail").contains("exactly one holder"), "{}", refused.body);
        world.arrives("mia", &["Owners"]);
        let given = world.api.post("/users/mia/assignments", &json!({"role": "owner"})).expect(400);
        assert!(given.text("detail").contains("transfer"), "{}", given.body);
        world.may_exactly("mia", "organization", "");
    }

    fn each_override_stands_apart_from_its_neighbours(gateway: &Gateway) {
        let world = agency(gateway);
        let acme = "tenant:acme";
        world.overrides("mia", json!([
            {"permission": "email.send", "effect": "deny", "scope": acme},
            {"permission": "pipeline.delete", "effect": "allow", "scope": acme},
            {"permission": "pipeline.edit", "effect": "deny", "scope": acme},
        ]));
        world.may_exactly("mia", acme, &format!("{MEMBER} pipeline.delete -email.send -pipeline.edit"));
        for one in ["finance.view", "autopilot.configure", "export.csv", "integration.manage"] {
            world.overrides("mia", json!([{"permission": one, "effect": "allow", "scope": acme}]));
            world.may_exactly("mia", acme, &format!("{MEMBER} {one}"));
            world.may_exactly("mia", "tenant:globex", "");
        }
        world.overrides("adam", json!([{"permission": "finance.view", "effect": "deny"}]));
        world.may_exactly("adam", acme, &format!("{ADMIN} -finance.view"));
        world.overrides("mia", json!([]));
        world.may_exactly("mia", acme, MEMBER);
    }

    fn autonomous_action_is_given_by_owner_and_admin_alone(gateway: &Gateway) {
        let world = agency(gateway);
        let configure = json!({"permissions": [{"permission": "autopilot.configure", "effect": "allow", "scope": "tenant:acme"}]});
        world.api_of("adam").put("/users/mia/permissions", &configure).expect(200);
        // Max may manage people by exception, and holds what he wants to give, but by no role that may grant it.
        world.overrides("max", json!(["users.manage", "autopilot.configure", "autopilot.grant"]));
        let refused = world.api_of("max").put("/users/vic/permissions", &configure).expect(403);
        assert!(refused.text("detail").contains("autopilot.grant"), "{}", refused.body);
        world.asked(&[
            ("mia", "autopilot.configure", "", "tenant:acme", true),
            ("vic", "autopilot.configure", "", "tenant:acme", false),
        ]);
    }

    fn an_admin_gives_nothing_that_is_the_owners(gateway: &Gateway) {
        let world = agency(gateway);
        for permission in ["billing.manage", "ownership.transfer", "plan.change", "security.manage"] {
            world.api_of("adam").put("/users/mia/permissions", &json!({"permissions": [permission]})).expect(403);
        }
        world.may_exactly("mia", "tenant:acme", MEMBER);
    }

    fn whoever_is_taken_away_at_the_identity_provider_may_nothing_at_once(gateway: &Gateway) {
        let world = agency(gateway);
        world.leaves("max", "acme-managers");
        world.may_exactly("max", "tenant:acme", "");
        world.joins("max", "acme-members");
        world.may_exactly("max", "tenant:acme", MEMBER);
        world.set_active("mia", false);
        world.may_exactly("mia", "tenant:acme", "");
        assert_eq!(world.reason("mia", "email.read", "", "tenant:acme"), "inactive");
        world.set_active("mia", true);
        world.may_exactly("mia", "tenant:acme", MEMBER);
        world.removed("mia");
        world.may_exactly("mia", "tenant:acme", "");
        world.removed("adam");
        world.may_exactly("adam", "organization", "");
    }

    fn what_happens_is_in_the_audit_with_who_and_when(gateway: &Gateway) {
        let world = agency(gateway);
        world.overrides("mia", json!(["export.csv"]));
        for name in ["data.accessed", "email.sent"] {
            let event = json!({"name": name, "subject": world.id("mia"), "detail": {"invoice": 7}});
            world.api.post("/audit-events", &event).expect(201);
        }
        for action in ["session.opened", "override.changed", "mapping_rule.created", "application.event"] {
            let found = world.api.get(&format!("/audit-events?action={action}")).expect(200).json();
            let entry = &found["items"][0];
            assert!(entry.is_object(), "no {action}: {found}");
            assert!(entry["actor"].is_object() && entry["outcome"].is_string(), "{entry}");
        }
    }

    fn what_is_the_owners_alone_no_role_and_no_exception_gives(gateway: &Gateway) {
        let world = agency(gateway);
        for permission in ["billing.manage", "plan.change", "ownership.transfer"] {
            world.api.post("/roles", &json!({"key": "boss", "title": "Boss", "permissions": [permission]})).expect(403);
            world.api.put("/users/adam/permissions", &json!({"permissions": [permission]})).expect(403);
        }
        world.api.post("/roles", &json!({"key": "boss", "title": "Boss", "clone_of": "owner"})).expect(403);
        world.may_exactly("adam", "organization", ADMIN);
    }

    fn there_are_four_departments_and_no_others(gateway: &Gateway) {
        let world = agency(gateway);
        for department in ["marketing", "sales", "success", "finance"] {
            world.may_exactly("ada", &format!("department:{department}"), "*");
        }
        assert_eq!(world.reason("ada", "email.read", "", "department:legal"), "unknown_scope");
        let legal = |key: &str| json!({"group": {"name": "Legal"}, "role": "member", key: "department:legal"});
        world.api.post("/mapping-rules", &legal("scope")).expect(400);
        world.api.post("/scopes", &json!({"scope": "department:legal"})).expect(400);
        world.api.post("/users/mia/assignments", &json!({"role": "member", "scope": "department:legal"})).expect(400);
        // A pattern may meet any name: what it then makes no department of, it gives nothing in, and says so.
        world.pattern("dept-(?<name>[a-z]+)", "member", "department:{name}");
        world.arrives("lea", &["dept-legal", "dept-sales"]);
        world.may_exactly("lea", "department:sales", MEMBER);
        world.may_exactly("lea", "department:legal", "");
        let told = world.api.get("/audit-events?action=group.created").expect(200).body;
        assert!(told.contains("there is no `department:legal`"), "{told}");
    }

    fn custom_roles_hold_in_their_tenant_or_department_alone(gateway: &Gateway) {
        let world = agency(gateway);
        world.plan("agency");
        world.role("junior_account_manager", &["task.manage", "contact.edit"], "tenant:acme");
        let portal = ["tenant.view", "task.view", "contact.view", "pipeline.view", "reports.view"];
        world.role("client_portal_user", &portal, "tenant:x");
        world.role("accountant", &["finance.view", "reports.run"], "department:finance");
        world.arrives("jun", &["junior_account_manager"]);
        world.arrives("cli", &["client_portal_user"]);
        world.arrives("acc", &["accountant"]);
        world.may_exactly("jun", "tenant:acme", "task.manage contact.edit");
        world.may_exactly("jun", "tenant:globex", "");
        world.may_exactly("cli", "tenant:x", &portal.join(" "));
        world.may_exactly("cli", "tenant:y", "");
        world.asked(&[("cli", "tenant.view", "tenant:y", "tenant:y", false)]);
        world.may_exactly("acc", "department:finance", "finance.view reports.run");
        world.may_exactly("acc", "department:sales", "");
    }

    fn plans_unlock_custom_roles_and_single_sign_on(gateway: &Gateway) {
        let world = agency(gateway);
        world.role("junior", &["task.manage"], "organization");
        world.arrives("jun", &["junior"]);
        world.asked(&[("ada", "sso.configure", "", "organization", true)]);
        world.plan("agency");
        world.may_exactly("jun", "organization", "task.manage");
        world.may_exactly("ada", "organization", "* -sso.configure -scim.configure");
        assert_eq!(world.reason("ada", "scim.configure", "", "organization"), "plan");
        world.plan("starter");
        world.may_exactly("jun", "organization", "");
        world.api.post("/roles", &json!({"title": "Another"})).expect(403);
    }
}
