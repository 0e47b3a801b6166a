//! Lines there and back, and cells that spreadsheets leave alone.

use proptest::prelude::*;

use super::*;
use crate::audit::test_support::{entry, export};

#[test]
fn a_line_has_the_four_fields_in_order() {
    let line = export(1).remove(0);
    let text = line.to_json();
    assert!(text.starts_with(r#"{"log":"019a0000-0000-7000-8000-000000000001","index":0,"leaf":""#), "{text}");
    assert!(text.contains(r#"","entry":"{\"action\":\"user.deactivated\","#), "{text}");
    assert!(!text.contains('\n'));
}

#[test]
fn lines_that_are_none_are_refused() {
    for text in [
        "",
        "{}",
        "[]",
        "{\"log\":1}",
        r#"{"log":"x","index":-1,"leaf":"","entry":""}"#,
        r#"{"log":"x","index":0,"leaf":"AA==","entry":""}"#,
    ] {
        assert!(matches!(Line::parse(text), Err(AuditError::ExportLine(_))), "{text}");
    }
    assert!(Line::parse(&"x".repeat(MAX_LINE_BYTES + 1)).is_err());
}

#[test]
fn a_row_has_as_many_cells_as_the_header() {
    let row = csv_row(3, &entry(1));
    assert_eq!(row.matches(',').count(), CSV_HEADER.matches(',').count());
    assert!(row.starts_with("3,2026-11-22T08:15:31Z,user.deactivated,success,directory,"), "{row}");
    assert!(row.ends_with("\r\n") && CSV_HEADER.ends_with("leaf\r\n"));
}

#[test]
fn a_cell_cannot_break_out_of_its_row_or_become_a_formula() {
    assert_eq!(csv_cell("a,\"b\"\r\nc"), "\"a,\"\"b\"\"\r\nc\"");
    assert_eq!(csv_cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
    assert_eq!(csv_cell("@cmd"), "'@cmd");
    assert_eq!(csv_cell("plain"), "plain");
}

proptest! {
    #[test]
    fn a_line_survives_its_text(log in "\\PC{0,10}", index: u64, entry in "\\PC{0,40}|[\\x00-\\x7f]{0,40}") {
        let line = Line::of_text(log, index, entry);
        prop_assert_eq!(Line::parse(&line.to_json()), Ok(line));
    }
}
