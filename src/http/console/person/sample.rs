//! A person in whom every part of the page has something to show.

use super::*;
use crate::access::{Override, Reason};
use crate::domain::views::{HeldRole, MemberOf, Titled};
use crate::http::console::tests::{HOSTILE, id, now};

impl PersonPage {
    pub fn sample() -> Self {
        let hostile = || HOSTILE.to_owned();
        let derived = Source::Derived {
            rule: id(),
            rule_version: 3,
            priority: 10,
            group: id(),
            group_name: hostile(),
            via: vec![hostile()],
            since: now(),
            cause: Some(id()),
        };
        let role = |source: Source, rule| HeldRole {
            role: "manager".to_owned(),
            title: hostile(),
            scope: Scope::Organization,
            until: Some(now().rfc3339()),
            permissions: vec!["reports.run".to_owned()],
            source,
            rule,
        };
        let ground = Ground::Role {
            role: "manager".to_owned(),
            role_version: hostile(),
            scope: Scope::Organization,
            until: None,
            source: derived.clone(),
        };
        let answer = Explanation {
            barred_by: Vec::new(),
            allowed: false,
            reason: Reason::NoGrant,
            sentence: hostile(),
            permission: "reports.run".to_owned(),
            scope: Scope::Organization,
            grounds: vec![ground],
            nearest: vec![Nearest::Override { permission: "reports.run".to_owned(), scope: Scope::Organization }],
        };
        let palette = Palette {
            permissions: vec![(hostile(), vec![Titled { key: "reports.run".to_owned(), title: hostile() }])],
            scope_types: vec![Titled { key: "tenant".to_owned(), title: hostile() }],
            ..Palette::default()
        };
        let session = SessionView {
            id: id(),
            created: now().rfc3339(),
            last_seen: now().rfc3339(),
            ends: now().rfc3339(),
            ip: Some("192.0.2.1".to_owned()),
            user_agent: Some(hostile()),
        };
        let group = MemberOf {
            id: hostile(),
            name: hostile(),
            via: vec![hostile()],
            since: now().rfc3339(),
            request: Some(id::<UserId>().to_string()),
        };
        let exception = Override {
            permission: "reports.run".to_owned(),
            effect: Effect::Deny,
            scope: Scope::Organization.into(),
            until: None,
            reason: hostile(),
            author: "user:x".to_owned(),
        };
        let direct = Source::Direct { id: id(), by: hostile() };
        let person = PersonView {
            id: id(),
            user_name: hostile(),
            display_name: Some(hostile()),
            email: Some(hostile()),
            external_id: Some(hostile()),
            directory_id: Some(hostile()),
            directory: Some(hostile()),
            active: false,
            suspended: true,
            created: now().rfc3339(),
            changed: now().rfc3339(),
            groups: vec![group],
            roles: vec![role(derived, Some(hostile())), role(direct, None), role(Source::Default, None)],
            overrides: vec![exception],
        };
        let asked =
            Asked { action: "reports.run".to_owned(), scope: hostile(), error: Some(hostile()), answer: Some(answer) };
        let entries = vec![crate::http::console::audit::sample_entry()];
        Self {
            frame: Frame::sample(),
            person,
            palette,
            asked,
            sessions: vec![session],
            own_session: id(),
            entries,
            may_suspend: true,
            may_remove: true,
        }
    }
}
