//! Entra ID: capitalised operations, value paths that must create, managers in four shapes, removal by value.

use super::*;

fn maria() -> Document {
    post(ResourceKind::User, Dialect::Entra, parsed(fixture!("entra/docs-post-user.request.json"))).document
}

fn entra(before: &Document, text: &str) -> Patched {
    patched(Dialect::Entra, before, parsed(text)).unwrap()
}

#[test]
fn a_created_user_keeps_the_extension_and_no_nulls() {
    let document = stored(&maria());
    assert_eq!(document[ENTERPRISE], json!({ "department": "Sales" }));
    for name in ["phoneNumbers", "title", "roles", "meta", "schemas"] {
        assert!(document.get(name).is_none(), "{name}");
    }
}

#[test]
fn the_default_patch_changes_every_path_it_names() {
    let after = stored(&entra(&maria(), fixture!("entra/docs-patch-user.request.json")).document);
    assert_eq!(after["displayName"], "Maria L.");
    assert_eq!(after["emails"], json!([{ "value": "ml@contoso.example", "type": "work", "primary": true }]));
    assert_eq!(after["phoneNumbers"], json!([{ "value": "+47 900 00 000", "type": "mobile" }]));
    assert_eq!(after["name"], json!({ "formatted": "Maria Lopez", "familyName": "Lopez", "givenName": "Mary" }));
    assert_eq!(after["externalId"], "mlopez2");
    assert_eq!(after[ENTERPRISE], json!({ "employeeNumber": "1042", "department": "Sales" }));
}

#[test]
fn the_patch_of_the_compatibility_flag_does_the_same_with_keys_for_paths() {
    let patched = entra(&maria(), fixture!("entra/docs-patch-user-flag.request.json"));
    let after = stored(&patched.document);
    assert_eq!(after["emails"][0]["value"], "ml@contoso.example");
    assert_eq!(after["name"]["givenName"], "Mary");
    assert_eq!(after["name"]["formatted"], "Maria Lopez");
    assert_eq!(after[ENTERPRISE], json!({ "employeeNumber": "1042", "department": "Sales" }));
    assert_eq!(codes(&patched.leniencies), ["path_as_key"; 3]);
}

#[test]
fn a_replace_at_a_work_address_that_is_not_there_makes_it() {
    let before = user(json!({}));
    let patched = entra(&before, fixture!("entra/docs-patch-user.request.json"));
    assert_eq!(stored(&patched.document)["emails"], json!([{ "value": "ml@contoso.example", "type": "work" }]));
    assert!(codes(&patched.leniencies).contains(&"value_path_created"));
}

#[test]
fn false_in_quotes_disables() {
    let patched = entra(&maria(), fixture!("entra/docs-patch-user-disable.request.json"));
    assert!(!patched.document.active());
    assert_eq!(codes(&patched.leniencies), ["op_case", "boolean_as_string"]);
    assert_eq!(patched.leniencies[1].detail, "`active` sent as the string `False`");
}

#[test]
fn false_without_quotes_disables_too() {
    assert!(!entra(&maria(), fixture!("entra/docs-patch-user-disable-flag.request.json")).document.active());
}

#[test]
fn a_manager_in_any_of_three_shapes_is_the_same_manager() {
    for text in [
        fixture!("entra/docs-patch-user-manager.request.json"),
        fixture!("entra/docs-patch-user-manager-list.request.json"),
        fixture!("entra/issue-patch-user-manager-string.request.json"),
    ] {
        let after = entra(&maria(), text).document;
        assert_eq!(
            stored(&after)[ENTERPRISE],
            json!({ "department": "Sales", "manager": { "value": "{mid}" } }),
            "{text}"
        );
        assert_eq!(after.manager(), Some("{mid}"));
    }
}

#[test]
fn a_manager_without_its_urn_in_a_list_is_noted_as_such() {
    let patched = entra(&maria(), fixture!("entra/docs-patch-user-manager-list.request.json"));
    assert_eq!(codes(&patched.leniencies), ["op_case", "unqualified_extension", "list_as_single"]);
}

#[test]
fn a_manager_with_an_empty_value_is_none() {
    let before = entra(&maria(), fixture!("entra/docs-patch-user-manager.request.json")).document;
    let after = entra(&before, fixture!("entra/record-patch-user-manager-clear.request.json")).document;
    assert_eq!(after, maria());
}

#[test]
fn a_role_that_is_json_in_a_string_stays_a_string() {
    let after = entra(&maria(), fixture!("entra/docs-patch-user-roles-add.request.json")).document;
    let expected = json!([{ "value": "{\"id\":\"0d1e\",\"value\":\"Admin\",\"displayName\":\"Admin\"}" }]);
    assert_eq!(stored(&after)["roles"], expected);
}

