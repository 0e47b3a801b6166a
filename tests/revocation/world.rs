//! A gateway, the identity provider at which its people sign in, and its owner.

use std::cell::{Cell, RefCell};
use std::sync::Mutex;

use serde_json::{Value, json};

use super::doors::{ALL, Door, is_open};
pub use super::people::{Held, Person};
use crate::saml::service_provider;
use crate::support::{Answer, Browser, Gateway, Http, IdentityProvider};

/// What everybody here may do by their role, and what is asked.
pub const ACTION: &str = "email.send";
/// The right to manage the organization.
pub const MANAGE: &str = "users.manage";
/// The role that gives both.
pub const ROLE: &str = "admin";

/// A gateway and the identity provider at which its people sign in.
#[derive(Debug)]
pub struct World<'g> {
    pub gateway: &'g Gateway,
    /// The management API as the owner's session opens it.
    pub owner: Http,
    csrf: String,
    provider: IdentityProvider,
    service_providers: RefCell<Vec<Value>>,
    next: Cell<usize>,
    connection: Connection,
    entra: Http,
}

/// A SAML connection.
#[derive(Debug, Clone)]
pub struct Connection {
    pub id: String,
    login_url: String,
}

/// How the identity provider sends its logout requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutBinding {
    Redirect,
    Form,
}

impl<'g> World<'g> {
    pub fn new(gateway: &'g Gateway) -> Self {
        let provider = IdentityProvider::start();
        let service_providers = RefCell::default();
        let connection = connect(gateway, &provider, &service_providers, "main", LogoutBinding::Redirect);
        let mut browser = Browser::new();
        let link = browser.open(gateway.made()["owner_setup_url"].as_str().unwrap());
        browser.submit(&link, &[("user_name", "olga@corp.example")]);
        let csrf = browser.open(&format!("{}/console/directories", gateway.url())).field("csrf");
        Self {
            gateway,
            owner: gateway.api().without("Authorization").with("Cookie", &browser.cookie_header()),
            csrf,
            provider,
            service_providers,
            next: Cell::new(1),
            connection,
            entra: gateway.directory("entra"),
        }
    }

    /// A further connection to the same identity provider.
    pub fn connection(&self, name: &str, logout: LogoutBinding) -> Connection {
        connect(self.gateway, &self.provider, &self.service_providers, name, logout)
    }

    /// Somebody new, signed in over the world's connection.
    pub fn person(&self, held: Held) -> Person {
        self.person_through(held, &self.connection)
    }

    /// Somebody new, pushed by a directory of the dialect `entra`, which [`Person::scim`] then is.
    pub fn entra_person(&self, held: Held) -> Person {
        self.person_of(&self.entra, held, &self.connection)
    }

    /// Somebody new, signed in over this connection.
    pub fn person_through(&self, held: Held, connection: &Connection) -> Person {
        self.person_of(&self.gateway.scim(), held, connection)
    }

    fn person_of(&self, scim: &Http, held: Held, connection: &Connection) -> Person {
        let number = self.next.replace(self.next.get() + 1);
        let mut person = Person::push(self, scim, connection, number);
        person.hold(self, held);
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
        person.browser = Mutex::new(browser);
    }

    /// A rule that gives `role` in the organization to a group of this name.
    pub fn rule(&self, group: &str, role: &str, priority: i64) -> String {
        let rule = json!({"group": {"name": group}, "role": role, "scope": "organization", "priority": priority});
        self.gateway.api().post("/mapping-rules", &rule).expect(201).text("id")
    }

    /// Changes settings of the organization.
    pub fn settings(&self, settings: Value) {
        self.gateway.api().put("/settings", &settings).expect(200);
    }

    /// Sends a form of the console without further fields, as the owner.
    pub fn console(&self, path: &str) -> Answer {
        self.owner.form(&format!("{}/console{path}", self.gateway.url()), &[("csrf".to_owned(), self.csrf.clone())])
    }

    /// Logs the person out at the identity provider, in their own browser. Where that ends.
    pub fn log_out_at_provider(&self, person: &Person) -> Answer {
        let mut browser = person.browser.lock().unwrap();
        let mut page = browser.open(&self.provider.logout_url(&format!("{}/healthz", self.gateway.url())));
        if page.has("SAMLRequest") {
            page = browser.submit(&page, &[("SAMLRequest", &page.field("SAMLRequest"))]);
        }
        page.into()
    }

    /// Which doors are open to this person now.
    pub fn open(&self, person: &Person) -> Vec<Door> {
        ALL.iter().copied().filter(|&door| is_open(self.gateway, person, door)).collect()
    }
}

fn connect(
    gateway: &Gateway,
    provider: &IdentityProvider,
    service_providers: &RefCell<Vec<Value>>,
    name: &str,
    logout: LogoutBinding,
) -> Connection {
    let new = json!({"name": name, "metadata_xml": provider.metadata(), "domains": ["corp.example"],
                     "just_in_time": false, "idp_initiated": "off"});
    let made = gateway.api().post("/connections", &new).expect(201).json();
    let mut trusted = service_provider(gateway, &made, "assertion");
    if logout == LogoutBinding::Form {
        trusted["slo_binding"] = json!("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST");
    }
    service_providers.borrow_mut().push(trusted);
    provider.trust(&json!(*service_providers.borrow()));
    let text = |member: &str| made[member].as_str().unwrap().to_owned();
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
