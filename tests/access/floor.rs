//! A role that must have a holder keeps its last one, whatever path is tried, and whoever has to stay for it loses all
//! else at once.

use serde_json::{Value, json};

use super::{GROUP, api_of, assign, group, newest, person, question, refused};
use crate::products::on_both_with;
use crate::support::{Answer, Gateway};

fn patch(gateway: &Gateway, path: &str, operation: Value) -> Answer {
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
    gateway.scim().patch(path, &body)
}

fn set_active(gateway: &Gateway, user: &str, active: bool) -> Answer {
    patch(gateway, &format!("/Users/{user}"), json!({"op": "replace", "path": "active", "value": active}))
}

fn without(gateway: &Gateway, group: &str, member: &str) -> Answer {
    let path = format!("members[value eq \"{member}\"]");
    patch(gateway, &format!("/Groups/{group}"), json!({"op": "remove", "path": path}))
}

#[track_caller]
fn rule(gateway: &Gateway, group: &str, role: &str) -> String {
    let rule = json!({"group": {"name": group}, "role": role, "scope": "organization"});
    gateway.api().post("/mapping-rules", &rule).expect(201).text("id")
}

fn may_edit(gateway: &Gateway, user: &str) -> bool {
    let asked = question(user, "file.edit", ("file", "plan"), "organization");
    gateway.authzen().post("/evaluation", &asked).expect(200).json()["decision"].as_bool().unwrap()
}

on_both_with! { "omniflow":
    fn a_holder_in_a_narrower_scope_goes_and_the_last_of_the_whole_organization_stays(gateway: &Gateway) {
        let [ada, tom] = ["ada", "tom"].map(|name| person(gateway, name));
        assign(gateway, "ada", "admin", "organization");
        assign(gateway, "tom", "admin", "team:a");
        refused(set_active(gateway, &ada, false), 409, "last holder");
        set_active(gateway, &tom, false).expect(200);
    }

    fn the_last_administrator_by_a_group_is_kept_whatever_takes_the_group_away(gateway: &Gateway) {
        let ada = person(gateway, "ada");
        let admins = group(gateway, "Admins", &[&ada]);
        let rule = rule(gateway, "Admins", "admin");
        let (scim, api) = (gateway.scim(), gateway.api());
        let path = format!("/Groups/{admins}");
        let named = |name: &str, members: Value| json!({"schemas": [GROUP], "displayName": name, "members": members});
        let other = |role: &str, scope: &str| json!({"group": {"name": "Admins"}, "role": role, "scope": scope});
        refused(without(gateway, &admins, &ada), 409, "last holder");
        refused(scim.put(&path, &named("Admins", json!([]))), 409, "last holder");
        refused(scim.put(&path, &named("Others", json!([{"value": ada}]))), 409, "last holder");
        refused(scim.delete(&path), 409, "last holder");
        refused(api.put(&format!("/mapping-rules/{rule}"), &other("agent", "organization")), 409, "last holder");
        refused(api.put(&format!("/mapping-rules/{rule}"), &other("admin", "team:a")), 409, "last holder");
        refused(api.delete(&format!("/mapping-rules/{rule}")), 409, "last holder");
        refused(api.post("/users/ada/suspend", &json!({})), 409, "last holder");
        assert!(gateway.allows("ada", "settings.roles.edit", "organization"));
        person(gateway, "eve");
        assign(gateway, "eve", "admin", "organization");
        scim.delete(&path).expect(204);
        assert!(!gateway.allows("ada", "settings.roles.edit", "organization"));
    }

    fn of_two_administrators_who_go_at_the_same_time_one_stays(gateway: &Gateway) {
        let both = ["ada", "eve"].map(|name| person(gateway, name));
        for name in ["ada", "eve"] {
            assign(gateway, name, "admin", "organization");
        }
        for round in 0..5 {
            let answers: Vec<u16> = std::thread::scope(|threads| {
                let going = both.each_ref().map(|id| threads.spawn(|| set_active(gateway, id, false).status));
                going.into_iter().map(|answer| answer.join().unwrap()).collect()
            });
            assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "round {round}: {answers:?}");
            let able = ["ada", "eve"].into_iter().filter(|who| gateway.allows(who, "settings.roles.edit", "organization"));
            assert_eq!(able.count(), 1, "round {round}");
            for id in &both {
                set_active(gateway, id, true).expect(200);
            }
        }
    }

    fn nested_groups_keep_their_last_administrator_too(gateway: &Gateway) {
        let ada = person(gateway, "ada");
        let inner = group(gateway, "Inner", &[&ada]);
        let outer = group(gateway, "Outer", &[&inner]);
        rule(gateway, "Outer", "admin");
        refused(without(gateway, &outer, &inner), 409, "last holder");
        refused(without(gateway, &inner, &ada), 409, "last holder");
        refused(gateway.scim().delete(&format!("/Groups/{inner}")), 409, "last holder");
        assert!(gateway.allows("ada", "settings.roles.edit", "organization"));
    }

    fn who_stays_only_for_a_role_goes_as_soon_as_somebody_else_has_it(gateway: &Gateway) {
        let ada = person(gateway, "ada");
        group(gateway, "Admins", &[&ada]);
        rule(gateway, "Admins", "admin");
        refused(set_active(gateway, &ada, false), 409, "other rights");
        assert!(gateway.allows("ada", "settings.roles.edit", "organization"));
        person(gateway, "eve");
        assign(gateway, "eve", "admin", "organization");
        assert!(!gateway.allows("ada", "settings.roles.edit", "organization"));
        let shown = gateway.scim().get(&format!("/Users/{ada}")).expect(200).json();
        assert_eq!(shown["active"], false);
        assert_eq!(newest(gateway, "user.deactivated")["target"]["id"], ada.as_str());
    }
}

