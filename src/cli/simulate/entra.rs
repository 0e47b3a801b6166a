//! Microsoft Entra ID's requests in its default (not RFC-strict) form: PATCH only, capitalised operations, booleans as
//! text, filters with `+` for spaces.

use serde_json::{Value, json};

use super::Pushed;
use super::company::{Company, Group, Person};
use super::wire::{SimulationError, Wire, check, is_member, only_id, query, text};

pub(super) const HEADERS: &[(&str, &str)] = &[("content-type", "application/scim+json; charset=utf-8")];

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const MICROSOFT_GROUP: &str = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
/// A connection is tested by asking for somebody who does not exist.
const NOBODY: &str = "5f0c7a0e-6c0e-4f0b-9d3c-0d7a5a4f2b11";

/// Tests the connection, matches each person and creates who is missing, the same with groups, then adds members.
pub(super) async fn push(scim: &mut Wire, company: &Company) -> Result<Pushed, SimulationError> {
    let nobody = scim.get(&format!("/Users?filter={}", query(&format!("userName eq \"{NOBODY}\""), "+"))).await?;
    check(only_id(&nobody)?.is_none(), || format!("nobody was asked for, and found: {nobody}"))?;
    find_group(scim, NOBODY).await?;
    scim.tell("test the connection");

    let mut pushed = Pushed::default();
    for person in &company.people {
        pushed.people.push(provision(scim, person).await?);
    }
    scim.tell(&format!("provision {} people: match, create", company.people.len()));

    for group in &company.groups {
        let id = provision_group(scim, group, &pushed).await?;
        pushed.groups.push(id);
    }
    scim.tell(&format!("provision {} groups: match, create, add members", company.groups.len()));
    Ok(pushed)
}

/// A profile changes, somebody changes groups, somebody leaves and comes back.
pub(super) async fn maintain(scim: &mut Wire, company: &Company, pushed: &Pushed) -> Result<(), SimulationError> {
    let (id, person) = (pushed.person(0)?, company.people.first().ok_or(SimulationError::TooSmall)?);
    let path = format!("/Users/{id}");
    scim.get(&path).await?;
    let change = json!({"schemas": [PATCH], "Operations": [
        {"op": "Replace", "path": "displayName", "value": person.display_name()},
        {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+47 900 00 000"},
        {"op": "Add", "path": format!("{ENTERPRISE}:employeeNumber"), "value": person.number.to_string()},
    ]});
    scim.patch(&path, &change).await?;
    let read = scim.get(&path).await?;
    let number = read.get(ENTERPRISE).and_then(|extension| extension.get("employeeNumber"));
    check(number == Some(&json!(person.number.to_string())), || format!("the profile did not change: {read}"))?;
    scim.tell("change a profile: read, patch");

    if !pushed.groups.is_empty() {
        move_member(scim, pushed.group(0)?, id).await?;
    }
    activate(scim, id, false).await?;
    scim.tell("disable a person");
    activate(scim, id, true).await?;
    scim.tell("enable the person");
    Ok(())
}

/// `active` travels as text.
pub(super) async fn activate(scim: &mut Wire, id: &str, active: bool) -> Result<(), SimulationError> {
    let value = if active { "True" } else { "False" };
    let change = json!({"schemas": [PATCH], "Operations": [{"op": "Replace", "path": "active", "value": value}]});
    scim.patch(&format!("/Users/{id}"), &change).await?;
    Ok(())
}

async fn provision(scim: &mut Wire, person: &Person) -> Result<String, SimulationError> {
    let filter = query(&format!("userName eq \"{}\"", person.user_name), "+");
    match only_id(&scim.get(&format!("/Users?filter={filter}")).await?)? {
        Some(id) => {
            activate(scim, &id, true).await?;
            Ok(id)
        }
        None => text(&scim.post("/Users", &profile(person), &[]).await?, "id"),
    }
}

fn profile(person: &Person) -> Value {
    let nickname = person.user_name.split('@').next().unwrap_or_default();
    json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": nickname,
        "userName": person.user_name,
        "active": true,
        "displayName": person.display_name(),
        "emails": [{"primary": true, "type": "work", "value": person.user_name}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": person.display_name(), "familyName": person.family, "givenName": person.given},
        "phoneNumbers": null,
        "title": null,
        "roles": [],
        ENTERPRISE: {"department": "Sales"},
    })
}

async fn find_group(scim: &mut Wire, name: &str) -> Result<Option<String>, SimulationError> {
    let filter = query(&format!("displayName eq \"{name}\""), "+");
    only_id(&scim.get(&format!("/Groups?excludedAttributes=members&filter={filter}")).await?)
}

async fn provision_group(scim: &mut Wire, group: &Group, pushed: &Pushed) -> Result<String, SimulationError> {
    let id = match find_group(scim, &group.name).await? {
        Some(id) => id,
        None => {
            let external =
                format!("8aa1a0c0-0000-4bc0-b4a5-{:012}", group.members.first().copied().unwrap_or_default());
            let body = json!({"schemas": [GROUP, MICROSOFT_GROUP], "externalId": external, "displayName": group.name,
                              "meta": {"resourceType": "Group"}});
            text(&scim.post("/Groups", &body, &[]).await?, "id")?
        }
    };
    let members: Vec<_> = group
        .members
        .iter()
        .filter_map(|&index| pushed.people.get(index))
        .map(|id| json!({"$ref": null, "value": id}))
        .collect();
    let add = json!({"schemas": [PATCH], "Operations": [{"op": "Add", "path": "members", "value": members}]});
    scim.patch(&format!("/Groups/{id}"), &add).await?;
    let read = scim.get(&format!("/Groups/{id}")).await?;
    let count = read.get("members").and_then(Value::as_array).map_or(0, Vec::len);
    check(count == members.len(), || format!("`{}` has {count} members instead of {}", group.name, members.len()))?;
    Ok(id)
}

async fn move_member(scim: &mut Wire, group: &str, id: &str) -> Result<(), SimulationError> {
    for (op, expected, step) in
        [("Remove", false, "take a person out of a group"), ("Add", true, "put the person back")]
    {
        let operation = json!({"op": op, "path": "members", "value": [{"$ref": null, "value": id}]});
        scim.patch(&format!("/Groups/{group}"), &json!({"schemas": [PATCH], "Operations": [operation]})).await?;
        let filter = query(&format!("id eq \"{group}\" and members eq \"{id}\""), "+");
        let found = only_id(&scim.get(&format!("/Groups?filter={filter}&excludedAttributes=members")).await?)?;
        check(found.is_some() == expected, || format!("to {step} had no effect"))?;
        let read = scim.get(&format!("/Groups/{group}")).await?;
        check(is_member(&read, id) == expected, || format!("to {step} had no effect: {read}"))?;
        scim.tell(step);
    }
    Ok(())
}
