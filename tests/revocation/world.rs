//! A gateway with people who are signed in, hold rights and have keys, and the doors that these open.

use serde_json::{Value, json};

use crate::support::{Browser, Gateway, Http, IdentityProvider};

/// What everybody here may do by their role, and what is asked.
pub const ACTION: &str = "email.send";
/// The role that gives [`ACTION`], and the right to manage the organization.
pub const ROLE: &str = "admin";

/// A gateway and the identity provider at which its people sign in.
#[derive(Debug)]
pub struct World<'g> {
    pub gateway: &'g Gateway,
    provider: IdentityProvider,
    service_providers: std::cell::RefCell<Vec<Value>>,
    next: std::cell::Cell<usize>,
    connection: Connection,
}

/// A SAML connection.
#[derive(Debug, Clone)]
pub struct Connection {
    pub id: String,
    login_url: String,
}

/// By what a person holds [`ROLE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// A rule about the person's group.
    ByGroup,
    /// A rule about a group that the person's group is a member of.
    ByNestedGroup,
    /// Somebody gave it.
    Directly,
    /// Two allow overrides: [`ACTION`], and the right to manage.
    ByOverride,
}

/// Somebody with every door open.
#[derive(Debug)]
pub struct Person {
    pub id: String,
    pub name: String,
    /// The group the person is in; not for [`Held::Directly`] and [`Held::ByOverride`].
    pub group: String,
    pub group_name: String,
    /// The group that [`Self::group`] is in, for [`Held::ByNestedGroup`].
    pub parent: String,
    pub rule: String,
    pub assignment: String,
    pub connection: Connection,
    pub session: String,
    pub cookie: String,
    pub key: String,
    pub key_id: String,
}

/// A door and how to see whether it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// `GET /session`
    Session,
    /// `GET /forward-auth`
    Proxy,
    /// `GET /forward-auth?action=…`
    ProxyAction,
    /// `POST /access/v1/evaluation` about the person, asked by the organization's key.
    Decision,
    /// The same among others in `POST /access/v1/evaluations`.
    Decisions,
    /// The person's own key, for what any key opens.
    Key,
    /// The person's own key, for managing the organization.
    Management,
}

/// Every door.
pub const ALL: &[Door] =
    &[Door::Session, Door::Proxy, Door::ProxyAction, Door::Decision, Door::Decisions, Door::Key, Door::Management];
/// What a right opens.
pub const RIGHTS: &[Door] = &[Door::ProxyAction, Door::Decision, Door::Decisions, Door::Management];
/// What a session opens.
pub const SESSION: &[Door] = &[Door::Session, Door::Proxy, Door::ProxyAction];
/// What a key opens.
pub const KEY: &[Door] = &[Door::Key, Door::Management];

impl<'g> World<'g> {
    pub fn new(gateway: &'g Gateway) -> Self {
        let provider = IdentityProvider::start();
        let service_providers = std::cell::RefCell::default();
        let connection = connect(gateway, &provider, &service_providers, "main");
        Self { gateway, provider, service_providers, next: std::cell::Cell::new(1), connection }
    }

    /// A further connection to the same identity provider.
    pub fn connection(&self, name: &str) -> Connection {
        connect(self.gateway, &self.provider, &self.service_providers, name)
    }

    /// Somebody new, signed in over the world's connection.
    pub fn person(&self, held: Held) -> Person {
        self.person_through(held, &self.connection)
    }

    /// Somebody new, signed in over this connection.
    pub fn person_through(&self, held: Held, connection: &Connection) -> Person {
        let number = self.next.replace(self.next.get() + 1);
        let (scim, api) = (self.gateway.scim(), self.gateway.api());
        let name = format!("person{number}@corp.example");
        let id = scim.post("/Users", &user(&name)).expect(201).text("id");
        let mut person = Person {
            group: String::new(),
            group_name: format!("Group {number}"),
            parent: String::new(),
            rule: String::new(),
            assignment: String::new(),
            connection: connection.clone(),
            session: String::new(),
            cookie: String::new(),
            key: String::new(),
            key_id: String::new(),
            name,
            id,
        };
        match held {
            Held::ByGroup => {
                person.group = create_group(&scim, &person.group_name, &person.id);
                person.rule = self.rule(&person.group_name, ROLE);
            }
            Held::ByNestedGroup => {
                person.group = create_group(&scim, &person.group_name, &person.id);
                let above = format!("Above {number}");
                person.parent = create_group(&scim, &above, &person.group);
                person.rule = self.rule(&above, ROLE);
            }
            Held::Directly => {
                let role = json!({"role": ROLE, "scope": "organization"});
                let made = api.post(&format!("/users/{}/assignments", person.id), &role).expect(201);
                person.assignment = made.text("id");
            }
            Held::ByOverride => {
                let allow = |permission| json!({"permission": permission, "effect": "allow", "reason": "a test"});
                let both = json!({"permissions": [allow(ACTION), allow("users.manage")]});
                api.put(&format!("/users/{}/permissions", person.id), &both).expect(200);
            }
        }
        let key = api.post("/api-keys", &json!({"name": "own", "user": person.id})).expect(201);
        (person.key, person.key_id) = (key.text("api_key"), key.text("id"));
        self.sign_in(&mut person, number);
        person
    }

