//! The database refuses to alter the log; whoever makes it all the same is found out, by two verifiers.

use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::connection::SimpleConnection;
use portcullis::store::{Address, Conn, open_for_reading};

use super::user;
use crate::support::Gateway;

fn conn(gateway: &Gateway) -> Conn {
    let address = match gateway.database_url() {
        Some(url) => Address::parse(url).unwrap(),
        None => Address::Sqlite(gateway.data_folder().join("portcullis.sqlite")),
    };
    open_for_reading(&address).unwrap()
}

fn refusal(gateway: &Gateway, statement: &str) -> String {
    conn(gateway).batch_execute(statement).expect_err(statement).to_string()
}

/// Takes away what guards the table, as the owner of the database can.
fn unguard(conn: &mut Conn) {
    conn.batch_execute(match conn {
        Conn::Pg(_) => "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        Conn::Sqlite(_) => "DROP TRIGGER IF EXISTS audit_entry_no_update; DROP TRIGGER IF EXISTS audit_entry_no_delete",
    })
    .unwrap();
}

fn people(gateway: &Gateway, names: std::ops::Range<u32>) {
    for n in names {
        gateway.scim().post("/Users", &user(&format!("person{n}"))).expect(201);
    }
}

/// A log that has grown since its last checkpoint, with nobody to sign another one: the server was killed. Answers the
/// position of its last entry, which is about a person.
fn beyond_the_last_checkpoint(gateway: &Gateway) -> i64 {
    people(gateway, 0..3);
    gateway.restart();
    people(gateway, 3..9);
    let page = gateway.api().get("/audit-events?limit=1&action=user.created").expect(200).json();
    gateway.kill9();
    page["items"][0]["index"].as_i64().unwrap()
}

/// Exit code and what was said.
fn verified(gateway: &Gateway, more: &[&str]) -> (i32, String) {
    let mut arguments = vec!["audit", "verify"];
    arguments.extend(more);
    ended(&mut gateway.command(&arguments))
}

fn ended(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
}

/// The log written out, and the newest signed checkpoint in a file of its own.
fn exported(gateway: &Gateway, folder: &Path) -> (PathBuf, PathBuf) {
    let (export, checkpoint) = (folder.join("log.jsonl"), folder.join("checkpoint.txt"));
    gateway.cli(&["audit", "export", "--output", &export.display().to_string()]);
    let kept = std::fs::read_to_string(gateway.data_folder().join("audit-checkpoints.txt")).unwrap();
    let last = kept.trim_end().rfind("\n\n").unwrap();
    let begins = kept[..last].rfind("\n\n").map_or(0, |before| before + 2);
    std::fs::write(&checkpoint, format!("{}\n", kept[begins..].trim_end())).unwrap();
    (export, checkpoint)
}

/// The key that `doctor` shows.
fn key(gateway: &Gateway) -> String {
    let (_, said) = ended(&mut gateway.command(&["doctor"]));
    let line = said.lines().find_map(|line| line.split_once("checkpoints are signed by ")).unwrap();
    line.1.trim().to_owned()
}

/// The exit codes of both verifiers on an export.
fn both(gateway: &Gateway, export: &Path, checkpoint: &Path) -> (i32, i32) {
    let [export, checkpoint] = [export, checkpoint].map(|path| path.display().to_string());
    let key = key(gateway);
    let binary = env!("CARGO_BIN_EXE_portcullis");
    let asked = ["audit", "verify", "--export", &export, "--checkpoint", &checkpoint, "--key", &key];
    let ours = ended(Command::new(binary).args(asked));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/script/verify-audit.py");
    let second = ended(Command::new("python3").args([script, &export, "--checkpoint", &checkpoint, "--key", &key]));
    assert_eq!(ours.0, second.0, "the verifiers disagree:\n{}\n{}", ours.1, second.1);
    (ours.0, second.0)
}

