//! Laws that hold for any input.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9@. \"\\\\é\u{1f600}]{1,8}"
}

/// Bodies of users with the attributes that have most rules.
fn user_bodies() -> impl Strategy<Value = Value> {
    let email = (text(), option::of("(work|home|other)"), option::of(any::<bool>()))
        .prop_map(|(value, kind, display)| json!({ "value": value, "type": kind, "display": display.map(|_| "d") }));
    let name = (option::of(text()), option::of(text()))
        .prop_map(|(given, family)| json!({ "givenName": given, "familyName": family }));
    let enterprise = (option::of(text()), option::of("[a-z0-9]{1,6}"))
        .prop_map(|(department, manager)| json!({ "department": department, "manager": manager.map(|id| json!({ "value": id })) }));
    (
        "[a-z]{1,8}",
        option::of(any::<bool>()),
        option::of(text()),
        vec(email, 0..4),
        option::of(name),
        option::of(enterprise),
    )
        .prop_map(|(user_name, active, title, emails, name, enterprise)| {
            json!({ "schemas": [ResourceKind::User.schema()], "userName": user_name, "active": active, "title": title,
                "emails": emails, "name": name, ENTERPRISE: enterprise })
        })
}

/// Any JSON, under names that are likely to mean something.
fn any_bodies() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-zA-Z]{0,6}".prop_map(Value::from),
    ];
    let names = prop_oneof![
        "(id|meta|groups|schemas|members|password|active|userName|displayName|name|emails|manager|value|type|primary|op|path)",
        "(ID|Meta|GROUPS|name.givenName|emails.value|urn:x:y|roles|x509Certificates|addresses|Operations)",
        Just(ENTERPRISE.to_owned()),
        Just(format!("{ENTERPRISE}:manager")),
        Just(format!("{}:id", ResourceKind::User.schema())),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((names.clone(), inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn filters() -> impl Strategy<Value = Filter> {
    let literals = prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Boolean),
        any::<i64>().prop_map(|number| Literal::Number(number.into())),
        "\\PC{0,8}|[\"\\\\\n\t\u{7f}]{0,4}".prop_map(Literal::String),
    ];
    let operators = prop_oneof![Just(Comparison::Equal), Just(Comparison::NotEqual)];
    // Names that no schema has, so that any literal may stand beside them.
    let simple = ("(zeta|Zulu|urn:example:2\\.0:z:zed|zip\\.zap)", operators, literals, any::<bool>()).prop_map(
        |(path, operator, literal, present)| {
            let path = AttributePath::parse(&path).unwrap();
            if present { Filter::Present(path) } else { Filter::Compare { path, operator, literal } }
        },
    );
    let combined = |inner: BoxedStrategy<Filter>| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Filter::And),
            vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    };
    let inside = simple.clone().prop_recursive(2, 8, 3, combined);
    let leaf = prop_oneof![
        3 => simple,
        1 => inside.prop_map(|inner| Filter::ValuePath { path: AttributePath::parse("zones").unwrap(), inner: Box::new(inner) }),
    ];
    leaf.prop_recursive(3, 16, 3, combined)
}

