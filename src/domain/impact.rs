//! What a change would mean for the real people, before it is made.
//!
//! The caller says what the policy would be and what each person's facts would be; both states go through the same
//! compilation as decisions do. People whom nothing tells apart (the same roles in the same scopes, the same exceptions)
//! share one comparison, and people are read some thousands at a time, so a change that touches a hundred thousand people
//! costs hardly more than reading them. Nothing here writes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::GatewayError;
use super::entitlements::{Standing, facts_of_many};
use crate::access::{self, Assignment, Change, Effect, HolderLimit, Policy, Reach, Scope, Source, SubjectFacts};
use crate::model::{OrganizationId, Timestamp};
use crate::store::users::{self, PersonRow};
use crate::store::{Conn, memberships, sessions};

/// People read at once.
const BATCH: usize = 10_000;
/// Comparisons that are remembered at once.
const MAX_REMEMBERED: usize = 20_000;
/// Holders of a floor that are named.
const MAX_NAMED: usize = 20;

/// Which of the changes are told one by one; the numbers count all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub offset: usize,
    pub limit: usize,
}

/// What a change would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Impact {
    /// How many people were looked at: all whom the change can touch.
    pub people: usize,
    pub gainers: usize,
    pub losers: usize,
    /// How many changes there are: one for each person and scope.
    pub total: usize,
    /// One page of them, by person, then by scope.
    pub changes: Vec<Change>,
    pub owners_hit: Vec<OwnersHit>,
    /// Live sessions of people who would be left without any permission anywhere.
    pub sessions_ended: i64,
    /// Live sessions of people who would lose something and keep something.
    pub sessions_narrowed: i64,
}

/// A role that must have a holder, and would have none there any more.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct OwnersHit {
    pub role: String,
    pub scope: Scope,
    /// Who holds it now, by userName; a few of them.
    pub holders: Vec<String>,
}

/// Whom a change can touch.
#[derive(Debug, Clone)]
pub enum Crowd {
    Everybody,
    /// People and groups by id; whoever is in such a group, directly or through others, is meant too.
    Under(Vec<String>),
}

/// Two policies to compare for an organization at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Comparison<'c> {
    pub organization: OrganizationId,
    pub before: &'c Policy,
    pub after: &'c Policy,
    pub now: Timestamp,
    pub page: Page,
}

impl Comparison<'_> {
    /// Compares what the people of `crowd` may do with what they could do if their facts were what `altered` makes of them.
    pub fn impact(
        &self,
        conn: &mut Conn,
        crowd: Crowd,
        mut altered: impl FnMut(&Standing) -> SubjectFacts,
    ) -> Result<Impact, GatewayError> {
        let mut tally = Tally::new(self);
        each_person(conn, self.organization, crowd, |standing| {
            let after = altered(&standing);
            tally.count(&standing.facts, &after);
        })?;
        let mut impact = tally.impact;
        impact.owners_hit = tally.floors.into_iter().filter_map(|(at, floor)| floor.hit(at)).collect();
        impact.sessions_ended = sessions::count_live(conn, self.organization, &tally.emptied, self.now)?;
        impact.sessions_narrowed = sessions::count_live(conn, self.organization, &tally.narrowed, self.now)?;
        Ok(impact)
    }
}

/// Hands each person of `crowd` to `look`, in the order of their ids.
pub fn each_person(
    conn: &mut Conn,
    organization: OrganizationId,
    crowd: Crowd,
    mut look: impl FnMut(Standing),
) -> Result<(), GatewayError> {
    let mut see = |conn: &mut Conn, people: &[PersonRow]| -> Result<(), GatewayError> {
        facts_of_many(conn, organization, people)?.into_iter().for_each(&mut look);
        Ok(())
    };
    match crowd {
        Crowd::Everybody => {
            let (mut after, limit) = (String::new(), i64::try_from(BATCH).unwrap_or(i64::MAX));
            loop {
                let people = users::people_after(conn, organization, &after, limit)?;
                let Some(last) = people.last() else { return Ok(()) };
                after = last.id.to_string();
                see(conn, &people)?;
            }
        }
        Crowd::Under(holders) => {
            let ids = below(conn, organization, holders)?;
            ids.chunks(BATCH).try_for_each(|chunk| {
                let people = users::people(conn, organization, chunk)?;
                see(conn, &people)
            })
        }
    }
}

/// The ids of these holders and of all that is in them, sorted.
fn below(conn: &mut Conn, organization: OrganizationId, holders: Vec<String>) -> Result<Vec<String>, GatewayError> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut next = holders;
    while !next.is_empty() {
        next.retain(|id| seen.insert(id.clone()));
        next = memberships::in_groups(conn, organization, &next)?;
    }
    Ok(seen.into_iter().collect())
}

/// What tells people apart for a policy.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Shape {
    active: bool,
    assignments: Vec<(String, Scope, Option<Timestamp>, Option<i32>)>,
    overrides: Vec<(String, bool, Reach, Option<Timestamp>)>,
}

impl Shape {
    fn of(facts: &SubjectFacts) -> Self {
        let priority = |source: &Source| match source {
            Source::Derived { priority, .. } => Some(*priority),
            Source::Direct { .. } | Source::Default => None,
        };
        let held = facts.assignments.iter();
        let given = facts.overrides.iter();
        let mut assignments: Vec<_> =
            held.map(|held| (held.role.clone(), held.scope.clone(), held.until, priority(&held.source))).collect();
        assignments.sort_unstable();
        Self {
            active: facts.active,
            assignments,
            overrides: given
                .map(|given| {
                    (given.permission.clone(), given.effect == Effect::Allow, given.scope.clone(), given.until)
                })
                .collect(),
        }
    }
}

