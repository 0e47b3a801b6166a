//! Okta's requests: those of an app from its catalogue, which PATCHes `active` and groups and PUTs profiles.

use std::time::Duration;

use serde_json::{Value, json};

use super::company::Person;
use super::manners::Manners;
use super::provider::{GROUP, IdentityProvider, Member, Pushed, USER, find_by, patch};
use super::wire::{SimulationError, Wire, check, only_id, query};

/// Ten tries; whole seconds of `Retry-After`, else five minutes, doubled each time.
pub(super) const MANNERS: Manners = Manners { tries: 10, wait: Duration::from_secs(300), ..Manners::UNKNOWN };

#[derive(Debug)]
pub(super) struct Okta;

impl IdentityProvider for Okta {
    const NAME: &'static str = "Okta";
    const HEADERS: &'static [(&'static str, &'static str)] = &[
        ("user-agent", "Okta SCIM Client 1.0.0"),
        ("accept", "application/scim+json"),
        ("accept-charset", "utf-8"),
        ("content-type", "application/scim+json; charset=utf-8"),
    ];
    const MANNERS: Manners = MANNERS;
    const IMPORT_PAGE: Option<usize> = Some(100);

    async fn test_connection(scim: &Wire) -> Result<(), SimulationError> {
        scim.get("/Users?startIndex=1&count=2").await?;
        scim.get("/Groups?startIndex=1&count=100").await?;
        Ok(())
    }

    async fn find(scim: &Wire, person: &Person) -> Result<Option<String>, SimulationError> {
        find_by(scim, &format!("userName eq \"{}\"", person.user_name), "%20", "&startIndex=1&count=100").await
    }

    fn profile(person: &Person, active: bool) -> Value {
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
            "active": active,
        })
    }

    /// Reads, and puts back the whole of it.
    async fn change_profile(scim: &Wire, member: Member<'_>) -> Result<(), SimulationError> {
        let path = format!("/Users/{}", member.id);
        let mut profile = scim.get(&path).await?;
        if let Some(profile) = profile.as_object_mut() {
            profile.insert("nickName".to_owned(), json!(member.person.given));
            profile.insert("groups".to_owned(), json!([]));
        }
        let put = scim.put(&path, &profile).await?;
        check(put.get("nickName") == Some(&json!(member.person.given)), || format!("the profile did not change: {put}"))
    }

    async fn activate(scim: &Wire, member: Member<'_>, active: bool) -> Result<(), SimulationError> {
        let change = json!([{"op": "replace", "value": {"active": active}}]);
        patch(scim, &format!("/Users/{}", member.id), change).await
    }

    async fn remove_person(_: &Wire, _: Member<'_>) -> Result<bool, SimulationError> {
        Ok(false)
    }

    async fn find_group(scim: &Wire, name: &str) -> Result<Option<String>, SimulationError> {
        let filter = query(&format!("displayName eq \"{name}\""), "%20");
        only_id(&scim.get(&format!("/Groups?filter={filter}&startIndex=1&count=100")).await?)
    }

    fn new_group(name: &str) -> Value {
        json!({"schemas": [GROUP], "displayName": name, "members": []})
    }

    /// Every change of members repeats the name, with the id in the value.
    async fn add_members(scim: &Wire, group: Pushed<'_>, members: &[Member<'_>]) -> Result<(), SimulationError> {
        let value: Vec<_> =
            members.iter().map(|member| json!({"value": member.id, "display": member.person.user_name})).collect();
        let operations = json!([named(group, group.name), {"op": "add", "path": "members", "value": value}]);
        patch(scim, &format!("/Groups/{}", group.id), operations).await
    }

    async fn remove_member(scim: &Wire, group: Pushed<'_>, member: Member<'_>) -> Result<(), SimulationError> {
        let remove = json!({"op": "remove", "path": format!("members[value eq \"{}\"]", member.id)});
        patch(scim, &format!("/Groups/{}", group.id), json!([named(group, group.name), remove])).await
    }

    async fn rename_group(scim: &Wire, group: Pushed<'_>, name: &str) -> Result<(), SimulationError> {
        patch(scim, &format!("/Groups/{}", group.id), json!([named(group, name)])).await
    }
}

fn named(group: Pushed<'_>, name: &str) -> Value {
    json!({"op": "replace", "value": {"id": group.id, "displayName": name}})
}
