use proptest::prelude::*;

use super::*;
use crate::access::tests::given::{Always, ZERO, deny_wins};

fn group(name: &str) -> GroupFacts<'_> {
    GroupFacts { id: GroupId::new(ZERO, &Always(7)), external_id: Some("ext-1"), display_name: name }
}

fn rule(kind: &str, text: &str, role: &str, scope: &str) -> Rule {
    Rule {
        id: RuleId::new(ZERO, &Always(9)),
        version: 1,
        group: GroupMatch::new(kind, text).unwrap(),
        role: role.to_owned(),
        scope: ScopeTemplate::parse(scope).unwrap(),
        priority: 0,
    }
}

fn scope(text: &str) -> Option<Result<Scope, MappingError>> {
    Some(Ok(Scope::parse(text).unwrap()))
}

#[test]
fn a_name_matches_whatever_its_case() {
    let rule = rule("name", "App Leads", "lead", "organization");
    assert_eq!(rule.derive(&group("app LEADS")), scope("organization"));
    assert_eq!(rule.derive(&group("app leads 2")), None);
}

#[test]
fn an_id_matches_the_scim_id_and_the_external_id() {
    let by_external = rule("id", "ext-1", "lead", "team:a");
    let by_id = rule("id", &GroupId::new(ZERO, &Always(7)).to_string(), "lead", "team:a");
    assert_eq!(by_external.derive(&group("any")), scope("team:a"));
    assert_eq!(by_id.derive(&group("any")), scope("team:a"));
    assert_eq!(rule("id", "any", "lead", "team:a").derive(&group("any")), None);
}

#[test]
fn a_pattern_matches_the_whole_name_and_its_captures_fill_the_scope() {
    let rule = rule("pattern", "app-(?<team>.+)-leads", "lead", "team:{team}");
    assert_eq!(rule.derive(&group("app-emea-1-leads")), scope("team:emea-1"));
    assert_eq!(rule.derive(&group("APP-EMEA-LEADS")), scope("team:EMEA"));
    assert_eq!(rule.derive(&group("my-app-emea-leads")), None);
    assert_eq!(rule.derive(&group("app-emea-leads-2")), None);
    assert_eq!(rule.derive(&group("app-emea-leads\n")), None);
}

#[test]
fn alternatives_in_a_pattern_are_anchored_as_a_whole() {
    let rule = rule("pattern", "leads|admins", "lead", "organization");
    assert_eq!(rule.derive(&group("leads-of-nothing")), None);
    assert_eq!(rule.derive(&group("admins")), scope("organization"));
}

#[test]
fn a_group_that_matches_but_makes_no_scope_is_an_error_and_never_a_wider_scope() {
    let rule = rule("pattern", "app-(?<team>.*)-leads", "lead", "team:{team}");
    assert!(matches!(rule.derive(&group("app-<script>-leads")), Some(Err(MappingError::Scope { .. }))));
    assert!(matches!(rule.derive(&group("app--leads")), Some(Err(MappingError::Capture { .. }))));
}

#[test]
fn a_capture_cannot_name_another_scope_type() {
    let rule = rule("pattern", "(?<team>.+)", "lead", "team:{team}");
    assert_eq!(rule.derive(&group("region:emea")), scope("team:region:emea"));
    assert_eq!(rule.derive(&group("organization")), scope("team:organization"));
}

#[test]
fn what_is_no_pattern_is_refused() {
    for text in ["(", "a)|(b", "(?<team>", "x{1000}{1000}", &"(".repeat(300)] {
        assert!(GroupMatch::new("pattern", text).is_err(), "{text}");
    }
    assert_eq!(GroupMatch::new("regex", "x"), Err(RuleError::MatchKind("regex".to_owned())));
    assert_eq!(GroupMatch::new("name", ""), Err(RuleError::Length));
}

#[test]
fn what_is_no_scope_template_is_refused() {
    for text in
        ["", "team", "team:", "team:{", "team:{}", "team:{a b}", "team:}", "te{a}m:x", "organization:{a}", "team: {a}"]
    {
        assert!(ScopeTemplate::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_role_with_exactly_one_holder_is_never_given_by_a_rule() {
    let error = rule("name", "Owners", "owner", "organization").check(&deny_wins(), &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`owner` has exactly one holder and is never given by a mapping rule: it moves by transfer"
    );
}

#[test]
fn a_rule_for_an_unknown_role_is_refused_with_the_right_one() {
    let error = rule("name", "Leads", "laed", "organization").check(&deny_wins(), &[]).unwrap_err();
    assert_eq!(error.to_string(), "`laed` is no role (did you mean `lead`?)");
}

#[test]
fn a_custom_role_can_be_given_by_a_rule() {
    let custom = CustomRole {
        key: "junior".to_owned(),
        title: "Junior".to_owned(),
        permissions: vec![],
        everywhere: vec![],
        version: 1,
        origin: None,
    };
    assert_eq!(rule("name", "Juniors", "junior", "team:a").check(&deny_wins(), &[custom]), Ok(()));
}

#[test]
fn a_rule_for_an_undeclared_scope_type_is_refused() {
    let error = rule("name", "Leads", "lead", "teem:a").check(&deny_wins(), &[]).unwrap_err();
    assert_eq!(error, RuleError::ScopeType("teem".to_owned(), Some("team".to_owned())));
}

#[test]
fn a_template_whose_capture_the_pattern_lacks_is_refused() {
    let check = |kind, text| rule(kind, text, "lead", "team:{team}").check(&deny_wins(), &[]);
    assert_eq!(
        check("pattern", "app-(?<taem>.+)"),
        Err(RuleError::Capture("team".to_owned(), Some("taem".to_owned())))
    );
    assert_eq!(check("name", "Leads"), Err(RuleError::Capture("team".to_owned(), None)));
    assert_eq!(check("pattern", "app-(?<team>.+)"), Ok(()));
}

proptest! {
    #[test]
    fn deriving_is_total_and_gives_only_scopes_of_the_templates_type(name in "\\PC{0,60}", pattern in "[a-z.*+?()|<>\\[\\]{}^$\\\\-]{1,20}") {
        if let Ok(group_match) = GroupMatch::new("pattern", &pattern) {
            let rule = Rule { group: group_match, ..rule("name", "x", "lead", "team:a") };
            let derived = rule.derive(&group(&name));
            prop_assert!(derived.is_none() || derived == scope("team:a"));
        }
        let capturing = rule("pattern", "(?<team>.+)", "lead", "team:{team}");
        if let Some(Ok(scope)) = capturing.derive(&group(&name)) {
            prop_assert_eq!(scope.kind(), "team");
            prop_assert_eq!(Scope::parse(&scope.to_string()), Ok(scope));
        }
    }
}
