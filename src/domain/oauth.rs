//! Programs that fetch their directory's bearer tokens themselves (RFC 6749 §4.4, RFC 7523), instead of being given one.
//!
//! A client proves itself with a secret, of which a digest is kept, or with an assertion that its own key has signed. What
//! it is given is a directory's token like any other, for an hour, and dies with its client.

mod assertion;

use std::sync::Arc;

use serde_json::json;

use self::assertion::{Assertion, AssertionError, ClientKey, Verified};
use super::entitlements::{check_may_open_door, check_plan};
use super::organizations::checked_name;
use super::{Gateway, GatewayError};
use crate::access::Duty;
use crate::audit::{Action, Event, Target, TargetKind};
use crate::model::{
    Actor, Attribution, Digest, DirectoryId, DirectoryTokenId, OauthClientId, OrganizationId, Origin, Secret,
    Timestamp, TokenKind, TokenParts,
};
use crate::store::directories::{self, DirectoryTokenRow};
use crate::store::oauth_clients::{self, OauthClientRow};
use crate::store::{Audited, Conn, StoreError, WriteTx};

/// For how many seconds a token is good.
pub const TOKEN_SECONDS: u32 = 3_600;

/// A directory has at most so many clients, and each so many tokens that are good at once; the oldest goes first.
const MAX_CLIENTS: usize = 5;
const MAX_TOKENS: usize = 50;

/// The most characters of a public key.
const MAX_KEY: usize = 16_384;

/// How a client proves itself.
#[derive(Debug)]
pub enum Proof {
    Secret {
        client: String,
        secret: Secret,
    },
    /// In place of a secret (RFC 7523 §2.2), or as the grant itself (§2.1).
    Assertion(String),
}

/// Why a client is given no token. The text is for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    #[error("there is no such client, or its secret is another")]
    Unknown,
    #[error(transparent)]
    Assertion(#[from] AssertionError),
    #[error("the assertion has been used")]
    Replayed,
}

/// A client as admins see it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct OauthClientView {
    /// The `client_id`.
    pub id: OauthClientId,
    pub name: String,
    /// `client_secret` or `private_key_jwt`.
    pub method: String,
    /// RFC 3339.
    pub created: String,
}

impl From<OauthClientRow> for OauthClientView {
    fn from(row: OauthClientRow) -> Self {
        let method = if row.public_key.is_some() { "private_key_jwt" } else { "client_secret" };
        Self { id: row.id, name: row.name, method: method.to_owned(), created: row.created_at.rfc3339() }
    }
}

impl Gateway {
    /// Where clients fetch tokens.
    pub fn token_endpoint(&self) -> String {
        format!("{}/scim/oauth/token", self.public_url())
    }

    /// The clients of a directory, oldest first.
    pub async fn oauth_clients(
        self: &Arc<Self>,
        organization: OrganizationId,
        directory: DirectoryId,
    ) -> Result<Vec<OauthClientView>, GatewayError> {
        self.store
            .read(move |conn| {
                check_directory(conn, organization, directory)?;
                let rows = oauth_clients::of_directory(conn, organization, directory)?;
                Ok(rows.into_iter().map(OauthClientView::from).collect())
            })
            .await
    }

