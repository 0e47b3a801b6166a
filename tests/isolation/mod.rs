//! Two organizations in one installation: neither sees, changes or learns anything of the other. And one credential
//! opens one door: a wrong, mistyped, revoked or misplaced one opens none.

mod credentials;
mod ids;
mod things;
mod tries;

use serde_json::{Value, json};

use crate::support::{Answer, Browser, Gateway, Http};

/// A second organization beside the one that every test's gateway begins with.
#[derive(Debug)]
struct Other {
    made: Value,
    url: String,
}

impl Other {
    /// `portcullis init` once more on the same installation, with another name.
    fn beside(gateway: &Gateway) -> Self {
        let catalogue = format!("{}/fixtures/catalogues/everything.toml", env!("CARGO_MANIFEST_DIR"));
        let url = gateway.url();
        gateway.stop();
        let arguments = ["init", "--organization", "Other", "--catalogue", &catalogue, "--public-url", &url, "--json"];
        let made = serde_json::from_str(&gateway.cli(&arguments)).unwrap();
        gateway.restart();
        Self { made, url }
    }

    fn scim_token(&self) -> &str {
        self.made["scim"]["token"].as_str().unwrap()
    }

    fn scim(&self) -> Http {
        Http::new(format!("{}/scim/v2", self.url)).bearer(self.scim_token())
    }

    fn api_key(&self) -> &str {
        self.made["api_key"].as_str().unwrap()
    }

    fn api(&self) -> Http {
        Http::new(format!("{}/api/v1", self.url)).bearer(self.api_key())
    }

    fn owner(&self) -> Owner {
        Owner::of(&self.url, &self.made, "owner@other.example")
    }
}

/// The owner of an organization, signed in by the one-time link that `init` printed.
#[derive(Debug)]
struct Owner {
    http: Http,
    csrf: String,
}

impl Owner {
    fn of(url: &str, made: &Value, name: &str) -> Self {
        let mut browser = Browser::new();
        let page = browser.open(made["owner_setup_url"].as_str().unwrap());
        browser.submit(&page, &[("user_name", name)]);
        let csrf = browser.open(&format!("{url}/console/directories")).field("csrf");
        assert!(!csrf.is_empty(), "`{name}` sees no form of the console");
        Self { http: Http::new(url).with("Cookie", &browser.cookie_header()), csrf }
    }

    /// Sends a form of the console without further fields.
    fn post(&self, path: &str) -> Answer {
        self.http.form(path, &[("csrf".to_owned(), self.csrf.clone())])
    }
}

/// A user resource of this name.
fn user(name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": true})
}
