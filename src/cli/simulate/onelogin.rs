//! OneLogin's requests: a template that an admin wrote, so booleans are texts and a list may be one object; a `?` or `&`
//! at the end of each URL; members by PATCH.

use serde_json::{Value, json};

use super::company::Person;
use super::manners::Manners;
use super::provider::{IdentityProvider, Member, Pushed, find_by, patch, put_profile};
use super::wire::{SimulationError, Wire};

#[derive(Debug)]
pub(super) struct OneLogin;

impl IdentityProvider for OneLogin {
    const NAME: &'static str = "OneLogin";
    const HEADERS: &'static [(&'static str, &'static str)] = &[("content-type", "application/json")];
    const MANNERS: Manners = Manners::UNKNOWN;
    const TAKES_AWAY: &'static str = "suspend a person";

    async fn test_connection(scim: &Wire) -> Result<(), SimulationError> {
        scim.get("/ServiceProviderConfig").await?;
        scim.get("/Users?").await.map(drop)
    }

    async fn find(scim: &Wire, person: &Person) -> Result<Option<String>, SimulationError> {
        find_by(scim, &format!("userName eq \"{}\"", person.user_name), "+", "&").await
    }

    fn profile(person: &Person, active: bool) -> Value {
        json!({
            "schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
            "userName": person.user_name,
            "name": {"familyName": person.family, "givenName": person.given, "formatted": person.display_name()},
            "emails": {"value": person.user_name, "type": "work"},
            "active": active.to_string(),
            "title": null,
        })
    }

    async fn change_profile(scim: &Wire, member: Member<'_>) -> Result<(), SimulationError> {
        Self::activate(scim, member, true).await
    }

    async fn activate(scim: &Wire, member: Member<'_>, active: bool) -> Result<(), SimulationError> {
        put_profile(scim, &format!("/Users/{}?", member.id), &Self::profile(member.person, active), active).await
    }

    async fn remove_person(scim: &Wire, member: Member<'_>) -> Result<bool, SimulationError> {
        scim.delete(&format!("/Users/{}?", member.id)).await?;
        Ok(true)
    }

    async fn remove_member(scim: &Wire, group: Pushed<'_>, member: Member<'_>) -> Result<(), SimulationError> {
        let remove = json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", member.id)}]);
        patch(scim, &format!("/Groups/{}", group.id), remove).await
    }
}
