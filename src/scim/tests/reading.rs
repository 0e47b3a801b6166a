//! POST and PUT bodies, and the canonical form they come to.

use super::*;

fn try_post(dialect: Dialect, body: Value) -> Result<Intake, ScimError> {
    intake(ResourceKind::User, dialect, Mode::Create, body)
}

fn with(attributes: Value) -> Value {
    let mut body = json!({ "schemas": [ResourceKind::User.schema()], "userName": "ann" });
    body.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    body
}

fn refused(attributes: Value) -> &'static str {
    try_post(Dialect::Generic, with(attributes)).unwrap_err().scim_type()
}

#[test]
fn names_are_read_in_any_case_and_kept_in_the_schemas() {
    let body = json!({ "SCHEMAS": [ResourceKind::User.schema().to_uppercase()], "USERNAME": "ann", "Name": { "GIVENNAME": "Ann" },
        ENTERPRISE.to_lowercase(): { "COSTCENTER": "9" } });
    let expected =
        json!({ "userName": "ann", "name": { "givenName": "Ann" }, "active": true, ENTERPRISE: { "costCenter": "9" } });
    assert_eq!(stored(&try_post(Dialect::Generic, body).unwrap().document), expected);
}

#[test]
fn a_container_of_the_core_schema_is_opened_like_those_of_extensions() {
    let core = ResourceKind::User.schema();
    let body = json!({ "schemas": [core], core: { "userName": "ann", "active": false } });
    let intake = try_post(Dialect::Generic, body).unwrap();
    assert_eq!((intake.document.user_name(), intake.document.active()), (Some("ann"), false));
    assert_eq!(refused(json!({ core: { "userName": "ben" } })), "invalidSyntax");
    assert_eq!(refused(json!({ core: "ben" })), "invalidValue");
}

#[test]
fn a_put_that_says_nothing_of_active_lets_nobody_back_in() {
    let gone = user(json!({ "active": false }));
    for nothing in [json!(null), json!(""), json!([]), json!(" ")] {
        let put = |body| intake(ResourceKind::User, Dialect::Generic, Mode::Replace { before: &gone }, body).unwrap();
        assert!(!put(with(json!({ "active": nothing }))).document.active(), "{nothing}");
    }
}

#[test]
fn a_number_that_had_to_be_rounded_is_no_text() {
    let intake = try_post(Dialect::Okta, with(json!({ "externalId": 12_345 }))).unwrap();
    assert_eq!(intake.document.external_id(), Some("12345"));
    let rounded: Value = serde_json::from_str(r#"{"externalId": 12345678901234567890123}"#).unwrap();
    assert_eq!(refused(rounded), "invalidValue");
}

#[test]
fn null_empty_and_absent_are_one_state() {
    let nothing =
        json!({ "title": null, "emails": [], "name": {}, "phoneNumbers": [null, {}], ENTERPRISE: { "manager": null } });
    assert_eq!(user(nothing), user(json!({})));
}

#[test]
fn an_attribute_given_in_two_spellings_is_refused() {
    assert_eq!(refused(json!({ "title": "a", "TITLE": "b" })), "invalidSyntax");
    assert_eq!(refused(json!({ "name": { "givenName": "a", "GivenName": "b" } })), "invalidSyntax");
    assert_eq!(refused(json!({ "password": "a", "Password": "b" })), "invalidSyntax");
}

#[test]
fn a_required_attribute_is_missed() {
    for body in [
        json!({ "schemas": [ResourceKind::User.schema()] }),
        with(json!({ "userName": null })),
        with(json!({ "userName": "" })),
    ] {
        assert!(matches!(try_post(Dialect::Okta, body), Err(ScimError::InvalidValue(_))));
    }
}

#[test]
fn a_body_without_schemas_is_of_its_endpoints_kind_and_one_of_another_kind_is_refused() {
    let body = json!({ "userName": "ann" });
    for dialect in Dialect::ALL {
        assert_eq!(codes(&try_post(dialect, body.clone()).unwrap().leniencies), ["schema_inferred"]);
    }
    let group = json!({ "schemas": [ResourceKind::Group.schema()], "userName": "ann" });
    assert!(matches!(try_post(Dialect::Okta, group), Err(ScimError::InvalidSyntax(_))));
}

#[test]
fn unknown_attributes_and_schemas_are_ignored_and_noted() {
    let sent = json!({ "shoeSize": 43, "name": { "nick": "A" }, "urn:example:x": { "a": 1 } });
    let taken = try_post(Dialect::Generic, with(sent)).unwrap();
    assert_eq!((taken.document, codes(&taken.leniencies)), (user(json!({})), vec!["unknown_attribute"; 3]));
}

#[test]
fn the_same_type_and_value_are_kept_once() {
    let emails = json!([
        { "value": "A@corp.example", "type": "work" },
        { "value": "a@corp.example", "type": "Work", "primary": true },
        { "value": "a@corp.example", "type": "home" },
    ]);
    let expected = json!([
        { "value": "A@corp.example", "type": "work", "primary": true },
        { "value": "a@corp.example", "type": "home" },
    ]);
    assert_eq!(stored(&user(json!({ "emails": emails })))["emails"], expected);
}

#[test]
fn two_primaries_are_refused_or_the_first_is_taken() {
    let emails = json!({ "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": true }] });
    assert_eq!(refused(emails.clone()), "invalidValue");
    let taken = try_post(Dialect::Okta, with(emails)).unwrap();
    assert_eq!(stored(&taken.document)["emails"][1], json!({ "value": "b", "primary": false }));
}

