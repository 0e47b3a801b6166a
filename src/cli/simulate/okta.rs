//! Okta's requests: those of an app from its catalogue, which PATCHes `active` and groups and PUTs profiles.

use serde_json::{Value, json};

use super::Pushed;
use super::company::{Company, Group, Person};
use super::wire::{SimulationError, Wire, check, is_member, only_id, query, text};

pub(super) const HEADERS: &[(&str, &str)] = &[
    ("user-agent", "Okta SCIM Client 1.0.0"),
    ("accept", "application/scim+json"),
    ("accept-charset", "utf-8"),
    ("content-type", "application/scim+json; charset=utf-8"),
];

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// Tests the connector, looks each person up and creates or links them, pushes each group and its members.
pub(super) async fn push(scim: &mut Wire, company: &Company) -> Result<Pushed, SimulationError> {
    scim.get("/Users?startIndex=1&count=2").await?;
    scim.get("/Groups?startIndex=1&count=100").await?;
    scim.tell("test the connector");

    let mut pushed = Pushed::default();
    for person in &company.people {
        pushed.people.push(assign(scim, person).await?);
    }
    scim.tell(&format!("assign {} people: look up, create", company.people.len()));

    for group in &company.groups {
        let id = push_group(scim, group, company, &pushed).await?;
        pushed.groups.push(id);
    }
    scim.tell(&format!("push {} groups: look up, create, rename, add members", company.groups.len()));
    Ok(pushed)
}

/// A profile changes, somebody changes groups, somebody leaves and comes back.
pub(super) async fn maintain(scim: &mut Wire, company: &Company, pushed: &Pushed) -> Result<(), SimulationError> {
    let (id, person) = (pushed.person(0)?, company.people.first().ok_or(SimulationError::TooSmall)?);
    let mut profile = scim.get(&format!("/Users/{id}")).await?;
    if let Some(profile) = profile.as_object_mut() {
        profile.insert("nickName".to_owned(), json!(person.given));
        profile.insert("groups".to_owned(), json!([]));
    }
    let put = scim.put(&format!("/Users/{id}"), &profile).await?;
    check(put.get("nickName") == Some(&json!(person.given)), || format!("the profile did not change: {put}"))?;
    scim.tell("change a profile: read, put back whole");

    if let Some(group) = company.groups.first() {
        move_member(scim, pushed.group(0)?, &group.name, id, &person.user_name).await?;
    }
    activate(scim, id, false).await?;
    scim.tell("deactivate a person");
    activate(scim, id, true).await?;
    scim.tell("reactivate the person");
    Ok(())
}

/// OIN apps PATCH `active` without a path; Okta never deletes a user.
pub(super) async fn activate(scim: &mut Wire, id: &str, active: bool) -> Result<(), SimulationError> {
    let change = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": active}}]});
    scim.patch(&format!("/Users/{id}"), &change).await?;
    Ok(())
}

async fn assign(scim: &mut Wire, person: &Person) -> Result<String, SimulationError> {
    let filter = query(&format!("userName eq \"{}\"", person.user_name), "%20");
    let found = scim.get(&format!("/Users?filter={filter}&startIndex=1&count=100")).await?;
    let id = match only_id(&found)? {
        Some(id) => {
            activate(scim, &id, true).await?;
            id
        }
        None => text(&scim.post("/Users", &profile(person), &[]).await?, "id")?,
    };
    Ok(id)
}

fn profile(person: &Person) -> Value {
    json!({
        "schemas": [USER],
        "userName": person.user_name,
        "name": {"givenName": person.given, "familyName": person.family},
        "emails": [{"primary": true, "value": person.user_name, "type": "work"}],
        "displayName": person.display_name(),
        "locale": "en-US",
        "externalId": format!("00u{:017}", person.number),
        "groups": [],
        // Okta makes up a password for everybody, even when it does not sync passwords.
        "password": format!("Simulated-{:06}", person.number),
        "active": true,
    })
}

async fn push_group(
    scim: &mut Wire,
    group: &Group,
    company: &Company,
    pushed: &Pushed,
) -> Result<String, SimulationError> {
    let filter = query(&format!("displayName eq \"{}\"", group.name), "%20");
    let found = scim.get(&format!("/Groups?filter={filter}&startIndex=1&count=100")).await?;
    let id = match only_id(&found)? {
        Some(id) => id,
        None => {
            let empty = json!({"schemas": [GROUP], "displayName": group.name, "members": []});
            text(&scim.post("/Groups", &empty, &[]).await?, "id")?
        }
    };
    let members: Vec<_> = group
        .members
        .iter()
        .filter_map(|&index| Some((pushed.people.get(index)?, company.people.get(index)?)))
        .map(|(id, person)| json!({"value": id, "display": person.user_name}))
        .collect();
    let change = json!({"schemas": [PATCH], "Operations": [
        {"op": "replace", "value": {"id": id, "displayName": group.name}},
        {"op": "add", "path": "members", "value": members},
    ]});
    scim.patch(&format!("/Groups/{id}"), &change).await?;
    let read = scim.get(&format!("/Groups/{id}")).await?;
    let count = read.get("members").and_then(Value::as_array).map_or(0, Vec::len);
    check(count == members.len(), || format!("`{}` has {count} members instead of {}", group.name, members.len()))?;
    Ok(id)
}

async fn move_member(scim: &mut Wire, group: &str, name: &str, id: &str, display: &str) -> Result<(), SimulationError> {
    let path = format!("/Groups/{group}");
    let steps = [
        (json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")}), false, "take a person out of a group"),
        (
            json!({"op": "add", "path": "members", "value": [{"value": id, "display": display}]}),
            true,
            "put the person back",
        ),
    ];
    for (operation, expected, step) in steps {
        let rename = json!({"op": "replace", "value": {"id": group, "displayName": name}});
        scim.patch(&path, &json!({"schemas": [PATCH], "Operations": [rename, operation]})).await?;
        let read = scim.get(&path).await?;
        check(is_member(&read, id) == expected, || format!("to {step} had no effect: {read}"))?;
        scim.tell(step);
    }
    Ok(())
}
