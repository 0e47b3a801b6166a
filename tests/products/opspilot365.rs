//! OpsPilot 365: technicians and the customers they are assigned to.

use serde_json::{Value, json};

use super::{World, on_both_with};
use crate::support::{Gateway, Http};

const TECHNICIAN: &str = "customer.view ticket.view ticket.create ticket.manage";
const MANAGER: &str = "identity.* device.* security.* exchange.* licensing.* customer.view ticket.* dashboard.view \
                       approval.decide report.view";
const LEAD: &str = "dashboard.view approval.decide team.lead metrics.view report.view";
const READONLY: &str = "customer.view ticket.view report.view dashboard.view";
const SENSITIVE: [&str; 4] =
    ["device.wipe", "licensing.purchase", "identity.reset_password", "security.manage_policies"];

/// Ada administers, Max manages Contoso and leads team North, Tim is a technician and Rea reads at Contoso.
fn provider(gateway: &Gateway) -> World<'_> {
    let world = World::new(gateway);
    world.rule("Administrators", "administrator", "organization");
    world.pattern("customer-(?<customer>[a-z]+)-managers", "manager", "customer:{customer}");
    world.pattern("team-(?<team>[a-z]+)-leads", "manager", "team:{team}");
    world.pattern("customer-(?<customer>[a-z]+)-technicians", "technician", "customer:{customer}");
    world.pattern("customer-(?<customer>[a-z]+)-readers", "readonly", "customer:{customer}");
    world.arrives("ada", &["Administrators"]);
    world.arrives("max", &["customer-contoso-managers", "team-north-leads"]);
    world.arrives("tim", &["customer-contoso-technicians"]);
    world.arrives("rea", &["customer-contoso-readers"]);
    world
}