    fn sign_in(&self, person: &mut Person, number: usize) {
        let mut browser = Browser::new();
        let user = format!("person{number}");
        let page = browser.sign_in(&person.connection.login_url, &user, &format!("{user}-password"));
        person.cookie = browser.cookie_header();
        let shown = self.gateway.http().with("Cookie", &person.cookie).get("/session");
        assert_eq!(shown.status, 200, "`{user}` was not signed in; the sign-in ended at {}", page.url);
        let shown = shown.json();
        assert_eq!(shown["user"]["id"], person.id.as_str());
        person.session = shown["session"]["id"].as_str().unwrap().to_owned();
    }

    /// A rule that gives `role` in the organization to a group of this name.
    pub fn rule(&self, group: &str, role: &str) -> String {
        let rule = json!({"group": {"name": group}, "role": role, "scope": "organization"});
        self.gateway.api().post("/mapping-rules", &rule).expect(201).text("id")
    }

    /// Which doors are open to this person now. An answer that is neither yes nor no fails the test.
    pub fn open(&self, person: &Person) -> Vec<Door> {
        ALL.iter().copied().filter(|&door| is_open(self.gateway, person, door)).collect()
    }
}

/// Whether this door is open to this person now.
pub fn is_open(gateway: &Gateway, person: &Person, door: Door) -> bool {
    let http = gateway.http();
    let browser = || http.with("Cookie", &person.cookie);
    let answer = match door {
        Door::Session => browser().get("/session"),
        Door::Proxy => browser().get("/forward-auth"),
        Door::ProxyAction => browser().get(&format!("/forward-auth?action={ACTION}")),
        Door::Decision => return gateway.allows(&person.id, ACTION, "organization"),
        Door::Decisions => {
            let question = json!({
                "subject": {"type": "user", "id": person.name},
                "resource": {"type": "organization", "id": "organization"},
                "evaluations": [{"action": {"name": "no.such"}}, {"action": {"name": ACTION}}],
            });
            let answer = gateway.authzen().post("/evaluations", &question).expect(200).json();
            return answer["evaluations"][1]["decision"].as_bool().expect("a decision");
        }
        Door::Key => {
            let question = json!({"subject": {"type": "user", "id": person.id}, "action": {"name": ACTION},
                                  "resource": {"type": "organization", "id": "organization"}});
            http.bearer(&person.key).post("/access/v1/evaluation", &question)
        }
        Door::Management => http.bearer(&person.key).get("/api/v1/policy"),
    };
    assert!([200, 401, 403].contains(&answer.status), "{door:?} answered {}: {}", answer.status, answer.body);
    answer.status == 200
}

fn connect(
    gateway: &Gateway,
    provider: &IdentityProvider,
    service_providers: &std::cell::RefCell<Vec<Value>>,
    name: &str,
) -> Connection {
    let new = json!({"name": name, "metadata_xml": provider.metadata(), "domains": ["corp.example"],
                     "just_in_time": false, "idp_initiated": "off"});
    let made = gateway.api().post("/connections", &new).expect(201).json();
    let text = |member: &str| made[member].as_str().unwrap().to_owned();
    service_providers
        .borrow_mut()
        .push(json!({"entity_id": text("sp_entity_id"), "acs": text("acs_url"), "behaviour": "assertion"}));
    provider.trust(&json!(*service_providers.borrow()));
    Connection { id: text("id"), login_url: text("login_url") }
}

/// A user resource of this name.
pub fn user(name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": true,
           "emails": [{"value": name, "type": "work", "primary": true}]})
}

/// Creates a group with this one member.
pub fn create_group(scim: &Http, name: &str, member: &str) -> String {
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
                      "members": [{"value": member}]});
    scim.post("/Groups", &body).expect(201).text("id")
}
