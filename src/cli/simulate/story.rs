//! The story that all of the product is for, told on the `miopsai` catalogue: groups become roles, a manager is allowed
//! in her tenant and nowhere else, is deactivated at the identity provider, and the gate has dropped when the identity
//! provider has its answer.

use std::time::Instant;

use serde_json::{Value, json};

use super::provider::{IdentityProvider, Member};
use super::tour::Tour;
use super::wire::{SimulationError, Wire, check, milliseconds, say};

/// Pushes the company, then tells the story with its first person.
pub(super) async fn tell<P: IdentityProvider>(tour: &mut Tour<'_, P>, gateway: &Wire) -> Result<(), SimulationError> {
    if !P::PUSHES_GROUPS {
        return Err(SimulationError::NoGroups);
    }
    tour.push().await?;
    let person = tour.company.person(0);
    let heroine = person.display_name();

    gateway.begin();
    for rule in rules() {
        gateway.post("/api/v1/mapping-rules", &rule, &[201, 409]).await?;
    }
    gateway.tell("turn groups into roles with 3 mapping rules");

    decisions(gateway, tour, &heroine).await?;

    let (scim, manager) = (tour.scim, tour.id(0)?);
    let member = Member { id: manager, person: &person };
    scim.begin();
    let asked = Instant::now();
    P::activate(scim, member, false).await?;
    let answered = asked.elapsed();
    scim.tell(&format!("{} deactivates {heroine}", P::NAME));
    gateway.begin();
    expect(gateway, manager, "reports.run", "tenant:acme", false).await?;
    gateway.tell(&format!("the next request of {heroine} is refused"));
    say(&format!("    the gate had dropped {} after the request was sent", milliseconds(answered)));

    scim.begin();
    P::activate(scim, member, true).await?;
    scim.tell(&format!("{} reactivates {heroine}", P::NAME));
    gateway.begin();
    expect(gateway, manager, "reports.run", "tenant:acme", true).await?;
    gateway.tell(&format!("{heroine} is allowed again"));

    let audit = gateway.get("/api/v1/audit-events").await?;
    check(audit.to_string().contains(manager), || "the audit log does not mention what was just done".to_owned())?;
    gateway.tell("all of it is in the audit log");
    Ok(())
}

fn rules() -> [Value; 3] {
    [
        json!({"group": {"pattern": "tenant-(?<tenant>[a-z]+)-managers"}, "role": "manager", "scope": "tenant:{tenant}",
               "priority": 10}),
        json!({"group": {"pattern": "tenant-(?<tenant>[a-z]+)-members"}, "role": "member", "scope": "tenant:{tenant}",
               "priority": 20}),
        json!({"group": {"name": "MiOpsAI Viewers"}, "role": "viewer", "scope": "organization", "priority": 30}),
    ]
}

/// The first four people are one of each group.
async fn decisions<P: IdentityProvider>(
    gateway: &Wire,
    tour: &Tour<'_, P>,
    heroine: &str,
) -> Result<(), SimulationError> {
    let (manager, other, member, viewer) = (tour.id(0)?, tour.id(1)?, tour.id(2)?, tour.id(3)?);
    gateway.begin();
    expect(gateway, manager, "reports.run", "tenant:acme", true).await?;
    gateway.tell(&format!("{heroine}, manager of tenant acme, may run its reports"));
    for (person, action, scope, expected) in [
        (manager, "reports.run", "tenant:globex", false),
        (other, "reports.run", "tenant:globex", true),
        (other, "reports.run", "tenant:acme", false),
        (member, "email.send", "tenant:acme", true),
        (member, "reports.run", "tenant:acme", false),
        (viewer, "pipeline.view", "tenant:globex", true),
        (viewer, "email.send", "tenant:globex", false),
        (viewer, "finance.view", "organization", false),
    ] {
        expect(gateway, person, action, scope, expected).await?;
    }
    gateway.tell("8 more questions are answered as the catalogue says");
    Ok(())
}

async fn expect(
    gateway: &Wire,
    person: &str,
    action: &str,
    scope: &str,
    expected: bool,
) -> Result<(), SimulationError> {
    let (kind, id) = scope.split_once(':').unwrap_or((scope, scope));
    let question = json!({
        "subject": {"type": "user", "id": person},
        "action": {"name": action},
        "resource": {"type": kind, "id": id, "properties": {"scope": scope}},
        "context": {},
    });
    let answer = gateway.post("/access/v1/evaluation", &question, &[200]).await?;
    check(answer.get("decision") == Some(&json!(expected)), || {
        format!("`{action}` in `{scope}` should be {}: {answer}", if expected { "allowed" } else { "refused" })
    })
}
