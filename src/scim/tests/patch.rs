//! RFC 7644 §3.5.2, to the letter where the dialect is `generic`.

use super::*;

fn ann() -> Document {
    user(json!({
        "title": "Clerk",
        "name": { "givenName": "Ann", "familyName": "Lee" },
        "emails": [
            { "value": "work@corp.example", "type": "work", "primary": true },
            { "value": "home@corp.example", "type": "home" },
        ],
        ENTERPRISE: { "costCenter": "9", "department": "Sales" },
    }))
}

fn generic(operations: Value) -> Result<Document, ScimError> {
    operate(Dialect::Generic, &ann(), operations).map(|patched| patched.document)
}

fn result(operations: Value) -> Value {
    stored(&generic(operations).unwrap())
}

fn refused(operations: Value) -> &'static str {
    generic(operations).unwrap_err().scim_type()
}

#[test]
fn no_way_of_saying_nothing_lets_somebody_back_in() {
    let gone = user(json!({ "active": false }));
    for dialect in Dialect::ALL {
        for operation in [
            json!({ "op": "remove", "path": "active" }),
            json!({ "op": "replace", "path": "active", "value": null }),
            json!({ "op": "replace", "path": "active", "value": "" }),
            json!({ "op": "replace", "path": "active", "value": [] }),
            json!({ "op": "replace", "value": { "active": null } }),
        ] {
            if let Ok(patched) = operate(dialect, &gone, json!([operation])) {
                assert_ne!(patched.document.says_active(), Some(true), "{dialect}: {operation}");
            }
        }
        let back = json!([{ "op": "replace", "path": "active", "value": true }]);
        assert!(operate(dialect, &gone, back).unwrap().document.active());
    }
}

#[test]
fn a_container_of_the_core_schema_is_opened() {
    let core = ResourceKind::User.schema();
    for operation in [
        json!({ "op": "replace", "value": { core: { "active": false } } }),
        json!({ "op": "replace", "path": core, "value": { "active": false } }),
        json!({ "op": "Add", "path": core.to_lowercase(), "value": { "active": "False" } }),
    ] {
        let patched = operate(Dialect::Entra, &ann(), json!([operation])).unwrap();
        assert!(!patched.document.active(), "{operation}");
    }
    assert_eq!(refused(json!([{ "op": "replace", "value": { core: true } }])), "invalidValue");
    assert_eq!(
        refused(json!([{ "op": "replace", "value": { core: { "title": "a" }, "title": "b" } }])),
        "invalidSyntax"
    );
    assert_eq!(refused(json!([{ "op": "remove", "path": core }])), "noTarget");
}

#[test]
fn filters_that_every_member_has_to_be_asked_about_are_few() {
    let by_name = |n: usize| json!({ "op": "remove", "path": format!("members[display eq \"nobody{n}\"]") });
    let parse = |operations: Vec<Value>| {
        let body = json!({ "schemas": [crate::scim::urn::PATCH_OP], "Operations": operations });
        PatchRequest::parse(ResourceKind::Group, Dialect::Generic, body)
    };
    assert!(parse((0..16).map(by_name).collect()).is_ok());
    assert_eq!(parse((0..17).map(by_name).collect()).unwrap_err().scim_type(), "invalidFilter");
    let by_id = |n: usize| json!({ "op": "remove", "path": format!("members[value eq \"{n}\"]") });
    assert!(parse((0..1_000).map(by_id).collect()).is_ok());
}

mod rfc7644_3_5_2_1_add {
    use super::*;

    #[test]
    fn a_value_is_appended_to_a_list_once() {
        let add = json!({ "op": "add", "path": "emails", "value": [{ "value": "new@corp.example" }] });
        let after = result(json!([add, add]));
        assert_eq!(after["emails"].as_array().unwrap().len(), 3);
        assert_eq!(after["emails"][2], json!({ "value": "new@corp.example" }));
    }

    #[test]
    fn adding_what_is_there_changes_nothing() {
        let value = json!([{ "value": "HOME@corp.example", "type": "home" }]);
        let same =
            operate(Dialect::Generic, &ann(), json!([{ "op": "add", "path": "title", "value": "Clerk" }])).unwrap();
        assert_eq!(same.document, ann());
        let emails = result(json!([{ "op": "add", "path": "emails", "value": value }]))["emails"].clone();
        assert_eq!(emails.as_array().unwrap().len(), 2);
    }

