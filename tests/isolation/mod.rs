//! Two organizations in one installation: neither sees, changes or learns anything of the other. And one credential
//! opens one door: a wrong, mistyped, revoked or misplaced one opens none.

mod credentials;
mod ids;

use serde_json::{Value, json};

use crate::support::{Gateway, Http};

/// A second organization beside the one that every test's gateway begins with.
#[derive(Debug)]
struct Other {
    made: Value,
    url: String,
}

impl Other {
    /// `portcullis init` once more on the same installation, with another name.
    fn beside(gateway: &Gateway) -> Self {
        let catalogue = format!("{}/catalogues/miopsai.toml", env!("CARGO_MANIFEST_DIR"));
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

    fn api(&self) -> Http {
        Http::new(format!("{}/api/v1", self.url)).bearer(self.made["api_key"].as_str().unwrap())
    }

    fn owner_setup(&self) -> &str {
        self.made["owner_setup_url"].as_str().unwrap()
    }
}

/// A user resource of this name.
fn user(name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": true})
}