proptest! {
    #[test]
    fn a_printed_filter_parses_to_itself(filter in filters()) {
        let printed = filter.to_string();
        prop_assume!(printed.chars().count() <= Filter::MAX_CHARS);
        prop_assert_eq!(Filter::parse(Some(ResourceKind::User), Dialect::Generic, &printed), Ok(filter));
    }

    #[test]
    fn every_match_fulfils_the_filters_equalities(
        body in user_bodies(),
        conditions in vec("(userName|title|emails|emails.type|manager|externalId|active) (eq|ne|co) \"(a|work|x|true)\"|emails\\[type eq \"work\"\\]", 1..4),
        words in vec("( and | or )", 4),
    ) {
        let words = words.iter().map(String::as_str).chain(std::iter::repeat(" and "));
        let text: String = conditions.iter().zip(words).flat_map(|(one, word)| [one.as_str(), word]).collect();
        let text = format!("{text}id pr");
        if let Ok(filter) = Filter::parse(Some(ResourceKind::User), Dialect::Generic, &text) {
            let document = post(ResourceKind::User, Dialect::Generic, body).document;
            let resource = rendering(&document).render();
            if filter.matches(ResourceKind::User, &resource) {
                for equality in filter.equalities() {
                    let one = format!("{} eq {}", equality.path, equality.literal);
                    let one = Filter::parse(Some(ResourceKind::User), Dialect::Generic, &one).unwrap();
                    prop_assert!(one.matches(ResourceKind::User, &resource), "{} of {}", one, text);
                }
            }
        }
    }

    #[test]
    fn a_parsed_filter_prints_to_itself(text in "(userName|emails|emails\\[type|active|meta.created|title)? ?(eq|co|pr|gt)? ?(\"x\"|true|5)?( and | or )?(not \\()?(id pr)?\\)?\\]?") {
        if let Ok(filter) = Filter::parse(Some(ResourceKind::User), Dialect::Entra, &text) {
            prop_assert_eq!(Filter::parse(Some(ResourceKind::User), Dialect::Entra, &filter.to_string()), Ok(filter));
        }
    }

    #[test]
    fn any_text_is_a_filter_or_refused(text in "\\PC{0,80}|[a-z\\[\\]()\". ]{0,80}") {
        for kind in [None, Some(ResourceKind::User)] {
            if let Ok(filter) = Filter::parse(kind, Dialect::Entra, &text) {
                let _matched = filter.matches(ResourceKind::User, &json!({ "id": "1", "userName": text }));
            }
        }
    }

    #[test]
    fn any_text_is_a_path_or_refused(path in "\\PC{0,60}|[a-z\\[\\]\". ]{0,60}|emails\\[[a-z \"]{0,20}\\]\\.?[a-z]{0,4}") {
        let _refused = operate(Dialect::Entra, &user(json!({})), json!([{ "op": "replace", "path": path, "value": "x" }]));
    }

    #[test]
    fn a_put_of_what_was_rendered_changes_nothing(body in user_bodies(), dialect in prop::sample::select(Dialect::ALL.to_vec())) {
        let before = post(ResourceKind::User, dialect, body).document;
        let rendered = rendering(&before).render();
        let after = intake(ResourceKind::User, dialect, Mode::Replace { before: &before }, rendered).unwrap();
        prop_assert_eq!(after.document, before);
        prop_assert_eq!(after.leniencies, []);
    }

    #[test]
    fn a_document_survives_its_storage(body in user_bodies()) {
        let document = post(ResourceKind::User, Dialect::Generic, body).document;
        prop_assert_eq!(Document::from_stored(ResourceKind::User, &document.to_stored()), Ok(document));
    }

    #[test]
    fn replace_equals_remove_then_add(body in user_bodies(), title in text(), emails in vec(text(), 1..4)) {
        let before = post(ResourceKind::User, Dialect::Generic, body).document;
        let emails: Vec<Value> = emails.into_iter().map(|value| json!({ "value": value })).collect();
        for (path, value) in [("title", json!(title)), ("emails", json!(emails))] {
            let replaced = operate(Dialect::Generic, &before, json!([{ "op": "replace", "path": path, "value": value }])).unwrap();
            let operations = json!([{ "op": "remove", "path": path }, { "op": "add", "path": path, "value": value }]);
            prop_assert_eq!(replaced.document, operate(Dialect::Generic, &before, operations).unwrap().document);
        }
    }

    #[test]
    fn no_body_ever_sets_what_the_server_computes(body in any_bodies(), dialect in prop::sample::select(Dialect::ALL.to_vec())) {
        let mut bodies = vec![body.clone()];
        if let Value::Object(members) = &body {
            let mut whole = members.clone();
            whole.insert("schemas".to_owned(), json!([ResourceKind::User.schema()]));
            whole.insert("userName".to_owned(), "ann".into());
            whole.insert("displayName".to_owned(), "Ann".into());
            bodies.push(Value::Object(whole));
        }
        let mut documents = Vec::new();
        for kind in ResourceKind::ALL {
            for body in &bodies {
                documents.extend(intake(kind, dialect, Mode::Create, body.clone()).map(|taken| taken.document));
            }
            let before = if kind == ResourceKind::User { user(json!({})) } else { group("G") };
            for path in [None, Some("emails"), Some("name"), Some(ENTERPRISE), Some("members"), Some("displayName")] {
                for op in ["add", "replace"] {
                    let operations = json!([{ "op": op, "path": path, "value": body }]);
                    documents.extend(operate(dialect, &before, operations).map(|patched| patched.document));
                }
            }
        }
        for document in documents {
            for name in ["id", "meta", "groups", "schemas", "members", "password"] {
                prop_assert!(!document.attributes().keys().any(|key| key.eq_ignore_ascii_case(name)), "{name} in {document:?}");
            }
            prop_assert_eq!(Document::from_stored(document.kind(), &document.to_stored()), Ok(document));
        }
    }
}
