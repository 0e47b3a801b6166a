//! What all three engines are asked, and what is known: a technician of 20 customers among 50, in five teams.

use std::error::Error;
use std::sync::Arc;

use portcullis::access::{
    Assignment, Catalogue, CompiledAccess, HolderKind, Policy, Question, ResolvedQuestion, Scope, Source, SubjectFacts, compile,
};
use crate::allocations;
use portcullis::model::{Chance, Timestamp, UserId};

pub const CUSTOMERS: usize = 50;
pub const ASSIGNED: usize = 20;
pub const TEAMS: usize = 5;
pub const ROLE: &str = "technician";
pub const NOW: Timestamp = Timestamp::from_micros(1_795_335_330_000_000);

/// Action, number of the customer, and the answer that every engine must give.
pub const QUESTIONS: [(&str, usize, bool); 4] =
    [("ticket.manage", 3, true), ("ticket.view", 19, true), ("billing.manage", 3, false), ("ticket.manage", 49, false)];

pub fn customer(n: usize) -> String {
    format!("customer-{n}")
}

pub fn team(n: usize) -> String {
    format!("team-{}", n % TEAMS)
}

/// The gateway's own side.
pub struct Ours {
    pub policy: Policy,
    pub facts: SubjectFacts,
    pub access: CompiledAccess,
    /// What the role allows, for the other engines.
    pub permissions: Vec<String>,
}

impl Ours {
    /// Somebody assigned to so many customers, among the fifty or as many as that takes.
    pub fn new(assigned: usize) -> Result<Self, Box<dyn Error>> {
        let text = include_str!("../../../catalogues/opspilot365.toml");
        let catalogue = Catalogue::parse(text, "opspilot365.toml")?;
        let role = catalogue.role(ROLE).ok_or("the catalogue has no technician")?;
        let permissions = catalogue.keys(&role.permissions);
        let mut policy = Policy::new(Arc::new(catalogue));
        for n in 0..CUSTOMERS.max(assigned) {
            policy.scopes.link(scope(n)?, Scope::parse(&format!("team:{}", team(n)))?)?;
        }
        let assignments = (0..assigned)
            .map(|n| Ok(Assignment { role: ROLE.to_owned(), scope: scope(n)?, until: None, source: Source::Default }));
        let facts = SubjectFacts {
            user: UserId::new(NOW, &Zeros),
            user_name: "technician@example.com".to_owned(),
            holder: HolderKind::Person,
            active: true,
            assignments: assignments.collect::<Result<_, Box<dyn Error>>>()?,
            overrides: Vec::new(),
            shares: Vec::new(),
        };
        let access = compile(&policy, &facts);
        Ok(Self { policy, facts, access, permissions })
    }

    /// Bytes of a compiled access: the middle of many people, each assigned to other customers. What they share is there
    /// already, as it is where many people are.
    pub fn bytes(&self) -> Result<i64, Box<dyn Error>> {
        let mut people = Vec::new();
        for person in 0..1_000 {
            let mut facts = self.facts.clone();
            for (n, held) in facts.assignments.iter_mut().enumerate() {
                held.scope = scope((n * 7 + person * 3) % CUSTOMERS)?;
            }
            people.push(facts);
        }
        people.iter().for_each(|facts| drop(compile(&self.policy, facts)));
        let mut bytes: Vec<i64> =
            people.iter().map(|facts| allocations::held(|| Box::new(compile(&self.policy, facts))).1).collect();
        bytes.sort_unstable();
        Ok(bytes[bytes.len() / 2])
    }

    pub fn resolve<'p>(&'p self, question: &Question<'p>) -> Result<ResolvedQuestion<'p>, Box<dyn Error>> {
        Ok(self.policy.resolve(question)?)
    }
}

pub fn question(action: &str, n: usize) -> Result<Question<'_>, Box<dyn Error>> {
    Ok(Question { action, resource_kind: "device", resource_id: "d-1", scope: Some(scope(n)?) })
}

fn scope(n: usize) -> Result<Scope, Box<dyn Error>> {
    Ok(Scope::parse(&format!("customer:{}", customer(n)))?)
}

struct Zeros;

impl Chance for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}
