//! Cedar as an oracle: random people under random policies, told to Cedar as policies and entities, and random questions
//! that both engines must answer alike.
//!
//! The translation is written from the design's words: what grants is a `permit`, what takes away whatever grants it is a
//! `forbid`, a place is an entity below the places above it, a role is a group of actions, and the moment and the plan are
//! context. What roles may do is written out by hand, not taken from our own expansion of their patterns. Which assignments count
//! (the highest priority, the default role) is settled before both, since that is mapping and no decision.
//!
//! The seed is fixed; `CEDAR_WORLDS` and `CEDAR_SEED` take more worlds or others.

mod world;

use std::collections::BTreeMap;
use std::str::FromStr;

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};

use portcullis::access::{compile, decide};
use portcullis::model::Timestamp;

use self::world::{ACTIONS, Asked, Dice, RESOURCES, SCOPES, World};

const QUESTIONS: usize = 250;

#[test]
fn a_decision_is_cedars_decision() {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let mut dice = Dice(number("CEDAR_SEED", 1));
    let mut allowed = 0;
    for n in 0..number("CEDAR_WORLDS", 200) {
        let world = World::any(&mut dice);
        let access = compile(&world.policy(), &world.facts());
        let policy = world.policy();
        let text = policies(&world);
        let cedar = Cedar {
            policies: PolicySet::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")),
            entities: entities(&world),
        };
        for _ in 0..QUESTIONS {
            let asked = Asked::any(&mut dice);
            let resolved = policy.resolve(&asked.question()).unwrap();
            let ours = decide(&access, &resolved, Timestamp::from_micros(asked.now));
            let theirs = cedar.allows(&asked, &world);
            assert_eq!(ours.allowed, theirs, "world {n}: {asked:?} ({:?}) of {world:#?} told as {text}", ours.reason);
            allowed += usize::from(theirs);
        }
    }
    assert!(allowed > 100, "the questions are no test if hardly anything is allowed: {allowed}");
}

struct Cedar {
    policies: PolicySet,
    entities: Entities,
}

impl Cedar {
    fn allows(&self, asked: &Asked, world: &World) -> bool {
        let uid = |kind: &str, id: &str| EntityUid::from_str(&format!("{kind}::\"{id}\"")).unwrap();
        let context = serde_json::json!({ "now": asked.now, "plan": world.plan });
        let request = Request::new(
            uid("User", "ann"),
            uid("Action", asked.action),
            uid("Resource", &thing(asked.resource, asked.scope)),
            Context::from_json_value(context, None).unwrap(),
            None,
        );
        let response = Authorizer::new().is_authorized(&request.unwrap(), &self.policies, &self.entities);
        let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{errors:?}");
        response.decision() == Decision::Allow
    }
}

/// One resource as it is asked about in one scope.
fn thing((kind, id): (&str, &str), scope: &str) -> String {
    format!("{kind}/{id} in {scope}")
}

/// Whether a moment is before the end.
fn live(until: Option<i64>) -> String {
    until.map_or("true".to_owned(), |until| format!("context.now < {until}"))
}

fn within(scope: &str) -> String {
    format!("resource in Scope::\"{scope}\"")
}

fn one_of(actions: &[&str]) -> String {
    let listed: Vec<String> = actions.iter().map(|action| format!("Action::\"{action}\"")).collect();
    format!("[{}]", listed.join(", "))
}

/// Whether any of the conditions holds.
fn any(conditions: Vec<String>) -> String {
    if conditions.is_empty() { "false".to_owned() } else { format!("({})", conditions.join(" || ")) }
}

/// Everything that one person is given, as policies.
fn policies(world: &World) -> String {
    let mut told = vec![
        "forbid (principal, action, resource) unless { principal.active };".to_owned(),
        "forbid (principal, action == Action::\"pro.feature\", resource) unless { context.plan == \"pro\" };".to_owned(),
    ];
    for (actions, condition) in grants(world) {
        told.push(format!("permit (principal, action in {}, resource) when {{ {condition} }};", one_of(&actions)));
    }
    for (actions, condition) in shares(world) {
        told.push(format!("permit (principal, action in {}, resource) when {{ {condition} }};", one_of(&actions)));
    }
    for (action, condition) in denials(world) {
        told.push(format!("forbid (principal, action == Action::\"{action}\", resource) when {{ {condition} }};"));
    }
    // Members alone: by what is read, whatever it is called, and by what it is done to.
    let members = |action: &str| {
        let shared = shares(world).into_iter().filter(|(actions, _)| actions.contains(&action));
        any(shared.map(|(_, condition)| format!("({condition})")).collect())
    };
    for action in ACTIONS {
        let closed = match action {
            "inbox.read" => "true",
            "inbox.manage" => continue,
            "shared.view" => "resource.kind == \"inbox\" || (resource.kind == \"file\" && resource.id != \"\")",
            _ => "resource.kind == \"inbox\"",
        };
        told.push(format!(
            "forbid (principal, action == Action::\"{action}\", resource) when {{ {closed} }} unless {{ {} }};",
            members(action)
        ));
    }
    // Held back from whoever may not say yes themselves.
    let alone = "approval.decide";
    let held = grants(world).into_iter().filter(|(actions, _)| actions.contains(&alone));
    let denied = denials(world).into_iter().filter(|(action, _)| *action == alone);
    told.push(format!(
        "forbid (principal, action == Action::\"device.wipe\", resource) unless {{ {} && !{} }};",
        any(held.map(|(_, condition)| format!("({condition})")).collect()),
        any(denied.map(|(_, condition)| format!("({condition})")).collect()),
    ));
    told.join("\n")
}

