//! The RBAC engine, pure: what an application's palette is, who holds what where, and the decision with its reasons.
//!
//! Facts flow one way. A [`Catalogue`] says what can be allowed at all; a [`Policy`] is one organization's use of it;
//! [`SubjectFacts`] are what is known about one person. [`compile`] turns policy and facts into a small
//! [`CompiledAccess`], and [`decide`] answers a [`ResolvedQuestion`] from it with a few word operations. [`explain`]
//! answers the same question slowly, from the facts themselves, and says why; a property test holds the two together.
//!
//! | file | what it is for |
//! |---|---|
//! | `permission`, `scope`, `role` | the nouns: numbered permissions and their sets, the tree of scopes, sets with a name |
//! | `catalogue` | the palette of an application, read from TOML; `check` runs its own `[[check]]` rows |
//! | `mapping` | directory group → role in scope |
//! | `assignment`, `override_`, `share`, `approval` | what a person can be given, and what is held back |
//! | `policy`, `compile`, `pool`, `decide`, `explain` | the decision |
//! | `contract` | what an organization asserts about itself |
//! | `constraint`, `diff` | what may be granted at all, and who would gain or lose by a change |
//!
//! Not here: any I/O, clock or store; which changes are revocations and what they wait for (`domain`).

mod approval;
mod assignment;
mod catalogue;
mod check;
mod compile;
mod constraint;
mod contract;
mod decide;
mod diff;
mod explain;
mod mapping;
mod override_;
mod permission;
mod policy;
mod pool;
mod role;
mod scope;
mod share;

#[cfg(test)]
mod tests;

pub use approval::{ApprovalRule, approvable_actions};
pub use assignment::{Assignment, Source, SubjectFacts};
pub use catalogue::{
    Catalogue, CatalogueError, Category, Combining, Duty, MadeBy, ResourceType, ScopeType, WithoutScope,
};
pub use check::CheckFailure;
pub use compile::{CompiledAccess, compile};
pub use constraint::{
    BrokenLimit, Grant, GrantRefusal, HolderKind, check_holders, holds_for_good, may_grant, never_given,
};
pub use contract::{Contract, ContractError, CounterExample, Never, Who};
pub use decide::{Decision, Reason, decide};
pub use diff::{Change, Preview, State, preview};
pub use explain::{Explanation, Ground, Nearest, explain};
pub use mapping::{GroupFacts, GroupMatch, MappingError, MappingMode, Rule, RuleError, ScopeTemplate};
pub use override_::{Effect, Override, Reach};
pub use permission::{Permission, PermissionNumber, PermissionSet};
pub use policy::{Policy, Question, ResolvedQuestion, UnknownQuestion};
pub use role::{CustomRole, CustomRoleError, HolderLimit, Role, RoleOrigin};
pub use scope::{Scope, ScopeError, ScopeTree};
pub use share::{ResourceRef, Share};
