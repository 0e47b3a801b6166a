//! A connection as an admin sees it.

use serde::Serialize;

use super::Choices;
use super::keys::SpareKey;
use crate::domain::Gateway;
use crate::model::{ConnectionId, Timestamp};
use crate::saml::{Certificate, IdpMetadata};
use crate::store::connections::ConnectionRow;
use crate::store::metadata_sources::MetadataSourceRow;

/// Days before its end at which an expiring certificate is announced.
pub(super) const WARNING_DAYS: [i64; 4] = [90, 60, 30, 7];

/// A connection as an admin sees it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ConnectionView {
    pub id: ConnectionId,
    pub name: String,
    pub enabled: bool,
    pub idp_entity_id: String,
    pub domains: Vec<String>,
    #[serde(flatten)]
    pub choices: Choices,
    pub sp_entity_id: String,
    pub acs_url: String,
    pub slo_url: String,
    pub login_url: String,
    pub metadata_url: String,
    /// Our own certificates: the one that signs, and the spare one.
    pub sp_certificates: Vec<CertificateView>,
    pub idp_certificates: Vec<CertificateView>,
    /// Where the identity provider's metadata is fetched from, if it is.
    pub metadata_source: Option<SourceView>,
    /// What an admin should see to, each in one sentence.
    pub warnings: Vec<String>,
    pub version: i64,
}

/// A certificate for people to recognise.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CertificateView {
    pub common_name: Option<String>,
    /// SHA-256, hex.
    pub fingerprint: String,
    pub not_after: String,
}

/// How fetching the metadata went.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SourceView {
    pub url: String,
    pub fetched: String,
    pub tried: String,
    pub next: String,
    pub error: Option<String>,
}

impl From<&Certificate> for CertificateView {
    fn from(certificate: &Certificate) -> Self {
        Self {
            common_name: certificate.common_name(),
            fingerprint: certificate.fingerprint(),
            not_after: certificate.not_after().rfc3339(),
        }
    }
}

impl From<&MetadataSourceRow> for SourceView {
    fn from(row: &MetadataSourceRow) -> Self {
        Self {
            url: row.url.clone(),
            fetched: row.fetched_at.rfc3339(),
            tried: row.tried_at.rfc3339(),
            next: row.next_at.rfc3339(),
            error: row.error.clone(),
        }
    }
}

/// Whole days from `now` to `moment`; negative once it has passed.
pub(super) fn days_to(moment: Timestamp, now: Timestamp) -> i64 {
    moment.seconds().saturating_sub(now.seconds()).div_euclid(86_400)
}

/// What an admin should see to.
fn warnings(idp: Option<&IdpMetadata>, source: Option<&MetadataSourceRow>, now: Timestamp) -> Vec<String> {
    let mut warnings = Vec::new();
    for certificate in idp.map(IdpMetadata::signing_certificates).unwrap_or_default() {
        let (days, at) = (days_to(certificate.not_after(), now), certificate.not_after().rfc3339());
        let name = certificate.common_name().unwrap_or_else(|| certificate.fingerprint());
        if days < 0 {
            warnings.push(format!(
                "The signing certificate `{name}` expired on {at}. It is still believed: load the new metadata."
            ));
        } else if WARNING_DAYS.iter().any(|limit| days <= *limit) {
            warnings.push(format!("The signing certificate `{name}` expires on {at}, in {days} days."));
        }
    }
    if let Some(until) = idp.and_then(IdpMetadata::valid_until).filter(|until| *until <= now) {
        warnings
            .push(format!("The metadata was valid until {}. It is still used: load the current one.", until.rfc3339()));
    }
    if let Some(error) = source.and_then(|source| source.error.as_ref()) {
        warnings.push(format!("The metadata could not be refreshed, and the last good copy is used: {error}."));
    }
    warnings
}

impl Gateway {
    pub(super) fn connection_view(&self, row: &ConnectionRow, source: Option<&MetadataSourceRow>) -> ConnectionView {
        let idp = IdpMetadata::parse(row.metadata_xml.as_bytes()).ok();
        let spare = SpareKey::of(row).ok().flatten();
        let ours = [Some(row.sp_certificate_pem.as_str()), spare.as_ref().map(|spare| spare.certificate_pem.as_str())];
        let list = |text: &str| serde_json::from_str(text).unwrap_or_default();
        let certificates = idp.as_ref().map(IdpMetadata::signing_certificates).unwrap_or_default();
        ConnectionView {
            id: row.id,
            name: row.name.clone(),
            enabled: row.enabled,
            idp_entity_id: row.idp_entity_id.clone(),
            domains: list(&row.domains),
            choices: Choices::of(row).unwrap_or_default(),
            sp_entity_id: self.saml_url(row.id, "metadata"),
            acs_url: self.saml_url(row.id, "acs"),
            slo_url: self.saml_url(row.id, "slo"),
            login_url: self.saml_url(row.id, "login"),
            metadata_url: self.saml_url(row.id, "metadata"),
            sp_certificates: ours
                .into_iter()
                .flatten()
                .filter_map(|pem| Certificate::parse(pem).ok())
                .map(|certificate| CertificateView::from(&certificate))
                .collect(),
            idp_certificates: certificates.iter().map(CertificateView::from).collect(),
            metadata_source: source.map(SourceView::from),
            warnings: warnings(idp.as_ref(), source, self.now()),
            version: row.version,
        }
    }
}