#[test]
fn replacing_the_roles_replaces_them_all() {
    let before = entra(&maria(), fixture!("entra/docs-patch-user-roles-add.request.json")).document;
    let after = entra(&before, fixture!("entra/docs-patch-user-roles-replace.request.json")).document;
    let expected =
        json!([{ "value": "User", "display": "User", "type": "WindowsAzureActiveDirectoryRole", "primary": false }]);
    assert_eq!(stored(&after)["roles"], expected);
}

#[test]
fn the_primary_role_is_set_even_where_there_is_none() {
    let text = fixture!("entra/docs-patch-user-roles-primary.request.json");
    let once = entra(&maria(), text).document;
    assert_eq!(stored(&once)["roles"], json!([{ "value": "Admin", "primary": true }]));
    assert_eq!(entra(&once, text).document, once);
}

#[test]
fn a_group_with_microsofts_second_schema_is_taken() {
    let taken = post(ResourceKind::Group, Dialect::Entra, parsed(fixture!("entra/docs-post-group.request.json")));
    let document = &taken.document;
    assert_eq!(document.external_id(), Some("8aa1a0c0-0000-4bc0-b4a5-2ef676900159"));
    assert_eq!((document.display_name(), taken.members), (Some("Finance"), None));
    assert_eq!(codes(&taken.leniencies), ["unknown_schema"]);
}

#[test]
fn members_are_added_without_type_and_with_a_null_ref() {
    let after = entra(&group("Finance"), fixture!("entra/docs-patch-group-add.request.json"));
    assert_eq!(after.membership, [MemberChange::Add(vec![member("{u1}", None), member("{u2}", None)])]);
}

#[test]
fn a_removal_with_a_list_removes_only_those() {
    let after = entra(&group("Finance"), fixture!("entra/docs-patch-group-remove.request.json"));
    assert_eq!(after.membership, [MemberChange::Remove(vec!["{u1}".to_owned()])]);
    assert!(codes(&after.leniencies).contains(&"remove_with_value"));
}

#[test]
fn a_removal_by_filter_names_the_same_member() {
    let after = entra(&group("Finance"), fixture!("entra/docs-patch-group-remove-flag.request.json"));
    assert_eq!(after.membership, [MemberChange::Remove(vec!["{u1}".to_owned()])]);
}

#[test]
fn matching_by_the_work_address_finds_the_user_and_names_an_index() {
    let text = fixture!("entra/docs-find-user-by-work-email.filter.txt");
    let filter = Filter::parse(Some(ResourceKind::User), Dialect::Entra, text).unwrap();
    assert!(filter.matches(ResourceKind::User, &rendering(&maria()).render()));
    let paths: Vec<_> = filter.equalities().into_iter().map(|equality| equality.path).collect();
    assert_eq!(paths, ["emails.type", "emails.value"]);
    let home = text.replace("work", "home");
    let home = Filter::parse(Some(ResourceKind::User), Dialect::Entra, &home).unwrap();
    assert!(!home.matches(ResourceKind::User, &rendering(&maria()).render()));
}

#[test]
fn the_check_of_a_manager_holds_for_that_manager_alone() {
    let text = fixture!("entra/docs-check-manager.filter.txt").replace("{id}", "r1");
    let filter = Filter::parse(Some(ResourceKind::User), Dialect::Entra, &text).unwrap();
    let managed = entra(&maria(), fixture!("entra/docs-patch-user-manager.request.json")).document;
    assert!(filter.matches(ResourceKind::User, &rendering(&managed).render()));
    assert!(!filter.matches(ResourceKind::User, &rendering(&maria()).render()));
    let paths: Vec<_> = filter.equalities().into_iter().map(|equality| equality.path).collect();
    assert_eq!(paths, ["id", "manager.value"]);
}

#[test]
fn the_check_of_a_member_names_both_indexes() {
    let text = fixture!("entra/docs-check-member.filter.txt").replace("{gid}", "r1");
    let filter = Filter::parse(Some(ResourceKind::Group), Dialect::Entra, &text).unwrap();
    let paths: Vec<_> = filter.equalities().into_iter().map(|equality| equality.path).collect();
    assert_eq!(paths, ["id", "members.value"]);
    let document = group("Finance");
    let members = [MemberView { value: "{u1}".to_owned(), display: None, kind: ResourceKind::User }];
    let whole = Rendering { members: Some(&members), ..rendering(&document) }.render();
    assert!(filter.matches(ResourceKind::Group, &whole));
}
