//! Adding one member to a group of 100,000 beside a group of ten. Both answer without the list of members, so that
//! the work is the same but for the size of the group.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use portcullis::model::{GroupId, RequestId, SystemChance, UserId};
use portcullis::scim::{Dialect, PatchRequest, Precondition, Projection, ResourceKind};
use portcullis::store::Address;

use crate::site::Site;
use crate::{Outcome, percentile};

const LARGE: usize = 100_000;
const SMALL: usize = 10;
/// Members that one PATCH brings while the groups are filled.
const CHUNK: usize = 1_000;

/// Microseconds: `small` and `large` are medians.
pub async fn measure(rounds: usize, folder: &Path, address: Option<Address>) -> Outcome<String> {
    // Entra's dialect takes members whom nobody has heard of, which fills a group fast.
    let site = Site::open(folder, "patching", address, usize::MAX, Dialect::Entra).await?;
    let (small, large) = (group(&site, "small", SMALL).await?, group(&site, "large", LARGE).await?);
    let mut people = Vec::new();
    for n in 0..20 {
        people.push(site.create_user(&format!("member-{n}")).await?);
    }
    let (mut of_small, mut of_large) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        for person in &people {
            // Whoever goes second finds warmer caches: take turns.
            let (first, second) = if round % 2 == 0 { (small, large) } else { (large, small) };
            for group in [first, second] {
                let took = add(&site, group, *person).await?;
                if group == small {
                    of_small.push(took)
                } else {
                    of_large.push(took)
                }
                change(&site, group, json!({ "op": "remove", "path": format!("members[value eq \"{person}\"]") }))
                    .await?;
            }
        }
    }
    let (small, large) = (percentile(&mut of_small, 0.5), percentile(&mut of_large, 0.5));
    Ok(format!("{{\"small\":{small:.0},\"large\":{large:.0},\"ratio\":{:.2}}}", large / small))
}

async fn add(site: &Site, group: GroupId, person: UserId) -> Outcome<f64> {
    let operation = json!({ "op": "add", "path": "members", "value": [{ "value": person }] });
    let start = Instant::now();
    change(site, group, operation).await?;
    Ok(start.elapsed().as_secs_f64() * 1e6)
}

async fn change(site: &Site, group: GroupId, operation: Value) -> Outcome<()> {
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
    let request = PatchRequest::parse(ResourceKind::Group, Dialect::Entra, body)?;
    let projection = Projection::all_but(ResourceKind::Group, "members");
    site.gateway.patch_group(&site.client, site.by(), group, Precondition::default(), request, &projection).await?;
    Ok(())
}

async fn group(site: &Site, name: &str, size: usize) -> Outcome<GroupId> {
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name });
    let projection = Projection::everything(ResourceKind::Group);
    let made = site.gateway.create_group(&site.client, site.by(), body, &projection).await?;
    let id = made.id.parse()?;
    for start in (0..size).step_by(CHUNK) {
        let members: Vec<Value> = (start..size.min(start + CHUNK))
            .map(|_| json!({ "value": RequestId::new(site.gateway.now(), &SystemChance) }))
            .collect();
        change(site, id, json!({ "op": "add", "path": "members", "value": members })).await?;
    }
    Ok(id)
}
