use super::*;
use crate::saml::gate::Kind;

/// The canonical form of the element named `apex`.
fn canonical(xml: &str, apex: &str, method: &Method) -> String {
    let document = tree::parse(xml.as_bytes(), Kind::Message).unwrap();
    let node = document.descendants().find(|node| node.tag_name().name() == apex).unwrap();
    String::from_utf8(bytes(node, None, method).unwrap()).unwrap()
}

mod exclusive {
    use super::*;

    #[test]
    fn only_visibly_used_namespaces_are_written_where_they_are_first_used() {
        let xml = "<n0:local xmlns:n0=\"foo:bar\" xmlns:n3=\"ftp://example.org\"><n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\"><n3:stuff/></n1:elem2></n0:local>";
        assert_eq!(
            canonical(xml, "elem2", &Method::exclusive()),
            "<n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\"><n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff></n1:elem2>"
        );
    }

    #[test]
    fn listed_prefixes_are_written_at_the_apex_if_they_are_in_scope() {
        let xml = "<a xmlns:xs=\"urn:xs\" xmlns:n=\"urn:n\"><b/></a>";
        let method = Method::Exclusive(vec!["xs".to_owned(), "missing".to_owned()]);
        assert_eq!(canonical(xml, "b", &method), "<b xmlns:xs=\"urn:xs\"></b>");
    }

    #[test]
    fn a_default_namespace_is_undeclared_only_where_one_was_written() {
        let xml = "<a xmlns=\"urn:a\"><b xmlns=\"\"><c/></b></a>";
        assert_eq!(canonical(xml, "a", &Method::exclusive()), "<a xmlns=\"urn:a\"><b xmlns=\"\"><c></c></b></a>");
        assert_eq!(canonical(xml, "b", &Method::exclusive()), "<b><c></c></b>");
    }

    #[test]
    fn attributes_go_by_namespace_name_and_characters_are_escaped() {
        let xml =
            "<a z='1' b:y='\"&lt;&#9;&#10;&#13;>' a:x='2' xmlns:a='urn:2' xmlns:b='urn:1'>&gt;&amp;&#13;\r\n'\"</a>";
        assert_eq!(
            canonical(xml, "a", &Method::exclusive()),
            "<a xmlns:a=\"urn:2\" xmlns:b=\"urn:1\" z=\"1\" b:y=\"&quot;&lt;&#x9;&#xA;&#xD;>\" a:x=\"2\">&gt;&amp;&#xD;\n'\"</a>"
        );
    }

    #[test]
    fn a_prefix_bound_anew_is_written_anew() {
        let xml = "<p:a xmlns:p='urn:1'><p:b xmlns:p='urn:2'><p:c/></p:b><p:d/></p:a>";
        assert_eq!(
            canonical(xml, "a", &Method::exclusive()),
            "<p:a xmlns:p=\"urn:1\"><p:b xmlns:p=\"urn:2\"><p:c></p:c></p:b><p:d></p:d></p:a>"
        );
    }
}

mod inclusive {
    use super::*;

    #[test]
    fn all_namespaces_in_scope_and_inherited_xml_attributes_are_written_at_the_apex() {
        let xml = "<a xmlns='urn:a' xmlns:x='urn:x' xml:lang='en' q='1'><b xml:space='preserve'><c/></b></a>";
        assert_eq!(
            canonical(xml, "b", &Method::Inclusive),
            "<b xmlns=\"urn:a\" xmlns:x=\"urn:x\" xml:lang=\"en\" xml:space=\"preserve\"><c></c></b>"
        );
    }
}

#[test]
fn output_that_grows_without_end_is_cut_off() {
    let uri = format!("urn:{}", "x".repeat(500));
    let xml = format!("<a xmlns:p='{uri}'>{}</a>", "<p:b/>".repeat(4_000));
    let document = tree::parse(xml.as_bytes(), Kind::Message).unwrap();
    assert_eq!(bytes(document.root_element(), None, &Method::exclusive()), Err(Refusal::TooLarge));
}

proptest::proptest! {
    #[test]
    fn canonical_bytes_are_their_own_canonical_form(text in "[ a-z<>&\"'\r\n\té]{0,40}", value in "[ a-z<>&\"'\r\n\té]{0,40}") {
        let escape = |s: &str| s.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\r', "&#13;");
        let xml = format!("<p:a xmlns:p='urn:p' xmlns='urn:d' b=\"{}\"><c>{}</c></p:a>", escape(&value), escape(&text));
        let once = canonical(&xml, "a", &Method::exclusive());
        proptest::prop_assert_eq!(canonical(&once, "a", &Method::exclusive()), once);
    }
}
