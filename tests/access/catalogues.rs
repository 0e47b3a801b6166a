//! `/api/v1/catalogue` and `portcullis catalogue diff|apply`: another catalogue in the place of the one that stands.

use std::process::Output;

use serde_json::{Value, json};

use super::{api_of, assign, group, newest, person, refused};
use crate::support::Gateway;

/// The catalogue that runs, with this text in the place of that.
fn edited(gateway: &Gateway, from: &str, to: &str) -> String {
    let text = gateway.api().get("/catalogue").expect(200).text("catalogue");
    assert!(text.contains(from), "`{from}` is not in the catalogue");
    text.replacen(from, to, 1)
}

fn body(text: &str) -> Value {
    json!({"catalogue": text})
}

/// A catalogue of two permissions in which `viewer` may do this, and whose roles are called so.
fn small(role: &str, may: &str) -> String {
    format!(
        r#"
key = "small"
title = "Small"
combining = "deny-wins"

[administration]
manage = "a.manage"
audit = "a.manage"

[category.a]
title = "A"
[category.a.permissions]
"a.manage" = "Manage"
"a.view" = "View"
"a.edit" = "Edit"

[role.boss]
title = "Boss"
may = ["*"]
holders = "at least one"

[role.{role}]
title = "Role"
may = [{may}]
"#
    )
}

fn cli(gateway: &Gateway, arguments: &[&str], key: Option<&str>) -> Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.args(["catalogue"]).args(arguments).env_clear();
    if let Some(key) = key {
        command.args(["--url", &gateway.url()]).env("CATALOGUE_API_KEY", key);
    }
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

