//! What a filter looks at, so that the costly parts of a resource are read only for one that asks.

use super::{Comparison, Filter, Literal};
use crate::scim::AttributePath;

impl Filter {
    /// The only members the filter asks about: whether this one or that is in the group. `None` if it asks anything
    /// else about the members, so that all of them have to be looked at.
    pub fn members_asked_for(&self) -> Option<Vec<String>> {
        let mut asked = Vec::new();
        self.collect_members(&mut asked).then_some(asked)
    }

    fn collect_members(&self, asked: &mut Vec<String>) -> bool {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().all(|one| one.collect_members(asked)),
            Self::Not(inner) => inner.collect_members(asked),
            Self::Compare { path, operator, literal } => match (is_of(path, "members"), operator, literal) {
                (false, _, _) => true,
                (true, Comparison::Equal, Literal::String(id)) if path.index_key() == "members.value" => {
                    asked.push(id.clone());
                    true
                }
                (true, _, _) => false,
            },
            Self::ValuePath { path, inner } => match (is_of(path, "members"), inner.as_ref()) {
                (false, _) => true,
                (true, Self::Compare { path, operator: Comparison::Equal, literal: Literal::String(id) })
                    if path.index_key() == "value" =>
                {
                    asked.push(id.clone());
                    true
                }
                (true, _) => false,
            },
            Self::Present(path) => !is_of(path, "members"),
        }
    }
}

fn is_of(path: &AttributePath, attribute: &str) -> bool {
    let key = path.index_key();
    key.split('.').next().is_some_and(|first| first == attribute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::{Dialect, ResourceKind};

    fn group_filter(text: &str) -> Filter {
        Filter::parse(Some(ResourceKind::Group), Dialect::Generic, text).unwrap()
    }

    #[test]
    fn a_filter_that_asks_for_single_members_names_them() {
        let filter = group_filter(r#"id eq "g" and (members eq "a" or not (members[value eq "b"]))"#);
        assert_eq!(filter.members_asked_for(), Some(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn a_filter_that_asks_more_of_the_members_names_none() {
        for text in
            ["members pr", r#"members.value sw "a""#, r#"members[type eq "User"]"#, r#"not (members.value ne "a")"#]
        {
            assert_eq!(group_filter(text).members_asked_for(), None, "{text}");
        }
    }
}
