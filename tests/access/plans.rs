//! Single sign-on and provisioning where only some plans have them.

use serde_json::json;

use super::{newest, person, refused};
use crate::support::{Gateway, IdentityProvider, until};

on_both! {
    fn new_directories_and_connections_need_a_plan_that_has_them_and_those_there_are_go_on(gateway: &Gateway) {
        let api = gateway.api();
        let connection = |name: &str| json!({"name": name, "metadata_xml": IdentityProvider::start().metadata()});
        let directory = |name: &str| json!({"name": name, "dialect": "okta"});
        // An installation begins with every plan's features.
        let made = api.post("/directories", &directory("first")).expect(201).text("id");
        api.post("/connections", &connection("first")).expect(201);
        api.put("/settings", &json!({"plan": "agency"})).expect(200);
        refused(api.post("/directories", &directory("second")), 403, "scim.configure");
        refused(api.post(&format!("/directories/{made}/tokens"), &json!({})), 403, "scim.configure");
        let answer = api.post("/connections", &connection("second"));
        assert_eq!(answer.json()["type"], "urn:portcullis:problem:plan");
        refused(answer, 403, "sso.configure");
        person(gateway, "mia");
        until("the refusal is in the audit", || {
            let found = api.get("/audit-events?action=request.refused").expect(200);
            found.body.contains("sso.configure")
        });
        assert_eq!(newest(gateway, "user.created")["target"]["display"], "mia");
        api.put("/settings", &json!({"plan": "enterprise"})).expect(200);
        api.post("/directories", &directory("second")).expect(201);
    }
}
