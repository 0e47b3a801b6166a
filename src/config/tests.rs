//! The configuration as a whole: sources, precedence, refusals, generated files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::settings::KEYS;
use super::*;

fn from_file(text: &str) -> Result<Config, ConfigError> {
    let mut values = Values::default();
    file::parse(text, Path::new("gate.toml"), &mut values)?;
    Config::from_values(&mut values)
}

fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

fn refusal(result: Result<Config, ConfigError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn the_defaults_are_those_of_the_design() {
    let config = Config::defaults().unwrap();
    let limits = config.limits();
    assert_eq!(limits.body().get(), 1 << 20);
    assert_eq!(limits.bulk_body().get(), 10 << 20);
    assert_eq!(*limits.bulk_operations(), 1000);
    assert_eq!(*limits.json_depth(), 32);
    assert_eq!(*limits.page(), 1000);
    assert_eq!(config.sessions().idle().get(), std::time::Duration::from_secs(30 * 60));
    assert_eq!(limits.header().get(), 16 << 10);
}

#[test]
fn every_default_is_within_its_own_bounds() {
    assert!(Config::defaults().is_ok());
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gate.toml");
    std::fs::write(&path, "[limits]\nbody = \"2 MiB\"\npage = 20\njson_depth = 4\n").unwrap();
    let variables = environment(&[("PORTCULLIS_LIMITS_BODY", "3 MiB"), ("PORTCULLIS_LIMITS_PAGE", "30")]);
    let config = Config::assemble(Some(path), variables, vec![("limits.body", "--body", "4 MiB".to_owned())]).unwrap();
    assert_eq!(config.limits().body().get(), 4 << 20);
    assert_eq!(*config.limits().page(), 30);
    assert_eq!(*config.limits().json_depth(), 4);
}

#[test]
fn the_environment_can_name_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gate.toml");
    std::fs::write(&path, "[server]\nlisten = \"127.0.0.1:9\"\n").unwrap();
    let variables = environment(&[("PORTCULLIS_CONFIG", path.to_str().unwrap())]);
    let config = Config::assemble(None, variables, Vec::new()).unwrap();
    assert_eq!(config.server().listen().port(), 9);
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_its_nearest() {
    let error = refusal(from_file("[limits]\n\n# ours\nboddy = \"1 MiB\"\n"));
    assert_eq!(error, "gate.toml:4: there is no setting `limits.boddy`; did you mean `limits.body`?");
}

#[test]
fn an_unknown_group_is_refused_even_when_empty() {
    assert_eq!(refusal(from_file("[colours]\n")), "gate.toml:1: there is no setting `colours`");
}

#[test]
fn an_unknown_variable_is_refused() {
    let error = refusal(Config::assemble(None, environment(&[("PORTCULLIS_LIMIT_BODY", "1")]), Vec::new()));
    assert!(error.contains("did you mean `PORTCULLIS_LIMITS_BODY`?"), "{error}");
}

#[test]
fn kubernetes_service_links_are_passed_over() {
    let variables = environment(&[("PORTCULLIS_SERVICE_HOST", "10.0.0.1"), ("PORTCULLIS_PORT_8080_TCP", "tcp://x")]);
    assert!(Config::assemble(None, variables, Vec::new()).is_ok());
}

#[test]
fn database_url_yields_to_its_longer_name() {
    let variables = environment(&[("DATABASE_URL", "sqlite:a.db"), ("PORTCULLIS_DATABASE_URL", "sqlite:b.db")]);
    let config = Config::assemble(None, variables, Vec::new()).unwrap();
    assert!(matches!(config.database().url(), DatabaseUrl::Sqlite(path) if path == &PathBuf::from("b.db")));
}

#[test]
fn a_value_out_of_bounds_is_refused_with_both_bounds() {
    let error = refusal(from_file("[limits]\njson_depth = 5000\n"));
    assert_eq!(error, "gate.toml:2: `limits.json_depth` is `5000`, outside 4 to 100");
}

#[test]
fn a_value_of_the_wrong_type_is_refused() {
    assert!(refusal(from_file("[limits]\nbody = true\n")).starts_with("gate.toml:2: `limits.body` is not a size"));
    assert!(refusal(from_file("[limits]\nbody = \"1 MB\"\n")).starts_with("gate.toml:2: `limits.body` is `1 MB`, not"));
}

#[test]
fn a_file_that_is_not_toml_is_refused_with_its_line() {
    assert!(refusal(from_file("[limits]\nbody = = 1\n")).starts_with("gate.toml:2: not TOML"));
}

#[test]
fn a_missing_file_is_refused() {
    let missing = Some(PathBuf::from("/nonexistent/gate.toml"));
    assert!(matches!(Config::assemble(missing, Vec::new(), Vec::new()), Err(ConfigError::Unreadable { .. })));
}

#[test]
fn proxies_can_be_a_toml_array_or_text_with_commas() {
    let file = from_file("[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n").unwrap();
    let text = from_file("[server]\ntrusted_proxies = \"10.0.0.0/8, ::1\"\n").unwrap();
    assert_eq!(file.server().trusted_proxies(), text.server().trusted_proxies());
    assert_eq!(file.server().trusted_proxies().len(), 2);
}

#[test]
fn the_sample_with_every_comment_opened_is_the_default() {
    let opened: String = sample()
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line))
        .map(|line| format!("{line}\n"))
        .collect();
    let config = from_file(&opened).unwrap();
    assert_eq!(format!("{config:?}"), format!("{:?}", Config::defaults().unwrap()));
}

#[test]
fn every_setting_is_described() {
    for key in KEYS {
        assert!(key.about.trim().ends_with('.'), "{}", key.name);
    }
}

#[test]
fn the_schema_in_the_repository_is_the_one_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/config.schema.json");
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(stored, json_schema(), "write it anew: portcullis config schema > schema/config.schema.json");
}
