//! Who holds what: an organization's policy, the facts about a person, what mapping rules give to groups, and the
//! limits on holders.

mod derive;
mod facts;
mod floor;
mod giving;
mod managing;
mod policy;
mod record;
mod ways;

pub use policy::PolicyView;

pub(super) use derive::{group_changed, rule_changed, rule_of};
pub(super) use facts::{Known, Rows, Standing, facts_and_groups_of, facts_of, facts_of_many};
pub(super) use floor::{Floor, check_departure, last_holder, sole_roles};
pub(super) use giving::{check_may_give, check_may_move, check_may_open_door, check_may_take, check_plan};
pub(super) use managing::{Remit, check_manages};
pub(super) use policy::{Chosen, policy_of, reach_of, scope_of};
pub(super) use record::{GroupRecord, Groups, PersonRecord};
pub(super) use ways::groups_of;
