//! What SAML asks of a response and an assertion once the signatures hold: profiles §4.1.4.3, core §2.3 to §2.7.
//!
//! Everything is fail-closed: what the profile demands and the message lacks is a refusal, not a default.

use roxmltree::Node;

use super::attributes;
use super::names;
use super::refusal::{Refusal, quoted};
use super::response::Expectation;
use super::structure;
use super::subject::{self, VerifiedAssertion};
use super::tree;
use crate::model::Timestamp;

/// Checks the response around the assertion.
pub(super) fn response(
    node: Node<'_, '_>,
    needs_issuer: bool,
    signed: bool,
    expectation: &Expectation<'_>,
) -> Result<(), Refusal> {
    structure::version(node)?;
    structure::status(node)?;
    match tree::child(node, names::ASSERTION, "Issuer")? {
        Some(found) => issuer(found, expectation.idp.entity_id())?,
        None if needs_issuer => return Err(Refusal::MissingIssuer),
        None => {}
    }
    destination(node, expectation.sp.acs_url(), signed)?;
    issued(node, expectation)?;
    in_response_to(node.attribute("InResponseTo"), expectation)
}

/// Checks the assertion and reads who it is about.
pub(super) fn assertion(node: Node<'_, '_>, expectation: &Expectation<'_>) -> Result<VerifiedAssertion, Refusal> {
    structure::version(node)?;
    issuer(tree::child(node, names::ASSERTION, "Issuer")?.ok_or(Refusal::MissingIssuer)?, expectation.idp.entity_id())?;
    let issued_at = issued(node, expectation)?;

    let conditions_expiry = conditions(node, expectation)?;
    let subject = tree::child(node, names::ASSERTION, "Subject")?.ok_or(Refusal::MissingSubject)?;
    let confirmation_expiry = confirmation(subject, expectation)?;
    let authn = authn_statement(node, expectation)?;
    let replay_until =
        conditions_expiry.map_or(confirmation_expiry, |at| at.max(confirmation_expiry)).plus(expectation.skew);
    Ok(VerifiedAssertion {
        assertion_id: tree::id(node)?.to_owned(),
        name_id: subject::name_id(subject, expectation.sp.keys(), expectation.allow_cbc)?,
        session_index: authn.session_index,
        session_not_on_or_after: authn.session_not_on_or_after,
        issued_at,
        authn_instant: authn.instant,
        authn_context: authn.context,
        attributes: attributes::read(node)?,
        replay_until,
        in_response_to: expectation.pending.map(|pending| pending.id.clone()),
    })
}

/// Checks that an Issuer is `expected`. (SAML core §8.3.6: it is an entity id, and has no qualifiers.)
pub(super) fn issuer(node: Node<'_, '_>, expected: &str) -> Result<(), Refusal> {
    let found = tree::uri(node)?;
    let is_entity = node.attribute("Format").is_none_or(|format| format == names::ENTITY);
    if is_entity && found == expected {
        Ok(())
    } else {
        Err(Refusal::Issuer { found: quoted(found), expected: expected.to_owned() })
    }
}

/// Checks that a message is meant for `expected`, letter for letter. A signed message must say for whom it is.
pub(super) fn destination(node: Node<'_, '_>, expected: &str, signed: bool) -> Result<(), Refusal> {
    match node.attribute("Destination") {
        Some(found) if found == expected => Ok(()),
        Some(found) => Err(Refusal::Destination { found: quoted(found), expected: expected.to_owned() }),
        None if signed => Err(Refusal::MissingDestination),
        None => Ok(()),
    }
}

fn issued(node: Node<'_, '_>, expectation: &Expectation<'_>) -> Result<Timestamp, Refusal> {
    let at = tree::moment(node, "IssueInstant")?
        .ok_or_else(|| Refusal::MissingElement { element: "IssueInstant".to_owned() })?;
    if at > expectation.now.plus(expectation.skew) { Err(Refusal::IssuedInFuture) } else { Ok(at) }
}

