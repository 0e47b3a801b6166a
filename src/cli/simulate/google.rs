//! Google Workspace's requests: `application/json`, users only, `active: false` when somebody is suspended.

use serde_json::{Value, json};

use super::Pushed;
use super::company::{Company, Person};
use super::wire::{SimulationError, Wire, check, only_id, query, text};

pub(super) const HEADERS: &[(&str, &str)] =
    &[("user-agent", "Google-Auto-Provisioning"), ("content-type", "application/json")];

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Probes, looks each person up and creates who is missing.
pub(super) async fn push(scim: &mut Wire, company: &Company) -> Result<Pushed, SimulationError> {
    scim.get("/Users?count=1").await?;
    scim.tell("save the connection");

    let mut pushed = Pushed::default();
    for person in &company.people {
        pushed.people.push(provision(scim, person).await?);
    }
    scim.tell(&format!("provision {} people: look up, create", company.people.len()));
    Ok(pushed)
}

/// Somebody is suspended and restored.
pub(super) async fn maintain(scim: &mut Wire, company: &Company, pushed: &Pushed) -> Result<(), SimulationError> {
    let (id, person) = (pushed.person(0)?, company.people.first().ok_or(SimulationError::TooSmall)?);
    let put = scim.put(&format!("/Users/{id}"), &profile(person)).await?;
    check(text(&put, "userName")? == person.user_name, || format!("the profile did not change: {put}"))?;
    scim.tell("change a profile: put");

    for (active, step) in [(false, "suspend a person"), (true, "restore the person")] {
        activate(scim, id, active).await?;
        let read = scim.get(&format!("/Users/{id}")).await?;
        check(read.get("active") == Some(&json!(active)), || format!("to {step} had no effect: {read}"))?;
        scim.tell(step);
    }
    Ok(())
}

pub(super) async fn activate(scim: &mut Wire, id: &str, active: bool) -> Result<(), SimulationError> {
    let change = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": active}}]});
    scim.patch(&format!("/Users/{id}"), &change).await?;
    Ok(())
}

async fn provision(scim: &mut Wire, person: &Person) -> Result<String, SimulationError> {
    let filter = query(&format!("userName eq \"{}\"", person.user_name), "%20");
    match only_id(&scim.get(&format!("/Users?filter={filter}")).await?)? {
        Some(id) => {
            activate(scim, &id, true).await?;
            Ok(id)
        }
        None => text(&scim.post("/Users", &profile(person), &[]).await?, "id"),
    }
}

fn profile(person: &Person) -> Value {
    json!({
        "schemas": [USER],
        "userName": person.user_name,
        "name": {"givenName": person.given, "familyName": person.family},
        "emails": [{"value": person.user_name, "type": "work", "primary": true}],
        "active": true,
    })
}
