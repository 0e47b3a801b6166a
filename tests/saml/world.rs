//! One gateway, one SimpleSAMLphp, and a connection between them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Answer, Browser, Gateway, Http, IdentityProvider, Page, until};

/// A connection to an identity provider of its own.
pub struct World<'g> {
    pub gateway: &'g Gateway,
    pub provider: IdentityProvider,
    pub connection: Value,
}

impl<'g> World<'g> {
    /// The ordinary connection: people are provisioned, the assertion is signed.
    pub fn new(gateway: &'g Gateway) -> Self {
        Self::with(gateway, "assertion", &json!({}))
    }

    /// A connection with these settings, to an identity provider that behaves so.
    pub fn with(gateway: &'g Gateway, behaviour: &str, settings: &Value) -> Self {
        let provider = IdentityProvider::start();
        let metadata = provider.metadata();
        let connection = connect(gateway, "idp", &metadata, settings);
        let world = Self { gateway, provider, connection };
        world.trust(behaviour);
        world
    }

    /// Lets the identity provider behave otherwise from now on.
    pub fn trust(&self, behaviour: &str) {
        self.provider.trust(&json!([service_provider(self.gateway, &self.connection, behaviour)]));
    }

    pub fn url(&self, endpoint: &str) -> &str {
        self.connection[endpoint].as_str().unwrap()
    }

    /// Signs Ann in with a browser of her own.
    pub fn sign_in(&self) -> (Browser, Page) {
        let mut browser = Browser::new();
        let page = browser.sign_in(self.url("login_url"), "ann", "ann-password");
        (browser, page)
    }

    /// Signs Ann in and insists that it works.
    #[track_caller]
    pub fn signed_in(&self) -> Browser {
        let (browser, page) = self.sign_in();
        assert_eq!(who(self.gateway, &browser).as_deref(), Some("ann@corp.example"), "{page:?}");
        browser
    }

    /// Goes as far as the identity provider's answer, which is yet to be posted.
    pub fn answered(&self) -> (Browser, Sent) {
        self.answered_to("/")
    }

    /// The same with a page to return to.
    pub fn answered_to(&self, return_to: &str) -> (Browser, Sent) {
        let mut login = reqwest::Url::parse(self.url("login_url")).unwrap();
        login.query_pairs_mut().append_pair("return_to", return_to);
        let mut browser = Browser::new();
        let page = browser.answer_for(login.as_str(), "ann", "ann-password");
        assert!(page.has("SAMLResponse"), "{page:?}");
        (browser, Sent { response: page.field("SAMLResponse"), relay_state: page.field("RelayState") })
    }

    /// Posts an answer as this browser.
    pub fn post(&self, browser: &Browser, sent: &Sent) -> Answer {
        post_to(self.url("acs_url"), browser, sent)
    }

    /// Insists that an answer was refused: nobody is signed in, and the person is told nothing.
    #[track_caller]
    pub fn refused(&self, answer: &Answer, code: &str) {
        assert_eq!(answer.status, 403, "{code}: {}", answer.body);
        assert!(answer.body.contains("Sign-in did not work."), "{code}: {}", answer.body);
        assert!(!answer.body.contains(code), "the page must not tell `{code}`: {}", answer.body);
        assert!(answer.headers.get_all("set-cookie").iter().next().is_none(), "{code}: {:?}", answer.headers);
        self.noted(code);
    }

    /// Insists that the audit log tells this reason for a refused sign-in.
    #[track_caller]
    pub fn noted(&self, code: &str) {
        let beginning = format!("{code}: ");
        until(&format!("the audit log tells `{code}`"), || {
            let entries = events(self.gateway, "signin.refused");
            entries.iter().any(|entry| entry.to_string().contains(&beginning))
        });
    }
}

/// What the browser posts to the assertion consumer.
#[derive(Debug, Clone)]
pub struct Sent {
    pub response: String,
    pub relay_state: String,
}

impl Sent {
    /// The response's XML.
    pub fn xml(&self) -> String {
        String::from_utf8(STANDARD.decode(&self.response).unwrap()).unwrap()
    }

    /// The same with other XML.
    pub fn saying(&self, xml: impl AsRef<[u8]>) -> Self {
        Self { response: STANDARD.encode(xml), relay_state: self.relay_state.clone() }
    }
}

/// Makes a connection; `settings` come over the ordinary ones.
pub fn connect(gateway: &Gateway, name: &str, metadata: &str, settings: &Value) -> Value {
    let mut draft = json!({ "name": name, "metadata_xml": metadata, "domains": ["corp.example"] });
    draft.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    gateway.api().post("/connections", &draft).expect(201).json()
}

/// A connection as SimpleSAMLphp's `sps.json` wants it.
pub fn service_provider(gateway: &Gateway, connection: &Value, behaviour: &str) -> Value {
    let path = format!("/saml/{}/metadata", connection["id"].as_str().unwrap());
    let metadata = gateway.http().get(&path).expect(200).body;
    let certificate = metadata.split("X509Certificate>").nth(1).unwrap().split('<').next().unwrap();
    json!({
        "entity_id": connection["sp_entity_id"], "acs": connection["acs_url"], "slo": connection["slo_url"],
        "behaviour": behaviour, "certificate": certificate,
    })
}

/// Pushes Ann in by SCIM; gives her id.
pub fn provision(gateway: &Gateway) -> String {
    let ann = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ann@corp.example",
        "name": {"givenName": "Ann", "familyName": "Ångström"},
        "emails": [{"value": "ann@corp.example", "type": "work", "primary": true}],
        "active": true
    });
    gateway.scim().post("/Users", &ann).expect(201).text("id")
}

pub fn deactivate(gateway: &Gateway, id: &str) {
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": false}]
    });
    let answer = gateway.scim().patch(&format!("/Users/{id}"), &patch);
    assert!([200, 204].contains(&answer.status), "{}", answer.body);
}

pub fn post_to(acs: &str, browser: &Browser, sent: &Sent) -> Answer {
    let mut fields = vec![("SAMLResponse".to_owned(), sent.response.clone())];
    if !sent.relay_state.is_empty() {
        fields.push(("RelayState".to_owned(), sent.relay_state.clone()));
    }
    client(browser).form(acs, &fields)
}

/// An HTTP client with the browser's cookies.
pub fn client(browser: &Browser) -> Http {
    let cookies = browser.cookie_header();
    if cookies.is_empty() { Http::new("") } else { Http::new("").with("Cookie", &cookies) }
}

/// Who is signed in at the gateway in this browser.
pub fn who(gateway: &Gateway, browser: &Browser) -> Option<String> {
    let answer = client(browser).get(&format!("{}/session", gateway.url()));
    (answer.status == 200).then(|| answer.json()["user"]["userName"].as_str().unwrap().to_owned())
}

/// The newest audit entries of an action.
pub fn events(gateway: &Gateway, action: &str) -> Vec<Value> {
    let answer = gateway.api().get(&format!("/audit-events?action={action}")).expect(200).json();
    answer["items"].as_array().unwrap().clone()
}