    #[test]
    fn sub_attributes_are_merged() {
        let after = result(json!([{ "op": "add", "path": "name", "value": { "middleName": "B" } }]));
        assert_eq!(after["name"], json!({ "familyName": "Lee", "givenName": "Ann", "middleName": "B" }));
    }

    #[test]
    fn without_a_path_each_key_is_added() {
        let value =
            json!({ "nickName": "Annie", "emails": [{ "value": "x@corp.example" }], ENTERPRISE: { "division": "D" } });
        let after = result(json!([{ "op": "add", "value": value }]));
        assert_eq!(after["nickName"], "Annie");
        assert_eq!(after["emails"].as_array().unwrap().len(), 3);
        assert_eq!(after[ENTERPRISE], json!({ "costCenter": "9", "division": "D", "department": "Sales" }));
    }

    #[test]
    fn at_a_filter_that_selects_nothing_an_element_is_made() {
        let add = json!([{ "op": "add", "path": "emails[type eq \"other\"].value", "value": "o@corp.example" }]);
        assert_eq!(result(add)["emails"][2], json!({ "value": "o@corp.example", "type": "other" }));
    }

    #[test]
    fn adding_null_changes_nothing() {
        assert_eq!(generic(json!([{ "op": "add", "path": "title", "value": null }])).unwrap(), ann());
    }
}

mod rfc7644_3_5_2_2_remove {
    use super::*;

    #[test]
    fn without_a_path_there_is_no_target() {
        assert_eq!(refused(json!([{ "op": "remove" }])), "noTarget");
    }

    #[test]
    fn one_value_or_sub_attribute_or_all_values_go() {
        let operations = json!([
            { "op": "remove", "path": "title" },
            { "op": "remove", "path": "name.givenName" },
            { "op": "remove", "path": "emails" },
        ]);
        let after = result(operations);
        assert!(after.get("title").is_none() && after.get("emails").is_none());
        assert_eq!(after["name"], json!({ "familyName": "Lee" }));
    }

    #[test]
    fn the_values_that_a_filter_selects_go() {
        let after =
            result(json!([{ "op": "remove", "path": "emails[type eq \"work\" and value ew \"CORP.example\"]" }]));
        assert_eq!(after["emails"], json!([{ "value": "home@corp.example", "type": "home" }]));
    }

    #[test]
    fn removing_the_primary_email_leaves_no_primary() {
        let after = result(json!([{ "op": "remove", "path": "emails[primary eq true]" }]));
        assert_eq!(after["emails"], json!([{ "value": "home@corp.example", "type": "home" }]));
    }

    #[test]
    fn the_last_value_gone_is_no_value() {
        let after = result(json!([{ "op": "remove", "path": "emails[value pr]" }]));
        assert!(after.get("emails").is_none());
    }

    #[test]
    fn the_value_of_an_element_gone_takes_an_empty_element_along() {
        let after = result(json!([{ "op": "remove", "path": "emails[type eq \"work\"].value" }]));
        assert_eq!(after["emails"], json!([{ "value": "home@corp.example", "type": "home" }]));
    }

    #[test]
    fn what_is_required_stays() {
        assert_eq!(refused(json!([{ "op": "remove", "path": "userName" }])), "mutability");
        assert_eq!(refused(json!([{ "op": "replace", "path": "userName", "value": null }])), "mutability");
        assert_eq!(refused(json!([{ "op": "replace", "path": "userName", "value": " " }])), "invalidValue");
    }

    #[test]
    fn an_extension_goes_as_a_whole() {
        assert!(result(json!([{ "op": "remove", "path": ENTERPRISE }])).get(ENTERPRISE).is_none());
    }

    #[test]
    fn removed_members_are_all_or_those_selected() {
        let operations = json!([
            { "op": "remove", "path": "members" },
            { "op": "remove", "path": "members[value eq \"a\" or value eq \"b\"]" },
        ]);
        let changes = operate(Dialect::Generic, &group("G"), operations).unwrap().membership;
        assert_eq!(changes, [MemberChange::Clear, MemberChange::Remove(vec!["a".to_owned(), "b".to_owned()])]);
    }

    #[test]
    fn members_selected_by_anything_but_ids_are_matched_one_by_one() {
        let operations = json!([{ "op": "remove", "path": "members[type eq \"group\"]" }]);
        let changes = operate(Dialect::Generic, &group("G"), operations).unwrap().membership;
        let [MemberChange::RemoveMatching(filter)] = changes.as_slice() else { panic!("{changes:?}") };
        let is_selected = |kind| {
            let view = MemberView { value: "x".to_owned(), display: None, kind };
            filter.matches(ResourceKind::Group, &json!({ "members": [view.render("")] }))
        };
        assert!(is_selected(ResourceKind::Group) && !is_selected(ResourceKind::User));
    }

