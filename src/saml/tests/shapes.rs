//! Responses in the shapes that Okta, Entra and Google are documented to send: prefixes, order, attribute names.

use super::lab::*;
use crate::saml::attributes::{email_of, subject_key};
use crate::saml::canonical::Method;
use crate::saml::{Groups, Preset};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// Okta: response and assertion signed, `saml2` prefixes, an entity format on the Issuer, `xs` in the PrefixList, the
/// SessionIndex is the request's id.
fn okta() -> String {
    let issuer = format!(
        "<saml2:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\" xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">{IDP}</saml2:Issuer>"
    );
    let value = |text: &str| {
        format!(
            "<saml2:AttributeValue xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">{text}</saml2:AttributeValue>"
        )
    };
    let assertion = format!(
        "<saml2:Assertion ID=\"id1\" IssueInstant=\"2026-11-22T09:59:59.123Z\" Version=\"2.0\" xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">{issuer}\
         <saml2:Subject><saml2:NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\">ann@corp.example</saml2:NameID>\
         <saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml2:SubjectConfirmationData InResponseTo=\"_q1\" NotOnOrAfter=\"2026-11-22T10:04:59.123Z\" Recipient=\"{ACS}\"/></saml2:SubjectConfirmation></saml2:Subject>\
         <saml2:Conditions NotBefore=\"2026-11-22T09:54:59.123Z\" NotOnOrAfter=\"2026-11-22T10:04:59.123Z\"><saml2:AudienceRestriction><saml2:Audience>{SP}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions>\
         <saml2:AuthnStatement AuthnInstant=\"2026-11-22T09:50:00.000Z\" SessionIndex=\"_q1\"><saml2:AuthnContext><saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement>\
         <saml2:AttributeStatement><saml2:Attribute Name=\"email\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified\">{}</saml2:Attribute>\
         <saml2:Attribute Name=\"groups\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified\">{}{}</saml2:Attribute></saml2:AttributeStatement></saml2:Assertion>",
        value("ann@corp.example"),
        value("Everyone"),
        value("Engineering")
    );
    let style = Style { method: Method::Exclusive(vec!["xs".to_owned()]), ..Style::default() };
    let response = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><saml2p:Response Destination=\"{ACS}\" ID=\"id2\" InResponseTo=\"_q1\" IssueInstant=\"2026-11-22T09:59:59.123Z\" Version=\"2.0\" xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">{issuer}\
         <saml2p:Status xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\"><saml2p:StatusCode Value=\"{SUCCESS}\"/></saml2p:Status>{}</saml2p:Response>",
        sign_as(&assertion, "id1", &style)
    );
    sign_as(&response, "id2", &style)
}

/// Entra: the assertion signed, default namespaces, attributes before the AuthnStatement, valid from the moment of issue
/// for 70 minutes, no NotBefore slack.
fn entra(groups: &str) -> String {
    let assertion = format!(
        "<Assertion ID=\"_a1\" IssueInstant=\"2026-11-22T10:00:00.500Z\" Version=\"2.0\" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer>{IDP}</Issuer>\
         <Subject><NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">ann@corp.example</NameID>\
         <SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><SubjectConfirmationData InResponseTo=\"_q1\" NotOnOrAfter=\"2026-11-22T11:10:00.500Z\" Recipient=\"{ACS}\"/></SubjectConfirmation></Subject>\
         <Conditions NotBefore=\"2026-11-22T10:00:00.500Z\" NotOnOrAfter=\"2026-11-22T11:10:00.500Z\"><AudienceRestriction><Audience>{SP}</Audience></AudienceRestriction></Conditions>\
         <AttributeStatement><Attribute Name=\"http://schemas.microsoft.com/identity/claims/tenantid\"><AttributeValue>11111111-2222-3333-4444-555555555555</AttributeValue></Attribute>\
         <Attribute Name=\"http://schemas.microsoft.com/identity/claims/objectidentifier\"><AttributeValue>66666666-7777-8888-9999-000000000000</AttributeValue></Attribute>\
         <Attribute Name=\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress\"><AttributeValue>ann@corp.example</AttributeValue></Attribute>{groups}</AttributeStatement>\
         <AuthnStatement AuthnInstant=\"2026-11-22T09:00:00.000Z\" SessionIndex=\"_a1\"><AuthnContext><AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</AuthnContextClassRef></AuthnContext></AuthnStatement></Assertion>"
    );
    format!(
        "<samlp:Response ID=\"_r1\" Version=\"2.0\" IssueInstant=\"2026-11-22T10:00:00.500Z\" Destination=\"{ACS}\" InResponseTo=\"_q1\" xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{IDP}</Issuer><samlp:Status><samlp:StatusCode Value=\"{SUCCESS}\"/></samlp:Status>{}</samlp:Response>",
        sign(&assertion, "_a1")
    )
}

