//! RFC 7644 §3.4.2.2 on one user and a few groups.

use serde_json::{Value, json};

use super::*;
use crate::scim::{Dialect, ScimError};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn parse(text: &str) -> Result<Filter, ScimError> {
    Filter::parse(Some(ResourceKind::User), Dialect::Generic, text)
}

fn person() -> Value {
    json!({
        "schemas": [ResourceKind::User.schema(), ENTERPRISE],
        "id": "Ab1",
        "externalId": "X-7",
        "userName": "Ann.Lee@corp.example",
        "name": { "givenName": "Änn", "familyName": "O\"Lee" },
        "title": "",
        "active": true,
        "emails": [
            { "value": "ann@corp.example", "type": "work", "primary": true },
            { "value": "ann@home.example", "type": "home" },
        ],
        ENTERPRISE: { "employeeNumber": "0042", "manager": { "value": "m1" } },
        "meta": { "resourceType": "User", "created": "2026-11-22T08:00:00Z" },
    })
}

fn matches(text: &str) -> bool {
    parse(text).unwrap().matches(ResourceKind::User, &person())
}

#[test]
fn each_operator_holds_where_it_should() {
    for text in [
        "userName eq \"ann.lee@corp.example\"",
        "userName ne \"bob\"",
        "userName co \"LEE\"",
        "userName sw \"ann\"",
        "userName ew \".EXAMPLE\"",
        "userName gt \"ann\"",
        "userName ge \"ann.lee@corp.example\"",
        "userName lt \"b\"",
        "userName le \"ann.lee@corp.example\"",
        "userName pr",
        "active eq true",
        "name.givenName eq \"änn\"",
        "name.familyName eq \"o\\\"lee\"",
        "name.familyName eq \"O\\u0022LEE\"",
    ] {
        assert!(matches(text), "{text}");
    }
}

#[test]
fn each_operator_fails_where_it_should() {
    for text in [
        "userName eq \"ann.lee\"",
        "userName ne \"ANN.LEE@CORP.EXAMPLE\"",
        "userName co \"leee\"",
        "userName gt \"ann.lee@corp.example\"",
        "userName lt \"ann.lee@corp.example\"",
        "nickName pr",
        "title pr",
        "active eq false",
        "active ne true",
    ] {
        assert!(!matches(text), "{text}");
    }
}

#[test]
fn ids_compare_exactly_and_names_do_not() {
    assert!(matches("id eq \"Ab1\"") && !matches("id eq \"ab1\""));
    assert!(matches("externalId eq \"X-7\"") && !matches("externalId eq \"x-7\""));
}

#[test]
fn operators_names_and_urns_are_read_in_any_case() {
    for text in [
        "USERNAME EQ \"ann.lee@corp.example\"",
        "urn:IETF:params:scim:schemas:core:2.0:User:userName Sw \"ann\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:employeenumber eq \"0042\"",
        "NOT (id pr AND userName co \"zzz\") AND ID pr",
    ] {
        assert!(matches(text), "{text}");
    }
}

#[test]
fn not_binds_before_and_and_and_before_or() {
    assert!(matches("id pr or id pr and nickName pr"));
    assert!(!matches("(id pr or id pr) and nickName pr"));
    assert!(matches("not (nickName pr) and id pr"));
    assert!(!matches("not (nickName pr or id pr)"));
}

#[test]
fn any_value_of_several_will_do_but_a_value_path_binds_to_one() {
    assert!(matches("emails.value ew \"home.example\" and emails.type eq \"work\""));
    assert!(!matches("emails[value ew \"home.example\" and type eq \"work\"]"));
    assert!(matches("emails[type eq \"work\" and value co \"corp\"]"));
    assert!(matches("emails[not (primary pr)]"));
}

#[test]
fn a_bare_multi_valued_attribute_is_compared_by_its_value() {
    assert!(matches("emails eq \"ann@home.example\""));
    assert!(matches("manager eq \"m1\""));
    assert_eq!(parse("emails eq \"x\""), parse("emails.value eq \"x\""));
}

#[test]
fn a_condition_after_a_value_path_is_part_of_it() {
    assert!(matches("emails[type eq \"work\"].value eq \"ann@corp.example\""));
    assert!(!matches("emails[type eq \"work\"].value eq \"ann@home.example\""));
    assert_eq!(parse("emails[type eq \"work\"].value pr"), parse("emails[type eq \"work\" and value pr]"));
}

#[test]
fn moments_compare_by_the_instant() {
    assert!(matches("meta.created eq \"2026-11-22T09:00:00.000+01:00\""));
    assert!(matches("meta.created lt \"2026-11-22T08:00:00.5Z\""));
    assert!(
        !matches("meta.created gt \"2026-11-22T08:30:00+01:00\"")
            || matches("meta.created gt \"2026-11-22T07:30:00Z\"")
    );
}

#[test]
fn null_is_what_is_absent() {
    assert!(matches("nickName eq null") && matches("id ne null"));
    assert!(!matches("id eq null") && !matches("nickName ne null"));
    assert!(matches("nickName ne \"x\"") && matches("title eq \"\"") && !matches("title ne \"\""));
}

