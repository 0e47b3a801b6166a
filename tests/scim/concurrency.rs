//! Many clients at once, and clients that know less than the server does: one winner, no lost update.

use serde_json::json;

use super::{create_group, create_user, expect_done, expect_problem, members, patch, user};
use crate::support::Gateway;

const CLIENTS: usize = 16;

on_both! {
    fn of_sixteen_clients_that_create_the_same_person_exactly_one_does(gateway: &Gateway) {
        let scim = gateway.scim();
        let statuses: Vec<u16> = std::thread::scope(|threads| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|n| {
                    let scim = &scim;
                    // Names that differ in case alone are the same name.
                    let name = if n % 2 == 0 { "ann@corp.example" } else { "ANN@corp.example" };
                    threads.spawn(move || scim.post("/Users", &user(name)).status)
                })
                .collect();
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|&&status| status == 201).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|&&status| status == 409).count(), CLIENTS - 1, "{statuses:?}");
    }

    fn members_that_many_clients_add_at_once_are_all_there(gateway: &Gateway) {
        let scim = gateway.scim();
        let group = create_group(&scim, "Platform", &[]);
        let mut people: Vec<_> = (0..CLIENTS).map(|n| create_user(&scim, &format!("person{n}"))).collect();
        std::thread::scope(|threads| {
            for person in &people {
                let (scim, group) = (&scim, &group);
                threads.spawn(move || {
                    let add = json!([{"op": "add", "path": "members", "value": [{"value": person}]}]);
                    expect_done(scim.patch(&format!("/Groups/{group}"), &patch(add)));
                });
            }
        });
        people.sort();
        assert_eq!(members(&scim, &group), people);
    }

    fn a_change_to_a_version_that_is_gone_is_refused(gateway: &Gateway) {
        let scim = gateway.scim();
        let created = scim.post("/Users", &user("ann@corp.example")).expect(201);
        let path = format!("/Users/{}", created.text("id"));
        let old = created.header("etag").to_owned();
        let rename = |name: &str| patch(json!([{"op": "replace", "path": "displayName", "value": name}]));
        expect_done(scim.with("If-Match", &old).patch(&path, &rename("first")));
        expect_problem(scim.with("If-Match", &old).patch(&path, &rename("second")), 412, "");
        assert_eq!(scim.get(&path).expect(200).text("displayName"), "first");
    }

    fn what_a_client_has_already_is_not_sent_again(gateway: &Gateway) {
        let scim = gateway.scim();
        let created = scim.post("/Users", &user("ann@corp.example")).expect(201);
        let path = format!("/Users/{}", created.text("id"));
        let etag = created.header("etag").to_owned();
        assert_eq!(scim.get(&path).expect(200).header("etag"), etag);
        assert!(scim.with("If-None-Match", &etag).get(&path).expect(304).body.is_empty());
    }

    fn what_was_acknowledged_survives_a_power_cut(gateway: &Gateway) {
        let scim = gateway.scim();
        let acknowledged: Vec<_> = (0..20).map(|n| create_user(&scim, &format!("person{n}"))).collect();
        gateway.kill9();
        gateway.restart();
        for id in acknowledged {
            scim.get(&format!("/Users/{id}")).expect(200);
        }
    }
}
