//! Why a message was refused: one closed list. Each reason has a stable code (for the audit, the tests and the docs), the
//! check at which it failed, a sentence that says what was found, and advice on what to change at the identity provider.
//!
//! All of that is for the admin. The person who tried to sign in is shown [`Refusal::NEUTRAL`] and nothing else: a
//! reason would tell an attacker which check to work on next.

/// The steps of the checklist, in the order in which they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// Base64, deflate, the query string.
    Encoding,
    /// The document as bytes: no DTD, no comments, bounded.
    Bytes,
    /// The right elements at the right places, ids unique.
    Structure,
    /// The form of each signature, before any key is used.
    SignatureForm,
    /// Encrypted parts.
    Decryption,
    /// The signatures themselves.
    Signature,
    /// What SAML asks of a signed message: issuer, audience, times, request.
    Protocol,
}

impl Check {
    /// The check's name, as the trace of a sign-in shows it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encoding => "encoding",
            Self::Bytes => "bytes",
            Self::Structure => "structure",
            Self::SignatureForm => "signature_form",
            Self::Decryption => "decryption",
            Self::Signature => "signature",
            Self::Protocol => "protocol",
        }
    }
}

macro_rules! refusals {
    ($($check:ident { $($name:ident $({ $($field:ident),+ })? $code:literal $found:literal $advice:literal)+ })+) => {
        /// Why a message was refused.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum Refusal {
            $($(#[error($found)] $name $({ $($field: String),+ })?,)+)+
        }

        impl Refusal {
            /// Every code, in the order of the checks.
            pub const CODES: &'static [&'static str] = &[$($($code,)+)+];

            /// The stable name of the reason.
            pub const fn code(&self) -> &'static str {
                match self { $($(Self::$name { .. } => $code,)+)+ }
            }

            /// The check at which the message failed.
            pub const fn check(&self) -> Check {
                match self { $($(Self::$name { .. } => Check::$check,)+)+ }
            }

            /// What an admin can do about it.
            pub const fn advice(&self) -> &'static str {
                match self { $($(Self::$name { .. } => $advice,)+)+ }
            }
        }
    };
}

