//! What somebody changes about their own sign-in.

use super::*;

on_both! {
    fn whoever_does_not_know_the_password_changes_nothing(gateway: &Gateway) {
        let mut ann = Person::of(gateway, "ann@corp.example");
        let page = ann.browser.open(&format!("{}/account", gateway.url()));
        let next = "another good password";
        let wrong = ann.browser.submit(&page, &[("current", "not the password"), ("password", next), ("again", next)]);
        assert!(wrong.status == 422 && wrong.body.contains("does not fit"), "{wrong:?}");
        let mut app = Authenticator::scan(&page);
        let filled = [("offer", page.field("offer")), ("code", app.code()), ("current", "not the password".to_owned())];
        let filled: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(ann.browser.submit(&page, &filled).status, 422);
        let mut elsewhere = Browser::new();
        let page = sign_in(gateway, &mut elsewhere, &ann.name, PASSWORD);
        elsewhere.submit(&page, &[("code", &ann.app.code())]);
        assert!(is_signed_in(gateway, &elsewhere), "password and second factor are what they were");
    }

    fn the_codes_that_were_replaced_open_nothing(gateway: &Gateway) {
        let mut ann = Person::of(gateway, "ann@corp.example");
        let http = gateway.http().with("Cookie", &ann.browser.cookie_header());
        let csrf = ann.browser.open(&format!("{}/account", gateway.url())).field("csrf");
        let fields = [("csrf".to_owned(), csrf), ("current".to_owned(), PASSWORD.to_owned())];
        let answer = http.form(&http.url("/account/recovery-codes"), &fields).expect(200);
        let fresh = recovery_codes(&Page { url: String::new(), status: 200, body: answer.body });
        assert_eq!(fresh.len(), 10);
        let mut browser = Browser::new();
        let page = sign_in(gateway, &mut browser, &ann.name, PASSWORD);
        let page = browser.submit(&page, &[("code", &ann.codes[0])]);
        assert_eq!((page.status, is_signed_in(gateway, &browser)), (403, false));
        browser.submit(&page, &[("code", &fresh[0])]);
        assert!(is_signed_in(gateway, &browser));
    }

    fn a_second_factor_goes_only_where_the_organization_wants_none(gateway: &Gateway) {
        let mut ann = Person::of(gateway, "ann@corp.example");
        let http = gateway.http().with("Cookie", &ann.browser.cookie_header());
        let csrf = ann.browser.open(&format!("{}/account", gateway.url())).field("csrf");
        let fields = [("csrf".to_owned(), csrf.clone()), ("current".to_owned(), PASSWORD.to_owned())];
        let remove = |fields: &[(String, String)]| http.form(&http.url("/account/second-factor/remove"), fields);
        assert!(remove(&fields).expect(422).body.contains("wants a second factor"));
        gateway.api().put("/settings", &json!({"mfa_policy": "off"})).expect(200);
        remove(&fields[1..]).expect(403);
        remove(&fields).expect(303);
        let mut browser = Browser::new();
        sign_in(gateway, &mut browser, &ann.name, PASSWORD);
        assert!(is_signed_in(gateway, &browser));
    }

    fn nobody_who_is_not_signed_in_sees_an_account(gateway: &Gateway) {
        let answer = gateway.http().get("/account").expect(303);
        assert_eq!(answer.header("location"), "/signin?return_to=%2Faccount");
        for form in ["password", "second-factor", "second-factor/remove", "recovery-codes"] {
            gateway.http().form(&gateway.http().url(&format!("/account/{form}")), &[]).expect(401);
        }
    }
}
