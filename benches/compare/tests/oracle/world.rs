//! Random worlds: one person, what they are given, and the organization's choices, in the words of neither engine.

use std::sync::{Arc, LazyLock};

use portcullis::access::{
    Assignment, Catalogue, CustomRole, Effect, HolderKind, MappingMode, Override, Policy, Question, Reach, ResourceRef,
    Scope, Source, SubjectFacts,
};
use portcullis::model::{AssignmentId, Chance, GroupId, RuleId, Timestamp, UserId};

pub const ACTIONS: [&str; 11] = [
    "user.manage",
    "audit.view",
    "file.view",
    "file.edit",
    "inbox.read",
    "inbox.manage",
    "device.wipe",
    "approval.decide",
    "pro.feature",
    "shared.view",
    "file.all",
];
pub const SCOPES: [&str; 7] =
    ["organization", "region:emea", "region:apac", "team:a", "team:b", "team:c", "desk:front"];
pub const RESOURCES: [(&str, &str); 6] =
    [("", ""), ("file", "1"), ("file", "2"), ("file", ""), ("inbox", "1"), ("inbox", "2")];
const ROLES: [&str; 6] = ["owner", "global", "lead", "member", "custom", "gone"];

const TEXT: &str = include_str!("../../../../fixtures/catalogues/laws.toml");
static DENY_WINS: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::parse(TEXT, "test").unwrap()));
static ADDITIVE: LazyLock<Arc<Catalogue>> =
    LazyLock::new(|| Arc::new(Catalogue::parse(&TEXT.replace("deny-wins", "additive"), "test").unwrap()));

/// Steele, Lea and Flood's SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    /// Moments are 0 to 9, so that questions fall before, at and after an end.
    fn until(&mut self) -> Option<i64> {
        (self.below(10) < 4).then(|| self.below(10) as i64)
    }

    fn some<T>(&mut self, most: usize, make: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }
}

#[derive(Debug)]
pub struct World {
    pub additive: bool,
    pub active: bool,
    /// Empty: none.
    pub plan: &'static str,
    by_priority: bool,
    default_role: Option<&'static str>,
    /// Scopes and what they lie under, where it is not the organization.
    pub links: Vec<(&'static str, &'static str)>,
    held: Vec<Held>,
    pub overrides: Vec<Exception>,
    pub shares: Vec<Share>,
}

#[derive(Debug, Clone, Copy)]
pub struct Held {
    pub role: &'static str,
    pub scope: &'static str,
    pub until: Option<i64>,
    /// Of the rule that gives it; none if somebody did.
    priority: Option<i32>,
}

#[derive(Debug)]
pub struct Exception {
    pub permission: &'static str,
    pub allows: bool,
    /// None: wherever the person is assigned.
    pub scope: Option<&'static str>,
    pub until: Option<i64>,
}

#[derive(Debug)]
pub struct Share {
    pub resource: (&'static str, &'static str),
    pub level: &'static str,
    pub until: Option<i64>,
}

#[derive(Debug)]
pub struct Asked {
    pub action: &'static str,
    pub resource: (&'static str, &'static str),
    pub scope: &'static str,
    pub now: i64,
}

impl Asked {
    pub fn any(dice: &mut Dice) -> Self {
        let (action, resource) = (dice.of(&ACTIONS), dice.of(&RESOURCES));
        Self { action, resource, scope: dice.of(&SCOPES), now: dice.below(10) as i64 }
    }

    pub fn question(&self) -> Question<'_> {
        let (resource_kind, resource_id) = self.resource;
        Question { action: self.action, resource_kind, resource_id, scope: Some(scope(self.scope)) }
    }
}

impl World {
    pub fn any(dice: &mut Dice) -> Self {
        let mut links = Vec::new();
        for team in ["team:a", "team:b", "team:c"] {
            if !dice.one_in(3) {
                links.push((team, dice.of(&["region:emea", "region:apac"])));
            }
        }
        Self {
            additive: dice.one_in(3),
            active: !dice.one_in(20),
            plan: dice.of(&["", "basic", "pro"]),
            by_priority: dice.one_in(2),
            default_role: dice.of(&[None, Some("member"), Some("custom")]),
            links,
            held: dice.some(4, |dice| Held {
                role: dice.of(&ROLES),
                scope: dice.of(&SCOPES),
                until: dice.until(),
                priority: dice.of(&[None, Some(0), Some(1), Some(2)]),
            }),
            overrides: dice.some(4, |dice| Exception {
                permission: dice.of(&ACTIONS),
                allows: dice.one_in(2),
                scope: if dice.one_in(4) { None } else { Some(dice.of(&SCOPES)) },
                until: dice.until(),
            }),
            shares: dice.some(3, |dice| Share {
                resource: dice.of(&RESOURCES),
                level: dice.of(&["view", "edit", "member", "gone"]),
                until: dice.until(),
            }),
        }
    }