/// Checks which request is answered. Without a pending request none may be named, even where none is needed.
fn in_response_to(found: Option<&str>, expectation: &Expectation<'_>) -> Result<(), Refusal> {
    match (found, expectation.pending) {
        (Some(found), Some(pending)) if found == pending.id => Ok(()),
        (Some(found), Some(pending)) => {
            Err(Refusal::RequestMismatch { found: quoted(found), expected: pending.id.clone() })
        }
        (None, Some(_)) => Err(Refusal::MissingInResponseTo),
        (Some(found), None) => Err(Refusal::UnknownRequest { found: quoted(found) }),
        (None, None) if expectation.unsolicited_allowed => Ok(()),
        (None, None) => Err(Refusal::Unsolicited),
    }
}

fn not_before(node: Node<'_, '_>, expectation: &Expectation<'_>) -> Result<(), Refusal> {
    match tree::moment(node, "NotBefore")? {
        Some(from) if from > expectation.now.plus(expectation.skew) => {
            Err(Refusal::NotYetValid { from: from.rfc3339() })
        }
        Some(_) | None => Ok(()),
    }
}

fn not_on_or_after(node: Node<'_, '_>, expectation: &Expectation<'_>) -> Result<Option<Timestamp>, Refusal> {
    let until = tree::moment(node, "NotOnOrAfter")?;
    match until {
        Some(until) if until <= expectation.now.minus(expectation.skew) => {
            Err(Refusal::Expired { at: until.rfc3339() })
        }
        Some(_) | None => Ok(until),
    }
}

/// Checks the Conditions: the window, and that every audience restriction (there is at least one) names us.
fn conditions(assertion: Node<'_, '_>, expectation: &Expectation<'_>) -> Result<Option<Timestamp>, Refusal> {
    let node = tree::child(assertion, names::ASSERTION, "Conditions")?.ok_or(Refusal::MissingConditions)?;
    not_before(node, expectation)?;
    let until = not_on_or_after(node, expectation)?;
    let mut restricted = false;
    for condition in tree::elements(node) {
        if tree::is(condition, names::ASSERTION, "AudienceRestriction") {
            audience(condition, expectation.sp.entity_id())?;
            restricted = true;
        } else if !(tree::is(condition, names::ASSERTION, "OneTimeUse")
            || tree::is(condition, names::ASSERTION, "ProxyRestriction"))
        {
            // Every assertion is used once here anyway, and none is passed on.
            return Err(Refusal::UnknownCondition { found: tree::name_of(condition) });
        }
    }
    if restricted { Ok(until) } else { Err(Refusal::MissingAudience) }
}

fn audience(restriction: Node<'_, '_>, expected: &str) -> Result<(), Refusal> {
    let audiences: Vec<&str> =
        tree::named(restriction, names::ASSERTION, "Audience").map(tree::uri).collect::<Result<_, _>>()?;
    if audiences.contains(&expected) {
        return Ok(());
    }
    let found = audiences.first().copied().ok_or(Refusal::MissingAudience)?;
    Err(Refusal::Audience { found: quoted(found), expected: expected.to_owned() })
}

/// Checks that one bearer confirmation holds; says until when. If none does, the first one's reason is given.
fn confirmation(subject: Node<'_, '_>, expectation: &Expectation<'_>) -> Result<Timestamp, Refusal> {
    let mut reason = Refusal::NoBearerConfirmation;
    let bearers = tree::named(subject, names::ASSERTION, "SubjectConfirmation")
        .filter(|node| node.attribute("Method") == Some(names::BEARER));
    for (at, bearer) in bearers.enumerate() {
        match bearer_confirmation(bearer, expectation) {
            Ok(until) => return Ok(until),
            Err(refusal) if at == 0 => reason = refusal,
            Err(_) => {}
        }
    }
    Err(reason)
}

