//! Signature wrapping: a genuine signed element is moved somewhere, a forged one takes its place.
//!
//! XSW1 to XSW8 are those of Somorovsky et al., "On Breaking SAML" (USENIX Security 2012); the others hide the genuine
//! assertion (or a forged one) in every place whose schema allows any content.

use super::*;

/// A response with a genuine signed assertion somewhere inside `content`.
fn hidden(content: &str) -> String {
    response(&content.replace("GENUINE", &sign(&assertion(), "_a1")))
}

/// The forged assertion with `content` put before its last tag.
fn forged_with(content: &str) -> String {
    swap(&forged(), "</saml:Assertion>", &format!("{content}</saml:Assertion>"))
}

/// The forged assertion with the signature (of the genuine one) where a signature belongs.
fn forged_signed_by(signature: &str) -> String {
    swap(&forged(), "</saml:Issuer>", &format!("</saml:Issuer>{signature}"))
}

/// The genuine assertion's signature, and the genuine assertion without it.
fn parts() -> (String, String) {
    cut_signature(&sign(&assertion(), "_a1"))
}

fn object(signature: &str, content: &str) -> String {
    swap(signature, "</ds:Signature>", &format!("<ds:Object>{content}</ds:Object></ds:Signature>"))
}

/// A forged response; the genuine signed response goes where `place` says, its signature to the forged one.
fn forged_response(place: fn(&str, &str) -> String) -> String {
    let (signature, genuine) = cut_signature(&sign(&response(&assertion()), "_r1"));
    let evil = swap(&response(&forged()), "_r1", "_evil_r");
    swap(&evil, "</saml:Issuer>", &format!("</saml:Issuer>{}", place(&signature, &genuine)))
}

