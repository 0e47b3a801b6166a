//! The one-time owner link makes an account with which the owner comes in again.

use super::*;

fn setup_link(gateway: &Gateway) -> String {
    gateway.made()["owner_setup_url"].as_str().unwrap().to_owned()
}

on_both! {
    fn the_owner_sets_up_a_password_and_a_code_and_comes_in_again_with_them(gateway: &Gateway) {
        let mut browser = Browser::new();
        let page = browser.open(&setup_link(gateway));
        let filled = [("user_name", "olga@corp.example"), ("password", PASSWORD), ("again", PASSWORD)];
        let page = browser.submit(&page, &filled);
        assert_eq!(page.url, format!("{}/signin/step", gateway.url()));
        assert!(!is_signed_in(gateway, &browser), "the second factor is still missing");
        let (mut app, page) = enrol(&mut browser, &page);
        assert_eq!(recovery_codes(&page).len(), 10, "{page:?}");
        assert_eq!(browser.open(&format!("{}/", gateway.url())).url, format!("{}/console", gateway.url()));

        let mut elsewhere = Browser::new();
        let page = sign_in(gateway, &mut elsewhere, "Olga@Corp.Example", PASSWORD);
        assert!(!is_signed_in(gateway, &elsewhere), "{page:?}");
        let page = elsewhere.submit(&page, &[("code", &app.code())]);
        assert_eq!(page.url, format!("{}/console", gateway.url()), "{page:?}");
        let opened = gateway.api().get("/audit-events?action=session.opened").expect(200).json();
        assert_eq!(opened["items"][0]["detail"]["proof"], "second_factor", "{opened}");
    }

    fn a_password_that_is_guessed_at_once_uses_up_no_link(gateway: &Gateway) {
        let mut browser = Browser::new();
        let link = setup_link(gateway);
        for (password, again, said) in [
            ("short", "short", "12 to 256 characters"),
            (PASSWORD, "something else!", "not the same"),
            ("olga@corp.example", "olga@corp.example", "made of the user name"),
        ] {
            let page = browser.open(&link);
            let filled = [("user_name", "olga@corp.example"), ("password", password), ("again", again)];
            let page = browser.submit(&page, &filled);
            assert!(page.status == 422 && page.body.contains(said), "{said}: {page:?}");
        }
        assert_eq!(browser.open(&link).status, 200);
    }

    fn no_secret_stands_in_the_log_or_the_audit(gateway: &Gateway) {
        let person = Person::of(gateway, "ann@corp.example");
        let audit = gateway.api().get("/audit-events").expect(200).body;
        let log = gateway.log();
        for secret in [PASSWORD, &person.app.secret, &person.codes[0], "pcl_inv_", "pcl_stp_", "$argon2id$"] {
            assert!(!audit.contains(secret) && !log.contains(secret), "{secret}");
        }
    }
}
