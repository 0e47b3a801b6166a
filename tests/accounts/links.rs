//! Invitations, and resets by an admin.

use super::*;

on_both! {
    fn an_invitation_works_once_and_makes_an_account_without_rights(gateway: &Gateway) {
        let invited = invite(gateway, "ann@corp.example");
        let link = invited["url"].as_str().unwrap();
        let mut browser = Browser::new();
        assert_eq!(browser.open(link).status, 200, "to look at it does not use it up");
        let page = choose(&mut browser, link, PASSWORD);
        let (_, page) = enrol(&mut browser, &page);
        assert!(is_signed_in(gateway, &browser), "{page:?}");
        assert_eq!(Browser::new().open(link).status, 410);
        let fields = [("password".to_owned(), PASSWORD.to_owned()), ("again".to_owned(), PASSWORD.to_owned())];
        assert_eq!(gateway.http().form(link, &fields).status, 410);
        gateway.http().with("Cookie", &browser.cookie_header()).get("/console").expect(403);
        gateway.api().post("/invitations", &json!({"userName": "ANN@corp.example"})).expect(409);
    }

    fn a_link_ends_when_its_person_is_suspended_or_signed_out_everywhere(gateway: &Gateway) {
        for ending in ["suspend", "sessions"] {
            let invited = invite(gateway, &format!("{ending}@corp.example"));
            let path = format!("/users/{}/{ending}", invited["user"]["id"].as_str().unwrap());
            let answer = if ending == "suspend" { gateway.api().post(&path, &json!({})) } else { gateway.api().delete(&path) };
            assert!(answer.status < 300, "{}", answer.body);
            assert_eq!(Browser::new().open(invited["url"].as_str().unwrap()).status, 410, "{ending}");
        }
    }

    fn a_reset_ends_the_sessions_and_the_old_password_and_second_factor(gateway: &Gateway) {
        let ann = Person::of(gateway, "ann@corp.example");
        assert!(ann.is_signed_in(gateway));
        let reset = gateway.api().post(&format!("/users/{}/reset-signin", ann.id), &json!({})).expect(200).json();
        assert!(!ann.is_signed_in(gateway));
        assert_eq!(sign_in(gateway, &mut Browser::new(), &ann.name, PASSWORD).status, 403);
        let mut browser = Browser::new();
        let page = choose(&mut browser, reset["url"].as_str().unwrap(), "another good password");
        let (app, page) = enrol(&mut browser, &page);
        assert!(is_signed_in(gateway, &browser), "{page:?}");
        assert_ne!(app.secret, ann.app.secret);
    }

    fn a_cookie_of_somebody_else_signs_nobody_out(gateway: &Gateway) {
        let ann = Person::of(gateway, "ann@corp.example");
        let cookies = format!("other=é; {}", ann.browser.cookie_header());
        // 403: signed in, and no admin.
        gateway.http().with("Cookie", &cookies).get("/console").expect(403);
        gateway.http().with("Cookie", &cookies).get("/forward-auth").expect(200);
    }

    fn a_new_password_ends_what_the_old_one_opened(gateway: &Gateway) {
        let mut ann = Person::of(gateway, "ann@corp.example");
        let mut other = Browser::new();
        let page = sign_in(gateway, &mut other, &ann.name, PASSWORD);
        other.submit(&page, &[("code", &ann.app.code())]);
        assert!(is_signed_in(gateway, &other));
        let page = ann.browser.open(&format!("{}/account", gateway.url()));
        let next = "another good password";
        let page = ann.browser.submit(&page, &[("current", PASSWORD), ("password", next), ("again", next)]);
        assert_eq!(page.status, 200, "{page:?}");
        assert!(ann.is_signed_in(gateway) && !is_signed_in(gateway, &other));
        assert_eq!(sign_in(gateway, &mut Browser::new(), &ann.name, PASSWORD).status, 403);
    }

    fn only_who_holds_every_roles_permissions_can_become_somebody_else_by_a_reset(gateway: &Gateway) {
        let manager = Person::of(gateway, "manager@corp.example");
        let role = json!({"key": "people", "title": "People", "permissions": ["users.manage"]});
        gateway.api().post("/roles", &role).expect(201);
        gateway.api().post("/users/manager@corp.example/assignments", &json!({"role": "people"})).expect(201);
        let key = gateway.api().post("/api-keys", &json!({"name": "k", "user": manager.id})).expect(201).text("api_key");
        let ann = Person::of(gateway, "ann@corp.example");
        let theirs = gateway.api().bearer(&key);
        theirs.post("/invitations", &json!({"userName": "new@corp.example"})).expect(201);
        theirs.post(&format!("/users/{}/reset-signin", ann.id), &json!({})).expect(403);
        assert!(ann.is_signed_in(gateway));
    }
}