on_both! {
    fn the_database_refuses_to_change_or_delete_an_entry(gateway: &Gateway) {
        people(gateway, 0..2);
        let mut statements = vec![
            "UPDATE audit_entry SET entry = '{}'",
            "UPDATE audit_entry SET position = position + 1000",
            "DELETE FROM audit_entry",
            "DELETE FROM audit_entry WHERE position = 0",
        ];
        if gateway.database_url().is_some() {
            statements.push("TRUNCATE audit_entry");
        }
        for statement in statements {
            let said = refusal(gateway, statement);
            assert!(said.contains("audit entries cannot be"), "{statement}: {said}");
        }
        assert_eq!(verified(gateway, &[]).0, 0);
    }

    fn the_database_refuses_to_replace_an_entry(gateway: &Gateway) {
        people(gateway, 0..2);
        let insert = if gateway.database_url().is_some() { "INSERT" } else { "INSERT OR REPLACE" };
        let columns = "organization_id, position, id, recorded_at, action, outcome, actor_kind, target_kind, target_id, entry";
        let replace = format!(
            "{insert} INTO audit_entry ({columns}) SELECT organization_id, position, 'another', recorded_at, action, outcome, \
             actor_kind, target_kind, target_id, '{{}}' FROM audit_entry WHERE position = 1"
        );
        let said = refusal(gateway, &replace);
        assert!(said.contains("audit entries cannot be") || said.contains("duplicate key"), "{said}");
        assert_eq!(verified(gateway, &[]).0, 0);
    }

    fn an_entry_filed_under_what_it_does_not_say_is_found(gateway: &Gateway) {
        people(gateway, 0..3);
        gateway.stop();
        for column in ["action = 'user.deleted'", "actor_id = 'nobody'", "target_id = 'nobody'", "recorded_at = 1", "outcome = 'denied'"] {
            let mut conn = conn(gateway);
            unguard(&mut conn);
            let (name, _) = column.split_once(" = ").unwrap();
            conn.batch_execute(&format!("CREATE TABLE kept AS SELECT position, {name} AS was FROM audit_entry")).unwrap();
            conn.batch_execute(&format!("UPDATE audit_entry SET {column} WHERE position = 4")).unwrap();
            let (code, said) = verified(gateway, &[]);
            assert_eq!((code, said.contains("entry 4 is filed under what it does not say")), (2, true), "{column}: {said}");
            let back = format!("UPDATE audit_entry SET {name} = (SELECT was FROM kept WHERE kept.position = audit_entry.position)");
            conn.batch_execute(&format!("{back}; DROP TABLE kept")).unwrap();
            assert_eq!(verified(gateway, &[]).0, 0, "{column} is as it was");
        }
    }

    fn a_whole_log_deleted_with_its_organization_is_found(gateway: &Gateway) {
        people(gateway, 0..3);
        gateway.stop();
        let mut conn = conn(gateway);
        unguard(&mut conn);
        for table in ["audit_entry", "audit_head", "audit_checkpoint", "organization"] {
            conn.batch_execute(&format!("DELETE FROM {table}")).unwrap();
        }
        let (code, said) = verified(gateway, &[]);
        assert_eq!((code, said.contains("but the log is gone")), (2, true), "{said}");
    }

    fn an_intact_log_is_found_intact_running_and_stopped(gateway: &Gateway) {
        people(gateway, 0..5);
        let (code, said) = verified(gateway, &[]);
        assert_eq!((code, said.starts_with("Intact: ")), (0, true), "{said}");
        gateway.stop();
        let (code, said) = verified(gateway, &[]);
        assert_eq!((code, said.starts_with("Intact: ")), (0, true), "{said}");
    }

    fn one_changed_byte_is_found(gateway: &Gateway) {
        people(gateway, 0..5);
        gateway.stop();
        let mut conn = conn(gateway);
        unguard(&mut conn);
        conn.batch_execute("UPDATE audit_entry SET entry = replace(entry, 'person3', 'person4') WHERE position = 6").unwrap();
        conn.batch_execute("UPDATE audit_entry SET entry = replace(entry, 'person2', 'person4') WHERE position = 5").unwrap();
        let (code, said) = verified(gateway, &[]);
        assert_eq!((code, said.starts_with("TAMPERED")), (2, true), "{said}");
    }

    fn a_removed_entry_is_found(gateway: &Gateway) {
        people(gateway, 0..5);
        gateway.stop();
        let mut conn = conn(gateway);
        unguard(&mut conn);
        conn.batch_execute("DELETE FROM audit_entry WHERE position = 4").unwrap();
        let (code, said) = verified(gateway, &[]);
        assert!(code == 2 || code == 3, "{code}: {said}");
    }

    fn a_tail_cut_off_after_a_checkpoint_is_found(gateway: &Gateway) {
        people(gateway, 0..5);
        gateway.stop();
        let mut conn = conn(gateway);
        unguard(&mut conn);
        conn.batch_execute("DELETE FROM audit_entry WHERE position >= 6").unwrap();
        let (code, said) = verified(gateway, &[]);
        assert!(code == 2 || code == 3, "{code}: {said}");
        // Also when the checkpoints in the database are cut with it: they are kept elsewhere.
        conn.batch_execute("DELETE FROM audit_checkpoint WHERE size > 6").unwrap();
        let (code, said) = verified(gateway, &[]);
        assert!(code == 2 || code == 3, "{code}: {said}");
    }

    fn a_tail_cut_off_after_the_last_checkpoint_is_found(gateway: &Gateway) {
        let newest = beyond_the_last_checkpoint(gateway);
        let mut conn = conn(gateway);
        unguard(&mut conn);
        conn.batch_execute(&format!("DELETE FROM audit_entry WHERE position > {}", newest - 3)).unwrap();
        let (code, said) = verified(gateway, &[]);
        assert_eq!((code, said.contains("its head is of")), (3, true), "{said}");
    }

    fn an_entry_rewritten_after_the_last_checkpoint_is_found(gateway: &Gateway) {
        let newest = beyond_the_last_checkpoint(gateway);
        assert_eq!(verified(gateway, &[]).0, 0);
        let mut conn = conn(gateway);
        unguard(&mut conn);
        let rewrite = format!("UPDATE audit_entry SET entry = replace(entry, 'person', 'nobody') WHERE position = {newest}");
        conn.batch_execute(&rewrite).unwrap();
        let (code, said) = verified(gateway, &[]);
        assert_eq!((code, said.contains("the log's head says")), (2, true), "{said}");
    }

    fn a_head_that_is_gone_is_found(gateway: &Gateway) {
        people(gateway, 0..2);
        gateway.stop();
        conn(gateway).batch_execute("DELETE FROM audit_head").unwrap();
        let (code, said) = verified(gateway, &[]);
        assert_eq!((code, said.contains("the log's head is gone")), (2, true), "{said}");
    }

    fn an_export_with_a_checkpoint_of_its_own_moment_shows_a_cut_of_its_last_entry(gateway: &Gateway) {
        beyond_the_last_checkpoint(gateway);
        let folder = tempfile::tempdir().unwrap();
        let (export, checkpoint) = (folder.path().join("log.jsonl"), folder.path().join("now.note"));
        let [output, note] = [&export, &checkpoint].map(|path| path.display().to_string());
        gateway.cli(&["audit", "export", "--output", &output, "--checkpoint", &note]);
        assert_eq!(both(gateway, &export, &checkpoint), (0, 0));
        let text = std::fs::read_to_string(&export).unwrap();
        let kept: Vec<&str> = text.lines().collect();
        std::fs::write(&export, kept[..kept.len() - 1].join("\n")).unwrap();
        assert_eq!(both(gateway, &export, &checkpoint), (3, 3));
    }

    fn an_export_is_verified_by_both_verifiers_with_the_same_verdict(gateway: &Gateway) {
        people(gateway, 0..5);
        gateway.stop();
        let folder = tempfile::tempdir().unwrap();
        let (export, checkpoint) = exported(gateway, folder.path());
        assert_eq!(both(gateway, &export, &checkpoint), (0, 0));

        let text = std::fs::read_to_string(&export).unwrap();
        let changed = folder.path().join("changed.jsonl");
        std::fs::write(&changed, text.replacen("person3", "person4", 1)).unwrap();
        assert_eq!(both(gateway, &changed, &checkpoint), (2, 2));
        let cut = folder.path().join("cut.jsonl");
        let kept: Vec<&str> = text.lines().collect();
        std::fs::write(&cut, kept[..kept.len() - 2].join("\n")).unwrap();
        assert_eq!(both(gateway, &cut, &checkpoint), (3, 3));
    }
}
