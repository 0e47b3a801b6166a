use super::*;

fn message(text: &str) -> Result<&str, Refusal> {
    pass(text.as_bytes(), Kind::Message)
}

#[test]
fn a_plain_document_passes_without_its_declaration() {
    assert_eq!(
        message("\u{feff}<?xml version=\"1.0\" encoding='utf-8' standalone=\"yes\"?><a b='>'/>"),
        Ok("<a b='>'/>")
    );
    assert_eq!(message("<?xml version = \"1.0\" encoding\n= 'UTF-8' ?><a/>"), Ok("<a/>"));
}

#[test]
fn other_declarations_are_refused() {
    for declaration in [
        "<?xml version=\"1.1\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-7\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>",
        "<?xml encoding=\"UTF-8\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" x=\"y\"?>",
    ] {
        assert_eq!(message(&format!("{declaration}<a/>")), Err(Refusal::XmlDeclaration), "{declaration}");
    }
}

#[test]
fn utf_16_is_refused() {
    let utf16: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(pass(&utf16, Kind::Message), Err(Refusal::ForbiddenCharacter));
    assert_eq!(pass(&[&[0xff, 0xfe][..], &utf16].concat(), Kind::Message), Err(Refusal::NotUtf8));
}

#[test]
fn what_could_hide_something_is_refused() {
    for (text, refusal) in [
        ("<!DOCTYPE a><a/>", Refusal::Doctype),
        ("<a><!ENTITY x 'y'></a>", Refusal::Doctype),
        ("<?php x?><a/>", Refusal::ProcessingInstruction),
        ("<a><?x?></a>", Refusal::ProcessingInstruction),
        ("<a><?xml version=\"1.0\"?></a>", Refusal::ProcessingInstruction),
        ("<a><!-- x --></a>", Refusal::Comment),
        ("<a><![CDATA[x]]></a>", Refusal::Cdata),
        ("<a>\u{0}</a>", Refusal::ForbiddenCharacter),
        ("", Refusal::NotWellFormed),
        ("<a", Refusal::NotWellFormed),
        ("<a b='", Refusal::NotWellFormed),
        ("<a><b></a>", Refusal::NotWellFormed),
        ("</a>", Refusal::NotWellFormed),
        ("<a <b/>", Refusal::NotWellFormed),
    ] {
        assert_eq!(message(text), Err(refusal), "{text}");
    }
}

#[test]
fn a_comment_in_metadata_passes() {
    assert!(pass(b"<a><!-- <b> \"' --></a>", Kind::Metadata).is_ok());
}

#[test]
fn depth_stops_at_32() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(message(&nested(32)).is_ok());
    assert_eq!(message(&nested(33)), Err(Refusal::TooDeep));
}

#[test]
fn attributes_stop_at_64_and_elements_at_5000() {
    let attributes = |count: usize| format!("<a {}/>", (0..count).map(|n| format!("b{n}='' ")).collect::<String>());
    assert!(message(&attributes(64)).is_ok());
    assert_eq!(message(&attributes(65)), Err(Refusal::TooManyAttributes));
    let elements = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count - 1));
    assert!(message(&elements(5_000)).is_ok());
    assert_eq!(message(&elements(5_001)), Err(Refusal::TooManyElements));
}

#[test]
fn namespaces_in_force_stop_at_32_however_they_are_spread() {
    let declared = |depth: usize, each: usize| {
        let start: String = (0..depth)
            .map(|d| format!("<a {}>", (0..each).map(|n| format!("xmlns:p{d}x{n}='u:' ")).collect::<String>()))
            .collect();
        format!("{start}{}", "</a>".repeat(depth))
    };
    assert!(message(&declared(4, 8)).is_ok());
    assert_eq!(message(&declared(5, 8)), Err(Refusal::TooManyAttributes));
}
