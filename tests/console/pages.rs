//! What the pages show.

use super::*;

on_both! {
    fn the_front_door_leads_a_manager_to_the_console_and_nobody_to_the_sign_in(gateway: &Gateway) {
        let mut owner = Owner::of(gateway);
        let page = owner.open("/");
        assert_eq!((page.url, page.status), (format!("{}/console", gateway.url()), 200));
        let page = Browser::new().open(&format!("{}/", gateway.url()));
        assert_eq!((page.url, page.status), (format!("{}/signin", gateway.url()), 200));
    }

    fn the_first_owner_gives_a_name_that_can_be_found_again(gateway: &Gateway) {
        // Not one letter again and again: what compresses well fits an index all the same.
        let long: String = (0..5_000).map(|n: u32| char::from(b'a' + u8::try_from(n.wrapping_mul(n) / 7 % 26).unwrap())).collect();
        let link = gateway.made()["owner_setup_url"].as_str().unwrap();
        let mut browser = Browser::new();
        let page = browser.open(link);
        let page = browser.submit(&page, &[("user_name", &long)]);
        assert_eq!(page.status, 422, "{page:?}");
        assert!(page.body.contains("longer than 512 characters"), "{page:?}");
        browser.submit(&page, &[("user_name", "owner@corp.example")]);
        assert!(browser.cookie("portcullis").is_some());
    }

    fn the_one_time_link_ends_on_the_overview(gateway: &Gateway) {
        let owner = Owner::of(gateway);
        assert_eq!(owner.first.status, 200, "{}", owner.first.body);
        assert!(owner.first.url.ends_with("/console"), "{}", owner.first.url);
        for said in ["<h1>Overview</h1>", "owner@corp.example", "Corp", "/scim/v2", "Nothing has arrived yet"] {
            assert!(owner.first.body.contains(said), "no `{said}` in {}", owner.first.body);
        }
    }

    fn the_steps_are_gone_from_the_overview_one_by_one_as_they_are_done(gateway: &Gateway) {
        let mut owner = Owner::of(gateway);
        assert!(owner.first.body.contains("4 to go"), "{}", owner.first.body);
        let ann = push_person(gateway, "ann@corp.example");
        assert!(owner.open("/console").body.contains("3 to go"));
        push_group(gateway, "leads", &[&ann]);
        add_rule(gateway, "leads", "manager", "tenant:acme");
        assert!(owner.open("/console").body.contains("2 to go"));
    }

    fn people_are_found_by_the_beginning_of_their_name_in_any_case(gateway: &Gateway) {
        push_person(gateway, "ann@corp.example");
        push_person(gateway, "bob@corp.example");
        let page = Owner::of(gateway).open("/console/people?q=ANN");
        assert!(page.body.contains("ann@corp.example") && !page.body.contains("bob@corp.example"), "{}", page.body);
    }

    fn people_come_in_pages_that_overlap_nowhere_and_miss_nobody(gateway: &Gateway) {
        let names: Vec<String> = (0..120).map(|number| format!("p{number:03}@corp.example")).collect();
        names.iter().for_each(|name| drop(push_person(gateway, name)));
        let mut owner = Owner::of(gateway);
        let link = regex::Regex::new(r#"href="([^"]*)" rel="next""#).unwrap();
        let shown = regex::Regex::new(r">(p\d{3}@corp\.example)</a>").unwrap();
        let (mut path, mut seen) = ("/console/people?q=p".to_owned(), Vec::new());
        loop {
            let page = owner.open(&path);
            seen.extend(shown.captures_iter(&page.body).map(|found| found[1].to_owned()));
            let Some(next) = link.captures(&page.body) else { break };
            path = next[1].replace("&#38;", "&");
        }
        assert_eq!(seen, names);
    }

    fn a_persons_page_tells_the_whole_chain_behind_a_role(gateway: &Gateway) {
        let ann = push_person(gateway, "ann@corp.example");
        push_group(gateway, "tenant-acme-managers", &[&ann]);
        let rule = add_rule(gateway, "tenant-acme-managers", "manager", "tenant:acme");
        let page = Owner::of(gateway).open(&format!("/console/people/{ann}"));
        let end_of_rule = &rule[rule.len() - 8..];
        for said in ["ann@corp.example by name", "tenant:acme", "tenant-acme-managers", "member since", end_of_rule, "/console/audit?request="] {
            assert!(page.body.contains(said), "no `{said}` in {}", page.body);
        }
    }

    fn may_they_do_this_is_answered_with_its_reasons_and_leaves_no_refusal_behind(gateway: &Gateway) {
        let ann = push_person(gateway, "ann@corp.example");
        push_group(gateway, "managers", &[&ann]);
        add_rule(gateway, "managers", "manager", "tenant:acme");
        let mut owner = Owner::of(gateway);
        let ask = |scope: &str| format!("/console/people/{ann}?action=reports.run&scope={scope}");
        let yes = owner.open(&ask("tenant:acme"));
        assert!(yes.body.contains("<strong>Yes.</strong>") && yes.body.contains("group managers"), "{}", yes.body);
        let no = owner.open(&ask("tenant:other"));
        assert!(no.body.contains("<strong>No.</strong>") && no.body.contains("would allow it"), "{}", no.body);
        let nonsense = owner.open(&ask("no%20scope"));
        assert!(nonsense.body.contains(r#"role="alert""#), "{}", nonsense.body);
        let refused = gateway.api().get("/audit-events?action=decision.refused").expect(200).json();
        assert_eq!(refused["items"], json!([]));
    }

    fn groups_without_a_role_are_pointed_out(gateway: &Gateway) {
        let ann = push_person(gateway, "ann@corp.example");
        push_group(gateway, "managers", &[&ann]);
        push_group(gateway, "lunch club", &[]);
        add_rule(gateway, "managers", "manager", "organization");
        let page = Owner::of(gateway).open("/console/groups");
        assert!(page.body.contains("1 without a role") && page.body.contains("name=lunch+club"), "{}", page.body);
    }

    fn the_log_is_searched_by_action_and_person_and_an_entry_shows_its_difference(gateway: &Gateway) {
        let ann = push_person(gateway, "ann@corp.example");
        let change = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                            "Operations": [{"op": "replace", "value": {"displayName": "Ann of the Lees"}}]});
        gateway.scim().patch(&format!("/Users/{ann}"), &change);
        let mut owner = Owner::of(gateway);
        let found = owner.open("/console/audit?action=user.patched&target=ann@corp.example");
        let entry = regex::Regex::new(r#"href="(/console/audit/\d+)""#).unwrap();
        let entry = entry.captures(&found.body).unwrap_or_else(|| panic!("no entry in {}", found.body))[1].to_owned();
        let page = owner.open(&entry);
        for said in ["<del>ann@corp.example by name</del>", "<ins>Ann of the Lees</ins>", "displayName"] {
            assert!(page.body.contains(said), "no `{said}` in {}", page.body);
        }
    }

    fn a_search_between_days_that_are_none_says_so(gateway: &Gateway) {
        let page = Owner::of(gateway).open("/console/audit?since=yesterday");
        assert_eq!(page.status, 422);
        assert!(page.body.contains(r#"role="alert""#), "{}", page.body);
    }

    fn hostile_names_are_shown_and_not_obeyed(gateway: &Gateway) {
        let hostile = "<script>alert(1)</script>\"'&x@corp.example";
        let ann = push_person(gateway, hostile);
        push_group(gateway, "<img src=x onerror=alert(1)>", &[&ann]);
        let mut owner = Owner::of(gateway);
        for path in ["/console", "/console/people", "/console/groups", "/console/audit", &format!("/console/people/{ann}")] {
            let page = owner.open(path);
            assert!(!page.body.contains("<script") && !page.body.contains("<img"), "{path}: {}", page.body);
            assert!(page.body.contains("alert(1)"), "{path} does not show the name: {}", page.body);
        }
        let searched = owner.open("/console/people?q=%22%3E%3Cscript%3Ealert(2)%3C/script%3E");
        assert!(!searched.body.contains("<script") && searched.body.contains("alert(2)"), "{}", searched.body);
    }

    fn every_page_forbids_scripts_from_elsewhere_frames_and_caching(gateway: &Gateway) {
        let owner = Owner::of(gateway);
        let answer = owner.http().get("/console").expect(200);
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("cache-control"), "no-store");
        owner.http().get("/assets/console.css").expect(200);
    }

    fn what_is_not_there_is_a_page_that_says_so(gateway: &Gateway) {
        let mut owner = Owner::of(gateway);
        let nobody = "019a2b5e-6800-7000-8000-0000deadbeef";
        for path in [&format!("/console/people/{nobody}"), "/console/people/x", "/console/audit/999999999", "/console/audit/x"] {
            let page = owner.open(path);
            assert_eq!(page.status, 404, "{path}");
            assert!(page.body.contains("To the overview"), "{path}: {}", page.body);
        }
    }
}
