//! What the gateway does: one function for each change, whatever way it came in.
//!
//! SCIM, SAML, console, API and command line call the same functions here, so that none of them can forget mapping,
//! revocation or the audit. A change reads: load, check, decide (a pure call), save, tell the audit; it runs as one
//! closure in the store's write lane, which commits, publishes and answers.
//!
//! | file | what it does |
//! |---|---|
//! | [`gate`] | memory that decisions are answered from, and its invalidation: the one revocation path |
//! | `provisioning/` | people and groups over SCIM |
//! | `entitlements/` | who holds what: policy, facts about a person, derived assignments, holder limits |
//! | `subjects` | what is remembered about a person, and how it is put together |
//! | `decisions`, `search` | may this person do this here, and why; who may, on what, and what else |
//! | `sessions`, `login`, `logout` | browser sessions, SAML sign-in, single logout |
//! | `people`, `ownership` | people as admins handle them; handing over a role with exactly one holder |
//! | `accounts` | passwords, second factors, invitations: signing in without an identity provider |
//! | `owner_links` | the owner's way in when there is no other |
//! | `directories`, `connections`, `catalogues`, `mappings`, `overrides`, `shares`, `roles`, `scopes`, `settings`, `approvals`, `api_keys`, `organizations` | what admins manage |
//! | `contracts` | what an organization asserts about itself, upheld by every change |
//! | `leniencies` | what was tolerated in the requests of each directory, counted |
//! | `oauth` | programs that fetch their directory's tokens themselves |
//! | `impact` | what a change would mean for the real people, before it is made |
//! | `history/` | who could do what at a past moment, from the audit log |
//! | `pushes` | what directories sent: the provisioning log, and what a directory is replayed from |
//! | `ledger` | reading the audit log, checkpoints, coalesced refusals |
//! | `usage`, `reports` | what is exercised, and what could be taken away because it is not |
//! | `reviews/` | what people hold, decided on by somebody else |
//! | `views/` | what admins look at: people, groups and their roles, the log with names, what is still to be set up |
//! | `sealing/` | secrets that are stored to be read again: sealed under the installation's key |
//! | `upkeep` | what happens at intervals |

pub mod accounts;
pub mod api_keys;
pub mod approvals;
pub mod assignments;
pub mod catalogues;
pub mod connections;
pub mod contracts;
pub mod decisions;
pub mod directories;
mod entitlements;
mod error;
pub mod gate;
pub mod history;
pub mod impact;
pub mod ledger;
pub mod leniencies;
pub mod login;
pub mod logout;
pub mod mappings;
pub mod oauth;
pub mod organizations;
pub mod overrides;
pub mod owner_links;
pub mod ownership;
mod people;
mod provisioning;
pub mod pushes;
pub mod reports;
pub mod reviews;
pub mod roles;
pub mod scopes;
pub mod sealing;
pub mod search;
pub mod service_accounts;
pub mod sessions;
pub mod settings;
pub mod shares;
pub mod subjects;
pub mod upkeep;
mod usage;
pub mod views;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;

pub use entitlements::PolicyView;
pub use error::{GatewayError, StoreFailure};
pub use provisioning::{ListQuery, Listing, Rendered, Stretch, overview::Overview};

use self::entitlements::GroupRecord;
use self::gate::{Capacity, Counters, GroupMemory, OrganizationMemory, PeopleMemory, SecretMemory};
use self::sealing::SealingKey;
use self::subjects::Subject;
use crate::access::{Catalogue, Policy};
use crate::audit::coalesce::{Coalescer, Due};
use crate::model::{Actor, Attribution, Chance, Clock, Digest, FoldedKey, OrganizationId, Origin, Timestamp, UserId};
use crate::session::Limits;
use crate::store::pushes::RequestRow;
use crate::store::sign_ins::AttemptRow;
use crate::store::{Audited, Publisher, Store, WriteTx};

/// What the gateway is told at its start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The outside address, without a trailing slash.
    pub public_url: String,
    pub session: Limits,
    /// Hosts that metadata may be fetched from although their addresses are private, lower case.
    pub private_hosts: BTreeSet<String>,
    pub page_default: u64,
    pub page_max: u64,
    pub retention: pushes::Retention,
}

