//! Microsoft Entra ID's requests in its default (not RFC-strict) form: PATCH only, capitalised operations, booleans as
//! text, filters with `+` for spaces.

use std::time::Duration;

use serde_json::{Value, json};

use super::company::Person;
use super::manners::Manners;
use super::provider::{ENTERPRISE, GROUP, IdentityProvider, Member, Pushed, USER, find_by, patch};
use super::wire::{SimulationError, Wire, check, only_id, query};

const MICROSOFT_GROUP: &str = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
/// A connection is tested by asking for somebody who does not exist.
const NOBODY: &str = "5f0c7a0e-6c0e-4f0b-9d3c-0d7a5a4f2b11";

#[derive(Debug)]
pub(super) struct Entra;

impl IdentityProvider for Entra {
    const NAME: &'static str = "Microsoft Entra ID";
    const HEADERS: &'static [(&'static str, &'static str)] =
        &[("content-type", "application/scim+json; charset=utf-8")];
    /// What failed is tried again with the next cycle, after 40 minutes; `Retry-After` is not known to be heeded. An
    /// application has to take 25 requests a second.
    const MANNERS: Manners = Manners {
        tries: 3,
        heeds_retry_after: false,
        wait: Duration::from_secs(40 * 60),
        rate: 25,
        ..Manners::UNKNOWN
    };
    const IMPORT_PAGE: Option<usize> = Some(100);
    const TAKES_AWAY: &'static str = "disable a person";
    const GIVES_BACK: &'static str = "enable the person";

    async fn test_connection(scim: &Wire) -> Result<(), SimulationError> {
        let nobody = find_by(scim, &format!("userName eq \"{NOBODY}\""), "+", "").await?;
        check(nobody.is_none(), || "nobody was asked for, and found".to_owned())?;
        Self::find_group(scim, NOBODY).await?;
        Ok(())
    }

    async fn find(scim: &Wire, person: &Person) -> Result<Option<String>, SimulationError> {
        find_by(scim, &format!("userName eq \"{}\"", person.user_name), "+", "").await
    }

    fn profile(person: &Person, active: bool) -> Value {
        json!({
            "schemas": [USER, ENTERPRISE],
            "externalId": person.user_name.split('@').next().unwrap_or_default(),
            "userName": person.user_name,
            "active": active,
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

    async fn change_profile(scim: &Wire, member: Member<'_>) -> Result<(), SimulationError> {
        let (path, number) = (format!("/Users/{}", member.id), member.person.number.to_string());
        scim.get(&path).await?;
        let change = json!([
            {"op": "Replace", "path": "displayName", "value": member.person.display_name()},
            {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": member.person.user_name},
            {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+47 900 00 000"},
            {"op": "Add", "path": format!("{ENTERPRISE}:employeeNumber"), "value": number},
        ]);
        patch(scim, &path, change).await?;
        let read = scim.get(&path).await?;
        let found = read.get(ENTERPRISE).and_then(|extension| extension.get("employeeNumber"));
        check(found == Some(&json!(number)), || format!("the profile did not change: {read}"))
    }

    /// `active` travels as text.
    async fn activate(scim: &Wire, member: Member<'_>, active: bool) -> Result<(), SimulationError> {
        let value = if active { "True" } else { "False" };
        let change = json!([{"op": "Replace", "path": "active", "value": value}]);
        patch(scim, &format!("/Users/{}", member.id), change).await
    }

    /// Disabled at first, and deleted thirty days later.
    async fn remove_person(scim: &Wire, member: Member<'_>) -> Result<bool, SimulationError> {
        Self::activate(scim, member, false).await?;
        scim.delete(&format!("/Users/{}", member.id)).await?;
        Ok(true)
    }

    async fn find_group(scim: &Wire, name: &str) -> Result<Option<String>, SimulationError> {
        let filter = query(&format!("displayName eq \"{name}\""), "+");
        only_id(&scim.get(&format!("/Groups?excludedAttributes=members&filter={filter}")).await?)
    }

    fn new_group(name: &str) -> Value {
        let external = format!("8aa1a0c0-0000-4bc0-b4a5-{}", query(name, "-"));
        json!({"schemas": [GROUP, MICROSOFT_GROUP], "externalId": external, "displayName": name,
               "meta": {"resourceType": "Group"}})
    }

    async fn add_members(scim: &Wire, group: Pushed<'_>, members: &[Member<'_>]) -> Result<(), SimulationError> {
        let value: Vec<_> = members.iter().map(|member| json!({"$ref": null, "value": member.id})).collect();
        let add = json!([{"op": "Add", "path": "members", "value": value}]);
        patch(scim, &format!("/Groups/{}", group.id), add).await
    }

    /// Asked about afterwards as Entra asks.
    async fn remove_member(scim: &Wire, group: Pushed<'_>, member: Member<'_>) -> Result<(), SimulationError> {
        let remove = json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": member.id}]}]);
        patch(scim, &format!("/Groups/{}", group.id), remove).await?;
        let filter = query(&format!("id eq \"{}\" and members eq \"{}\"", group.id, member.id), "+");
        let found = only_id(&scim.get(&format!("/Groups?filter={filter}&excludedAttributes=members")).await?)?;
        check(found.is_none(), || "the person is still found in the group".to_owned())
    }

    async fn rename_group(scim: &Wire, group: Pushed<'_>, name: &str) -> Result<(), SimulationError> {
        let rename = json!([{"op": "Replace", "path": "displayName", "value": name}]);
        patch(scim, &format!("/Groups/{}", group.id), rename).await
    }
}
