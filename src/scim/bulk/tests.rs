use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn bulk(operations: Value) -> Bulk {
    Bulk::parse(json!({ "Operations": operations }), 100).unwrap().unwrap()
}

/// Does everything, giving each new resource the id `id-<index>`; what was done, in its order.
fn run(mut bulk: Bulk) -> (Vec<BulkCall>, Vec<(usize, ScimError)>) {
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    loop {
        let next = bulk.next_calls();
        if next.is_empty() {
            return (done, refused);
        }
        for one in next {
            match one {
                Ok(call) => {
                    bulk.settle(call.index, Some(call.id.clone().unwrap_or_else(|| format!("id-{}", call.index))));
                    done.push(call);
                }
                Err((index, error)) => {
                    bulk.settle(index, None);
                    refused.push((index, error));
                }
            }
        }
    }
}

fn group(bulk_id: &str, member: &str) -> Value {
    json!({ "method": "POST", "path": "/Groups", "bulkId": bulk_id,
        "data": { "displayName": bulk_id, "members": [{ "value": format!("bulkId:{member}") }] } })
}

fn user(bulk_id: &str) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": { "userName": bulk_id } })
}

#[test]
fn an_operation_waits_for_what_it_refers_to() {
    let (done, refused) = run(bulk(json!([group("g", "u"), user("u")])));
    assert_eq!(done.iter().map(|call| call.index).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(done.last().unwrap().data["members"], json!([{ "value": "id-1" }]));
    assert_eq!(refused, []);
}

#[test]
fn references_stand_anywhere() {
    let extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let (done, refused) = run(bulk(json!([
        user("u"),
        { "method": "PATCH", "path": "/Users/bulkId:u", "data": { "Operations": [
            { "op": "add", "path": format!("{extension}:manager"), "value": "bulkId:u" },
            { "op": "remove", "path": "members[value eq \"bulkId:u\"]" },
            { "op": "add", "value": { "members": [{ "$ref": "https://gate.example/scim/v2/Users/bulkId:u" }] } },
        ] } },
        { "method": "DELETE", "path": "https://gate.example/scim/v2/Users/bulkId:u" },
    ])));
    assert_eq!(refused, []);
    assert_eq!(done[1].id.as_deref(), Some("id-0"));
    let operations = &done[1].data["Operations"];
    assert_eq!(operations[0]["value"], "id-0");
    assert_eq!(operations[1]["path"], "members[value eq \"id-0\"]");
    assert_eq!(operations[2]["value"]["members"][0]["$ref"], "https://gate.example/scim/v2/Users/id-0");
    assert_eq!((done[2].method, done[2].id.as_deref()), (BulkMethod::Delete, Some("id-0")));
}

#[test]
fn a_text_that_only_mentions_a_bulk_id_is_left_alone() {
    let note = json!({ "method": "POST", "path": "/Users", "bulkId": "u", "data": { "title": "see bulkId:x" } });
    assert_eq!(run(bulk(json!([note]))).0[0].data["title"], "see bulkId:x");
}

#[test]
fn a_circle_is_created_open_and_closed_by_a_patch() {
    let (done, refused) = run(bulk(json!([group("a", "b"), group("b", "c"), group("c", "a")])));
    assert_eq!(refused, []);
    let told: Vec<_> = done.iter().map(|call| (call.index, call.method)).collect();
    assert_eq!(told, [(0, BulkMethod::Post), (2, BulkMethod::Post), (1, BulkMethod::Post), (0, BulkMethod::Patch)]);
    assert_eq!(done[0].data["members"], json!([]));
    assert_eq!(done[3].id.as_deref(), Some("id-0"));
    assert_eq!(done[3].data["Operations"][0]["value"], json!({ "members": [{ "value": "id-1" }] }));
}

#[test]
fn a_group_that_is_its_own_member_is_a_circle_too() {
    let (done, _) = run(bulk(json!([group("a", "a")])));
    assert_eq!(done.iter().map(|call| call.method).collect::<Vec<_>>(), [BulkMethod::Post, BulkMethod::Patch]);
}

#[test]
fn a_reference_to_nothing_and_to_what_failed_is_an_error_of_its_operation_alone() {
    let twice = json!([group("g", "nobody"), group("h", "g"), user("u"), user("u")]);
    let (done, refused) = run(bulk(twice));
    assert_eq!(done.iter().map(|call| call.index).collect::<Vec<_>>(), [2]);
    assert_eq!(refused.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [0, 1, 3]);
}

#[test]
fn what_is_no_operation_is_refused() {
    for operation in [
        json!(1),
        json!({}),
        json!({ "method": "GET", "path": "/Users/1" }),
        json!({ "method": "POST", "path": "/Users", "data": {} }),
        json!({ "method": "POST", "path": "/Users/1", "bulkId": "a" }),
        json!({ "method": "DELETE", "path": "/Users" }),
        json!({ "method": "DELETE", "path": "/Schemas/1" }),
        json!({ "method": "DELETE", "path": "/etc/Users/1" }),
        json!({ "method": "DELETE", "path": "/Users/1/2" }),
    ] {
        let (done, refused) = run(bulk(json!([operation])));
        assert_eq!((done.len(), refused.len()), (0, 1), "{operation}");
    }
}

#[test]
fn as_many_errors_as_allowed_end_it() {
    let wrong = json!({ "method": "GET" });
    let body = json!({ "failOnErrors": 1, "Operations": [user("a"), wrong, user("b")] });
    let (done, refused) = run(Bulk::parse(body, 100).unwrap().unwrap());
    assert_eq!((done.len(), refused.len()), (1, 1));
}

#[test]
fn more_operations_than_allowed_are_none() {
    assert!(Bulk::parse(json!({ "Operations": [user("a"), user("b")] }), 1).unwrap().is_none());
}

#[test]
fn what_is_no_bulk_request_is_invalid_syntax() {
    for body in [json!([]), json!({}), json!({ "Operations": {} }), json!({ "failOnErrors": 0, "Operations": [] })] {
        assert!(matches!(Bulk::parse(body.clone(), 1), Err(ScimError::InvalidSyntax(_))), "{body}");
    }
}

/// The same, one operation at a time; those in `failing` are told to have failed.
fn order(mut bulk: Bulk, failing: &[usize], together: bool) -> Vec<(usize, bool)> {
    let mut told = Vec::new();
    loop {
        let mut next = bulk.next_calls();
        if next.is_empty() {
            return told;
        }
        next.truncate(if together { usize::MAX } else { 1 });
        for one in next {
            let index = one.as_ref().map_or_else(|(index, _)| *index, |call| call.index);
            let done = one.is_ok() && !failing.contains(&index);
            bulk.settle(index, done.then(|| format!("id-{index}")));
            told.push((index, done));
        }
    }
}

#[test]
fn those_that_refer_to_nobody_are_given_together() {
    let mut bulk = bulk(json!([user("a"), user("b"), group("g", "a"), user("c")]));
    assert_eq!(bulk.next_calls().len(), 2);
}

proptest! {
    #[test]
    fn together_they_come_in_the_order_of_one_after_the_other(
        references in vec(option::of(0_usize..8), 1..8),
        failing in vec(0_usize..8, 0..3),
        errors in option::of(1_u64..3),
    ) {
        let operations: Vec<Value> = references.iter().enumerate().map(|(index, reference)| match reference {
            Some(to) => group(&index.to_string(), &to.to_string()),
            None => user(&index.to_string()),
        }).collect();
        let body = json!({ "failOnErrors": errors, "Operations": operations });
        let parsed = || Bulk::parse(body.clone(), 100).unwrap().unwrap();
        prop_assert_eq!(order(parsed(), &failing, true), order(parsed(), &failing, false));
    }
}
