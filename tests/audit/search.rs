//! `GET /api/v1/audit-events`: what the filters find, and pages that neither lose nor repeat while others write.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::{entries, user};
use crate::support::Gateway;

fn indexes(items: &[Value]) -> Vec<u64> {
    items.iter().map(|entry| entry["index"].as_u64().unwrap()).collect()
}

/// All pages of this size, from the first on.
fn pages(gateway: &Gateway, size: usize) -> Vec<Vec<Value>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = gateway.api().get(&format!("/audit-events?limit={size}{cursor}")).expect(200).json();
        pages.push(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

on_both! {
    fn filters_find_what_they_name_and_nothing_else(gateway: &Gateway) {
        let created = gateway.scim().post("/Users", &user("ann@corp.example")).expect(201);
        let ann = created.text("id");
        gateway.scim().post("/Users", &user("ben@corp.example")).expect(201);
        gateway.scim().delete(&format!("/Users/{ann}")).expect(204);
        assert_eq!(entries(gateway, "action=user.created").len(), 2);
        assert_eq!(entries(gateway, &format!("target={ann}")).len(), 2);
        assert_eq!(entries(gateway, &format!("target={ann}&action=user.deleted")).len(), 1);
        assert_eq!(entries(gateway, &format!("request_id={}", created.header("x-request-id"))).len(), 1);
        assert_eq!(entries(gateway, "action=no.such").len(), 0);
        let directory = entries(gateway, "action=user.deleted")[0]["actor"]["id"].as_str().unwrap().to_owned();
        assert_eq!(entries(gateway, &format!("actor={directory}")).len(), 3);
        assert_eq!(entries(gateway, &format!("actor={directory}&outcome=success")).len(), 3);
        assert_eq!(entries(gateway, &format!("actor={directory}&outcome=refused")).len(), 0);

        let at = entries(gateway, "action=user.deleted")[0]["at"].as_str().unwrap().replace('+', "%2B");
        assert_eq!(entries(gateway, &format!("actor={directory}&since={at}")).len(), 1, "from then on");
        assert_eq!(entries(gateway, &format!("actor={directory}&until={at}")).len(), 2, "before then");
    }

    fn what_makes_no_sense_is_said_so(gateway: &Gateway) {
        for query in ["since=yesterday", "until=2026", "cursor=x", "limit=many"] {
            let problem = gateway.api().get(&format!("/audit-events?{query}")).expect(400).json();
            assert!(problem["detail"].is_string(), "{problem}");
        }
        assert_eq!(gateway.api().get("/audit-events?limit=0").expect(200).json()["items"].as_array().unwrap().len(), 1);
    }

    fn pages_neither_lose_nor_repeat_while_others_write(gateway: &Gateway) {
        for n in 0..30 {
            gateway.scim().post("/Users", &user(&format!("before{n}"))).expect(201);
        }
        let newest = indexes(&entries(gateway, "action="))[0];
        let stop = AtomicBool::new(false);
        let seen = std::thread::scope(|threads| {
            threads.spawn(|| {
                for n in 0.. {
                    gateway.scim().post("/Users", &user(&format!("during{n}"))).expect(201);
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                }
            });
            let seen = pages(gateway, 7);
            stop.store(true, Ordering::SeqCst);
            seen
        });
        let seen: Vec<u64> = seen.iter().flat_map(|page| indexes(page)).collect();
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1] + 1), "newest first, no gap, nothing twice: {seen:?}");
        let seen: BTreeSet<u64> = seen.into_iter().collect();
        assert!((0..=newest).all(|index| seen.contains(&index)), "what was there before is all there");
    }
}
