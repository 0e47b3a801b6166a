//! Google Workspace: users only, `application/json`, `active: false` and then perhaps DELETE.

use super::{expect_done, expect_problem, request, total};
use crate::support::{Gateway, Http};

fn google(gateway: &Gateway) -> Http {
    gateway.directory("google").with("User-Agent", "Google-Auto-Provisioning").with("Content-Type", "application/json")
}

fn kim() -> serde_json::Value {
    request("google/text-post-user", &[])
}

on_both! {
    fn saving_the_connection_probes_for_one_user(gateway: &Gateway) {
        assert_eq!(total(google(gateway).get("/Users?count=1")), 0);
    }

    fn a_person_arrives_as_application_json(gateway: &Gateway) {
        let google = google(gateway);
        google.post("/Users", &kim()).expect(201);
        assert_eq!(total(google.get("/Users?filter=userName%20eq%20%22kim%40corp.example%22")), 1);
    }

    fn a_suspended_person_is_deactivated_and_later_deleted(gateway: &Gateway) {
        let google = google(gateway);
        let id = google.post("/Users", &kim()).expect(201).text("id");
        expect_done(google.patch(&format!("/Users/{id}"), &request("google/text-patch-user-suspend", &[])));
        assert_eq!(google.get(&format!("/Users/{id}")).expect(200).json()["active"], false);
        google.delete(&format!("/Users/{id}")).expect(204);
        expect_problem(google.get(&format!("/Users/{id}")), 404, "");
    }
}
