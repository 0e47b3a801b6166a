//! `portcullis directory replay`: sends what a directory changed to another gateway, in the order in which it happened, so
//! that an empty one comes to hold the same people and groups. Ids are the other gateway's own: each that a request made
//! is put in the place of the one it had here, wherever a later request names it.

use std::collections::HashMap;
use std::time::Duration;

use regex::Regex;
use serde_json::Value;

use super::{AppError, address, audit, files, runtime};
use crate::config::Config;
use crate::domain::sealing::{SealingKey, pushed_place};
use crate::model::{DirectoryId, OrganizationId, Secret};
use crate::outbound::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use crate::outbound::{Client, Method, Reach, Reply};
use crate::store::pushes::{self, ChangeRow};
use crate::store::{self, Conn, directories};

/// Requests read at once.
const BATCH: i64 = 500;
/// How often a request is sent again to a gateway that asks to wait.
const TRIES: usize = 5;
/// The longest that is waited between.
const LONGEST_WAIT: u64 = 30;

/// What to replay, and where to.
#[derive(Debug)]
pub struct ReplayOptions {
    pub config: Config,
    pub organization: Option<String>,
    /// Name or id of the directory; the id alone of one that was deleted.
    pub directory: String,
    /// Base URL of the directory that is to come to hold the same.
    pub to: String,
    pub token: Secret,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Replayed {
    pub requests: u64,
    /// Requests that were not answered as here, one sentence each; the first twenty.
    pub differences: Vec<String>,
    pub different: u64,
}

/// Replays a directory. Only reads here, beside a running server if need be.
pub fn replay(options: &ReplayOptions) -> Result<Replayed, AppError> {
    let mut conn = store::open_for_reading(&address(&options.config)?)?;
    let organization = audit::chosen(&mut conn, options.organization.as_deref())?;
    let directory = chosen(&mut conn, organization, &options.directory)?;
    let key = files::sealing_key(&options.config)?
        .ok_or_else(|| AppError::Refused(files::sealing_key_missing(&options.config)))?;
    let mut player = Player::new(options, organization, key)?;
    let runtime = runtime()?;
    let mut after = -1;
    loop {
        let rows = pushes::changes_after(&mut conn, organization, directory, after, BATCH)?;
        let Some(last) = rows.last() else { return Ok(player.replayed) };
        after = last.position;
        for row in &rows {
            runtime.block_on(player.play(row))?;
        }
    }
}

fn chosen(conn: &mut Conn, organization: OrganizationId, name: &str) -> Result<DirectoryId, AppError> {
    let known = directories::all(conn, organization)?;
    let found = known.iter().find(|row| row.name == name).map(|row| row.id).or_else(|| name.parse().ok());
    found.ok_or_else(|| AppError::Refused(format!("there is no directory `{name}`")))
}

struct Player {
    client: Client,
    base: String,
    headers: HeaderMap,
    organization: OrganizationId,
    key: SealingKey,
    ids: Regex,
    /// What bears which id there.
    there: HashMap<String, String>,
    replayed: Replayed,
}

impl Player {
    fn new(options: &ReplayOptions, organization: OrganizationId, key: SealingKey) -> Result<Self, AppError> {
        let unusable = |error: &dyn std::fmt::Display| AppError::Refused(error.to_string());
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {}", options.token.expose())).map_err(|error| unusable(&error))?;
        bearer.set_sensitive(true);
        let content = HeaderValue::from_static("application/scim+json");
        Ok(Self {
            client: Client::new(Reach::Anywhere).map_err(|error| unusable(&error))?,
            base: options.to.trim_end_matches('/').to_owned(),
            headers: HeaderMap::from_iter([(AUTHORIZATION, bearer), (CONTENT_TYPE, content)]),
            organization,
            key,
            ids: Regex::new("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").map_err(|error| unusable(&error))?,
            there: HashMap::new(),
            replayed: Replayed::default(),
        })
    }

    async fn play(&mut self, row: &ChangeRow) -> Result<(), AppError> {
        let body = match &row.body {
            Some(sealed) => Some(self.opened(row, sealed)?),
            None => None,
        };
        let method = Method::from_bytes(row.method.as_bytes()).map_err(|error| AppError::Refused(error.to_string()))?;
        let url = format!("{}{}", self.base, self.translated(&row.path));
        let reply = self.send(method, &url, body.map(|body| self.translated(&body))).await?;
        self.replayed.requests += 1;
        if !(200..300).contains(&reply.status) {
            self.replayed.different += 1;
            if self.replayed.differences.len() < 20 {
                let said = String::from_utf8_lossy(&reply.body);
                let said: String = said.chars().take(200).collect();
                self.replayed
                    .differences
                    .push(format!("{} {} was answered {}: {said}", row.method, row.path, reply.status));
            }
            return Ok(());
        }
        let made = serde_json::from_slice::<Value>(&reply.body).ok();
        let made = made.as_ref().and_then(|made| made.get("id")).and_then(Value::as_str);
        if let (Some(here), Some(there)) = (&row.made_id, made) {
            self.there.insert(here.clone(), there.to_owned());
        }
        Ok(())
    }

    fn opened(&self, row: &ChangeRow, sealed: &str) -> Result<String, AppError> {
        let place = pushed_place(self.organization, &row.request_id);
        let opened = self
            .key
            .open(&place, sealed)
            .map_err(|error| AppError::Refused(format!("the request {} cannot be read: {error}", row.request_id)))?;
        Ok(opened.expose().to_owned())
    }

    /// The text with each id that is known here as it is known there.
    fn translated(&self, text: &str) -> String {
        let known = |found: &regex::Captures<'_>| {
            let id = found.get(0).map_or("", |id| id.as_str());
            self.there.get(&id.to_lowercase()).cloned().unwrap_or_else(|| id.to_owned())
        };
        self.ids.replace_all(text, known).into_owned()
    }

    /// Sends a request, again and again as long as the other gateway asks to wait.
    async fn send(&self, method: Method, url: &str, body: Option<String>) -> Result<Reply, AppError> {
        let mut tries = 0;
        loop {
            let body = body.clone().map(String::into_bytes);
            let sent = self.client.send(method.clone(), url, self.headers.clone(), body).await;
            let reply = sent.map_err(|error| AppError::Refused(error.to_string()))?;
            tries += 1;
            if !matches!(reply.status, 429 | 503) || tries == TRIES {
                return Ok(reply);
            }
            let asked = reply.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            tokio::time::sleep(Duration::from_secs(asked.unwrap_or(1).min(LONGEST_WAIT))).await;
        }
    }
}
