//! Sign-ins that are refused, and what whoever fails learns.

use super::*;

/// What a refusal shows, without the name that was typed.
#[track_caller]
fn refusal(page: &Page, name: &str) -> String {
    assert_eq!(page.status, 403, "{page:?}");
    page.body.replace(name, "NAME")
}

on_both! {
    fn a_name_nobody_has_a_wrong_password_and_a_suspended_person_are_answered_alike(gateway: &Gateway) {
        let ann = Person::of(gateway, "ann@corp.example");
        let bob = Person::of(gateway, "bob@corp.example");
        gateway.api().post(&format!("/users/{}/suspend", bob.id), &json!({})).expect(200);
        let tried = [("nobody@corp.example", PASSWORD), ("ann@corp.example", "not the password"), ("bob@corp.example", PASSWORD)];
        let shown = tried.map(|(name, password)| refusal(&sign_in(gateway, &mut Browser::new(), name, password), name));
        assert!(shown.iter().all(|page| *page == shown[0]), "{shown:#?}");
        assert!(ann.is_signed_in(gateway) && !bob.is_signed_in(gateway));
        let told = reasons(gateway);
        for code in ["no_password: ", "wrong_password: ", "inactive: "] {
            assert!(told.iter().any(|reason| reason.starts_with(code)), "no `{code}` in {told:?}");
        }
    }

    fn after_several_wrong_passwords_the_right_one_rests_too(gateway: &Gateway) {
        let ann = Person::of(gateway, "ann@corp.example");
        for _wrong in 0..6 {
            sign_in(gateway, &mut Browser::new(), &ann.name, "not the password");
        }
        refusal(&sign_in(gateway, &mut Browser::new(), &ann.name, PASSWORD), &ann.name);
        assert!(ann.is_signed_in(gateway), "who is signed in stays so");
        assert!(reasons(gateway).iter().any(|reason| reason.starts_with("resting: ")));
    }

    fn many_guesses_at_once_are_counted_one_by_one(gateway: &Gateway) {
        let ann = Person::of(gateway, "ann@corp.example");
        let fields = [("email".to_owned(), ann.name.clone()), ("password".to_owned(), "not the password".to_owned())];
        std::thread::scope(|scope| {
            for _guess in 0..8 {
                scope.spawn(|| assert_eq!(gateway.http().form(&gateway.http().url("/signin"), &fields).status, 403));
            }
        });
        refusal(&sign_in(gateway, &mut Browser::new(), &ann.name, PASSWORD), &ann.name);
    }

    fn a_code_works_once_and_a_recovery_code_too(gateway: &Gateway) {
        let mut ann = Person::of(gateway, "ann@corp.example");
        let used = ann.app.code_of(ann.app.used);
        let mut browser = Browser::new();
        let page = sign_in(gateway, &mut browser, &ann.name, PASSWORD);
        let page = browser.submit(&page, &[("code", &used)]);
        assert_eq!(page.status, 403, "the code with which the app was set up: {page:?}");
        let spent = ann.codes[0].to_lowercase().replace('-', " ");
        browser.submit(&page, &[("code", &spent)]);
        assert!(is_signed_in(gateway, &browser));
        let mut again = Browser::new();
        let page = sign_in(gateway, &mut again, &ann.name, PASSWORD);
        let page = again.submit(&page, &[("code", &spent)]);
        assert_eq!((page.status, is_signed_in(gateway, &again)), (403, false));
        let code = ann.app.code();
        again.submit(&page, &[("code", &code)]);
        assert!(is_signed_in(gateway, &again));
        let told = gateway.api().get("/audit-events?action=recovery_code.used").expect(200).json();
        assert_eq!(told["items"][0]["detail"]["left"], 9, "{told}");
    }

    fn a_sign_in_between_two_steps_opens_nothing_and_ends_with_the_persons_sessions(gateway: &Gateway) {
        let mut ann = Person::of(gateway, "ann@corp.example");
        let mut browser = Browser::new();
        let page = sign_in(gateway, &mut browser, &ann.name, PASSWORD);
        let step = browser.cookie("portcullis-step").unwrap();
        gateway.http().with("Cookie", &format!("portcullis={step}")).get("/session").expect(401);
        let listed = gateway.api().get(&format!("/users/{}/sessions", ann.id)).expect(200).json();
        assert_eq!(listed.as_array().or(listed["items"].as_array()).unwrap().len(), 1, "{listed}");
        gateway.api().delete(&format!("/users/{}/sessions", ann.id)).expect(200);
        let page = browser.submit(&page, &[("code", &ann.app.code())]);
        assert_eq!((page.status, is_signed_in(gateway, &browser)), (410, false), "{page:?}");
    }

    fn a_form_of_another_site_signs_nobody_in(gateway: &Gateway) {
        let ann = Person::of(gateway, "ann@corp.example");
        let fields = [("email".to_owned(), ann.name.clone()), ("password".to_owned(), PASSWORD.to_owned())];
        let elsewhere = gateway.http().with("Origin", "https://evil.example");
        elsewhere.form(&elsewhere.url("/signin"), &fields).expect(403);
    }

    fn whom_a_directory_manages_has_no_password_here(gateway: &Gateway) {
        let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "eva@corp.example"});
        let id = gateway.scim().post("/Users", &user).expect(201).text("id");
        let reset = gateway.api().post(&format!("/users/{id}/reset-signin"), &json!({})).expect(200).json();
        assert!(reset["url"].is_null(), "{reset}");
        refusal(&sign_in(gateway, &mut Browser::new(), "eva@corp.example", PASSWORD), "eva@corp.example");
    }
}
