//! `/api/v1/access-contracts`: what an organization asserts about itself, whatever path tries to break it.

use serde_json::{Value, json};

use super::{GROUP, USER, assign, group, newest, person, refused};
use crate::support::{Gateway, until};

fn contract(name: &str, who: Value, never: Value) -> Value {
    json!({"name": name, "who": who, "never": never})
}

/// No viewer may export.
fn no_export() -> Value {
    contract("viewers do not export", json!({"role": "viewer"}), json!({"permission": "export.*"}))
}

on_both! {
    fn no_path_breaks_a_contract_and_each_refusal_says_who_would_have_what_by_what(gateway: &Gateway) {
        let api = gateway.api();
        let ann = person(gateway, "ann");
        assign(gateway, "ann", "viewer", "tenant:acme");
        api.post("/access-contracts", &no_export()).expect(201);
        let refusals = |answer, by: &str| refused(answer, 409, by);
        // A direct role, in another place too.
        refusals(api.post("/users/ann/assignments", &json!({"role": "admin", "scope": "tenant:globex"})), "`admin`");
        // An exception.
        let allow = json!({"permissions": [{"permission": "export.csv", "effect": "allow", "reason": "once"}]});
        refusals(api.put("/users/ann/permissions", &allow), "an override");
        // A custom role, made wider while it is held.
        api.post("/roles", &json!({"key": "clerk", "title": "Clerk", "permissions": ["task.view"]})).expect(201);
        assign(gateway, "ann", "clerk", "organization");
        let wider = json!({"title": "Clerk", "permissions": ["task.view", "export.csv"]});
        refusals(api.put("/roles/clerk", &wider), "`ann` would have `export.csv` in `organization` by the role `clerk`");
        // A rule, and a group.
        let crew = group(gateway, "Crew", &[&ann]);
        refusals(api.post("/mapping-rules", &json!({"group": {"name": "Crew"}, "role": "admin"})), "the group `Crew`");
        let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                           "Operations": [{"op": "remove", "path": format!("members[value eq \"{ann}\"]")}]});
        gateway.scim().patch(&format!("/Groups/{crew}"), &patch);
        api.post("/mapping-rules", &json!({"group": {"name": "Crew"}, "role": "admin"})).expect(201);
        let back = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                          "Operations": [{"op": "add", "path": "members", "value": [{"value": ann}]}]});
        let scim = gateway.scim().patch(&format!("/Groups/{crew}"), &back).expect(409).json();
        assert!(scim["detail"].as_str().unwrap().contains("viewers do not export"), "{scim}");
        let made = json!({"schemas": [GROUP], "displayName": "crew two", "members": [{"value": ann}]});
        api.post("/mapping-rules", &json!({"group": {"name": "crew two"}, "role": "admin"})).expect(201);
        gateway.scim().post("/Groups", &made).expect(409);
        // The catalogue.
        let text = api.get("/catalogue").expect(200).text("catalogue");
        let (head, _) = text.split_once("[[check]]").unwrap();
        let viewer = "may = [\"*.view\", \"*.read\"]";
        assert!(head.contains(viewer));
        let looser = head.replacen(viewer, "may = [\"*.view\", \"*.read\", \"export.csv\"]", 1);
        refusals(api.put("/catalogue", &json!({"catalogue": looser})), "`viewer`");
        assert!(!gateway.allows("ann", "export.csv", "organization"), "nothing of it was kept");
        until("the refusals are in the log", || {
            let found = api.get("/audit-events?action=request.refused").expect(200).body;
            found.contains("viewers do not export")
        });
        // What breaks nothing goes on.
        person(gateway, "bob");
        assign(gateway, "bob", "admin", "organization");
        assert!(gateway.allows("bob", "export.csv", "organization"));
    }

    fn nobody_slips_in_beside_a_contract_that_is_made_at_the_same_time(gateway: &Gateway) {
        let api = gateway.api();
        api.put("/settings", &json!({"default_role": "viewer"})).expect(200);
        let asserted = contract("viewers see no tasks", json!({"role": "viewer"}), json!({"permission": "task.view"}));
        for round in 0..10 {
            let (made, arrived) = std::thread::scope(|threads| {
                let contract = threads.spawn(|| api.post("/access-contracts", &asserted));
                let people: Vec<_> = (0..4).map(|n| threads.spawn(move || {
                    let body = json!({"schemas": [USER], "userName": format!("new-{round}-{n}"), "active": true});
                    gateway.scim().post("/Users", &body)
                })).collect();
                let arrived: Vec<_> = people.into_iter().map(|one| one.join().unwrap()).filter(|one| one.status == 201).collect();
                (contract.join().unwrap(), arrived)
            });
            assert_eq!(made.status == 201, arrived.is_empty(), "round {round}: {} and {}", made.status, arrived.len());
            for one in &arrived {
                gateway.scim().delete(&format!("/Users/{}", one.text("id"))).expect(204);
            }
            if made.status == 201 {
                api.delete(&format!("/access-contracts/{}", made.text("id"))).expect(204);
            }
        }
    }

    fn whoever_is_in_a_group_stays_out_of_a_place(gateway: &Gateway) {
        let api = gateway.api();
        let (ann, bob) = (person(gateway, "ann"), person(gateway, "bob"));
        let inner = group(gateway, "Contractors abroad", &[&ann]);
        let contractors = group(gateway, "Contractors", &[&inner]);
        assign(gateway, "bob", "viewer", "department:finance");
        let out = contract("contractors stay out of finance", json!({"group": contractors}), json!({"scope": "department:finance"}));
        api.post("/access-contracts", &out).expect(201);
        let finance = json!({"role": "viewer", "scope": "department:finance"});
        refused(api.post(&format!("/users/{ann}/assignments"), &finance), 409, "`ann` would have `viewer` in `department:finance`");
        assign(gateway, "ann", "viewer", "department:sales");
        let join = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                          "Operations": [{"op": "add", "path": "members", "value": [{"value": bob}]}]});
        gateway.scim().patch(&format!("/Groups/{inner}"), &join).expect(409);
        // Whoever is deactivated holds nothing, and comes back only once the contract allows it.
        let active = |active: bool| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": active}]});
        gateway.scim().patch(&format!("/Users/{bob}"), &active(false)).expect(200);
        let joined = gateway.scim().patch(&format!("/Groups/{inner}"), &join).status;
        assert!(joined == 200 || joined == 204, "{joined}");
        gateway.scim().patch(&format!("/Users/{bob}"), &active(true)).expect(409);
        assert!(!gateway.allows("bob", "task.view", "department:finance"));
    }

    fn a_contract_that_is_broken_already_is_refused_with_who_breaks_it(gateway: &Gateway) {
        let api = gateway.api();
        person(gateway, "ann");
        assign(gateway, "ann", "viewer", "tenant:acme");
        let admin = assign(gateway, "ann", "admin", "tenant:globex");
        refused(api.post("/access-contracts", &no_export()), 409, "`ann` would have `export.csv` in `tenant:globex`");
        assert_eq!(api.get("/access-contracts").expect(200).json()["items"], json!([]));
        api.delete(&format!("/users/ann/assignments/{admin}")).expect(204);
        let made = api.post("/access-contracts", &no_export()).expect(201).text("id");
        let path = format!("/access-contracts/{made}");
        let stricter = contract("viewers only look", json!({"role": "viewer"}), json!({"permission": "*.view"}));
        refused(api.put(&path, &stricter), 409, "`ann`");
        let other = contract("viewers pay nothing", json!({"role": "viewer"}), json!({"permission": "billing.manage"}));
        api.put(&path, &other).expect(200);
        assign(gateway, "ann", "admin", "tenant:globex");
        api.delete(&path).expect(204);
        api.delete(&path).expect(404);
        for action in ["contract.created", "contract.changed", "contract.deleted"] {
            newest(gateway, action);
        }
    }

    fn a_denial_that_will_end_keeps_no_contract(gateway: &Gateway) {
        let api = gateway.api();
        person(gateway, "ann");
        assign(gateway, "ann", "viewer", "organization");
        let deny = |until: Value| json!({"permissions": [
            {"permission": "export.csv", "effect": "deny", "reason": "contract", "until": until}]});
        api.put("/users/ann/permissions", &deny(json!("2199-01-01T00:00:00Z"))).expect(200);
        api.post("/access-contracts", &no_export()).expect(201);
        refused(api.post("/users/ann/assignments", &json!({"role": "admin"})), 409, "export.csv");
        api.put("/users/ann/permissions", &deny(Value::Null)).expect(200);
        assign(gateway, "ann", "admin", "organization");
        refused(api.put("/users/ann/permissions", &json!({"permissions": []})), 409, "export.csv");
    }

    fn a_contract_about_nothing_is_refused(gateway: &Gateway) {
        let api = gateway.api();
        let viewer = || json!({"role": "viewer"});
        refused(api.post("/access-contracts", &contract("x", json!({"role": "emperor"}), json!({"permission": "*"}))), 400, "emperor");
        refused(api.post("/access-contracts", &contract("x", viewer(), json!({"permission": "no.such"}))), 400, "no.such");
        refused(api.post("/access-contracts", &contract("x", viewer(), json!({"scope_type": "planet"}))), 400, "planet");
        refused(api.post("/access-contracts", &contract("x", viewer(), json!({"scope": "planet:mars"}))), 400, "planet:mars");
        let nobody = json!({"group": "018bcfe5-6800-7000-8000-00000000a001"});
        api.post("/access-contracts", &contract("x", nobody, json!({"permission": "*"}))).expect(404);
        refused(api.post("/access-contracts", &contract("", viewer(), json!({"permission": "export.csv"}))), 400, "name");
        api.post("/access-contracts", &json!({"name": "x", "who": viewer()})).expect(400);
    }
}
