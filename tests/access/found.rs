//! The law of searches: whatever people hold, a search finds exactly what asking one by one allows, page by page, and also
//! when part of it has run out.
//!
//! What is held is dealt at random over the API: roles to people, groups and programs, exceptions, shares of files and of
//! inboxes that no role opens, for an hour or for good. Then the time is moved on.

use portcullis::access::{HolderKind, Scope};
use portcullis::domain::search::{Found, SearchPage, Sought};
use portcullis::model::{Clock, SystemClock, Timestamp};
use serde_json::{Value, json};

use super::later::{HOUR, Later};
use super::{assign, group, person};
use crate::products::on_both_with;
use crate::support::Gateway;

const PEOPLE: [&str; 6] = ["ann", "bob", "cid", "dan", "eve", "fay"];
const PROGRAMS: [&str; 2] = ["crm", "bot"];
const ACTIONS: [&str; 11] = [
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
const SCOPES: [&str; 6] = ["organization", "region:north", "region:south", "team:a", "team:b", "desk:front"];
/// All that can be found, by type.
const RESOURCES: [(&str, &[&str]); 5] = [
    ("desk", &["front"]),
    ("file", &["f1", "f2", "f3"]),
    ("inbox", &["i1", "i2"]),
    ("region", &["north", "south"]),
    ("team", &["a", "b"]),
];
/// Grants that are dealt between two looks.
const GRANTS: usize = 40;

/// A row of numbers that is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % sides as u64) as usize
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Half of an hour, an hour and a half, and so on; or for good.
    fn until(&mut self) -> Value {
        let half_hours = [1, 3, 5][self.below(3)];
        let end = Timestamp::from_micros(SystemClock.now().micros() + half_hours * HOUR / 2);
        if self.below(2) == 0 { json!(null) } else { json!(end.rfc3339()) }
    }
}

/// Gives somebody something; answers whether it is a thing that can be given.
fn deal(gateway: &Gateway, dice: &mut Dice, groups: &[String]) -> (usize, bool) {
    let api = gateway.api();
    let (who, scope, until) = (dice.one(&PEOPLE), dice.one(&SCOPES), dice.until());
    let kind = dice.below(5);
    let answer = match kind {
        0 => {
            let role = json!({"role": dice.one(&["global", "lead", "member"]), "scope": scope, "until": until});
            api.post(&format!("/users/{who}/assignments"), &role)
        }
        1 => {
            let role = json!({"role": dice.one(&["global", "lead", "member"]), "scope": scope, "until": until});
            api.post(&format!("/service-accounts/{}/assignments", dice.one(&PROGRAMS)), &role)
        }
        2 => {
            let mut exception = || {
                json!({"permission": dice.one(&ACTIONS), "effect": dice.one(&["allow", "deny"]), "until": dice.until(),
                       "scope": dice.one(&SCOPES), "reason": "for a while"})
            };
            let exceptions = [exception(), exception()];
            api.put(&format!("/users/{who}/permissions"), &json!({"permissions": exceptions}))
        }
        3 => {
            let name = dice.one(&["One", "Two", "Both"]);
            let rule =
                json!({"group": {"name": name}, "role": dice.one(&["global", "lead", "member"]), "scope": scope});
            api.post("/mapping-rules", &rule)
        }
        _ => {
            let (kind, ids, levels): (_, _, &[&str]) = dice
                .one(&[("file", RESOURCES[1].1, &["view", "edit"][..]), ("inbox", RESOURCES[2].1, &["member"][..])]);
            let mut share =
                json!({"resource": {"type": kind, "id": dice.one(ids)}, "level": dice.one(levels), "until": until});
            match dice.below(2) {
                0 => share["user"] = json!(who),
                _ => share["group"] = json!(groups[dice.below(groups.len())]),
            }
            api.post("/shares", &share)
        }
    };
    (kind, answer.status < 300)
}

/// The ids of those who are there, in the order in which they are found.
struct Furnished {
    people: Vec<String>,
    programs: Vec<String>,
    groups: [String; 3],
}

/// People, groups one in the other, programs, and places; every file and inbox is shared with somebody who goes.
fn furnish(gateway: &Gateway) -> Furnished {
    let api = gateway.api();
    api.put("/settings", &json!({"plan": "pro"})).expect(200);
    for (scope, parent) in [
        ("region:north", "organization"),
        ("region:south", "organization"),
        ("team:a", "region:north"),
        ("team:b", "region:south"),
    ] {
        api.post("/scopes", &json!({"scope": scope, "parent": parent})).expect(200);
    }
    let people = PEOPLE.map(|name| person(gateway, name));
    let one = group(gateway, "One", &[&people[0], &people[1]]);
    let two = group(gateway, "Two", &[&people[1], &people[2]]);
    let both = group(gateway, "Both", &[&one, &two, &people[3]]);
    let programs = PROGRAMS.map(|name| api.post("/service-accounts", &json!({"name": name})).expect(201).text("id"));
    for (kind, ids, level) in [("file", RESOURCES[1].1, "view"), ("inbox", RESOURCES[2].1, "member")] {
        for id in ids {
            api.post("/shares", &json!({"resource": {"type": kind, "id": id}, "level": level, "user": "fay"}))
                .expect(201);
        }
    }
    gateway
        .scim()
        .patch(
            &format!("/Users/{}", people[5]),
            &json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": false}]}),
        )
        .expect(200);
    assign(gateway, "ann", "lead", "team:a");
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    Furnished { people: sorted(people.to_vec()), programs: sorted(programs.to_vec()), groups: [one, two, both] }
}