on_both_with! { "allinone":
    fn a_rule_that_goes_before_does_not_take_the_last_administrator(gateway: &Gateway) {
        let ada = person(gateway, "ada");
        group(gateway, "Admins", &[&ada]);
        rule(gateway, "Admins", "super_admin");
        let agents = json!({"group": {"name": "Admins"}, "role": "manager", "scope": "organization", "priority": 9});
        gateway.api().post("/mapping-rules", &agents).expect(201);
        refused(gateway.api().put("/settings", &json!({"mapping_mode": "highest-priority"})), 409, "last holder");
        assert!(gateway.allows("ada", "member.delete", "organization"));
    }

    fn who_is_denied_something_of_the_role_is_no_successor(gateway: &Gateway) {
        let [sue, sam] = ["sue", "sam"].map(|name| person(gateway, name));
        for name in ["sue", "sam"] {
            assign(gateway, name, "super_admin", "organization");
        }
        let deny = json!({"deny": ["billing.manage"]});
        gateway.api().put("/users/sue/permissions", &deny).expect(200);
        refused(gateway.api().put("/users/sam/permissions", &deny), 409, "last holder");
        refused(set_active(gateway, &sam, false), 409, "last holder");
        set_active(gateway, &sue, false).expect(200);
    }

    fn a_role_that_reaches_everywhere_is_held_in_any_scope(gateway: &Gateway) {
        let [sue, sam] = ["sue", "sam"].map(|name| person(gateway, name));
        assign(gateway, "sue", "super_admin", "organization");
        assign(gateway, "sam", "super_admin", "project:a");
        set_active(gateway, &sue, false).expect(200);
        refused(set_active(gateway, &sam, false), 409, "last holder");
    }
}

/// Mia, whom the directory brought, owns the workspace, and a file is shared with her.
fn owner(gateway: &Gateway) -> String {
    let token = gateway.made()["owner_setup_url"].as_str().unwrap().rsplit('/').next().unwrap();
    let form = [("user_name".to_owned(), "olga".to_owned())];
    gateway.http().form(&format!("/setup/{token}"), &form).expect(303);
    let mia = person(gateway, "mia");
    api_of(gateway, "olga").post("/ownership-transfer", &json!({"to": "mia"})).expect(201);
    api_of(gateway, "mia").post("/ownership-transfer/accept", &json!({})).expect(200);
    let share = json!({"resource": {"type": "file", "id": "plan"}, "level": "edit", "user": "mia"});
    gateway.api().post("/shares", &share).expect(201);
    mia
}

on_both_with! { "aibams":
    fn an_owner_whom_the_directory_deactivates_keeps_the_ownership_alone_until_it_is_handed_over(gateway: &Gateway) {
        let mia = owner(gateway);
        person(gateway, "max");
        let (own, max) = (api_of(gateway, "mia"), api_of(gateway, "max"));
        assert!(may_edit(gateway, "mia"));
        for _ in 0..2 {
            refused(set_active(gateway, &mia, false), 409, "other rights");
            assert!(!may_edit(gateway, "mia"));
        }
        let held = newest(gateway, "user.departure_held");
        assert_eq!((&held["target"]["id"], &held["detail"]["kept"]), (&json!(mia), &json!(["owner"])));
        assert!(gateway.allows("mia", "ownership.transfer", "organization"));
        own.post("/ownership-transfer", &json!({"to": "max"})).expect(201);
        max.post("/ownership-transfer/accept", &json!({})).expect(200);
        assert!(gateway.allows("max", "ownership.transfer", "organization"));
        own.get("/ownership-transfer").expect(401);
        assert_eq!(gateway.scim().get(&format!("/Users/{mia}")).expect(200).json()["active"], false);
        set_active(gateway, &mia, true).expect(200);
        assert!(!gateway.allows("mia", "ownership.transfer", "organization"));
    }

    fn an_owner_whom_the_directory_deletes_is_gone_once_it_is_handed_over(gateway: &Gateway) {
        let mia = owner(gateway);
        person(gateway, "max");
        let (own, max) = (api_of(gateway, "mia"), api_of(gateway, "max"));
        refused(gateway.scim().delete(&format!("/Users/{mia}")), 409, "other rights");
        own.post("/ownership-transfer", &json!({"to": "max"})).expect(201);
        gateway.scim().get(&format!("/Users/{mia}")).expect(200);
        max.post("/ownership-transfer/accept", &json!({})).expect(200);
        gateway.scim().get(&format!("/Users/{mia}")).expect(404);
    }

    fn a_directory_takes_a_departure_back_by_saying_that_the_person_is_active(gateway: &Gateway) {
        let mia = owner(gateway);
        refused(set_active(gateway, &mia, false), 409, "other rights");
        let named = json!({"op": "replace", "path": "displayName", "value": "Mia"});
        patch(gateway, &format!("/Users/{mia}"), named).expect(200);
        assert!(!may_edit(gateway, "mia"), "another attribute says nothing about it");
        set_active(gateway, &mia, true).expect(200);
        assert!(may_edit(gateway, "mia"));
        assert_eq!(newest(gateway, "user.reactivated")["target"]["id"], mia.as_str());
    }
}