#[test]
fn an_attribute_of_no_schema_matches_nothing() {
    for text in [
        "shoeSize pr",
        "shoeSize ne 43",
        "shoeSize eq null",
        "urn:x:y:z eq \"a\"",
        "emails[shoe eq \"x\"]",
        "shoes[a pr]",
    ] {
        assert!(!matches(text), "{text}");
    }
}

#[test]
fn without_a_kind_a_urn_says_which_is_meant() {
    let group = json!({ "id": "g", "displayName": "Sales", "meta": { "resourceType": "Group" } });
    let at_root =
        |text: &str| Filter::parse(None, Dialect::Generic, text).unwrap().matches(ResourceKind::Group, &group);
    assert!(at_root("displayName eq \"sales\"") && at_root("meta.resourceType eq \"Group\""));
    assert!(at_root("urn:ietf:params:scim:schemas:core:2.0:Group:displayName eq \"sales\""));
    assert!(!at_root("urn:ietf:params:scim:schemas:core:2.0:User:displayName eq \"sales\""));
    assert!(!at_root("userName ne \"x\""));
}

#[test]
fn what_cannot_be_evaluated_is_refused() {
    for text in [
        "",
        " ",
        "userName",
        "userName eq",
        "userName xx \"a\"",
        "userName eq \"a",
        "userName eq \"\\x\"",
        "userName eq ann",
        "userName eq \"a\" and",
        "userName eq \"a\" id pr",
        "userName eq \"a\" xor id pr",
        "(id pr",
        "id pr)",
        "not id pr",
        "emails[type eq \"a\"",
        "emails[]",
        "emails[emails[type pr]]",
        "emails.type[value pr]",
        "userName[value pr]",
        "name eq \"a\"",
        "addresses eq \"a\"",
        "active gt true",
        "active ge \"true\"",
        "active co \"t\"",
        "active eq \"maybe\"",
        "x509Certificates.value gt \"a\"",
        "meta.created eq \"yesterday\"",
        "id gt null",
        "id eq 'a'",
        "id eq True",
    ] {
        assert!(matches!(parse(text), Err(ScimError::InvalidFilter(_))), "{text}");
    }
}

#[test]
fn a_refusal_says_where() {
    let error = parse("userName xx \"a\"").unwrap_err();
    let expected = "an operator (eq ne co sw ew pr gt ge lt le) is expected at character 10 of `userName xx \"a\"`";
    assert_eq!(error.detail(), expected);
}

#[test]
fn a_password_cannot_be_filtered_on() {
    for text in
        ["password eq \"x\"", "PASSWORD pr", "id pr and urn:ietf:params:scim:schemas:core:2.0:User:password sw \"a\""]
    {
        assert!(matches!(parse(text), Err(ScimError::Sensitive(_))), "{text}");
    }
}

#[test]
fn a_literal_without_quotes_is_taken_where_the_dialect_has_it_so() {
    let text = "userName eq Ann.Lee@corp.example";
    let filter = Filter::parse(Some(ResourceKind::User), Dialect::Entra, text).unwrap();
    assert!(filter.matches(ResourceKind::User, &person()));
}

#[test]
fn a_literal_takes_the_type_of_its_attribute() {
    assert!(matches("active eq \"True\""));
    assert_eq!(parse("employeeNumber eq 42"), parse("employeeNumber eq \"42\""));
}

#[test]
fn length_and_depth_are_bounded() {
    let long = format!("userName eq \"{}\"", "x".repeat(Filter::MAX_CHARS));
    assert!(matches!(parse(&long), Err(ScimError::InvalidFilter(_))));
    let nested = |depth: usize| format!("{}id pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(Filter::MAX_DEPTH)).is_ok());
    assert!(matches!(parse(&nested(Filter::MAX_DEPTH + 1)), Err(ScimError::InvalidFilter(_))));
    assert!(matches!(parse(&"not(".repeat(500)), Err(ScimError::InvalidFilter(_))));
}

#[test]
fn equalities_are_those_that_every_match_fulfils() {
    let paths = |text: &str| -> Vec<String> {
        parse(text).unwrap().equalities().into_iter().map(|equality| equality.path).collect()
    };
    assert_eq!(paths("userName eq \"a\" and (title eq \"b\" or id pr)"), ["username"]);
    assert_eq!(paths("emails[value eq \"a\"] and externalId eq \"b\""), ["emails.value", "externalid"]);
    assert_eq!(paths("userName eq \"a\" or id eq \"b\""), Vec::<String>::new());
    assert_eq!(paths("not (userName eq \"a\") and id ne \"b\" and title eq null"), Vec::<String>::new());
    assert_eq!(paths("(id eq \"a\" and (active eq true))"), ["id", "active"]);
}

#[test]
fn an_equality_with_an_empty_string_is_none_to_narrow_by() {
    assert_eq!(parse("externalId eq \"\"").unwrap().equalities(), []);
}

#[test]
fn a_filter_knows_which_attributes_it_needs() {
    let filter = parse("id eq \"a\" and not (Groups[value eq \"g\"] or active eq true)").unwrap();
    assert!(filter.mentions("groups") && filter.mentions("active"));
    assert!(!filter.mentions("members") && !filter.mentions("value"));
}