#[test]
fn okta_is_understood() {
    let verified = verify_with(&okta(), |e| e.require = crate::saml::Require::Both).unwrap();
    assert_eq!(verified.session_index.as_deref(), Some("_q1"));
    let groups = Groups::Known(vec!["Everyone".to_owned(), "Engineering".to_owned()]);
    assert_eq!(verified.attributes.groups(Preset::Okta, None), groups);
    assert_eq!(email_of(&verified.attributes, &verified.name_id, Preset::Okta), Some("ann@corp.example"));
    assert_eq!(subject_key(&verified.attributes, &verified.name_id, Preset::Okta), Some("ann@corp.example"));
}

#[test]
fn entra_is_understood_and_keyed_by_its_object_id() {
    let verified = verify(&entra("<Attribute Name=\"http://schemas.microsoft.com/ws/2008/06/identity/claims/groups\"><AttributeValue>g-1</AttributeValue><AttributeValue>g-2</AttributeValue></Attribute>")).unwrap();
    let key = subject_key(&verified.attributes, &verified.name_id, Preset::Entra);
    assert_eq!(key, Some("66666666-7777-8888-9999-000000000000"));
    assert_eq!(
        verified.attributes.groups(Preset::Entra, None),
        Groups::Known(vec!["g-1".to_owned(), "g-2".to_owned()])
    );
    assert_eq!(verified.replay_until.rfc3339(), "2026-11-22T11:12:00.5Z");
}

#[test]
fn entras_groups_link_means_unknown_and_not_none() {
    let link = "<Attribute Name=\"http://schemas.microsoft.com/claims/groups.link\"><AttributeValue>https://graph.example/getMemberObjects</AttributeValue></Attribute>";
    assert_eq!(verify(&entra(link)).unwrap().attributes.groups(Preset::Entra, None), Groups::Unknown);
    assert_eq!(verify(&entra("")).unwrap().attributes.groups(Preset::Entra, None), Groups::Absent);
}

/// Google: the whole response signed on request, no authentication context told, no groups by default.
#[test]
fn google_is_understood() {
    let assertion = swap(
        &assertion(),
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Password<",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified<",
    );
    let verified = verify(&sign(&response(&assertion), "_r1")).unwrap();
    assert_eq!(verified.authn_context.as_deref(), Some("urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"));
}

/// eduPersonTargetedID puts a NameID into an AttributeValue; others send untyped, empty and nil values.
#[test]
fn values_of_every_shape_are_read_as_their_text() {
    let values = "<saml:Attribute Name=\"odd\" FriendlyName=\"Odd\"><saml:AttributeValue><saml:NameID NameQualifier=\"q\">pairwise</saml:NameID></saml:AttributeValue>\
                  <saml:AttributeValue/><saml:AttributeValue> \n trimmed </saml:AttributeValue></saml:Attribute></saml:AttributeStatement>";
    let xml = response(&sign(&swap(&assertion(), "</saml:AttributeStatement>", values), "_a1"));
    let attributes = verify(&xml).unwrap().attributes;
    assert_eq!(attributes.values("ODD").collect::<Vec<_>>(), ["pairwise", "trimmed"]);
}

#[test]
fn the_entity_id_tells_which_identity_provider_it_is_and_a_look_alike_does_not() {
    use crate::saml::Preset;
    let presets = [
        ("https://sts.windows.net/0f0e/", Preset::Entra),
        ("http://www.okta.com/exk1", Preset::Okta),
        ("https://accounts.google.com/o/saml2?idpid=C01", Preset::Google),
        ("https://idp.example/sts.windows.net/", Preset::Generic),
        ("https://evilokta.com/", Preset::Generic),
        ("urn:idp", Preset::Generic),
    ];
    for (entity_id, preset) in presets {
        assert_eq!(Preset::of_entity_id(entity_id), preset, "{entity_id}");
    }
}
