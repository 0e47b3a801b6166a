//! Where a sign-in may lead back to: a path of our own, never another site.

/// The length no return path exceeds.
pub const MAX_RETURN_TO: usize = 2_048;

/// `text`, if it is a local path with perhaps a query: it begins with one `/`, and has no `//` in its path, no
/// backslash (which browsers read as `/`), no control character or space (which browsers strip), and ASCII only.
pub fn return_to(text: &str) -> Option<&str> {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let local = path.starts_with('/') && !path.contains("//");
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (local && plain && text.len() <= MAX_RETURN_TO).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_local_path_is_kept_as_it_is() {
        for path in ["/", "/console/users?filter=a%20b#top", "/x?next=https://elsewhere.example/", "/a/../b"] {
            assert_eq!(return_to(path), Some(path));
        }
    }

    #[test]
    fn nothing_that_could_leave_the_site_is_kept() {
        for text in [
            "",
            "console",
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/.//evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x=y",
            "/\u{2044}/evil.example",
            "?//evil.example",
            "#",
        ] {
            assert_eq!(return_to(text), None, "{text:?}");
        }
        assert_eq!(return_to(&format!("/{}", "a".repeat(MAX_RETURN_TO))), None);
    }

    proptest! {
        #[test]
        fn what_is_kept_begins_with_one_slash_after_all_that_browsers_strip(text in "[/\\\\\t\n\r a-c:?#.]{0,12}") {
            if let Some(kept) = return_to(&text) {
                let seen: String = kept.chars().filter(|c| !c.is_ascii_whitespace()).map(|c| if c == '\\' { '/' } else { c }).collect();
                prop_assert!(seen.starts_with('/') && !seen.starts_with("//"));
            }
        }
    }
}
