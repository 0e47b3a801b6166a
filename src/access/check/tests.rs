use super::*;

fn parse(text: &str) -> Catalogue {
    Catalogue::parse(text, "catalogues/test.toml").unwrap_or_else(|error| panic!("{error}"))
}

const SMALL: &str = r#"
key = "small"
title = "Small"
combining = "deny-wins"
[administration]
manage = "users.manage"
audit = "users.manage"
[category.all]
title = "All"
[category.all.permissions]
"users.manage" = "Manage"
"file.view" = "View"
[role.admin]
title = "Admin"
may = ["*"]
holders = "at least one"
[role.reader]
title = "Reader"
may = ["*.view"]
"#;

fn failures(row: &str) -> Vec<String> {
    parse(&format!("{SMALL}\n[[check]]\nsays = \"a row\"\n{row}")).check().iter().map(ToString::to_string).collect()
}

macro_rules! shipped {
    ($($name:ident: $file:literal),+ $(,)?) => {$(
        #[test]
        fn $name() {
            let text = include_str!(concat!("../../../catalogues/", $file));
            let catalogue = Catalogue::parse(text, $file).unwrap_or_else(|error| panic!("{error}"));
            let failures: Vec<String> = catalogue.check().iter().map(ToString::to_string).collect();
            assert!(failures.is_empty(), "{}", failures.join("\n"));
        }
    )+};
}

shipped! {
    every_sentence_of_miopsai_holds: "miopsai.toml",
    every_sentence_of_opspilot365_holds: "opspilot365.toml",
    every_sentence_of_omniflow_holds: "omniflow.toml",
    every_sentence_of_allinone_holds: "allinone.toml",
    every_sentence_of_aibams_holds: "aibams.toml",
}

#[test]
fn a_row_that_holds_is_silent() {
    assert_eq!(failures("roles = [\"reader\"]\nallow = [\"file.view\"]\ndeny = [\"users.manage\"]"), [""; 0]);
}

#[test]
fn a_row_that_does_not_hold_is_named_with_its_line() {
    assert_eq!(
        failures("deny = [\"*\"]\nallow = [\"file.view\"]"),
        ["catalogues/test.toml:24: \"a row\" does not hold: `file.view` is denied (no_grant)"]
    );
}

#[test]
fn a_refusal_for_another_reason_is_a_failure() {
    assert_eq!(failures("deny = [\"file.view\"]\nbecause = \"inactive\"").len(), 1);
    assert_eq!(failures("deny = [\"file.view\"]\nbecause = \"inactive\"\nactive = false"), [""; 0]);
}

#[test]
fn words_that_mean_nothing_are_failures_and_not_passes() {
    for row in [
        "deny = [\"file.veiw\"]",
        "deny = [\"nothing.*\"]",
        "roles = [\"raeder\"]\ndeny = [\"users.manage\"]",
        "roles = [\"reader in team:a\"]\ndeny = [\"users.manage\"]",
        "in = \"team:a\"\ndeny = [\"*\"]",
        "plan = \"gold\"\ndeny = [\"users.manage\"]",
        "overrides = [\"forbid file.view\"]\ndeny = [\"users.manage\"]",
        "shares = [\"view on file:1\"]\ndeny = [\"users.manage\"]",
        "because = \"no_grnat\"\ndeny = [\"users.manage\"]",
    ] {
        assert_eq!(failures(row).len(), 1, "{row}");
    }
}

#[test]
fn a_row_that_asks_nothing_is_a_failure() {
    assert_eq!(failures("roles = [\"reader\"]").len(), 1);
}