/// The gateway. Cheap to share; made once, in `app`.
pub struct Gateway {
    store: Store,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    settings: Settings,
    sealing: SealingKey,
    passwords: accounts::Passwords,
    people: PeopleMemory<Arc<Subject>>,
    /// None: there is no such group.
    groups: GroupMemory<Option<Arc<GroupRecord>>>,
    policies: OrganizationMemory<Arc<Policy>>,
    /// Who bears a userName; see `decisions`.
    names: quick_cache::sync::Cache<(OrganizationId, FoldedKey), UserId>,
    sessions: SecretMemory<Arc<sessions::Remembered>>,
    keys: SecretMemory<Arc<api_keys::Remembered>>,
    directories: SecretMemory<Arc<directories::Remembered>>,
    catalogues: quick_cache::sync::Cache<Digest, Arc<Catalogue>>,
    /// Organizations as they were.
    past: history::PastMemory,
    refusals: Mutex<Coalescer>,
    /// Permissions that were exercised, until it is written down.
    exercised: Mutex<usage::Waiting>,
    /// Refusals that are to be written down.
    due: Mutex<Vec<Due>>,
    /// When sessions were last used, until it is written down.
    seen: Mutex<HashMap<Digest, Timestamp>>,
    /// The same of keys.
    used: Mutex<HashMap<Digest, Timestamp>>,
    /// What was tolerated in SCIM requests, until it is written down.
    forgiven: Mutex<leniencies::Tally>,
    /// Failed sign-ins that are to be written down for the admin.
    attempts: Mutex<Vec<AttemptRow>>,
    /// When directories' tokens were last used, until it is written down.
    used_tokens: Mutex<HashMap<Digest, Timestamp>>,
    /// Where directories stand that read page by page.
    walks: provisioning::Walks,
    /// Lines of the provisioning log, until they are written down.
    answered: Mutex<Vec<RequestRow>>,
    /// Whether an organization may have contracts; asked of the database where it is not known. Only the write lane looks
    /// and only it changes it, one change after the other, so a change sees what the one before it made.
    contracted: Mutex<HashMap<OrganizationId, bool>>,
    /// The oldest organization: where what nobody can be asked for is recorded.
    home: std::sync::OnceLock<OrganizationId>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("public_url", &self.settings.public_url).finish_non_exhaustive()
    }
}

/// The gate's counters, to be handed to the store before the gateway that uses them exists.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Counters>);

impl Memory {
    /// What the store publishes changes to.
    pub fn publisher(&self) -> Arc<dyn Publisher> {
        self.0.clone()
    }
}

impl Gateway {
    /// Puts the gateway together.
    pub fn new(
        store: Store,
        memory: &Memory,
        capacity: Capacity,
        settings: Settings,
        sealing: SealingKey,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Self {
        let counters = || memory.0.clone();
        Self {
            store,
            clock,
            chance,
            settings,
            sealing,
            passwords: accounts::Passwords::default(),
            people: PeopleMemory::new(counters(), capacity.people),
            groups: GroupMemory::new(counters(), capacity.groups),
            policies: OrganizationMemory::new(counters(), capacity.organizations),
            names: quick_cache::sync::Cache::new(capacity.people),
            sessions: SecretMemory::new(counters(), capacity.secrets),
            keys: SecretMemory::new(counters(), capacity.secrets),
            directories: SecretMemory::new(counters(), capacity.organizations),
            catalogues: quick_cache::sync::Cache::new(capacity.organizations.min(64)),
            past: history::PastMemory::default(),
            refusals: Mutex::new(Coalescer::new(10_000)),
            exercised: Mutex::new(usage::Waiting::new()),
            due: Mutex::new(Vec::new()),
            seen: Mutex::new(HashMap::new()),
            attempts: Mutex::new(Vec::new()),
            used: Mutex::new(HashMap::new()),
            forgiven: Mutex::default(),
            walks: provisioning::Walks::default(),
            used_tokens: Mutex::new(HashMap::new()),
            answered: Mutex::new(Vec::new()),
            contracted: Mutex::new(HashMap::new()),
            home: std::sync::OnceLock::new(),
        }
    }

    /// The moment it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where chance comes from.
    pub fn chance(&self) -> &dyn Chance {
        self.chance.as_ref()
    }

    /// The outside address, without a trailing slash.
    pub fn public_url(&self) -> &str {
        &self.settings.public_url
    }

    /// What the gateway was told at its start.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Runs a change in the write lane, and undoes it if it breaks a contract of the organization. One that is refused for
    /// want of a right, by a contract, or because it would leave a role without the holder it must have, is recorded as
    /// refused.
    async fn change<T: Send + 'static>(
        self: &Arc<Self>,
        organization: OrganizationId,
        by: Attribution,
        change: impl FnOnce(&mut WriteTx<'_>) -> Result<Audited<T>, GatewayError> + Send + 'static,
    ) -> Result<T, GatewayError> {
        let gateway = Arc::clone(self);
        let upheld = move |tx: &mut WriteTx<'_>| {
            let changed = change(tx)?;
            contracts::uphold(&gateway, tx)?;
            Ok(changed)
        };
        let kept = self.kept(organization, &by)?;
        let done = self.store.write_keeping(organization, by.clone(), kept, upheld).await;
        if let Err(
            error @ (GatewayError::Forbidden(_)
            | GatewayError::Plan(_)
            | GatewayError::LastHolder(_)
            | GatewayError::Contract(_)
            | GatewayError::Grant(_)),
        ) = &done
        {
            self.request_refused(organization, by, "change", &error.to_string());
        }
        done
    }

    /// What a change is attributed to.
    pub fn attribution(&self, actor: Actor, origin: Option<Origin>) -> Attribution {
        Attribution { actor, origin, at: self.now(), pushed: None }
    }

    /// Whether answers from memory may be given at this very moment. See `store::Deadline`.
    fn memory_holds(&self) -> Result<(), GatewayError> {
        if self.store.deadline().holds() { Ok(()) } else { Err(GatewayError::NoLease) }
    }

    /// Whether the gateway can work now: the database answers and memory may be trusted.
    pub async fn readiness(&self) -> Result<(), GatewayError> {
        self.store.ping().await?;
        self.memory_holds()
    }
}
