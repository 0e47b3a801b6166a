//! Every route that takes an id, with the ids of another organization: the answer is the one for ids that do not
//! exist, and nothing of the other organization has changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Other, user};
use crate::support::{Answer, Gateway, Http, IdentityProvider};

/// Ids of everything that a route may name.
type Ids = BTreeMap<&'static str, String>;

/// One of each, in the other organization.
fn furnish(other: &Other) -> Ids {
    let (scim, api) = (other.scim(), other.api());
    let person = scim.post("/Users", &user("ann@other.example")).expect(201).text("id");
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Platform",
                       "members": [{"value": person}]});
    let group = scim.post("/Groups", &group).expect(201).text("id");
    let rule = json!({"group": {"name": "Platform"}, "role": "admin", "scope": "organization"});
    let rule = api.post("/mapping-rules", &rule).expect(201).text("id");
    let role = json!({"role": "viewer"});
    let assignment = api.post(&format!("/users/{person}/assignments"), &role).expect(201).text("id");
    let deny = json!({"permissions": [{"permission": "email.send", "effect": "deny"}]});
    api.put(&format!("/users/{person}/permissions"), &deny).expect(200);
    let contract = json!({"name": "ours", "who": {"role": "viewer"}, "never": {"permission": "billing.manage"}});
    let contract = api.post("/access-contracts", &contract).expect(201).text("id");
    let key = api.post("/api-keys", &json!({"name": "ann's", "user": person})).expect(201).text("id");
    let directory = api.post("/directories", &json!({"name": "Okta", "dialect": "okta"})).expect(201);
    let connection = json!({"name": "idp", "metadata_xml": IdentityProvider::start().metadata()});
    let connection = api.post("/connections", &connection).expect(201).text("id");
    let owner = [("user_name".to_owned(), "owner@other.example".to_owned())];
    let cookie = Http::new("").form(other.owner_setup(), &owner).expect(303).header("set-cookie").to_owned();
    let cookie = cookie.split(';').next().unwrap();
    let session = Http::new(&other.url).with("Cookie", cookie).get("/session").expect(200).json();
    let owner = session["user"]["id"].as_str().unwrap().to_owned();
    Ids::from([
        ("user", person),
        ("owner", owner),
        ("group", group),
        ("rule", rule),
        ("assignment", assignment),
        ("contract", contract),
        ("key", key),
        ("directory", directory.text("id")),
        ("token", directory.text("token_id")),
        ("connection", connection),
        ("session", session["session"]["id"].as_str().unwrap().to_owned()),
    ])
}

/// Ids of the same shape that nothing bears.
fn nothing(ids: &Ids) -> Ids {
    ids.keys().enumerate().map(|(n, &kind)| (kind, format!("018bcfe5-6800-7000-8000-00000000a{n:03x}"))).collect()
}

/// A request to try: the route as `tests/coverage/isolation.txt` names it, and its path and body with these ids.
struct Try {
    route: &'static str,
    path: String,
    body: Option<Value>,
}

