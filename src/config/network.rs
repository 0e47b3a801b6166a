//! Values that name something on the network: addresses, ranges, URLs; and the key that opens what is stored there.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::units::{Setting, not};
use crate::model::Secret;

/// A range of addresses, e.g. `10.0.0.0/8`; a bare address is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// Whether `address` is in the range. An IPv4 address mapped into IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(it)) => {
                let shift = 32_u32.saturating_sub(u32::from(self.prefix));
                net.to_bits().checked_shr(shift) == it.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(net), IpAddr::V6(it)) => {
                let shift = 128_u32.saturating_sub(u32::from(self.prefix));
                net.to_bits().checked_shr(shift) == it.to_bits().checked_shr(shift)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// The URL under which browsers and identity providers reach the gateway: scheme, host, port, no path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(url::Url);

impl PublicUrl {
    /// `https://gate.corp.example`, without a slash at the end.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Whether browsers reach the gateway over TLS.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

/// Where the data is. A URL may hold a password, so it does not print.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// `portcullis.sqlite` in the data directory.
    InDataDirectory,
    /// One SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(Secret),
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InDataDirectory => f.write_str("InDataDirectory"),
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// The key that secrets are sealed under, if it is not to be read from its file. It does not print.
#[derive(Clone)]
pub struct SecretsKey(Option<Secret>);

impl SecretsKey {
    /// The key's text, if one is set.
    pub fn text(&self) -> Option<&Secret> {
        self.0.as_ref()
    }
}

impl fmt::Debug for SecretsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "SecretsKey(…)" } else { "SecretsKey" })
    }
}

impl Setting for SecretsKey {
    const KIND: &'static str = "32 random bytes in base64, as `openssl rand -base64 32` prints them";
    const SCHEMA: &'static str = r#"{"type":"string"}"#;

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self(None));
        }
        match STANDARD.decode(text) {
            Ok(bytes) if bytes.len() == 32 => Ok(Self(Some(Secret::new(text)))),
            // The text is not repeated: it is a secret, if a mistyped one.
            Ok(_) | Err(_) => Err(format!("is not {}", Self::KIND)),
        }
    }
}

impl Setting for Cidr {
    const KIND: &'static str = "a range of addresses such as `10.0.0.0/8`";
    const SCHEMA: &'static str = r#"{"type":"string"}"#;

    fn parse(text: &str) -> Result<Self, String> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| not(text, Self::KIND))?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.trim().parse().map_err(|_| not(text, Self::KIND))?,
            None => widest,
        };
        if prefix > widest {
            return Err(not(text, Self::KIND));
        }
        Ok(Self { address, prefix })
    }
}

/// A list: a TOML array, or text with commas.
impl<T: Setting> Setting for Vec<T> {
    const KIND: &'static str = T::KIND;
    const SCHEMA: &'static str = r#"{"type":"array","items":{"type":"string"}}"#;

    fn parse(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(T::parse).collect()
    }
}

impl Setting for SocketAddr {
    const KIND: &'static str = "an address and port such as `127.0.0.1:8080`";
    const SCHEMA: &'static str = r#"{"type":"string"}"#;

    fn parse(text: &str) -> Result<Self, String> {
        use std::net::ToSocketAddrs;
        let named = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        named
            .as_deref()
            .unwrap_or(text)
            .to_socket_addrs()
            .ok()
            .and_then(|mut found| found.next())
            .ok_or_else(|| not(text, Self::KIND))
    }
}

impl Setting for PublicUrl {
    const KIND: &'static str = "a URL such as `https://gate.corp.example`, without a path";
    const SCHEMA: &'static str = r#"{"type":"string","format":"uri","pattern":"^https?://[^/]+/?$"}"#;

    fn parse(text: &str) -> Result<Self, String> {
        let url = url::Url::parse(text).map_err(|_| not(text, Self::KIND))?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let nobody = url.username().is_empty() && url.password().is_none();
        if matches!(url.scheme(), "http" | "https") && url.has_host() && bare && nobody {
            Ok(Self(url))
        } else {
            Err(not(text, Self::KIND))
        }
    }
}

impl Setting for DatabaseUrl {
    const KIND: &'static str = "a database such as `postgres://user@host/name` or `sqlite:path`";
    const SCHEMA: &'static str = r#"{"type":"string"}"#;

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::InDataDirectory);
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(Secret::new(text)));
        }
        match text.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path)) {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            // The text is not repeated: it may hold a password.
            Some(_) | None => Err(format!("is not {}", Self::KIND)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_contains_its_addresses_alone() {
        let range = Cidr::parse("10.1.0.0/16").unwrap();
        assert!(range.contains("10.1.255.255".parse().unwrap()));
        assert!(range.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!range.contains("10.2.0.0".parse().unwrap()));
        assert!(!range.contains("::1".parse().unwrap()));
    }

    #[test]
    fn the_range_of_everything_contains_everything_of_its_family() {
        assert!(Cidr::parse("0.0.0.0/0").unwrap().contains("203.0.113.9".parse().unwrap()));
        assert!(Cidr::parse("::/0").unwrap().contains("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn a_prefix_longer_than_the_address_is_refused() {
        assert!(Cidr::parse("10.0.0.0/33").is_err());
        assert!(Cidr::parse("::/129").is_err());
    }

    #[test]
    fn a_public_url_has_no_path_and_no_password() {
        assert_eq!(
            PublicUrl::parse("https://gate.example/").map(|url| url.as_str().to_owned()),
            Ok("https://gate.example".to_owned())
        );
        for text in ["https://gate.example/app", "ftp://gate.example", "https://a:b@gate.example", "gate.example"] {
            assert!(PublicUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_database_url_shows_its_password_to_nobody() {
        let url = DatabaseUrl::parse("postgres://app:hunter2@db/portcullis").unwrap();
        assert!(!format!("{url:?}").contains("hunter2"));
        let refused = DatabaseUrl::parse("mysql://app:hunter2@db/portcullis").unwrap_err();
        assert!(!refused.contains("hunter2"));
    }
}
