//! `attributes`, `excludedAttributes`, and what comes without either.

use super::*;

fn whole() -> Value {
    let document = user(json!({
        "name": { "givenName": "Ann", "familyName": "Lee" },
        "emails": [{ "value": "a@corp.example", "type": "work" }, { "value": "b@corp.example" }],
        ENTERPRISE: { "costCenter": "9", "manager": { "value": "m1" } },
    }));
    rendering(&document).render()
}

fn projected(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let mut resource = whole();
    Projection::parse(ResourceKind::User, attributes, excluded).unwrap().apply(&mut resource);
    resource
}

fn names(resource: &Value) -> Vec<&str> {
    resource.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn without_a_choice_everything_comes() {
    assert_eq!(projected(None, None), whole());
}

#[test]
fn asked_for_one_attribute_only_it_and_what_is_always_returned_come() {
    assert_eq!(names(&projected(Some("USERNAME"), None)), ["schemas", "id", "userName"]);
}

#[test]
fn a_sub_attribute_comes_alone() {
    assert_eq!(projected(Some("name.familyName"), None)["name"], json!({ "familyName": "Lee" }));
    let emails = json!([{ "value": "a@corp.example" }, { "value": "b@corp.example" }]);
    assert_eq!(projected(Some("emails.value"), None)["emails"], emails);
}

#[test]
fn an_extension_comes_as_a_whole_or_by_one_attribute() {
    assert_eq!(projected(Some(ENTERPRISE), None)[ENTERPRISE]["costCenter"], "9");
    let one = projected(Some(&format!("{ENTERPRISE}:costCenter")), None);
    assert_eq!(one[ENTERPRISE], json!({ "costCenter": "9" }));
    assert_eq!(one["schemas"], json!([ResourceKind::User.schema(), ENTERPRISE]));
}

#[test]
fn an_extension_left_out_is_not_named_in_schemas() {
    let resource = projected(None, Some(ENTERPRISE));
    assert!(resource.get(ENTERPRISE).is_none());
    assert_eq!(resource["schemas"], json!([ResourceKind::User.schema()]));
}

#[test]
fn what_is_always_returned_cannot_be_left_out() {
    let resource = projected(None, Some("id,schemas,userName,emails.type"));
    assert_eq!((&resource["id"], resource.get("userName")), (&json!("r1"), None));
    assert_eq!(resource["emails"], json!([{ "value": "a@corp.example" }, { "value": "b@corp.example" }]));
}

#[test]
fn a_password_does_not_come_even_if_asked_for() {
    let mut resource = whole();
    resource["password"] = "secret".into();
    for attributes in [None, Some("password"), Some("urn:ietf:params:scim:schemas:core:2.0:User:password")] {
        let mut resource = resource.clone();
        Projection::parse(ResourceKind::User, attributes, None).unwrap().apply(&mut resource);
        assert!(resource.get("password").is_none(), "{attributes:?}");
    }
}

#[test]
fn both_choices_together_are_refused() {
    assert!(matches!(Projection::parse(ResourceKind::User, Some("id"), Some("name")), Err(ScimError::InvalidValue(_))));
}

#[test]
fn members_are_wanted_unless_left_out_or_not_named() {
    let wants =
        |attributes, excluded| Projection::parse(ResourceKind::Group, attributes, excluded).unwrap().wants("members");
    assert!(wants(None, None) && wants(Some("members"), None) && wants(Some("Members.value"), None));
    assert!(wants(None, Some("members.display")));
    assert!(!wants(None, Some("members")) && !wants(Some("id"), None));
}

#[test]
fn a_filter_in_a_name_is_about_those_values_alone() {
    let emails = |attributes, excluded| projected(attributes, excluded)["emails"].clone();
    assert_eq!(emails(Some(r#"emails[type eq "work"].value,userName"#), None), json!([{ "value": "a@corp.example" }]));
    let work = json!([{ "value": "a@corp.example", "type": "work" }]);
    assert_eq!(emails(Some(r#"EMAILS[type eq "work" and value co ","],emails[TYPE eq "WORK"]"#), None), work);
    assert_eq!(emails(Some(r#"emails[type eq "home"]"#), None), Value::Null);
    assert_eq!(emails(None, Some(r#"emails[type eq "work"]"#)), json!([{ "value": "b@corp.example" }]));
    let untyped = json!([{ "value": "a@corp.example" }, { "value": "b@corp.example" }]);
    assert_eq!(emails(None, Some(r#"emails[type eq "work"].type"#)), untyped);
    let wrong = Projection::parse(ResourceKind::User, Some("emails[type is 1]"), None);
    assert!(matches!(wrong, Err(ScimError::InvalidFilter(_))));
}
