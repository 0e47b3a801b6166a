//! What a change would do, before it is made; and what rules and roles have been.

use serde_json::{Value, json};

use super::{api_of, assign, group, newest, person, refused};
use crate::support::Gateway;

/// The rest of a catalogue that shares nothing with the others.
const OTHER_PALETTE: &str = r#"
[category.other]
title = "Other"
[category.other.permissions]
"users.manage" = "Manage"
"audit.search" = "Search"
"sso.configure" = "Single sign-on"
"scim.configure" = "Provisioning"

[role.keeper]
title = "Keeper"
may = ["*"]
holders = "at least one"
"#;

/// How many entries the audit log has.
fn log_length(gateway: &Gateway) -> usize {
    gateway.api().get("/audit-events?limit=1000").expect(200).json()["items"].as_array().unwrap().len()
}

fn rule(group: &str, role: &str, scope: &str) -> Value {
    json!({"group": {"name": group}, "role": role, "scope": scope})
}

/// The changes of a preview as `user scope +gained -lost`.
fn changes(impact: &Value) -> Vec<String> {
    let keys = |list: &Value, sign: &str| {
        list.as_array().unwrap().iter().map(|key| format!(" {sign}{}", key.as_str().unwrap())).collect::<String>()
    };
    let told = |change: &Value| {
        let text = |name: &str| change[name].as_str().unwrap().to_owned();
        format!("{} {}{}{}", text("user_name"), text("scope"), keys(&change["gained"], "+"), keys(&change["lost"], "-"))
    };
    impact["changes"].as_array().unwrap().iter().map(told).collect()
}

/// The one-time link makes the owner, who is signed in with it.
fn claim(gateway: &Gateway) {
    let setup = gateway.made()["owner_setup_url"].as_str().unwrap().to_owned();
    gateway.http().form(&setup, &[("user_name".to_owned(), "owner@corp.example".to_owned())]).expect(303);
}

