//! What the server says about itself is so.

use super::*;

const BASE: &str = "https://gate.example/scim/v2";

#[test]
fn bulk_is_announced_exactly_if_it_has_room() {
    let limits = |operations| Limits {
        filter_max_results: 1_000,
        default_page_size: 100,
        bulk_max_operations: operations,
        bulk_max_payload_size: 0,
    };
    assert_eq!(service_provider_config(BASE, &limits(0))["bulk"]["supported"], false);
    assert_eq!(service_provider_config(BASE, &limits(10))["bulk"]["supported"], true);
}

#[test]
fn both_resource_types_are_listed_and_found_by_id() {
    let list = resource_types(BASE);
    assert_eq!(list["totalResults"], 2);
    let user = resource_type(BASE, "User").unwrap();
    assert_eq!(list["Resources"][0], user);
    assert_eq!(user["schemaExtensions"], json!([{ "schema": ENTERPRISE, "required": false }]));
    assert_eq!(user["meta"]["location"], "https://gate.example/scim/v2/ResourceTypes/User");
    assert_eq!(resource_type(BASE, "Device"), None);
}

#[test]
fn the_schemas_listed_are_those_found_by_urn_in_any_case() {
    let list = schemas(BASE);
    for listed in list["Resources"].as_array().unwrap() {
        let urn = listed["id"].as_str().unwrap();
        assert_eq!(schema(BASE, &urn.to_uppercase()).as_ref(), Some(listed));
    }
    assert_eq!(schema(BASE, "urn:ietf:params:scim:api:messages:2.0:PatchOp"), None);
}

#[test]
fn a_schema_document_declares_every_characteristic() {
    for listed in schemas(BASE)["Resources"].as_array().unwrap() {
        for attribute in listed["attributes"].as_array().unwrap() {
            for name in
                ["name", "type", "multiValued", "description", "required", "mutability", "returned", "uniqueness"]
            {
                let missing =
                    attribute.get(name).is_none() && !(name == "uniqueness" && attribute["type"] == "boolean");
                assert!(!missing, "{}.{name}", attribute["name"]);
            }
        }
    }
}

#[test]
fn an_error_body_has_its_status_as_a_string() {
    let body = error_body(400, Some("invalidFilter"), "no");
    assert_eq!(body["status"], "400");
    assert_eq!(body["scimType"], "invalidFilter");
    assert!(error_body(404, None, "no such user").get("scimType").is_none());
}