    /// Makes a client. With a public key it signs assertions; without, it is given a secret, shown this once.
    pub async fn create_oauth_client(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        directory: DirectoryId,
        name: String,
        public_key: Option<String>,
    ) -> Result<(OauthClientId, Option<Secret>), GatewayError> {
        let name = checked_name("a client's name", &name)?;
        let id = OauthClientId::new(by.at, self.chance());
        let public_key = public_key.map(|pem| checked_key(&pem)).transpose()?;
        let secret = public_key.is_none().then(|| TokenParts::generate(TokenKind::ClientSecret, self.chance()));
        let (gateway, secret_digest) = (Arc::clone(self), secret.as_ref().map(|secret| secret.digest().hex()));
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            check_plan(&policy, Duty::Provisioning)?;
            check_may_open_door(tx, &policy)?;
            check_directory(tx.conn(), organization, directory)?;
            if oauth_clients::of_directory(tx.conn(), organization, directory)?.len() >= MAX_CLIENTS {
                return Err(GatewayError::Taken(format!(
                    "a directory has at most {MAX_CLIENTS} clients: delete one first"
                )));
            }
            let target = Target::new(TargetKind::OauthClient, id).named(&name);
            let created_at = tx.now();
            let row = OauthClientRow {
                organization_id: organization,
                id,
                directory_id: directory,
                name,
                secret_digest,
                public_key,
                created_at,
            };
            let method = OauthClientView::from(row.clone()).method;
            oauth_clients::insert(tx, row)?;
            let event = Event::new(Action::OauthClientCreated, target)
                .with_detail(json!({ "directory": directory, "method": method }));
            Ok(Audited::new((), event))
        })
        .await?;
        Ok((id, secret))
    }

    /// Takes a client away. The next request that bears one of its tokens is refused.
    pub async fn delete_oauth_client(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        directory: DirectoryId,
        id: OauthClientId,
    ) -> Result<(), GatewayError> {
        self.change(organization, by, move |tx| {
            let row = oauth_clients::by_id(tx.conn(), id)?
                .filter(|row| row.organization_id == organization && row.directory_id == directory)
                .ok_or_else(|| GatewayError::not_found("client", id))?;
            oauth_clients::delete(tx, &row)?;
            let event =
                Event::new(Action::OauthClientDeleted, target(&row)).with_detail(json!({ "directory": directory }));
            Ok(Audited::new((), event))
        })
        .await
    }

    /// Gives a client that proves itself a token.
    pub async fn issue_directory_token(
        self: &Arc<Self>,
        proof: Proof,
        origin: Option<Origin>,
    ) -> Result<Result<Secret, NoToken>, GatewayError> {
        let now = self.now();
        let (row, used) = match self.prove_client(proof, now).await? {
            Ok(proved) => proved,
            Err((known, refusal)) => {
                self.client_refused(known.as_ref(), refusal, origin);
                return Ok(Err(refusal));
            }
        };
        let mut by = self.attribution(Actor::Directory(row.directory_id), origin.clone());
        by.at = now;
        let token = TokenParts::generate(TokenKind::Scim, self.chance());
        let (id, digest) = (DirectoryTokenId::new(now, self.chance()), token.digest());
        let client = row.clone();
        let issued = self
            .change(row.organization_id, by, move |tx| {
                if let Some(used) = used {
                    let shown = Digest::of(used.id.as_bytes());
                    if !oauth_clients::use_assertion(tx, &client, shown, used.expires)? {
                        return Ok(Audited::unchanged(false));
                    }
                }
                issue(tx, &client, id, digest)
            })
            .await?;
        if issued {
            return Ok(Ok(token));
        }
        self.client_refused(Some(&row), NoToken::Replayed, origin);
        Ok(Err(NoToken::Replayed))
    }

    /// The client that proves itself, and the assertion that is used up by it.
    async fn prove_client(
        self: &Arc<Self>,
        proof: Proof,
        now: Timestamp,
    ) -> Result<Result<(OauthClientRow, Option<Verified>), (Option<OauthClientRow>, NoToken)>, GatewayError> {
        let (assertion, client) = match &proof {
            Proof::Secret { client, .. } => (None, client.clone()),
            Proof::Assertion(text) => match Assertion::parse(text) {
                Ok(assertion) => {
                    let issuer = assertion.issuer().unwrap_or_default().to_owned();
                    (Some(assertion), issuer)
                }
                Err(error) => return Ok(Err((None, error.into()))),
            },
        };
        let Ok(id) = client.parse::<OauthClientId>() else { return Ok(Err((None, NoToken::Unknown))) };
        let found = self.store.read(move |conn| oauth_clients::by_id(conn, id)).await?;
        let Some(row) = found else { return Ok(Err((None, NoToken::Unknown))) };
        let proved = match (&proof, assertion) {
            (Proof::Secret { secret, .. }, _) => {
                // A digest of 256 bits of chance: how long the comparison takes tells nothing of the secret.
                let is_right = row.secret_digest.as_deref() == Some(secret.digest().hex().as_str());
                if is_right { Ok(None) } else { Err(NoToken::Unknown) }
            }
            (Proof::Assertion(_), Some(assertion)) => self.verify_assertion(&row, &assertion, now).map(Some),
            (Proof::Assertion(_), None) => Err(NoToken::Unknown),
        };
        Ok(match proved {
            Ok(used) => Ok((row, used)),
            Err(refusal) => Err((Some(row), refusal)),
        })
    }

    fn verify_assertion(
        &self,
        row: &OauthClientRow,
        assertion: &Assertion,
        now: Timestamp,
    ) -> Result<Verified, NoToken> {
        let key = row.public_key.as_deref().ok_or(NoToken::Unknown)?;
        let audiences = [self.token_endpoint(), self.public_url().to_owned()];
        Ok(assertion.verify(&ClientKey::parse(key)?, &row.id.to_string(), &audiences, now)?)
    }

    fn client_refused(&self, known: Option<&OauthClientRow>, refusal: NoToken, origin: Option<Origin>) {
        let reason = refusal.to_string();
        match known {
            Some(row) => self.note_known_failure(row.organization_id, target(row), &reason, origin),
            None => self.note_anonymous_failure("scim", &reason, origin),
        }
    }
}

