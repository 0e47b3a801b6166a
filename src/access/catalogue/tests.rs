use super::*;
use crate::access::HolderLimit;

const GOOD: &str = r#"
key = "small"
title = "Small"
combining = "deny-wins"
plans = ["basic", "pro"]

[administration]
manage = "user.manage"
audit = "audit.view"

[category.work]
title = "Work"
[category.work.permissions]
"ticket.view" = "See"
"ticket.edit" = "Edit"

[category.people]
title = "People"
[category.people.permissions]
"user.manage" = "Manage"
"audit.view" = "Audit"

[role.reader]
title = "Reader"
may = ["*.view"]
except = ["audit.view"]

[role.editor]
title = "Editor"
includes = ["reader"]
may = ["ticket.*"]

[role.admin]
title = "Admin"
may = ["*"]
holders = "at least one"

[scope.region]
title = "Region"

[scope.team]
title = "Team"
parent = "region"
instances = ["a", "b"]
"#;

fn parse(text: &str) -> Result<Catalogue, CatalogueError> {
    Catalogue::parse(text, "c.toml")
}

fn good() -> Catalogue {
    parse(GOOD).unwrap()
}

/// The error of `GOOD` with one thing replaced.
fn refused(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    parse(&GOOD.replacen(from, to, 1)).unwrap_err().to_string()
}

fn may(catalogue: &Catalogue, role: &str) -> Vec<String> {
    catalogue.keys(&catalogue.role(role).unwrap().permissions)
}

#[test]
fn permissions_are_numbered_in_the_order_of_the_file() {
    let keys: Vec<String> = good().permissions().iter().map(|permission| permission.key.clone()).collect();
    assert_eq!(keys, ["ticket.view", "ticket.edit", "user.manage", "audit.view"]);
    assert_eq!(good().permission("user.manage").map(crate::access::PermissionNumber::index), Some(2));
}

#[test]
fn patterns_are_expanded_and_exceptions_taken_out() {
    assert_eq!(may(&good(), "reader"), ["ticket.view"]);
    assert_eq!(may(&good(), "admin").len(), 4);
}

#[test]
fn a_role_has_what_the_roles_it_includes_have() {
    assert_eq!(may(&good(), "editor"), ["ticket.view", "ticket.edit"]);
}

#[test]
fn roles_and_scope_types_are_as_declared() {
    assert_eq!(good().role("admin").map(|role| role.holders), Some(HolderLimit::AtLeastOne));
    assert_eq!(
        good().scope_type("team").map(|kind| kind.instances.clone()),
        Some(vec!["a".to_owned(), "b".to_owned()])
    );
}

#[test]
fn a_scope_may_lie_under_the_organization_and_under_its_types_parent_only() {
    let allows = |scope, parent| good().allows_link(&Scope::parse(scope).unwrap(), &Scope::parse(parent).unwrap());
    assert!(allows("team:a", "region:emea") && allows("team:a", "organization"));
    assert!(!allows("team:a", "team:b") && !allows("region:emea", "team:a") && !allows("organization", "region:emea"));
}

#[test]
fn a_misspelt_key_is_refused_with_its_line_and_the_right_one() {
    assert_eq!(
        refused("except = [", "exept = ["),
        "c.toml:26: unknown field `exept`, expected one of `title`, `includes`, `may`, `except`, `everywhere`, `holders`, `service_accounts`, `reserved`, `never` (did you mean `except`?)"
    );
}

#[test]
fn a_misspelt_permission_is_refused_with_its_line_and_the_right_one() {
    assert_eq!(
        refused("manage = \"user.manage\"", "manage = \"user.mange\""),
        "c.toml:8: `user.mange` is no permission of this catalogue (did you mean `user.manage`?)"
    );
}

#[test]
fn a_pattern_that_matches_nothing_is_refused() {
    assert_eq!(
        refused("\"ticket.*\"", "\"tickets.*\""),
        "c.toml:31: `tickets.*` matches no permission of this catalogue (did you mean `ticket.*`?)"
    );
}

#[test]
fn a_star_in_the_middle_is_no_pattern() {
    for pattern in ["t*w", "tick*", "*iew", "ticket.*.x", "**"] {
        assert!(refused("\"ticket.*\"", &format!("\"{pattern}\"")).contains("matches no permission"), "{pattern}");
    }
}

#[test]
fn a_role_cannot_include_one_that_stands_after_it() {
    assert!(refused("[\"reader\"]", "[\"admin\"]").contains("is no role that stands before this one"));
    assert!(refused("[\"reader\"]", "[\"editor\"]").contains("is no role that stands before this one"));
}

#[test]
fn a_permission_declared_in_two_categories_is_refused() {
    assert!(refused("\"audit.view\" = \"Audit\"", "\"ticket.view\" = \"Again\"").contains("declared twice"));
}

#[test]
fn what_is_no_permission_key_is_refused() {
    for key in ["ticket", "Ticket.view", "ticket.", ".view", "ticket.vi ew", "ticket.*"] {
        assert!(refused("\"ticket.edit\" =", &format!("\"{key}\" =")).contains("is no permission"), "{key}");
    }
}

#[test]
fn the_organization_cannot_be_declared_as_a_scope() {
    assert!(refused("[scope.team]", "[scope.organization]").contains("is not declared"));
}

