//! AIBAMS: a workspace with one owner, shared files and inboxes of explicit members.

use serde_json::json;

use super::{PATCH, World, on_both_with};
use crate::support::Gateway;

const MEMBER: &str = "dashboard.view webx.create_site mailx.read mailx.send filex.create_folder filex.upload \
                      fusionx.use shared_file.view";
const ADMIN: &str = "dashboard.view webx.* mailx.read mailx.send filex.create_folder filex.upload fusionx.use \
                     shared_file.view admin_panel.access user.* role.change domain.manage security.configure audit.view";

/// Olga owns, Adam administers, Mia is a member, Vic views.
fn workspace(gateway: &Gateway) -> World<'_> {
    let world = World::new(gateway);
    for (group, role) in [("Admins", "admin"), ("Members", "member"), ("Viewers", "viewer")] {
        world.rule(group, role, "organization");
    }
    world.owner("olga");
    world.arrives("adam", &["Admins"]);
    world.arrives("mia", &["Members"]);
    world.arrives("vic", &["Viewers"]);
    world
}

/// Who may hand the workspace over.
fn owners<'a>(world: &World<'_>) -> Vec<&'a str> {
    let may = |name: &&str| world.gateway.allows(name, "ownership.transfer", "organization");
    ["olga", "adam", "mia", "vic"].into_iter().filter(may).collect()
}

