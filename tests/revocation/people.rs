//! People with every door open, and by what they hold their rights.

use std::sync::Mutex;

use serde_json::json;

use super::doors::Asked;
use super::world::{ACTION, Connection, MANAGE, ROLE, World, create_group, user};
use crate::support::{Browser, Http};

/// By what a person holds [`ROLE`], or else the right to what is asked and the right to manage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// A rule about the person's group.
    ByGroup,
    /// A rule about a group that the person's group is a member of.
    ByNestedGroup,
    /// A rule about the person's group, where rules of a higher priority would displace it.
    ByUndisplacedRule,
    /// The same, displaced by another rule if only the highest priority counted.
    ByLesserRule,
    /// Somebody gave it.
    Directly,
    /// Two allow overrides: [`ACTION`], and the right to manage.
    ByOverride,
    /// Somebody gave a custom role that has both.
    ByCustomRole,
    /// It is the role of whoever has no other.
    ByDefault,
    /// The role with exactly one holder was handed over to the person.
    AsOwner,
    /// A file is shared with the person to edit it; the right to manage is an override.
    ByShare,
    /// Somebody gave it in the region above the tenant that is asked about; the right to manage is an override.
    InRegion,
}

/// Somebody with every door open.
#[derive(Debug)]
pub struct Person {
    /// The directory that the person came from.
    pub scim: Http,
    pub id: String,
    pub name: String,
    /// What the doors ask.
    pub asked: Asked,
    /// The group the person is in, where rules give the rights.
    pub group: String,
    pub group_name: String,
    /// The group that [`Self::group`] is in, for [`Held::ByNestedGroup`].
    pub parent: String,
    pub rule: String,
    /// The custom role, for [`Held::ByCustomRole`].
    pub role: String,
    pub assignment: String,
    pub share: String,
    pub connection: Connection,
    pub browser: Mutex<Browser>,
    pub session: String,
    pub cookie: String,
    pub key: String,
    pub key_id: String,
}

impl Person {
    /// Somebody new without any right, not yet signed in.
    pub fn push(world: &World<'_>, scim: &Http, connection: &Connection, number: usize) -> Self {
        let name = format!("person{number}@corp.example");
        let id = scim.post("/Users", &user(&name)).expect(201).text("id");
        let key = json!({"name": "own", "user": id});
        let key = world.gateway.api().post("/api-keys", &key).expect(201);
        Self {
            scim: scim.clone(),
            asked: Asked::ordinary(),
            group: String::new(),
            group_name: format!("Group {number}"),
            parent: String::new(),
            rule: String::new(),
            role: format!("custom{number}"),
            assignment: String::new(),
            share: String::new(),
            connection: connection.clone(),
            browser: Mutex::default(),
            session: String::new(),
            cookie: String::new(),
            key: key.text("api_key"),
            key_id: key.text("id"),
            name,
            id,
        }
    }

    /// Gives the person their rights.
    pub fn hold(&mut self, world: &World<'_>, held: Held) {
        // Whatever the row before left behind.
        world.settings(json!({"plan": "agency", "mapping_mode": "union", "default_role": null}));
        match held {
            Held::ByGroup => self.by_group(world),
            Held::ByNestedGroup => {
                self.group = create_group(&self.scim, &self.group_name, &self.id);
                let above = format!("{} above", self.group_name);
                self.parent = create_group(&self.scim, &above, &self.group);
                self.rule = world.rule(&above, ROLE, 0);
            }
            Held::ByUndisplacedRule => {
                world.settings(json!({"mapping_mode": "highest-priority"}));
                self.by_group(world);
            }
            Held::ByLesserRule => {
                self.by_group(world);
                world.rule(&self.group_name, "viewer", 9);
            }
            Held::Directly => self.assign(world, ROLE, "organization"),
            Held::ByOverride => self.allow(world, &[ACTION, MANAGE]),
            Held::ByCustomRole => {
                let role = json!({"key": self.role, "title": self.role, "permissions": [ACTION, MANAGE]});
                world.gateway.api().post("/roles", &role).expect(201);
                self.assign(world, &self.role.clone(), "organization");
            }
            Held::ByDefault => world.settings(json!({"default_role": ROLE})),
            Held::AsOwner => {
                world.owner.post("/ownership-transfer", &json!({"to": self.id})).expect(201);
                self.api(world).post("/ownership-transfer/accept", &json!({})).expect(200);
            }
            Held::ByShare => {
                self.allow(world, &[MANAGE]);
                let file = format!("of-{}", self.id);
                self.asked = Asked { action: "file.edit", kind: "file", id: file, ..Asked::ordinary() };
                self.share = self.share_to(world, "edit").expect(201).text("id");
            }
            Held::InRegion => {
                self.allow(world, &[MANAGE]);
                let tenant = format!("of-{}", self.id);
                self.asked =
                    Asked { kind: "tenant", scope: format!("tenant:{tenant}"), id: tenant, ..Asked::ordinary() };
                let region = format!("region:of-{}", self.id);
                let lies = json!({"scope": self.asked.scope, "parent": region});
                world.gateway.api().post("/scopes", &lies).expect(200);
                self.assign(world, ROLE, &region);
            }
        }
    }

    /// Shares the person's file with them on this level.
    pub fn share_to(&self, world: &World<'_>, level: &str) -> crate::support::Answer {
        let file = json!({"type": "file", "id": self.asked.id});
        world.gateway.api().post("/shares", &json!({"resource": file, "level": level, "user": self.id}))
    }

    /// The management API with the person's own key.
    pub fn api(&self, world: &World<'_>) -> Http {
        world.gateway.api().bearer(&self.key)
    }

    fn by_group(&mut self, world: &World<'_>) {
        self.group = create_group(&self.scim, &self.group_name, &self.id);
        self.rule = world.rule(&self.group_name, ROLE, 0);
    }

    fn assign(&mut self, world: &World<'_>, role: &str, scope: &str) {
        let path = format!("/users/{}/assignments", self.id);
        let made = world.gateway.api().post(&path, &json!({"role": role, "scope": scope})).expect(201);
        self.assignment = made.text("id");
    }

    fn allow(&self, world: &World<'_>, permissions: &[&str]) {
        let allow = |permission| json!({"permission": permission, "effect": "allow", "reason": "a test"});
        let permissions: Vec<_> = permissions.iter().map(allow).collect();
        let path = format!("/users/{}/permissions", self.id);
        world.gateway.api().put(&path, &json!({"permissions": permissions})).expect(200);
    }
}
