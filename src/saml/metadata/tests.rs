//! Metadata that is taken, and metadata that would make a connection unsafe.

use super::*;

const IDP: &str = include_str!("../../../fixtures/saml/keys/idp-rsa.crt.pem");
const NEXT: &str = include_str!("../../../fixtures/saml/keys/idp-next.crt.pem");
const WEAK: &str = include_str!("../../../fixtures/saml/keys/weak.crt.pem");

fn key(used_for: &str, pem: &str) -> String {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect::<Vec<_>>().join("\n");
    format!(
        "<KeyDescriptor{used_for}><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>\n{body}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>"
    )
}

fn entity(id: &str, content: &str) -> String {
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{id}\" validUntil=\"2027-01-01T00:00:00Z\">\
         <IDPSSODescriptor WantAuthnRequestsSigned=\"true\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{content}</IDPSSODescriptor></EntityDescriptor>"
    )
}

fn sso(location: &str) -> String {
    format!(
        "<SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:SOAP\" Location=\"https://idp.example/soap\"/>\
         <SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://idp.example/post\"/>\
         <SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{location}\"/>"
    )
}

fn good() -> String {
    entity("https://idp.example", &format!("{}{}", key(" use=\"signing\"", IDP), sso("https://idp.example/sso")))
}

fn refused(xml: &str) -> String {
    IdpMetadata::parse(xml).unwrap_err().to_string()
}

#[test]
fn everything_a_connection_needs_is_read() {
    let idp = IdpMetadata::parse(format!("<?xml version=\"1.0\"?><!-- ours -->{}", good())).unwrap();
    assert_eq!(idp.entity_id(), "https://idp.example");
    assert_eq!(idp.sso().len(), 2);
    assert_eq!(idp.sign_on().unwrap().location, "https://idp.example/sso");
    assert!(idp.slo().is_empty());
    assert!(idp.want_authn_requests_signed());
    assert_eq!(idp.valid_until(), Timestamp::parse_rfc3339("2027-01-01T00:00:00Z"));
    assert_eq!(idp.signing_certificates()[0].common_name().as_deref(), Some("idp-rsa"));
}

#[test]
fn certificates_for_any_use_count_and_those_for_encryption_do_not() {
    let keys = format!("{}{}{}", key("", IDP), key(" use=\"encryption\"", NEXT), key(" use=\"signing\"", IDP));
    let idp = IdpMetadata::parse(entity("urn:x", &format!("{keys}{}", sso("https://idp.example/sso")))).unwrap();
    assert_eq!(idp.signing_certificates().len(), 1);
}

#[test]
fn an_identity_provider_without_a_signing_certificate_cannot_be_made() {
    let only_encryption =
        entity("urn:x", &format!("{}{}", key(" use=\"encryption\"", IDP), sso("https://idp.example/sso")));
    assert_eq!(refused(&only_encryption), "the identity provider publishes no signing certificate");
    assert_eq!(
        refused(&entity("urn:x", &sso("https://idp.example/sso"))),
        "the identity provider publishes no signing certificate"
    );
    assert!(matches!(IdpMetadata::new("urn:x", vec![], vec![], vec![]), Err(MetadataError::NoSigningCertificate)));
}

#[test]
fn weak_keys_and_rubbish_are_not_certificates() {
    assert!(matches!(
        IdpMetadata::parse(good().replace(&key(" use=\"signing\"", IDP), &key("", WEAK))),
        Err(MetadataError::Certificate(KeyError::WeakKey))
    ));
    assert!(matches!(
        IdpMetadata::parse(good().replace("MII", "AAA")),
        Err(MetadataError::Certificate(KeyError::NotACertificate))
    ));
}

#[test]
fn several_entities_are_taken_only_if_one_is_an_identity_provider() {
    let of = |content: &str| {
        format!("<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">{content}</EntitiesDescriptor>")
    };
    let sp = "<EntityDescriptor entityID=\"urn:sp\"><SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"/></EntityDescriptor>";
    assert_eq!(IdpMetadata::parse(of(&format!("{sp}{}", good()))).unwrap().entity_id(), "https://idp.example");
    assert!(matches!(
        IdpMetadata::parse(of(&format!("{}{}", good(), good()))),
        Err(MetadataError::SeveralIdentityProviders)
    ));
    assert!(matches!(IdpMetadata::parse(of(sp)), Err(MetadataError::NoIdentityProvider)));
}

#[test]
fn addresses_that_are_not_http_are_refused() {
    for location in [
        "javascript:alert(1)",
        "ftp://idp.example/",
        "//idp.example",
        "https://user:pw@idp.example/",
        "https://idp.example/ x",
    ] {
        assert!(
            matches!(
                IdpMetadata::parse(good().replace("https://idp.example/sso", location)),
                Err(MetadataError::Location(_))
            ),
            "{location}"
        );
    }
}

#[test]
fn documents_that_do_not_pass_the_gate_are_refused() {
    assert!(matches!(
        IdpMetadata::parse(format!("<!DOCTYPE a>{}", good())),
        Err(MetadataError::Document(Refusal::Doctype))
    ));
    assert!(matches!(IdpMetadata::parse(" ".repeat(256 * 1024 + 1)), Err(MetadataError::TooLarge)));
    assert!(matches!(IdpMetadata::parse("<html/>"), Err(MetadataError::NoIdentityProvider)));
}
