//! The provisioning log: what a directory sent, searched and redacted, and replayed into an empty gateway.

use std::process::Output;

use serde_json::{Value, json};

use super::{create_group, create_user, expect_done, expect_problem, patch, user};
use crate::support::{Database, Gateway, Http};
use portcullis::store::pushes::changes_after;
use portcullis::store::{Address, open_for_reading};

/// The directory that `init` made, as the API names it.
fn directory(gateway: &Gateway) -> String {
    gateway.api().get("/directories").expect(200).json()["items"][0]["id"].as_str().unwrap().to_owned()
}

fn lines(gateway: &Gateway, query: &str) -> Vec<Value> {
    let path = format!("/directories/{}/requests?{query}", directory(gateway));
    gateway.api().get(&path).expect(200).json()["items"].as_array().unwrap().clone()
}

/// People and groups without what another gateway gives otherwise: ids, addresses, moments.
fn state(scim: &Http) -> Vec<Value> {
    let users = scim.get("/Users?count=1000").expect(200).json()["Resources"].as_array().unwrap().clone();
    let name_of = |id: &Value| {
        let found = users.iter().find(|user| user["id"] == *id);
        found.map_or_else(|| "nobody".to_owned(), |user| user["userName"].as_str().unwrap().to_owned())
    };
    let mut all = Vec::new();
    for mut group in scim.get("/Groups?count=1000").expect(200).json()["Resources"].as_array().unwrap().clone() {
        let mut names: Vec<_> =
            group["members"].as_array().into_iter().flatten().map(|member| name_of(&member["value"])).collect();
        names.sort();
        group["members"] = json!(names);
        all.push(group);
    }
    for mut user in users.clone() {
        user["groups"] = Value::Null;
        all.push(user);
    }
    for resource in &mut all {
        resource["id"] = Value::Null;
        resource["meta"] = Value::Null;
    }
    all.sort_by_key(Value::to_string);
    all
}

fn replay(from: &Gateway, to: &Gateway) -> Output {
    let (base_url, directory) = (format!("{}/scim/v2", to.url()), directory(from));
    let arguments =
        ["directory", "replay", "--directory", &directory, "--base-url", &base_url, "--token", to.scim_token()];
    from.command(&arguments).output().unwrap()
}

/// Pushes people and groups in, and changes most of them in every way there is.
fn push(scim: &Http) {
    let ann = create_user(scim, "ann@corp.example");
    let ben = create_user(scim, "ben@corp.example");
    let cat = create_user(scim, "cat@corp.example");
    let group = create_group(scim, "Platform", &[&ann, &ben]);
    let nested = create_group(scim, "Everybody", &[&group]);
    let mut body = user("ann@corp.example");
    body["title"] = json!("Lead");
    body["password"] = json!("hunter2-hunter2");
    scim.put(&format!("/Users/{ann}"), &body).expect(200);
    let off = patch(json!([{"op": "replace", "path": "active", "value": false}]));
    expect_done(scim.patch(&format!("/Users/{ben}"), &off));
    let members = patch(json!([{"op": "add", "path": "members", "value": [{"value": cat}]},
                               {"op": "remove", "path": format!("members[value eq \"{ann}\"]")}]));
    expect_done(scim.patch(&format!("/Groups/{group}"), &members));
    expect_done(scim.patch(
        &format!("/Groups/{nested}"),
        &patch(json!([{"op": "replace", "path": "displayName", "value": "All"}])),
    ));
    let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
        {"method": "POST", "path": "/Users", "bulkId": "dee", "data": user("dee@corp.example")},
        {"method": "POST", "path": "/Groups", "bulkId": "ops", "data": {"displayName": "Ops", "members": [{"value": "bulkId:dee"}],
                                                      "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"]}},
        {"method": "DELETE", "path": format!("/Users/{cat}")}]});
    scim.post("/Bulk", &bulk).expect(200);
}

