//! What the shipped catalogues promise beyond their own `[[check]]` rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::given::{Always, ZERO, user};
use crate::access::*;
use crate::model::RuleId;

fn catalogue(key: &str) -> Arc<Catalogue> {
    let text = match key {
        "miopsai" => include_str!("../../../catalogues/miopsai.toml"),
        "opspilot365" => include_str!("../../../catalogues/opspilot365.toml"),
        "omniflow" => include_str!("../../../catalogues/omniflow.toml"),
        "allinone" => include_str!("../../../catalogues/allinone.toml"),
        "aibams" => include_str!("../../../catalogues/aibams.toml"),
        other => panic!("{other}"),
    };
    Arc::new(Catalogue::parse(text, key).unwrap())
}

fn rule(role: &str) -> Rule {
    Rule {
        id: RuleId::new(ZERO, &Always(1)),
        version: 1,
        group: GroupMatch::new("name", "Everybody").unwrap(),
        role: role.to_owned(),
        scope: ScopeTemplate::parse("organization").unwrap(),
        priority: 0,
    }
}

fn access(policy: &Policy, role: &str, scope: &str) -> CompiledAccess {
    let scope = Scope::parse(scope).unwrap();
    let held = Assignment { role: role.to_owned(), scope, until: None, source: Source::Default };
    compile(
        policy,
        &SubjectFacts {
            user: user(1),
            user_name: "ann".into(),
            holder: HolderKind::Person,
            active: true,
            assignments: vec![held],
            overrides: vec![],
            shares: vec![],
        },
    )
}

#[test]
fn the_owners_of_miopsai_and_aibams_are_never_given_by_a_mapping_rule() {
    for key in ["miopsai", "aibams"] {
        assert_eq!(rule("owner").check(&catalogue(key), &[]), Err(RuleError::ExactlyOne("owner".into())), "{key}");
        assert_eq!(rule("admin").check(&catalogue(key), &[]), Ok(()), "{key}");
    }
}

#[test]
fn the_owners_of_miopsai_and_aibams_are_never_none_and_never_two() {
    for key in ["miopsai", "aibams"] {
        let broken = |count| check_holders(&catalogue(key), &BTreeMap::from([("owner".to_owned(), count)])).len();
        assert_eq!([broken(0), broken(1), broken(2)], [1, 0, 1], "{key}");
    }
}

#[test]
fn each_product_begins_with_the_role_that_may_do_most() {
    let founding = |key| catalogue(key).founding_role().map(|role| role.key.clone()).unwrap();
    let keys = ["miopsai", "opspilot365", "omniflow", "allinone", "aibams"];
    assert_eq!(keys.map(founding), ["owner", "administrator", "admin", "super_admin", "owner"]);
}

#[test]
fn service_accounts_cannot_be_given_omniflows_admin() {
    let policy = Policy::new(catalogue("omniflow"));
    let admin = access(&policy, "admin", "organization");
    let give =
        |role, to| may_grant(&policy, &admin, &Grant::Role { role, scope: &Scope::Organization, to }, ZERO, None);
    assert_eq!(give("admin", HolderKind::ServiceAccount), Err(GrantRefusal::ServiceAccount("admin".into())));
    assert_eq!(give("admin", HolderKind::Person), Ok(()));
    assert_eq!(give("agent", HolderKind::ServiceAccount), Ok(()));
}

#[test]
fn a_deny_can_be_expressed_everywhere_but_in_omniflow() {
    let keys = ["miopsai", "opspilot365", "omniflow", "allinone", "aibams"];
    assert_eq!(keys.map(|key| catalogue(key).allows_deny()), [true, true, false, true, true]);
}

#[test]
fn custom_roles_are_had_on_the_plans_that_have_them() {
    let has = |key, plan| catalogue(key).has_custom_roles(plan);
    assert_eq!(
        [has("miopsai", Some("starter")), has("miopsai", Some("agency")), has("miopsai", Some("enterprise"))],
        [false, true, true]
    );
    assert_eq!(
        [has("aibams", Some("standard")), has("aibams", Some("enterprise")), has("aibams", None)],
        [false, true, false]
    );
    assert!(has("omniflow", None));
}

#[test]
fn exactly_four_operations_of_opspilot365_are_sensitive() {
    let catalogue = catalogue("opspilot365");
    let sensitive = catalogue.permissions().iter().filter(|permission| permission.sensitive);
    assert_eq!(
        sensitive.map(|permission| permission.key.as_str()).collect::<Vec<_>>(),
        ["identity.reset_password", "device.wipe", "security.manage_policies", "licensing.purchase"]
    );
}

#[test]
fn a_sensitive_operation_is_approved_by_a_manager_of_that_customer() {
    let policy = Policy::new(catalogue("opspilot365"));
    let question = Question::about("device.wipe", Some(Scope::parse("customer:contoso").unwrap()));
    let resolved = policy.resolve(&question).unwrap();
    let approves =
        |role, scope| resolved.approval().unwrap().is_approver(&access(&policy, role, scope), &resolved, ZERO);
    assert!(approves("manager", "customer:contoso") && approves("administrator", "customer:fabrikam"));
    assert!(!approves("manager", "customer:fabrikam") && !approves("technician", "customer:contoso"));
}

#[test]
fn every_resource_of_allinone_has_the_four_row_actions() {
    let catalogue = catalogue("allinone");
    for kind in ["member", "contact", "campaign", "invoice", "integration"] {
        assert!(catalogue.resource_type(kind).is_some());
        for action in ["view", "edit", "suspend", "delete"] {
            assert!(catalogue.permission(&format!("{kind}.{action}")).is_some(), "{kind}.{action}");
        }
    }
}

#[test]
fn an_administrator_is_given_only_by_who_holds_everything_everywhere() {
    let policy = Policy::new(catalogue("opspilot365"));
    let scope = Scope::parse("customer:contoso").unwrap();
    let grant = Grant::Role { role: "administrator", scope: &scope, to: HolderKind::Person };
    assert!(may_grant(&policy, &access(&policy, "manager", "customer:contoso"), &grant, ZERO, None).is_err());
    assert_eq!(may_grant(&policy, &access(&policy, "administrator", "organization"), &grant, ZERO, None), Ok(()));
}

#[test]
fn the_departments_of_miopsai_are_there_from_the_start() {
    let departments = catalogue("miopsai").scope_type("department").map(|kind| kind.instances.clone());
    assert_eq!(departments.unwrap(), ["marketing", "sales", "success", "finance"]);
}