on_both! {
    fn a_preview_of_a_rule_says_what_then_happens_to_everybody_below_a_nested_group(gateway: &Gateway) {
        let api = gateway.api();
        let (ann, bob) = (person(gateway, "ann"), person(gateway, "bob"));
        person(gateway, "eve");
        let inner = group(gateway, "Inner", &[&bob]);
        group(gateway, "Outer", &[&ann, &inner]);
        let proposed = rule("Outer", "viewer", "tenant:acme");
        let before = log_length(gateway);
        let impact = api.post("/mapping-rules/preview", &proposed).expect(200).json();
        assert_eq!((&impact["people"], &impact["gainers"], &impact["losers"]), (&json!(2), &json!(2), &json!(0)));
        assert_eq!(impact["total"], 2);
        assert!(changes(&impact).iter().all(|change| change.contains(" tenant:acme +")), "{impact}");
        assert!(!gateway.allows("bob", "task.view", "tenant:acme"), "a preview changes nothing");
        let made = api.post("/mapping-rules", &proposed).expect(201).text("id");
        assert_eq!(log_length(gateway), before + 1, "and leaves nothing in the log");
        assert!(gateway.allows("bob", "task.view", "tenant:acme") && !gateway.allows("eve", "task.view", "tenant:acme"));
        let back = api.post("/mapping-rules/preview", &json!({"remove": made})).expect(200).json();
        let gains: Vec<String> = changes(&impact).iter().map(|change| change.replace(" +", " -")).collect();
        assert_eq!(changes(&back), gains);
    }

    fn a_preview_of_a_change_tells_gain_and_loss_of_the_same_person(gateway: &Gateway) {
        let api = gateway.api();
        let ann = person(gateway, "ann");
        group(gateway, "Crew", &[&ann]);
        let made = api.post("/mapping-rules", &rule("Crew", "member", "tenant:acme")).expect(201).text("id");
        let moved = json!({"change": {"id": made, "rule": rule("Crew", "member", "tenant:globex")}});
        let impact = api.post("/mapping-rules/preview", &moved).expect(200).json();
        assert_eq!((&impact["gainers"], &impact["losers"], &impact["total"]), (&json!(1), &json!(1), &json!(2)));
        let same = json!({"change": {"id": made, "rule": rule("Crew", "member", "tenant:acme")}});
        assert_eq!(api.post("/mapping-rules/preview", &same).expect(200).json()["people"], 0);
    }

    fn many_people_read_at_once_are_known_as_each_is_alone(gateway: &Gateway) {
        let api = gateway.api();
        let names = ["ann", "bob", "cid", "dan", "eve", "fay"];
        let ids = names.map(|name| person(gateway, name));
        let inner = group(gateway, "tenant-acme-leads", &[&ids[0], &ids[1], &ids[4]]);
        let outer = group(gateway, "Outer", &[&inner, &ids[2]]);
        // A cycle: each group is in the other.
        let add = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                         "Operations": [{"op": "add", "path": "members", "value": [{"value": outer}]}]});
        gateway.scim().patch(&format!("/Groups/{inner}"), &add);
        let leads = json!({"group": {"pattern": "tenant-(?<t>.+)-leads"}, "role": "manager", "scope": "tenant:{t}"});
        api.post("/mapping-rules", &leads).expect(201);
        api.post("/mapping-rules", &rule("Outer", "viewer", "organization")).expect(201);
        assign(gateway, "bob", "member", "tenant:globex");
        assign(gateway, "dan", "admin", "organization");
        let both = json!({"permissions": [
            {"permission": "email.send", "effect": "deny", "scope": "tenant:acme", "reason": "quiet"},
            {"permission": "finance.view", "effect": "allow", "scope": "tenant:globex", "reason": "audit"}]});
        api.put("/users/bob/permissions", &both).expect(200);
        api.post("/users/eve/suspend", &json!({})).expect(200);
        // A catalogue without any of these permissions takes from everybody all that they have.
        let text = api.get("/catalogue").expect(200).text("catalogue");
        let (palette, _) = text.split_once("# --- the palette").unwrap();
        let other = format!("{palette}{OTHER_PALETTE}");
        let impact = api.post("/catalogue/preview", &json!({"catalogue": other})).expect(200).json();
        let mut told = 0;
        for name in names {
            for scope in ["organization", "tenant:acme", "tenant:globex"] {
                let asked = json!({"subject": {"type": "user", "id": name}, "scope": scope});
                let here = api.post("/permissions-here", &asked).expect(200).json();
                let change = impact["changes"].as_array().unwrap().iter()
                    .find(|change| change["user_name"] == name && change["scope"] == scope);
                let Some(change) = change else { continue };
                assert_eq!(change["lost"], here["permissions"], "{name} in {scope}");
                told += 1;
            }
        }
        let with_something = json!(impact["total"]);
        assert_eq!(json!(told), with_something, "{impact}");
        assert!(told >= 7, "{impact}");
    }

    fn a_preview_is_told_in_pages_and_its_numbers_count_all(gateway: &Gateway) {
        let api = gateway.api();
        let people: Vec<String> = (0..5).map(|n| person(gateway, &format!("p{n}"))).collect();
        group(gateway, "Crew", &people.iter().map(String::as_str).collect::<Vec<_>>());
        let page = |query: &str| {
            let path = format!("/mapping-rules/preview?{query}");
            let impact = api.post(&path, &rule("Crew", "viewer", "tenant:acme")).expect(200).json();
            assert_eq!((&impact["total"], &impact["gainers"]), (&json!(5), &json!(5)));
            changes(&impact)
        };
        let all = page("");
        assert_eq!((page("limit=2"), page("offset=2&limit=2")), (all[..2].to_vec(), all[2..4].to_vec()));
        assert_eq!((page("offset=4"), page("offset=5")), (all[4..].to_vec(), Vec::new()));
        refused(api.post("/mapping-rules/preview?limit=many", &rule("Crew", "viewer", "organization")), 400, "limit");
    }

    fn a_preview_counts_the_sessions_of_whom_it_leaves_with_nothing_and_of_whom_it_leaves_with_less(gateway: &Gateway) {
        let api = gateway.api();
        claim(gateway);
        // Only somebody with a session, and with no role that must be held, can be left with nothing.
        person(gateway, "heir");
        api_of(gateway, "owner@corp.example").post("/ownership-transfer", &json!({"to": "heir"})).expect(201);
        api_of(gateway, "heir").post("/ownership-transfer/accept", &json!({})).expect(200);
        let role = json!({"key": "clerk", "title": "Clerk", "permissions": ["task.view", "task.manage"]});
        api.post("/roles", &role).expect(201);
        assign(gateway, "owner@corp.example", "clerk", "tenant:acme");
        let preview = |body: &Value| {
            let impact = api.post("/roles/clerk/preview", body).expect(200).json();
            (impact["sessions_ended"].as_i64().unwrap(), impact["sessions_narrowed"].as_i64().unwrap())
        };
        assert_eq!(preview(&json!({"delete": true})), (1, 0));
        assert_eq!(preview(&json!({"title": "Clerk", "permissions": ["task.view"]})), (0, 1));
        assert_eq!(preview(&json!({"title": "Bursar", "permissions": ["task.view", "task.manage"]})), (0, 0));
        assign(gateway, "owner@corp.example", "viewer", "organization");
        assert_eq!(preview(&json!({"delete": true})), (0, 1));
    }

    fn a_preview_names_the_roles_that_would_be_left_without_the_holder_they_must_have(gateway: &Gateway) {
        let api = gateway.api();
        claim(gateway);
        let text = api.get("/catalogue").expect(200).text("catalogue");
        let renamed = text.split("[[check]]").next().unwrap().replacen("[role.owner]", "[role.boss]", 1);
        let impact = api.post("/catalogue/preview", &json!({"catalogue": renamed})).expect(200).json();
        let floor = json!([{"role": "owner", "scope": "organization", "holders": ["owner@corp.example"]}]);
        assert_eq!(impact["owners_hit"], floor);
        refused(api.put("/catalogue", &json!({"catalogue": renamed})), 409, "the role `owner`");
        let same = api.post("/catalogue/preview", &json!({"catalogue": text})).expect(200).json();
        assert_eq!((&same["owners_hit"], &same["total"]), (&json!([]), &json!(0)));
    }

    fn a_role_is_previewed_before_it_is_narrowed_or_ended(gateway: &Gateway) {
        let api = gateway.api();
        person(gateway, "jun");
        let mia = person(gateway, "mia");
        let role = json!({"key": "junior", "title": "Junior", "permissions": ["task.manage", "contact.edit"]});
        api.post("/roles", &role).expect(201);
        assign(gateway, "jun", "junior", "tenant:acme");
        group(gateway, "Crew", &[&mia]);
        api.post("/mapping-rules", &rule("Crew", "junior", "organization")).expect(201);
        let narrower = json!({"title": "Junior", "permissions": ["task.manage"]});
        let impact = api.post("/roles/junior/preview", &narrower).expect(200).json();
        assert_eq!((&impact["holders"], &impact["losers"], &impact["total"]), (&json!(2), &json!(2), &json!(2)));
        assert!(changes(&impact).iter().all(|change| change.ends_with(" -contact.edit")), "{impact}");
        let end = api.post("/roles/junior/preview", &json!({"delete": true})).expect(200).json();
        assert_eq!((&end["losers"], &end["changes"][0]["lost"].as_array().unwrap().len()), (&json!(2), &2));
        assert!(gateway.allows("jun", "contact.edit", "tenant:acme") && gateway.allows("mia", "contact.edit", "tenant:acme"));
        let changed = api.put("/roles/junior", &narrower).expect(200).json();
        assert_eq!(changed["affected"]["changes"], impact["changes"]);
        refused(api.post("/roles/junior/preview", &json!({"delete": false})), 400, "delete");
        api.post("/roles/nothing/preview", &json!({"delete": true})).expect(404);
    }

    fn a_preview_of_the_default_role_counts_whoever_has_no_other(gateway: &Gateway) {
        let api = gateway.api();
        person(gateway, "ann");
        person(gateway, "bob");
        assign(gateway, "bob", "viewer", "organization");
        api.post("/roles", &json!({"key": "guest", "title": "Guest", "permissions": ["task.view"]})).expect(201);
        api.put("/settings", &json!({"default_role": "guest"})).expect(200);
        let impact = api.post("/roles/guest/preview", &json!({"delete": true})).expect(200).json();
        assert_eq!(changes(&impact), ["ann organization -task.view"]);
        assert_eq!(impact["holders"], 1);
    }

    fn a_rule_keeps_what_it_has_been_and_goes_back_to_it(gateway: &Gateway) {
        let api = gateway.api();
        let ann = person(gateway, "ann");
        group(gateway, "Crew", &[&ann]);
        let made = api.post("/mapping-rules", &rule("Crew", "member", "tenant:acme")).expect(201).text("id");
        let path = format!("/mapping-rules/{made}");
        api.put(&path, &rule("Crew", "viewer", "tenant:acme")).expect(200);
        assert!(!gateway.allows("ann", "email.send", "tenant:acme"));
        let back = api.post(&format!("{path}/rollback"), &json!({"version": 1})).expect(200).json();
        assert_eq!((&back["role"], &back["version"]), (&json!("member"), &json!(3)));
        assert!(gateway.allows("ann", "email.send", "tenant:acme"));
        let versions = api.get(&format!("{path}/versions")).expect(200).json();
        let told: Vec<_> = versions["items"].as_array().unwrap().iter().map(|v| (v["version"].clone(), v["role"].clone())).collect();
        assert_eq!(told, [(json!(3), json!("member")), (json!(2), json!("viewer")), (json!(1), json!("member"))]);
        assert!(versions["items"][0]["changed_by"].as_str().unwrap().starts_with("api_key:"));
        let older = api.get(&format!("{path}/versions?before=2")).expect(200).json();
        assert_eq!(older["items"].as_array().unwrap().len(), 1);
        assert_eq!(newest(gateway, "mapping_rule.changed")["difference"]["after"]["role"], "member");
        api.post(&format!("{path}/rollback"), &json!({"version": 9})).expect(404);
        // What it is already is no change.
        assert_eq!(api.post(&format!("{path}/rollback"), &json!({"version": 3})).expect(200).json()["version"], 3);
        api.delete(&path).expect(204);
        api.get(&format!("{path}/versions")).expect(404);
        api.post(&format!("{path}/rollback"), &json!({"version": 1})).expect(404);
    }

    fn rolling_a_role_back_takes_away_at_once_and_gives_no_more_than_its_maker_holds(gateway: &Gateway) {
        let api = gateway.api();
        person(gateway, "jun");
        person(gateway, "adam");
        assign(gateway, "adam", "admin", "organization");
        let with = |permissions: &[&str]| json!({"key": "payer", "title": "Payer", "permissions": permissions});
        let bare = |permissions: &[&str]| json!({"title": "Payer", "permissions": permissions});
        api.post("/roles", &with(&["task.view"])).expect(201);
        api.put("/roles/payer", &bare(&["security.manage", "task.view"])).expect(200);
        assign(gateway, "jun", "payer", "organization");
        assert!(gateway.allows("jun", "security.manage", "organization"));
        let back = api.post("/roles/payer/rollback", &json!({"version": 1})).expect(200).json();
        assert_eq!((&back["role"]["version"], &back["affected"]["losers"]), (&json!(3), &json!(1)));
        assert!(!gateway.allows("jun", "security.manage", "organization"));
        refused(api_of(gateway, "adam").post("/roles/payer/rollback", &json!({"version": 2})), 403, "security.manage");
        let versions = api.get("/roles/payer/versions").expect(200).json();
        assert_eq!(versions["items"][1]["permissions"], json!(["task.view", "security.manage"]));
        api.delete("/roles/payer").expect(200);
        api.post("/roles", &with(&["task.view"])).expect(201);
        let versions = api.get("/roles/payer/versions").expect(200).json();
        assert_eq!(versions["items"].as_array().unwrap().len(), 1, "a later role of the same key begins anew");
    }
}
