//! Each kind of change and the entry it leaves: who, what, to whom, from where, over which request, before and after.

use serde_json::{Value, json};

use super::{entries, user};
use crate::support::{Answer, Gateway, Http, IdentityProvider};

const AGENT: &str = "audit-test/1.0 (on a Tuesday)";

/// What the entry of a change must say.
struct Expected<'a> {
    action: &'a str,
    actor: &'a str,
    target: &'a str,
    before: Option<Value>,
    after: Option<Value>,
}

/// Whether `whole` says all that `part` does.
fn says(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|found| says(found, value)))
        }
        (whole, part) => whole == part,
    }
}

/// Finds the one entry of the request that was answered, and holds it against what is expected.
#[track_caller]
fn tells(gateway: &Gateway, answer: &Answer, expected: &Expected<'_>) {
    assert!((200..400).contains(&answer.status), "{}: {}", answer.status, answer.body);
    let request = answer.header("x-request-id");
    assert!(!request.is_empty());
    let found = entries(gateway, &format!("request_id={request}&action={}", expected.action));
    let [entry] = found.as_slice() else { panic!("`{}` left {} entries: {found:?}", expected.action, found.len()) };
    assert_eq!(entry["actor"]["kind"], expected.actor, "{entry}");
    if !expected.target.is_empty() {
        assert_eq!(entry["target"]["id"], expected.target, "{entry}");
    }
    assert_eq!(entry["outcome"], "success", "{entry}");
    assert_eq!(entry["ip"], "127.0.0.1", "{entry}");
    assert_eq!(entry["user_agent"], AGENT, "{entry}");
    assert_eq!(entry["request_id"], request, "{entry}");
    assert_eq!(entry["organization"], gateway.made()["organization"], "{entry}");
    for (side, wanted) in [("before", &expected.before), ("after", &expected.after)] {
        if let Some(wanted) = wanted {
            assert!(says(&entry["difference"][side], wanted), "`{side}` does not say {wanted}: {entry}");
        }
    }
}

fn patch(operation: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]})
}

fn by_admin<'a>(action: &'a str, target: &'a str) -> Expected<'a> {
    Expected { action, actor: "api_key", target, before: None, after: None }
}

fn scim(gateway: &Gateway) -> Http {
    gateway.scim().with("User-Agent", AGENT)
}

fn api(gateway: &Gateway) -> Http {
    gateway.api().with("User-Agent", AGENT)
}

