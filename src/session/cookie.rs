//! Our cookies, as `Set-Cookie` says them (RFC 6265bis).
//!
//! Over HTTPS the name begins with `__Host-`, so that neither a sibling domain nor plain HTTP can plant one. Over plain
//! HTTP, which is for trying things out on the loopback address alone, browsers refuse that prefix and `Secure`.

use std::time::Duration;

use crate::model::Secret;

/// How the browser reaches us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Https,
    /// Plain HTTP on the loopback address.
    Loopback,
}

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The session's. `SameSite=Lax`: a link from elsewhere finds the person signed in, a form from elsewhere does not.
    Session,
    /// Binds a sign-in to the browser that began it. `SameSite=None`, because the identity provider's answer comes as
    /// a form from its own site (SAML bindings §3.5).
    SignIn,
    /// A sign-in that needs a further step. `SameSite=Lax` keeps it from forms of other sites.
    Step,
    /// The address whose identity provider was found last, so that nobody types it twice. It opens nothing.
    Address,
}

impl Cookie {
    /// The cookie's name.
    pub const fn name(self, transport: Transport) -> &'static str {
        match (self, transport) {
            (Self::Session, Transport::Https) => "__Host-portcullis",
            (Self::Session, Transport::Loopback) => "portcullis",
            (Self::SignIn, Transport::Https) => "__Host-portcullis-signin",
            (Self::SignIn, Transport::Loopback) => "portcullis-signin",
            (Self::Step, Transport::Https) => "__Host-portcullis-step",
            (Self::Step, Transport::Loopback) => "portcullis-step",
            (Self::Address, Transport::Https) => "__Host-portcullis-address",
            (Self::Address, Transport::Loopback) => "portcullis-address",
        }
    }

    /// The `Set-Cookie` value that sets it to `token`; without `max_age` until the browser closes.
    pub fn set(self, transport: Transport, token: &Secret, max_age: Option<Duration>) -> String {
        let age = max_age.map(|age| format!("; Max-Age={}", age.as_secs())).unwrap_or_default();
        format!("{}={}; Path=/; HttpOnly{}{age}", self.name(transport), token.expose(), self.attributes(transport))
    }

    /// The `Set-Cookie` value that removes it.
    pub fn clear(self, transport: Transport) -> String {
        format!("{}=; Path=/; HttpOnly{}; Max-Age=0", self.name(transport), self.attributes(transport))
    }

    /// The value of this cookie in a `Cookie` header (RFC 6265 §5.4), the first if there are several. Other cookies on
    /// the line may hold any bytes; they are not looked at.
    pub fn find(self, transport: Transport, header: &[u8]) -> Option<&str> {
        header.split(|byte| *byte == b';').find_map(|pair| {
            let value = pair.trim_ascii_start().strip_prefix(self.name(transport).as_bytes())?.strip_prefix(b"=")?;
            str::from_utf8(value.trim_ascii_end()).ok()
        })
    }

    const fn attributes(self, transport: Transport) -> &'static str {
        match (self, transport) {
            (Self::Session | Self::Step | Self::Address, Transport::Https) => "; Secure; SameSite=Lax",
            (Self::Session | Self::Step | Self::Address, Transport::Loopback) => "; SameSite=Lax",
            (Self::SignIn, Transport::Https) => "; Secure; SameSite=None",
            // Browsers refuse `SameSite=None` without `Secure`; without the attribute they let a fresh cookie pass.
            (Self::SignIn, Transport::Loopback) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_https_the_session_cookie_is_bound_to_the_host_and_out_of_reach_of_scripts() {
        assert_eq!(
            Cookie::Session.set(Transport::Https, &Secret::new("pcl_ses_x"), None),
            "__Host-portcullis=pcl_ses_x; Path=/; HttpOnly; Secure; SameSite=Lax"
        );
    }

    #[test]
    fn on_the_loopback_address_the_cookie_does_without_secure() {
        assert_eq!(
            Cookie::Session.set(Transport::Loopback, &Secret::new("pcl_ses_x"), Some(Duration::from_secs(60))),
            "portcullis=pcl_ses_x; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"
        );
    }

    #[test]
    fn the_sign_in_cookie_comes_back_with_the_identity_providers_form() {
        assert!(Cookie::SignIn.set(Transport::Https, &Secret::new("x"), None).ends_with("Secure; SameSite=None"));
    }

    #[test]
    fn our_cookie_is_found_among_others_whatever_they_hold() {
        let header = b"a=b; portcullis-signin=n; \xff=\xfe;portcullis=one ; portcullis=two";
        assert_eq!(Cookie::Session.find(Transport::Loopback, header), Some("one"));
        assert_eq!(Cookie::SignIn.find(Transport::Loopback, header), Some("n"));
        assert_eq!(Cookie::Session.find(Transport::Https, header), None);
    }

    #[test]
    fn a_cookie_is_cleared_under_the_name_and_path_it_was_set_with() {
        assert_eq!(
            Cookie::Session.clear(Transport::Https),
            "__Host-portcullis=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0"
        );
    }
}
