//! `portcullis catalogue diff` and `catalogue apply`: through a running server, or on the installation itself.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{AppError, gateway, runtime};
use crate::config::Config;
use crate::domain::impact::Page;
use crate::model::{Actor, Secret};
use crate::outbound::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use crate::outbound::{Client, Method, Reach};

/// Changes that are told one by one.
const TOLD: usize = 1_000;

/// Where the organization is.
#[derive(Debug)]
pub enum CataloguePlace {
    /// A running server, and a key of the organization.
    Server { url: String, key: Secret },
    /// This installation, which no server uses now.
    Here { config: Box<Config>, organization: Option<String> },
}

/// What is to be done with a catalogue.
#[derive(Debug)]
pub struct CatalogueOptions {
    pub file: PathBuf,
    pub place: CataloguePlace,
    /// Whether it is applied; or else only tried.
    pub apply: bool,
}

/// Applies a catalogue or tries it; what it does, as the API tells it.
pub fn change_catalogue(options: CatalogueOptions) -> Result<Value, AppError> {
    let text = std::fs::read_to_string(&options.file).map_err(|cause| AppError::file(&options.file, cause))?;
    named_as(&text, &options.file)?;
    match options.place {
        CataloguePlace::Server { url, key } => runtime()?.block_on(ask(&url, &key, text, options.apply)),
        CataloguePlace::Here { config, organization } => here(&config, organization.as_deref(), text, options.apply),
    }
}

/// Reads the text first here, where errors can name the file and the line in it.
fn named_as(text: &str, file: &Path) -> Result<(), AppError> {
    let catalogue = crate::access::Catalogue::parse(text, &super::shown(file))?;
    match catalogue.check().first() {
        None => Ok(()),
        Some(failure) => Err(AppError::Refused(format!("the catalogue fails its own checks: {failure}"))),
    }
}

fn here(config: &Config, organization: Option<&str>, text: String, apply: bool) -> Result<Value, AppError> {
    let gateway = gateway(config, false)?;
    runtime()?.block_on(async {
        let organization = gateway.organization_named(organization).await?;
        let told = if apply {
            let by = gateway.attribution(Actor::Operator, None);
            gateway.apply_catalogue(by, organization, text).await?
        } else {
            gateway.preview_catalogue(organization, text, Page { offset: 0, limit: TOLD }).await?
        };
        Ok(json!(told))
    })
}

async fn ask(url: &str, key: &Secret, text: String, apply: bool) -> Result<Value, AppError> {
    let bearer = HeaderValue::from_str(&format!("Bearer {}", key.expose()));
    let mut bearer = bearer.map_err(|_| AppError::Refused("the key is not text that a header can carry".to_owned()))?;
    bearer.set_sensitive(true);
    let json = HeaderValue::from_static("application/json");
    let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer), (CONTENT_TYPE, json)]);
    let base = url.trim_end_matches('/');
    let (method, url) = match apply {
        true => (Method::PUT, format!("{base}/api/v1/catalogue")),
        false => (Method::POST, format!("{base}/api/v1/catalogue/preview?limit={TOLD}")),
    };
    let body = json!({ "catalogue": text }).to_string().into_bytes();
    let failed = |error: crate::outbound::OutboundError| AppError::Refused(format!("no answer: {error}"));
    let reply = Client::new(Reach::Anywhere).map_err(failed)?.send(method, &url, headers, Some(body)).await;
    let reply = reply.map_err(failed)?;
    let told: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    if reply.status == 200 {
        return Ok(told);
    }
    let said = ["detail", "title"].iter().find_map(|member| told.get(member)?.as_str()).unwrap_or_default();
    Err(AppError::Refused(format!("`{url}` answered {}: {said}", reply.status)))
}
