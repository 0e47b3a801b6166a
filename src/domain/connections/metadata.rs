//! The identity providers' metadata: where it comes from, and how it is kept up to date.
//!
//! Metadata by URL is fetched again every few hours, with the ETag it came with, at moments that differ from replica to
//! replica. Whatever goes wrong, the last good copy stays, and the admin is told once. A document that names another
//! entity id is never taken by itself: that would be another identity provider.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::draft::{MetadataDraft, told};
use super::view::{WARNING_DAYS, days_to};
use super::{ConnectionView, own};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::domain::{Gateway, GatewayError};
use crate::model::{Actor, Attribution, ConnectionId, OrganizationId, Timestamp};
use crate::outbound::{self, Fetched};
use crate::saml::{Certificate, IdpMetadata};
use crate::store::connections::{self, ConnectionRow};
use crate::store::metadata_sources::{self, MetadataSourceRow};
use crate::store::{Audited, WriteTx};

/// How long after a good try the next one is, give or take a quarter.
const REFRESH: Duration = Duration::from_secs(6 * 60 * 60);
/// How long after a failed one.
const RETRY: Duration = Duration::from_secs(45 * 60);
/// At most so many sources are looked at in one go.
const AT_ONCE: i64 = 20;

/// Metadata that can be used, as it came.
#[derive(Debug)]
pub(super) struct Obtained {
    pub xml: String,
    pub entity_id: String,
    /// The URL and the ETag, where it was fetched.
    pub source: Option<(String, Option<String>)>,
}

fn unusable(error: &dyn std::fmt::Display) -> GatewayError {
    GatewayError::Invalid(format!("the metadata cannot be used: {error}"))
}

impl Gateway {
    /// Fetches what is to be fetched, and checks it. Metadata without a usable signing certificate is refused: without
    /// one, nothing could ever be verified.
    pub(super) async fn obtain(&self, draft: MetadataDraft, now: Timestamp) -> Result<Obtained, GatewayError> {
        let (xml, source) = match draft {
            MetadataDraft::Xml(xml) => (xml, None),
            MetadataDraft::Url(url) => match self.fetch(&url, None).await {
                Ok(Fetched::Document { text, etag }) => (text, Some((url, etag))),
                Ok(Fetched::Unchanged) => return Err(unusable(&"the server sent no document")),
                Err(error) => {
                    return Err(GatewayError::Invalid(format!("the metadata cannot be fetched: {error}")));
                }
            },
        };
        let idp = IdpMetadata::parse(xml.as_bytes()).map_err(|error| unusable(&error))?;
        if let Some(until) = idp.valid_until().filter(|until| *until <= now) {
            return Err(unusable(&format!("it was valid until {}", until.rfc3339())));
        }
        Ok(Obtained { entity_id: idp.entity_id().to_owned(), xml, source })
    }

    async fn fetch(&self, url: &str, etag: Option<&str>) -> Result<Fetched, outbound::FetchError> {
        outbound::metadata(url, etag, self.settings.private_hosts.clone()).await
    }

    /// `span`, give or take a quarter, so that replicas and installations do not all ask at once.
    fn about(&self, span: Duration) -> Duration {
        let mut byte = [0_u8; 1];
        self.chance().fill(&mut byte);
        let quarter = span / 4;
        let [chance] = byte;
        span.saturating_sub(quarter).saturating_add((quarter * 2 / 255).saturating_mul(u32::from(chance)))
    }

    /// Remembers where metadata came from; metadata that was pasted comes from nowhere.
    pub(super) fn keep_source(
        &self,
        tx: &mut WriteTx<'_>,
        id: ConnectionId,
        source: Option<(String, Option<String>)>,
    ) -> Result<Option<MetadataSourceRow>, GatewayError> {
        let Some((url, etag)) = source else {
            metadata_sources::remove(tx, id)?;
            return Ok(None);
        };
        let now = tx.now();
        let row = MetadataSourceRow {
            organization_id: tx.organization(),
            connection_id: id,
            url,
            etag,
            fetched_at: now,
            tried_at: now,
            next_at: now.plus(self.about(REFRESH)),
            error: None,
        };
        metadata_sources::set(tx, row.clone())?;
        Ok(Some(row))
    }

