//! Single facts about explanations, previews, grants and limits, told on the small catalogue of `given`.

use std::collections::BTreeMap;

use super::given::*;
use crate::access::*;
use crate::model::{GroupId, RequestId, RuleId, Timestamp};

fn held(role: &str, scope: &str) -> Assignment {
    Assignment { role: role.to_owned(), scope: Scope::parse(scope).unwrap(), until: None, source: Source::Default }
}

fn person(assignments: Vec<Assignment>) -> SubjectFacts {
    SubjectFacts {
        user: user(1),
        user_name: "ann".into(),
        holder: HolderKind::Person,
        active: true,
        assignments,
        overrides: vec![],
        shares: vec![],
    }
}

fn policy() -> Policy {
    Policy::new(deny_wins())
}

fn ask<'a>(action: &'a str, scope: &str) -> Question<'a> {
    Question::about(action, Some(Scope::parse(scope).unwrap()))
}

fn why(facts: &SubjectFacts, question: &Question<'_>) -> Explanation {
    explain(&policy(), facts, question, ZERO)
}

#[test]
fn an_allow_is_traced_back_to_the_group_and_the_scim_request() {
    let (rule, group) = (RuleId::new(ZERO, &Always(3)), GroupId::new(ZERO, &Always(4)));
    let request = RequestId::new(ZERO, &Always(5));
    let source = Source::Derived {
        rule,
        rule_version: 7,
        priority: 0,
        group,
        group_name: "Leads".into(),
        via: vec!["Team A".into()],
        since: Timestamp::from_micros(1_795_335_330_000_000),
        cause: Some(request),
    };
    let facts = person(vec![Assignment { source, ..held("lead", "team:a") }]);
    assert_eq!(
        why(&facts, &ask("file.edit", "team:a")).sentence,
        format!(
            "ann may `file.edit` in team:a: role `lead` in team:a, by rule {rule} (version 7), from group `Leads` via \
             `Team A` since 2026-11-22T08:15:30Z, request {request}"
        )
    );
}

#[test]
fn a_refusal_names_the_role_held_elsewhere_first_and_the_single_permission_last() {
    let nearest = why(&person(vec![held("lead", "team:b")]), &ask("file.edit", "team:a")).nearest;
    let team = |text| Scope::parse(text).unwrap();
    assert_eq!(
        nearest,
        [
            Nearest::HeldElsewhere { role: "lead".into(), scope: team("team:b"), until: None },
            Nearest::Role { role: "lead".into(), scope: team("team:a") },
            Nearest::Override { permission: "file.edit".into(), scope: team("team:a") },
        ]
    );
}

#[test]
fn a_held_back_action_names_who_may_agree() {
    let facts = person(vec![held("global", "team:a")]);
    let Explanation { reason, nearest, .. } = why(&facts, &ask("device.wipe", "team:a"));
    assert_eq!(reason, Reason::ApprovalRequired);
    assert_eq!(nearest, [Nearest::Approval { approver: "approval.decide".into() }]);
}

#[test]
fn an_unknown_action_is_explained_with_the_nearest_one() {
    let explanation = why(&person(vec![]), &ask("file.veiw", "team:a"));
    assert_eq!(explanation.reason, Reason::UnknownAction);
    assert_eq!(explanation.sentence, "`file.veiw` is no permission of this catalogue (did you mean `file.view`?)");
}

#[test]
fn who_approves_must_hold_the_approving_right_in_that_scope() {
    let policy = policy();
    let question = ask("device.wipe", "team:a");
    let resolved = policy.resolve(&question).unwrap();
    let rule = resolved.approval().unwrap();
    let approves = |scope| rule.is_approver(&compile(&policy, &person(vec![held("lead", scope)])), &resolved, ZERO);
    assert!(approves("team:a") && approves("organization"));
    assert!(!approves("team:b"));
}

#[test]
fn a_question_about_a_scope_is_asked_in_that_scope() {
    let question = Question { action: "file.edit", resource_kind: "team", resource_id: "a", scope: None };
    assert!(why(&person(vec![held("lead", "team:a")]), &question).allowed);
    assert!(!why(&person(vec![held("lead", "team:b")]), &question).allowed);
}