    #[test]
    fn removing_by_an_empty_list_removes_nobody() {
        let operations = json!([{ "op": "remove", "path": "members", "value": [] }]);
        let changes = operate(Dialect::Entra, &group("G"), operations).unwrap().membership;
        assert_eq!(changes, [MemberChange::Remove(Vec::new())]);
    }

    #[test]
    fn a_list_of_values_removes_only_those_of_any_attribute() {
        let value = json!([{ "value": "work@corp.example" }]);
        let after = result(json!([{ "op": "remove", "path": "emails", "value": value }]));
        assert_eq!(after["emails"], json!([{ "value": "home@corp.example", "type": "home" }]));
    }
}

mod rfc7644_3_5_2_3_replace {
    use super::*;

    #[test]
    fn an_absent_target_is_added() {
        assert_eq!(result(json!([{ "op": "replace", "path": "nickName", "value": "A" }]))["nickName"], "A");
    }

    #[test]
    fn sub_attributes_that_are_not_named_stay() {
        let after = result(json!([{ "op": "replace", "path": "name", "value": { "givenName": "Anna" } }]));
        assert_eq!(after["name"], json!({ "familyName": "Lee", "givenName": "Anna" }));
    }

    #[test]
    fn a_list_without_a_filter_is_replaced() {
        let after = result(json!([{ "op": "replace", "path": "emails", "value": [{ "value": "x@corp.example" }] }]));
        assert_eq!(after["emails"], json!([{ "value": "x@corp.example" }]));
    }

    #[test]
    fn null_and_an_empty_list_clear() {
        let operations = json!([
            { "op": "replace", "path": "emails", "value": [] },
            { "op": "replace", "value": { "title": null, "name": null } },
        ]);
        let after = result(operations);
        assert!(["emails", "title", "name"].iter().all(|name| after.get(*name).is_none()));
    }

    #[test]
    fn the_elements_that_a_filter_selects_are_replaced_whole() {
        let value = json!({ "value": "n@corp.example", "type": "work" });
        let after = result(json!([{ "op": "replace", "path": "emails[type eq \"work\"]", "value": value }]));
        assert_eq!(after["emails"][0], json!({ "value": "n@corp.example", "type": "work" }));
    }

    #[test]
    fn a_sub_attribute_of_all_elements_is_replaced() {
        let after = result(json!([{ "op": "replace", "path": "emails.display", "value": "Mail" }]));
        assert_eq!((&after["emails"][0]["display"], &after["emails"][1]["display"]), (&json!("Mail"), &json!("Mail")));
    }

    #[test]
    fn a_filter_that_selects_nothing_has_no_target() {
        let replace = json!([{ "op": "replace", "path": "emails[type eq \"other\"].value", "value": "x" }]);
        assert_eq!(refused(replace.clone()), "noTarget");
        let created = operate(Dialect::Okta, &ann(), replace).unwrap();
        assert_eq!(stored(&created.document)["emails"][2], json!({ "value": "x", "type": "other" }));
    }

    #[test]
    fn what_cannot_be_made_from_a_filter_has_no_target_in_any_dialect() {
        for path in ["emails[type ne \"work\" and type ne \"home\"].value", "emails[not (value pr)].value"] {
            let replace = json!([{ "op": "replace", "path": path, "value": "x" }]);
            assert!(matches!(operate(Dialect::Entra, &ann(), replace), Err(ScimError::NoTarget(_))), "{path}");
        }
    }
}

#[test]
fn a_value_that_becomes_primary_takes_that_from_the_others() {
    for operation in [
        json!({ "op": "add", "path": "emails", "value": [{ "value": "home@corp.example", "type": "home", "primary": true }] }),
        json!({ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true }),
        json!({ "op": "add", "path": "emails[type eq \"home\"]", "value": { "primary": true } }),
    ] {
        let after = result(json!([operation]));
        let primaries: Vec<_> =
            after["emails"].as_array().unwrap().iter().map(|email| email["primary"] == true).collect();
        assert_eq!(primaries, [false, true], "{operation}");
    }
}