on_both! {
    fn a_catalogue_takes_effect_at_once_and_does_what_its_preview_said(gateway: &Gateway) {
        let api = gateway.api();
        api.put("/settings", &json!({"plan": null})).expect(200);
        api.put("/catalogue", &body(&small("viewer", "\"a.view\", \"a.edit\""))).expect(200);
        let ann = person(gateway, "ann");
        group(gateway, "Crew", &[&ann]);
        api.post("/mapping-rules", &json!({"group": {"name": "Crew"}, "role": "viewer"})).expect(201);
        assert!(gateway.allows("ann", "a.edit", "organization"));
        let narrower = body(&small("viewer", "\"a.view\""));
        let impact = api.post("/catalogue/preview", &narrower).expect(200).json();
        assert_eq!((&impact["losers"], &impact["orphans"]), (&json!(1), &json!([])));
        assert_eq!(impact["changes"][0]["lost"], json!(["a.edit"]));
        assert!(gateway.allows("ann", "a.edit", "organization"), "a preview changes nothing");
        let applied = api.put("/catalogue", &narrower).expect(200).json();
        assert_eq!((&applied["changes"], &applied["to"]), (&impact["changes"], &impact["to"]));
        assert!(!gateway.allows("ann", "a.edit", "organization") && gateway.allows("ann", "a.view", "organization"));
        assert_eq!(api.get("/catalogue").expect(200).json()["digest"], impact["to"]["digest"]);
        let entry = newest(gateway, "catalogue.applied");
        assert_eq!((&entry["detail"]["before"], &entry["detail"]["after"]), (&impact["from"]["digest"], &impact["to"]["digest"]));
    }

    fn a_catalogue_that_orphans_what_is_in_use_is_refused_with_all_of_it(gateway: &Gateway) {
        let api = gateway.api();
        person(gateway, "ann");
        assign(gateway, "ann", "viewer", "tenant:acme");
        api.post("/mapping-rules", &json!({"group": {"name": "Crew"}, "role": "member"})).expect(201);
        api.post("/roles", &json!({"key": "junior", "title": "Junior", "permissions": ["task.view"]})).expect(201);
        let deny = json!({"permissions": [{"permission": "email.send", "effect": "deny", "reason": "no"}]});
        api.put("/users/ann/permissions", &deny).expect(200);
        let other = body(&small("reader", "\"a.view\""));
        let orphans = api.post("/catalogue/preview", &other).expect(200).json()["orphans"].to_string();
        let parts =
            ["the role `viewer`", "mapping rule", "`task.view`", "overrides of `email.send`", "the scope `tenant:acme`", "the plan"];
        for part in parts {
            assert!(orphans.contains(part), "{part}: {orphans}");
        }
        refused(api.put("/catalogue", &other), 409, "the role `viewer`");
        assert!(gateway.allows("ann", "task.view", "tenant:acme"));
    }

    fn a_catalogue_that_leaves_a_role_without_the_holder_it_must_have_is_refused(gateway: &Gateway) {
        let api = gateway.api();
        api.put("/settings", &json!({"plan": null})).expect(200);
        let modest = small("viewer", "\"a.view\"").replace("may = [\"*\"]", "may = [\"a.manage\", \"a.view\"]");
        api.put("/catalogue", &body(&modest)).expect(200);
        person(gateway, "ann");
        assign(gateway, "ann", "boss", "organization");
        api.put("/users/ann/permissions", &json!({"deny": ["a.edit"], "reason": "not hers"})).expect(200);
        // Of a boss who may do everything ann would be denied a part, and so be none.
        let whole = body(&small("viewer", "\"a.view\""));
        let hit = api.post("/catalogue/preview", &whole).expect(200).json()["owners_hit"].clone();
        assert_eq!((&hit[0]["role"], &hit[0]["holders"]), (&json!("boss"), &json!(["ann"])));
        refused(api.put("/catalogue", &whole), 409, "last holder");
        assert!(gateway.allows("ann", "a.manage", "organization"), "nothing of it was kept");
        person(gateway, "eve");
        assign(gateway, "eve", "boss", "organization");
        api.put("/catalogue", &whole).expect(200);
    }

    fn a_catalogue_that_cannot_be_read_or_fails_its_own_checks_is_refused(gateway: &Gateway) {
        let api = gateway.api();
        refused(api.put("/catalogue", &body("key = ")), 400, "catalogue");
        let broken = format!("{}\n[[check]]\nsays = \"a viewer edits\"\nroles = [\"viewer\"]\nallow = [\"a.edit\"]\n", small("viewer", "\"a.view\""));
        refused(api.post("/catalogue/preview", &body(&broken)), 400, "a viewer edits");
    }

    fn a_catalogue_is_chosen_by_whoever_holds_the_founding_role(gateway: &Gateway) {
        person(gateway, "adam");
        assign(gateway, "adam", "admin", "organization");
        let text = format!("{}\n# another digest\n", gateway.api().get("/catalogue").expect(200).text("catalogue"));
        let adam = api_of(gateway, "adam");
        adam.post("/catalogue/preview", &body(&text)).expect(200);
        refused(adam.put("/catalogue", &body(&text)), 403, "owner");
        gateway.api().put("/catalogue", &body(&text)).expect(200);
    }

    fn the_command_line_shows_and_applies_it_at_a_running_server(gateway: &Gateway) {
        person(gateway, "ann");
        assign(gateway, "ann", "viewer", "organization");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("next.toml");
        std::fs::write(&file, edited(gateway, "[role.viewer]", "# changed\n[role.viewer]")).unwrap();
        let file = file.display().to_string();
        let shown = cli(gateway, &["diff", &file], Some(gateway.api_key()));
        assert!(shown.status.success() && said(&shown).contains("0 gain, 0 lose"), "{}", said(&shown));
        let refused = cli(gateway, &["apply", &file], Some("pcl_key_wrong"));
        assert!(!refused.status.success() && said(&refused).contains("401"), "{}", said(&refused));
        let applied = cli(gateway, &["apply", &file], Some(gateway.api_key()));
        assert!(applied.status.success() && said(&applied).contains("Applied: miopsai"), "{}", said(&applied));
        newest(gateway, "catalogue.applied");
        gateway.stop();
        // And on the installation itself, once no server uses it.
        let offline = said(&gateway.command(&["catalogue", "diff", &file]).output().unwrap());
        assert!(offline.contains("0 gain, 0 lose"), "{offline}");
        std::fs::write(&file, small("reader", "\"a.view\"")).unwrap();
        let orphaned = gateway.command(&["catalogue", "apply", &file]).output().unwrap();
        assert!(!orphaned.status.success() && said(&orphaned).contains("the role `viewer`"), "{}", said(&orphaned));
    }
}
