//! Google Workspace's requests: `application/json`, users only, `active: false` when somebody is suspended. Google
//! documents no wire format, retries or pace; see `fixtures/scim/google`.

use serde_json::{Value, json};

use super::company::Person;
use super::manners::Manners;
use super::provider::{IdentityProvider, Member, Pushed, USER, find_by, patch, put_profile};
use super::wire::{SimulationError, Wire};

#[derive(Debug)]
pub(super) struct Google;

impl IdentityProvider for Google {
    const NAME: &'static str = "Google Workspace";
    const HEADERS: &'static [(&'static str, &'static str)] =
        &[("user-agent", "Google-Auto-Provisioning"), ("content-type", "application/json")];
    const MANNERS: Manners = Manners::UNKNOWN;
    const PUSHES_GROUPS: bool = false;
    const TAKES_AWAY: &'static str = "suspend a person";
    const GIVES_BACK: &'static str = "restore the person";

    async fn test_connection(scim: &Wire) -> Result<(), SimulationError> {
        scim.get("/Users?count=1").await.map(drop)
    }

    async fn find(scim: &Wire, person: &Person) -> Result<Option<String>, SimulationError> {
        find_by(scim, &format!("userName eq \"{}\"", person.user_name), "%20", "").await
    }

    fn profile(person: &Person, active: bool) -> Value {
        json!({
            "schemas": [USER],
            "userName": person.user_name,
            "name": {"givenName": person.given, "familyName": person.family},
            "emails": [{"value": person.user_name, "type": "work", "primary": true}],
            "active": active,
        })
    }

    async fn change_profile(scim: &Wire, member: Member<'_>) -> Result<(), SimulationError> {
        put_profile(scim, &format!("/Users/{}", member.id), &Self::profile(member.person, true), true).await
    }

    async fn activate(scim: &Wire, member: Member<'_>, active: bool) -> Result<(), SimulationError> {
        let change = json!([{"op": "replace", "value": {"active": active}}]);
        patch(scim, &format!("/Users/{}", member.id), change).await
    }

    /// Suspended, and deleted when the time that the admin has set is over.
    async fn remove_person(scim: &Wire, member: Member<'_>) -> Result<bool, SimulationError> {
        Self::activate(scim, member, false).await?;
        scim.delete(&format!("/Users/{}", member.id)).await?;
        Ok(true)
    }

    async fn remove_member(_: &Wire, _: Pushed<'_>, _: Member<'_>) -> Result<(), SimulationError> {
        Err(SimulationError::NoGroups)
    }
}