fn tries(ids: &Ids) -> Vec<Try> {
    let id = |kind: &str| ids[kind].as_str();
    let user_path = |rest: &str| format!("/api/v1/users/{}{rest}", id("user"));
    let one = |route: &'static str, path: String, body: Option<Value>| Try { route, path, body };
    let operations = |operation: Value| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
    let scim_user = format!("/scim/v2/Users/{}", id("user"));
    let scim_group = format!("/scim/v2/Groups/{}", id("group"));
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Mine"});
    let rule = json!({"group": {"name": "Platform"}, "role": "viewer", "scope": "organization"});
    let allow = json!({"permissions": [{"permission": "email.send", "effect": "allow"}]});
    let contract = json!({"name": "x", "who": {"role": "viewer"}, "never": {"permission": "export.csv"}});
    let token = format!("/api/v1/directories/{}/tokens/{}", id("directory"), id("token"));
    let deactivate = operations(json!({"op": "replace", "path": "active", "value": false}));
    let empty = operations(json!({"op": "remove", "path": "members"}));
    vec![
        one("GET /scim/v2/Users/{id}", scim_user.clone(), None),
        one("PUT /scim/v2/Users/{id}", scim_user.clone(), Some(user("mine@corp.example"))),
        one("PATCH /scim/v2/Users/{id}", scim_user.clone(), Some(deactivate)),
        one("DELETE /scim/v2/Users/{id}", scim_user, None),
        one("GET /scim/v2/Groups/{id}", scim_group.clone(), None),
        one("PUT /scim/v2/Groups/{id}", scim_group.clone(), Some(group)),
        one("PATCH /scim/v2/Groups/{id}", scim_group.clone(), Some(empty)),
        one("DELETE /scim/v2/Groups/{id}", scim_group, None),
        one(
            "POST /api/v1/directories/{id}/tokens",
            format!("/api/v1/directories/{}/tokens", id("directory")),
            Some(json!({})),
        ),
        one("DELETE /api/v1/directories/{id}/tokens/{token_id}", token, None),
        one("DELETE /api/v1/connections/{id}", format!("/api/v1/connections/{}", id("connection")), None),
        one("PUT /api/v1/mapping-rules/{id}", format!("/api/v1/mapping-rules/{}", id("rule")), Some(rule.clone())),
        one(
            "PUT /api/v1/access-contracts/{id}",
            format!("/api/v1/access-contracts/{}", id("contract")),
            Some(contract.clone()),
        ),
        one("DELETE /api/v1/access-contracts/{id}", format!("/api/v1/access-contracts/{}", id("contract")), None),
        one(
            "POST /api/v1/access-contracts",
            "/api/v1/access-contracts".to_owned(),
            Some(json!({"name": "x", "who": {"group": id("group")}, "never": {"permission": "export.csv"}})),
        ),
        one("GET /api/v1/mapping-rules/{id}/versions", format!("/api/v1/mapping-rules/{}/versions", id("rule")), None),
        one(
            "POST /api/v1/mapping-rules/{id}/rollback",
            format!("/api/v1/mapping-rules/{}/rollback", id("rule")),
            Some(json!({"version": 1})),
        ),
        one("DELETE /api/v1/mapping-rules/{id}", format!("/api/v1/mapping-rules/{}", id("rule")), None),
        one("GET /api/v1/users/{id}/permissions", user_path("/permissions"), None),
        one("PUT /api/v1/users/{id}/permissions", user_path("/permissions"), Some(allow.clone())),
        one(
            "PUT /api/technicians/{id}/permissions",
            format!("/api/technicians/{}/permissions", id("user")),
            Some(allow),
        ),
        one("GET /api/v1/users/{id}/assignments", user_path("/assignments"), None),
        one("POST /api/v1/users/{id}/assignments", user_path("/assignments"), Some(json!({"role": "admin"}))),
        one(
            "DELETE /api/v1/users/{id}/assignments/{assignment_id}",
            user_path(&format!("/assignments/{}", id("assignment"))),
            None,
        ),
        one("GET /api/v1/users/{id}/sessions", user_path("/sessions"), None),
        one("DELETE /api/v1/users/{id}/sessions", format!("/api/v1/users/{}/sessions", id("owner")), None),
        one("DELETE /api/v1/sessions/{id}", format!("/api/v1/sessions/{}", id("session")), None),
        one("DELETE /api/v1/api-keys/{id}", format!("/api/v1/api-keys/{}", id("key")), None),
        // Routes that take ids in their bodies.
        one(
            "POST /scim/v2/Groups",
            "/scim/v2/Groups".to_owned(),
            Some(json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Mine",
            "members": [{"value": id("user")}]})),
        ),
        one("POST /api/v1/api-keys", "/api/v1/api-keys".to_owned(), Some(json!({"name": "x", "user": id("user")}))),
        one(
            "POST /api/v1/mapping-rules/preview",
            "/api/v1/mapping-rules/preview".to_owned(),
            Some(json!({"change": {"id": id("rule"), "rule": rule}})),
        ),
        one(
            "POST /api/v1/mapping-rules/preview",
            "/api/v1/mapping-rules/preview".to_owned(),
            Some(json!({"remove": id("rule")})),
        ),
        one(
            "POST /access/v1/evaluation",
            "/access/v1/evaluation".to_owned(),
            Some(json!({
            "subject": {"type": "user", "id": id("user")}, "action": {"name": "tenant.view"},
            "resource": {"type": "organization", "id": "organization"}})),
        ),
    ]
}

fn send(gateway: &Gateway, this: &Try) -> Answer {
    let is_scim = this.path.starts_with("/scim/");
    let client = gateway.http().bearer(if is_scim { gateway.scim_token() } else { gateway.api_key() });
    let method = this.route.split(' ').next().unwrap();
    client.send(method, &this.path, this.body.as_ref().map(|body| body.to_string().into_bytes()))
}

/// What an answer tells, with whatever ids it repeats taken out.
fn told(answer: &Answer, ids: &Ids) -> (u16, String) {
    let body = ids.values().fold(answer.body.clone(), |body, id| body.replace(id, "an id"));
    (answer.status, body)
}

/// Everything that the other organization can see of itself.
fn state(other: &Other, ids: &Ids) -> Vec<String> {
    let (scim, api) = (other.scim(), other.api());
    let of_user = |what: &str| api.get(&format!("/users/{}/{what}", ids["user"])).expect(200).body;
    vec![
        scim.get("/Users").expect(200).body,
        scim.get("/Groups").expect(200).body,
        api.get("/directories").expect(200).body,
        api.get("/connections").expect(200).body,
        api.get("/mapping-rules").expect(200).body,
        api.get("/api-keys").expect(200).body,
        api.get("/access-contracts").expect(200).body,
        of_user("permissions"),
        of_user("assignments"),
        api.get(&format!("/users/{}/sessions", ids["owner"])).expect(200).body,
        api.get("/overview").expect(200).json()["people"].to_string(),
    ]
}

on_both! {
    fn another_organizations_ids_are_like_ids_that_do_not_exist(gateway: &Gateway) {
        let other = Other::beside(gateway);
        let theirs = furnish(&other);
        let before = state(&other, &theirs);
        let absent = nothing(&theirs);
        let mut faults = Vec::new();
        for (this, that) in tries(&theirs).iter().zip(tries(&absent)) {
            let (got, wanted) = (told(&send(gateway, this), &theirs), told(&send(gateway, &that), &absent));
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
    }

    fn every_listed_route_is_tried(gateway: &Gateway) {
        let ids: Ids = ["user", "owner", "group", "rule", "assignment", "key", "directory", "token", "connection", "session", "contract"]
            .map(|kind| (kind, gateway.url())).into();
        let tried: BTreeSet<&str> = tries(&ids).iter().map(|this| this.route).collect();
        let untried: Vec<_> = crate::coverage::isolation().difference(&tried).copied().collect::<Vec<_>>();
        assert!(untried.is_empty(), "{untried:?}");
    }

    fn lists_searches_and_the_audit_log_hold_nothing_of_another_organization(gateway: &Gateway) {
        let other = Other::beside(gateway);
        let theirs = furnish(&other);
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