on_both! {
    fn changes_of_people_and_groups(gateway: &Gateway) {
        let scim = scim(gateway);
        let by = |action, target, before, after| Expected { action, actor: "directory", target, before, after };
        let created = scim.post("/Users", &user("ann@corp.example"));
        let ann = &created.text("id");
        let path = format!("/Users/{ann}");
        tells(gateway, &created, &by("user.created", ann, None, Some(json!({"userName": "ann@corp.example"}))));

        let named = scim.patch(&path, &patch(json!({"op": "replace", "path": "displayName", "value": "Ann"})));
        tells(gateway, &named, &by("user.patched", ann, None, Some(json!({"displayName": "Ann"}))));
        let mut body = user("ann@corp.example");
        body["title"] = json!("Head of X");
        let replaced = scim.put(&path, &body);
        tells(gateway, &replaced, &by("user.replaced", ann, None, Some(json!({"title": "Head of X"}))));
        let off = scim.patch(&path, &patch(json!({"op": "replace", "path": "active", "value": false})));
        let active = |active: bool| Some(json!({"active": active}));
        tells(gateway, &off, &by("user.deactivated", ann, active(true), active(false)));
        let on = scim.patch(&path, &patch(json!({"op": "replace", "path": "active", "value": true})));
        tells(gateway, &on, &by("user.reactivated", ann, active(false), active(true)));

        let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Platform",
                           "members": [{"value": ann}]});
        let made = scim.post("/Groups", &group);
        let id = &made.text("id");
        let with = Some(json!({"displayName": "Platform", "members": [ann]}));
        tells(gateway, &made, &by("group.created", id, None, with));
        let path_of_group = format!("/Groups/{id}");
        let gone = patch(json!({"op": "remove", "path": format!("members[value eq \"{ann}\"]")}));
        let left = scim.patch(&path_of_group, &gone);
        tells(gateway, &left, &by("group.patched", id, Some(json!({"members": [ann]})), Some(json!({"members": []}))));
        let put = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Past"});
        let renamed = scim.put(&path_of_group, &put);
        let name = |name: &str| Some(json!({"displayName": name}));
        tells(gateway, &renamed, &by("group.replaced", id, name("Platform"), name("Past")));
        let deleted = scim.delete(&path_of_group);
        tells(gateway, &deleted, &by("group.deleted", id, name("Past"), None));
        let deleted = scim.delete(&path);
        tells(gateway, &deleted, &by("user.deleted", ann, Some(json!({"userName": "ann@corp.example"})), None));
    }

    fn changes_by_an_admin(gateway: &Gateway) {
        let api = api(gateway);
        let by = by_admin;
        let ann = &gateway.scim().post("/Users", &user("ann@corp.example")).expect(201).text("id");

        let rule = |role: &str| json!({"group": {"name": "Platform"}, "role": role, "scope": "organization"});
        let made = api.post("/mapping-rules", &rule("viewer"));
        let id = &made.text("id");
        let role = |role: &str| Some(json!({"role": role}));
        tells(gateway, &made, &Expected { after: role("viewer"), ..by("mapping_rule.created", id) });
        let changed = api.put(&format!("/mapping-rules/{id}"), &rule("member"));
        let expected = Expected { before: role("viewer"), after: role("member"), ..by("mapping_rule.changed", id) };
        tells(gateway, &changed, &expected);
        let deleted = api.delete(&format!("/mapping-rules/{id}"));
        tells(gateway, &deleted, &Expected { before: role("member"), ..by("mapping_rule.deleted", id) });

        let given = api.post(&format!("/users/{ann}/assignments"), &json!({"role": "viewer"}));
        tells(gateway, &given, &by("assignment.created", ann));
        let ended = api.delete(&format!("/users/{ann}/assignments/{}", given.text("id")));
        tells(gateway, &ended, &by("assignment.ended", ann));
        let deny = json!({"permissions": [{"permission": "email.send", "effect": "deny", "reason": "leave"}]});
        let denied = api.put(&format!("/users/{ann}/permissions"), &deny);
        let before = Some(json!({"overrides": []}));
        tells(gateway, &denied, &Expected { before, ..by("override.changed", ann) });

        let key = api.post("/api-keys", &json!({"name": "ann's", "user": ann}));
        tells(gateway, &key, &by("api_key.created", &key.text("id")));
        tells(gateway, &api.delete(&format!("/api-keys/{}", key.text("id"))), &by("api_key.revoked", &key.text("id")));
        let directory = api.post("/directories", &json!({"name": "Okta", "dialect": "okta"}));
        let id = &directory.text("id");
        tells(gateway, &directory, &by("directory.created", id));
        let token = api.post(&format!("/directories/{id}/tokens"), &json!({}));
        tells(gateway, &token, &by("directory_token.created", &token.text("id")));
        let revoked = api.delete(&format!("/directories/{id}/tokens/{}", token.text("id")));
        tells(gateway, &revoked, &by("directory_token.revoked", &token.text("id")));
        let connection = json!({"name": "idp", "metadata_xml": IdentityProvider::start().metadata()});
        let made = api.post("/connections", &connection);
        tells(gateway, &made, &by("connection.created", &made.text("id")));
        let deleted = api.delete(&format!("/connections/{}", made.text("id")));
        tells(gateway, &deleted, &by("connection.deleted", &made.text("id")));
        let ended = api.delete(&format!("/users/{ann}/sessions"));
        tells(gateway, &ended, &by("session.ended", ann));
        let posted = api.post("/audit-events", &json!({"name": "export.made", "subject": "ann", "detail": {"rows": 7}}));
        tells(gateway, &posted, &by("application.event", "export.made"));
    }

    fn the_first_owner_and_their_session(gateway: &Gateway) {
        let setup = gateway.made()["owner_setup_url"].as_str().unwrap();
        let name = [("user_name".to_owned(), "owner@corp.example".to_owned())];
        let claimed = gateway.http().with("User-Agent", AGENT).form(setup, &name);
        let cookie = claimed.header("set-cookie").split(';').next().unwrap().to_owned();
        let browser = gateway.http().with("Cookie", &cookie).with("User-Agent", AGENT);
        let session = browser.get("/session").expect(200).json();
        let (user, id) = (session["user"]["id"].as_str().unwrap(), session["session"]["id"].as_str().unwrap());
        let by = |action, target| Expected { action, actor: "user", target, before: None, after: None };
        for (action, target) in [("owner.claimed", user), ("user.created", user), ("session.opened", id)] {
            tells(gateway, &claimed, &by(action, target));
        }
        let out = browser.send("POST", "/session/sign-out", None);
        tells(gateway, &out, &by("session.ended", id));
        browser.get("/session").expect(401);
    }

    fn what_changes_nothing_leaves_no_entry(gateway: &Gateway) {
        let scim = scim(gateway);
        let ann = scim.post("/Users", &user("ann@corp.example")).expect(201).text("id");
        let count = || entries(gateway, "action=").iter().filter(|entry| entry["action"] != "audit.read").count();
        let before = count();
        let same = scim.patch(&format!("/Users/{ann}"), &patch(json!({"op": "replace", "path": "active", "value": true})));
        assert!(same.status < 300);
        scim.post("/Users", &user("ann@corp.example")).expect(409);
        scim.delete("/Users/018bcfe5-6800-7000-8000-000000000001").expect(404);
        scim.get(&format!("/Users/{ann}")).expect(200);
        assert_eq!(count(), before);
    }

    fn no_secret_is_in_the_log(gateway: &Gateway) {
        let mut ann = user("ann@corp.example");
        ann["password"] = json!("correct horse battery");
        gateway.scim().post("/Users", &ann).expect(201);
        let key = gateway.api().post("/api-keys", &json!({"name": "second"})).expect(201).text("api_key");
        let log = gateway.api().get("/audit-events?limit=1000").expect(200).body;
        for secret in ["correct horse battery", &key, gateway.scim_token(), gateway.api_key()] {
            assert!(!log.contains(secret));
        }
    }
}