#[test]
fn a_role_in_a_region_holds_in_the_teams_linked_under_it() {
    let mut policy = policy();
    policy.scopes.link(Scope::parse("team:a").unwrap(), Scope::parse("region:emea").unwrap()).unwrap();
    let facts = person(vec![held("lead", "region:emea")]);
    assert!(explain(&policy, &facts, &ask("file.edit", "team:a"), ZERO).allowed);
    assert!(!explain(&policy, &facts, &ask("file.edit", "team:b"), ZERO).allowed);
}

#[test]
fn an_assignment_ends_at_its_moment_and_not_after() {
    let until = Some(Timestamp::from_micros(5));
    let facts = person(vec![Assignment { until, ..held("lead", "team:a") }]);
    let allowed = |now| explain(&policy(), &facts, &ask("file.edit", "team:a"), Timestamp::from_micros(now)).allowed;
    assert!(allowed(4));
    assert!(!allowed(5));
}

#[test]
fn the_default_role_catches_only_whoever_has_no_other() {
    let policy = Policy { default_role: Some("member".into()), ..policy() };
    let allowed = |facts: &SubjectFacts| explain(&policy, facts, &ask("file.view", "team:a"), ZERO).allowed;
    assert!(allowed(&person(vec![])));
    assert!(!allowed(&person(vec![held("lead", "team:b")])));
    let ends = |role, scope| person(vec![Assignment { until: Some(ZERO), ..held(role, scope) }]);
    assert!(allowed(&ends("lead", "team:b")), "what has ended took the default role with it");
}

#[test]
fn nobody_gives_what_they_do_not_hold() {
    let lead = compile(&policy(), &person(vec![held("lead", "team:a")]));
    let give = |role, scope: &str| {
        may_grant(
            &policy(),
            &lead,
            &Grant::Role { role, scope: &Scope::parse(scope).unwrap(), to: HolderKind::Person },
            ZERO,
            None,
        )
    };
    assert_eq!(give("lead", "team:a"), Ok(()));
    assert!(matches!(give("lead", "team:b"), Err(GrantRefusal::Beyond { .. })));
    assert!(matches!(give("lead", "organization"), Err(GrantRefusal::Beyond { .. })));
    assert_eq!(give("owner", "team:a"), Err(GrantRefusal::ExactlyOne("owner".into())));
    assert_eq!(give("gone", "team:a"), Err(GrantRefusal::NoSuchRole("gone".into())));
}

#[test]
fn a_role_that_reaches_everywhere_is_given_only_by_who_holds_that_reach() {
    let global = Grant::Role { role: "global", scope: &Scope::parse("team:a").unwrap(), to: HolderKind::Person };
    let give =
        |scope| may_grant(&policy(), &compile(&policy(), &person(vec![held("owner", scope)])), &global, ZERO, None);
    assert!(matches!(give("team:a"), Err(GrantRefusal::Beyond { scope: Scope::Organization, .. })));
    assert_eq!(give("organization"), Ok(()));
}

#[test]
fn what_is_denied_to_the_giver_in_one_team_cannot_be_given_for_all_teams() {
    let deny = Override {
        permission: "file.view".into(),
        effect: Effect::Deny,
        scope: Scope::parse("team:a").unwrap().into(),
        until: None,
        reason: String::new(),
        author: String::new(),
    };
    let giver = SubjectFacts { overrides: vec![deny], ..person(vec![held("owner", "organization")]) };
    let grant = Grant::Permission { permission: "file.view", scope: &Scope::Organization };
    assert!(matches!(
        may_grant(&policy(), &compile(&policy(), &giver), &grant, ZERO, None),
        Err(GrantRefusal::Beyond { .. })
    ));
}

#[test]
fn nobody_gives_for_longer_than_they_hold() {
    let ends = |until: i64| Some(Timestamp::from_micros(until));
    let held = Assignment { until: ends(10), ..held("lead", "team:a") };
    let lead = compile(&policy(), &person(vec![held]));
    let role = Grant::Role { role: "lead", scope: &Scope::parse("team:a").unwrap(), to: HolderKind::Person };
    assert_eq!(may_grant(&policy(), &lead, &role, ZERO, ends(10)), Ok(()));
    for until in [None, ends(11)] {
        assert!(matches!(may_grant(&policy(), &lead, &role, ZERO, until), Err(GrantRefusal::Outlasting { .. })));
    }
}