refusals! {
    Encoding {
        NotBase64 "not_base64" "the message is not base64" "The form field or query parameter was cut short or changed on its way; try again, then look for a proxy that rewrites forms."
        NotDeflated "not_deflated" "the message is not a deflated document" "The redirect binding wants raw DEFLATE (RFC 1951) inside the base64."
        TooLarge "too_large" "the message is larger than 256 KiB" "Send fewer attributes or groups: assign only the groups this application needs."
        QueryMalformed "query_malformed" "the query string is not that of a redirect-binding message" "The link was changed on its way; start again from the beginning."
    }
    Bytes {
        NotUtf8 "not_utf8" "the document is not UTF-8" "Let the identity provider send UTF-8."
        ForbiddenCharacter "forbidden_character" "the document holds a character that XML forbids" "Look for control characters in the attribute values of this person."
        XmlDeclaration "xml_declaration" "the XML declaration names another version or encoding than 1.0 and UTF-8" "Let the identity provider send XML 1.0 in UTF-8."
        Doctype "doctype" "the document has a document type or entity declaration" "No identity provider sends one; treat the message as an attack."
        ProcessingInstruction "processing_instruction" "the document has a processing instruction" "No identity provider sends one; treat the message as an attack."
        Comment "comment" "the document has a comment" "Comments can split a value in two; switch them off at the identity provider, or treat the message as an attack."
        Cdata "cdata" "the document has a CDATA section" "Let the identity provider escape text instead."
        TooDeep "too_deep" "elements are nested more than 32 deep" "No identity provider nests that deep; treat the message as an attack."
        TooManyElements "too_many_elements" "the document has more than 5000 elements" "Send fewer attributes or groups."
        TooManyAttributes "too_many_attributes" "an element has more than 64 attributes, or more than 32 namespaces in force" "No identity provider sends that many; treat the message as an attack."
        NotWellFormed "not_well_formed" "the document is not well-formed XML" "The message was cut short or changed on its way."
        NamespaceName "namespace_name" "a namespace name is relative or longer than 512 bytes" "No identity provider sends one; treat the message as an attack."
    }
    Structure {
        UnexpectedRoot { found } "unexpected_root" "the document is a `{found}`, not the message that belongs here" "Check that the assertion consumer and logout URLs are not swapped at the identity provider."
        Version "version" "the SAML version is not 2.0" "Choose SAML 2.0 for this application at the identity provider."
        DuplicateId "duplicate_id" "two elements have one id" "No identity provider does that; treat the message as an attack."
        MisplacedId "misplaced_id" "an id attribute is misspelt, in a namespace, or where none belongs" "No identity provider does that; treat the message as an attack."
        MissingId "missing_id" "an element that must have an ID has none" "The identity provider's message is incomplete; ask its vendor."
        NoAssertion "no_assertion" "the response holds no assertion" "Check at the identity provider that the person is assigned to this application."
        SeveralAssertions "several_assertions" "the response holds more than one assertion" "Let the identity provider send one assertion in a response."
        MisplacedAssertion "misplaced_assertion" "there is an assertion where none belongs" "No identity provider does that; treat the message as an attack."
        RepeatedElement { element } "repeated_element" "there is more than one `{element}`" "No identity provider does that; treat the message as an attack."
        MissingElement { element } "missing_element" "`{element}` is missing" "The identity provider's message is incomplete; ask its vendor."
        NotPlainText { element } "not_plain_text" "`{element}` holds something other than one run of text" "No identity provider does that; treat the message as an attack."
        TextTooLong { element } "text_too_long" "`{element}` is longer than allowed" "Shorten the value at the identity provider."
        NotAMoment { attribute } "not_a_moment" "`{attribute}` is not a moment in UTC" "The identity provider's message is malformed; ask its vendor."
    }
    SignatureForm {
        SignatureMisplaced "signature_misplaced" "a signature is not where the schema puts it: right after the Issuer of what it signs" "Move the signature at the identity provider, or treat the message as an attack."
        SeveralSignatures "several_signatures" "an element has more than one signature" "No identity provider does that; treat the message as an attack."
        SignatureMalformed { what } "signature_malformed" "the signature is malformed: {what}" "Only enveloped signatures in the form SAML core §5.4 prescribes are taken."
        SignatureReference "signature_reference" "the signature does not refer to the element it stands in by its ID" "No identity provider does that; treat the message as an attack."
        SignatureTransform { algorithm } "signature_transform" "the signature asks for the transform `{algorithm}`" "Only `enveloped-signature` and canonicalisation are allowed (SAML core §5.4.4)."
        Canonicalisation { algorithm } "canonicalisation" "the canonicalisation `{algorithm}` is not supported" "Choose exclusive canonicalisation at the identity provider."
        SignatureAlgorithm { algorithm } "signature_algorithm" "the signature algorithm `{algorithm}` is not allowed" "Choose RSA-SHA256 (or stronger) at the identity provider."
        DigestAlgorithm { algorithm } "digest_algorithm" "the digest algorithm `{algorithm}` is not allowed" "Choose SHA-256 (or stronger) at the identity provider."
    }
    Decryption {
        EncryptionAlgorithm { algorithm } "encryption_algorithm" "the encryption algorithm `{algorithm}` is not allowed" "Choose AES-GCM with RSA-OAEP at the identity provider, or allow AES-CBC for this connection."
        EncryptedAttribute "encrypted_attribute" "the assertion holds an encrypted attribute" "Encrypt the whole assertion instead of single attributes."
        NoDecryptionKey "no_decryption_key" "the message is encrypted and this service provider has no key" "Give the service provider a key, or switch encryption off at the identity provider."
        EncryptionMalformed "encryption_malformed" "the encrypted part is not of the form XML Encryption prescribes" "The identity provider's message is malformed; ask its vendor."
        Decryption "decryption" "the encrypted part could not be decrypted" "Give the identity provider the current certificate from this service provider's metadata."
    }
    Signature {
        Unsigned "unsigned" "neither the response nor the assertion is signed" "Switch on signing of the assertion at the identity provider."
        AssertionUnsigned "assertion_unsigned" "the assertion is not signed, and this connection requires it" "Switch on signing of the assertion at the identity provider."
        ResponseUnsigned "response_unsigned" "the response is not signed, and this connection requires it" "Switch on signing of the response at the identity provider."
        NoFittingKey "no_fitting_key" "the identity provider's metadata has no key for this kind of signature" "Load the identity provider's current metadata."
        SignatureInvalid "signature_invalid" "the signature was made by none of the certificates in the identity provider's metadata, or was changed" "Load the identity provider's current metadata: it may have a new signing certificate."
        DigestMismatch "digest_mismatch" "what is signed was changed after it was signed" "Something between the identity provider and here changes the message, or it is an attack."
    }
    Protocol {
        Status { code, message } "status" "the identity provider answered `{code}` ({message})" "The identity provider refused the sign-in: its own log says why."
        Issuer { found, expected } "issuer" "the issuer is `{found}`, this connection expects `{expected}`" "Load the metadata of the application (and tenant) that sends this message."
        MissingIssuer "missing_issuer" "there is no issuer" "The identity provider's message is incomplete; ask its vendor."
        Destination { found, expected } "destination" "the message is meant for `{found}`, not for `{expected}`" "Set the URL at the identity provider exactly as this service provider's metadata gives it."
        MissingDestination "missing_destination" "the message is signed and names no destination" "Let the identity provider fill in Destination (SAML bindings §3.5.5.2)."
        IssuedInFuture "issued_in_future" "the message was issued in the future" "Set the identity provider's clock."
        MissingConditions "missing_conditions" "the assertion has no Conditions" "Let the identity provider state audience and validity."
        MissingAudience "missing_audience" "the assertion names no audience" "Set the audience (entity id) for this application at the identity provider."
        Audience { found, expected } "audience" "the assertion is for `{found}`, not for `{expected}`" "Set the audience at the identity provider to this service provider's entity id, letter for letter."
        UnknownCondition { found } "unknown_condition" "the assertion has the condition `{found}`, which is not understood" "Take the condition away at the identity provider (SAML core §2.5.1: a condition not understood makes the assertion invalid)."
        NotYetValid { from } "not_yet_valid" "the assertion is valid from `{from}` on" "Compare the clocks of the identity provider and of this machine."
        Expired { at } "expired" "the assertion was valid until `{at}`" "Sign in again; if it stays, compare the clocks of the identity provider and of this machine."
        MissingExpiry "missing_expiry" "the assertion does not say until when it is valid" "Let the identity provider state NotOnOrAfter."
        MissingSubject "missing_subject" "the assertion names nobody" "Choose an attribute for the NameID at the identity provider."
        NameId "name_id" "the NameID is empty, or has white space or control characters at its ends" "Choose another attribute for the NameID at the identity provider."
        NoBearerConfirmation "no_bearer_confirmation" "the assertion has no bearer confirmation" "Choose the web browser SSO profile at the identity provider."
        MissingRecipient "missing_recipient" "the bearer confirmation names no recipient" "Set the recipient at the identity provider to the assertion consumer URL."
        Recipient { found, expected } "recipient" "the assertion is to be delivered to `{found}`, not to `{expected}`" "Set the recipient at the identity provider to the assertion consumer URL."
        Unsolicited "unsolicited" "nobody asked for this sign-in, and this connection does not allow the identity provider to begin one" "Begin at this service provider, or allow sign-in begun by the identity provider for this connection."
        UnknownRequest { found } "unknown_request" "the message answers the request `{found}`, which is not pending" "Start the sign-in again: the request was answered already, timed out, or was begun in another browser."
        RequestMismatch { found, expected } "request_mismatch" "the message answers the request `{found}`, not `{expected}`" "Start the sign-in again in one tab."
        MissingInResponseTo "missing_in_response_to" "the message does not say which request it answers" "The identity provider's message is incomplete; ask its vendor."
        NoAuthnStatement "no_authn_statement" "the assertion does not say that anybody signed in" "Let the identity provider send an AuthnStatement."
        AuthnInFuture "authn_in_future" "the person signed in in the future" "Set the identity provider's clock."
        SessionExpired { at } "session_expired" "the session at the identity provider ended at `{at}`" "Sign in again; if it stays, compare the clocks."
        NotFresh "not_fresh" "a fresh sign-in was asked for, and the identity provider answered with an old one" "Let the identity provider honour ForceAuthn for this application."
        AuthnContext { found } "authn_context" "the sign-in was `{found}`, which is not what was asked for" "Ask for another authentication context, or for none, on this connection."
        UnknownLogoutRequest { found } "unknown_logout_request" "the message answers the logout request `{found}`, which is not pending" "The logout was answered already, or timed out."
        LogoutExpired { at } "logout_expired" "the logout request was valid until `{at}`" "Compare the clocks of the identity provider and of this machine."
    }
}

impl Refusal {
    /// All that the person at the browser is told.
    pub const NEUTRAL: &'static str =
        "Sign-in did not work. Please try again; if it keeps failing, give your administrator the number below.";
}

/// Text from a message, cut so that a reason stays one readable line.
pub(super) fn quoted(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_snake_case_and_never_mean_two_things() {
        let unique: std::collections::HashSet<_> = Refusal::CODES.iter().collect();
        assert_eq!(unique.len(), Refusal::CODES.len());
        for code in Refusal::CODES {
            assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()), "{code}");
        }
    }

    #[test]
    fn what_a_message_says_is_quoted_on_one_short_line() {
        let found = quoted(&format!("a\n{}", "b".repeat(1_000)));
        assert_eq!(found.chars().count(), 200);
        assert!(found.starts_with("a\u{fffd}b"));
    }
}
