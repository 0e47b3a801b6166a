//! Every route that takes an id, with the ids of another organization: the answer is the one for ids that do not
//! exist, and nothing of the other organization has changed.

use std::collections::BTreeSet;

use serde_json::json;

use super::things::{Ids, furnish, last_position, nothing, position, state};
use super::tries::{APPROVER, Try, tries};
use super::{Other, Owner, user};
use crate::products::on_both_with;
use crate::support::{Answer, Gateway, Http};

/// Everything with which an organization is used: its directory, its key, its owner's browser.
#[derive(Debug)]
struct Side {
    scim: Http,
    api: Http,
    owner: Owner,
}

impl Side {
    /// The organization that every test's gateway begins with.
    fn here(gateway: &Gateway) -> Self {
        let owner = Owner::of(&gateway.url(), gateway.made(), "owner@corp.example");
        Self { scim: gateway.http().bearer(gateway.scim_token()), api: gateway.http().bearer(gateway.api_key()), owner }
    }

    fn of(other: &Other) -> Self {
        let http = Http::new(&other.url);
        Self { scim: http.bearer(other.scim_token()), api: http.bearer(other.api_key()), owner: other.owner() }
    }

    fn send(&self, this: &Try) -> Answer {
        let method = this.route.split(' ').next().unwrap();
        let body = || this.body.as_ref().map(|body| body.to_string().into_bytes());
        match this.path.split('/').nth(1) {
            Some("scim") => self.scim.send(method, &this.path, body()),
            Some("console") if method == "POST" => self.owner.post(&this.path),
            Some("console") => self.owner.http.get(&this.path),
            _ => self.api.send(method, &this.path, body()),
        }
    }
}

/// What an answer tells, with whatever ids it repeats taken out. A position is a short number, that other text may hold by
/// chance: it is taken out where it is quoted.
fn told(answer: &Answer, ids: &Ids) -> (u16, String) {
    let without = |body: String, (&kind, id): (&&str, &String)| match kind {
        "position" => body.replace(&format!("`{id}`"), "`an id`"),
        _ => body.replace(id, "an id"),
    };
    (answer.status, ids.iter().fold(answer.body.clone(), without))
}

on_both_with! { "everything":
    fn another_organizations_ids_are_like_ids_that_do_not_exist(gateway: &Gateway) {
        let other = Other::beside(gateway);
        let (here, there) = (Side::here(gateway), Side::of(&other));
        let approver = gateway.scim().post("/Users", &user(APPROVER)).expect(201).text("id");
        let role = json!({"role": "approver"});
        gateway.api().post(&format!("/users/{approver}/assignments"), &role).expect(201);
        let mut theirs = furnish(&other, &there.owner);
        theirs.insert("position", last_position(&other));
        let before = state(&other, &theirs);
        let absent = nothing(&theirs);
        let mut faults = Vec::new();
        for (this, that) in tries(&theirs).iter().zip(tries(&absent)) {
            let (got, wanted) = (told(&here.send(this), &theirs), told(&here.send(&that), &absent));
            // A member who is nobody here may be kept as a reference that gives nothing; the new group's id is its own.
            if this.route == "POST /scim/v2/Groups" && got.0 == wanted.0 {
                continue;
            }
            let is_refused = got.0 == 404 || got.0 == 400 || this.route.starts_with("POST /access/");
            if got != wanted || !is_refused {
                faults.push(format!("{}: {got:?}, and for nothing {wanted:?}", this.route));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert_eq!(state(&other, &theirs), before);
        // They are theirs, and no position of the log is ours.
        for this in tries(&theirs).iter().filter(|this| this.route.starts_with("GET ")) {
            assert_eq!(there.send(this).status, 200, "{}", this.route);
        }
        let index = |text: &str| text.parse::<u64>().unwrap();
        assert!(index(&position(&gateway.api())) < index(&theirs["position"]));
    }

    fn lists_searches_and_the_audit_log_hold_nothing_of_another_organization(gateway: &Gateway) {
        let other = Other::beside(gateway);
        let theirs = furnish(&other, &other.owner());
        gateway.scim().post("/Users", &user("ann@corp.example")).expect(201);
        let (scim, api) = (gateway.scim(), gateway.api());
        let by_name = "/Users?filter=userName%20eq%20%22ann%40other.example%22";
        assert_eq!(scim.get(by_name).expect(200).json()["totalResults"], 0);
        let pages = [
            scim.get("/Users").expect(200).body,
            scim.get("/Groups").expect(200).body,
            api.get("/directories").expect(200).body,
            api.get("/connections").expect(200).body,
            api.get("/mapping-rules").expect(200).body,
            api.get("/api-keys").expect(200).body,
            api.get("/audit-events?limit=1000").expect(200).body,
        ];
        for page in &pages {
            assert!(!page.contains("other.example"), "{page}");
            for id in theirs.values() {
                assert!(!page.contains(id.as_str()), "{page}");
            }
        }
        for (kind, id) in &theirs {
            let found = api.get(&format!("/audit-events?target={id}")).expect(200).json();
            assert_eq!(found["items"], json!([]), "{kind}");
        }
    }

    fn a_name_may_be_borne_in_both_organizations(gateway: &Gateway) {
        let other = Other::beside(gateway);
        let ann = gateway.scim().post("/Users", &user("ann@corp.example")).expect(201).text("id");
        let same = other.scim().post("/Users", &user("ann@corp.example")).expect(201).text("id");
        gateway.api().post(&format!("/users/{ann}/assignments"), &json!({"role": "admin"})).expect(201);
        assert!(gateway.allows("ann@corp.example", "email.send", "organization"));
        let question = json!({"subject": {"type": "user", "id": "ann@corp.example"}, "action": {"name": "email.send"},
                              "resource": {"type": "organization", "id": "organization"}});
        let evaluation = format!("{}/access/v1/evaluation", gateway.url());
        assert_eq!(other.api().post(&evaluation, &question).expect(200).json()["decision"], false);
        assert_ne!(ann, same);
        // Nor does what is taken from the one take anything from the other.
        other.scim().delete(&format!("/Users/{same}")).expect(204);
        assert!(gateway.allows("ann@corp.example", "email.send", "organization"));
    }
}

#[test]
fn every_listed_route_is_tried() {
    let kinds = [
        "user",
        "owner",
        "group",
        "rule",
        "assignment",
        "key",
        "directory",
        "token",
        "connection",
        "share",
        "approval",
        "session",
        "position",
        "contract",
        "review",
        "account",
        "given",
        "source",
        "pushed",
        "attempt",
        "client",
    ];
    let tried: BTreeSet<&str> =
        tries(&kinds.map(|kind| (kind, "x".to_owned())).into()).iter().map(|this| this.route).collect();
    let untried: Vec<_> = crate::coverage::isolation().difference(&tried).copied().collect();
    assert!(untried.is_empty(), "{untried:?}");
}