on_both! {
    fn each_request_is_found_by_person_status_and_time_and_tells_nothing_personal(gateway: &Gateway) {
        let scim = gateway.scim();
        let ann = create_user(&scim, "ann@corp.example");
        expect_problem(scim.post("/Users", &user("ann@corp.example")), 409, "uniqueness");
        scim.get("/Users?filter=userName%20eq%20%22secret%40corp.example%22&count=2").expect(200);
        scim.get(&format!("/Users/{ann}")).expect(200);
        scim.get("/Users/nobody@corp.example").expect(404);
        let all = lines(gateway, "");
        assert_eq!(all.iter().map(|line| line["status"].as_u64().unwrap()).collect::<Vec<_>>(), [404, 200, 200, 409, 201]);
        assert_eq!(all[2]["path"], "/Users?filter=userName eq \"…\"&count=2");
        assert_eq!((&all[3]["scimType"], all[3]["duration_us"].as_u64().unwrap() > 0), (&json!("uniqueness"), true));
        let of_ann: Vec<_> = lines(gateway, "person=ann@corp.example").iter().map(|line| line["method"].clone()).collect();
        assert_eq!(of_ann, ["GET", "POST"]);
        assert_eq!(lines(gateway, &format!("person={ann}")).len(), 2);
        assert_eq!(lines(gateway, "status=4xx").len(), 2);
        assert_eq!(lines(gateway, "status=409").len(), 1);
        assert_eq!(lines(gateway, "since=2100-01-01T00:00:00Z").len(), 0);
        assert_eq!(lines(gateway, "until=2100-01-01T00:00:00Z&limit=2").len(), 2);
        let path = format!("/directories/{}/requests", directory(gateway));
        let page = gateway.api().get(&format!("{path}?limit=2")).expect(200).json();
        let next = gateway.api().get(&format!("{path}?cursor={}", page["next_cursor"].as_str().unwrap())).expect(200).json();
        assert_eq!(next["items"].as_array().unwrap().len(), 3);
        gateway.api().get(&format!("{path}?status=many")).expect(400);
        // A refused body and one that made somebody show their shape alone.
        for (line, audited) in [(&all[3], 0), (&all[4], 1)] {
            let one = gateway.api().get(&format!("{path}/{}", line["id"].as_str().unwrap())).expect(200);
            assert_eq!(one.json()["body"]["userName"], "… (16 characters)", "{}", one.body);
            assert_eq!(one.json()["audit"].as_array().unwrap().len(), audited, "{}", one.body);
            assert!(!one.json()["body"].to_string().contains("ann"), "{}", one.body);
        }
    }

    fn a_directory_replayed_into_an_empty_gateway_comes_to_hold_the_same(gateway: &Gateway) {
        push(&gateway.scim());
        let wanted = state(&gateway.scim());
        let empty = Gateway::start(Database::Sqlite);
        let output = replay(gateway, &empty);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("12 requests replayed, 0 of them refused"), "{said}");
        assert_eq!(state(&empty.scim()), wanted);
        // Whoever is there already is refused there, and that is told.
        assert!(!replay(gateway, &empty).status.success());
    }

    fn what_was_acknowledged_can_be_replayed_after_a_power_cut(gateway: &Gateway) {
        push(&gateway.scim());
        gateway.kill9();
        gateway.restart();
        let empty = Gateway::start(Database::Sqlite);
        assert!(replay(gateway, &empty).status.success());
        assert_eq!(state(&empty.scim()), state(&gateway.scim()));
    }

    fn the_database_alone_tells_nothing_of_what_was_sent(gateway: &Gateway) {
        let mut body = user("ann@corp.example");
        body["title"] = json!("Wombatherder");
        gateway.scim().post("/Users", &body).expect(201);
        let address = match gateway.database_url() {
            Some(url) => Address::parse(url).unwrap(),
            None => Address::Sqlite(gateway.data_folder().join("portcullis.sqlite")),
        };
        let mut conn = open_for_reading(&address).unwrap();
        let organization = gateway.made()["organization"].as_str().unwrap().parse().unwrap();
        let rows = changes_after(&mut conn, organization, directory(gateway).parse().unwrap(), -1, 10).unwrap();
        assert_eq!(rows.len(), 1);
        let body = rows[0].body.clone().unwrap();
        assert!(body.starts_with("sealed:v1:") && !body.contains("Wombatherder"), "{body}");
    }
}
