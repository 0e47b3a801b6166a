//! `/api/v1/shares`. What a share opens is asked in `tests/products/aibams.rs`.

use serde_json::{Value, json};

use super::{group, newest, person, refused};
use crate::products::on_both_with;
use crate::support::{Answer, Gateway};

fn share(gateway: &Gateway, body: Value) -> Answer {
    gateway.api().post("/shares", &body)
}

on_both_with! { "aibams":
    fn the_same_share_again_changes_nothing_and_another_level_replaces_it(gateway: &Gateway) {
        person(gateway, "vic");
        let at = |level: &str| share(gateway, json!({"resource": {"type": "file", "id": "f1"}, "level": level, "user": "vic"}));
        let first = at("edit").expect(201).text("id");
        assert_eq!(at("edit").expect(201).text("id"), first);
        assert_ne!(at("view").expect(201).text("id"), first);
        let list = gateway.api().get("/shares?resource_type=file&resource_id=f1").expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert_eq!(list["items"][0]["level"], "view");
        assert_eq!(newest(gateway, "share.ended")["detail"]["level"], "edit");
        assert_eq!(newest(gateway, "share.created")["detail"]["level"], "view");
    }

    fn a_persons_shares_are_theirs_and_their_groups(gateway: &Gateway) {
        let vic = person(gateway, "vic");
        let team = group(gateway, "Team", &[&vic]);
        share(gateway, json!({"resource": {"type": "file", "id": "f1"}, "level": "view", "user": vic})).expect(201);
        share(gateway, json!({"resource": {"type": "file", "id": "f2"}, "level": "edit", "group": team})).expect(201);
        let count = |query: &str| {
            let list = gateway.api().get(&format!("/shares?{query}")).expect(200).json();
            list["items"].as_array().unwrap().len()
        };
        assert_eq!(count("user=vic"), 2);
        assert_eq!(count(&format!("group={team}")), 1);
        gateway.scim().delete(&format!("/Groups/{team}")).expect(204);
        assert_eq!(count("user=vic"), 1);
        gateway.scim().delete(&format!("/Users/{vic}")).expect(204);
        assert_eq!(count("resource_type=file&resource_id=f1"), 0);
    }

    fn what_makes_no_sense_is_refused_with_its_reason(gateway: &Gateway) {
        person(gateway, "vic");
        let file = json!({"type": "file", "id": "f1"});
        refused(share(gateway, json!({"resource": {"type": "fiel", "id": "f1"}, "level": "view", "user": "vic"})), 400, "`fiel`");
        refused(share(gateway, json!({"resource": file, "level": "own", "user": "vic"})), 400, "view, comment, edit");
        refused(share(gateway, json!({"resource": file, "level": "view"})), 400, "`user` or a `group`");
        refused(share(gateway, json!({"resource": {"type": "file", "id": ""}, "level": "view", "user": "vic"})), 400, "1 to 256");
        refused(share(gateway, json!({"resource": file, "level": "view", "user": "vic", "until": "2001-01-01T00:00:00Z"})), 400, "future");
        share(gateway, json!({"resource": file, "level": "view", "user": "nobody"})).expect(404);
        gateway.api().get("/shares?resource_type=file").expect(400);
    }
}
