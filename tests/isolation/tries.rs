//! Every route that takes an id, in its path or in its body.

use serde_json::{Value, json};

use super::things::Ids;
use super::user;

/// Somebody here who may approve.
pub const APPROVER: &str = "approver@corp.example";

/// A request to try: the route as `tests/coverage/isolation.txt` names it, and its path and body with these ids.
pub struct Try {
    pub route: &'static str,
    pub path: String,
    pub body: Option<Value>,
}

/// With these ids.
pub fn tries(ids: &Ids) -> Vec<Try> {
    let id = |kind: &str| ids[kind].as_str();
    let user_path = |rest: &str| format!("/api/v1/users/{}{rest}", id("user"));
    let contract = json!({"name": "x", "who": {"role": "technician"}, "never": {"permission": "email.send"}});
    let account_path = |rest: &str| format!("/api/v1/service-accounts/{}{rest}", id("account"));
    let one = |route: &'static str, path: String, body: Option<Value>| Try { route, path, body };
    let operations = |operation: Value| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
    let scim_user = format!("/scim/v2/Users/{}", id("user"));
    let scim_group = format!("/scim/v2/Groups/{}", id("group"));
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Mine"});
    let rule = json!({"group": {"name": "Platform"}, "role": "viewer", "scope": "organization"});
    let allow = json!({"permissions": [{"permission": "email.send", "effect": "allow"}]});
    let token = format!("/api/v1/directories/{}/tokens/{}", id("directory"), id("token"));
    let connection = |rest: &str| format!("/api/v1/connections/{}{rest}", id("connection"));
    let directory_path = |rest: &str| format!("/api/v1/directories/{}{rest}", id("directory"));
    let approval = |rest: &str| format!("/api/v1/approvals/{}{rest}", id("approval"));
    let console_rule = format!("/console/groups/rules/{}/delete", id("rule"));
    let console_attempt = format!("/console/connections/{}/sign-ins/{}", id("connection"), id("attempt"));
    let console_token = format!("/console/directories/{}/tokens/{}/revoke", id("directory"), id("token"));
    let console_brake = |what: &str| format!("/console/directories/{}/brake/{what}", id("directory"));
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
        one("GET /api/v1/directories/{id}", directory_path(""), None),
        one("PUT /api/v1/directories/{id}", directory_path(""), Some(json!({"name": "Mine", "dialect": "generic"}))),
        one("GET /api/v1/directories/{id}/requests", directory_path("/requests"), None),
        one(
            "GET /api/v1/directories/{id}/requests/{request_id}",
            format!("/api/v1/directories/{}/requests/{}", id("source"), id("pushed")),
            None,
        ),
        one("GET /api/v1/directories/{id}/clients", directory_path("/clients"), None),
        one("POST /api/v1/directories/{id}/clients", directory_path("/clients"), Some(json!({"name": "Mine"}))),
        one(
            "DELETE /api/v1/directories/{id}/clients/{client_id}",
            directory_path(&format!("/clients/{}", id("client"))),
            None,
        ),
        one("GET /api/v1/directories/{id}/brake", directory_path("/brake"), None),
        one("PUT /api/v1/directories/{id}/brake", directory_path("/brake"), Some(json!({"people": 1}))),
        one("POST /api/v1/directories/{id}/brake/release", directory_path("/brake/release"), Some(json!({}))),
        one("POST /api/v1/directories/{id}/brake/reset", directory_path("/brake/reset"), Some(json!({}))),
        one("POST /api/v1/directories/{id}/pause", directory_path("/pause"), Some(json!({}))),
        one("POST /api/v1/directories/{id}/resume", directory_path("/resume"), Some(json!({}))),
        one("DELETE /api/v1/directories/{id}", directory_path("?people=suspend"), None),
        one(
            "POST /api/v1/directories/{id}/tokens",
            format!("/api/v1/directories/{}/tokens", id("directory")),
            Some(json!({})),
        ),
        one("DELETE /api/v1/directories/{id}/tokens/{token_id}", token, None),
        one("GET /api/v1/connections/{id}", connection(""), None),
        one("PUT /api/v1/connections/{id}", connection(""), Some(json!({"enabled": false}))),
        one("GET /api/v1/connections/{id}/sign-ins", connection("/sign-ins"), None),
        one("POST /console/connections/{id}/test", format!("/console/connections/{}/test", id("connection")), None),
        one("GET /console/connections/{id}/sign-ins/{attempt_id}", console_attempt, None),
        one("POST /api/v1/connections/{id}/refresh", connection("/refresh"), Some(json!({}))),
        one("POST /api/v1/connections/{id}/spare-key", connection("/spare-key"), Some(json!({}))),
        one("POST /api/v1/connections/{id}/spare-key/activate", connection("/spare-key/activate"), Some(json!({}))),
        one("DELETE /api/v1/connections/{id}/spare-key", connection("/spare-key"), None),
        one("DELETE /api/v1/connections/{id}", connection(""), None),
        one("PUT /api/v1/mapping-rules/{id}", format!("/api/v1/mapping-rules/{}", id("rule")), Some(rule.clone())),
        one("GET /api/v1/mapping-rules/{id}/versions", format!("/api/v1/mapping-rules/{}/versions", id("rule")), None),
        one(
            "POST /api/v1/mapping-rules/{id}/rollback",
            format!("/api/v1/mapping-rules/{}/rollback", id("rule")),
            Some(json!({"version": 1})),
        ),
        one("DELETE /api/v1/mapping-rules/{id}", format!("/api/v1/mapping-rules/{}", id("rule")), None),
        one("GET /api/v1/users/{id}/permissions", user_path("/permissions"), None),
        one("PUT /api/v1/users/{id}/permissions", user_path("/permissions"), Some(allow.clone())),
        one("GET /api/technicians/{id}/permissions", format!("/api/technicians/{}/permissions", id("user")), None),
        one(
            "PUT /api/technicians/{id}/permissions",
            format!("/api/technicians/{}/permissions", id("user")),
            Some(allow),
        ),
        one("POST /api/v1/users/{id}/reset-signin", user_path("/reset-signin"), Some(json!({}))),
        one("GET /api/v1/users/{id}/assignments", user_path("/assignments"), None),
        one("POST /api/v1/users/{id}/assignments", user_path("/assignments"), Some(json!({"role": "admin"}))),
        one(
            "DELETE /api/v1/users/{id}/assignments/{assignment_id}",
            user_path(&format!("/assignments/{}", id("assignment"))),
            None,
        ),
        one(
            "PUT /api/v1/access-contracts/{id}",
            format!("/api/v1/access-contracts/{}", id("contract")),
            Some(contract.clone()),
        ),
        one("GET /api/v1/access-reviews/{id}", format!("/api/v1/access-reviews/{}", id("review")), None),
        one("GET /api/v1/access-reviews/{id}/items", format!("/api/v1/access-reviews/{}/items", id("review")), None),
        one(
            "POST /api/v1/access-reviews/{id}/items/{number}/decision",
            format!("/api/v1/access-reviews/{}/items/1/decision", id("review")),
            Some(json!({"decision": "revoke"})),
        ),
        one(
            "POST /api/v1/access-reviews/{id}/complete",
            format!("/api/v1/access-reviews/{}/complete", id("review")),
            Some(json!({})),
        ),
        one("DELETE /api/v1/access-contracts/{id}", format!("/api/v1/access-contracts/{}", id("contract")), None),
        one(
            "POST /api/v1/access-contracts",
            "/api/v1/access-contracts".to_owned(),
            Some(json!({"name": "x", "who": {"group": id("group")}, "never": {"permission": "email.send"}})),
        ),
        one("DELETE /api/v1/service-accounts/{id}", account_path(""), None),
        one("GET /api/v1/service-accounts/{id}/assignments", account_path("/assignments"), None),
        one(
            "POST /api/v1/service-accounts/{id}/assignments",
            account_path("/assignments"),
            Some(json!({"role": "viewer"})),
        ),
        one(
            "DELETE /api/v1/service-accounts/{id}/assignments/{assignment_id}",
            account_path(&format!("/assignments/{}", id("given"))),
            None,
        ),
        one("GET /api/v1/users/{id}/sessions", user_path("/sessions"), None),
        one("DELETE /api/v1/users/{id}/sessions", format!("/api/v1/users/{}/sessions", id("owner")), None),
        one("DELETE /api/v1/sessions/{id}", format!("/api/v1/sessions/{}", id("session")), None),
        one("DELETE /api/v1/api-keys/{id}", format!("/api/v1/api-keys/{}", id("key")), None),
        one("DELETE /api/v1/users/{id}", user_path(""), None),
        one("POST /api/v1/users/{id}/suspend", user_path("/suspend"), Some(json!({}))),
        one("POST /api/v1/users/{id}/restore", user_path("/restore"), Some(json!({}))),
        one("GET /access/v1/requests/{id}", format!("/access/v1/requests/{}", id("approval")), None),
        one("GET /api/v1/approvals/{id}", approval(""), None),
        one("POST /api/v1/approvals/{id}/approve", approval("/approve"), Some(json!({"user": APPROVER}))),
        one("POST /api/v1/approvals/{id}/deny", approval("/deny"), Some(json!({"user": APPROVER}))),
        one("POST /api/v1/approvals/{id}/withdraw", approval("/withdraw"), None),
        one("DELETE /api/v1/shares/{id}", format!("/api/v1/shares/{}", id("share")), None),
        one("GET /console/people/{id}", format!("/console/people/{}", id("user")), None),
        one("POST /console/people/{id}/sign-out", format!("/console/people/{}/sign-out", id("owner")), None),
        one(
            "POST /console/people/{id}/sessions/{session_id}/end",
            format!("/console/people/{}/sessions/{}/end", id("owner"), id("session")),
            None,
        ),
        one("GET /console/groups/rules/{id}/delete", console_rule.clone(), None),
        one("POST /console/groups/rules/{id}/delete", console_rule, None),
        one("GET /console/audit/{position}", format!("/console/audit/{}", id("position")), None),
        one("POST /console/directories/{id}/brake/release", console_brake("release"), None),
        one("POST /console/directories/{id}/brake/reset", console_brake("reset"), None),
        one("POST /console/directories/{id}/tokens", format!("/console/directories/{}/tokens", id("directory")), None),
        one("GET /console/directories/{id}/tokens/{token_id}/revoke", console_token.clone(), None),
        one("POST /console/directories/{id}/tokens/{token_id}/revoke", console_token, None),
        one("POST /console/people/{id}/suspend", format!("/console/people/{}/suspend", id("user")), None),
        one("POST /console/people/{id}/restore", format!("/console/people/{}/restore", id("user")), None),
        one("GET /console/people/{id}/reset", format!("/console/people/{}/reset", id("user")), None),
        one("POST /console/people/{id}/reset", format!("/console/people/{}/reset", id("user")), None),
        one("GET /console/people/{id}/delete", format!("/console/people/{}/delete", id("user")), None),
        one("POST /console/people/{id}/delete", format!("/console/people/{}/delete", id("user")), None),
        one("POST /console/approvals/{id}/approve", format!("/console/approvals/{}/approve", id("approval")), None),
        one("POST /console/approvals/{id}/deny", format!("/console/approvals/{}/deny", id("approval")), None),
        one(
            "POST /console/service-accounts/{id}/delete",
            format!("/console/service-accounts/{}/delete", id("account")),
            None,
        ),
        one("POST /console/api-keys/{id}/revoke", format!("/console/api-keys/{}/revoke", id("key")), None),
        // Routes that take ids in their bodies.
        one(
            "POST /api/v1/approvals",
            "/api/v1/approvals".to_owned(),
            Some(json!({"user": id("user"), "action": {"name": "device.wipe"}, "resource": {"type": "organization"}})),
        ),
        one(
            "POST /api/v1/shares",
            "/api/v1/shares".to_owned(),
            Some(json!({"resource": {"type": "file", "id": "f1"}, "level": "edit", "user": id("user")})),
        ),
        one(
            "POST /api/v1/shares",
            "/api/v1/shares".to_owned(),
            Some(json!({"resource": {"type": "file", "id": "f1"}, "level": "edit", "group": id("group")})),
        ),
        one(
            "GET /api/v1/directories/{id}/leniencies",
            format!("/api/v1/directories/{}/leniencies", id("directory")),
            None,
        ),
        one("GET /api/v1/shares", format!("/api/v1/shares?user={}", id("user")), None),
        one(
            "POST /scim/v2/Groups",
            "/scim/v2/Groups".to_owned(),
            Some(json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Mine",
            "members": [{"value": id("user")}]})),
        ),
        one("POST /api/v1/api-keys", "/api/v1/api-keys".to_owned(), Some(json!({"name": "x", "user": id("user")}))),
        one(
            "POST /api/v1/api-keys",
            "/api/v1/api-keys".to_owned(),
            Some(json!({"name": "x", "service_account": id("account")})),
        ),
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
            "subject": {"type": "user", "id": id("user")}, "action": {"name": "task.view"},
            "resource": {"type": "organization", "id": "organization"}})),
        ),
    ]
}
