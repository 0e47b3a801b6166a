//! What RFC 7644 asks of the wire itself: versions, projections, headers, methods, spellings of a path.

use serde_json::{Value, json};

use super::{ENTERPRISE, create_group, create_user, expect_problem, members, patch, total, user};
use crate::support::Gateway;

const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

on_both! {
    fn a_put_never_creates_and_a_patch_needs_somebody(gateway: &Gateway) {
        let scim = gateway.scim();
        let rename = patch(json!([{"op": "replace", "path": "displayName", "value": "x"}]));
        expect_problem(scim.put(&format!("/Users/{NOBODY}"), &user("ann")), 404, "");
        expect_problem(scim.patch(&format!("/Users/{NOBODY}"), &rename), 404, "");
        expect_problem(scim.patch(&format!("/Groups/{NOBODY}"), &rename), 404, "");
        expect_problem(scim.delete(&format!("/Groups/{NOBODY}")), 404, "");
        assert_eq!(total(scim.get("/Users")), 0);
    }

    fn an_old_version_is_refused_by_every_method_that_writes(gateway: &Gateway) {
        let scim = gateway.scim();
        let id = create_user(&scim, "ann");
        let path = format!("/Users/{id}");
        let stale = scim.with("If-Match", "W/\"9\"");
        expect_problem(stale.put(&path, &user("ann")), 412, "");
        expect_problem(stale.patch(&path, &patch(json!([{"op": "remove", "path": "title"}]))), 412, "");
        expect_problem(stale.delete(&path), 412, "");
        expect_problem(scim.with("If-None-Match", "*").put(&path, &user("ann")), 412, "");
        for right in ["*", "W/\"1\"", "\"1\"", "W/\"7\", W/\"1\""] {
            scim.with("If-Match", right).put(&path, &user("ann")).expect(200);
        }
        scim.with("If-Match", "*").delete(&path).expect(204);
    }

    fn what_changes_nothing_keeps_its_version(gateway: &Gateway) {
        let scim = gateway.scim();
        let created = scim.post("/Users", &user("ann")).expect(201);
        let path = format!("/Users/{}", created.text("id"));
        assert_eq!(created.header("etag"), "W/\"1\"");
        assert_eq!(scim.put(&path, &created.json()).expect(200).header("etag"), "W/\"1\"");
        let mut changed = created.json();
        changed["title"] = json!("Clerk");
        let put = scim.put(&path, &changed).expect(200);
        assert_eq!((put.header("etag"), put.json()["meta"]["version"].as_str()), ("W/\"2\"", Some("W/\"2\"")));
    }

    fn every_answer_shows_the_attributes_that_were_asked_for(gateway: &Gateway) {
        let scim = gateway.scim();
        let only = |answer: Value| {
            let mut names: Vec<_> = answer.as_object().unwrap().keys().cloned().collect();
            names.sort();
            names.join(" ")
        };
        let created = scim.post("/Users?attributes=userName", &user("ann")).expect(201).json();
        let path = format!("/Users/{}?attributes=userName", created["id"].as_str().unwrap());
        assert_eq!(only(created), "id schemas userName");
        let change = patch(json!([{"op": "replace", "path": "title", "value": "Clerk"}]));
        for answer in [scim.put(&path, &user("ann")), scim.patch(&path, &change), scim.get(&path)] {
            assert_eq!(only(answer.expect(200).json()), "id schemas userName");
        }
        let without = scim.get(&path.replace("attributes=userName", "excludedAttributes=emails,meta,id")).expect(200).json();
        assert!(without.get("emails").is_none() && without.get("meta").is_none() && without.get("id").is_some());
        let work = scim.get(&path.replace("=userName", "=emails[type+eq+%22work%22].value")).expect(200).json();
        assert_eq!(work["emails"], json!([{"value": "ann"}]));
        let sub = scim.get(&path.replace("=userName", "=name.givenName")).expect(200).json();
        assert_eq!(sub["name"], json!({"givenName": "Ann"}));
    }

    fn entra_is_shown_the_attributes_it_asks_for_though_it_wants_no_body(gateway: &Gateway) {
        let entra = gateway.directory("entra");
        let path = format!("/Users/{}", create_user(&entra, "ann"));
        let change = patch(json!([{"op": "Replace", "path": "title", "value": "Clerk"}]));
        let unshown = entra.patch(&path, &change).expect(204);
        assert_eq!((unshown.body.as_str(), unshown.header("etag")), ("", "W/\"2\""));
        assert_eq!(entra.patch(&format!("{path}?attributes=title"), &change).expect(200).text("title"), "Clerk");
    }

    fn a_manager_is_told_by_name_as_long_as_the_directory_has_them(gateway: &Gateway) {
        let scim = gateway.scim();
        let mut boss = user("boss");
        boss["displayName"] = json!("Bea Boss");
        let boss = scim.post("/Users", &boss).expect(201).text("id");
        let mut ann = user("ann");
        ann[ENTERPRISE] = json!({"manager": {"value": boss}});
        let created = scim.post("/Users", &ann).expect(201).json();
        let path = format!("/Users/{}", created["id"].as_str().unwrap());
        let manager = |answer: Value| answer[ENTERPRISE]["manager"].clone();
        let expected = json!({"value": boss, "$ref": format!("{}/scim/v2/Users/{boss}", gateway.url()), "displayName": "Bea Boss"});
        assert_eq!(manager(created), expected);
        assert_eq!(manager(scim.get(&path).expect(200).json()), expected);
        assert_eq!(total(scim.get(&format!("/Users?filter={ENTERPRISE}:manager.displayName+co+%22BEA%22"))), 1);
        assert_eq!(scim.put(&path, &scim.get(&path).expect(200).json()).expect(200).header("etag"), "W/\"1\"");
        let stranger = gateway.directory("generic");
        let theirs = stranger.post("/Users", &json!({"userName": "eve", ENTERPRISE: {"manager": boss}})).expect(201).json();
        assert_eq!(manager(theirs).get("displayName"), None);
        scim.delete(&format!("/Users/{boss}")).expect(204);
        assert_eq!(manager(scim.get(&path).expect(200).json()).get("displayName"), None);
    }

    fn locations_are_below_the_public_url(gateway: &Gateway) {
        let scim = gateway.scim();
        let group = scim.post("/Groups", &json!({"displayName": "G", "members": [{"value": create_user(&scim, "ann")}]}));
        let (location, body) = (group.header("location").to_owned(), group.expect(201).json());
        assert_eq!(location, format!("{}/scim/v2/Groups/{}", gateway.url(), body["id"].as_str().unwrap()));
        assert_eq!(body["meta"]["location"], location);
        assert!(body["members"][0]["$ref"].as_str().unwrap().starts_with(&format!("{}/scim/v2/Users/", gateway.url())));
        assert_eq!(body["members"][0]["type"], "User");
        assert_eq!(scim.get(&location).expect(200).header("content-location"), location);
    }

    fn a_method_that_is_not_offered_names_those_that_are(gateway: &Gateway) {
        let scim = gateway.scim();
        for (method, path, allowed) in [
            ("DELETE", "/Users", "GET, HEAD, POST"),
            ("POST", "/Users/x", "GET, HEAD, PUT, PATCH, DELETE"),
            ("PUT", "/Schemas", "GET, HEAD"),
            ("GET", "/Bulk", "POST"),
            ("GET", "/Users/.search", "POST"),
        ] {
            let answer = scim.send(method, path, None);
            assert_eq!(answer.header("allow"), allowed, "{method} {path}: {}", answer.body);
            expect_problem(answer, 405, "");
        }
    }

    fn head_is_get_without_its_body(gateway: &Gateway) {
        let scim = gateway.scim();
        let path = format!("/Users/{}", create_user(&scim, "ann"));
        let answer = scim.send("HEAD", &path, None).expect(200);
        assert_eq!((answer.header("etag"), answer.body.as_str()), ("W/\"1\"", ""));
        scim.send("HEAD", &format!("/Users/{NOBODY}"), None).expect(404);
    }

    fn spellings_of_a_path_that_clients_put_together_are_one(gateway: &Gateway) {
        let scim = gateway.scim();
        let id = scim.post("/Users/", &user("ann")).expect(201).text("id");
        for path in ["/Users", "/Users/", "/users", "/Users?", "/Users?&", "/Users?aadOptscim062020", "/users/?x=y&"] {
            assert_eq!(total(scim.get(path)), 1, "{path}");
        }
        scim.put(&format!("/Users/{id}/?"), &user("ann")).expect(200);
        for path in ["/ServiceProviderConfig/", "/serviceproviderconfig", "/Schemas/", "/ResourceTypes/User/"] {
            scim.get(path).expect(200);
        }
    }

    fn discovery_needs_no_token_and_takes_no_filter(gateway: &Gateway) {
        let nobody = gateway.scim().without("Authorization");
        for path in ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes", &format!("/Schemas/{ENTERPRISE}")] {
            let answer = nobody.get(path).expect(200);
            assert_eq!(answer.header("content-type"), "application/scim+json", "{path}");
            assert!(!answer.body.contains("null"), "{path}");
        }
        expect_problem(nobody.get("/Schemas?filter=id+eq+%22x%22"), 403, "");
        expect_problem(nobody.get("/Schemas/urn:nothing"), 404, "");
    }

    fn every_content_type_that_carries_json_will_do(gateway: &Gateway) {
        let scim = gateway.scim();
        let types = ["application/json", "application/scim+json", "application/json; charset=utf-8", "text/json"];
        for (n, content_type) in types.into_iter().enumerate() {
            let answer = scim.with("Content-Type", content_type).post("/Users", &user(&format!("person{n}"))).expect(201);
            assert_eq!(answer.header("content-type"), "application/scim+json");
        }
        let with_mark = [b"\xef\xbb\xbf".as_slice(), user("marked").to_string().as_bytes()].concat();
        scim.send("POST", "/Users", Some(with_mark)).expect(201);
    }

    fn me_is_not_implemented_and_another_version_is_invalid(gateway: &Gateway) {
        for method in ["GET", "PATCH", "DELETE"] {
            expect_problem(gateway.scim().send(method, "/Me", None), 501, "");
        }
        for path in ["/scim/v1/Users", "/scim/v3/Groups/x"] {
            expect_problem(gateway.http().get(path), 400, "invalidVers");
        }
        expect_problem(gateway.http().get("/scim/v2/Nothing"), 404, "");
        expect_problem(gateway.http().get("/scim/elsewhere/Users"), 404, "");
    }

    fn a_name_is_free_again_when_its_holder_is_gone_and_the_new_one_is_another(gateway: &Gateway) {
        let scim = gateway.scim();
        let old = create_user(&scim, "ann");
        let group = create_group(&scim, "G", &[&old]);
        scim.delete(&format!("/Users/{old}")).expect(204);
        expect_problem(scim.get(&format!("/Users/{old}")), 404, "");
        assert!(members(&scim, &group).is_empty());
        assert_ne!(create_user(&scim, "ann"), old);
    }

    fn a_taken_name_is_refused_by_post_put_and_patch(gateway: &Gateway) {
        let scim = gateway.scim();
        create_user(&scim, "ann");
        let bob = format!("/Users/{}", create_user(&scim, "bob"));
        expect_problem(scim.post("/Users", &user("ANN")), 409, "uniqueness");
        expect_problem(scim.put(&bob, &user("Ann")), 409, "uniqueness");
        let rename = patch(json!([{"op": "replace", "path": "userName", "value": "ann"}]));
        expect_problem(scim.patch(&bob, &rename), 409, "uniqueness");
        assert_eq!(scim.get(&bob).expect(200).text("userName"), "bob");
    }
}
