//! Both databases have the same tables, columns and indexes after their migrations, and `src/store/tables.rs` says the
//! same of them.

use std::collections::{BTreeMap, BTreeSet};

use diesel::QueryableByName;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};
use portcullis::store::{Address, Conn, migrate_alone, open_for_reading};
use regex::Regex;

use crate::support::postgres::{fresh_database, sql};

const TABLES: &str =
    concat!(include_str!("../../src/store/tables.rs"), include_str!("../../src/store/tables/apart.rs"));

/// Table to column to type and whether it may be null.
type Columns = BTreeMap<String, BTreeMap<String, (String, bool)>>;
/// Table, whether unique, columns in their order; primary keys among them.
type Indexes = BTreeSet<(String, bool, String)>;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// `table|column|type|0 or 1`
fn columns_of(lines: impl IntoIterator<Item = String>) -> Columns {
    let mut columns = Columns::new();
    for line in lines {
        let [table, column, kind, nullable] = line.split('|').collect::<Vec<_>>().try_into().unwrap();
        if !table.starts_with("__diesel") {
            let about = (kind.to_lowercase(), nullable == "1");
            columns.entry(table.to_owned()).or_default().insert(column.to_owned(), about);
        }
    }
    columns
}

/// `table|0 or 1|column,column`
fn indexes_of(lines: impl IntoIterator<Item = String>) -> Indexes {
    let read = |line: String| {
        let [table, unique, columns] = line.split('|').collect::<Vec<_>>().try_into().unwrap();
        (table.to_owned(), unique == "1", columns.to_owned())
    };
    lines.into_iter().map(read).filter(|(table, ..)| !table.starts_with("__diesel")).collect()
}

fn sqlite() -> (Columns, Indexes) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fresh.sqlite");
    let address = Address::Sqlite(path);
    migrate_alone(&address, &folder.path().join("lock")).unwrap();
    let mut conn = open_for_reading(&address).unwrap();
    let lines = |conn: &mut Conn, query: &str| -> Vec<String> {
        let found: Vec<Line> = diesel::sql_query(query).load(conn).unwrap();
        found.into_iter().map(|found| found.line).collect()
    };
    let columns = lines(
        &mut conn,
        "SELECT t.name || '|' || c.name || '|' || c.type || '|' || (1 - c.\"notnull\") AS line \
         FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
    );
    let indexes = lines(
        &mut conn,
        "SELECT t.name || '|' || i.\"unique\" || '|' || \
         (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) AS line \
         FROM sqlite_master t, pragma_index_list(t.name) i WHERE t.type = 'table'",
    );
    let triggers: Vec<Number> =
        diesel::sql_query("SELECT count(*) AS number FROM sqlite_master WHERE type = 'trigger'")
            .load(&mut conn)
            .unwrap();
    assert!(triggers[0].number >= 2, "the triggers that guard the audit log");
    (columns_of(columns), indexes_of(indexes))
}

fn postgres() -> (Columns, Indexes) {
    let url = fresh_database();
    migrate_alone(&Address::parse(&url).unwrap(), std::path::Path::new("")).unwrap();
    let lines = |query: &str| -> Vec<String> { sql(&url, query).lines().map(str::to_owned).collect() };
    let columns = lines(
        "SELECT table_name || '|' || column_name || '|' || data_type || '|' || (is_nullable = 'YES')::int \
         FROM information_schema.columns WHERE table_schema = 'public'",
    );
    let indexes = lines(
        "SELECT t.relname || '|' || i.indisunique::int || '|' || (SELECT string_agg(a.attname, ',' ORDER BY k.n) \
         FROM unnest(i.indkey) WITH ORDINALITY k(number, n) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) \
         FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace s ON s.oid = t.relnamespace \
         WHERE s.nspname = 'public'",
    );
    (columns_of(columns), indexes_of(indexes))
}

/// What `tables.rs` says.
fn told() -> (Columns, Indexes) {
    let table = Regex::new(r"(?s)diesel::table! \{\s*(\w+) \(([\w, ]+)\) \{(.*?)\n    \}").unwrap();
    let column = Regex::new(r"(\w+) -> (Nullable<)?(\w+)>?,").unwrap();
    let (mut columns, mut keys) = (Columns::new(), Indexes::new());
    for found in table.captures_iter(TABLES) {
        let of_table = column.captures_iter(&found[3]).map(|found| {
            let kind = match &found[3] {
                "Text" => "text",
                "BigInt" => "bigint",
                "Integer" => "integer",
                "Bool" => "boolean",
                other => panic!("`{other}` is no portable type"),
            };
            (found[1].to_owned(), (kind.to_owned(), found.get(2).is_some()))
        });
        columns.insert(found[1].to_owned(), of_table.collect());
        keys.insert((found[1].to_owned(), true, found[2].replace(' ', "")));
    }
    assert_eq!(columns.len(), TABLES.matches("diesel::table!").count());
    (columns, keys)
}

#[test]
fn both_databases_have_the_same_columns() {
    assert_eq!(sqlite().0, postgres().0);
}

#[test]
fn both_databases_have_the_same_indexes() {
    assert_eq!(sqlite().1, postgres().1);
}

#[test]
fn the_code_knows_the_tables_as_they_are() {
    let ((columns, indexes), (told, keys)) = (sqlite(), told());
    assert_eq!(columns, told);
    let missing: Vec<_> = keys.difference(&indexes).collect();
    assert!(missing.is_empty(), "primary keys that the database does not have: {missing:?}");
}

#[test]
fn migrations_of_both_databases_bear_the_same_names() {
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn migrating_twice_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (path, lock) = (folder.path().join("fresh.sqlite"), folder.path().join("lock"));
    for address in [Address::Sqlite(path), Address::parse(&fresh_database()).unwrap()] {
        assert!(!migrate_alone(&address, &lock).unwrap().is_empty());
        assert!(migrate_alone(&address, &lock).unwrap().is_empty());
    }
}
