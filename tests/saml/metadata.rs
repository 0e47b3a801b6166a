//! Metadata by URL: fetched when the connection is made, then again; what changes is told, and what is wrong changes nothing.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use portcullis::model::Digest;
use serde_json::{Value, json};

use super::world::{events, service_provider, who};
use crate::support::{Browser, Database, Gateway, IdentityProvider};

/// A web server that has one document, and counts how often it was asked for and how often it was sent.
struct Library {
    url: String,
    shelf: Arc<Mutex<Shelf>>,
}

#[derive(Default)]
struct Shelf {
    document: String,
    asked: usize,
    sent: usize,
}

impl Library {
    fn new(document: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://127.0.0.1:{}/metadata?appid=1", listener.local_addr().unwrap().port());
        let shelf = Arc::new(Mutex::new(Shelf { document: document.to_owned(), ..Shelf::default() }));
        let lent = Arc::clone(&shelf);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 8192];
                let read = stream.read(&mut request).unwrap();
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                let mut shelf = lent.lock().unwrap();
                let etag = format!("\"{}\"", Digest::of(shelf.document.as_bytes()).hex());
                shelf.asked += 1;
                let answer = if request.contains(&format!("if-none-match: {etag}")) {
                    "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_owned()
                } else {
                    shelf.sent += 1;
                    let document = &shelf.document;
                    format!(
                        "HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{document}",
                        document.len()
                    )
                };
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { url, shelf }
    }

    fn holds(&self, document: &str) {
        self.shelf.lock().unwrap().document = document.to_owned();
    }

    fn asked_and_sent(&self) -> (usize, usize) {
        let shelf = self.shelf.lock().unwrap();
        (shelf.asked, shelf.sent)
    }
}

/// A gateway that may fetch from this machine.
fn gateway(database: Database) -> Gateway {
    let file = std::env::temp_dir().join(format!("portcullis-loopback-{}-{database:?}.toml", std::process::id()));
    std::fs::write(&file, "[outbound]\nprivate_hosts = [\"127.0.0.1\"]\n").unwrap();
    Gateway::start_with(database, "miopsai", &["--config", file.to_str().unwrap()])
}

fn on_both_databases(holds: impl Fn(&Gateway)) {
    holds(&gateway(Database::Sqlite));
    holds(&gateway(Database::Postgres));
}

fn connect(gateway: &Gateway, library: &Library) -> Value {
    let draft = json!({"name": "idp", "metadata_url": library.url, "just_in_time": true});
    gateway.api().post("/connections", &draft).expect(201).json()
}

fn refresh(gateway: &Gateway, connection: &Value) -> Value {
    let path = format!("/connections/{}/refresh", connection["id"].as_str().unwrap());
    gateway.api().post(&path, &json!({})).expect(200).json()
}

#[test]
fn a_document_that_has_not_changed_is_not_sent_again() {
    on_both_databases(|gateway| {
        let library = Library::new(&IdentityProvider::start().metadata());
        let connection = connect(gateway, &library);
        assert_eq!(connection["metadata_source"]["url"], library.url);
        let again = refresh(gateway, &connection);
        assert_eq!(library.asked_and_sent(), (2, 1));
        assert_eq!(again["metadata_source"]["error"], Value::Null);
        assert!(again["metadata_source"]["next"].as_str() > again["metadata_source"]["fetched"].as_str());
        assert!(events(gateway, "connection.changed").is_empty());
    });
}

#[test]
fn a_new_certificate_is_taken_told_and_signs_people_in() {
    on_both_databases(|gateway| {
        let (before, provider) = (IdentityProvider::start().metadata(), IdentityProvider::start());
        let entity =
            |metadata: &str| metadata.split("entityID=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let after = provider.metadata();
        // The same identity provider with other keys.
        let library = Library::new(&before.replace(&entity(&before), &entity(&after)));
        let connection = connect(gateway, &library);
        library.holds(&after);
        let refreshed = refresh(gateway, &connection);
        assert_ne!(refreshed["idp_certificates"], connection["idp_certificates"]);
        assert_eq!(events(gateway, "connection.changed").len(), 1);
        provider.trust(&json!([service_provider(gateway, &refreshed, "assertion")]));
        let mut browser = Browser::new();
        browser.sign_in(refreshed["login_url"].as_str().unwrap(), "ann", "ann-password");
        assert_eq!(who(gateway, &browser).as_deref(), Some("ann@corp.example"));
    });
}

#[test]
fn another_entity_id_or_a_broken_document_changes_nothing_and_is_told_once() {
    on_both_databases(|gateway| {
        let metadata = IdentityProvider::start().metadata();
        let library = Library::new(&metadata);
        let connection = connect(gateway, &library);
        for (document, why) in [
            (metadata.replace("entityID=\"", "entityID=\"urn:other:"), "the document is of `urn:other:"),
            (metadata.replace("use=\"signing\"", "use=\"encryption\""), "publishes no signing certificate"),
        ] {
            library.holds(&document);
            let told = events(gateway, "connection.warned").len();
            refresh(gateway, &connection);
            let refreshed = refresh(gateway, &connection);
            let error = refreshed["metadata_source"]["error"].as_str().unwrap_or_default();
            assert!(error.contains(why), "not `{why}`: {error}");
            assert!(refreshed["warnings"].to_string().contains("last good copy"), "{refreshed}");
            assert_eq!(refreshed["idp_certificates"], connection["idp_certificates"]);
            assert_eq!(refreshed["idp_entity_id"], connection["idp_entity_id"]);
            assert_eq!(events(gateway, "connection.warned").len(), told + 1);
        }
    });
}
