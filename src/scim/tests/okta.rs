//! Okta: PUT of whole objects that it read, pathless PATCH, groups pushed by filter and by list.

use super::*;

fn ann() -> Document {
    post(ResourceKind::User, Dialect::Okta, parsed(fixture!("okta/docs-post-user.request.json"))).document
}

#[test]
fn a_created_user_has_what_was_sent_and_its_password_apart() {
    let body = parsed(fixture!("okta/docs-post-user.request.json"));
    let taken = post(ResourceKind::User, Dialect::Okta, body.clone());
    let document = stored(&taken.document);
    for name in ["userName", "name", "emails", "displayName", "locale", "externalId", "active"] {
        let same = match (&document[name], &body[name]) {
            (Value::Array(left), Value::Array(right)) => left.len() == right.len(),
            (left, right) => left == right,
        };
        assert!(same, "{name}");
    }
    assert_eq!(taken.password.unwrap().expose(), "4kTr9sQz");
    assert!(document.get("password").is_none() && document.get("groups").is_none());
}

#[test]
fn a_user_put_back_as_read_ignores_what_is_read_only() {
    let before = ann();
    let body = parsed(fixture!("okta/docs-put-user.request.json"));
    let after = intake(ResourceKind::User, Dialect::Okta, Mode::Replace { before: &before }, body).unwrap();
    let document = stored(&after.document);
    assert_eq!(document["name"]["givenName"], "Anna");
    assert_eq!(document["emails"][0]["display"], "ann.lee@corp.example");
    assert!(document.get("id").is_none() && document.get("meta").is_none());
    assert_eq!(after.leniencies, []);
}

#[test]
fn a_put_clears_what_it_leaves_out() {
    let before = ann();
    let body = parsed(fixture!("okta/docs-put-user.request.json"));
    let after = intake(ResourceKind::User, Dialect::Okta, Mode::Replace { before: &before }, body).unwrap();
    assert_eq!(after.document.external_id(), None);
}

#[test]
fn deactivation_without_a_path_deactivates_and_changes_nothing_else() {
    let body = parsed(fixture!("okta/docs-patch-user-deactivate.request.json"));
    let after = patched(Dialect::Okta, &ann(), body).unwrap();
    assert!(!after.document.active());
    let back = operate(Dialect::Okta, &after.document, json!([{ "op": "replace", "value": { "active": true } }]));
    assert_eq!(back.unwrap().document, ann());
}

#[test]
fn a_password_is_handed_on_and_leaves_the_document_alone() {
    let body = parsed(fixture!("okta/docs-patch-user-password.request.json"));
    let after = patched(Dialect::Okta, &ann(), body).unwrap();
    assert_eq!((after.password.unwrap().expose(), after.document), ("9rWq2LmZ", ann()));
}

#[test]
fn a_pushed_group_begins_with_no_members() {
    let body = parsed(fixture!("okta/docs-post-group.request.json"));
    let taken = post(ResourceKind::Group, Dialect::Okta, body);
    assert_eq!((taken.document.display_name(), taken.members), (Some("Platform"), Some(Vec::new())));
}

#[test]
fn a_rename_that_carries_the_id_renames() {
    let body = parsed(fixture!("okta/docs-patch-group-rename.request.json"));
    let after = patched(Dialect::Okta, &group("Platform"), body).unwrap();
    assert_eq!((after.document.display_name(), after.membership), (Some("Platform Team"), Vec::new()));
}

#[test]
fn one_member_goes_and_another_comes_in_that_order() {
    let body = parsed(fixture!("okta/docs-patch-group-members.request.json"));
    let after = patched(Dialect::Okta, &group("Platform"), body).unwrap();
    let expected = [
        MemberChange::Remove(vec!["{u1}".to_owned()]),
        MemberChange::Add(vec![member("{u2}", Some("bob@corp.example"))]),
    ];
    assert_eq!(after.membership, expected);
}

#[test]
fn push_now_replaces_the_members() {
    let body = parsed(fixture!("okta/docs-patch-group-push.request.json"));
    let after = patched(Dialect::Okta, &group("Platform"), body).unwrap();
    assert_eq!(after.membership, [MemberChange::Replace(vec![member("{u1}", Some("ann.lee@corp.example"))])]);
}

#[test]
fn push_now_of_an_empty_group_empties_it() {
    let body = parsed(fixture!("okta/issue-patch-group-push-empty.request.json"));
    let after = patched(Dialect::Okta, &group("Platform"), body).unwrap();
    assert_eq!(after.membership, [MemberChange::Replace(Vec::new())]);
}

#[test]
fn a_put_group_has_the_members_of_its_list() {
    let before = group("Old name");
    let body = parsed(fixture!("okta/docs-put-group.request.json"));
    let after = intake(ResourceKind::Group, Dialect::Okta, Mode::Replace { before: &before }, body).unwrap();
    assert_eq!(after.document.display_name(), Some("Platform"));
    assert_eq!(after.members, Some(vec![member("{u1}", Some("ann.lee@corp.example"))]));
}

#[test]
fn the_look_up_before_a_create_finds_the_user_in_any_case() {
    let filter = fixture!("okta/docs-find-user.filter.txt").to_uppercase().replace("USERNAME EQ", "userName eq");
    let filter = Filter::parse(Some(ResourceKind::User), Dialect::Okta, &filter).unwrap();
    assert!(filter.matches(ResourceKind::User, &rendering(&ann()).render()));
    assert_eq!(filter.equalities()[0].path, "username");
}

#[test]
fn the_look_up_before_a_push_finds_the_group() {
    let filter = fixture!("okta/docs-find-group.filter.txt");
    let filter = Filter::parse(Some(ResourceKind::Group), Dialect::Okta, filter).unwrap();
    assert!(filter.matches(ResourceKind::Group, &rendering(&group("platform")).render()));
    assert!(!filter.matches(ResourceKind::Group, &rendering(&group("Platform 2")).render()));
}
