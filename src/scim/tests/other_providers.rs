//! Google Workspace, OneLogin, JumpCloud and Ping.

use super::*;

#[test]
fn google_creates_a_user() {
    let taken = post(ResourceKind::User, Dialect::Google, parsed(fixture!("google/text-post-user.request.json")));
    assert_eq!(taken.document.user_name(), Some("kim@corp.example"));
    assert_eq!(taken.document.email_values(), ["kim@corp.example"]);
    assert!(taken.document.active());
    assert_eq!(taken.leniencies, []);
}

#[test]
fn google_suspends_a_user() {
    let before = post(ResourceKind::User, Dialect::Google, parsed(fixture!("google/text-post-user.request.json")));
    let body = parsed(fixture!("google/text-patch-user-suspend.request.json"));
    assert!(!patched(Dialect::Google, &before.document, body).unwrap().document.active());
}

#[test]
fn onelogins_template_of_old_names_and_shapes_is_understood() {
    let before = user(json!({ "title": "Clerk" }));
    let body = parsed(fixture!("onelogin/record-put-user.request.json"));
    let after = intake(ResourceKind::User, Dialect::OneLogin, Mode::Replace { before: &before }, body).unwrap();
    let expected = json!({
        "userName": "tom.w",
        "name": { "formatted": "Tom West", "familyName": "West", "givenName": "Tom" },
        "active": true,
        "emails": [{ "value": "tom@corp.example", "type": "work" }],
    });
    assert_eq!(stored(&after.document), expected);
    let expected = ["schema_inferred", "unknown_schema", "legacy_schema", "boolean_as_string", "single_as_list"];
    assert_eq!(codes(&after.leniencies), expected);
}

#[test]
fn onelogin_adds_a_member() {
    let body = parsed(fixture!("onelogin/record-patch-group-add.request.json"));
    let after = patched(Dialect::OneLogin, &group("Sales"), body).unwrap();
    assert_eq!(after.membership, [MemberChange::Add(vec![member("{u1}", None)])]);
}

#[test]
fn jumpcloud_creates_a_user_and_what_it_sent_is_kept_as_sent() {
    let taken =
        post(ResourceKind::User, Dialect::JumpCloud, parsed(fixture!("jumpcloud/record-post-user.request.json")));
    let document = stored(&taken.document);
    assert_eq!(document["phoneNumbers"][0]["value"], "tel:+1-555-555-5555");
    assert_eq!(document["addresses"][0]["streetAddress"], "1 Main");
    assert_eq!(taken.document.external_id(), Some("66e2d689590450d073d2df3b"));
}

#[test]
fn jumpclouds_put_with_nulls_and_empty_lists_clears_them() {
    let before =
        post(ResourceKind::User, Dialect::JumpCloud, parsed(fixture!("jumpcloud/record-post-user.request.json")));
    let body = parsed(fixture!("jumpcloud/record-put-user.request.json"));
    let mode = Mode::Replace { before: &before.document };
    let after = stored(&intake(ResourceKind::User, Dialect::JumpCloud, mode, body).unwrap().document);
    for name in ["emails", "addresses", "phoneNumbers", "id"] {
        assert!(after.get(name).is_none(), "{name}");
    }
}

#[test]
fn jumpcloud_removes_one_member_by_a_list() {
    let body = parsed(fixture!("jumpcloud/text-patch-group-remove.request.json"));
    let after = patched(Dialect::JumpCloud, &group("Sales"), body).unwrap();
    assert_eq!(after.membership, [MemberChange::Remove(vec!["{u1}".to_owned()])]);
}

#[test]
fn ping_finds_a_user_by_a_bare_multi_valued_name() {
    let text = fixture!("ping/docs-find-user-by-work-email.filter.txt");
    let filter = Filter::parse(Some(ResourceKind::User), Dialect::Ping, text).unwrap();
    let pat = user(json!({ "emails": [{ "value": "other@corp.example" }, { "value": "Pat@corp.example" }] }));
    assert!(filter.matches(ResourceKind::User, &rendering(&pat).render()));
    assert_eq!(filter.equalities()[0].path, "emails.value");
}
