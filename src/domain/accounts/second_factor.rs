//! Second factors: one-time codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, one step of skew),
//! and recovery codes for when the app is gone.

use qrcode::{EcLevel, QrCode};
use totp_rs::{Builder, Secret as TotpSecret, Totp};

use super::back_off;
use crate::domain::sealing::{SealError, TOTP};
use crate::domain::{Gateway, GatewayError};
use crate::model::{Chance, Digest, OrganizationId, Secret, Timestamp, UserId};
use crate::store::credentials::{self, CredentialRow};
use crate::store::{StoreError, WriteTx};

/// What a secret is sealed for while it is offered.
const OFFERED: &str = "totp_offer";
/// Recovery codes that somebody gets.
const RECOVERY_CODES: usize = 10;

/// A secret that may become somebody's second factor.
#[derive(Debug, Clone)]
pub struct Offer {
    /// As it is typed where no camera is: base32 in groups of four.
    pub text: Secret,
    /// The same as a picture.
    pub qr: Qr,
    /// To be sent back with the first code.
    pub sealed: String,
}

/// A QR code: its modules as an SVG path, and its width in modules.
#[derive(Debug, Clone)]
pub struct Qr {
    pub path: String,
    pub width: usize,
}

/// What a code turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Code,
    RecoveryCode,
    Wrong,
    /// Too many were wrong: nothing is tried now.
    Resting,
}

fn totp(secret: &Secret) -> Option<Totp> {
    let secret = TotpSecret::try_from_base32(secret.expose()).ok()?;
    Builder::new().with_secret(secret).build().ok()
}

/// The step of the code, if it fits now.
fn step_of(secret: &Secret, code: &str, now: Timestamp) -> Option<i64> {
    let step = totp(secret)?.check(code, u64::try_from(now.seconds()).ok()?)?;
    i64::try_from(step).ok()
}

/// `otpauth://totp/…`, as authenticator apps read it.
fn uri(secret: &Secret, issuer: &str, account: &str) -> String {
    let encoded =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let (issuer, account) = (encoded(&issuer.replace(':', " ")), encoded(&account.replace(':', " ")));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", secret.expose())
}

/// The picture; none for a text that is too long for one.
fn qr(text: &str) -> Option<Qr> {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).ok()?;
    let width = code.width();
    let dark = |(at, color): (usize, qrcode::Color)| {
        (color == qrcode::Color::Dark).then(|| format!("M{} {}h1v1h-1z", at % width, at / width))
    };
    Some(Qr { path: code.to_colors().into_iter().enumerate().filter_map(dark).collect(), width })
}

impl Gateway {
    /// Offers a fresh secret to somebody.
    pub(super) fn offer(
        &self,
        organization: OrganizationId,
        user: UserId,
        issuer: &str,
        user_name: &str,
    ) -> Result<Offer, GatewayError> {
        let mut bytes = [0_u8; 20];
        self.chance().fill(&mut bytes);
        let text = Secret::new(TotpSecret::from(bytes).to_base32().trim_end_matches('='));
        let short = |text: &str| text.chars().take(64).collect::<String>();
        let qr = qr(&uri(&text, &short(issuer), &short(user_name)))
            .ok_or_else(|| GatewayError::Invalid("the name is too long for a QR code".to_owned()))?;
        let sealed = self.seal_for(organization, user, OFFERED, &text)?;
        let grouped = text.expose().as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ");
        Ok(Offer { text: Secret::new(grouped), qr, sealed })
    }

