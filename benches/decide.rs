//! What one decision costs: 20 assignments among 50 scopes, overrides and shares beside them.
//!
//! Prints nanoseconds per call: the best and the middle of many rounds. Run with
//! `cargo bench --no-default-features --bench decide`.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use portcullis::access::{
    Assignment, Catalogue, Effect, HolderKind, Override, Policy, Question, ResourceRef, Scope, Share, Source,
    SubjectFacts, compile, decide,
};
use portcullis::model::{Chance, Timestamp, UserId};

const ROUNDS: usize = 200;
const CALLS: u32 = 20_000;
const NOW: Timestamp = Timestamp::from_micros(1_795_335_330_000_000);

fn main() -> Result<(), Box<dyn Error>> {
    let catalogue = Catalogue::parse(include_str!("../catalogues/opspilot365.toml"), "opspilot365.toml")?;
    let mut policy = Policy::new(Arc::new(catalogue));
    // One step deeper than the catalogue has it: a path of three scopes.
    for n in 0..50 {
        policy.scopes.link(customer(n)?, Scope::parse(&format!("team:{}", n % 5))?)?;
    }
    let facts = facts()?;
    let access = compile(&policy, &facts);
    let rows = [
        ("allowed by role", "ticket.manage", 3),
        ("allowed by override", "device.view", 7),
        ("no grant", "billing.manage", 3),
        ("no grant, foreign scope", "ticket.manage", 49),
        ("held back for approval", "device.wipe", 3),
    ];
    for (name, action, n) in rows {
        let question = Question { action, resource_kind: "device", resource_id: "d-1", scope: Some(customer(n)?) };
        let resolved = policy.resolve(&question)?;
        let reason = decide(&access, &resolved, NOW).reason.as_str();
        report(&format!("decide: {name} ({reason})"), || decide(black_box(&access), black_box(&resolved), NOW).allowed);
    }
    let question =
        Question { action: "ticket.manage", resource_kind: "device", resource_id: "d-1", scope: Some(customer(3)?) };
    report("resolve", || policy.resolve(black_box(&question)).is_ok());
    report("resolve and decide", || {
        policy.resolve(black_box(&question)).is_ok_and(|resolved| decide(&access, &resolved, NOW).allowed)
    });
    Ok(())
}

fn report(name: &str, mut call: impl FnMut() -> bool) {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..CALLS {
                black_box(call());
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    let (best, middle) =
        (rounds.first().copied().unwrap_or_default(), rounds.get(ROUNDS / 2).copied().unwrap_or_default());
    println!("{name:<60} {best:>8.1} ns best {middle:>8.1} ns middle");
}

fn customer(n: usize) -> Result<Scope, Box<dyn Error>> {
    Ok(Scope::parse(&format!("customer:customer-{n}"))?)
}

/// A technician of 20 customers, with five overrides and five shares of nothing that is asked.
fn facts() -> Result<SubjectFacts, Box<dyn Error>> {
    let mut facts = SubjectFacts {
        user: UserId::new(NOW, &Zeros),
        user_name: "technician@example.com".to_owned(),
        holder: HolderKind::Person,
        active: true,
        assignments: Vec::new(),
        overrides: Vec::new(),
        shares: Vec::new(),
    };
    for n in 0..20 {
        let role = "technician".to_owned();
        facts.assignments.push(Assignment { role, scope: customer(n)?, until: None, source: Source::Default });
    }
    for n in 5..10 {
        facts.overrides.push(Override {
            permission: "device.view".to_owned(),
            effect: Effect::Allow,
            scope: customer(n)?.into(),
            until: None,
            reason: String::new(),
            author: String::new(),
        });
        let resource = ResourceRef { kind: "file".to_owned(), id: n.to_string() };
        facts.shares.push(Share { resource, level: "view".to_owned(), until: None });
    }
    Ok(facts)
}

struct Zeros;

impl Chance for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}