on_both_with! { "aibams":
    fn each_role_may_what_it_should_and_no_more(gateway: &Gateway) {
        let world = workspace(gateway);
        // The inbox permission that roles have is asked on an inbox; without one there is no membership to go by.
        world.may_exactly("olga", "organization", &format!(
            "{ADMIN} shared_inbox.manage billing.manage invoice.view plan.change workspace.delete ownership.transfer"
        ));
        world.may_exactly("adam", "organization", &format!("{ADMIN} shared_inbox.manage"));
        world.may_exactly("mia", "organization", MEMBER);
        world.may_exactly("vic", "organization", "dashboard.view shared_file.view");
    }

    fn the_owner_is_never_made_by_a_rule(gateway: &Gateway) {
        let world = workspace(gateway);
        let rule = json!({"group": {"name": "Admins"}, "role": "owner", "scope": "organization"});
        let refused = world.api.post("/mapping-rules", &rule).expect(400);
        assert!(refused.text("detail").contains("exactly one holder"), "{}", refused.body);
    }

    fn the_workspace_is_handed_over_and_never_without_an_owner_nor_with_two(gateway: &Gateway) {
        let world = workspace(gateway);
        let none = json!({});
        let [olga, adam, mia] = ["olga", "adam", "mia"].map(|name| world.api_of(name));
        assert_eq!(owners(&world), ["olga"]);
        adam.post("/ownership-transfer", &json!({"to": "vic"})).expect(403);
        olga.post("/ownership-transfer", &json!({"to": "mia"})).expect(201);
        assert_eq!(owners(&world), ["olga"]);
        adam.post("/ownership-transfer/accept", &none).expect(404);
        mia.post("/ownership-transfer/accept", &none).expect(200);
        assert_eq!(owners(&world), ["mia"]);

        // The directory may change what it gave, and cannot leave the workspace without an owner.
        world.leaves("mia", "Members");
        let (scim, path) = (gateway.scim(), format!("/Users/{}", world.id("mia")));
        let inactive = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": false}]});
        scim.patch(&path, &inactive).expect(409);
        scim.delete(&path).expect(409);
        assert_eq!(owners(&world), ["mia"]);

        mia.post("/ownership-transfer", &json!({"to": "adam"})).expect(201);
        world.set_active("adam", false);
        adam.post("/ownership-transfer/accept", &none).expect(401);
        assert_eq!(owners(&world), ["mia"]);
        world.set_active("adam", true);
        mia.post("/ownership-transfer", &json!({"to": "adam"})).expect(201);
        adam.post("/ownership-transfer/accept", &none).expect(200);
        assert_eq!(owners(&world), ["adam"]);
        // What the directory asked for while she had to stay is done now.
        scim.get(&path).expect(404);
        assert_eq!(owners(&world), ["adam"]);
    }

    fn a_shared_inbox_is_closed_to_whoever_was_not_added_the_owner_too(gateway: &Gateway) {
        let world = workspace(gateway);
        world.overrides("olga", json!(["shared_inbox.read", "shared_inbox.reply"]));
        for who in ["olga", "adam", "mia", "vic"] {
            for action in ["shared_inbox.read", "shared_inbox.reply"] {
                world.asked(&[(who, action, "shared_inbox:support", "organization", false)]);
                assert_eq!(world.reason(who, action, "shared_inbox:support", "organization"), "members_only");
            }
        }
        world.asked(&[("adam", "shared_inbox.manage", "shared_inbox:support", "organization", true)]);
    }

    fn an_admin_neither_pays_nor_deletes_the_workspace_nor_gives_others_the_right(gateway: &Gateway) {
        let world = workspace(gateway);
        let adam = world.api_of("adam");
        for permission in ["billing.manage", "plan.change", "workspace.delete", "ownership.transfer"] {
            adam.put("/users/adam/permissions", &json!({"permissions": [permission]})).expect(403);
            world.asked(&[("adam", permission, "", "organization", false)]);
        }
    }

    fn a_share_opens_its_file_at_its_level_and_nothing_else(gateway: &Gateway) {
        let world = workspace(gateway);
        let row = |who: &'static str, action: &'static str, on: &'static str, may| (who, action, on, "organization", may);
        for (kind, may) in [("view", [true, false, false]), ("comment", [true, true, false]), ("edit", [true, true, true])] {
            world.share("vic", kind, "file", "plan");
            world.share("vic", kind, "folder", "plans");
            world.asked(&[
                row("vic", "file.view", "file:plan", may[0]),
                row("vic", "file.comment", "file:plan", may[1]),
                row("vic", "file.edit", "file:plan", may[2]),
                row("vic", "folder.view", "folder:plans", may[0]),
                row("vic", "folder.comment", "folder:plans", may[1]),
                row("vic", "folder.edit", "folder:plans", may[2]),
                row("vic", "file.view", "file:other", false),
                row("vic", "file.edit", "file:other", false),
                row("vic", "folder.edit", "folder:other", false),
                row("vic", "file.edit", "", false),
                row("vic", "mailx.send", "file:plan", false),
                row("vic", "filex.upload", "file:plan", false),
                row("mia", "file.view", "file:plan", false),
                row("olga", "file.edit", "file:plan", false),
            ]);
        }
    }

    fn of_files_and_folders_everybody_sees_only_what_is_shared_with_them(gateway: &Gateway) {
        let world = workspace(gateway);
        world.share("vic", "view", "file", "plan");
        world.share("mia", "edit", "folder", "plans");
        let row = |who: &'static str, on: &'static str, may| (who, "shared_file.view", on, "organization", may);
        world.asked(&[
            row("vic", "file:plan", true),
            row("vic", "file:secret", false),
            row("vic", "folder:plans", false),
            row("mia", "folder:plans", true),
            row("mia", "file:plan", false),
            row("adam", "file:plan", false),
            row("olga", "file:secret", false),
            row("vic", "", true),
            row("mia", "", true),
        ]);
        world.overrides("vic", json!(["shared_file.view"]));
        assert_eq!(world.reason("vic", "shared_file.view", "file:secret", "organization"), "members_only");
    }

    fn nothing_makes_a_second_owner(gateway: &Gateway) {
        let world = workspace(gateway);
        let clone = json!({"key": "second", "title": "Second", "clone_of": "owner"});
        let refused = world.api.post("/roles", &clone).expect(403);
        assert!(refused.text("detail").contains("reserved to the role `owner`"), "{}", refused.body);
        for permission in ["ownership.transfer", "workspace.delete", "plan.change"] {
            world.api.post("/roles", &json!({"key": "second", "title": "Second", "permissions": [permission]})).expect(403);
            let refused = world.api.put("/users/adam/permissions", &json!({"allow": [permission]})).expect(403);
            assert!(refused.text("detail").contains("owner"), "{}", refused.body);
            world.asked(&[("adam", permission, "", "organization", false), ("olga", permission, "", "organization", true)]);
        }
    }

    fn a_security_auditor_reads_the_audit_and_manages_nothing(gateway: &Gateway) {
        let world = workspace(gateway);
        world.role("security_auditor", &["admin_panel.access", "audit.view"], "organization");
        world.arrives("sec", &["security_auditor"]);
        let auditor = world.api_of("sec");
        let found = auditor.get("/audit-events?limit=5").expect(200).json();
        assert_eq!(found["items"].as_array().unwrap().len(), 5);
        for path in ["/roles", "/mapping-rules", "/api-keys", "/users/adam/permissions"] {
            auditor.get(path).expect(403);
        }
        auditor.post("/audit-events", &json!({"name": "data.accessed"})).expect(403);
        world.api_of("mia").get("/audit-events").expect(403);
    }

    fn a_share_that_ends_is_gone_for_the_next_question(gateway: &Gateway) {
        let world = workspace(gateway);
        let share = world.share("vic", "edit", "file", "plan");
        world.asked(&[("vic", "file.edit", "file:plan", "organization", true)]);
        world.api.delete(&format!("/shares/{share}")).expect(204);
        world.asked(&[("vic", "file.view", "file:plan", "organization", false)]);
        world.api.delete(&format!("/shares/{share}")).expect(404);
    }

    fn only_who_is_added_to_an_inbox_reads_and_replies_whatever_their_role(gateway: &Gateway) {
        let world = workspace(gateway);
        let share = world.share("vic", "member", "shared_inbox", "support");
        let group = json!({"resource": {"type": "shared_inbox", "id": "sales"}, "level": "member",
                           "group": world.group_id("Members")});
        world.api.post("/shares", &group).expect(201);
        for action in ["shared_inbox.read", "shared_inbox.reply"] {
            world.asked(&[
                ("vic", action, "shared_inbox:support", "organization", true),
                ("vic", action, "shared_inbox:sales", "organization", false),
                ("mia", action, "shared_inbox:sales", "organization", true),
                ("mia", action, "shared_inbox:support", "organization", false),
                ("olga", action, "shared_inbox:support", "organization", false),
                ("adam", action, "shared_inbox:sales", "organization", false),
            ]);
        }
        world.leaves("mia", "Members");
        world.api.delete(&format!("/shares/{share}")).expect(204);
        world.asked(&[
            ("vic", "shared_inbox.read", "shared_inbox:support", "organization", false),
            ("mia", "shared_inbox.read", "shared_inbox:sales", "organization", false),
        ]);
    }

    fn custom_roles_are_for_enterprise_only(gateway: &Gateway) {
        let world = workspace(gateway);
        let webmaster = ["webx.*", "mailx.*", "filex.*", "fusionx.use", "shared_file.view", "dashboard.view"];
        let examples = [
            ("billing_admin", vec!["billing.manage", "invoice.view"]),
            ("webmaster", webmaster.to_vec()),
            ("security_auditor", vec!["admin_panel.access", "audit.view"]),
        ];
        for (role, permissions) in &examples {
            world.role(role, permissions, "organization");
            world.arrives(&format!("{role} person"), &[role]);
            world.may_exactly(&format!("{role} person"), "organization", &permissions.join(" "));
        }
        world.plan("standard");
        for (role, _) in &examples {
            world.may_exactly(&format!("{role} person"), "organization", "");
        }
        world.api.post("/roles", &json!({"title": "Another"})).expect(403);
    }
}
