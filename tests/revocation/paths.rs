//! Every path that takes access away: how a person came to their rights, what is then done, and which doors must be
//! closed by it. Doors that are not named must still be open.

mod directory;
mod endings;
mod grants;
mod settings;

use super::doors::Door;
use super::world::{Held, Person, World};
use crate::support::Answer;

/// One row of the matrix.
pub struct Path {
    /// As `tests/coverage/mutating-routes.txt` calls it.
    pub name: &'static str,
    pub held: Held,
    pub act: fn(&World<'_>, &Person) -> Answer,
    pub closes: &'static [Door],
    pub through: Through,
}

/// Where the person comes from and signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// The first directory and the world's connection.
    Ordinary,
    /// A directory of the dialect `entra`.
    Entra,
    /// A connection of the person's own.
    OwnConnection,
    /// The same, whose identity provider sends its logout requests as forms.
    LogoutByForm,
}

const fn path(name: &'static str, held: Held, closes: &'static [Door], act: fn(&World<'_>, &Person) -> Answer) -> Path {
    Path { name, held, act, closes, through: Through::Ordinary }
}

/// The matrix, row by row.
pub fn paths() -> Vec<Path> {
    let mut paths = directory::paths();
    paths.extend(grants::paths());
    paths.extend(settings::paths());
    paths.extend(endings::paths());
    paths
}