    /// The assignments that count: all, or of those that rules give the ones of the highest priority.
    pub fn counting(&self) -> Vec<Held> {
        let highest = self.held.iter().filter_map(|held| held.priority).max();
        let counts = |held: &&Held| {
            self.additive || !self.by_priority || held.priority.is_none() || held.priority == highest
        };
        self.held.iter().filter(counts).copied().collect()
    }

    /// The same, and the default role where it is due.
    pub fn effective(&self) -> Vec<Held> {
        let mut effective = self.counting();
        let is_settled = effective.iter().any(|held| held.until.is_none());
        if let Some(role) = self.default_role.filter(|_| self.additive || !is_settled) {
            effective.push(Held { role, scope: "organization", until: None, priority: None });
        }
        effective
    }

    pub fn policy(&self) -> Policy {
        let mut policy = Policy::new(Arc::clone(if self.additive { &ADDITIVE } else { &DENY_WINS }));
        for (below, above) in &self.links {
            policy.scopes.link(scope(below), scope(above)).unwrap();
        }
        policy.plan = (!self.plan.is_empty()).then(|| self.plan.to_owned());
        policy.mapping_mode = if self.by_priority { MappingMode::HighestPriority } else { MappingMode::Union };
        policy.default_role = self.default_role.map(str::to_owned);
        policy.custom_roles = vec![CustomRole {
            key: "custom".to_owned(),
            title: "Custom".to_owned(),
            permissions: ["file.all", "inbox.read", "user.manage"].map(str::to_owned).to_vec(),
            everywhere: ["file.edit", "device.wipe"].map(str::to_owned).to_vec(),
            version: 1,
            origin: None,
        }];
        policy
    }

    pub fn facts(&self) -> SubjectFacts {
        SubjectFacts {
            user: UserId::new(ZERO, &Zeros),
            user_name: "ann".to_owned(),
            holder: HolderKind::Person,
            active: self.active,
            assignments: self.held.iter().map(Held::assignment).collect(),
            overrides: self.overrides.iter().map(Exception::told).collect(),
            shares: self.shares.iter().map(Share::told).collect(),
        }
    }
}

impl Held {
    fn assignment(&self) -> Assignment {
        let source = match self.priority {
            None => Source::Direct { id: AssignmentId::new(ZERO, &Zeros), by: "operator".to_owned() },
            Some(priority) => Source::Derived {
                rule: RuleId::new(ZERO, &Zeros),
                rule_version: 1,
                priority,
                group: GroupId::new(ZERO, &Zeros),
                group_name: "People".to_owned(),
                via: Vec::new(),
                since: ZERO,
                cause: None,
            },
        };
        let until = self.until.map(Timestamp::from_micros);
        Assignment { role: self.role.to_owned(), scope: scope(self.scope), until, source }
    }
}

impl Exception {
    fn told(&self) -> Override {
        Override {
            permission: self.permission.to_owned(),
            effect: if self.allows { Effect::Allow } else { Effect::Deny },
            scope: self.scope.map_or(Reach::Assigned, |text| Reach::Scope(scope(text))),
            until: self.until.map(Timestamp::from_micros),
            reason: "because".to_owned(),
            author: "operator".to_owned(),
        }
    }
}

impl Share {
    fn told(&self) -> portcullis::access::Share {
        let (kind, id) = self.resource;
        portcullis::access::Share {
            resource: ResourceRef { kind: kind.to_owned(), id: id.to_owned() },
            level: self.level.to_owned(),
            until: self.until.map(Timestamp::from_micros),
        }
    }
}

const ZERO: Timestamp = Timestamp::from_micros(0);

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

struct Zeros;

impl Chance for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}