#[test]
fn an_unknown_plan_in_a_gate_is_refused() {
    let text = format!("{GOOD}\n[[gate]]\npermissions = [\"ticket.edit\"]\nplans = [\"por\"]");
    assert!(
        parse(&text).unwrap_err().to_string().ends_with("`por` is no plan of this catalogue (did you mean `pro`?)")
    );
}

#[test]
fn a_catalogue_whose_last_administrator_could_be_lost_is_refused() {
    assert!(refused("holders = \"at least one\"", "").contains("holders"));
    assert!(refused("may = [\"*\"]", "may = [\"ticket.*\"]").contains("user.manage"));
}

#[test]
fn members_only_without_levels_is_refused() {
    let text = format!("{GOOD}\n[resource.inbox]\ntitle = \"Inbox\"\nmembers_only = true");
    assert!(parse(&text).unwrap_err().to_string().contains("needs `levels`"));
}

#[test]
fn what_is_reserved_is_held_by_its_role_and_by_no_other() {
    let text = GOOD.replace("holders = \"at least one\"", "holders = \"at least one\"\nreserved = [\"user.manage\"]");
    let catalogue = parse(&text).unwrap();
    let number = catalogue.permission("user.manage").unwrap();
    assert_eq!(catalogue.reserved_to(number), Some("admin"));
    let shared = text.replace("reserved = [\"user.manage\"]", "reserved = [\"ticket.view\"]");
    let error = parse(&shared).unwrap_err().to_string();
    assert!(error.contains("`ticket.view` is reserved to `admin`, but `reader` has it too"), "{error}");
    let absent = GOOD.replace("except = [\"audit.view\"]", "except = [\"audit.view\"]\nreserved = [\"audit.view\"]");
    let error = parse(&absent).unwrap_err().to_string();
    assert!(error.contains("reserved to `reader`"), "{error}");
}

#[test]
fn a_share_gives_nothing_that_is_reserved_and_all_that_goes_by_share() {
    let text = GOOD.replace("holders = \"at least one\"", "holders = \"at least one\"\nreserved = [\"user.manage\"]");
    let with = |levels: &str| parse(&format!("{text}\n[resource.file]\ntitle = \"File\"\n{levels}"));
    let error = with("levels = [{ level = \"all\", may = [\"user.manage\"] }]").unwrap_err().to_string();
    assert!(error.contains("a share cannot give what is reserved"), "{error}");
    let error = with("levels = [{ level = \"all\", may = [\"ticket.view\"] }]\nby_share = [\"ticket.edit\"]");
    assert!(error.unwrap_err().to_string().contains("must be in one of its `levels`"));
}

#[test]
fn scopes_are_made_in_one_of_four_ways() {
    let with =
        |ways: &str| parse(&GOOD.replace("title = \"Region\"", &format!("title = \"Region\"\nmade_by = {ways}")));
    let made = |ways| with(ways).unwrap().scope_type("region").unwrap().made_by;
    let ways = ["[]", "['api']", "['api', 'rule']", "['api', 'rule', 'use']"].map(made);
    assert_eq!(ways, [MadeBy::Nothing, MadeBy::Api, MadeBy::Rule, MadeBy::Use]);
    for ways in ["['rule']", "['api', 'use']", "['api', 'api']", "['api', 'rule', 'use', 'api']", "['hand']"] {
        assert!(with(ways).unwrap_err().to_string().starts_with("c.toml:"), "{ways}");
    }
}

#[test]
fn what_a_permission_includes_is_had_with_it_through_every_link() {
    let rows = "[[include]]\npermission = \"ticket.edit\"\nincludes = [\"ticket.view\"]\n\
                [[include]]\npermission = \"audit.view\"\nincludes = [\"ticket.edit\"]\n";
    let catalogue = parse(&format!("{GOOD}\n{rows}")).unwrap();
    let audit = catalogue.whole(&catalogue.matching("audit.view"));
    assert_eq!(catalogue.keys(&audit), ["ticket.view", "ticket.edit", "audit.view"]);
    assert_eq!(catalogue.whole(&catalogue.matching("user.manage")).len(), 1);
}

#[test]
fn what_is_not_toml_is_refused_with_its_line() {
    assert!(refused("[scope.team]", "[scope.team").starts_with("c.toml:41: "));
}

#[test]
fn a_file_of_a_megabyte_and_more_is_not_read() {
    assert!(parse(&format!("{GOOD}#{}", "x".repeat(1 << 20))).unwrap_err().to_string().contains("bytes long"));
}

#[test]
fn the_founding_role_is_the_one_with_exactly_one_holder() {
    assert_eq!(good().founding_role().map(|role| role.key.as_str()), Some("admin"));
    let text = format!("{GOOD}\n[role.owner]\ntitle = \"Owner\"\nmay = [\"*\"]\nholders = \"exactly one\"");
    assert_eq!(parse(&text).unwrap().founding_role().map(|role| role.key.as_str()), Some("owner"));
}

proptest::proptest! {
    #[test]
    fn reading_a_catalogue_never_panics(at in 0_usize..900, junk in "[\\PC\n]{0,20}") {
        let cut = GOOD.char_indices().map(|(at, _)| at).nth(at).unwrap_or(GOOD.len());
        let (before, after) = GOOD.split_at(cut);
        let _either = parse(&format!("{before}{junk}{after}"));
    }
}
