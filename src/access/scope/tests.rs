use proptest::prelude::*;

use super::*;

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

#[test]
fn a_scope_is_written_as_type_and_id() {
    assert_eq!(scope("team:emea-1"), Scope::Instance { kind: "team".into(), id: "emea-1".into() });
    assert_eq!(scope("organization"), Scope::Organization);
}

#[test]
fn what_is_no_scope_is_refused() {
    for text in [
        "",
        "team",
        "team:",
        ":emea",
        "Team:emea",
        "team: emea",
        "team:a\nb",
        "organization:1",
        "team:{team}",
        "team:\u{202e}x",
    ] {
        assert!(Scope::parse(text).is_err(), "{text:?}");
    }
    assert!(Scope::instance("team", &"x".repeat(129)).is_err());
}

#[test]
fn an_unlinked_instance_lies_directly_under_the_organization() {
    let tree = ScopeTree::new();
    assert_eq!(tree.path(&scope("team:x")).cloned().collect::<Vec<_>>(), [scope("team:x"), Scope::Organization]);
}

#[test]
fn a_scope_lies_within_everything_above_it_and_nothing_beside_it() {
    let tree =
        ScopeTree::from_links([(scope("team:a"), scope("region:emea")), (scope("region:emea"), scope("area:world"))])
            .unwrap();
    assert!(tree.is_within(&scope("team:a"), &scope("area:world")));
    assert!(tree.is_within(&scope("team:a"), &Scope::Organization));
    assert!(!tree.is_within(&scope("area:world"), &scope("team:a")));
    assert!(!tree.is_within(&scope("team:b"), &scope("area:world")));
}

#[test]
fn a_link_that_closes_a_circle_is_refused_and_leaves_the_tree_as_it_was() {
    let mut tree = ScopeTree::from_links([(scope("team:a"), scope("team:b"))]).unwrap();
    let before = tree.clone();
    assert!(matches!(tree.link(scope("team:b"), scope("team:a")), Err(ScopeError::Circle(..))));
    assert!(matches!(tree.link(scope("team:b"), scope("team:b")), Err(ScopeError::Circle(..))));
    assert_eq!(tree, before);
}

#[test]
fn a_tree_deeper_than_the_limit_is_refused() {
    let links = (0..9).map(|n| (scope(&format!("team:{n}")), scope(&format!("team:{}", n + 1))));
    assert!(matches!(ScopeTree::from_links(links), Err(ScopeError::Depth(..))));
}

proptest! {
    #[test]
    fn a_scope_survives_its_text(kind in "[a-z_]{1,12}", id in "[a-zA-Z0-9:.@-]{1,40}") {
        prop_assume!(kind != "organization");
        let scope = Scope::instance(&kind, &id).unwrap();
        prop_assert_eq!(Scope::parse(&scope.to_string()), Ok(scope));
    }

    #[test]
    fn reading_a_scope_never_panics(text in "\\PC{0,200}") {
        if let Ok(scope) = Scope::parse(&text) {
            prop_assert_eq!(scope.to_string(), text);
        }
    }

    #[test]
    fn every_path_ends_at_the_organization(links in proptest::collection::vec((0_u8..12, 0_u8..12), 0..20)) {
        let mut tree = ScopeTree::new();
        for (child, parent) in links {
            let _refused = tree.link(scope(&format!("team:{child}")), scope(&format!("team:{parent}")));
        }
        for n in 0..12 {
            let team = scope(&format!("team:{n}"));
            prop_assert_eq!(tree.path(&team).last(), Some(&Scope::Organization));
        }
    }
}
