//! axe-core finds nothing serious on any page, light and dark, wide and narrow. `script/bootstrap` installs it.

use serde_json::{Value, json};

use super::*;

/// What stands in the way of somebody, or is likely to (WCAG 2.2 AA and axe's own best practice).
fn barriers(browser: &Chromium, axe: &str) -> Vec<String> {
    browser.run(axe, json!([]));
    let found =
        browser.run_async("const done = arguments[0]; axe.run().then(found => done(found.violations))", json!([]));
    let is_serious = |violation: &&Value| violation["impact"] == "serious" || violation["impact"] == "critical";
    let told = |violation: &Value| format!("{}: {}", violation["id"], violation["nodes"][0]["html"]);
    found.as_array().unwrap().iter().filter(is_serious).map(told).collect()
}

/// The pages that an owner sees, of an installation in which there is something of everything.
fn pages(gateway: &Gateway) -> Vec<String> {
    let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann@corp.example"});
    let ann = gateway.scim().post("/Users", &user).expect(201).text("id");
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "leads",
                       "members": [{"value": ann}]});
    gateway.scim().post("/Groups", &group).expect(201);
    let rule = json!({"group": {"name": "leads"}, "role": "manager", "scope": "tenant:acme"});
    let rule = gateway.api().post("/mapping-rules", &rule).expect(201).text("id");
    let role = json!({"key": "reporter", "title": "Reporter", "permissions": ["reports.run"]});
    gateway.api().post("/roles", &role).expect(201);
    gateway.api().post("/service-accounts", &json!({"name": "robot"})).expect(201);
    let person = format!("/console/people/{ann}");
    let fixed = [
        "/account",
        "/console",
        "/console/people",
        "/console/groups",
        "/console/directories",
        "/console/audit",
        "/console/audit/3",
        "/console/roles?first=manager&second=reporter",
        "/console/roles/new?from=manager",
        "/console/roles/manager",
        "/console/roles/reporter/delete",
        "/console/approvals",
        "/console/reviews",
        "/console/reports",
        "/console/service-accounts",
        "/console/settings",
    ];
    let named = [
        format!("{person}?action=reports.run&scope=tenant:acme"),
        format!("{person}/reset"),
        format!("{person}/delete"),
        format!("/console/groups/rules/{rule}/delete"),
        format!("/console/groups/rules/{rule}"),
    ];
    fixed.into_iter().map(str::to_owned).chain(named).collect()
}

#[test]
fn nothing_serious_stands_in_anybodys_way_on_any_page_light_or_dark() {
    let axe = format!("{}/tmp/axe/node_modules/axe-core/axe.min.js", env!("CARGO_MANIFEST_DIR"));
    let axe = std::fs::read_to_string(&axe).unwrap_or_else(|error| panic!("{axe}: {error}; run script/bootstrap"));
    let gateway = Gateway::start(Database::Sqlite);
    let browser = Chromium::start();
    let mut found = Vec::new();
    let mut look = |path: &str| {
        for (scheme, width) in [("light", 1440), ("dark", 390)] {
            browser.looks(scheme, width, 900);
            found.extend(barriers(&browser, &axe).into_iter().map(|barrier| format!("{path} ({scheme}): {barrier}")));
        }
    };
    for path in ["/signin", "/signin?password="] {
        browser.open(&format!("{}{path}", gateway.url()));
        look(path);
    }
    set_up(&gateway, &browser);
    look("recovery codes");
    for path in pages(&gateway) {
        browser.open(&format!("{}{path}", gateway.url()));
        look(&path);
        let wide = browser.run("return document.documentElement.scrollWidth > window.innerWidth", json!([]));
        assert_eq!(wide, json!(false), "{path} is wider than a narrow screen");
    }
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(browser.complaints(), [""; 0], "the browser complains");
}