/// What a change means for everybody of two shapes.
#[derive(Debug, Default)]
struct Outcome {
    changes: Vec<Change>,
    gains: bool,
    loses: bool,
    /// Nothing is left, anywhere.
    emptied: bool,
}

/// How a floor stands before and after.
#[derive(Debug, Default)]
struct Floor {
    holders: Vec<String>,
    before: usize,
    after: usize,
}

impl Floor {
    fn hit(self, (role, scope): (String, Scope)) -> Option<OwnersHit> {
        (self.before > 0 && self.after == 0).then_some(OwnersHit { role, scope, holders: self.holders })
    }
}

struct Tally<'c> {
    comparison: &'c Comparison<'c>,
    impact: Impact,
    remembered: HashMap<(Shape, Shape), Outcome>,
    /// By role and scope.
    floors: BTreeMap<(String, Scope), Floor>,
    emptied: Vec<String>,
    narrowed: Vec<String>,
}

impl<'c> Tally<'c> {
    fn new(comparison: &'c Comparison<'c>) -> Self {
        Self {
            comparison,
            impact: Impact::default(),
            remembered: HashMap::new(),
            floors: BTreeMap::new(),
            emptied: Vec::new(),
            narrowed: Vec::new(),
        }
    }

    fn count(&mut self, before: &SubjectFacts, after: &SubjectFacts) {
        self.impact.people += 1;
        self.count_floors(before, after);
        if self.remembered.len() > MAX_REMEMBERED {
            self.remembered.clear();
        }
        let comparison = self.comparison;
        let shapes = (Shape::of(before), Shape::of(after));
        let outcome = self.remembered.entry(shapes).or_insert_with(|| outcome(comparison, before, after));
        self.impact.gainers += usize::from(outcome.gains);
        self.impact.losers += usize::from(outcome.loses);
        match (outcome.loses, outcome.emptied) {
            (true, true) => self.emptied.push(before.user.to_string()),
            (true, false) => self.narrowed.push(before.user.to_string()),
            (false, _) => {}
        }
        let page = comparison.page;
        for change in &outcome.changes {
            if self.impact.total >= page.offset && self.impact.changes.len() < page.limit {
                let own = Change { user: before.user, user_name: before.user_name.clone(), ..change.clone() };
                self.impact.changes.push(own);
            }
            self.impact.total += 1;
        }
    }

    fn count_floors(&mut self, before: &SubjectFacts, after: &SubjectFacts) {
        let Comparison { before: old, after: new, now, .. } = *self.comparison;
        for (facts, policy, is_before) in [(before, old, true), (after, new, false)] {
            let limited = |held: &&Assignment| has_floor(old, &held.role) || has_floor(new, &held.role);
            for held in facts.assignments.iter().filter(limited).filter(|held| fills(policy, facts, held, now)) {
                let floor = self.floors.entry((held.role.clone(), held.scope.clone())).or_default();
                if !is_before {
                    floor.after += 1;
                    continue;
                }
                floor.before += 1;
                if floor.holders.len() < MAX_NAMED && floor.holders.last() != Some(&facts.user_name) {
                    floor.holders.push(facts.user_name.clone());
                }
            }
        }
    }
}

/// Whether the person counts as a holder there; in the whole organization, as a change is refused for want of one.
fn fills(policy: &Policy, facts: &SubjectFacts, held: &Assignment, now: Timestamp) -> bool {
    if policy.reaches_whole_organization(&held.role, &held.scope) {
        return access::holds_for_good(policy, facts, &held.role, now);
    }
    facts.active && policy.catalogue.role(&held.role).is_some() && held.until.is_none_or(|until| now < until)
}

fn has_floor(policy: &Policy, role: &str) -> bool {
    policy.catalogue.role(role).is_some_and(|role| match role.holders {
        HolderLimit::ExactlyOne | HolderLimit::AtLeastOne => true,
        HolderLimit::Any => false,
    })
}

fn outcome(comparison: &Comparison<'_>, before: &SubjectFacts, after: &SubjectFacts) -> Outcome {
    let Comparison { before: old, after: new, now, .. } = *comparison;
    let (was, is) = (std::slice::from_ref(before), std::slice::from_ref(after));
    let changes = access::preview((old, was), (new, is), now).changes;
    let (gains, loses) =
        (changes.iter().any(|change| !change.gained.is_empty()), changes.iter().any(|change| !change.lost.is_empty()));
    let emptied = loses && {
        let access = access::compile(new, after);
        let held = after.assignments.iter().map(|held| &held.scope);
        let mut scopes =
            held.chain(after.overrides.iter().map(|given| given.scope.widest())).chain([&Scope::Organization]);
        scopes.all(|scope| access.permissions_in(new, scope, now).is_empty())
    };
    Outcome { changes, gains, loses, emptied }
}

/// Whether the person holds the role now, by whatever way; the default role too.
pub fn holds(policy: &Policy, facts: &SubjectFacts, role: &str, now: Timestamp) -> bool {
    let is_live = |until: Option<Timestamp>| until.is_none_or(|until| now < until);
    let live = || facts.assignments.iter().filter(|held| is_live(held.until));
    let is_caught = || policy.catalogue.is_additive() || live().next().is_none();
    live().any(|held| held.role == role) || (policy.default_role.as_deref() == Some(role) && is_caught())
}