    /// Takes an offer: what is to be stored, if the code fits the secret.
    pub(super) fn take_offer(
        &self,
        organization: OrganizationId,
        user: UserId,
        sealed: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<(String, i64)>, GatewayError> {
        let Ok(secret) = self.open_for(organization, user, OFFERED, sealed) else { return Ok(None) };
        let Some(step) = step_of(&secret, code.trim(), now) else { return Ok(None) };
        Ok(Some((self.seal_for(organization, user, TOTP, &secret)?, step)))
    }

    /// Looks at a code or recovery code, and counts it: each is good once, and wrong ones make the account rest.
    pub(super) fn prove(
        &self,
        tx: &mut WriteTx<'_>,
        organization: OrganizationId,
        user: UserId,
        row: &mut CredentialRow,
        code: &str,
    ) -> Result<Proof, GatewayError> {
        let now = tx.now();
        if back_off::rests(row, now) {
            return Ok(Proof::Resting);
        }
        let proof = if let Some(step) = self.fresh_step(organization, user, row, code.trim(), now)? {
            row.totp_step = step;
            Proof::Code
        } else if credentials::use_recovery_code(tx, organization, user, recovery_digest(code))? {
            Proof::RecoveryCode
        } else {
            Proof::Wrong
        };
        match proof {
            Proof::Code | Proof::RecoveryCode => back_off::right(row),
            Proof::Wrong | Proof::Resting => back_off::wrong(row, now),
        }
        row.changed_at = now;
        credentials::save(tx, row)?;
        Ok(proof)
    }

    /// The step of this code, if it fits and was not used before.
    fn fresh_step(
        &self,
        organization: OrganizationId,
        user: UserId,
        row: &CredentialRow,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<i64>, GatewayError> {
        let Some(sealed) = &row.totp else { return Ok(None) };
        let unreadable = |error: SealError| StoreError::Corrupt(format!("the second factor of {user}: {error}"));
        let secret = self.open_for(organization, user, TOTP, sealed).map_err(unreadable)?;
        Ok(step_of(&secret, code, now).filter(|step| *step > row.totp_step))
    }
}

/// Fresh recovery codes: 80 random bits each, as `ABCD-EFGH-IJKL-MNOP`. They have too much entropy to be guessed, so a
/// digest of each is stored like that of any token.
pub(super) fn recovery_codes(chance: &dyn Chance) -> Vec<Secret> {
    let code = |_number: usize| {
        let mut bytes = [0_u8; 10];
        chance.fill(&mut bytes);
        let text = TotpSecret::from(bytes.as_slice()).to_base32();
        Secret::new(text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-"))
    };
    (0..RECOVERY_CODES).map(code).collect()
}

/// What is stored of a recovery code, however it is typed.
pub(super) fn recovery_digest(code: &str) -> Digest {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    Digest::of(plain.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SystemChance;

    /// RFC 6238 appendix B, whose secret is the ASCII `12345678901234567890`; of its eight digits the last six.
    #[test]
    fn codes_are_those_of_rfc_6238() {
        let secret = Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
            assert_eq!(step_of(&secret, code, at(seconds)), Some(seconds / 30), "{code}");
            assert_eq!(step_of(&secret, code, at(seconds + 30)), Some(seconds / 30), "one step late");
            assert_eq!(step_of(&secret, code, at(seconds + 90)), None, "three steps late");
        }
    }

    #[test]
    fn names_with_any_characters_make_an_address_that_apps_read() {
        let made = uri(&Secret::new("ABC"), "Müller: & Co", "ann?@corp.example");
        assert_eq!(
            made,
            "otpauth://totp/M%C3%BCller%20%20%26%20Co:ann%3F%40corp.example?secret=ABC&issuer=M%C3%BCller%20%20%26%20Co"
        );
    }

    #[test]
    fn the_longest_names_still_fit_a_picture() {
        let long = "ü".repeat(64);
        assert!(qr(&uri(&Secret::new("A".repeat(32)), &long, &long)).is_some());
    }

    #[test]
    fn a_recovery_code_is_the_same_however_it_is_typed() {
        let codes = recovery_codes(&SystemChance);
        let [first, second, ..] = codes.as_slice() else { panic!("too few") };
        assert_eq!(first.expose().len(), 19);
        let typed = first.expose().to_lowercase().replace('-', " ");
        assert_eq!(recovery_digest(&typed), recovery_digest(first.expose()));
        assert_ne!(recovery_digest(second.expose()), recovery_digest(first.expose()));
    }
}
