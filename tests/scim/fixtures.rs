//! Every request in `fixtures/scim/` is accepted on the wire as its sender needs it to be. What each must do is asserted
//! one by one in `src/scim/tests/` and in this folder's conversations; here no file can be forgotten.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::{create_group, create_user, request, total};
use crate::support::{Gateway, Http};

/// The files of one provider, by name.
fn files(provider: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scim").join(provider);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    // Whole conversations are played in `conversations`.
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| !path.ends_with("conversation.json"));
    let files: BTreeMap<_, _> = paths
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

/// Two people, their manager, and a group with the first of them in it; all gone afterwards.
fn in_a_small_company(scim: &Http, act: impl FnOnce(&BTreeMap<&'static str, String>)) {
    let mut ids: BTreeMap<&'static str, String> =
        ["{id}", "{u1}", "{u2}", "{mid}"].map(|name| (name, create_user(scim, name.trim_matches(['{', '}'])))).into();
    ids.insert("{gid}", create_group(scim, "before", &[&ids["{u1}"]]));
    act(&ids);
    for kind in ["Users", "Groups"] {
        let list = scim.get(&format!("/{kind}?count=100")).expect(200).json();
        for resource in list["Resources"].as_array().into_iter().flatten() {
            scim.delete(&format!("/{kind}/{}", resource["id"].as_str().unwrap())).expect(204);
        }
    }
}

/// Sends one file; its name says how: `docs-patch-group-push.request.json` is a PATCH of a group.
fn send(scim: &Http, name: &str, text: &str, ids: &BTreeMap<&'static str, String>) {
    let text = ids.iter().fold(text.to_owned(), |text, (placeholder, id)| text.replace(placeholder, id));
    let words: Vec<_> = name.split(['-', '.']).collect();
    if name.ends_with(".filter.txt") {
        return ask(scim, name, &text, ids);
    }
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (path, id) = match words[2] {
        "user" => ("/Users", &ids["{id}"]),
        "group" => ("/Groups", &ids["{gid}"]),
        other => panic!("{name}: `{other}` is neither `user` nor `group`"),
    };
    let answer = match words[1] {
        "post" => scim.post(path, &body),
        "put" => scim.put(&format!("{path}/{id}"), &body),
        "patch" => scim.patch(&format!("{path}/{id}"), &body),
        other => panic!("{name}: `{other}` is no method"),
    };
    let accepted: &[u16] = match words[1] {
        "post" => &[201],
        "put" => &[200],
        _ => &[200, 204],
    };
    assert!(accepted.contains(&answer.status), "{name} was answered {}: {}", answer.status, answer.body);
}

/// Asks with one filter before and after the change that it asks about.
fn ask(scim: &Http, name: &str, text: &str, ids: &BTreeMap<&'static str, String>) {
    let kind = if text.contains("members") || text.contains("displayName") { "Groups" } else { "Users" };
    let filter: String = text.trim().bytes().map(|byte| format!("%{byte:02X}")).collect();
    let found = || total(scim.get(&format!("/{kind}?filter={filter}")));
    let (id, gid, mid, u1) = (&ids["{id}"], &ids["{gid}"], &ids["{mid}"], &ids["{u1}"]);
    let before = found();
    match name {
        "docs-find-group.filter.txt" => scim.post("/Groups", &request("okta/docs-post-group", &[])),
        "docs-find-user.filter.txt" => scim.post("/Users", &request("okta/docs-post-user", &[])),
        "docs-find-user-by-work-email.filter.txt" => {
            let mut user = request("entra/docs-post-user", &[]);
            let (_, address) = text.rsplit_once(" eq ").unwrap();
            user["emails"][0]["value"] = address.trim().trim_matches('"').into();
            scim.post("/Users", &user)
        }
        "docs-check-manager.filter.txt" => {
            let change = request("entra/docs-patch-user-manager", &[("{mid}", mid.as_str())]);
            scim.patch(&format!("/Users/{id}"), &change)
        }
        "docs-check-member.filter.txt" => {
            let change = request("entra/docs-patch-group-remove", &[("{u1}", u1.as_str())]);
            scim.patch(&format!("/Groups/{gid}"), &change)
        }
        other => panic!("{other}: what must it find?"),
    };
    let expected = if name == "docs-check-member.filter.txt" { (1, 0) } else { (0, 1) };
    assert_eq!((before, found()), expected, "{name}");
}

/// As the provider's own directory and as one that nobody has told whose it is.
fn every_file_is_accepted(gateway: &Gateway, provider: &str) {
    for scim in [gateway.directory(provider), gateway.scim()] {
        for (name, text) in files(provider) {
            in_a_small_company(&scim, |ids| send(&scim, &name, &text, ids));
        }
    }
}

on_both! {
    fn every_request_of_okta_is_accepted(gateway: &Gateway) {
        every_file_is_accepted(gateway, "okta");
    }

    fn every_request_of_entra_is_accepted(gateway: &Gateway) {
        every_file_is_accepted(gateway, "entra");
    }

    fn every_request_of_google_is_accepted(gateway: &Gateway) {
        every_file_is_accepted(gateway, "google");
    }

    fn every_request_of_onelogin_jumpcloud_and_ping_is_accepted(gateway: &Gateway) {
        for provider in ["onelogin", "jumpcloud", "ping"] {
            every_file_is_accepted(gateway, provider);
        }
    }
}
