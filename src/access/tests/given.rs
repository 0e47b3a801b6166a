//! A small catalogue with one of everything, and random facts about it. The pools are small so that things collide.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use crate::access::*;
use crate::model::{Chance, GroupId, RuleId, Timestamp, UserId};

const TEXT: &str = include_str!("../../../fixtures/catalogues/laws.toml");

static DENY_WINS: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::parse(TEXT, "test").unwrap()));
static ADDITIVE: LazyLock<Arc<Catalogue>> =
    LazyLock::new(|| Arc::new(Catalogue::parse(&TEXT.replace("deny-wins", "additive"), "test").unwrap()));

pub fn deny_wins() -> Arc<Catalogue> {
    Arc::clone(&DENY_WINS)
}

pub fn additive() -> Arc<Catalogue> {
    Arc::clone(&ADDITIVE)
}

/// Always the same byte.
pub struct Always(pub u8);

impl Chance for Always {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

pub const ZERO: Timestamp = Timestamp::from_micros(0);

pub fn user(n: u8) -> UserId {
    UserId::new(ZERO, &Always(n))
}

pub fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        Just("organization"),
        Just("region:emea"),
        Just("region:apac"),
        Just("team:a"),
        Just("team:b"),
        Just("team:c"),
        Just("desk:front"),
        Just("desk:back"),
    ]
    .prop_map(|text| Scope::parse(text).unwrap())
}

/// Moments are 0 to 9, so that questions fall before, at and after an end.
pub fn moment() -> impl Strategy<Value = Timestamp> {
    (0_i64..10).prop_map(Timestamp::from_micros)
}

fn until() -> impl Strategy<Value = Option<Timestamp>> {
    proptest::option::weighted(0.4, moment())
}

pub fn permission() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => (0_usize..11).prop_map(|n| DENY_WINS.permissions()[n].key.clone()),
        1 => Just("gone.away".to_owned()),
    ]
}

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![
        Just(Source::Default),
        (0_i32..3).prop_map(|priority| Source::Derived {
            rule: RuleId::new(ZERO, &Always(1)),
            rule_version: 3,
            priority,
            group: GroupId::new(ZERO, &Always(2)),
            group_name: "Leads".to_owned(),
            via: vec![],
            since: ZERO,
            cause: None,
        }),
    ]
}

pub fn assignment() -> impl Strategy<Value = Assignment> {
    let role = prop_oneof![Just("owner"), Just("global"), Just("lead"), Just("member"), Just("custom"), Just("gone")];
    (role, scope(), until(), source()).prop_map(|(role, scope, until, source)| Assignment {
        role: role.to_owned(),
        scope,
        until,
        source,
    })
}

pub fn override_of(effect: impl Strategy<Value = Effect>) -> impl Strategy<Value = Override> {
    let reach = prop_oneof![3 => scope().prop_map(Reach::Scope), 1 => Just(Reach::Assigned)];
    (permission(), effect, reach, until()).prop_map(|(permission, effect, scope, until)| Override {
        permission,
        effect,
        scope,
        until,
        reason: "because".to_owned(),
        author: "user:somebody".to_owned(),
    })
}

pub fn effect() -> impl Strategy<Value = Effect> {
    prop_oneof![Just(Effect::Allow), Just(Effect::Deny)]
}

fn resource() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop_oneof![
        Just(("", "")),
        Just(("file", "1")),
        Just(("file", "2")),
        Just(("inbox", "1")),
        Just(("inbox", "2")),
        Just(("team", "a")),
        Just(("team", "not a scope\n")),
        Just(("thing", "1")),
    ]
}

pub fn share() -> impl Strategy<Value = Share> {
    let level = prop_oneof![Just("view"), Just("edit"), Just("member"), Just("gone")];
    (resource(), level, until()).prop_map(|((kind, id), level, until)| Share {
        resource: ResourceRef { kind: kind.to_owned(), id: id.to_owned() },
        level: level.to_owned(),
        until,
    })
}

/// Somebody who is active and has nothing.
pub fn nobody() -> SubjectFacts {
    SubjectFacts {
        user: user(2),
        user_name: "bob".to_owned(),
        holder: HolderKind::Person,
        active: true,
        assignments: vec![],
        overrides: vec![],
        shares: vec![],
    }
}

pub fn facts() -> impl Strategy<Value = SubjectFacts> {
    (
        proptest::bool::weighted(0.95),
        proptest::collection::vec(assignment(), 0..5),
        proptest::collection::vec(override_of(effect()), 0..5),
        proptest::collection::vec(share(), 0..4),
    )
        .prop_map(|(active, assignments, overrides, shares)| SubjectFacts {
            user: user(1),
            user_name: "ann".to_owned(),
            holder: HolderKind::Person,
            active,
            assignments,
            overrides,
            shares,
        })
}

pub fn policy_of(catalogue: Arc<Catalogue>) -> impl Strategy<Value = Policy> {
    let plan = proptest::option::of(prop_oneof![Just("basic".to_owned()), Just("pro".to_owned())]);
    let mode = prop_oneof![Just(MappingMode::Union), Just(MappingMode::HighestPriority)];
    let default = proptest::option::of(prop_oneof![Just("member"), Just("owner"), Just("custom")]);
    let linked = proptest::collection::vec((0_usize..3, 0_usize..2), 0..3);
    (plan, mode, default, linked, any::<bool>()).prop_map(move |(plan, mapping_mode, default_role, linked, desk)| {
        let mut policy = Policy::new(Arc::clone(&catalogue));
        for (team, region) in linked {
            let team = Scope::parse(["team:a", "team:b", "team:c"][team]).unwrap();
            policy.scopes.link(team, Scope::parse(["region:emea", "region:apac"][region]).unwrap()).unwrap();
        }
        policy.declared.extend(desk.then(|| Scope::parse("desk:back").unwrap()));
        policy.plan = plan;
        policy.mapping_mode = mapping_mode;
        policy.default_role = default_role.map(str::to_owned);
        policy.custom_roles = vec![CustomRole {
            key: "custom".to_owned(),
            title: "Custom".to_owned(),
            permissions: ["file.all", "inbox.read", "gone.away", "user.manage"].map(str::to_owned).to_vec(),
            everywhere: ["file.edit", "device.wipe", "gone.away"].map(str::to_owned).to_vec(),
            version: 7,
            origin: None,
        }];
        policy
    })
}

pub fn policy() -> impl Strategy<Value = Policy> {
    prop_oneof![policy_of(deny_wins()), policy_of(additive())]
}

/// An owned question.
#[derive(Debug, Clone)]
pub struct Asked {
    pub action: String,
    pub resource: (&'static str, &'static str),
    pub scope: Option<Scope>,
}

impl Asked {
    pub fn question(&self) -> Question<'_> {
        let (resource_kind, resource_id) = self.resource;
        Question { action: &self.action, resource_kind, resource_id, scope: self.scope.clone() }
    }
}

pub fn asked() -> impl Strategy<Value = Asked> {
    let scope = prop_oneof![
        9 => proptest::option::of(scope()),
        1 => Just(Some(Scope::parse("planet:mars").unwrap())),
    ];
    (permission(), resource(), scope).prop_map(|(action, resource, scope)| Asked { action, resource, scope })
}

/// The answer by way of the compiled access.
pub fn answer(policy: &Policy, facts: &SubjectFacts, asked: &Asked, now: Timestamp) -> Decision {
    match policy.resolve(&asked.question()) {
        Ok(resolved) => decide(&compile(policy, facts), &resolved, now),
        Err(unknown) => (&unknown).into(),
    }
}