#[test]
fn values_that_cannot_be_of_their_type_are_refused() {
    for sent in [
        json!({ "active": "maybe" }),
        json!({ "active": 1 }),
        json!({ "title": true }),
        json!({ "emails": 7 }),
        json!({ "name": "Ann" }),
        json!({ ENTERPRISE: [] }),
        json!({ "password": 1 }),
    ] {
        assert_eq!(refused(sent.clone()), "invalidValue", "{sent}");
    }
}

#[test]
fn texts_are_bounded() {
    assert_eq!(refused(json!({ "title": "x".repeat(8_193) })), "invalidValue");
}

#[test]
fn a_group_without_members_in_its_put_keeps_them_and_with_null_has_none() {
    let before = group("Old");
    let put = |members: Value| {
        let mut body = json!({ "schemas": [ResourceKind::Group.schema()], "displayName": "New" });
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        intake(ResourceKind::Group, Dialect::Generic, Mode::Replace { before: &before }, body).unwrap().members
    };
    assert_eq!(put(json!({})), None);
    assert_eq!(put(json!({ "members": null })), Some(Vec::new()));
    assert_eq!(put(json!({ "MEMBERS": [{ "value": "a" }, { "value": "a" }] })), Some(vec![member("a", None)]));
}

#[test]
fn a_member_says_its_kind_by_type_or_ref() {
    let members = json!([{ "value": "a", "type": "group" }, { "$ref": "https://gate.example/scim/v2/Groups/b" }, { "value": "c" }]);
    let body = json!({ "schemas": [ResourceKind::Group.schema()], "displayName": "G", "members": members });
    let members = post(ResourceKind::Group, Dialect::Generic, body).members.unwrap();
    let found: Vec<_> = members.iter().map(|member| (member.value.as_str(), member.kind)).collect();
    assert_eq!(found, [("a", Some(ResourceKind::Group)), ("b", Some(ResourceKind::Group)), ("c", None)]);
}

#[test]
fn a_member_without_an_id_is_refused() {
    for members in [json!([{}]), json!([{ "value": "" }]), json!([1]), json!([null]), json!([{ "value": 5 }])] {
        let body = json!({ "schemas": [ResourceKind::Group.schema()], "displayName": "G", "members": members });
        let taken = intake(ResourceKind::Group, Dialect::Entra, Mode::Create, body.clone());
        assert!(matches!(taken, Err(ScimError::InvalidValue(_))), "{body}");
    }
}

#[test]
fn a_put_that_does_not_speak_of_active_lets_nobody_back_in() {
    let before = user(json!({ "active": false }));
    let put = |body| intake(ResourceKind::User, Dialect::Generic, Mode::Replace { before: &before }, body).unwrap();
    assert!(!put(with(json!({}))).document.active());
    assert!(!put(with(json!({ "Active": null }))).document.active());
    assert!(put(with(json!({ "ACTIVE": true }))).document.active());
}

#[test]
fn a_flat_key_below_an_extensions_urn_is_the_extensions_attribute() {
    let flat = user(json!({ format!("{ENTERPRISE}:costCenter"): "9" }));
    assert_eq!(flat, user(json!({ ENTERPRISE: { "costCenter": "9" } })));
}

#[test]
fn a_document_survives_its_storage() {
    let document =
        user(json!({ "emails": [{ "value": "a", "primary": true }], ENTERPRISE: { "manager": { "value": "m" } } }));
    assert_eq!(Document::from_stored(ResourceKind::User, &document.to_stored()), Ok(document));
}

#[test]
fn what_is_not_a_stored_document_is_refused() {
    for text in ["", "[]", "{}", "{\"userName\":true}"] {
        assert!(Document::from_stored(ResourceKind::User, text).is_err(), "{text}");
    }
}
