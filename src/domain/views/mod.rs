//! What admins look at: facts that lie in several tables, put together for a page, with names where the tables have ids.
//!
//! Everything here reads and nothing changes. Each view is one read on one connection, so a page does not contradict
//! itself. Not here: how it looks (`http/console`).

mod directories;
mod groups;
mod log;
mod members;
mod palette;
mod people;
mod person;
mod roles;
mod sessions;

pub use directories::{DirectoryDetail, SetUp, TokenLine};
pub use groups::{GroupLine, GroupPage, GroupPlace, RoleGiven};
pub use log::{LogPage, LoggedEntry, Named};
pub use members::MemberLine;
pub use palette::{Palette, Titled};
pub use people::{PeoplePage, PersonLine};
pub use person::{HeldRole, MemberOf, PersonView};
pub use roles::RoleLine;
pub use sessions::SessionLine;

use std::collections::HashMap;

use crate::model::OrganizationId;
use crate::store::{Conn, StoreError, directories as directory_rows};

/// The names of all directories by their ids.
fn directory_names(conn: &mut Conn, organization: OrganizationId) -> Result<HashMap<String, String>, StoreError> {
    let rows = directory_rows::all(conn, organization)?;
    Ok(rows.into_iter().map(|row| (row.id.to_string(), row.name)).collect())
}