/// Writes a token down, and takes those away that are good no more or too many.
fn issue(
    tx: &mut WriteTx<'_>,
    client: &OauthClientRow,
    id: DirectoryTokenId,
    digest: Digest,
) -> Result<Audited<bool>, GatewayError> {
    let now = tx.now();
    // It may have been deleted since it proved itself.
    oauth_clients::by_id(tx.conn(), client.id)?.ok_or_else(|| GatewayError::not_found("client", client.id))?;
    let (live, mut gone): (Vec<_>, Vec<_>) =
        oauth_clients::tokens(tx.conn(), client)?.into_iter().partition(|token| token.opens(now));
    let too_many = (live.len() + 1).saturating_sub(MAX_TOKENS);
    gone.extend(live.into_iter().take(too_many));
    oauth_clients::delete_tokens(tx, &gone)?;
    let expires_at = now.micros().saturating_add(i64::from(TOKEN_SECONDS) * 1_000_000);
    let row = DirectoryTokenRow {
        organization_id: client.organization_id,
        id,
        directory_id: client.directory_id,
        digest: digest.hex(),
        created_at: now,
        expires_at: Some(expires_at),
        revoked_at: None,
        last_used_at: None,
        client_id: Some(client.id.to_string()),
    };
    directories::insert_token(tx, row)?;
    let event = Event::new(Action::DirectoryTokenIssued, Target::new(TargetKind::DirectoryToken, id))
        .with_detail(json!({ "directory": client.directory_id, "client": client.id,
                "expires": Timestamp::from_micros(expires_at).rfc3339() }));
    Ok(Audited::new(true, event))
}

fn checked_key(pem: &str) -> Result<String, GatewayError> {
    let invalid = |error: AssertionError| GatewayError::Invalid(error.to_string());
    if pem.len() > MAX_KEY {
        return Err(invalid(AssertionError::Key));
    }
    ClientKey::parse(pem).and_then(|key| key.to_pem()).map_err(invalid)
}

fn check_directory(conn: &mut Conn, organization: OrganizationId, id: DirectoryId) -> Result<(), GatewayError> {
    let found = directories::by_id(conn, organization, id)?;
    found.map(|_| ()).ok_or_else(|| GatewayError::not_found("directory", id))
}

fn target(row: &OauthClientRow) -> Target {
    Target::new(TargetKind::OauthClient, row.id).named(&row.name)
}

/// Forgets the clients of a directory that goes.
pub(super) fn forget_clients(tx: &mut WriteTx<'_>, directory: DirectoryId) -> Result<(), StoreError> {
    let organization = tx.organization();
    for client in oauth_clients::of_directory(tx.conn(), organization, directory)? {
        oauth_clients::delete(tx, &client)?;
    }
    Ok(())
}
