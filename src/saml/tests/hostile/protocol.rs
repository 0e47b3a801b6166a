//! Signed by the right key, and still not a sign-in here and now.

use super::*;

/// A response whose (signed) assertion has `from` replaced by `to`.
fn saying(from: &str, to: &str) -> String {
    response(&sign(&swap(&assertion(), from, to), "_a1"))
}

/// A signed response that has `from` replaced by `to`.
fn answering(from: &str, to: &str) -> String {
    sign(&swap(&response(&assertion()), from, to), "_r1")
}

/// The assertion without everything from `start` to the end of `end`.
fn without(start: &str, end: &str) -> String {
    let text = assertion();
    let (from, to) = (text.find(start).unwrap(), text.find(end).unwrap() + end.len());
    response(&sign(&format!("{}{}", &text[..from], &text[to..]), "_a1"))
}

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";

const ROWS: &[Row] = &[
    row("SAML core §3.2.2.2", "an error status", "status", || answering(SUCCESS, RESPONDER)),
    row("SAML core §3.2.2.2", "an error status around a signed assertion", "status", || {
        swap(&good(), SUCCESS, RESPONDER)
    }),
    row("checklist, step 8", "Success inside an error", "status", || {
        answering(
            &format!("<samlp:StatusCode Value=\"{SUCCESS}\"/>"),
            &format!(
                "<samlp:StatusCode Value=\"{RESPONDER}\"><samlp:StatusCode Value=\"{SUCCESS}\"/></samlp:StatusCode>"
            ),
        )
    }),
    row("OneUptime #2981", "a signed error response with a forged assertion parked in an Object", "status", || {
        let signed = sign(&swap(&response(""), SUCCESS, RESPONDER), "_r1");
        swap(&signed, "</ds:Signature>", &format!("<ds:Object>{}</ds:Object></ds:Signature>", forged()))
    }),
    row("checklist, step 8", "no status", "missing_element", || {
        answering(&format!("<samlp:Status><samlp:StatusCode Value=\"{SUCCESS}\"/></samlp:Status>"), "")
    }),
    row("SAML core §3.2.2.1", "two statuses", "repeated_element", || {
        swap(
            &good(),
            "<samlp:Status>",
            &format!("<samlp:Status><samlp:StatusCode Value=\"{SUCCESS}\"/></samlp:Status><samlp:Status>"),
        )
    }),
    row("checklist, step 8", "another issuer of the response", "issuer", || swap(&good(), IDP, "https://evil.example")),
    row("SAML profiles §4.1.4.2", "another issuer of the assertion", "issuer", || saying(IDP, "https://evil.example")),
    row("SAML core §8.3.6", "an issuer of another format", "issuer", || {
        saying("<saml:Issuer>", "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\">")
    }),
    row("SAML core §2.3.3", "no issuer of the assertion", "missing_issuer", || {
        let no_issuer = swap(&assertion(), &format!("<saml:Issuer>{IDP}</saml:Issuer>"), "");
        sign(&response(&no_issuer), "_r1")
    }),
    row("SAML profiles §4.1.4.2", "no issuer of an encrypted assertion's response", "missing_issuer", || {
        let xml = response(&seal("EncryptedAssertion", &sign(&assertion(), "_a1"), GCM));
        swap(
            &xml,
            &format!("<saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{IDP}</saml:Issuer>"),
            "",
        )
    }),
    row("checklist, step 8", "another destination", "destination", || {
        swap(&good(), &format!("Destination=\"{ACS}\""), "Destination=\"https://other.example/acs\"")
    }),
    row("checklist, step 8", "a destination that begins like ours", "destination", || {
        swap(&good(), &format!("Destination=\"{ACS}\""), &format!("Destination=\"{ACS}/x\""))
    }),
    row("SAML bindings §3.5.5.2", "a signed response without a destination", "missing_destination", || {
        answering(&format!(" Destination=\"{ACS}\""), "")
    }),
    row("SAML core §3.2.2", "a response from the future", "issued_in_future", || {
        answering("IssueInstant=\"2026-11-22T10:00:00Z\"", "IssueInstant=\"2026-11-22T11:00:00Z\"")
    }),
    row("SAML core §2.3.3", "an assertion from the future", "issued_in_future", || {
        saying("IssueInstant=\"2026-11-22T10:00:00Z\"", "IssueInstant=\"2026-11-22T11:00:00Z\"")
    }),
    row("SAML core §1.3.3", "a moment without a zone", "not_a_moment", || {
        saying("IssueInstant=\"2026-11-22T10:00:00Z\"", "IssueInstant=\"2026-11-22T10:00:00\"")
    }),
    row("checklist, step 8", "no Conditions", "missing_conditions", || {
        without("<saml:Conditions", "</saml:Conditions>")
    }),
    row("checklist, step 8", "no AudienceRestriction", "missing_audience", || {
        without("<saml:AudienceRestriction>", "</saml:AudienceRestriction>")
    }),
    row("SAML core §2.5.1.4", "an AudienceRestriction without audiences", "missing_audience", || {
        without("<saml:Audience>", "</saml:Audience>")
    }),
    row("SAML core §2.5.1.4", "another audience", "audience", || {
        saying(&format!("<saml:Audience>{SP}<"), "<saml:Audience>https://other.example<")
    }),
    row("checklist, step 8", "two restrictions of which one is another's", "audience", || {
        saying(
            "</saml:Conditions>",
            "<saml:AudienceRestriction><saml:Audience>https://other.example</saml:Audience></saml:AudienceRestriction></saml:Conditions>",
        )
    }),
    row("SAML core §2.5.1", "a condition not understood", "unknown_condition", || {
        saying("</saml:Conditions>", "<saml:Condition/></saml:Conditions>")
    }),
    row("SAML core §2.5.1.2", "conditions that begin later", "not_yet_valid", || {
        saying("NotBefore=\"2026-11-22T09:55:00Z\"", "NotBefore=\"2026-11-22T10:03:00Z\"")
    }),
    row("SAML core §2.5.1.2", "conditions that are over", "expired", || {
        saying("NotOnOrAfter=\"2026-11-22T10:10:00Z\"", "NotOnOrAfter=\"2026-11-22T09:57:00Z\"")
    }),
    row("SAML profiles §4.1.4.2", "no bearer confirmation", "no_bearer_confirmation", || {
        saying("cm:bearer", "cm:sender-vouches")
    }),
    row("SAML profiles §4.1.4.2", "no confirmation data", "missing_recipient", || {
        without("<saml:SubjectConfirmationData", "/>")
    }),
    row("SAML profiles §4.1.4.2", "no recipient", "missing_recipient", || {
        saying(&format!(" Recipient=\"{ACS}\""), "")
    }),
    row("SAML profiles §4.1.4.2", "another recipient", "recipient", || {
        saying(&format!("Recipient=\"{ACS}\""), "Recipient=\"https://other.example/acs\"")
    }),
    row("SAML profiles §4.1.4.2", "no NotOnOrAfter at the confirmation", "missing_expiry", || {
        saying(" NotOnOrAfter=\"2026-11-22T10:05:00Z\"", "")
    }),
    row("SAML profiles §4.1.4.2", "a confirmation that is over", "expired", || {
        saying("NotOnOrAfter=\"2026-11-22T10:05:00Z\"", "NotOnOrAfter=\"2026-11-22T09:58:00Z\"")
    }),
    row("SAML core §2.4.1.2", "a confirmation that begins later", "not_yet_valid", || {
        saying("<saml:SubjectConfirmationData ", "<saml:SubjectConfirmationData NotBefore=\"2026-11-22T10:30:00Z\" ")
    }),
    row("SAML profiles §4.1.4.3", "an answer to another request", "request_mismatch", || {
        swap(&good(), "InResponseTo=\"_q1\"", "InResponseTo=\"_q2\"")
    }),
    row("checklist, step 8", "a confirmation for another request", "request_mismatch", || {
        saying("InResponseTo=\"_q1\"", "InResponseTo=\"_q2\"")
    }),
    row("SAML profiles §4.1.4.3", "no InResponseTo at the response", "missing_in_response_to", || {
        swap(&good(), " InResponseTo=\"_q1\"", "")
    }),
    row("SAML profiles §4.1.4.3", "no InResponseTo at the confirmation", "missing_in_response_to", || {
        saying(" InResponseTo=\"_q1\"", "")
    }),
    row("SAML core §2.4.1", "no subject", "missing_subject", || without("<saml:Subject>", "</saml:Subject>")),
    row("SAML core §2.4.1", "no NameID", "missing_subject", || without("<saml:NameID", "</saml:NameID>")),
    row("SAML core §2.4.1", "two NameIDs", "repeated_element", || {
        saying("</saml:NameID>", "</saml:NameID><saml:NameID>root</saml:NameID>")
    }),
    row("checklist, step 8", "an empty NameID", "name_id", || {
        saying(">ann@corp.example</saml:NameID>", "></saml:NameID>")
    }),
    row("checklist, step 7", "a NameID of white space", "name_id", || {
        saying(">ann@corp.example</saml:NameID>", "> \n</saml:NameID>")
    }),
    row("checklist, step 7", "a NameID with white space at its end", "name_id", || {
        saying("example</saml:NameID>", "example </saml:NameID>")
    }),
    row("checklist, step 7", "an element in the NameID", "not_plain_text", || {
        saying("example</saml:NameID>", "example<x/>.evil</saml:NameID>")
    }),
    row("checklist, step 7", "an element in the Audience", "not_plain_text", || {
        saying("</saml:Audience>", "<x/></saml:Audience>")
    }),
    row("checklist, step 7", "an element in the Issuer", "not_plain_text", || {
        saying("</saml:Issuer>", "<x/></saml:Issuer>")
    }),
    row("checklist, step 8", "no AuthnStatement", "no_authn_statement", || {
        without("<saml:AuthnStatement", "</saml:AuthnStatement>")
    }),
    row("checklist, step 8", "a session that is over", "session_expired", || {
        saying("SessionNotOnOrAfter=\"2026-11-22T18:00:00Z\"", "SessionNotOnOrAfter=\"2026-11-22T09:00:00Z\"")
    }),
    row("SAML core §2.7.2", "a sign-in in the future", "authn_in_future", || {
        saying("AuthnInstant=\"2026-11-22T09:59:30Z\"", "AuthnInstant=\"2026-11-22T12:00:00Z\"")
    }),
    row("limits", "an attribute value of 9 KiB", "text_too_long", || {
        saying(">eng<", &format!(">{}<", "x".repeat(9 * 1024)))
    }),
];

#[test]
fn sign_ins_that_are_not_for_here_and_now_are_refused() {
    all_are_refused(ROWS);
}

#[test]
fn an_answer_nobody_waits_for_is_refused_even_where_the_identity_provider_may_begin() {
    let refused = verify_with(&good(), |e| {
        e.pending = None;
        e.unsolicited_allowed = true;
    });
    assert_eq!(refused.unwrap_err().code(), "unknown_request");
}

#[test]
fn the_reason_of_an_error_status_is_passed_on_to_the_admin() {
    let denied = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:AuthnFailed\"/></samlp:StatusCode><samlp:StatusMessage>AADSTS75011</samlp:StatusMessage>";
    let xml = swap(
        &response(""),
        &format!("<samlp:StatusCode Value=\"{SUCCESS}\"/>"),
        &format!("<samlp:StatusCode Value=\"{RESPONDER}\">{denied}"),
    );
    let refusal = verify(&xml).unwrap_err();
    assert!(refusal.to_string().contains("AADSTS75011"), "{refusal}");
    assert!(refusal.to_string().contains("status:AuthnFailed"), "{refusal}");
}
