//! A real answer, changed the way attackers change them, at the real assertion consumer. Every family is tested by itself
//! in `src/saml/tests`; here is one of each, over HTTP.

use super::world::{Sent, World, client, post_to, provision, who};
use crate::support::Gateway;

/// `text` with `from` replaced once. A change that changes nothing tests nothing.
#[track_caller]
fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` is not in {text}");
    text.replacen(from, to, 1)
}

/// What is between `from` and `to`, with both.
#[track_caller]
fn cut<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap();
    let inside = start + from.len();
    let end = inside + text[inside..].find(to).unwrap() + to.len();
    &text[start..end]
}

/// What an attacker makes of an answer: the expected reason, and the document.
fn forgeries(genuine: &str) -> Vec<(&'static str, String)> {
    let assertion = cut(genuine, "<saml:Assertion", "</saml:Assertion>");
    let signature = cut(assertion, "<ds:Signature", "</ds:Signature>");
    let id = cut(assertion, "ID=\"", "\" ");
    let forged =
        swap(&swap(assertion, signature, ""), "ann@corp.example</saml:NameID>", "root@corp.example</saml:NameID>");
    let evil = swap(&forged, id, "ID=\"_evil\" ");
    let reference = cut(signature, "URI=\"", "\"");
    let status = "urn:oasis:names:tc:SAML:2.0:status:Success";
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    let declared = |dtd: &str| format!("{dtd}{}", genuine.split_once("?>").map_or(genuine, |(_, rest)| rest));
    vec![
        ("digest_mismatch", swap(genuine, "ann@corp.example</saml:NameID>", "root@corp.example</saml:NameID>")),
        ("digest_mismatch", swap(genuine, ">eng<", ">admins<")),
        ("unsigned", swap(genuine, signature, "")),
        (
            "comment",
            swap(genuine, "ann@corp.example</saml:NameID>", "ann@corp.example<!---->.evil.example</saml:NameID>"),
        ),
        ("doctype", declared("<!DOCTYPE x SYSTEM \"http://127.0.0.1:1/evil.dtd\">")),
        ("doctype", declared(bomb)),
        ("processing_instruction", swap(genuine, "</saml:NameID>", "<?x y?></saml:NameID>")),
        ("several_assertions", swap(genuine, assertion, &format!("{evil}{assertion}"))),
        ("several_assertions", swap(genuine, assertion, &format!("{assertion}{evil}"))),
        (
            "misplaced_assertion",
            swap(genuine, "<samlp:Status>", &format!("<samlp:Extensions>{assertion}</samlp:Extensions><samlp:Status>")),
        ),
        (
            "misplaced_assertion",
            swap(
                genuine,
                assertion,
                &swap(
                    &evil,
                    "</saml:Issuer>",
                    &format!(
                        "</saml:Issuer>{}",
                        swap(
                            signature,
                            "</ds:Signature>",
                            &format!("<ds:Object>{assertion}</ds:Object></ds:Signature>")
                        )
                    ),
                ),
            ),
        ),
        ("signature_reference", swap(genuine, reference, "URI=\"http://127.0.0.1:1/\"")),
        ("signature_reference", swap(genuine, reference, "URI=\"\"")),
        (
            "signature_transform",
            swap(
                genuine,
                "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
                "http://www.w3.org/TR/1999/REC-xslt-19991116",
            ),
        ),
        (
            "signature_algorithm",
            swap(
                genuine,
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            ),
        ),
        (
            "signature_algorithm",
            swap(
                genuine,
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            ),
        ),
        ("status", swap(genuine, status, "urn:oasis:names:tc:SAML:2.0:status:Responder")),
        ("destination", swap(genuine, "Destination=\"", "Destination=\"https://other.example/")),
        ("request_mismatch", swap(genuine, "InResponseTo=\"", "InResponseTo=\"_x")),
        ("issuer", swap(genuine, "</saml:Issuer>", ".evil</saml:Issuer>")),
        ("version", swap(genuine, "Version=\"2.0\"", "Version=\"1.1\"")),
        (
            "too_deep",
            swap(genuine, "<samlp:Status>", &format!("{}{}<samlp:Status>", "<x>".repeat(100), "</x>".repeat(100))),
        ),
        ("not_well_formed", format!("{genuine}<x/>")),
        ("not_well_formed", genuine[..genuine.len() / 2].to_owned()),
        ("no_assertion", swap(genuine, assertion, "")),
        ("too_large", swap(genuine, "<samlp:Status>", &format!("{}<samlp:Status>", " ".repeat(260 * 1024)))),
    ]
}

on_both! {
    fn no_forgery_signs_anybody_in_and_the_genuine_answer_still_does(gateway: &Gateway) {
        provision(gateway);
        let world = World::new(gateway);
        let (browser, genuine) = world.answered();
        let mut codes = Vec::new();
        for (code, xml) in forgeries(&genuine.xml()) {
            let answer = world.post(&browser, &genuine.saying(&xml));
            assert!((400..500).contains(&answer.status), "{code}: {} {}", answer.status, answer.body);
            assert!(answer.headers.get_all("set-cookie").iter().next().is_none(), "{code}");
            assert_eq!(who(gateway, &browser), None, "{code}");
            codes.push(code);
        }
        for bytes in [&b"\xff\xfe<\0x\0"[..], b"", b"x", b"<x>\0</x>"] {
            let answer = world.post(&browser, &genuine.saying(bytes));
            assert_eq!(answer.status, 403, "{bytes:?}: {}", answer.body);
        }
        let not_base64 = Sent { response: "%%%".to_owned(), ..genuine.clone() };
        world.refused(&world.post(&browser, &not_base64), "not_base64");
        for code in codes {
            world.noted(code);
        }
        world.post(&browser, &genuine).expect(303);
    }

    fn a_form_with_no_answer_or_with_two_is_refused(gateway: &Gateway) {
        let world = World::new(gateway);
        let (browser, sent) = world.answered();
        let answer = |value: &str| ("SAMLResponse".to_owned(), value.to_owned());
        let acs = world.url("acs_url");
        let form = client(&browser);
        form.form(acs, &[]).expect(400);
        form.form(acs, &[answer(&sent.response), answer(&sent.response)]).expect(400);
        gateway.http().get(acs).expect(405);
    }

    fn an_address_of_no_connection_is_not_found(gateway: &Gateway) {
        let world = World::new(gateway);
        let (browser, sent) = world.answered();
        for id in ["019a0000-0000-7000-8000-000000000001", "x"] {
            post_to(&format!("{}/saml/{id}/acs", gateway.url()), &browser, &sent).expect(404);
        }
    }
}
