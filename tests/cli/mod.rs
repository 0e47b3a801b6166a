//! The command line as operators meet it: what is refused, and what the refusal says.

use std::path::Path;
use std::process::Command;

const BINARY: &str = env!("CARGO_BIN_EXE_portcullis");

/// Exit code, standard output, standard error.
fn portcullis(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(BINARY).args(arguments).env_clear().output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn catalogue(name: &str) -> String {
    format!("{}/catalogues/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

/// The number of the line that holds this text, from 1.
fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).unwrap() + 1
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

mod init {
    use super::*;
    use crate::support::postgres::fresh_database;

    fn init(folder: &str, name: &str, more: &[&str]) -> (i32, String, String) {
        let catalogue = catalogue("miopsai");
        let mut arguments = vec!["init", "--data-dir", folder, "--organization", name, "--catalogue", &catalogue];
        arguments.extend(more);
        portcullis(&arguments)
    }

    fn a_name_is_used_once(more: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("data").display().to_string();
        assert_eq!(init(&folder, "Corp", more).0, 0);
        for same in ["Corp", "corp", " CORP "] {
            let (code, out, said) = init(&folder, same, more);
            assert_eq!((code, out.as_str()), (1, ""), "{said}");
            assert!(said.contains("already an organization named"), "{said}");
        }
        assert_eq!(init(&folder, "Other", more).0, 0);
    }

    #[test]
    fn a_second_organization_of_the_same_name_is_refused_on_sqlite() {
        a_name_is_used_once(&[]);
    }

    #[test]
    fn a_second_organization_of_the_same_name_is_refused_on_postgres() {
        a_name_is_used_once(&["--database-url", &fresh_database()]);
    }

    #[test]
    fn a_catalogue_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data").display().to_string();
        let asked = ["init", "--data-dir", &data, "--organization", "Corp", "--catalogue", "/no/such.toml"];
        let (code, out, said) = portcullis(&asked);
        assert_eq!((code, out.as_str()), (1, ""), "{said}");
        assert!(said.contains("/no/such.toml"), "{said}");
    }

    #[test]
    fn a_refused_init_leaves_no_organization_behind() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data").display().to_string();
        let broken = written(folder.path(), "broken.toml", "key = \"x\"\n[role.a]\ntitle = 1\n");
        let (code, _, said) =
            portcullis(&["init", "--data-dir", &data, "--organization", "Corp", "--catalogue", &broken]);
        assert_eq!(code, 1, "{said}");
        assert_eq!(init(&data, "Corp", &[]).0, 0);
    }
}

mod a_catalogue {
    use super::*;

    /// The catalogue with one text in the place of another, and what `catalogue check` says of it.
    fn checked(from: &str, to: &str) -> (String, String, i32, String) {
        let folder = tempfile::tempdir().unwrap();
        let text = std::fs::read_to_string(catalogue("miopsai")).unwrap();
        assert!(text.contains(from), "{from}");
        let text = text.replacen(from, to, 1);
        let path = written(folder.path(), "mine.toml", &text);
        let (code, out, said) = portcullis(&["catalogue", "check", &path]);
        (text, path, code, format!("{out}{said}"))
    }

    #[test]
    fn that_is_whole_passes_its_own_checks() {
        for name in ["miopsai", "aibams", "allinone", "omniflow", "opspilot365"] {
            let (code, out, said) = portcullis(&["catalogue", "check", &catalogue(name)]);
            assert_eq!((code, said.as_str()), (0, ""), "{out}");
            assert!(out.contains(", 0 failed."), "{out}");
        }
    }

    #[test]
    fn with_an_unknown_permission_is_refused_with_file_line_and_the_nearest_one() {
        let (text, path, code, said) = checked("\"email.read\", \"email.send\"", "\"email.read\", \"email.sned\"");
        assert_eq!(code, 1, "{said}");
        let place = format!("{path}:{}", line_of(&text, "email.sned"));
        assert!(said.contains(&place), "no `{place}` in: {said}");
        assert!(said.contains("`email.sned`") && said.contains("did you mean `email.send`"), "{said}");
    }

    #[test]
    fn with_an_unknown_key_is_refused_with_file_and_line() {
        let (text, path, code, said) = checked("service_accounts = false", "service_acounts = false");
        assert_eq!(code, 1, "{said}");
        let place = format!("{path}:{}", line_of(&text, "service_acounts"));
        assert!(said.contains(&place), "no `{place}` in: {said}");
        assert!(said.contains("service_accounts"), "{said}");
    }

    #[test]
    fn with_a_wrong_word_in_a_check_is_refused_with_the_words_line_and_the_nearest_one() {
        for (from, to, right) in [
            ("roles = [\"member in tenant:acme\"]", "roles = [\"membre in tenant:acme\"]", "member"),
            (
                "in = \"tenant:acme\"\nallow = [\"communication",
                "in = \"tennant:acme\"\nallow = [\"communication",
                "tenant",
            ),
            ("\"*.send\", \"*.draft\"", "\"*.send\", \"*.drafts\"", "*.draft"),
            (
                "\"allow finance.view in tenant:acme\", \"allow auto",
                "\"allow finanse.view in tenant:acme\", \"allow auto",
                "finance.view",
            ),
        ] {
            let (text, path, code, said) = checked(from, to);
            let changed = to.lines().next().unwrap();
            assert_eq!(code, 1, "{said}");
            let place = format!("{path}:{}", line_of(&text, changed));
            assert!(said.contains(&place) && said.contains(&format!("did you mean `{right}`")), "no {place}: {said}");
        }
    }