#[test]
fn only_what_one_may_do_to_a_resource_is_shared_and_the_members_are_chosen_by_who_may_choose_them() {
    let shares = |facts: SubjectFacts, kind: &str, level: &str| {
        let resource = ResourceRef { kind: kind.into(), id: "1".into() };
        may_grant(&policy(), &compile(&policy(), &facts), &Grant::Share { resource: &resource, level }, ZERO, None)
    };
    let own = |kind: &str, level: &str| {
        let resource = ResourceRef { kind: kind.into(), id: "1".into() };
        SubjectFacts { shares: vec![Share { resource, level: level.into(), until: None }], ..person(vec![]) }
    };
    assert_eq!(shares(person(vec![held("lead", "organization")]), "file", "edit"), Ok(()));
    assert!(matches!(shares(person(vec![held("lead", "team:a")]), "file", "view"), Err(GrantRefusal::Unshared { .. })));
    assert_eq!(shares(own("file", "view"), "file", "view"), Ok(()));
    assert!(matches!(shares(own("file", "view"), "file", "edit"), Err(GrantRefusal::Unshared { .. })));
    assert_eq!(shares(own("inbox", "member"), "inbox", "member"), Ok(()));
    assert_eq!(shares(person(vec![held("owner", "organization")]), "inbox", "member"), Ok(()));
    assert!(matches!(
        shares(person(vec![held("lead", "organization")]), "inbox", "member"),
        Err(GrantRefusal::Unshared { .. })
    ));
    assert!(matches!(shares(own("file", "view"), "file", "gone"), Err(GrantRefusal::NoSuchLevel(_))));
}

#[test]
fn a_custom_role_is_no_way_around_the_givers_own_rights() {
    let lead = compile(&policy(), &person(vec![held("lead", "organization")]));
    let set = |keys: &[&str]| {
        let permissions: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        may_grant(&policy(), &lead, &Grant::Set { permissions: &permissions }, ZERO, None)
    };
    assert_eq!(set(&["file.view", "file.edit"]), Ok(()));
    assert!(matches!(set(&["file.view", "user.manage"]), Err(GrantRefusal::Beyond { .. })));
    assert_eq!(set(&["file.veiw"]), Err(GrantRefusal::NoSuchPermission("file.veiw".into())));
}

#[test]
fn a_custom_role_cannot_take_the_key_of_a_built_in_one_or_hold_what_does_not_exist() {
    let role = |key: &str, permission: &str| CustomRole {
        key: key.into(),
        title: "T".into(),
        permissions: vec![permission.into()],
        everywhere: vec![],
        version: 1,
        origin: None,
    };
    assert_eq!(role("lead", "file.view").check(&deny_wins()), Err(CustomRoleError::BuiltIn("lead".into())));
    assert!(matches!(role("new", "file.veiw").check(&deny_wins()), Err(CustomRoleError::Permission(..))));
    assert!(matches!(role("New!", "file.view").check(&deny_wins()), Err(CustomRoleError::Key(_))));
    assert_eq!(role("new", "file.view").check(&deny_wins()), Ok(()));
}

#[test]
fn a_role_with_exactly_one_holder_breaks_at_none_and_at_two() {
    let broken = |count| check_holders(&deny_wins(), &BTreeMap::from([("owner".to_owned(), count)]));
    assert_eq!(broken(0), [BrokenLimit::NoHolder { role: "owner".into() }]);
    assert_eq!(broken(1), []);
    assert_eq!(broken(2), [BrokenLimit::TooMany { role: "owner".into(), count: 2 }]);
}

#[test]
fn a_preview_names_who_gains_and_who_loses_what_and_where() {
    let policy = policy();
    let (before, after) = ([person(vec![held("lead", "team:a")])], [person(vec![held("member", "team:a")])]);
    let preview = preview((&policy, &before), (&policy, &after), ZERO);
    let [change] = preview.changes.as_slice() else { panic!("{preview:?}") };
    assert_eq!(change.scope.to_string(), "team:a");
    assert_eq!(change.gained, ["inbox.manage"]);
    assert_eq!(change.lost, ["file.edit", "device.wipe", "approval.decide", "file.all"]);
    assert_eq!(preview.losers(), [user(1)].into());
}

#[test]
fn a_preview_of_somebody_who_leaves_is_all_loss() {
    let policy = policy();
    let before = [person(vec![held("member", "organization")])];
    let preview = preview((&policy, &before), (&policy, &[]), ZERO);
    assert_eq!(preview.changes.iter().map(|change| change.lost.len()).collect::<Vec<_>>(), [2]);
    assert!(preview.gainers().is_empty());
}
