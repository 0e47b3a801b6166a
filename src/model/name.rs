//! Case-insensitive names. What was sent is kept as sent; what is compared and indexed is its folded key.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// The form in which two spellings of one name are equal: NFKC, lower case, NFKC again.
///
/// RFC 7643 §2.2 asks for case-insensitive comparison of such attributes and RFC 7644 §5 for prepared strings; NFKC
/// makes full-width and composed spellings equal, as the PRECIS UsernameCaseMapped profile (RFC 8265 §3.3) does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FoldedKey(String);

/// Folds `name`.
pub fn fold(name: &str) -> FoldedKey {
    if name.is_ascii() {
        return FoldedKey(name.to_ascii_lowercase());
    }
    FoldedKey(name.nfkc().collect::<String>().to_lowercase().nfkc().collect())
}

impl FoldedKey {
    /// The key as text, for an index or a hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key as owned text.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for FoldedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_width_and_composition_do_not_matter() {
        assert_eq!(fold("Ann.Lee@Corp.Example"), fold("ann.lee@corp.example"));
        assert_eq!(fold("ＡＮＮ"), fold("ann"));
        assert_eq!(fold("A\u{30a}ngstro\u{308}m"), fold("Ångström"));
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(name in "\\PC{0,40}") {
            let once = fold(&name);
            prop_assert_eq!(fold(once.as_str()), once);
        }
    }
}
