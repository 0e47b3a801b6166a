//! Keys and tokens: revoked, expired with their person, and not to be made beyond one's own rights.

use serde_json::json;

use super::world::{Held, LogoutBinding, World, user};
use crate::support::Gateway;

on_both! {
    fn a_revoked_directory_token_opens_nothing_and_its_successor_does(gateway: &Gateway) {
        let api = gateway.api();
        let directory = api.post("/directories", &json!({"name": "Okta", "dialect": "okta"})).expect(201);
        let (id, token_id) = (directory.text("id"), directory.text("token_id"));
        let scim = gateway.scim().bearer(&directory.text("token"));
        let next = api.post(&format!("/directories/{id}/tokens"), &json!({})).expect(201).text("token");
        scim.get("/Users").expect(200);
        api.delete(&format!("/directories/{id}/tokens/{token_id}")).expect(204);
        scim.get("/Users").expect(401);
        scim.post("/Users", &user("ann@corp.example")).expect(401);
        scim.bearer(&next).get("/Users").expect(200);
    }

    fn the_tokens_of_a_client_die_with_it(gateway: &Gateway) {
        let api = gateway.api();
        let id = api.post("/directories", &json!({"name": "Ping", "dialect": "ping"})).expect(201).text("id");
        let client = api.post(&format!("/directories/{id}/clients"), &json!({"name": "Ping"})).expect(201);
        let credentials = [
            ("grant_type".to_owned(), "client_credentials".to_owned()),
            ("client_id".to_owned(), client.text("client_id")),
            ("client_secret".to_owned(), client.text("client_secret")),
        ];
        let fetch = || gateway.http().form("/scim/oauth/token", &credentials);
        let tokens = [fetch(), fetch()].map(|answer| gateway.scim().bearer(&answer.expect(200).text("access_token")));
        tokens.iter().for_each(|scim| drop(scim.get("/Users").expect(200)));
        let path = format!("/directories/{id}/clients/{}", client.text("client_id"));
        api.delete(&path).expect(204);
        tokens.iter().for_each(|scim| drop(scim.get("/Users").expect(401)));
        fetch().expect(401);
        api.delete(&path).expect(404);
    }

    fn a_revoked_key_of_the_organization_opens_nothing(gateway: &Gateway) {
        let made = gateway.api().post("/api-keys", &json!({"name": "second"})).expect(201);
        let second = gateway.api().bearer(&made.text("api_key"));
        second.get("/policy").expect(200);
        gateway.api().delete(&format!("/api-keys/{}", made.text("id"))).expect(204);
        second.get("/policy").expect(401);
        second.get(&format!("{}/access/v1/evaluation", gateway.url())).expect(405);
    }

    fn a_session_that_was_ended_by_a_deactivation_does_not_come_back_with_the_person(gateway: &Gateway) {
        let world = World::new(gateway);
        let person = world.person(Held::ByGroup);
        let active = |active: bool| json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": active}]
        });
        let browser = gateway.http().with("Cookie", &person.cookie);
        browser.get("/session").expect(200);
        for state in [false, true] {
            assert!(gateway.scim().patch(&format!("/Users/{}", person.id), &active(state)).status < 300);
        }
        browser.get("/session").expect(401);
        browser.get("/forward-auth").expect(401);
    }

    fn a_person_makes_no_key_that_outlives_or_outranks_them(gateway: &Gateway) {
        let (scim, api) = (gateway.scim(), gateway.api());
        let [ann, ben] = ["ann", "ben"].map(|name| scim.post("/Users", &user(name)).expect(201).text("id"));
        api.post(&format!("/users/{ann}/assignments"), &json!({"role": "admin"})).expect(201);
        let key = api.post("/api-keys", &json!({"name": "ann's", "user": ann})).expect(201).text("api_key");
        let own = api.bearer(&key);
        own.post("/api-keys", &json!({"name": "of the organization"})).expect(403);
        own.post("/api-keys", &json!({"name": "of another", "user": ben})).expect(403);
        own.post("/api-keys", &json!({"name": "her second", "user": ann})).expect(201);
    }

    fn nobody_who_is_deactivated_gets_a_key(gateway: &Gateway) {
        let mut body = user("ann");
        body["active"] = json!(false);
        let ann = gateway.scim().post("/Users", &body).expect(201).text("id");
        gateway.api().post("/api-keys", &json!({"name": "ann's", "user": ann})).expect(404);
    }

    fn a_connection_that_was_deleted_signs_nobody_in(gateway: &Gateway) {
        let world = World::new(gateway);
        let connection = world.connection("second", LogoutBinding::Redirect);
        let login = format!("{}/saml/{}/login", gateway.url(), connection.id);
        assert!([200, 303].contains(&gateway.http().get(&login).status));
        gateway.api().delete(&format!("/connections/{}", connection.id)).expect(204);
        gateway.http().get(&login).expect(404);
        gateway.http().get(&format!("/saml/{}/metadata", connection.id)).expect(404);
        let form = [("SAMLResponse".to_owned(), "PHNhbWw+".to_owned())];
        gateway.http().form(&format!("/saml/{}/acs", connection.id), &form).expect(404);
    }
}
