//! Our verifier against what a whole other identity provider sent (see `fixtures/saml/simplesamlphp/README.md`).

use super::lab::{SP_CERTIFICATE, SP_KEY};
use crate::model::{Secret, Timestamp};
use crate::saml::encoding::to_base64;
use crate::saml::{
    Expectation, Groups, IdpMetadata, Preset, Refusal, Require, ServiceProvider, SpKey, VerifiedAssertion, response,
};

const METADATA: &str = include_str!("../../../fixtures/saml/simplesamlphp/metadata.xml");

fn verify(behaviour: &str, xml: &str) -> Result<VerifiedAssertion, Refusal> {
    let key = SpKey::parse(&Secret::new(SP_KEY), SP_CERTIFICATE).unwrap();
    let (entity_id, acs) =
        (format!("https://gate.example/{behaviour}"), format!("http://127.0.0.1:9901/acs/{behaviour}"));
    let expectation = Expectation {
        idp: &IdpMetadata::parse(METADATA).unwrap(),
        sp: &ServiceProvider::new(&entity_id, &acs, None, Some(key)).unwrap(),
        pending: None,
        unsolicited_allowed: true,
        now: Timestamp::parse_rfc3339("2026-11-22T03:39:00Z").unwrap(),
        skew: response::DEFAULT_SKEW,
        allow_cbc: true,
        require: Require::Either,
    };
    response::verify(&to_base64(xml.as_bytes()), &expectation)
}

macro_rules! document {
    ($behaviour:literal) => {
        verify($behaviour, include_str!(concat!("../../../fixtures/saml/simplesamlphp/", $behaviour, ".xml")))
    };
}

#[test]
fn every_way_to_sign_and_encrypt_is_understood() {
    for verified in
        [document!("assertion"), document!("response"), document!("both"), document!("sha512"), document!("encrypted")]
    {
        let verified = verified.unwrap();
        assert_eq!(verified.name_id.value, "ann@corp.example");
        let groups = ["eng", "app-emea-leads", "a & b <c>"].map(str::to_owned).to_vec();
        assert_eq!(verified.attributes.groups(Preset::Generic, None), Groups::Known(groups));
    }
}

#[test]
fn the_formats_of_the_name_id_are_told_apart() {
    assert!(document!("persistent").unwrap().name_id.is_persistent());
    assert!(document!("transient").unwrap().name_id.is_transient());
}

#[test]
fn claim_uris_are_understood() {
    let verified = document!("entra").unwrap();
    assert_eq!(verified.attributes.immutable_id(Preset::Entra), Some("ann"));
    assert_eq!(verified.attributes.email(Preset::Entra), Some("ann@corp.example"));
    assert_eq!(verified.attributes.claim("surname"), Some("Ångström"));
}

#[test]
fn its_hostile_behaviours_are_refused() {
    assert_eq!(document!("sha1").unwrap_err().code(), "signature_algorithm");
    assert_eq!(document!("unsigned").unwrap_err().code(), "unsigned");
    assert_eq!(document!("encrypted-unsigned").unwrap_err().code(), "unsigned");
}

#[test]
fn its_metadata_names_both_signing_keys() {
    let idp = IdpMetadata::parse(METADATA).unwrap();
    let names: Vec<_> = idp.signing_certificates().iter().filter_map(|certificate| certificate.common_name()).collect();
    assert_eq!(names, ["idp-next", "idp-rsa"]);
    assert_eq!(idp.entity_id(), "http://127.0.0.1:8971/idp");
    assert_eq!(
        idp.sign_on().map(|endpoint| endpoint.location.as_str()),
        Some("http://127.0.0.1:8971/saml2/idp/SSOService.php")
    );
}
