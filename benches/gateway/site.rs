//! An installation to measure on: a gateway on a database of its own, one organization, one directory.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use portcullis::domain::directories::DirectoryClient;
use portcullis::domain::gate::Capacity;
use portcullis::domain::sealing::SealingKey;
use portcullis::domain::{Gateway, Memory, Settings};
use portcullis::model::{Actor, Attribution, OrganizationId, SystemChance, SystemClock, UserId};
use portcullis::scim::{Dialect, Projection, ResourceKind};
use portcullis::session::Limits;
use portcullis::store::{Address, Store, StoreOptions};

use crate::Outcome;

/// A gateway and the directory that provisions it.
pub struct Site {
    pub gateway: Arc<Gateway>,
    pub organization: OrganizationId,
    pub client: Arc<DirectoryClient>,
}

impl Site {
    /// On `address`, or else on a new SQLite file `name` in `folder`. `batch` changes share a commit at most.
    pub async fn open(
        folder: &Path,
        name: &str,
        address: Option<Address>,
        batch: usize,
        dialect: Dialect,
    ) -> Outcome<Self> {
        let options = StoreOptions {
            address: address.unwrap_or_else(|| Address::Sqlite(folder.join(format!("{name}.sqlite")))),
            lock: folder.join(format!("{name}.lock")),
            readers: 8,
            batch,
            serving: true,
            holder: name.to_owned(),
        };
        let (memory, chance) = (Memory::default(), Arc::new(SystemChance));
        let store = Store::open(options, memory.publisher(), chance.clone())?;
        let settings = Settings {
            public_url: "http://127.0.0.1:8080".to_owned(),
            session: Limits::default(),
            private_hosts: std::collections::BTreeSet::new(),
            page_default: 100,
            page_max: 1_000,
        };
        let clock = Arc::new(SystemClock);
        let sealing = SealingKey::generate(chance.as_ref());
        let gateway = Arc::new(Gateway::new(store, &memory, Capacity::default(), settings, sealing, clock, chance));
        let catalogue = include_str!("../../catalogues/miopsai.toml").to_owned();
        let organization = gateway.create_organization("Bench", catalogue, "miopsai.toml").await?.id;
        let by = gateway.attribution(Actor::Operator, None);
        let directory = gateway.create_directory(by, organization, "Bench".to_owned(), dialect).await?;
        let client =
            gateway.authenticate_directory(directory.token.expose()).await?.ok_or("the token opens nothing")?;
        Ok(Self { gateway, organization, client })
    }

    /// What a change by the directory is attributed to.
    pub fn by(&self) -> Attribution {
        self.gateway.attribution(self.client.actor(), None)
    }

    /// Creates a person as identity providers do.
    pub async fn create_user(&self, name: &str) -> Outcome<UserId> {
        let projection = Projection::everything(ResourceKind::User);
        let made = self.gateway.create_user(&self.client, self.by(), person(name), &projection).await?;
        Ok(made.id.parse()?)
    }
}

fn person(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "userName": format!("{name}@example.com"),
        "externalId": name,
        "name": { "givenName": name, "familyName": "Example" },
        "displayName": format!("{name} Example"),
        "active": true,
        "emails": [{ "value": format!("{name}@example.com"), "type": "work", "primary": true }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Sales", "employeeNumber": name },
    })
}
