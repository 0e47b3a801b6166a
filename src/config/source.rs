//! The values found so far, by key, each with the place it came from.

use std::collections::HashMap;

use super::error::{ConfigError, Place};
use super::units::Setting;

/// Text by key. A later `set` of the same key wins.
#[derive(Debug, Default)]
pub(super) struct Values(HashMap<&'static str, (String, Place)>);

impl Values {
    /// Records that `place` says `text` for `key`.
    pub fn set(&mut self, key: &'static str, text: String, place: Place) {
        self.0.insert(key, (text, place));
    }

    /// The value of `key`, or its default, parsed and within `bounds` (both ends included).
    pub fn take<T: Setting + Bounded>(
        &mut self,
        key: &'static str,
        default: &str,
        bounds: Option<(&str, &str)>,
    ) -> Result<T, ConfigError> {
        let (text, place) = self.0.remove(key).unwrap_or_else(|| (default.to_owned(), Place::Default));
        let value = T::parse(&text).and_then(|value| match bounds {
            Some((least, most)) if !value.within(&T::parse(least)?, &T::parse(most)?) => {
                Err(format!("is `{text}`, outside {least} to {most}"))
            }
            Some(_) | None => Ok(value),
        });
        value.map_err(|reason| ConfigError::Value { place, key, reason })
    }
}

/// Whether a value lies between two others; types without an order are never given bounds.
pub(super) trait Bounded {
    fn within(&self, _least: &Self, _most: &Self) -> bool {
        true
    }
}

macro_rules! ordered {
    ($($type:ty),+) => {$(impl Bounded for $type {
        fn within(&self, least: &Self, most: &Self) -> bool {
            least <= self && self <= most
        }
    })+};
}

ordered!(u32, super::units::Bytes, super::units::Span);
impl Bounded for String {}
impl Bounded for std::path::PathBuf {}
impl Bounded for std::net::SocketAddr {}
impl Bounded for super::network::PublicUrl {}
impl Bounded for super::network::DatabaseUrl {}
impl Bounded for super::network::SecretsKey {}
impl Bounded for super::units::LogFormat {}
impl<T> Bounded for Vec<T> {}
