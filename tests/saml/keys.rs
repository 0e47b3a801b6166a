//! The private keys of connections are never stored in clear, and only the installation's own key opens them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use diesel::sql_types::Text;
use openssl::symm::{Cipher, decrypt_aead};
use portcullis::store::{Address, Conn, open_for_reading};

use super::world::{World, events, provision};
use crate::support::Gateway;

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    organization_id: String,
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    sp_key_pem: String,
}

fn conn(gateway: &Gateway) -> Conn {
    let address = match gateway.database_url() {
        Some(url) => Address::parse(url).unwrap(),
        None => Address::Sqlite(gateway.data_folder().join("portcullis.sqlite")),
    };
    open_for_reading(&address).unwrap()
}

/// The only connection's key, as the database has it.
fn stored(gateway: &Gateway) -> Stored {
    diesel::sql_query("SELECT organization_id, id, sp_key_pem FROM connection").get_result(&mut conn(gateway)).unwrap()
}

/// What `secrets.key` opens, done here by hand: the stored form is part of what a backup holds.
fn opened(gateway: &Gateway, stored: &Stored) -> String {
    let key = std::fs::read_to_string(gateway.data_folder().join("secrets.key")).unwrap();
    let key = STANDARD.decode(key.trim()).unwrap();
    let sealed = STANDARD.decode(stored.sp_key_pem.strip_prefix("sealed:v1:").unwrap()).unwrap();
    let (nonce, rest) = sealed.split_at(12);
    let (text, tag) = rest.split_at(rest.len() - 16);
    let place = format!("{}/{}/sp_key_pem", stored.organization_id, stored.id);
    let plain = decrypt_aead(Cipher::aes_256_gcm(), &key, Some(nonce), place.as_bytes(), text, tag).unwrap();
    String::from_utf8(plain).unwrap()
}

/// Exit code and what was said; a server that starts all the same is a failure of its own.
fn serve_in_vain(gateway: &Gateway) -> (i32, String) {
    let output = gateway.command(&["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn doctor(gateway: &Gateway, key: Option<&str>) -> String {
    let mut command = gateway.command(&["doctor"]);
    command.envs(key.map(|key| ("PORTCULLIS_SECRETS_KEY", key)));
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

on_both! {
    fn a_connections_key_lies_sealed_in_the_database_and_works_after_a_restart(gateway: &Gateway) {
        let world = World::new(gateway);
        let stored = stored(gateway);
        assert!(stored.sp_key_pem.starts_with("sealed:v1:"), "{}", stored.sp_key_pem);
        assert!(!stored.sp_key_pem.contains("PRIVATE KEY"), "{}", stored.sp_key_pem);
        assert!(opened(gateway, &stored).starts_with("-----BEGIN PRIVATE KEY-----"));
        provision(gateway);
        gateway.restart();
        world.signed_in();
    }

    fn a_key_that_an_earlier_version_stored_in_clear_is_sealed_at_the_start(gateway: &Gateway) {
        let world = World::new(gateway);
        provision(gateway);
        gateway.stop();
        let clear = opened(gateway, &stored(gateway));
        let changed = diesel::sql_query(format!("UPDATE connection SET sp_key_pem = '{clear}'")).execute(&mut conn(gateway));
        assert_eq!(changed.unwrap(), 1);
        std::fs::remove_file(gateway.data_folder().join("secrets.key")).unwrap();
        gateway.restart();
        assert_eq!(opened(gateway, &stored(gateway)), clear);
        world.signed_in();
        let sealed = events(gateway, "connection.changed");
        assert_eq!((sealed.len(), &sealed[0]["actor"]["kind"]), (1, &"system".into()), "{sealed:?}");
        assert!(!sealed[0].to_string().contains("PRIVATE KEY"), "{sealed:?}");
        gateway.restart();
        assert_eq!(events(gateway, "connection.changed").len(), 1);
    }

    fn a_server_whose_key_is_gone_or_wrong_does_not_start_and_says_why(gateway: &Gateway) {
        let world = World::new(gateway);
        provision(gateway);
        gateway.stop();
        let path = gateway.data_folder().join("secrets.key");
        let key = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let (code, said) = serve_in_vain(gateway);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("secrets.key` is missing") && said.contains("backup"), "{said}");
        assert!(!path.exists(), "another key was made");
        assert!(doctor(gateway, None).contains("secrets.key` is missing"));
        assert!(doctor(gateway, Some(key.trim())).contains("opens what is sealed in the database"));
        let other = STANDARD.encode([7_u8; 32]);
        assert!(doctor(gateway, Some(&other)).contains("does not open"));

        std::fs::write(&path, &other).unwrap();
        let (code, said) = serve_in_vain(gateway);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("does not open") && said.contains(world.connection["id"].as_str().unwrap()), "{said}");
        assert!(!said.contains(&other), "{said}");

        std::fs::write(&path, &key).unwrap();
        gateway.restart();
        world.signed_in();
    }

    fn a_key_copied_from_another_connection_opens_nothing(gateway: &Gateway) {
        let world = World::new(gateway);
        gateway.stop();
        let moved = "UPDATE connection SET id = '019a0000-0000-7000-8000-000000000001'";
        diesel::sql_query(moved).execute(&mut conn(gateway)).unwrap();
        let (code, said) = serve_in_vain(gateway);
        assert_eq!((code, said.contains("does not open")), (1, true), "{said}");
        let back = format!("UPDATE connection SET id = '{}'", world.connection["id"].as_str().unwrap());
        diesel::sql_query(back).execute(&mut conn(gateway)).unwrap();
        gateway.restart();
        gateway.http().get(world.url("metadata_url")).expect(200);
    }
}
