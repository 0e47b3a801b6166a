//! Pages by index (RFC 7644 §3.4.2.4): no resource lost, none twice, and odd numbers read as the RFC says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{create_group, create_user, expect_problem, total};
use crate::support::{Gateway, Http};

const PEOPLE: u64 = 23;

fn crowd(gateway: &Gateway) -> Http {
    let scim = gateway.scim();
    for n in 0..PEOPLE {
        create_user(&scim, &format!("person{n:02}@corp.example"));
    }
    scim
}

fn ids(page: &Value) -> Vec<String> {
    page["Resources"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// Goes through all pages of a query by index as a client does, deleting one of each page before it asks for the next, and
/// gives everybody's id as often as it was seen.
fn walk_by_index_while_people_go(scim: &Http, query: &str) -> Vec<String> {
    let (mut seen, mut start) = (Vec::new(), 1);
    loop {
        let page = scim.get(&format!("/Users?startIndex={start}&count=5{query}")).expect(200).json();
        let shown = ids(&page);
        assert_eq!(page["startIndex"], start);
        scim.delete(&format!("/Users/{}", shown[0])).expect(204);
        start += shown.len() as u64;
        seen.extend(shown);
        if start > page["totalResults"].as_u64().unwrap() {
            return seen;
        }
    }
}

/// All pages of a query by cursor.
fn walk_by_cursor(scim: &Http, query: &str) -> Vec<Value> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = scim.get(&format!("{query}&cursor={cursor}")).expect(200).json();
        let next = page["nextCursor"].as_str().map(str::to_owned);
        pages.push(page);
        match next {
            Some(next) => cursor = next,
            None => return pages,
        }
    }
}