#[test]
fn operations_see_each_other() {
    let operations = json!([
        { "op": "add", "path": "emails", "value": [{ "value": "x@corp.example", "type": "other" }] },
        { "op": "replace", "path": "emails[type eq \"other\"].value", "value": "y@corp.example" },
        { "op": "remove", "path": "emails[value eq \"y@corp.example\"]" },
    ]);
    assert_eq!(generic(operations).unwrap(), ann());
}

#[test]
fn a_failing_operation_is_named_and_nothing_is_done() {
    let operations = json!([
        { "op": "replace", "path": "title", "value": "Chief" },
        { "op": "replace", "path": "emails[type eq \"other\"].value", "value": "x" },
    ]);
    let error = generic(operations).unwrap_err();
    assert_eq!(error.detail(), "operation 2: no value of `emails` is selected by the path");
}

#[test]
fn a_read_only_target_is_refused_by_path_and_ignored_among_keys() {
    for path in [
        "id",
        "meta.created",
        "schemas",
        "groups",
        "groups[value eq \"x\"]",
        "Urn:ietf:params:scim:schemas:core:2.0:User:ID",
    ] {
        assert_eq!(refused(json!([{ "op": "replace", "path": path, "value": "x" }])), "mutability", "{path}");
    }
    let put_back = json!([{ "op": "replace", "value": { "id": "x", "meta": {}, "groups": [], "schemas": ["x"] } }]);
    assert_eq!(generic(put_back).unwrap(), ann());
}

#[test]
fn a_manager_is_read_only_in_its_display_name_alone() {
    let path = format!("{ENTERPRISE}:manager.displayName");
    assert_eq!(refused(json!([{ "op": "replace", "path": path, "value": "x" }])), "mutability");
    let value = json!({ "value": "m1", "displayName": "M", "$ref": "../Users/m1" });
    let after = result(json!([{ "op": "add", "path": format!("{ENTERPRISE}:manager"), "value": value }]));
    assert_eq!(after[ENTERPRISE]["manager"], json!({ "value": "m1" }));
}

#[test]
fn a_member_cannot_be_changed() {
    for path in ["members.value", "members[value eq \"a\"].display", "members.type"] {
        let operations = json!([{ "op": "replace", "path": path, "value": "x" }]);
        assert!(matches!(operate(Dialect::Entra, &group("G"), operations), Err(ScimError::Mutability(_))), "{path}");
    }
}

#[test]
fn malformed_paths_and_filters_say_which_they_are() {
    for path in ["emails[]", "emails[type eq]", "emails[type xx \"a\"]"] {
        assert_eq!(refused(json!([{ "op": "replace", "path": path, "value": "x" }])), "invalidFilter", "{path}");
    }
    for path in [
        "emails[type eq \"a\"]x",
        "a b",
        "emails.value[type eq \"a\"]",
        "1",
        "title[value eq \"a\"]",
        "name.x.y",
        "emails[",
        "emails[type eq \"a\"",
    ] {
        assert_eq!(refused(json!([{ "op": "replace", "path": path, "value": "x" }])), "invalidPath", "{path}");
    }
}

#[test]
fn an_unknown_attribute_is_ignored_and_noted_in_every_dialect() {
    for dialect in Dialect::ALL {
        for path in ["urn:example:2.0:User:badge", "shoeSize", "name.shoeSize", "shoes[size eq 42]"] {
            let after = operate(dialect, &ann(), json!([{ "op": "add", "path": path, "value": "1" }])).unwrap();
            assert_eq!((after.document, codes(&after.leniencies)), (ann(), vec!["unknown_attribute"]), "{path}");
        }
    }
}

#[test]
fn an_operation_in_entras_form_makes_what_its_filter_misses_whatever_the_dialect() {
    let work_phone = "phoneNumbers[type eq \"work\"].value";
    let capitalised = json!([{ "op": "Replace", "path": work_phone, "value": "1" }]);
    let quoted = json!([{ "op": "replace", "path": "roles[primary eq \"True\"].value", "value": "Admin" }]);
    assert!(operate(Dialect::Generic, &ann(), capitalised).is_ok());
    assert!(operate(Dialect::Generic, &ann(), quoted).is_ok());
    assert_eq!(refused(json!([{ "op": "replace", "path": work_phone, "value": "1" }])), "noTarget");
}

