//! A change of one mapping rule that touches everybody: how long its preview takes, how long the change itself, and what
//! an application that asks at a steady pace notices of them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use portcullis::domain::impact::Page;
use portcullis::domain::mappings::{RuleDraft, RuleProposal};
use portcullis::domain::search::Sought;
use portcullis::model::{Actor, GroupId, UserId};
use portcullis::scim::{Dialect, PatchRequest, Precondition, Projection, ResourceKind};
use portcullis::store::Address;

use crate::site::Site;
use crate::{Outcome, percentile};

/// People of one group.
const CROWD: usize = 1_000;
/// Changes in flight while the site is filled.
const FLIGHT: usize = 64;
/// How long questions are asked with nothing else going on, and between two questions.
const QUIET: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(1);

/// `thousands` thousand people in as many groups. Milliseconds: `preview`, `apply` (the longest of three each), and the
/// 99th percentile of decisions: `quiet`, `previewing`, `applying`, and `afterwards`, when everybody is compiled anew.
pub async fn measure(thousands: usize, folder: &Path, address: Option<Address>) -> Outcome<String> {
    let site = Arc::new(Site::open(folder, "mapping", address, usize::MAX, Dialect::Okta).await?);
    let people = Arc::new(fill(&site, thousands).await?);
    let rule = |role: &str| RuleDraft {
        group_match: "pattern".to_owned(),
        group_text: "tenant-(?<tenant>[0-9]+)-people".to_owned(),
        role: role.to_owned(),
        scope: "tenant:{tenant}".to_owned(),
        priority: 0,
    };
    let by = || site.gateway.attribution(Actor::Operator, None);
    let made = site.gateway.create_rule(by(), site.organization, rule("member")).await?.id;
    for person in questioned(&people) {
        ask(&site, *person).await?;
    }
    let mut quiet = asked_while(&site, &people, tokio::time::sleep(QUIET)).await?.1;
    let (mut preview, mut apply) = (0_f64, 0_f64);
    let (mut previewing, mut applying, mut afterwards) = (Vec::new(), Vec::new(), Vec::new());
    for role in ["viewer", "manager", "member"] {
        let proposal = RuleProposal::Change(made, rule(role));
        let page = Page { offset: 0, limit: 100 };
        let tried = site.gateway.preview_rules(site.organization, proposal, page);
        let ((impact, took), asked) = asked_while(&site, &people, timed(tried)).await?;
        if impact?.people != people.len() {
            return Err("the preview did not look at everybody".into());
        }
        (preview, previewing) = (preview.max(took), [previewing, asked].concat());
        let changed = site.gateway.change_rule(
            by(),
            site.organization,
            made,
            portcullis::scim::Precondition::default(),
            rule(role),
        );
        let ((changed, took), asked) = asked_while(&site, &people, timed(changed)).await?;
        changed?;
        (apply, applying) = (apply.max(took), [applying, asked].concat());
        afterwards.extend(asked_while(&site, &people, tokio::time::sleep(QUIET)).await?.1);
    }
    Ok(json!({
        "people": people.len(),
        "preview": preview,
        "apply": apply,
        "quiet": percentile(&mut quiet, 0.99),
        "previewing": percentile(&mut previewing, 0.99),
        "applying": percentile(&mut applying, 0.99),
        "afterwards": percentile(&mut afterwards, 0.99),
    })
    .to_string())
}

/// Those who are asked about.
fn questioned(people: &[UserId]) -> impl Iterator<Item = &UserId> + Clone {
    people.iter().step_by(7)
}

/// What came of it, and the milliseconds that it took.
async fn timed<T>(work: impl Future<Output = T>) -> (T, f64) {
    let start = Instant::now();
    let done = work.await;
    (done, start.elapsed().as_secs_f64() * 1e3)
}

/// Runs `work` while somebody asks at a steady pace; what came of it, and the milliseconds of each answer.
async fn asked_while<T>(
    site: &Arc<Site>,
    people: &Arc<Vec<UserId>>,
    work: impl Future<Output = T>,
) -> Outcome<(T, Vec<f64>)> {
    let over = Arc::new(AtomicBool::new(false));
    let asking = {
        let (site, people, over) = (Arc::clone(site), Arc::clone(people), Arc::clone(&over));
        tokio::spawn(async move {
            let mut took = Vec::new();
            for person in questioned(&people).cycle() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let (answer, milliseconds) = timed(ask(&site, *person)).await;
                answer?;
                took.push(milliseconds);
                tokio::time::sleep(PAUSE).await;
            }
            Outcome::Ok(took)
        })
    };
    let done = work.await;
    over.store(true, Ordering::Relaxed);
    Ok((done, asking.await??))
}

async fn ask(site: &Site, person: UserId) -> Outcome<bool> {
    let by = site.gateway.attribution(Actor::System, None);
    let sought = Sought {
        action: "email.send".to_owned(),
        resource_kind: String::new(),
        resource_id: String::new(),
        scope: None,
    };
    Ok(site.gateway.evaluate(&by, site.organization, &person.to_string(), &sought, None).await?.decision)
}

/// Makes the people and their groups.
async fn fill(site: &Arc<Site>, thousands: usize) -> Outcome<Vec<UserId>> {
    let mut people = Vec::with_capacity(thousands * CROWD);
    for start in (0..thousands * CROWD).step_by(FLIGHT) {
        let mut flight = tokio::task::JoinSet::new();
        for n in start..(start + FLIGHT).min(thousands * CROWD) {
            let site = Arc::clone(site);
            flight.spawn(async move { site.create_user(&format!("person-{n}")).await });
        }
        while let Some(made) = flight.join_next().await {
            people.push(made??);
        }
    }
    for (n, crowd) in people.chunks(CROWD).enumerate() {
        group(site, &format!("tenant-{n}-people"), crowd).await?;
    }
    Ok(people)
}

async fn group(site: &Site, name: &str, members: &[UserId]) -> Outcome<()> {
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name });
    let projection = Projection::all_but(ResourceKind::Group, "members");
    let made = site.gateway.create_group(&site.client, site.by(), body, &projection).await?;
    let id: GroupId = made.id.parse()?;
    let value: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "add", "path": "members", "value": value }],
    });
    let request = PatchRequest::parse(ResourceKind::Group, Dialect::Okta, body)?;
    site.gateway.patch_group(&site.client, site.by(), id, Precondition::default(), request, &projection).await?;
    Ok(())
}