    #[test]
    fn whose_check_fails_says_which_and_exits_with_1() {
        let (_, _, code, said) = checked("deny = [\"billing.*\"", "deny = [\"email.send\", \"billing.*\"");
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("failed: ") && said.contains("an admin neither pays"), "{said}");
    }
}

mod the_configuration {
    use super::*;

    fn checked(text: &str) -> (i32, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), "gate.toml", text);
        let (code, out, said) = portcullis(&["config", "check", "--config", &path]);
        (code, format!("{out}{said}"))
    }

    #[test]
    fn with_an_unknown_key_is_refused_with_the_nearest_one() {
        let (code, said) = checked("[server]\nlistn = \"127.0.0.1:1\"\n");
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("listn") && said.contains("listen") && said.contains("gate.toml"), "{said}");
    }

    #[test]
    fn with_a_value_out_of_range_is_refused_with_its_limits() {
        let (code, said) = checked("[limits]\npage = 0\n");
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("page"), "{said}");
    }

    #[test]
    fn of_the_sample_is_valid() {
        let (code, sample, _) = portcullis(&["config", "sample"]);
        assert_eq!(code, 0);
        let (code, said) = checked(&sample);
        assert_eq!(code, 0, "{said}");
    }

    #[test]
    fn of_the_composition_believes_the_network_of_its_proxy_and_no_other() {
        let composition = include_str!("../../docker-compose.yml");
        let values = |name: &str| -> Vec<&str> {
            let lines = composition.lines().map(|line| line.trim().trim_start_matches("- "));
            lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
        };
        let believed = values("PORTCULLIS_SERVER_TRUSTED_PROXIES");
        assert_eq!((believed.len(), &believed), (1, &values("subnet")));
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(BINARY)
            .args(["config", "check", "--data-dir", &folder.path().display().to_string()])
            .env_clear()
            .env("PORTCULLIS_SERVER_TRUSTED_PROXIES", believed[0])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn in_the_environment_with_an_unknown_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(BINARY)
            .args(["config", "check", "--data-dir", &folder.path().display().to_string()])
            .env_clear()
            .env("PORTCULLIS_SERVER_LISTN", "127.0.0.1:1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("PORTCULLIS_SERVER_LISTN"), "{said}");
    }
}

mod the_files_of_an_installation {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::support::{Database, Gateway};

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn are_their_owners_alone(database: Database) {
        let gateway = Gateway::start(database);
        let folder = gateway.data_folder();
        assert_eq!(mode(&folder), 0o700);
        let export = folder.join("export.jsonl").display().to_string();
        gateway.cli(&["audit", "export", "--output", &export]);
        let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.iter().any(|path| path.ends_with("audit-signing.key")), "{files:?}");
        assert_eq!(files.iter().any(|path| path.ends_with("portcullis.sqlite")), database == Database::Sqlite);
        for path in files {
            assert_eq!(mode(&path) & 0o177, 0, "{}: {:o}", path.display(), mode(&path));
        }
    }

    #[test]
    fn are_their_owners_alone_on_sqlite() {
        are_their_owners_alone(Database::Sqlite);
    }

    #[test]
    fn are_their_owners_alone_on_postgres() {
        are_their_owners_alone(Database::Postgres);
    }

    #[test]
    fn that_others_can_get_at_are_named_by_the_doctor() {
        let gateway = Gateway::start(Database::Sqlite);
        let open = |path: &Path, mode: u32| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        let folder = gateway.data_folder();
        let said = || String::from_utf8(gateway.command(&["doctor"]).output().unwrap().stdout).unwrap();
        assert!(said().contains("only its owner can get at the data directory"), "{}", said());
        open(&folder, 0o755);
        open(&folder.join("portcullis.sqlite"), 0o644);
        let said = said();
        let database = folder.join("portcullis.sqlite");
        assert!(said.contains(&format!("`{}`: its mode is 0755", folder.display())), "{said}");
        assert!(said.contains(&format!("`{}`: its mode is 0644", database.display())), "{said}");
        assert!(said.contains(&format!("chmod go= '{}'", database.display())), "{said}");
    }
}

mod usage {
    use super::*;

    #[test]
    fn a_wrong_command_exits_with_2() {
        assert_eq!(portcullis(&["sreve"]).0, 2);
        assert_eq!(portcullis(&["init"]).0, 2);
    }

    #[test]
    fn a_database_that_is_not_there_is_one_sentence_and_1() {
        let url = "postgres:///none?host=/nowhere&user=nobody";
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().display().to_string();
        let (code, out, said) = portcullis(&["migrate", "--data-dir", &data, "--database-url", url]);
        assert_eq!((code, out.as_str()), (1, ""), "{said}");
        assert!(said.starts_with("portcullis: ") && said.contains("the database cannot be used now"), "{said}");
    }
}

mod serve {
    use diesel::connection::SimpleConnection;
    use portcullis::store::{Address, open_for_reading};

    use crate::support::Gateway;

    on_both! {
        fn a_catalogue_that_breaks_its_own_promise_is_not_served(gateway: &Gateway) {
            gateway.stop();
            let address = match gateway.database_url() {
                Some(url) => Address::parse(url).unwrap(),
                None => Address::Sqlite(gateway.data_folder().join("portcullis.sqlite")),
            };
            let row = "\n[[check]]\nsays = \"everybody may everything\"\nallow = [\"email.send\"]\n";
            let statement = format!("UPDATE organization SET catalogue = catalogue || '{row}'");
            open_for_reading(&address).unwrap().batch_execute(&statement).unwrap();
            let output = gateway.command(&["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains("everybody may everything") && said.contains("`email.send` is denied"), "{said}");
        }
    }
}