fn bearer_confirmation(node: Node<'_, '_>, expectation: &Expectation<'_>) -> Result<Timestamp, Refusal> {
    let data = tree::child(node, names::ASSERTION, "SubjectConfirmationData")?.ok_or(Refusal::MissingRecipient)?;
    let expected = expectation.sp.acs_url();
    match data.attribute("Recipient") {
        Some(found) if found == expected => {}
        Some(found) => return Err(Refusal::Recipient { found: quoted(found), expected: expected.to_owned() }),
        None => return Err(Refusal::MissingRecipient),
    }
    // The profile asks the sender for none (§4.1.4.2) and nothing of the reader: one that has come does no harm.
    not_before(data, expectation)?;
    in_response_to(data.attribute("InResponseTo"), expectation)?;
    not_on_or_after(data, expectation)?.ok_or(Refusal::MissingExpiry)
}

struct Authn {
    instant: Timestamp,
    session_index: Option<String>,
    session_not_on_or_after: Option<Timestamp>,
    context: Option<String>,
}

/// The AuthnStatement to go by. There may be several (profiles §4.1.4.2): each must hold in itself, one of them must be what
/// was asked for, and the session ends with the first that ends.
fn authn_statement(assertion: Node<'_, '_>, expectation: &Expectation<'_>) -> Result<Authn, Refusal> {
    let (mut found, mut reason, mut end) = (None, Refusal::NoAuthnStatement, None::<Timestamp>);
    for (at, node) in tree::named(assertion, names::ASSERTION, "AuthnStatement").enumerate() {
        let authn = read_authn_statement(node, expectation)?;
        end = end.into_iter().chain(authn.session_not_on_or_after).min();
        match as_asked_for(&authn, expectation) {
            Ok(()) => found = found.or(Some(authn)),
            Err(refusal) if at == 0 => reason = refusal,
            Err(_) => {}
        }
    }
    let authn = found.ok_or(reason)?;
    Ok(Authn { session_not_on_or_after: end, ..authn })
}

fn read_authn_statement(node: Node<'_, '_>, expectation: &Expectation<'_>) -> Result<Authn, Refusal> {
    let instant = tree::moment(node, "AuthnInstant")?
        .ok_or_else(|| Refusal::MissingElement { element: "AuthnInstant".to_owned() })?;
    if instant > expectation.now.plus(expectation.skew) {
        return Err(Refusal::AuthnInFuture);
    }
    let session_not_on_or_after = tree::moment(node, "SessionNotOnOrAfter")?;
    if let Some(at) = session_not_on_or_after.filter(|at| *at <= expectation.now.minus(expectation.skew)) {
        return Err(Refusal::SessionExpired { at: at.rfc3339() });
    }
    let context = tree::child(node, names::ASSERTION, "AuthnContext")?;
    let class =
        context.map(|context| tree::child(context, names::ASSERTION, "AuthnContextClassRef")).transpose()?.flatten();
    let context = class.map(tree::uri).transpose()?.map(str::to_owned);
    let session_index = node.attribute("SessionIndex").filter(|index| !index.is_empty()).map(str::to_owned);
    Ok(Authn { instant, session_index, session_not_on_or_after, context })
}

/// Checks a sign-in against what the pending request asked for.
fn as_asked_for(authn: &Authn, expectation: &Expectation<'_>) -> Result<(), Refusal> {
    let Some(pending) = expectation.pending else { return Ok(()) };
    if pending.force_authn && authn.instant < pending.issued_at.minus(expectation.skew) {
        return Err(Refusal::NotFresh);
    }
    let asked = &pending.authn_contexts;
    if !asked.is_empty() && !authn.context.as_ref().is_some_and(|context| asked.contains(context)) {
        return Err(Refusal::AuthnContext { found: quoted(authn.context.as_deref().unwrap_or("not stated")) });
    }
    Ok(())
}
