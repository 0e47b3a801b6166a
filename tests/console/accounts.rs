//! People, roles, approvals, programs and settings, as they are managed in the console.

use super::*;

/// The path of the first link or form that ends so.
#[track_caller]
fn path(page: &Page, pattern: &str) -> String {
    let found = regex::Regex::new(&format!(r#"(?:href|action)="({pattern})""#)).unwrap();
    found.captures(&page.body).unwrap_or_else(|| panic!("no `{pattern}` in {}", page.body))[1].to_owned()
}

on_both! {
    fn an_invitation_made_in_the_console_lets_somebody_choose_a_password(gateway: &Gateway) {
        let mut owner = Owner::of(gateway);
        let csrf = owner.csrf();
        let made = owner.post("/console/people/invite", &[("csrf", &csrf), ("user_name", "ann@corp.example")]).expect(201);
        let link = regex::Regex::new("http://[^<]*/invitation/pcl_inv_[A-Za-z0-9_-]+").unwrap();
        let link = link.find(&made.body).unwrap_or_else(|| panic!("no link in {}", made.body)).as_str();
        let page = Browser::new().open(link);
        assert!(page.status == 200 && page.has("again"), "{page:?}");
        let again = owner.post("/console/people/invite", &[("csrf", &csrf), ("user_name", "ann@corp.example")]).expect(422);
        assert!(again.body.contains("already taken"), "{}", again.body);
    }

    fn a_person_is_suspended_restored_and_deleted(gateway: &Gateway) {
        let ann = push_person(gateway, "ann@corp.example");
        gateway.api().post(&format!("/users/{ann}/assignments"), &json!({"role": "manager"})).expect(201);
        let mut owner = Owner::of(gateway);
        let csrf = owner.csrf();
        let fields = [("csrf", csrf.as_str())];
        owner.post(&format!("/console/people/{ann}/suspend"), &fields).expect(303);
        assert!(!gateway.allows("ann@corp.example", "reports.run", "organization"));
        let page = owner.open(&format!("/console/people/{ann}"));
        assert!(page.body.contains("suspended here") && page.body.contains(">Restore<"), "{}", page.body);
        owner.post(&format!("/console/people/{ann}/restore"), &fields).expect(303);
        assert!(gateway.allows("ann@corp.example", "reports.run", "organization"));
        assert!(owner.open(&format!("/console/people/{ann}/delete")).body.contains("next synchronization makes them anew"));
        owner.post(&format!("/console/people/{ann}/delete"), &fields).expect(303);
        assert_eq!(owner.open(&format!("/console/people/{ann}")).status, 404);
    }

    fn a_role_is_cloned_changed_after_a_preview_and_deleted(gateway: &Gateway) {
        let ann = push_person(gateway, "ann@corp.example");
        let mut owner = Owner::of(gateway);
        let csrf = owner.csrf();
        let page = owner.open("/console/roles/new?from=manager");
        assert!(page.body.contains(r#"value="reports.run" checked="""#), "{}", page.body);
        let made = [("csrf", csrf.as_str()), ("title", "Reporter"), ("permission", "reports.run"), ("permission", "task.view")];
        assert_eq!(owner.post("/console/roles", &made).expect(303).header("location"), "/console/roles/reporter");
        gateway.api().post(&format!("/users/{ann}/assignments"), &json!({"role": "reporter"})).expect(201);
        assert!(gateway.allows("ann@corp.example", "reports.run", "organization"));
        let less = [("csrf", csrf.as_str()), ("title", "Reporter"), ("permission", "task.view")];
        let preview = owner.post("/console/roles/reporter/preview", &less).expect(200);
        assert!(preview.body.contains("ann@corp.example") && preview.body.contains("reports.run"), "{}", preview.body);
        assert!(gateway.allows("ann@corp.example", "reports.run", "organization"), "a preview changes nothing");
        owner.post("/console/roles/reporter", &less).expect(303);
        assert!(!gateway.allows("ann@corp.example", "reports.run", "organization"));
        let compared = owner.open("/console/roles?first=manager&second=reporter");
        assert!(compared.body.contains("Only Reporter") && compared.body.contains("<code>reports.run</code>"), "{}", compared.body);
        assert!(owner.open("/console/roles/reporter/delete").body.contains("1 holder"));
        owner.post("/console/roles/reporter/delete", &[("csrf", csrf.as_str())]).expect(303);
        assert_eq!(owner.open("/console/roles/reporter").status, 404);
    }

    fn a_service_account_gets_a_key_that_is_shown_once_and_revoked(gateway: &Gateway) {
        let mut owner = Owner::of(gateway);
        let csrf = owner.csrf();
        let robot = [("csrf", csrf.as_str()), ("name", "robot"), ("description", "nightly export")];
        owner.post("/console/service-accounts", &robot).expect(303);
        assert!(owner.post("/console/service-accounts", &robot).expect(422).body.contains("already a service account"));
        let page = owner.open("/console/service-accounts");
        let account = path(&page, "/console/service-accounts/[^\"]*/delete");
        let holder = account.split('/').nth(3).unwrap();
        let key = [("csrf", csrf.as_str()), ("name", "nightly"), ("holder", holder), ("until", "")];
        let made = owner.post("/console/api-keys", &key).expect(201);
        let key = regex::Regex::new("pcl_key_[A-Za-z0-9_-]+").unwrap().find(&made.body).unwrap().as_str().to_owned();
        let asked = json!({"subject": {"type": "user", "id": "robot"}, "action": {"name": "reports.run"},
                           "resource": {"type": "organization"}});
        let ask = || gateway.authzen().bearer(&key).post("/evaluation", &asked).status;
        assert_ne!(ask(), 401);
        assert!(!owner.open("/console/service-accounts").body.contains(&key));
        owner.post(&account, &[("csrf", csrf.as_str())]).expect(303);
        assert_eq!(ask(), 401, "its keys go with it");
    }

    fn settings_are_chosen_and_what_makes_no_sense_is_said(gateway: &Gateway) {
        let mut owner = Owner::of(gateway);
        let csrf = owner.csrf();
        let page = owner.open("/console/settings");
        assert!(page.body.contains("Second factor"), "{}", page.body);
        let settings = gateway.api().get("/settings").expect(200).json();
        let plan = settings["plan"].as_str().unwrap_or_default();
        let mode = settings["mapping_mode"].as_str().unwrap();
        let chosen = |policy| [("csrf", csrf.as_str()), ("plan", plan), ("mapping_mode", mode), ("default_role", ""), ("mfa_policy", policy)];
        owner.post("/console/settings", &chosen("everybody")).expect(303);
        assert_eq!(gateway.api().get("/settings").expect(200).json()["mfa_policy"], "everybody");
        assert!(owner.post("/console/settings", &chosen("roles")).expect(422).body.contains("say which"));
    }

    fn who_asks_is_shown_among_the_approvals_and_no_form_decides_on_ones_own(gateway: &Gateway) {
        let mut owner = Owner::of(gateway);
        assert!(owner.open("/console/approvals").body.contains("Nothing waits for a decision."));
        let csrf = owner.csrf();
        let nothing = "/console/approvals/018bcfe5-6800-7000-8000-000000000001/approve";
        owner.post(nothing, &[("csrf", csrf.as_str())]).expect(404);
    }
}
