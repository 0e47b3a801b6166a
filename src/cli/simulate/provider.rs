//! What each identity provider has to be able to say. The order in which they say it is in `tour`.

use serde_json::{Value, json};

use super::company::Person;
use super::manners::Manners;
use super::wire::{SimulationError, Wire, check, only_id, query, text};

pub(super) const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A group at the gateway.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pushed<'a> {
    pub id: &'a str,
    pub name: &'a str,
}

/// A person at the gateway, and the person.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    pub id: &'a str,
    pub person: &'a Person,
}

/// One identity provider's way of speaking.
pub(super) trait IdentityProvider {
    const NAME: &'static str;
    /// What goes along with each request; `content-type` only where there is a body.
    const HEADERS: &'static [(&'static str, &'static str)];
    const MANNERS: Manners;
    const PUSHES_GROUPS: bool = true;
    /// How many people a page of an import has, if it imports.
    const IMPORT_PAGE: Option<usize> = None;
    /// How an admin says that somebody is kept from signing in.
    const TAKES_AWAY: &'static str = "deactivate a person";
    const GIVES_BACK: &'static str = "reactivate the person";

    /// What happens when an admin presses the button that tests the connection.
    async fn test_connection(scim: &Wire) -> Result<(), SimulationError>;

    /// The id of a person who is there.
    async fn find(scim: &Wire, person: &Person) -> Result<Option<String>, SimulationError>;

    /// A person as sent whole.
    fn profile(person: &Person, active: bool) -> Value;

    /// Changes something of a profile, and looks whether it did.
    async fn change_profile(scim: &Wire, member: Member<'_>) -> Result<(), SimulationError>;

    /// Takes a person's access away or gives it back.
    async fn activate(scim: &Wire, member: Member<'_>, active: bool) -> Result<(), SimulationError>;

    /// Takes a person away for good; false if this provider never does.
    async fn remove_person(scim: &Wire, member: Member<'_>) -> Result<bool, SimulationError>;

    /// The id of a group of this name.
    async fn find_group(scim: &Wire, name: &str) -> Result<Option<String>, SimulationError> {
        let filter = query(&format!("displayName eq \"{name}\""), "%20");
        only_id(&scim.get(&format!("/Groups?filter={filter}")).await?)
    }

    /// A group as it is created, with its members if they are sent along.
    fn new_group(name: &str) -> Value {
        json!({"schemas": [GROUP], "displayName": name})
    }

    /// Adds people to a group.
    async fn add_members(scim: &Wire, group: Pushed<'_>, members: &[Member<'_>]) -> Result<(), SimulationError> {
        let value: Vec<_> = members.iter().map(|member| json!({"value": member.id})).collect();
        patch(scim, &format!("/Groups/{}", group.id), json!([{"op": "add", "path": "members", "value": value}])).await
    }

    /// Takes somebody out of a group.
    async fn remove_member(scim: &Wire, group: Pushed<'_>, member: Member<'_>) -> Result<(), SimulationError>;

    /// Gives a group another name.
    async fn rename_group(scim: &Wire, group: Pushed<'_>, name: &str) -> Result<(), SimulationError> {
        let rename = json!([{"op": "replace", "path": "displayName", "value": name}]);
        patch(scim, &format!("/Groups/{}", group.id), rename).await
    }

    /// Looks a person up and creates or links them. Who was created meanwhile is looked up again.
    async fn assign(scim: &Wire, person: &Person) -> Result<String, SimulationError> {
        if let Some(id) = Self::find(scim, person).await? {
            Self::activate(scim, Member { id: &id, person }, true).await?;
            return Ok(id);
        }
        let created = scim.post("/Users", &Self::profile(person, true), &[409]).await?;
        match text(&created, "id") {
            Ok(id) => Ok(id),
            Err(missing) => Self::find(scim, person).await?.ok_or(missing),
        }
    }

    /// Looks a group up and creates it.
    async fn push_group(scim: &Wire, name: &str) -> Result<String, SimulationError> {
        if let Some(id) = Self::find_group(scim, name).await? {
            return Ok(id);
        }
        text(&scim.post("/Groups", &Self::new_group(name), &[]).await?, "id")
    }
}

/// Sends these operations.
pub(super) async fn patch(scim: &Wire, path: &str, operations: Value) -> Result<(), SimulationError> {
    scim.patch(path, &json!({"schemas": [PATCH], "Operations": operations})).await?;
    Ok(())
}

/// Puts a profile, and looks whether what came back bears its name and state.
pub(super) async fn put_profile(scim: &Wire, path: &str, profile: &Value, active: bool) -> Result<(), SimulationError> {
    let put = scim.put(path, profile).await?;
    let same = put.get("userName") == profile.get("userName") && put.get("active") == Some(&json!(active));
    check(same, || format!("the profile did not change: {put}"))
}

/// Looks a person up by a filter whose blanks are sent as `blank`.
pub(super) async fn find_by(
    scim: &Wire,
    filter: &str,
    blank: &str,
    more: &str,
) -> Result<Option<String>, SimulationError> {
    only_id(&scim.get(&format!("/Users?filter={}{more}", query(filter, blank))).await?)
}

/// Deletes, and looks whether it is gone.
pub(super) async fn delete(scim: &Wire, path: &str) -> Result<(), SimulationError> {
    scim.delete(path).await?;
    scim.is_gone(path).await
}
