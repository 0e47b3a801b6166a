//! Refused as bytes, or as a document that is not the one message there should be.

use super::*;

fn before_root(text: &str) -> String {
    format!("{text}{}", good())
}

fn in_name_id(text: &str) -> String {
    swap(&good(), "ann@corp.example</saml:NameID>", &format!("ann@corp.example{text}</saml:NameID>"))
}

const ROWS: &[Row] = &[
    row("XML 1.0 §2.8", "a harmless document type", "doctype", || before_root("<!DOCTYPE samlp:Response>")),
    row("CWE-611", "an external entity", "doctype", || {
        before_root("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>")
    }),
    row("CWE-611", "an external subset", "doctype", || before_root("<!DOCTYPE a SYSTEM \"http://127.0.0.1/x.dtd\">")),
    row("CWE-776", "a billion laughs", "doctype", || {
        before_root("<!DOCTYPE a [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]>")
    }),
    row("CVE-2025-25291", "a document type inside the root", "doctype", || {
        swap(&good(), "<samlp:Status>", "<!DOCTYPE a><samlp:Status>")
    }),
    row("XML 1.0 §4.1", "an entity nobody declared", "not_well_formed", || in_name_id("&evil;")),
    row("CVE-2017-11427", "a comment in the NameID", "comment", || in_name_id("<!---->.evil.example")),
    row("OneUptime #2988", "a processing instruction in the NameID", "processing_instruction", || {
        in_name_id("<?x y?>")
    }),
    row("SAMLStorm", "a CDATA section in the NameID", "cdata", || in_name_id("<![CDATA[x]]>")),
    row("CVE-2025-29775", "a comment in the DigestValue", "comment", || {
        swap(&good(), "<ds:DigestValue>", "<ds:DigestValue><!-- x -->")
    }),
    row("XML 1.0 §2.2", "a NUL", "forbidden_character", || in_name_id("\0")),
    row("XML 1.0 §4.1", "a NUL by reference", "not_well_formed", || in_name_id("&#0;")),
    row("XML 1.0 §4.3.3", "UTF-7 declared", "xml_declaration", || {
        before_root("<?xml version=\"1.0\" encoding=\"UTF-7\"?>")
    }),
    row("XML 1.0 §4.3.3", "UTF-16 declared", "xml_declaration", || {
        before_root("<?xml version=\"1.0\" encoding=\"UTF-16\"?>")
    }),
    row("XML 1.1", "XML 1.1 declared", "xml_declaration", || before_root("<?xml version=\"1.1\"?>")),
    row("libxml2 recovery", "text after the root", "not_well_formed", || format!("{}trailing", good())),
    row("libxml2 recovery", "a second root", "not_well_formed", || format!("{}{}", good(), good())),
    row("libxml2 recovery", "an end tag too many", "not_well_formed", || format!("{}</a>", good())),
    row("libxml2 recovery", "end tags crossed", "not_well_formed", || {
        swap(&good(), "</saml:Conditions>", "</saml:Condition>")
    }),
    row("XML namespaces 1.0 §2.1", "a relative namespace name", "namespace_name", || {
        swap(&good(), "<samlp:Status>", "<samlp:Status xmlns:x=\"../rel\">")
    }),
    row("The Fragile Lock", "a namespace name that is no URI", "namespace_name", || {
        swap(&good(), "<samlp:Status>", "<samlp:Status xmlns:x=\"1\">")
    }),
    row("XML namespaces 1.0 §5", "a prefix undeclared", "namespace_name", || {
        swap(&good(), "<samlp:Status>", "<samlp:Status xmlns:x=\"\">")
    }),
    row("XML namespaces 1.0 §6.3", "an attribute twice by two prefixes", "not_well_formed", || {
        swap(&good(), "<samlp:Status>", "<samlp:Status xmlns:x=\"u:\" xmlns:y=\"u:\" x:a=\"1\" y:a=\"2\">")
    }),
    row("XML 1.0 §3.1", "an attribute twice", "not_well_formed", || {
        swap(&good(), " ID=\"_a1\"", " ID=\"_a1\" ID=\"_a2\"")
    }),
    row("checklist, step 2", "elements 33 deep", "too_deep", || {
        swap(&good(), "<samlp:Status>", &format!("{}{}<samlp:Status>", "<a>".repeat(33), "</a>".repeat(33)))
    }),
    row("checklist, step 2", "65 attributes", "too_many_attributes", || {
        swap(
            &good(),
            "<samlp:Status>",
            &format!("<samlp:Status {}>", (0..65).map(|n| format!("a{n}='' ")).collect::<String>()),
        )
    }),
    row("checklist, step 2", "5001 elements", "too_many_elements", || {
        swap(&good(), "<samlp:Status>", &format!("<a>{}</a><samlp:Status>", "<b/>".repeat(5_001)))
    }),
    row("checklist, step 2", "300 KiB", "too_large", || in_name_id(&"x".repeat(300 * 1024))),
    row("checklist, step 3", "the assertion as the root", "unexpected_root", || sign(&assertion(), "_a1")),
    row("SAML core §3.3", "a Response of another namespace", "unexpected_root", || {
        good().replace("SAML:2.0:protocol", "SAML:1.1:protocol")
    }),
    row("The Fragile Lock", "a Response without a namespace", "not_well_formed", || {
        good().replace("xmlns:samlp=", "xmlns:other=")
    }),
    row("SAML core §3.2.2", "version 1.1", "version", || swap(&good(), "Version=\"2.0\"", "Version=\"1.1\"")),
    row("SAML core §2.3.3", "an assertion of version 1.1", "version", || {
        response(&sign(&swap(&assertion(), "Version=\"2.0\"", "Version=\"1.1\""), "_a1"))
    }),
];

#[test]
fn documents_that_are_not_what_they_should_be_are_refused() {
    all_are_refused(ROWS);
}
