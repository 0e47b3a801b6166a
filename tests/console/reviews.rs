//! Reviews, reports, the history of a rule and the export of the log.

use super::*;

/// Somebody who holds a role by hand.
fn holder(gateway: &Gateway, name: &str) {
    push_person(gateway, name);
    let role = json!({"role": "manager", "scope": "tenant:acme"});
    gateway.api().post(&format!("/users/{name}/assignments"), &role).expect(201);
}

on_both! {
    fn a_review_is_opened_decided_and_completed_and_what_it_revokes_is_gone(gateway: &Gateway) {
        for name in ["ann@corp.example", "bob@corp.example"] {
            holder(gateway, name);
        }
        let mut owner = Owner::of(gateway);
        let csrf = owner.csrf();
        let open = |role: &str| owner.post("/console/reviews", &[("csrf", &csrf), ("name", "Autumn"), ("role", role), ("scope", "")]);
        assert!(open("nobody").expect(422).body.contains("is no role here"));
        let review = open("manager").expect(303).header("location").to_owned();
        let decide = |number: &str, decision: &str| {
            let path = format!("{review}/items/{number}/decide");
            owner.post(&path, &[("csrf", &csrf), ("decision", decision), ("note", "autumn"), ("offset", "0")])
        };
        decide("1", "maybe").expect(400);
        owner.post(&format!("{review}/complete"), &[("csrf", &csrf)]).expect(409);
        let shown = owner.http().get(&review).expect(200).body;
        let first = if shown.find("ann@corp.example") < shown.find("bob@corp.example") { "ann@corp.example" } else { "bob@corp.example" };
        assert!(gateway.allows(first, "reports.run", "tenant:acme"));
        decide("1", "revoke").expect(303);
        assert!(!gateway.allows(first, "reports.run", "tenant:acme"));
        assert!(decide("1", "keep").expect(409).body.contains("decided already"));
        decide("2", "keep").expect(303);
        owner.post(&format!("{review}/complete"), &[("csrf", &csrf)]).expect(303);
        assert!(owner.open("/console/reviews").body.contains("completed"));
        let reports = owner.open("/console/reports?days=30");
        assert!(reports.status == 200 && reports.body.contains("Unused roles"), "{}", reports.body);
    }

    fn a_rule_goes_back_to_what_it_was(gateway: &Gateway) {
        let ann = push_person(gateway, "ann@corp.example");
        push_group(gateway, "leads", &[&ann]);
        let rule = |group: &str| json!({"group": {"name": group}, "role": "manager", "scope": "tenant:acme"});
        let made = gateway.api().post("/mapping-rules", &rule("leads")).expect(201).text("id");
        gateway.api().put(&format!("/mapping-rules/{made}"), &rule("others")).expect(200);
        assert!(!gateway.allows("ann@corp.example", "reports.run", "tenant:acme"));
        let mut owner = Owner::of(gateway);
        let path = format!("/console/groups/rules/{made}");
        let shown = owner.open(&path);
        assert!(shown.body.contains("leads") && shown.body.contains("others"), "{}", shown.body);
        let csrf = shown.field("csrf");
        owner.post(&format!("{path}/rollback"), &[("csrf", &csrf), ("version", "7")]).expect(404);
        owner.post(&format!("{path}/rollback"), &[("csrf", &csrf), ("version", "1")]).expect(303);
        assert!(gateway.allows("ann@corp.example", "reports.run", "tenant:acme"));
    }

    fn a_preview_shows_what_a_pattern_captures_in_the_groups_there_are(gateway: &Gateway) {
        push_group(gateway, "tenant-acme-managers", &[]);
        push_group(gateway, "others", &[]);
        let mut owner = Owner::of(gateway);
        let csrf = owner.csrf();
        let fields = [("csrf", csrf.as_str()), ("match", "pattern"), ("group", "tenant-(?<tenant>[a-z]+)-managers"), ("role", "manager"), ("scope", "tenant:{tenant}"), ("priority", "0")];
        let preview = owner.post("/console/groups/rules/preview", &fields).expect(200).body;
        assert!(preview.contains("tenant-acme-managers") && preview.contains("<code>tenant:acme</code>"), "{preview}");
        assert!(!preview.contains("others"), "{preview}");
    }

    fn an_exported_log_is_verified_against_a_signed_checkpoint(gateway: &Gateway) {
        push_person(gateway, "ann@corp.example");
        gateway.stop();
        gateway.restart();
        let owner = Owner::of(gateway);
        let exported = owner.http().get("/console/audit/export").expect(200);
        assert_eq!(exported.header("content-disposition"), "attachment; filename=\"audit.jsonl\"");
        let api = gateway.api();
        let note = api.get("/audit-events/checkpoint").expect(200).body;
        let export = api.get("/audit-events/export").expect(200).body;
        assert!(export.starts_with(&exported.body) || exported.body.starts_with(&export));
        let doctor = gateway.command(&["doctor"]).output().unwrap();
        let doctor = String::from_utf8_lossy(&doctor.stdout).into_owned();
        let key = regex::Regex::new(r"\S+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+").unwrap();
        let key = key.find(&doctor).unwrap_or_else(|| panic!("no key in {doctor}")).as_str();
        let folder = gateway.data_folder();
        let (log, signed) = (folder.join("export.jsonl"), folder.join("signed.note"));
        std::fs::write(&log, &export).unwrap();
        std::fs::write(&signed, note).unwrap();
        let verify = || {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"));
            command.args(["audit", "verify", "--key", key, "--export"]).arg(&log).arg("--checkpoint").arg(&signed);
            command.output().unwrap()
        };
        let told = verify();
        assert!(told.status.success(), "{told:?}");
        std::fs::write(&log, export.replacen("ann@corp", "eve@corp", 1)).unwrap();
        assert!(!verify().status.success());
        person_without_rights(gateway).get("/audit-events/export").expect(403);
    }
}

/// The API with a key of somebody who holds nothing.
fn person_without_rights(gateway: &Gateway) -> Http {
    push_person(gateway, "zed@corp.example");
    let made = gateway.api().post("/api-keys", &json!({"name": "zed", "user": "zed@corp.example"})).expect(201);
    gateway.api().bearer(&made.text("api_key"))
}