on_both_with! { "opspilot365":
    fn each_role_may_what_it_should_and_no_more(gateway: &Gateway) {
        let world = provider(gateway);
        for scope in ["organization", "customer:contoso", "customer:fabrikam", "team:north"] {
            world.may_exactly("ada", scope, "*");
        }
        world.may_exactly("max", "customer:contoso", MANAGER);
        world.may_exactly("max", "team:north", LEAD);
        world.may_exactly("tim", "customer:contoso", TECHNICIAN);
        world.may_exactly("rea", "customer:contoso", READONLY);
        for who in ["max", "tim", "rea"] {
            for scope in ["customer:fabrikam", "team:south", "organization"] {
                world.may_exactly(who, scope, "");
            }
        }
    }

    fn an_administrator_of_one_customer_reaches_every_customer(gateway: &Gateway) {
        let world = provider(gateway);
        world.rule("Contoso admins", "administrator", "customer:contoso");
        world.arrives("abe", &["Contoso admins"]);
        world.may_exactly("abe", "customer:fabrikam", "*");
        world.may_exactly("abe", "organization", "*");
    }

    fn a_technicians_sensitive_action_waits_for_a_manager(gateway: &Gateway) {
        let world = provider(gateway);
        for action in SENSITIVE {
            assert_eq!(world.reason("tim", action, "", "customer:contoso"), "approval_required", "{action}");
            assert_eq!(world.reason("tim", action, "", "customer:fabrikam"), "no_grant", "{action}");
            world.asked(&[("max", action, "", "customer:contoso", true)]);
        }
    }

    fn granular_permissions_are_set_for_one_technician(gateway: &Gateway) {
        let world = provider(gateway);
        let given = ["identity.create_user", "device.view", "security.respond", "exchange.message_trace", "licensing.view"];
        let body = json!({"allow": given, "deny": ["ticket.manage"], "scope": "customer:contoso"});
        gateway.http().bearer(gateway.api_key())
            .put(&format!("/api/technicians/{}/permissions", world.id("tim")), &body)
            .expect(200);
        let now = format!("{TECHNICIAN} {} -ticket.manage", given.join(" "));
        world.may_exactly("tim", "customer:contoso", &now);
        world.may_exactly("tim", "customer:fabrikam", "");
    }

    fn a_permission_given_without_a_scope_reaches_assigned_customers_and_no_others(gateway: &Gateway) {
        let world = provider(gateway);
        let api = gateway.http().bearer(gateway.api_key());
        let path = format!("/api/technicians/{}/permissions", world.id("tim"));
        let given = api.put(&path, &json!({"permissions": ["identity.create_user"]})).expect(200).json();
        assert_eq!(given["permissions"][0]["scope"], "assigned");
        let row = |scope: &'static str, may| ("tim", "identity.create_user", "", scope, may);
        world.asked(&[row("customer:contoso", true), row("customer:fabrikam", false), row("organization", false)]);
        world.joins("tim", "customer-fabrikam-technicians");
        world.asked(&[row("customer:contoso", true), row("customer:fabrikam", true), row("organization", false)]);
        world.leaves("tim", "customer-contoso-technicians");
        world.asked(&[row("customer:contoso", false), row("customer:fabrikam", true)]);
        assert_eq!(api.get(&path).expect(200).json(), given);
    }

    fn a_denial_without_a_scope_holds_at_every_customer(gateway: &Gateway) {
        let world = provider(gateway);
        world.overrides("tim", json!({"ticket.manage": false, "device.view": true}));
        world.may_exactly("tim", "customer:contoso", &format!("{TECHNICIAN} device.view -ticket.manage"));
        assert_eq!(world.reason("tim", "ticket.manage", "", "customer:fabrikam"), "denied_by_override");
    }

    fn nobody_makes_a_read_only_person_modify_anything(gateway: &Gateway) {
        let world = provider(gateway);
        for permission in ["identity.create_user", "device.wipe", "ticket.manage", "platform.settings"] {
            let body = json!({"allow": [permission], "scope": "customer:contoso"});
            let refused = world.api.put("/users/rea/permissions", &body).expect(403);
            assert!(refused.text("detail").contains("readonly"), "{}", refused.body);
        }
        // What a technician was given is of no use to who only reads from now on.
        world.overrides("tim", json!(["identity.create_user"]));
        world.leaves("tim", "customer-contoso-technicians");
        world.joins("tim", "customer-contoso-readers");
        world.may_exactly("tim", "customer:contoso", READONLY);
    }

    fn no_exception_gives_a_manager_the_platforms_settings(gateway: &Gateway) {
        let world = provider(gateway);
        let body = json!({"allow": ["platform.settings"], "scope": "organization"});
        world.api.put("/users/max/permissions", &body).expect(403);
        world.asked(&[("max", "platform.settings", "", "organization", false)]);
    }

    fn a_given_sensitive_permission_still_waits_for_a_manager(gateway: &Gateway) {
        let world = provider(gateway);
        world.overrides("tim", json!(["device.wipe", "device.view"]));
        assert_eq!(world.reason("tim", "device.wipe", "", "customer:contoso"), "approval_required");
        world.asked(&[("tim", "device.view", "", "customer:contoso", true)]);
    }

    fn a_manager_sets_nobodys_permissions_and_an_administrator_does(gateway: &Gateway) {
        let world = provider(gateway);
        let body = json!({"permissions": ["device.view"]});
        world.api_of("max").put("/users/tim/permissions", &body).expect(403);
        world.api_of("ada").put("/users/tim/permissions", &body).expect(200);
        world.asked(&[("tim", "device.view", "", "customer:contoso", true)]);
    }

    fn people_of_the_directory_ask_agree_and_refuse_and_what_the_directory_takes_away_counts(gateway: &Gateway) {
        let world = provider(gateway);
        let [ada, max, tim, rea] = ["ada", "max", "tim", "rea"].map(|name| world.api_of(name));
        let ask = |action: &str| tim.post("/approvals", &wanted(action, "d1")).expect(201).text("id");
        let agree = |who: &Http, request: &str| who.post(&format!("/approvals/{request}/approve"), &json!({})).status;
        for action in SENSITIVE {
            let request = ask(action);
            assert_eq!([agree(&rea, &request), agree(&tim, &request)], [403, 403], "{action}");
            assert!(!may_with(&world, action, &request));
            assert_eq!(agree(&max, &request), 200, "{action}");
            assert!(may_with(&world, action, &request), "{action}");
            assert!(!may_with(&world, action, &request), "{action} was used");
        }
        let refused = ask("device.wipe");
        max.post(&format!("/approvals/{refused}/deny"), &json!({"note": "no"})).expect(200);
        assert_eq!(agree(&ada, &refused), 409);
        assert!(!may_with(&world, "device.wipe", &refused));

        let (by_max, by_ada) = (ask("device.wipe"), ask("device.wipe"));
        assert_eq!([agree(&max, &by_max), agree(&ada, &by_ada)], [200, 200]);
        world.leaves("max", "customer-contoso-managers");
        assert!(!may_with(&world, "device.wipe", &by_max), "who said yes may no longer say it");
        world.leaves("tim", "customer-contoso-technicians");
        assert!(!may_with(&world, "device.wipe", &by_ada), "who asked may no longer ask");
        tim.post("/approvals", &wanted("device.wipe", "d1")).expect(400);
        world.joins("tim", "customer-contoso-technicians");
        assert!(may_with(&world, "device.wipe", &by_ada));
    }
}

/// An action on a device at Contoso.
fn wanted(action: &str, device: &str) -> Value {
    let resource = json!({"type": "device", "id": device, "properties": {"scope": "customer:contoso"}});
    json!({"action": {"name": action}, "resource": resource})
}

/// Whether Tim may do this with the yes to that request.
fn may_with(world: &World<'_>, action: &str, request: &str) -> bool {
    let mut asked = wanted(action, "d1");
    asked["subject"] = json!({"type": "user", "id": "tim"});
    asked["context"] = json!({"approval": request});
    let answer = world.gateway.authzen().post("/evaluation", &asked).expect(200).json();
    answer["decision"].as_bool().unwrap()
}