/// What roles and exceptions give: actions, and when.
fn grants(world: &World) -> Vec<(Vec<&'static str>, String)> {
    let mut grants = Vec::new();
    for held in world.effective() {
        let Some((may, everywhere)) = may(held.role, world) else { continue };
        grants.push((holdable(held.scope, may), format!("{} && {}", within(held.scope), live(held.until))));
        grants.push((everywhere.to_vec(), live(held.until)));
    }
    for given in world.overrides.iter().filter(|given| given.allows) {
        let places: Vec<(&str, String)> = match given.scope {
            Some(scope) => vec![(scope, live(given.until))],
            None => world
                .counting()
                .into_iter()
                .filter(|held| may(held.role, world).is_some())
                .map(|held| (held.scope, format!("{} && {}", live(held.until), live(given.until))))
                .collect(),
        };
        for (scope, live) in places {
            for action in holdable(scope, included(given.permission)) {
                let barred = any(bars(world, action));
                grants.push((vec![action], format!("{} && {live} && !{barred}", within(scope))));
            }
        }
    }
    grants.retain(|(actions, _)| !actions.is_empty());
    grants
}

/// When a role that never has the action keeps an exception from giving it: in its scope, below, and in those above.
fn bars(world: &World, action: &str) -> Vec<String> {
    if world.additive || !["device.wipe", "audit.view"].contains(&action) {
        return Vec::new();
    }
    let members = world.effective().into_iter().filter(|held| held.role == "member");
    let barred = |held: world::Held| {
        let scope = format!("Scope::\"{}\"", held.scope);
        format!("({} && ({} || {scope} in resource.place))", live(held.until), within(held.scope))
    };
    members.map(barred).collect()
}

fn denials(world: &World) -> Vec<(&'static str, String)> {
    let denials = world.overrides.iter().filter(|given| !given.allows && !world.additive);
    denials
        .map(|given| {
            let scope = given.scope.unwrap_or("organization");
            (given.permission, format!("{} && {}", within(scope), live(given.until)))
        })
        .collect()
}

fn shares(world: &World) -> Vec<(Vec<&'static str>, String)> {
    let meant = |share: &world::Share| {
        let actions: &[&str] = match (share.resource.0, share.level) {
            ("file", "view") => &["file.view", "shared.view"],
            ("file", "edit") => &["file.view", "shared.view", "file.edit", "device.wipe"],
            ("inbox", "member") => &["inbox.read"],
            (_, _) => return None,
        };
        let (kind, id) = share.resource;
        let condition = format!("resource.kind == \"{kind}\" && resource.id == \"{id}\" && {}", live(share.until));
        Some((actions.to_vec(), condition))
    };
    world.shares.iter().filter_map(meant).collect()
}

/// What a role may do where it is held, and what of it everywhere.
fn may(role: &str, world: &World) -> Option<(&'static [&'static str], &'static [&'static str])> {
    match role {
        "owner" => Some((&ACTIONS, &[])),
        "global" => Some((&["audit.view", "file.view", "shared.view", "device.wipe"], &["file.view"])),
        "lead" => Some((&["file.view", "file.edit", "file.all", "approval.decide", "device.wipe"], &[])),
        "member" => Some((&["file.view", "inbox.read", "inbox.manage", "pro.feature"], &[])),
        "custom" if world.plan == "pro" => Some((&["file.all", "file.view", "file.edit", "inbox.read"], &["file.edit"])),
        _ => None,
    }
}

/// What an exception for an action gives: what it includes, and nothing that is reserved to a role.
fn included(action: &'static str) -> &'static [&'static str] {
    match action {
        "file.all" => &["file.all", "file.view", "file.edit"],
        "user.manage" => &[],
        other => ACTIONS.iter().find(|action| **action == other).map_or(&[], std::slice::from_ref),
    }
}

/// What is given in a region is not about everything.
fn holdable(scope: &str, actions: &[&'static str]) -> Vec<&'static str> {
    let is_excepted = |action: &&str| scope.starts_with("region:") && ["audit.view", "pro.feature"].contains(action);
    actions.iter().copied().filter(|action| !is_excepted(action)).collect()
}

fn entities(world: &World) -> Entities {
    let uid = |kind: &str, id: &str| serde_json::json!({ "type": kind, "id": id });
    let entity = |kind: &str, id: &str, attributes: serde_json::Value, parents: Vec<serde_json::Value>| {
        serde_json::json!({ "uid": uid(kind, id), "attrs": attributes, "parents": parents })
    };
    let parents: BTreeMap<&str, &str> = world.links.iter().copied().collect();
    let mut all = vec![entity("User", "ann", serde_json::json!({ "active": world.active }), vec![])];
    for scope in SCOPES {
        let above = match scope {
            "organization" => None,
            other => Some(uid("Scope", parents.get(other).unwrap_or(&"organization"))),
        };
        all.push(entity("Scope", scope, serde_json::json!({}), above.into_iter().collect()));
        for (kind, id) in RESOURCES {
            let place = serde_json::json!({ "__entity": uid("Scope", scope) });
            let attributes = serde_json::json!({ "kind": kind, "id": id, "place": place });
            all.push(entity("Resource", &thing((kind, id), scope), attributes, vec![uid("Scope", scope)]));
        }
    }
    all.extend(ACTIONS.iter().map(|action| entity("Action", action, serde_json::json!({}), vec![])));
    Entities::from_json_value(serde_json::Value::Array(all), None).unwrap()
}
