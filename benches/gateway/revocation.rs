//! From the start of a deactivation to the first refusal, as an application sees it that asks all the time.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;

use portcullis::access::Scope;
use portcullis::domain::assignments::AssignmentDraft;
use portcullis::domain::search::Sought;
use portcullis::model::{Actor, UserId};
use portcullis::scim::{Dialect, PatchRequest, Precondition, Projection, ResourceKind};
use portcullis::store::Address;

use crate::site::Site;
use crate::{Outcome, percentile};

const ROLE: &str = "manager";
const ACTION: &str = "email.send";

/// Milliseconds: `median`, `p99`, and `answered`, the median time until the deactivation itself was answered.
pub async fn measure(rounds: usize, folder: &Path, address: Option<Address>) -> Outcome<String> {
    let site = Arc::new(Site::open(folder, "revocation", address, usize::MAX, Dialect::Okta).await?);
    let (mut refused, mut answered) = (Vec::new(), Vec::new());
    for n in 0..rounds {
        let person = site.create_user(&format!("leaver-{n}")).await?;
        let by = site.gateway.attribution(Actor::Operator, None);
        let (role, scope) = (ROLE.to_owned(), Scope::Organization);
        let draft = AssignmentDraft { role, scope, until: None };
        site.gateway.assign_role(by, site.organization, person, draft).await?;
        if !allows(&site, person).await? {
            return Err(format!("`{ROLE}` may not {ACTION} to begin with").into());
        }
        let asking = {
            let site = Arc::clone(&site);
            tokio::spawn(async move {
                while allows(&site, person).await? {
                    tokio::task::yield_now().await;
                }
                Outcome::Ok(Instant::now())
            })
        };
        tokio::task::yield_now().await;
        let start = Instant::now();
        deactivate(&site, person).await?;
        answered.push(start.elapsed().as_secs_f64() * 1e3);
        refused.push((asking.await?? - start).as_secs_f64() * 1e3);
    }
    let (median, p99) = (percentile(&mut refused, 0.5), percentile(&mut refused, 0.99));
    let answered = percentile(&mut answered, 0.5);
    Ok(format!("{{\"median\":{median:.2},\"p99\":{p99:.2},\"answered\":{answered:.2}}}"))
}

async fn allows(site: &Site, person: UserId) -> Outcome<bool> {
    let by = site.gateway.attribution(Actor::System, None);
    let sought =
        Sought { action: ACTION.to_owned(), resource_kind: String::new(), resource_id: String::new(), scope: None };
    Ok(site.gateway.evaluate(&by, site.organization, &person.to_string(), &sought, None).await?.decision)
}

async fn deactivate(site: &Site, person: UserId) -> Outcome<()> {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "active": false } }],
    });
    let request = PatchRequest::parse(ResourceKind::User, Dialect::Okta, body)?;
    let projection = Projection::everything(ResourceKind::User);
    site.gateway.patch_user(&site.client, site.by(), person, Precondition::default(), request, &projection).await?;
    Ok(())
}
