//! Nobody gives what they do not hold, nor for longer than they hold it, by any of the ways in which something is given.

use serde_json::{Value, json};

use super::{api_of, assign, person, refused};
use crate::products::on_both_with;
use crate::support::{Gateway, until};

const SOON: &str = "2098-01-01T00:00:00Z";
const END: &str = "2099-01-01T00:00:00Z";

fn file(id: &str, level: &str, user: &str) -> Value {
    json!({"resource": {"type": "file", "id": id}, "level": level, "user": user})
}

fn may(gateway: &Gateway, user: &str, action: &str, resource: (&str, &str)) -> bool {
    let asked = super::question(user, action, resource, "organization");
    gateway.authzen().post("/evaluation", &asked).expect(200).json()["decision"].as_bool().unwrap()
}

on_both_with! { "aibams":
    fn an_administrator_shares_no_file_that_is_not_shared_with_them(gateway: &Gateway) {
        for name in ["adam", "mia"] {
            person(gateway, name);
        }
        assign(gateway, "adam", "admin", "organization");
        let adam = api_of(gateway, "adam");
        refused(adam.post("/shares", &file("secret", "edit", "adam")), 403, "file.edit");
        assert!(!may(gateway, "adam", "file.view", ("file", "secret")));
        until("the refusal is in the audit", || {
            let found = gateway.api().get("/audit-events?action=request.refused").expect(200);
            found.body.contains("file.edit")
        });
        gateway.api().post("/shares", &file("plan", "comment", "adam")).expect(201);
        adam.post("/shares", &file("plan", "view", "mia")).expect(201);
        refused(adam.post("/shares", &file("plan", "edit", "mia")), 403, "file.edit");
        assert!(may(gateway, "mia", "file.view", ("file", "plan")) && !may(gateway, "mia", "file.edit", ("file", "plan")));
    }

    fn what_is_shared_with_somebody_for_a_time_is_shared_on_for_no_longer(gateway: &Gateway) {
        for name in ["adam", "mia"] {
            person(gateway, name);
        }
        assign(gateway, "adam", "admin", "organization");
        let adam = api_of(gateway, "adam");
        let with_end = |user: &str, until: &str| {
            let mut body = file("plan", "view", user);
            body["until"] = json!(until);
            body
        };
        gateway.api().post("/shares", &with_end("adam", END)).expect(201);
        refused(adam.post("/shares", &file("plan", "view", "mia")), 403, "only for a time");
        adam.post("/shares", &with_end("mia", SOON)).expect(201);
    }

    fn a_share_is_ended_by_who_gave_it_or_could_give_it(gateway: &Gateway) {
        for name in ["adam", "mia", "max"] {
            person(gateway, name);
        }
        for name in ["adam", "max"] {
            assign(gateway, name, "admin", "organization");
        }
        let share = gateway.api().post("/shares", &file("secret", "edit", "mia")).expect(201).text("id");
        let [adam, max] = ["adam", "max"].map(|name| api_of(gateway, name));
        refused(adam.delete(&format!("/shares/{share}")), 403, "file.edit");
        refused(adam.post("/shares", &file("secret", "view", "mia")), 403, "file.view");
        assert!(may(gateway, "mia", "file.edit", ("file", "secret")));
        gateway.api().post("/shares", &file("secret", "edit", "adam")).expect(201);
        adam.delete(&format!("/shares/{share}")).expect(204);
        let own = adam.post("/shares", &file("secret", "view", "mia")).expect(201).text("id");
        refused(max.delete(&format!("/shares/{own}")), 403, "file.view");
        adam.delete(&format!("/shares/{own}")).expect(204);
    }

    fn the_members_of_an_inbox_are_chosen_by_who_may_choose_them(gateway: &Gateway) {
        for name in ["adam", "clerk"] {
            person(gateway, name);
        }
        assign(gateway, "adam", "admin", "organization");
        let role = json!({"key": "clerk", "title": "Clerk", "permissions": ["role.change"]});
        gateway.api().post("/roles", &role).expect(201);
        assign(gateway, "clerk", "clerk", "organization");
        let inbox = json!({"resource": {"type": "shared_inbox", "id": "support"}, "level": "member", "user": "clerk"});
        refused(api_of(gateway, "clerk").post("/shares", &inbox), 403, "shared_inbox.read");
        api_of(gateway, "adam").post("/shares", &inbox).expect(201);
        assert!(may(gateway, "clerk", "shared_inbox.reply", ("shared_inbox", "support")));
        assert!(!may(gateway, "adam", "shared_inbox.reply", ("shared_inbox", "support")));
    }
}

on_both! {
    fn who_holds_something_for_a_time_gives_it_for_no_longer(gateway: &Gateway) {
        for name in ["adam", "mia"] {
            person(gateway, name);
        }
        let body = json!({"role": "admin", "until": END});
        gateway.api().post("/users/adam/assignments", &body).expect(201);
        let adam = api_of(gateway, "adam");
        refused(adam.post("/users/adam/assignments", &json!({"role": "admin"})), 403, "only for a time");
        refused(adam.post("/users/mia/assignments", &json!({"role": "viewer", "until": "2099-01-01T00:00:01Z"})), 403, "only for a time");
        adam.post("/users/mia/assignments", &json!({"role": "viewer", "until": SOON})).expect(201);
        refused(adam.put("/users/mia/permissions", &json!({"allow": ["export.csv"]})), 403, "only for a time");
        adam.put("/users/mia/permissions", &json!({"allow": ["export.csv"], "until": END})).expect(200);
        let rule = json!({"group": {"name": "Team"}, "role": "member", "scope": "organization"});
        refused(adam.post("/mapping-rules", &rule), 403, "only for a time");
        refused(adam.post("/roles", &json!({"title": "Clerk", "permissions": ["task.manage"]})), 403, "only for a time");
        refused(adam.put("/settings", &json!({"default_role": "viewer"})), 403, "only for a time");
    }

    fn a_rule_or_a_role_is_taken_away_only_by_who_could_give_what_it_gives(gateway: &Gateway) {
        for name in ["adam", "mia"] {
            person(gateway, name);
        }
        assign(gateway, "adam", "admin", "organization");
        let (api, adam) = (gateway.api(), api_of(gateway, "adam"));
        api.post("/roles", &json!({"key": "payer", "title": "Payer", "permissions": ["security.manage"]})).expect(201);
        let rule = json!({"group": {"name": "Payers"}, "role": "payer", "scope": "organization"});
        let id = api.post("/mapping-rules", &rule).expect(201).text("id");
        let narrower = json!({"group": {"name": "Payers"}, "role": "viewer", "scope": "organization"});
        refused(adam.put(&format!("/mapping-rules/{id}"), &narrower), 403, "security.manage");
        refused(adam.delete(&format!("/mapping-rules/{id}")), 403, "security.manage");
        refused(adam.delete("/roles/payer"), 403, "security.manage");
        api.delete(&format!("/mapping-rules/{id}")).expect(204);
        assign(gateway, "mia", "payer", "tenant:acme");
        refused(adam.delete("/roles/payer"), 403, "security.manage");
        assert!(gateway.allows("mia", "security.manage", "tenant:acme"));
        api.delete("/roles/payer").expect(200);
    }
}
