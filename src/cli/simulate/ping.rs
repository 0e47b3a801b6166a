//! PingOne's and PingFederate's requests, as set up to match people by their work address: `emails eq`, PUT for profiles,
//! membership by merge.

use serde_json::{Value, json};

use super::company::Person;
use super::manners::Manners;
use super::provider::{ENTERPRISE, IdentityProvider, Member, Pushed, USER, find_by, patch, put_profile};
use super::wire::{SimulationError, Wire};

#[derive(Debug)]
pub(super) struct Ping;

impl IdentityProvider for Ping {
    const NAME: &'static str = "PingOne";
    const HEADERS: &'static [(&'static str, &'static str)] =
        &[("accept", "application/scim+json"), ("content-type", "application/scim+json")];
    const MANNERS: Manners = Manners::UNKNOWN;
    const TAKES_AWAY: &'static str = "disable a person";
    const GIVES_BACK: &'static str = "enable the person";

    async fn test_connection(scim: &Wire) -> Result<(), SimulationError> {
        scim.get("/ServiceProviderConfig").await?;
        scim.get("/Users?count=1").await.map(drop)
    }

    async fn find(scim: &Wire, person: &Person) -> Result<Option<String>, SimulationError> {
        find_by(scim, &format!("emails eq \"{}\"", person.user_name), "%20", "").await
    }

    fn profile(person: &Person, active: bool) -> Value {
        json!({
            "schemas": [USER, ENTERPRISE],
            "userName": person.user_name,
            "externalId": format!("ping-{:012}", person.number),
            "name": {"givenName": person.given, "familyName": person.family},
            "emails": [{"value": person.user_name, "type": "work", "primary": true}],
            "active": active,
            ENTERPRISE: {"employeeNumber": person.number.to_string()},
        })
    }

    async fn change_profile(scim: &Wire, member: Member<'_>) -> Result<(), SimulationError> {
        Self::activate(scim, member, true).await
    }

    async fn activate(scim: &Wire, member: Member<'_>, active: bool) -> Result<(), SimulationError> {
        put_profile(scim, &format!("/Users/{}", member.id), &Self::profile(member.person, active), active).await
    }

    async fn remove_person(scim: &Wire, member: Member<'_>) -> Result<bool, SimulationError> {
        scim.delete(&format!("/Users/{}", member.id)).await?;
        Ok(true)
    }

    async fn remove_member(scim: &Wire, group: Pushed<'_>, member: Member<'_>) -> Result<(), SimulationError> {
        let remove = json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", member.id)}]);
        patch(scim, &format!("/Groups/{}", group.id), remove).await
    }
}
