//! Pages by index (RFC 7644 §3.4.2.4): no resource lost, none twice, and odd numbers read as the RFC says.

use std::collections::BTreeSet;

use super::{create_user, expect_problem, total};
use crate::support::{Gateway, Http};

const PEOPLE: u64 = 23;

fn crowd(gateway: &Gateway) -> Http {
    let scim = gateway.scim();
    for n in 0..PEOPLE {
        create_user(&scim, &format!("person{n:02}@corp.example"));
    }
    scim
}

on_both! {
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
            scim.get("?cursor="),
        ] {
            expect_problem(answer, 400, "invalidCursor");
        }
        expect_problem(scim.get("/Users?cursor=&startIndex=1"), 400, "invalidValue");
        for count in ["0", "-1", "many"] {
            expect_problem(scim.get(&format!("/Users?cursor=&count={count}")), 400, "invalidCount");
        }
    }
}