const ROWS: &[Row] = &[
    row("XSW1", "the genuine response in an Object of the forged one's signature", "misplaced_assertion", || {
        forged_response(object)
    }),
    row("XSW2", "the genuine response beside the forged one's signature", "misplaced_assertion", || {
        forged_response(|s, g| format!("{s}{g}"))
    }),
    row("XSW3", "a forged assertion before the genuine one", "several_assertions", || {
        hidden(&format!("{}GENUINE", forged()))
    }),
    row("XSW3", "a forged assertion after the genuine one", "several_assertions", || {
        hidden(&format!("GENUINE{}", forged()))
    }),
    row("XSW4", "the genuine assertion inside a forged one", "misplaced_assertion", || hidden(&forged_with("GENUINE"))),
    row("XSW5", "the signature in the forged assertion, the genuine one behind it", "several_assertions", || {
        let (signature, genuine) = parts();
        response(&format!("{}{genuine}", forged_signed_by(&signature)))
    }),
    row("XSW6", "the genuine assertion in the forged one's signature", "misplaced_assertion", || {
        let (signature, genuine) = parts();
        response(&forged_signed_by(&swap(&signature, "</ds:Signature>", &format!("{genuine}</ds:Signature>"))))
    }),
    row("XSW7", "a forged assertion in Extensions", "misplaced_assertion", || {
        hidden(&format!("<samlp:Extensions>{}</samlp:Extensions>GENUINE", forged()))
    }),
    row("XSW8", "the genuine assertion in an Object of the forged one's signature", "misplaced_assertion", || {
        let (signature, genuine) = parts();
        response(&forged_signed_by(&object(&signature, &genuine)))
    }),
    row("OneUptime #2949", "the genuine assertion in Extensions, a forged twin of the same ID", "duplicate_id", || {
        hidden(&format!("<samlp:Extensions>GENUINE</samlp:Extensions>{}", forged().replace("_evil", "_a1")))
    }),
    row("SAML core §2.6.1", "the genuine assertion in Advice", "misplaced_assertion", || {
        hidden(&forged_with("<saml:Advice>GENUINE</saml:Advice>"))
    }),
    row("SAML core §2.7.3.1.1", "the genuine assertion in an AttributeValue", "misplaced_assertion", || {
        hidden(&swap(&forged(), ">eng<", ">GENUINE<"))
    }),
    row("SAML core §3.2.2.4", "the genuine assertion in StatusDetail", "misplaced_assertion", || {
        swap(
            &response(&forged()),
            "</samlp:Status>",
            &format!("<samlp:StatusDetail>{}</samlp:StatusDetail></samlp:Status>", sign(&assertion(), "_a1")),
        )
    }),
    row("SAML core §2.4.1.2", "the genuine assertion in SubjectConfirmationData", "misplaced_assertion", || {
        let open = swap(
            &forged(),
            &format!("Recipient=\"{ACS}\"/>"),
            &format!("Recipient=\"{ACS}\">GENUINE</saml:SubjectConfirmationData>"),
        );
        hidden(&open)
    }),
    row("XML Signature §4.5", "the genuine assertion in KeyInfo", "misplaced_assertion", || {
        let (signature, genuine) = parts();
        response(&forged_signed_by(&swap(
            &signature,
            "</ds:Signature>",
            &format!("<ds:KeyInfo>{genuine}</ds:KeyInfo></ds:Signature>"),
        )))
    }),
    row("SAML core §2.7.2.2", "the genuine assertion in AuthnContextDecl", "misplaced_assertion", || {
        hidden(&swap(
            &forged(),
            "</saml:AuthnContext>",
            "<saml:AuthnContextDecl>GENUINE</saml:AuthnContextDecl></saml:AuthnContext>",
        ))
    }),
    row("SAML core §2.3.3", "the genuine assertion inside an unknown element", "misplaced_assertion", || {
        hidden(&format!("<x>GENUINE</x>{}", forged()))
    }),
    row("XSW variant", "a whole genuine response inside a forged one", "misplaced_assertion", || {
        swap(&response(&forged()), "<samlp:Status>", &format!("{}<samlp:Status>", good().replace("_r1", "_r2")))
    }),
    row("XSW variant", "an encrypted assertion beside the genuine one", "several_assertions", || {
        hidden(&format!("GENUINE{}", seal("EncryptedAssertion", &forged(), GCM)))
    }),
    row("SAML core §5.4.2", "the signature in the Response, over the assertion", "signature_reference", || {
        let (signature, genuine) = parts();
        swap(&response(&genuine), "</saml:Issuer>", &format!("</saml:Issuer>{signature}"))
    }),
    row("XML schema of SAML assertions", "the signature last in the assertion", "signature_misplaced", || {
        let (signature, genuine) = parts();
        response(&swap(&genuine, "</saml:Assertion>", &format!("{signature}</saml:Assertion>")))
    }),
    row("SAML core §5.4.1", "the signature deeper in the assertion", "signature_misplaced", || {
        let (signature, genuine) = parts();
        response(&swap(&genuine, "</saml:Subject>", &format!("{signature}</saml:Subject>")))
    }),
    row("SAML core §5.4.1", "two signatures on one assertion", "several_signatures", || {
        let (signature, _) = parts();
        response(&swap(&sign(&assertion(), "_a1"), "</saml:Issuer>", &format!("</saml:Issuer>{signature}")))
    }),
    row("OneUptime #2981", "a decoy signature in Status", "signature_misplaced", || {
        let (signature, _) = parts();
        swap(&good(), "</samlp:Status>", &format!("{signature}</samlp:Status>"))
    }),
    row("checklist, step 3", "two elements with one ID", "duplicate_id", || {
        hidden(&forged_with("").replace("_evil", "_r1"))
    }),
    row("checklist, step 3", "an Id beside the ID", "misplaced_id", || {
        swap(&good(), " ID=\"_a1\"", " ID=\"_a1\" Id=\"_a2\"")
    }),
    row("checklist, step 3", "an xml:id", "misplaced_id", || {
        swap(&good(), "<samlp:Status>", "<samlp:Status xml:id=\"_a1\">")
    }),
    row("checklist, step 3", "an ID in a namespace", "misplaced_id", || {
        swap(&good(), "<samlp:Status>", "<samlp:Status xmlns:x=\"u:\" x:ID=\"_a1\">")
    }),
    row("checklist, step 3", "an id in lower case", "misplaced_id", || {
        swap(&good(), "<samlp:Status>", "<samlp:Status id=\"_a1\">")
    }),
    row("checklist, step 3", "no ID at the assertion", "missing_id", || {
        response(&swap(&assertion(), " ID=\"_a1\"", ""))
    }),
    row("SAML core §3.2.2", "no ID at the response", "missing_id", || swap(&good(), " ID=\"_r1\"", "")),
    row("SAML core §3.3.3", "no assertion at all", "no_assertion", || response("")),
    row("The Fragile Lock", "an assertion of a lookalike namespace", "misplaced_id", || {
        response(&forged().replace("urn:oasis:names:tc:SAML:2.0:assertion", "urn:oasis:names:tc:SAML:2.0:assertion#"))
    }),
];

#[test]
fn wrapped_signatures_are_refused() {
    all_are_refused(ROWS);
}

/// A namespace that is bound anew between the signed element and its content changes the digest.
#[test]
fn a_prefix_bound_to_another_namespace_is_noticed() {
    let xml = swap(&good(), "<saml:Conditions ", "<saml:Conditions xmlns:saml=\"urn:other\" ");
    assert_eq!(verify(&xml).unwrap_err().code(), "digest_mismatch");
}
