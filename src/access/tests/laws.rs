//! What must hold of every decision, whatever the facts.

use std::slice::from_ref;

use proptest::prelude::*;

use super::given::*;
use super::reference::reference;
use crate::access::*;

/// So many cases, unless `PROPTEST_CASES` says how many.
fn cases(few: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    if asked.cases == 256 { ProptestConfig::with_cases(few) } else { asked }
}

proptest! {
    #![proptest_config(cases(1_500))]

    #[test]
    fn the_decision_is_what_the_reference_says(policy in policy(), facts in facts(), asked in asked(), now in moment()) {
        prop_assert_eq!(answer(&policy, &facts, &asked, now).reason, reference(&policy, &facts, &asked, now));
    }
}

proptest! {
    #![proptest_config(cases(250))]

    #[test]
    fn deny_wins(policy in policy_of(super::given::deny_wins()), mut facts in facts(), asked in asked(), mut deny in override_of(Just(Effect::Deny)), now in moment()) {
        deny.permission = asked.action.clone();
        deny.until = None;
        let reached = policy.resolve(&asked.question()).is_ok_and(|resolved| policy.scopes.is_within(resolved.scope(), deny.scope.widest()));
        facts.overrides.push(deny);
        prop_assert!(!reached || !answer(&policy, &facts, &asked, now).allowed);
    }

    #[test]
    fn additive_never_removes(policy in policy_of(super::given::additive()), facts in facts(), more in facts(), asked in asked(), now in moment()) {
        let mut all = facts.clone();
        all.assignments.extend(more.assignments);
        all.overrides.extend(more.overrides);
        all.shares.extend(more.shares);
        prop_assert!(!answer(&policy, &facts, &asked, now).allowed || answer(&policy, &all, &asked, now).allowed);
    }

    #[test]
    fn a_narrower_scope_only_adds_to_a_wider_one_in_additive(policy in policy_of(super::given::additive()), facts in facts(), action in permission(), inner in scope(), up in 0_usize..3, now in moment()) {
        prop_assume!(policy.knows_scope(&inner));
        let outer = policy.scopes.path(&inner).nth(up).cloned().unwrap_or(Scope::Organization);
        let ask = |scope| answer(&policy, &facts, &Asked { action: action.clone(), resource: ("", ""), scope: Some(scope) }, now);
        prop_assert!(!ask(outer).allowed || ask(inner).allowed);
    }

    #[test]
    fn members_only_has_no_back_door(policy in policy(), mut facts in facts(), asked in asked(), now in moment()) {
        facts.shares.retain(|share| share.resource.kind != "inbox");
        prop_assert!(asked.action != "inbox.read" || !answer(&policy, &facts, &asked, now).allowed);
        let by_role = asked.action == "inbox.manage";
        prop_assert!(asked.resource.0 != "inbox" || by_role || !answer(&policy, &facts, &asked, now).allowed);
    }

    #[test]
    fn what_goes_by_share_has_no_back_door(policy in policy(), mut facts in facts(), asked in asked(), now in moment()) {
        facts.shares.retain(|share| share.resource.kind != "file");
        let goes_by_share = asked.action == "shared.view" && asked.resource.0 == "file";
        prop_assert!(!goes_by_share || !answer(&policy, &facts, &asked, now).allowed);
    }

    #[test]
    fn what_is_reserved_to_a_role_comes_by_no_other_way(policy in policy(), mut facts in facts(), mut asked in asked(), now in moment()) {
        facts.assignments.retain(|held| held.role != "owner");
        asked.action = "user.manage".to_owned();
        prop_assert!(!answer(&policy, &facts, &asked, now).allowed);
    }

    #[test]
    fn what_a_role_never_has_no_exception_gives(policy in policy_of(super::given::deny_wins()), mut facts in facts(), mut asked in asked(), now in moment()) {
        asked.action = "device.wipe".to_owned();
        facts.assignments.push(Assignment { role: "member".into(), scope: asked.scope.clone().unwrap_or(Scope::Organization), until: None, source: Source::Default });
        prop_assert_ne!(answer(&policy, &facts, &asked, now).reason, Reason::AllowedByOverride);
    }

    #[test]
    fn expiry_is_monotone(policy in policy(), mut facts in facts(), asked in asked(), now in moment(), later in moment()) {
        prop_assume!(now <= later);
        // A deny that ends may give back, and so may a deny of the right to act alone; nothing else does.
        facts.overrides.iter_mut().filter(|given| given.effect == Effect::Deny).for_each(|given| given.until = None);
        // And so may a role that keeps exceptions from giving something.
        facts.assignments.iter_mut().filter(|held| held.role == "member").for_each(|held| held.until = None);
        prop_assert!(!answer(&policy, &facts, &asked, later).allowed || answer(&policy, &facts, &asked, now).allowed);
    }

    #[test]
    fn deciding_is_total(action in "\\PC{0,40}", kind in "\\PC{0,20}", id in "\\PC{0,40}", facts in facts(), policy in policy(), now in any::<i64>()) {
        let question = Question { action: &action, resource_kind: &kind, resource_id: &id, scope: None };
        let explanation = explain(&policy, &facts, &question, crate::model::Timestamp::from_micros(now));
        prop_assert!(!explanation.allowed);
    }

    #[test]
    fn explanation_implies_decision(policy in policy(), facts in facts(), asked in asked(), now in moment()) {
        let decision = answer(&policy, &facts, &asked, now);
        let explanation = explain(&policy, &facts, &asked.question(), now);
        prop_assert_eq!((explanation.allowed, explanation.reason), (decision.allowed, decision.reason));
        prop_assert_eq!(explanation.allowed, explanation.nearest.is_empty() && !explanation.grounds.is_empty());
    }

    #[test]
    fn the_ground_of_an_explanation_is_of_the_kind_its_reason_names(policy in policy(), facts in facts(), asked in asked(), now in moment()) {
        let Explanation { reason, grounds, .. } = explain(&policy, &facts, &asked.question(), now);
        let first = grounds.first().map(|ground| match ground {
            Ground::Role { .. } => "role",
            Ground::Override { effect: Effect::Allow, .. } => "allow",
            Ground::Override { effect: Effect::Deny, .. } => "deny",
            Ground::Share { .. } => "share",
        });
        match reason {
            Reason::AllowedByRole => prop_assert_eq!(first, Some("role")),
            Reason::AllowedByOverride => prop_assert_eq!(first, Some("allow")),
            Reason::AllowedByShare => prop_assert_eq!(first, Some("share")),
            Reason::DeniedByOverride => prop_assert_eq!(first, Some("deny")),
            Reason::Plan | Reason::ApprovalRequired => prop_assert!(first.is_some()),
            Reason::Inactive | Reason::MembersOnly | Reason::NoGrant | Reason::UnknownAction | Reason::UnknownScope => prop_assert_eq!(first, None),
        }
    }

    #[test]
    fn without_what_an_allow_rests_on_it_is_no_longer_allowed(mut policy in policy(), facts in facts(), asked in asked(), now in moment()) {
        // Else taking away what counts brings the default role, or the rules of the next priority.
        (policy.mapping_mode, policy.default_role) = (MappingMode::Union, None);
        let mut stripped = facts.clone();
        // A role that goes may have kept an exception from giving it.
        stripped.overrides.retain(|given| given.effect == Effect::Deny || !["device.wipe", "audit.view"].contains(&given.permission.as_str()));
        for ground in explain(&policy, &facts, &asked.question(), now).grounds {
            match ground {
                Ground::Role { role, scope, .. } => stripped.assignments.retain(|held| held.role != role || held.scope != scope),
                Ground::Override { effect: Effect::Allow, permission, .. } => stripped.overrides.retain(|given| given.permission != permission || given.effect == Effect::Deny),
                Ground::Override { effect: Effect::Deny, .. } => {}
                Ground::Share { resource, .. } => stripped.shares.retain(|share| share.resource != resource),
            }
        }
        prop_assert!(!answer(&policy, &stripped, &asked, now).allowed);
    }

    #[test]
    fn nobody_can_do_by_a_given_role_what_its_giver_cannot(policy in policy(), mut giver in facts(), mut held in assignment(), asked in asked(), now in moment(), later in moment()) {
        // What is given is often what the giver has, or less than an owner has.
        giver.assignments.push(Assignment { role: "owner".into(), source: Source::Default, ..held.clone() });
        (held.source, held.until) = (Source::Default, held.until.filter(|until| now < *until));
        let wanted = Grant::Role { role: &held.role, scope: &held.scope, to: HolderKind::Person };
        let given = may_grant(&policy, &compile(&policy, &giver), &wanted, now, held.until);
        let receiver = SubjectFacts { assignments: given.map(|()| held.clone()).into_iter().collect(), ..nobody() };
        // The receiver has only what was given; the giver keeps what everybody has.
        let given_alone = Policy { default_role: None, ..policy.clone() };
        for moment in [now, later.max(now)] {
            prop_assert!(!answer(&given_alone, &receiver, &asked, moment).allowed || answer(&policy, &giver, &asked, moment).allowed);
        }
    }

    #[test]
    fn nobody_can_do_by_a_given_share_what_its_giver_cannot(policy in policy(), mut giver in facts(), held in assignment(), mut given in share(), asked in asked(), now in moment(), later in moment()) {
        giver.assignments.push(Assignment { source: Source::Default, ..held });
        given.until = given.until.filter(|until| now < *until);
        let wanted = Grant::Share { resource: &given.resource, level: &given.level };
        // Who chooses the members of an inbox need not be one.
        prop_assume!(given.resource.kind != "inbox" || !answer(&policy, &giver, &Asked { action: "inbox.manage".into(), resource: ("inbox", "1"), scope: None }, now).allowed);
        // What only a share opens comes with it, also from who opens the resource otherwise.
        prop_assume!(asked.action != "shared.view");
        let shares = may_grant(&policy, &compile(&policy, &giver), &wanted, now, given.until).map(|()| given.clone());
        let receiver = SubjectFacts { shares: shares.into_iter().collect(), ..nobody() };
        // The receiver has only what was given; the giver keeps what everybody has.
        let given_alone = Policy { default_role: None, ..policy.clone() };
        for moment in [now, later.max(now)] {
            prop_assert!(!answer(&given_alone, &receiver, &asked, moment).allowed || answer(&policy, &giver, &asked, moment).allowed);
        }
    }

    #[test]
    fn a_preview_of_no_change_is_empty(policy in policy(), facts in facts(), now in moment()) {
        let facts = [facts];
        prop_assert_eq!(preview((&policy, &facts), (&policy, &facts), now), Preview::default());
    }

    #[test]
    fn what_a_preview_says_is_gained_is_what_is_then_allowed(policy in policy(), before in facts(), after in facts(), now in moment()) {
        for change in preview((&policy, from_ref(&before)), (&policy, from_ref(&after)), now).changes {
            for (keys, had, has) in [(&change.gained, &before, &after), (&change.lost, &after, &before)] {
                for key in keys {
                    let asked = Asked { action: key.clone(), resource: ("", ""), scope: Some(change.scope.clone()) };
                    let holds = |facts| matches!(answer(&policy, facts, &asked, now).reason, Reason::AllowedByRole | Reason::AllowedByOverride | Reason::ApprovalRequired);
                    prop_assert!(!holds(had) && holds(has), "{key} in {}", change.scope);
                }
            }
        }
    }
}
