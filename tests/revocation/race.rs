//! Many ask while one takes away and gives back: a question that begins after the answer to a revocation is refused.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::{Value, json};

use super::world::{ACTION, Held, Person, ROLE, World, user};
use crate::support::{Answer, Gateway, Http};

const ASKING: usize = 4;
const ROUNDS: usize = 40;

/// Asks with all threads while `take` and `give` alternate. The clock is a counter that moves with every step; an
/// allowed answer to a question that began after `take` was answered and ended before `give` was begun is a breach.
fn breaches(ask: impl Fn() -> bool + Sync, take: impl Fn() -> Answer, give: impl Fn() -> Answer) -> Vec<String> {
    let (clock, stop) = (AtomicU64::new(1), AtomicBool::new(false));
    let tick = || clock.fetch_add(1, Ordering::SeqCst);
    let allowed: Mutex<Vec<(u64, u64)>> = Mutex::default();
    let closed: Vec<(u64, u64)> = std::thread::scope(|threads| {
        for _ in 0..ASKING {
            threads.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let begun = tick();
                    if ask() {
                        allowed.lock().unwrap().push((begun, tick()));
                    }
                }
            });
        }
        let closed = (0..ROUNDS)
            .map(|_| {
                let taken = take();
                assert!(taken.status < 300, "{}", taken.body);
                let from = tick();
                // Also from here, at once: what was taken must be gone for the very next question.
                assert!(!ask(), "the next question was allowed");
                let until = tick();
                let given = give();
                assert!(given.status < 300, "{}", given.body);
                assert!(ask(), "what was given back is not there");
                (from, until)
            })
            .collect();
        stop.store(true, Ordering::SeqCst);
        closed
    });
    let allowed = allowed.into_inner().unwrap();
    assert!(!allowed.is_empty(), "nobody was ever allowed: nothing was tried");
    let within = |&(begun, ended): &(u64, u64)| closed.iter().find(|&&(from, until)| begun > from && ended < until);
    allowed.iter().filter_map(|ask| within(ask).map(|closed| format!("asked {ask:?}, closed {closed:?}"))).collect()
}

fn patch(operation: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]})
}

fn change(scim: &Http, kind: &str, id: &str, operation: Value) -> Answer {
    scim.patch(&format!("/{kind}/{id}"), &patch(operation))
}

fn may_act(gateway: &Gateway, person: &Person) -> bool {
    let browser = gateway.http().with("Cookie", &person.cookie);
    browser.get(&format!("/forward-auth?action={ACTION}")).status == 200
}

on_both! {
    fn nobody_is_allowed_between_leaving_a_group_and_coming_back(gateway: &Gateway) {
        let world = World::new(gateway);
        let person = world.person(Held::ByGroup);
        let scim = gateway.scim();
        let member = json!([{"value": person.id}]);
        let found = breaches(
            || may_act(gateway, &person),
            || change(&scim, "Groups", &person.group, json!({"op": "remove", "path": "members", "value": member})),
            || change(&scim, "Groups", &person.group, json!({"op": "add", "path": "members", "value": member})),
        );
        assert!(found.is_empty(), "{found:?}");
    }

    fn nobody_is_allowed_between_a_deactivation_and_a_reactivation(gateway: &Gateway) {
        let scim = gateway.scim();
        let id = scim.post("/Users", &user("ann@corp.example")).expect(201).text("id");
        let role = json!({"role": ROLE});
        gateway.api().post(&format!("/users/{id}/assignments"), &role).expect(201);
        let active = |active: bool| change(&scim, "Users", &id, json!({"op": "replace", "path": "active", "value": active}));
        let found = breaches(|| gateway.allows(&id, ACTION, "organization"), || active(false), || active(true));
        assert!(found.is_empty(), "{found:?}");
    }
}
