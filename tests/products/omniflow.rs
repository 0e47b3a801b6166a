//! OmniFlow: a contact centre, where a team's role only ever adds.

use serde_json::json;

use super::{World, on_both_with};
use crate::support::Gateway;

const AGENT: &str =
    "conversation.read conversation.reply conversation.transfer conversation.resolve training.take dashboard.own";
const SUPERVISOR: &str = "team.manage dashboard.team training.build training.assign qa.view conversation.read";

/// Ada administers; Sarah supervises EMEA Tier 1 and is an agent on EMEA Tier 2; Alex is an agent of two teams; Tia
/// learns.
fn centre(gateway: &Gateway) -> World<'_> {
    let world = World::new(gateway);
    world.rule("Admins", "admin", "organization");
    for role in ["supervisor", "agent", "trainee"] {
        world.pattern(&format!("(?<team>[a-z0-9-]+) {role}s"), role, "team:{team}");
    }
    world.arrives("ada", &["Admins"]);
    world.arrives("sarah", &["emea-tier-1 supervisors", "emea-tier-2 agents"]);
    world.arrives("alex", &["billing agents", "cards agents"]);
    world.arrives("tia", &["billing trainees"]);
    world
}

on_both_with! { "omniflow":
    fn each_role_may_what_it_should_and_no_more(gateway: &Gateway) {
        let world = centre(gateway);
        for scope in ["organization", "team:emea-tier-1"] {
            world.may_exactly("ada", scope, "*");
        }
        world.may_exactly("sarah", "team:emea-tier-1", SUPERVISOR);
        world.may_exactly("sarah", "team:emea-tier-2", AGENT);
        world.may_exactly("sarah", "team:apac", "conversation.read");
        world.may_exactly("alex", "team:billing", AGENT);
        world.may_exactly("alex", "team:cards", AGENT);
        world.may_exactly("alex", "team:apac", "");
        world.may_exactly("tia", "team:billing", "training.take practice.run");
        world.may_exactly("tia", "team:cards", "");
    }

    fn an_exception_holds_in_its_team_and_not_in_another(gateway: &Gateway) {
        let world = centre(gateway);
        world.overrides("alex", json!([{"permission": "qa.override", "effect": "allow", "scope": "team:billing"}]));
        world.may_exactly("alex", "team:billing", &format!("{AGENT} qa.override"));
        world.may_exactly("alex", "team:cards", AGENT);
    }

    fn nothing_narrower_takes_away(gateway: &Gateway) {
        let world = centre(gateway);
        let deny = json!({"permissions": [{"permission": "conversation.reply", "effect": "deny", "scope": "team:cards"}]});
        let refused = world.api.put("/users/alex/permissions", &deny).expect(400);
        assert!(refused.text("detail").contains("additive"), "{}", refused.body);
        world.may_exactly("alex", "team:cards", AGENT);
    }

    fn a_trainee_takes_conversations_from_the_moment_of_the_promotion(gateway: &Gateway) {
        let world = centre(gateway);
        world.asked(&[("tia", "conversation.reply", "", "team:billing", false)]);
        world.joins("tia", "billing agents");
        world.may_exactly("tia", "team:billing", &format!("{AGENT} practice.run"));
        world.leaves("tia", "billing agents");
        world.may_exactly("tia", "team:billing", "training.take practice.run");
    }

    fn no_setting_makes_a_narrower_role_take_a_wider_one_away(gateway: &Gateway) {
        let world = centre(gateway);
        let refused = world.api.put("/settings", &json!({"mapping_mode": "highest-priority"})).expect(400);
        assert!(refused.text("detail").contains("additive"), "{}", refused.body);
        world.api.put("/settings", &json!({"default_role": "trainee"})).expect(200);
        world.may_exactly("alex", "team:cards", &format!("{AGENT} practice.run"));
        world.may_exactly("alex", "team:apac", "training.take practice.run");
    }

    fn a_clone_reaches_as_far_as_its_model(gateway: &Gateway) {
        let world = centre(gateway);
        let clone = json!({"key": "lead", "title": "Lead", "clone_of": "supervisor", "permissions": ["qa.override"]});
        let made = world.api.post("/roles", &clone).expect(201).json();
        assert_eq!(made["everywhere"], json!(["conversation.read"]));
        let policy = gateway.api().get("/policy").expect(200).json();
        for role in policy["roles"].as_array().unwrap() {
            let reaches = ["supervisor", made["key"].as_str().unwrap()].contains(&role["key"].as_str().unwrap());
            let expected = if reaches { json!(["conversation.read"]) } else { json!([]) };
            assert_eq!(role["everywhere"], expected, "{role}");
        }
        assert_eq!(made["origin"]["role"], "supervisor");
        assert_eq!(made["origin"]["difference_to_origin"], json!({"added": ["qa.override"], "removed": []}));
        world.rule("Leads", "lead", "team:cards");
        world.arrives("lee", &["Leads"]);
        world.may_exactly("lee", "team:cards", &format!("{SUPERVISOR} qa.override"));
        world.may_exactly("lee", "team:apac", "conversation.read");
        let narrower = json!({"title": "Lead", "permissions": ["team.manage", "conversation.read"]});
        let changed = world.api.put("/roles/lead", &narrower).expect(200).json();
        assert_eq!(changed["role"]["everywhere"], json!(["conversation.read"]));
        let removed = changed["role"]["origin"]["difference_to_origin"]["removed"].as_array().unwrap().len();
        assert_eq!(removed, 4, "{changed}");
        let here = json!({"title": "Lead", "permissions": ["team.manage", "conversation.read"], "everywhere": []});
        world.api.put("/roles/lead", &here).expect(200);
        world.may_exactly("lee", "team:apac", "");
        world.may_exactly("lee", "team:cards", "team.manage conversation.read");
    }

    fn no_exception_gives_a_trainee_live_conversations(gateway: &Gateway) {
        let world = centre(gateway);
        let body = json!({"allow": ["conversation.read"], "scope": "team:billing"});
        let refused = world.api.put("/users/tia/permissions", &body).expect(403);
        assert!(refused.text("detail").contains("trainee"), "{}", refused.body);
        world.api.put("/users/alex/permissions", &body).expect(200);
    }

    fn who_edits_all_settings_edits_every_tab(gateway: &Gateway) {
        let world = centre(gateway);
        world.overrides("tia", json!(["settings.edit"]));
        world.may_exactly("tia", "organization", "settings.edit settings.general.edit settings.channels.edit \
                                                  settings.roles.edit settings.security.edit");
    }

    fn one_tab_of_the_settings_is_given_without_the_others(gateway: &Gateway) {
        let world = centre(gateway);
        world.overrides("tia", json!(["settings.general.edit"]));
        world.may_exactly("tia", "organization", "settings.general.edit");
    }

    fn the_roles_given_as_examples_may_what_they_say_and_no_more(gateway: &Gateway) {
        let world = centre(gateway);
        let examples = [
            ("read_only_auditor", vec!["*.read", "qa.view", "billing.view"]),
            ("trainer", vec!["training.*", "conversation.read"]),
            ("api_consumer", vec!["api.manage_keys", "conversation.read"]),
            ("billing_only_admin", vec!["billing.*"]),
        ];
        for (role, permissions) in examples {
            world.role(role, &permissions, "organization");
            world.arrives(&format!("{role} person"), &[role]);
            world.may_exactly(&format!("{role} person"), "team:cards", &permissions.join(" "));
        }
    }

    fn a_clone_of_a_built_in_role_is_changed_without_its_model(gateway: &Gateway) {
        let world = centre(gateway);
        let clone = json!({"key": "senior_agent", "title": "Senior agent", "clone_of": "agent", "permissions": ["qa.view"]});
        world.api.post("/roles", &clone).expect(201);
        world.rule("Seniors", "senior_agent", "team:cards");
        world.arrives("sen", &["Seniors"]);
        world.may_exactly("sen", "team:cards", &format!("{AGENT} qa.view"));
        world.may_exactly("alex", "team:cards", AGENT);
    }
}
