//! JumpCloud's requests: a test user and a test group that are made and taken away again, PUT with the id in the body,
//! members removed by a list.

use serde_json::{Value, json};

use super::company::Person;
use super::manners::Manners;
use super::provider::{ENTERPRISE, IdentityProvider, Member, Pushed, USER, delete, find_by, patch, put_profile};
use super::wire::{SimulationError, Wire};

#[derive(Debug)]
pub(super) struct JumpCloud;

impl IdentityProvider for JumpCloud {
    const NAME: &'static str = "JumpCloud";
    const HEADERS: &'static [(&'static str, &'static str)] = &[("content-type", "application/scim+json")];
    const MANNERS: Manners = Manners::UNKNOWN;

    async fn test_connection(scim: &Wire) -> Result<(), SimulationError> {
        let person = Person::leaver("JumpCloud test");
        let user = Self::assign(scim, &person).await?;
        let group = Self::push_group(scim, "JumpCloud test group").await?;
        Self::add_members(scim, Pushed { id: &group, name: "" }, &[Member { id: &user, person: &person }]).await?;
        delete(scim, &format!("/Groups/{group}")).await?;
        delete(scim, &format!("/Users/{user}")).await
    }

    async fn find(scim: &Wire, person: &Person) -> Result<Option<String>, SimulationError> {
        find_by(scim, &format!("userName eq \"{}\"", person.user_name), "%20", "").await
    }

    fn profile(person: &Person, active: bool) -> Value {
        json!({
            "active": active,
            "addresses": [{"country": "US", "locality": "Boulder", "postalCode": "80027", "primary": true, "region": "CO",
                           "streetAddress": "1 Main", "type": "work"}],
            "displayName": person.display_name(),
            "emails": [{"primary": true, "type": "work", "value": person.user_name}],
            "externalId": format!("66e2d689590450d0{:08x}", person.number),
            "locale": "en-US",
            "name": {"familyName": person.family, "givenName": person.given},
            "phoneNumbers": [{"primary": true, "type": "work", "value": "tel:+1-555-555-5555"}],
            "preferredLanguage": "en-US",
            "schemas": [USER, ENTERPRISE],
            "userName": person.user_name,
        })
    }

    async fn change_profile(scim: &Wire, member: Member<'_>) -> Result<(), SimulationError> {
        let mut profile = whole(member, true);
        if let Some(profile) = profile.as_object_mut() {
            profile.insert("phoneNumbers".to_owned(), json!([]));
            profile.insert("addresses".to_owned(), Value::Null);
        }
        put_profile(scim, &format!("/Users/{}", member.id), &profile, true).await
    }

    async fn activate(scim: &Wire, member: Member<'_>, active: bool) -> Result<(), SimulationError> {
        put_profile(scim, &format!("/Users/{}", member.id), &whole(member, active), active).await
    }

    async fn remove_person(scim: &Wire, member: Member<'_>) -> Result<bool, SimulationError> {
        scim.delete(&format!("/Users/{}", member.id)).await?;
        Ok(true)
    }

    async fn remove_member(scim: &Wire, group: Pushed<'_>, member: Member<'_>) -> Result<(), SimulationError> {
        let remove = json!([{"op": "remove", "path": "members", "value": [{"value": member.id}]}]);
        patch(scim, &format!("/Groups/{}", group.id), remove).await
    }
}

fn whole(member: Member<'_>, active: bool) -> Value {
    let mut profile = JumpCloud::profile(member.person, active);
    if let Some(profile) = profile.as_object_mut() {
        profile.insert("id".to_owned(), json!(member.id));
    }
    profile
}