#[test]
fn a_value_that_cannot_be_of_its_type_is_refused() {
    for (path, value) in [
        ("active", json!("maybe")),
        ("active", json!(1)),
        ("title", json!({ "value": "x" })),
        ("title", json!(["Clerk", "Chief"])),
        ("name", json!("Ann")),
        ("emails", json!([["x"], ["y", "z"]])),
        ("x509Certificates", json!([{ "value": "not base64!" }])),
    ] {
        assert_eq!(refused(json!([{ "op": "replace", "path": path, "value": value }])), "invalidValue", "{path}");
    }
}

#[test]
fn a_body_that_is_no_patch_is_refused() {
    let schemas = json!(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]);
    for body in [
        json!([]),
        json!({ "schemas": schemas }),
        json!({ "schemas": schemas, "Operations": [] }),
        json!({ "schemas": schemas, "Operations": {} }),
        json!({ "schemas": schemas, "Operations": [1] }),
        json!({ "schemas": schemas, "Operations": [{ "op": "move", "path": "title", "value": "x" }] }),
    ] {
        let read = PatchRequest::parse(ResourceKind::User, Dialect::Generic, body.clone());
        assert!(matches!(read, Err(ScimError::InvalidSyntax(_))), "{body}");
    }
}

#[test]
fn a_key_that_is_no_attribute_is_ignored_and_noted() {
    let value = json!({ "shoe size": 43, "x y": 1, "": 2, ENTERPRISE: { "badge colour": "red" } });
    let after = operate(Dialect::Generic, &ann(), json!([{ "op": "add", "value": value }])).unwrap();
    assert_eq!(after.document, ann());
    assert_eq!(after.leniencies.iter().filter(|one| one.code == "unknown_attribute").count(), 4);
}

#[test]
fn an_extension_takes_an_object() {
    assert_eq!(refused(json!([{ "op": "replace", "path": ENTERPRISE, "value": "x" }])), "invalidValue");
    assert_eq!(refused(json!([{ "op": "replace", "value": { ENTERPRISE: 5 } }])), "invalidValue");
    let after = result(json!([{ "op": "replace", "path": ENTERPRISE, "value": { "costCenter": "10" } }]));
    assert_eq!(after[ENTERPRISE], json!({ "costCenter": "10", "department": "Sales" }));
}

#[test]
fn a_whole_element_made_at_a_filter_keeps_what_the_filter_says() {
    let operations = json!([{ "op": "replace", "path": "emails[type eq \"other\"]", "value": { "value": "o" } }]);
    let after = operate(Dialect::Entra, &ann(), operations).unwrap();
    assert_eq!(stored(&after.document)["emails"][2], json!({ "value": "o", "type": "other" }));
}

#[test]
fn active_that_is_removed_is_absent_and_means_true() {
    let after = operate(Dialect::Generic, &ann(), json!([{ "op": "remove", "path": "active" }])).unwrap().document;
    let rendered = rendering(&after).render();
    assert!(rendered.get("active").is_none() && after.active());
    let filter = |text| Filter::parse(Some(ResourceKind::User), Dialect::Generic, text).unwrap();
    assert!(filter("active eq true").matches(ResourceKind::User, &rendered));
    assert!(!filter("active eq false").matches(ResourceKind::User, &rendered));
    assert!(!filter("active ne true").matches(ResourceKind::User, &rendered));
}

#[test]
fn a_value_is_needed_to_add_or_replace() {
    assert_eq!(refused(json!([{ "op": "add", "path": "title" }])), "invalidValue");
    assert_eq!(refused(json!([{ "op": "replace", "value": "x" }])), "invalidValue");
}

#[test]
fn lists_and_operations_are_bounded() {
    let many: Vec<Value> = (0..501).map(|n| json!({ "value": format!("{n}@corp.example") })).collect();
    assert_eq!(refused(json!([{ "op": "add", "path": "emails", "value": many }])), "invalidValue");
    let one = json!([{ "op": "add", "path": "emails", "value": many[..499].to_vec() }]);
    assert_eq!(refused(one), "invalidValue", "499 more are 501");
    let path = format!("emails[{}]", ["value eq \"x\""; 17].join(" or "));
    assert_eq!(refused(json!([{ "op": "remove", "path": path }])), "invalidFilter");
    let keys: serde_json::Map<String, Value> =
        (0..2_001).map(|n| (format!("emails[value eq \"{n}\"].display"), json!("x"))).collect();
    assert_eq!(refused(json!([{ "op": "add", "value": keys }])), "invalidValue");
    let operations = vec![json!({ "op": "remove", "path": "title" }); 1_001];
    assert_eq!(refused(Value::Array(operations)), "invalidSyntax");
}