    /// Fetches a connection's metadata again, now.
    pub async fn refresh_metadata(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<ConnectionView, GatewayError> {
        let source = self
            .store
            .read(move |conn| {
                own(conn, organization, id)?;
                metadata_sources::of_connection(conn, organization, id)?.ok_or_else(|| {
                    GatewayError::Invalid("the connection's metadata was pasted, not fetched".to_owned())
                })
            })
            .await?;
        self.refresh(by, source).await?;
        self.show_connection(organization, id).await
    }

    /// Fetches again whatever is due, and announces certificates that are about to expire. Every few minutes.
    pub(in crate::domain) async fn refresh_due_metadata(self: &Arc<Self>) -> Result<(), GatewayError> {
        let now = self.now();
        for due in self.store.read(move |conn| metadata_sources::due(conn, now, AT_ONCE)).await? {
            let by = self.attribution(Actor::System, None);
            let (claimed, next_at) = (due.clone(), now.plus(self.about(RETRY)));
            let is_ours = self
                .store
                .write(due.organization_id, by.clone(), move |tx| {
                    Ok::<_, GatewayError>(Audited::upkeep(metadata_sources::claim(tx, &claimed, next_at)?))
                })
                .await?;
            if is_ours {
                self.refresh(by, due).await?;
            }
        }
        self.announce_expiring(now).await
    }

    async fn refresh(self: &Arc<Self>, by: Attribution, source: MetadataSourceRow) -> Result<(), GatewayError> {
        let fetched = self.fetch(&source.url, source.etag.as_deref()).await.map_err(|error| error.to_string());
        let gateway = Arc::clone(self);
        self.store
            .write(source.organization_id, by, move |tx| {
                let (organization, id) = (source.organization_id, source.connection_id);
                let row = metadata_sources::of_connection(tx.conn(), organization, id)?;
                // The admin may have chosen otherwise meanwhile.
                let Some(mut row) = row.filter(|row| row.url == source.url) else { return Ok(Audited::unchanged(())) };
                let connection = own(tx.conn(), organization, id)?;
                let before = told(&connection);
                let now = tx.now();
                row.tried_at = now;
                let took = match fetched {
                    Ok(Fetched::Unchanged) => Ok((connection.clone(), row.etag.clone())),
                    Ok(Fetched::Document { text, etag }) => took(&connection, text).map(|after| (after, etag)),
                    Err(error) => Err(error),
                };
                let target = Target::new(TargetKind::Connection, id).named(&connection.name);
                let event = match took {
                    Ok((after, etag)) => {
                        (row.etag, row.fetched_at, row.error) = (etag, now, None);
                        row.next_at = now.plus(gateway.about(REFRESH));
                        if after.metadata_xml != connection.metadata_xml {
                            connections::update(tx, &after)?;
                        }
                        let difference = Difference::between(&before, &told(&after));
                        difference.map(|found| {
                            let detail = json!({ "metadata_from": row.url });
                            Event::new(Action::ConnectionChanged, target).with_difference(found).with_detail(detail)
                        })
                    }
                    Err(error) => {
                        row.next_at = now.plus(gateway.about(RETRY));
                        let is_news = row.error.as_ref() != Some(&error);
                        row.error = Some(error.clone());
                        let detail = json!({ "metadata_from": row.url, "problem": error });
                        is_news.then(|| Event::new(Action::ConnectionWarned, target).with_detail(detail))
                    }
                };
                metadata_sources::set(tx, row)?;
                Ok::<_, GatewayError>(match event {
                    Some(event) => Audited::new((), event),
                    None => Audited::upkeep(()),
                })
            })
            .await
    }

    /// Tells, once at each of a few distances, of connections whose last signing certificate is about to expire.
    async fn announce_expiring(self: &Arc<Self>, now: Timestamp) -> Result<(), GatewayError> {
        for row in self.store.read(connections::enabled).await? {
            let Some((limit, certificate)) = expiring(&row, now) else { continue };
            if row.expiry_told.is_some_and(|told| told <= limit) {
                continue;
            }
            let by = self.attribution(Actor::System, None);
            self.store
                .write(row.organization_id, by, move |tx| {
                    let mut row = own(tx.conn(), row.organization_id, row.id)?;
                    if row.expiry_told.is_some_and(|told| told <= limit) {
                        return Ok(Audited::unchanged(()));
                    }
                    row.expiry_told = Some(limit);
                    connections::update(tx, &row)?;
                    let target = Target::new(TargetKind::Connection, row.id).named(&row.name);
                    let (fingerprint, at) = (certificate.fingerprint(), certificate.not_after().rfc3339());
                    let detail = json!({ "problem": "its last signing certificate expires", "certificate": fingerprint, "expires": at });
                    Ok::<_, GatewayError>(Audited::new((), Event::new(Action::ConnectionWarned, target).with_detail(detail)))
                })
                .await?;
        }
        Ok(())
    }
}

/// The connection with the metadata that was fetched.
fn took(before: &ConnectionRow, text: String) -> Result<ConnectionRow, String> {
    let idp = IdpMetadata::parse(text.as_bytes()).map_err(|error| error.to_string())?;
    if idp.entity_id() != before.idp_entity_id {
        return Err(format!(
            "the document is of `{}`, and this connection is to `{}`: load it by hand if that is meant",
            idp.entity_id().chars().take(200).collect::<String>(),
            before.idp_entity_id
        ));
    }
    let mut after = before.clone();
    if after.metadata_xml != text {
        after.metadata_xml = text;
        after.expiry_told = None;
    }
    Ok(after)
}

/// The certificate that expires last, if it does so soon, and which distance that is.
fn expiring(row: &ConnectionRow, now: Timestamp) -> Option<(i64, Certificate)> {
    let idp = IdpMetadata::parse(row.metadata_xml.as_bytes()).ok()?;
    let last = idp.signing_certificates().iter().max_by_key(|certificate| certificate.not_after())?;
    let days = days_to(last.not_after(), now);
    let limit = WARNING_DAYS.into_iter().filter(|limit| days <= *limit).min()?;
    Some((limit, last.clone()))
}