on_both! {
    fn a_walk_by_index_shows_everybody_once_while_people_are_deleted(gateway: &Gateway) {
        for query in ["", "&filter=userName+sw+%22person%22", "&sortBy=userName&sortOrder=descending"] {
            let scim = gateway.directory("okta");
            for n in 0..PEOPLE {
                create_user(&scim, &format!("person{n:02}{}@corp.example", query.len()));
            }
            let seen = walk_by_index_while_people_go(&scim, query);
            assert_eq!((seen.len() as u64, seen.iter().collect::<BTreeSet<_>>().len() as u64), (PEOPLE, PEOPLE), "{query}");
            assert_eq!(total(scim.get("/Users?startIndex=1&count=5")), PEOPLE - 5);
        }
    }

    fn a_walk_by_cursor_goes_back_as_it_came(gateway: &Gateway) {
        let scim = crowd(gateway);
        for query in ["/Users?count=5", "/Users?count=5&filter=active+eq+true", "/Users?count=5&sortBy=userName"] {
            let pages = walk_by_cursor(&scim, query);
            assert_eq!(pages[0].get("previousCursor"), None);
            for (before, after) in pages.iter().zip(&pages[1..]) {
                let cursor = after["previousCursor"].as_str().unwrap();
                let back = scim.get(&format!("{query}&cursor={cursor}")).expect(200).json();
                assert_eq!(ids(&back), ids(before), "{query}");
                assert_eq!(back.get("previousCursor").is_none(), before.get("previousCursor").is_none());
                let on = back["nextCursor"].as_str().unwrap();
                assert_eq!(ids(&scim.get(&format!("{query}&cursor={on}")).expect(200).json()), ids(after), "{query}");
            }
        }
    }

    fn the_page_before_is_the_first_one_when_nobody_is_left_there(gateway: &Gateway) {
        let scim = crowd(gateway);
        let pages = walk_by_cursor(&scim, "/Users?count=5");
        for id in ids(&pages[0]) {
            scim.delete(&format!("/Users/{id}")).expect(204);
        }
        let back = scim.get(&format!("/Users?count=5&cursor={}", pages[1]["previousCursor"].as_str().unwrap()));
        let back = back.expect(200).json();
        assert_eq!((ids(&back), back.get("previousCursor")), (ids(&pages[1]), None));
    }

    fn a_walk_by_cursor_is_sorted_if_that_is_asked_for(gateway: &Gateway) {
        let scim = crowd(gateway);
        for order in ["ascending", "descending"] {
            let pages = walk_by_cursor(&scim, &format!("/Users?count=4&sortBy=userName&sortOrder={order}"));
            let names: Vec<String> = pages.iter().flat_map(|page| page["Resources"].as_array().unwrap().clone())
                .map(|one| one["userName"].as_str().unwrap().to_owned()).collect();
            let mut expected: Vec<String> = (0..PEOPLE).map(|n| format!("person{n:02}@corp.example")).collect();
            if order == "descending" {
                expected.reverse();
            }
            assert_eq!(names, expected);
            assert!(pages.iter().all(|page| page["totalResults"] == PEOPLE));
        }
    }

    fn people_and_groups_are_walked_together_at_the_root(gateway: &Gateway) {
        let scim = crowd(gateway);
        for n in 0..4 {
            create_group(&scim, &format!("Group {n}"), &[]);
        }
        for query in ["?count=6", "?count=6&sortBy=meta.created", "?count=6&filter=id+pr"] {
            let pages = walk_by_cursor(&scim, query);
            let seen: Vec<String> = pages.iter().flat_map(ids).collect();
            assert_eq!((seen.len() as u64, seen.iter().collect::<BTreeSet<_>>().len() as u64), (PEOPLE + 4, PEOPLE + 4));
            let mut by_body = Vec::new();
            let mut cursor = String::new();
            loop {
                let body = json!({"cursor": cursor, "count": 6, "filter": "id pr"});
                let page = scim.post("/.search", &body).expect(200).json();
                by_body.extend(ids(&page));
                let Some(next) = page["nextCursor"].as_str() else { break };
                cursor = next.to_owned();
            }
            assert_eq!(by_body.len(), seen.len());
        }
        let by_index = |start: u64| scim.get(&format!("?startIndex={start}&count=3")).expect(200).json();
        let kinds: Vec<Value> = by_index(PEOPLE - 1)["Resources"].as_array().unwrap().iter()
            .map(|one| one["meta"]["resourceType"].clone()).collect();
        assert_eq!((kinds, by_index(1)["totalResults"].clone()), (vec!["User".into(), "User".into(), "Group".into()], json!(PEOPLE + 4)));
    }

    fn a_count_of_zero_by_cursor_gives_the_total_alone(gateway: &Gateway) {
        let scim = crowd(gateway);
        for (query, expected) in [("", PEOPLE), ("&filter=userName+eq+%22person07@corp.example%22", 1), ("&sortBy=id", PEOPLE)] {
            for count in ["0", "-3"] {
                let page = scim.get(&format!("/Users?cursor=&count={count}{query}")).expect(200).json();
                assert_eq!((&page["totalResults"], ids(&page).len(), page.get("nextCursor")), (&json!(expected), 0, None));
            }
        }
    }

    fn every_page_size_shows_everybody_once(gateway: &Gateway) {
        let scim = crowd(gateway);
        for size in [1, 7, 23, 100] {
            let mut seen = BTreeSet::new();
            let mut start = 1;
            while start <= PEOPLE {
                let page = scim.get(&format!("/Users?startIndex={start}&count={size}")).expect(200).json();
                assert_eq!(page["totalResults"], PEOPLE);
                assert_eq!(page["startIndex"], start);
                let people = page["Resources"].as_array().unwrap();
                assert_eq!(page["itemsPerPage"], people.len());
                assert!(!people.is_empty() && people.len() <= size);
                for person in people {
                    assert!(seen.insert(person["id"].to_string()), "{person} twice at page size {size}");
                }
                start += people.len() as u64;
            }
            assert_eq!(seen.len() as u64, PEOPLE);
        }
    }

    fn somebody_new_does_not_push_anybody_out_of_the_next_page(gateway: &Gateway) {
        let scim = crowd(gateway);
        let ids = |answer: crate::support::Answer| -> BTreeSet<String> {
            let page = answer.expect(200).json();
            page["Resources"].as_array().unwrap().iter().map(|person| person["id"].to_string()).collect()
        };
        let mut seen = ids(scim.get("/Users?startIndex=1&count=12"));
        create_user(&scim, "aaa-first-in-the-alphabet@corp.example");
        seen.extend(ids(scim.get("/Users?startIndex=13&count=100")));
        assert_eq!(seen.len() as u64, PEOPLE + 1);
    }

    fn a_count_of_zero_only_counts(gateway: &Gateway) {
        let page = crowd(gateway).get("/Users?count=0").expect(200).json();
        assert_eq!(page["totalResults"], PEOPLE);
        assert!(page["Resources"].as_array().is_none_or(Vec::is_empty));
    }

    fn a_negative_count_is_zero_and_a_start_below_one_is_one(gateway: &Gateway) {
        let scim = crowd(gateway);
        assert!(scim.get("/Users?count=-3").expect(200).json()["Resources"].as_array().is_none_or(Vec::is_empty));
        assert_eq!(scim.get("/Users?startIndex=-5&count=2").expect(200).json()["startIndex"], 1);
    }

    fn a_page_beyond_the_end_is_empty_and_no_error(gateway: &Gateway) {
        let page = crowd(gateway).get("/Users?startIndex=1000&count=10").expect(200);
        assert!(page.json()["Resources"].as_array().is_none_or(Vec::is_empty));
        assert_eq!(total(page), PEOPLE);
    }

    fn a_walk_by_cursor_shows_everybody_once_while_others_write(gateway: &Gateway) {
        let scim = crowd(gateway);
        let (mut seen, mut cursor, mut pages) = (BTreeSet::new(), String::new(), 0);
        loop {
            let page = scim.get(&format!("/Users?count=5&cursor={cursor}")).expect(200).json();
            for person in page["Resources"].as_array().unwrap() {
                assert!(seen.insert(person["id"].as_str().unwrap().to_owned()), "{person} twice");
            }
            // Whoever has been seen goes: by index that would hide as many others.
            drop(scim.delete(&format!("/Users/{}", seen.first().unwrap())));
            pages += 1;
            let Some(next) = page["nextCursor"].as_str() else { break };
            cursor = next.to_owned();
        }
        assert_eq!((seen.len() as u64, pages), (PEOPLE, 5));
    }

    fn what_is_announced_of_paging_is_so(gateway: &Gateway) {
        let scim = crowd(gateway);
        let told = scim.get("/ServiceProviderConfig").expect(200).json()["pagination"].clone();
        assert_eq!((&told["cursor"], &told["index"]), (&true.into(), &true.into()));
        assert_eq!(told["defaultPaginationMethod"], "index");
        assert!(scim.get("/Users").expect(200).json().get("nextCursor").is_none());
        let most = told["maxPageSize"].as_u64().unwrap();
        let page = scim.get(&format!("/Users?cursor=&count={}", most + 1)).expect(200).json();
        assert_eq!((&page["itemsPerPage"], page.get("nextCursor")), (&PEOPLE.into(), None));
        assert!(told["cursorTimeout"].as_u64().unwrap() > 0 && told["defaultPageSize"].as_u64().unwrap() <= most);
    }

    fn a_cursor_opens_nothing_for_another_token_or_query(gateway: &Gateway) {
        let scim = crowd(gateway);
        let cursor = scim.get("/Users?count=5&cursor=").expect(200).text("nextCursor");
        scim.get(&format!("/Users?cursor={cursor}")).expect(200);
        for answer in [
            gateway.directory("okta").get(&format!("/Users?cursor={cursor}")),
            scim.get(&format!("/Users?cursor={cursor}&filter=active+eq+true")),
            scim.get(&format!("/Groups?cursor={cursor}")),
            scim.get("/Users?cursor=made-up"),
            scim.get(&format!("?cursor={cursor}")),
            scim.get(&format!("/Users?cursor={cursor}&sortBy=userName")),
        ] {
            expect_problem(answer, 400, "invalidCursor");
        }
        expect_problem(scim.get("/Users?cursor=&startIndex=1"), 400, "invalidValue");
        for count in ["1.5", "many"] {
            expect_problem(scim.get(&format!("/Users?cursor=&count={count}")), 400, "invalidCount");
        }
    }
}
