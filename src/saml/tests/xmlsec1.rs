//! Our verifier against documents that another implementation made (see `fixtures/saml/xmlsec1/README.md`).

use super::lab::*;

macro_rules! accepted {
    ($($name:ident $file:literal $cbc:literal)+) => {$(
        #[test]
        fn $name() {
            let xml = include_str!(concat!("../../../fixtures/saml/xmlsec1/", $file));
            let verified = verify_with(xml, |e| e.allow_cbc = $cbc).unwrap();
            assert_eq!(verified.name_id.value, "ann@corp.example");
            let groups: Vec<_> = verified.attributes.values("groups").collect();
            assert_eq!(groups, ["eng", "a & b <c> \r\r Ångström 😀"]);
            let changed = swap(xml, "Version=\"2.0\"", "Version=\"2.0\" X=\"\"");
            // Where only the assertion is signed (or sealed), the response around it is not covered.
            let covered = $file.starts_with("response") || $file.starts_with("both");
            assert_eq!(verify_with(&changed, |e| e.allow_cbc = $cbc).is_err(), covered);
        }
    )+};
}

accepted! {
    an_assertion_signed_with_rsa_sha256 "assertion-rsa-sha256.xml" false
    an_assertion_signed_with_a_prefix_list "assertion-prefix-list.xml" false
    an_assertion_signed_in_inclusive_form_below_xml_attributes "assertion-inclusive.xml" false
    a_response_signed_with_ecdsa "response-ecdsa-sha256.xml" false
    a_response_signed_without_naming_a_canonicalisation "response-inclusive-by-default.xml" false
    a_response_and_its_assertion_signed_with_sha512 "both-rsa-sha512.xml" false
    an_assertion_encrypted_with_gcm "encrypted-aes256-gcm.xml" false
    an_assertion_encrypted_with_cbc "encrypted-aes128-cbc.xml" true
}
