//! How values are written on pages.

use crate::model::Timestamp;

/// A moment as a person reads it: `2026-11-22 08:15:30`, in UTC. What is no RFC 3339 moment stays what it is.
pub fn moment(rfc3339: &str) -> String {
    let Some(moment) = Timestamp::parse_rfc3339(rfc3339) else { return rfc3339.to_owned() };
    moment.rfc3339().chars().take(19).collect::<String>().replace('T', " ")
}

/// The beginning of an id, enough to tell two apart on a page; the whole stands in its title.
pub fn short(id: &str) -> &str {
    let tail = id.len().saturating_sub(8);
    id.get(tail..).unwrap_or(id)
}

/// A number and its noun, `1 person`, `2 people`.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A link to `path` with these parameters; empty ones are left out.
pub fn link(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters.iter().filter(|(_, value)| !value.is_empty()));
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_to_the_second_in_utc() {
        assert_eq!(moment("2026-11-22T09:15:30.25+01:00"), "2026-11-22 08:15:30");
        assert_eq!(moment("yesterday"), "yesterday");
    }

    #[test]
    fn a_link_leaves_out_what_is_empty_and_encodes_the_rest() {
        assert_eq!(link("/a", &[("q", "x&y z"), ("after", "")]), "/a?q=x%26y+z");
        assert_eq!(link("/a", &[("q", "")]), "/a");
    }

    #[test]
    fn the_short_form_of_an_id_is_its_random_end() {
        assert_eq!(short("018bcfe5-6800-7000-8000-0000deadbeef"), "deadbeef");
        assert_eq!(short("x"), "x");
    }
}
