//! A directory's life: its tokens follow one another without a gap, it is renamed, paused, resumed and deleted.

use serde_json::{Value, json};

use super::{create_group, create_user, expect_problem, patch, total, user};
use crate::support::{Answer, Gateway, Http, until};

/// A further directory: its id, its first token's id, and its SCIM client.
fn directory(gateway: &Gateway, name: &str) -> (String, String, Http) {
    let made = gateway.api().post("/directories", &json!({"name": name, "dialect": "okta"})).expect(201);
    (made.text("id"), made.text("token_id"), gateway.scim().bearer(&made.text("token")))
}

fn shown(gateway: &Gateway, id: &str) -> Value {
    gateway.api().get(&format!("/directories/{id}")).expect(200).json()
}

fn waits(answer: Answer) {
    let seconds = answer.header("retry-after").parse::<u64>().unwrap();
    assert!(seconds >= 1, "{seconds}");
    expect_problem(answer, 503, "");
}

on_both! {
    fn a_token_is_followed_by_the_next_without_a_gap_and_there_is_no_third(gateway: &Gateway) {
        let (id, first, scim) = directory(gateway, "Okta");
        let tokens = format!("/directories/{id}/tokens");
        let next = scim.bearer(&gateway.api().post(&tokens, &json!({})).expect(201).text("token"));
        let third = gateway.api().post(&tokens, &json!({})).expect(409).text("detail");
        assert!(third.contains("at most 2 live tokens"), "{third}");
        scim.get("/Users").expect(200);
        next.get("/Users").expect(200);
        gateway.api().delete(&format!("{tokens}/{first}")).expect(204);
        scim.get("/Users").expect(401);
        next.get("/Users").expect(200);
        gateway.api().send("POST", &tokens, None).expect(201);
    }

    fn a_token_that_has_expired_opens_nothing_and_makes_room(gateway: &Gateway) {
        let (id, _, _) = directory(gateway, "Okta");
        let tokens = format!("/directories/{id}/tokens");
        for wrong in ["2020-01-01T00:00:00Z", "tomorrow"] {
            gateway.api().post(&tokens, &json!({"expires": wrong})).expect(400);
        }
        gateway.api().post(&tokens, &json!({"expire": "2036-01-01T00:00:00Z"})).expect(400);
        let soon = portcullis::model::Timestamp::from_micros(
            portcullis::model::Clock::now(&portcullis::model::SystemClock).micros() + 1_500_000,
        );
        let made = gateway.api().post(&tokens, &json!({"expires": soon.rfc3339()})).expect(201);
        let short = gateway.scim().bearer(&made.text("token"));
        short.get("/Users").expect(200);
        until("the token has expired", || short.get("/Users").status == 401);
        let detail = shown(gateway, &id);
        assert_eq!(detail["tokens"][1]["expired"], true, "{detail}");
        gateway.api().post(&tokens, &json!({})).expect(201);
    }

    fn when_a_token_was_last_used_is_shown_to_the_minute(gateway: &Gateway) {
        let (id, _, scim) = directory(gateway, "Okta");
        assert_eq!(shown(gateway, &id)["tokens"][0]["last_used"], Value::Null);
        scim.get("/Users").expect(200);
        until("its use is written down", || shown(gateway, &id)["tokens"][0]["last_used"].is_string());
    }

    fn a_directory_is_renamed_and_spoken_to_in_another_dialect(gateway: &Gateway) {
        let (id, _, scim) = directory(gateway, "Okta");
        let path = format!("/directories/{id}");
        let ann = create_user(&scim, "ann@corp.example");
        let rename = |name: &str| patch(json!([{"op": "Replace", "path": "displayName", "value": name}]));
        scim.patch(&format!("/Users/{ann}"), &rename("Ann")).expect(200);
        let to = json!({"name": "Entra of Corp", "dialect": "entra"});
        let changed = gateway.api().put(&path, &to).expect(200).json();
        assert_eq!((&changed["name"], &changed["dialect"]), (&json!("Entra of Corp"), &json!("entra")));
        // Okta wants the resource, Entra nothing: the new dialect is in force at once.
        scim.patch(&format!("/Users/{ann}"), &rename("Ann Lee")).expect(204);
        gateway.api().put(&path, &json!({"name": "x", "dialect": "latin"})).expect(400);
        gateway.api().put(&path, &json!({"name": "x"})).expect(400);
        directory(gateway, "Google");
        let taken = gateway.api().put(&path, &json!({"name": "GOOGLE", "dialect": "okta"})).expect(409);
        assert!(taken.body.contains("already a directory"), "{}", taken.body);
        let entries = gateway.api().get(&format!("/audit-events?target={id}")).expect(200).json();
        assert_eq!(entries["items"][0]["action"], "directory.changed", "{entries}");
    }

    fn a_paused_directory_answers_every_request_with_when_to_come_again(gateway: &Gateway) {
        let (id, _, scim) = directory(gateway, "Okta");
        let ann = create_user(&scim, "ann@corp.example");
        gateway.api().post(&format!("/directories/{id}/pause"), &json!({})).expect(200);
        waits(scim.get("/Users"));
        waits(scim.get(&format!("/Users/{ann}")));
        waits(scim.post("/Users", &user("ben@corp.example")));
        waits(scim.delete(&format!("/Users/{ann}")));
        waits(scim.post("/Bulk", &json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                                         "Operations": [{"method": "DELETE", "path": format!("/Users/{ann}")}]})));
        gateway.scim().get("/Users").expect(200);
        let resumed = gateway.api().post(&format!("/directories/{id}/resume"), &json!({})).expect(200).json();
        assert_eq!(resumed["paused"], false);
        assert_eq!(total(scim.get("/Users")), 1);
    }

    fn a_directory_that_is_deleted_takes_its_groups_rights_and_suspends_its_people(gateway: &Gateway) {
        let (id, _, scim) = directory(gateway, "Okta");
        let ann = create_user(&scim, "ann@corp.example");
        create_group(&scim, "Platform", &[&ann]);
        let ben = create_user(&scim, "ben@corp.example");
        let rule = json!({"group": {"name": "Platform"}, "role": "admin", "scope": "organization"});
        gateway.api().post("/mapping-rules", &rule).expect(201);
        gateway.api().post(&format!("/users/{ben}/assignments"), &json!({"role": "admin"})).expect(201);
        assert!(["ann@corp.example", "ben@corp.example"].iter().all(|who| gateway.allows(who, "email.send", "organization")));
        let path = format!("/directories/{id}");
        let asked = gateway.api().delete(&path).expect(400).text("detail");
        assert!(asked.contains("2 people and 1 groups"), "{asked}");
        gateway.api().delete(&format!("{path}?people=burn")).expect(400);
        gateway.api().delete(&format!("{path}?people=suspend")).expect(204);
        for who in ["ann@corp.example", "ben@corp.example"] {
            assert!(!gateway.allows(who, "email.send", "organization"), "{who}");
        }
        scim.get("/Users").expect(401);
        gateway.api().get(&path).expect(404);
        // What was given by hand is theirs again once somebody restores them; what the group gave is gone.
        for who in [&ann, &ben] {
            gateway.api().post(&format!("/users/{who}/restore"), &json!({})).expect(200);
        }
        assert!(!gateway.allows("ann@corp.example", "email.send", "organization"));
        assert!(gateway.allows("ben@corp.example", "email.send", "organization"));
    }

    fn people_who_are_kept_go_on_as_accounts_of_no_directory(gateway: &Gateway) {
        let (id, _, scim) = directory(gateway, "Okta");
        let ben = create_user(&scim, "ben@corp.example");
        gateway.api().post(&format!("/users/{ben}/assignments"), &json!({"role": "admin"})).expect(201);
        gateway.api().delete(&format!("/directories/{id}?people=keep")).expect(204);
        assert!(gateway.allows("ben@corp.example", "email.send", "organization"));
        assert_eq!(total(gateway.scim().get("/Users")), 0);
        let entry = gateway.api().get(&format!("/audit-events?target={id}&action=directory.deleted")).expect(200).json();
        assert_eq!(entry["items"][0]["detail"]["people"], 1, "{entry}");
        let again = gateway.scim().post("/Users", &user("ben@corp.example"));
        expect_problem(again, 409, "uniqueness");
    }
}
