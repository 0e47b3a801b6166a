//! What can be changed in the console.

use super::*;

on_both! {
    fn a_rule_is_previewed_saved_previewed_again_and_deleted(gateway: &Gateway) {
        let ann = push_person(gateway, "ann@corp.example");
        push_group(gateway, "tenant-acme-managers", &[&ann]);
        let mut owner = Owner::of(gateway);
        let groups = owner.open("/console/groups");
        let rule = [
            ("match", "pattern"),
            ("group", "tenant-(?<tenant>[a-z]+)-managers"),
            ("role", "manager"),
            ("scope", "tenant:{tenant}"),
            ("priority", "7"),
        ];
        let fields: Vec<(&str, &str)> = rule.into_iter().chain([("csrf", "")]).collect();
        let csrf = groups.field("csrf");
        let with_token: Vec<_> = fields.iter().map(|(n, v)| (*n, if *n == "csrf" { csrf.as_str() } else { v })).collect();
        let preview = owner.post("/console/groups/rules/preview", &with_token).expect(200);
        assert!(preview.body.contains("ann@corp.example") && preview.body.contains("reports.run"), "{}", preview.body);
        assert!(!gateway.allows("ann@corp.example", "reports.run", "tenant:acme"), "a preview changes nothing");

        assert_eq!(owner.post("/console/groups/rules", &with_token).expect(303).header("location"), "/console/groups");
        assert!(gateway.allows("ann@corp.example", "reports.run", "tenant:acme"));

        let listed = owner.open("/console/groups");
        let delete = regex::Regex::new(r#"href="(/console/groups/rules/[^"]*/delete)""#).unwrap();
        let delete = delete.captures(&listed.body).expect("the rule is listed")[1].to_owned();
        let confirm = owner.open(&delete);
        assert!(confirm.body.contains("ann@corp.example") && confirm.body.contains("Delete this rule?"), "{}", confirm.body);
        owner.post(&delete, &[("csrf", &csrf)]).expect(303);
        assert!(!gateway.allows("ann@corp.example", "reports.run", "tenant:acme"));
    }

    fn a_rule_that_cannot_be_is_shown_again_with_what_is_wrong(gateway: &Gateway) {
        let mut owner = Owner::of(gateway);
        let csrf = owner.csrf();
        let fields = [("csrf", csrf.as_str()), ("match", "pattern"), ("group", "a)|(b"), ("role", "manager"), ("scope", "organization")];
        let answer = owner.post("/console/groups/rules/preview", &fields).expect(422);
        assert!(answer.body.contains(r#"role="alert""#) && answer.body.contains("a)|(b"), "{}", answer.body);
    }

    fn a_new_directory_shows_its_token_once_and_revoking_it_shuts_the_door(gateway: &Gateway) {
        let mut owner = Owner::of(gateway);
        let csrf = owner.csrf();
        let made = owner.post("/console/directories", &[("csrf", &csrf), ("name", "Okta of Corp"), ("dialect", "okta")]).expect(201);
        let token = regex::Regex::new("pcl_scim_[A-Za-z0-9_-]+").unwrap();
        let token = token.find(&made.body).unwrap_or_else(|| panic!("no token in {}", made.body)).as_str().to_owned();
        let scim = gateway.scim().bearer(&token);
        scim.get("/Users").expect(200);

        let listed = owner.open("/console/directories");
        assert!(listed.body.contains("Okta of Corp") && !listed.body.contains(&token), "{}", listed.body);
        let revoke = regex::Regex::new(r#"href="(/console/directories/[^"]*/revoke)""#).unwrap();
        let revoke = revoke.captures_iter(&listed.body).last().expect("the token is listed")[1].to_owned();
        assert!(owner.open(&revoke).body.contains("It is the only one"));
        owner.post(&revoke, &[("csrf", &csrf)]).expect(303);
        scim.get("/Users").expect(401);
    }

    fn a_directory_of_a_name_that_is_taken_is_refused_on_the_page(gateway: &Gateway) {
        let mut owner = Owner::of(gateway);
        let csrf = owner.csrf();
        let fields = [("csrf", csrf.as_str()), ("name", "Twice"), ("dialect", "generic")];
        owner.post("/console/directories", &fields).expect(201);
        let again = owner.post("/console/directories", &fields).expect(422);
        assert!(again.body.contains("already a directory"), "{}", again.body);
    }

    fn signing_out_everywhere_ends_the_session_that_asks_too(gateway: &Gateway) {
        let mut owner = Owner::of(gateway);
        let csrf = owner.csrf();
        let session = owner.http().get("/session").expect(200).json();
        let me = session["user"]["id"].as_str().unwrap();
        owner.post(&format!("/console/people/{me}/sign-out"), &[("csrf", &csrf)]).expect(303);
        owner.http().get("/session").expect(401);
    }

    fn one_session_can_be_ended(gateway: &Gateway) {
        let mut owner = Owner::of(gateway);
        let csrf = owner.csrf();
        let session = owner.http().get("/session").expect(200).json();
        let (me, id) = (session["user"]["id"].as_str().unwrap(), session["session"]["id"].as_str().unwrap());
        owner.post(&format!("/console/people/{me}/sessions/{id}/end"), &[("csrf", &csrf)]).expect(303);
        owner.http().get("/session").expect(401);
    }
}
