//! What a filter on `members` selects: ids where it can be told, so that the membership table need not be read.

use super::MemberChange;
use crate::scim::AttributePath;
use crate::scim::attribute::Attribute;
use crate::scim::filter::{Comparison, Filter, Literal};

/// `members[value eq "a" or value eq "b"]` is a list of ids; any other filter must be evaluated on the members.
pub(super) fn remove_selected(members: &Attribute, filter: &Filter) -> MemberChange {
    let any = match filter {
        Filter::Or(any) => any.as_slice(),
        Filter::And(_) | Filter::Not(_) | Filter::Compare { .. } | Filter::Present(_) | Filter::ValuePath { .. } => {
            std::slice::from_ref(filter)
        }
    };
    let ids: Option<Vec<String>> = any.iter().map(member_id).collect();
    match ids {
        Some(ids) => MemberChange::Remove(ids),
        None => {
            let path = AttributePath { urn: None, name: members.name.clone(), sub: None };
            MemberChange::RemoveMatching(Filter::ValuePath { path, inner: Box::new(filter.clone()) })
        }
    }
}

fn member_id(filter: &Filter) -> Option<String> {
    match filter {
        Filter::Compare { path, operator: Comparison::Equal, literal: Literal::String(id) } if path.name == "value" => {
            Some(id.clone())
        }
        Filter::And(_)
        | Filter::Or(_)
        | Filter::Not(_)
        | Filter::Compare { .. }
        | Filter::Present(_)
        | Filter::ValuePath { .. } => None,
    }
}