impl Later {
    fn allowed(&self, who: &str, sought: &Sought) -> bool {
        let by = self.gateway.attribution(portcullis::model::Actor::Operator, None);
        let evaluated = self.gateway.evaluate(&by, self.organization, who, sought, None);
        self.runtime.block_on(evaluated).unwrap().decision
    }

    /// What is found, over pages of `limit`.
    fn paged(&self, limit: usize, mut search: impl AsyncFnMut(SearchPage) -> Found) -> Vec<String> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.runtime.block_on(search(SearchPage { after, limit }));
            assert!(page.results.len() <= limit, "{page:?}");
            found.extend(page.results);
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    }

    /// Every search, held against every question that it stands for. Answers how many are allowed.
    fn held_against(&self, people: &[String], programs: &[String]) -> usize {
        let mut allowed = 0;
        for (kind, ids) in RESOURCES {
            let of_itself = matches!(kind, "desk" | "region" | "team");
            let places: &[Option<&str>] = if of_itself { &[None] } else { &[None, Some("team:a")] };
            for place in places {
                let sought = |action: &str, id: &str| Sought {
                    action: action.to_owned(),
                    resource_kind: kind.to_owned(),
                    resource_id: id.to_owned(),
                    scope: place.map(|scope| Scope::parse(scope).unwrap()),
                };
                allowed += self.subjects(people, HolderKind::Person, ids, &sought);
                self.subjects(programs, HolderKind::ServiceAccount, ids, &sought);
                for who in people.iter().chain(programs) {
                    self.resources_and_actions(who, ids, &sought);
                }
            }
        }
        allowed
    }

    fn subjects(
        &self,
        all: &[String],
        holder: HolderKind,
        ids: &[&str],
        sought: &impl Fn(&str, &str) -> Sought,
    ) -> usize {
        let mut allowed = 0;
        for (action, id) in ACTIONS.into_iter().flat_map(|action| ids.iter().map(move |id| (action, *id))) {
            let sought = sought(action, id);
            let expected: Vec<&String> = all.iter().filter(|who| self.allowed(who, &sought)).collect();
            let found = self.paged(2, async |page| {
                self.gateway.search_subjects(self.organization, holder, &sought, page).await.unwrap()
            });
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{sought:?}");
            allowed += found.len();
        }
        allowed
    }

    fn resources_and_actions(&self, who: &str, ids: &[&str], sought: &impl Fn(&str, &str) -> Sought) {
        for action in ACTIONS {
            let expected: Vec<&str> = ids.iter().copied().filter(|id| self.allowed(who, &sought(action, id))).collect();
            let found = self.paged(1, async |page| {
                let sought = sought(action, "");
                self.gateway.search_resources(self.organization, who, sought, page).await.unwrap()
            });
            assert_eq!(found, expected, "{who}: {:?}", sought(action, ""));
        }
        for id in ids {
            let mut expected: Vec<&str> =
                ACTIONS.into_iter().filter(|action| self.allowed(who, &sought(action, id))).collect();
            let here = self.gateway.permissions_here(self.organization, who, sought("", id));
            let mut found = self.runtime.block_on(here).unwrap().permissions;
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{who}: {:?}", sought("", id));
        }
    }
}

on_both_with! { "laws":
    fn a_search_finds_exactly_what_is_allowed_one_by_one(gateway: &Gateway) {
        let Furnished { people, programs, groups } = furnish(gateway);
        let mut dice = Dice(2_026);
        let mut dealt = [0; 5];
        for round in 0..2 {
            for _ in 0..GRANTS {
                let (kind, done) = deal(gateway, &mut dice, &groups);
                dealt[kind] += usize::from(done);
            }
            gateway.stop();
            let later = Later::of(gateway);
            let allowed = [0, 1, 2].map(|hours| {
                later.at(hours);
                later.held_against(&people, &programs)
            });
            assert!(allowed[0] > allowed[2], "something ran out in round {round}: {allowed:?}");
            drop(later);
            gateway.restart();
        }
        assert!(dealt.iter().all(|count| *count >= 3), "of everything something was dealt: {dealt:?}");
    }
}
