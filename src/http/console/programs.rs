//! `/console/service-accounts`: programs, and the keys that open the API.
//!
//! A new key is shown on the answer to the form that made it, and nowhere else.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;

use super::text::moment;
use super::{ConsoleClient, ConsoleError, ConsoleForm, Frame};
use crate::domain::GatewayError;
use crate::domain::api_keys::ApiKeyView;
use crate::domain::service_accounts::ServiceAccountView;
use crate::http::api::client::id;
use crate::http::page::page;
use crate::http::saml::see_other;
use crate::model::{Secret, Timestamp, UserId};

/// Programs and keys, and the forms for new ones.
#[derive(Debug, Template)]
#[template(path = "console/programs.html")]
pub struct ProgramsPage {
    pub frame: Frame,
    pub accounts: Vec<ServiceAccountView>,
    pub keys: Vec<ApiKeyView>,
    pub error: Option<String>,
}

/// A key, this once.
#[derive(Debug, Template)]
#[template(path = "console/new_key.html")]
pub struct NewKeyPage {
    pub frame: Frame,
    pub name: String,
    pub key: Secret,
}

impl ProgramsPage {
    /// Whose key this is, in words.
    fn holder(&self, key: &ApiKeyView) -> String {
        let named = |wanted: &str| self.accounts.iter().find(|account| account.id.to_string() == wanted);
        match (&key.service_account, &key.user) {
            (Some(account), _) => named(account).map_or_else(|| account.clone(), |account| account.name.clone()),
            (None, Some(_)) => "a person".to_owned(),
            (None, None) => "the organization".to_owned(),
        }
    }

    async fn of(client: ConsoleClient, error: Option<String>) -> Result<Self, GatewayError> {
        let organization = client.organization();
        let accounts = client.gateway.list_service_accounts(organization).await?;
        let keys = client.gateway.list_api_keys(organization).await?;
        Ok(Self { frame: client.frame, accounts, keys, error })
    }
}

/// `GET /console/service-accounts`
pub async fn list(client: ConsoleClient) -> Result<HttpResponse, ConsoleError> {
    Ok(page(StatusCode::OK, &ProgramsPage::of(client, None).await?))
}

/// The page again with what is wrong, where it is the form that is wrong.
async fn again(client: ConsoleClient, error: GatewayError) -> Result<HttpResponse, ConsoleError> {
    if !matches!(error, GatewayError::Invalid(_) | GatewayError::Taken(_)) {
        return Err(error.into());
    }
    Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &ProgramsPage::of(client, Some(error.to_string())).await?))
}

/// `POST /console/service-accounts`
pub async fn create(form: ConsoleForm) -> Result<HttpResponse, ConsoleError> {
    let (name, description) = (form.text("name"), form.text("description"));
    let client = form.client;
    let made =
        client.gateway.create_service_account(client.by.clone(), client.organization(), &name, &description).await;
    match made {
        Ok(_) => Ok(see_other("/console/service-accounts")),
        Err(error) => again(client, error).await,
    }
}

/// `POST /console/service-accounts/{id}/delete`
pub async fn delete(form: ConsoleForm, account: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let account: UserId = id("service account", &account)?;
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.delete_service_account(by, who.organization, account).await?;
    Ok(see_other("/console/service-accounts"))
}

/// `POST /console/api-keys`: answers with the key.
pub async fn create_key(form: ConsoleForm) -> Result<HttpResponse, ConsoleError> {
    let (name, holder, until) = (form.text("name"), form.text("holder"), form.text("until"));
    let client = form.client;
    // People make no keys of the organization: such a key could do more than they may.
    let holder = if holder.is_empty() { client.who.user } else { id("service account", &holder)? };
    let Ok(until) = end_of_day(&until) else {
        return again(client, GatewayError::Invalid(format!("`{until:.32}` is no date"))).await;
    };
    let made =
        client.gateway.create_api_key(client.by.clone(), client.organization(), &name, Some(holder), until).await;
    match made {
        Ok((_, key)) => Ok(page(StatusCode::CREATED, &NewKeyPage { frame: client.frame, name, key })),
        Err(error) => again(client, error).await,
    }
}

/// The end of a day as date fields write it; none where nothing was chosen.
fn end_of_day(date: &str) -> Result<Option<Timestamp>, ()> {
    if date.is_empty() {
        return Ok(None);
    }
    Timestamp::parse_rfc3339(&format!("{date}T23:59:59Z")).map(Some).ok_or(())
}

/// `POST /console/api-keys/{id}/revoke`
pub async fn revoke_key(form: ConsoleForm, key: Path<String>) -> Result<HttpResponse, ConsoleError> {
    let key = id("api key", &key)?;
    let ConsoleClient { gateway, who, by, .. } = form.client;
    gateway.revoke_api_key(by, who.organization, key).await?;
    Ok(see_other("/console/service-accounts"))
}

#[cfg(test)]
mod sample {
    use super::*;
    use crate::http::console::tests::{HOSTILE, id, now};

    impl ProgramsPage {
        pub fn sample() -> Self {
            let moment = Some(now().rfc3339());
            let account = ServiceAccountView {
                id: id(),
                name: HOSTILE.to_owned(),
                description: HOSTILE.to_owned(),
                created: now().rfc3339(),
            };
            let key = ApiKeyView {
                id: id(),
                name: HOSTILE.to_owned(),
                user: None,
                service_account: Some(account.id.to_string()),
                created: now().rfc3339(),
                expires: moment.clone(),
                last_used: moment,
            };
            let error = Some(HOSTILE.to_owned());
            Self { frame: Frame::sample(), accounts: vec![account], keys: vec![key], error }
        }
    }

    impl NewKeyPage {
        pub fn sample() -> Self {
            Self { frame: Frame::sample(), name: HOSTILE.to_owned(), key: Secret::new("pcl_key_sample") }
        }
    }

    #[test]
    fn a_key_lasts_to_the_end_of_its_day_or_for_good() {
        assert_eq!(end_of_day(""), Ok(None));
        assert_eq!(end_of_day("2026-12-31").unwrap().unwrap().rfc3339(), "2026-12-31T23:59:59Z");
        assert_eq!(end_of_day("tomorrow"), Err(()));
    }
}
