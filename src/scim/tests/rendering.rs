//! What is answered: `schemas`, `$ref`s and `meta` are the server's.

use super::*;

#[test]
fn schemas_names_an_extension_exactly_if_it_is_present() {
    let plain = user(json!({}));
    assert_eq!(rendering(&plain).render()["schemas"], json!([ResourceKind::User.schema()]));
    let employee = user(json!({ ENTERPRISE: { "costCenter": "9" } }));
    assert_eq!(rendering(&employee).render()["schemas"], json!([ResourceKind::User.schema(), ENTERPRISE]));
}

#[test]
fn meta_is_computed() {
    let document = user(json!({}));
    let expected = json!({
        "resourceType": "User",
        "created": "2023-11-14T22:13:20Z",
        "lastModified": "2023-11-14T22:13:21.5Z",
        "location": "https://gate.example/scim/v2/Users/r1",
        "version": "W/\"3\"",
    });
    assert_eq!(rendering(&document).render()["meta"], expected);
}

#[test]
fn a_managers_ref_is_filled_in_whatever_the_client_sent() {
    let sent = json!({ ENTERPRISE: { "manager": { "value": "m1", "$ref": "https://elsewhere.example/m1", "displayName": "M" } } });
    let document = user(sent);
    let expected = json!({ "value": "m1", "$ref": "https://gate.example/scim/v2/Users/m1" });
    assert_eq!(rendering(&document).render()[ENTERPRISE]["manager"], expected);
}

#[test]
fn a_manager_whose_name_is_known_is_told_with_it() {
    let document = user(json!({ ENTERPRISE: { "manager": "m1" } }));
    assert_eq!(document.references(), [(ResourceKind::User, "m1")]);
    let names = HashMap::from([("m1".to_owned(), "Mary".to_owned())]);
    let whole = Rendering { names: &names, ..rendering(&document) }.render();
    let expected = json!({ "value": "m1", "$ref": "https://gate.example/scim/v2/Users/m1", "displayName": "Mary" });
    assert_eq!(whole[ENTERPRISE]["manager"], expected);
}

#[test]
fn groups_say_whether_they_are_direct() {
    let document = user(json!({}));
    let groups = [GroupRef { value: "g1".to_owned(), display: Some("Sales".to_owned()), direct: false }];
    let whole = Rendering { groups: Some(&groups), ..rendering(&document) }.render();
    let expected = json!([{ "value": "g1", "$ref": "https://gate.example/scim/v2/Groups/g1", "display": "Sales", "type": "indirect" }]);
    assert_eq!(whole["groups"], expected);
}

#[test]
fn members_get_their_type_and_ref() {
    let document = group("Sales");
    let members = [MemberView { value: "g2".to_owned(), display: None, kind: ResourceKind::Group }];
    let whole = Rendering { members: Some(&members), ..rendering(&document) }.render();
    let expected = json!([{ "value": "g2", "$ref": "https://gate.example/scim/v2/Groups/g2", "type": "Group" }]);
    assert_eq!(whole["members"], expected);
}

#[test]
fn a_user_that_said_nothing_is_rendered_active() {
    assert_eq!(rendering(&user(json!({}))).render()["active"], true);
}
