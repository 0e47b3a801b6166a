//! Every path against every door: open before, and closed for the very next request after the 2xx.

use super::doors::{ALL, Door, is_open};
use super::paths::{Path, Through, paths};
use super::world::{LogoutBinding, Person, World};
use crate::products::on_both_with;
use crate::support::Gateway;

fn person_of(world: &World<'_>, path: &Path) -> Person {
    match path.through {
        Through::Ordinary => world.person(path.held),
        Through::Entra => world.entra_person(path.held),
        Through::OwnConnection => {
            world.person_through(path.held, &world.connection(path.name, LogoutBinding::Redirect))
        }
        Through::LogoutByForm => world.person_through(path.held, &world.connection(path.name, LogoutBinding::Form)),
    }
}

/// What is wrong with this row, if anything is.
fn fault(world: &World<'_>, path: &Path) -> Option<String> {
    let person = person_of(world, path);
    // Twice: the second time, everything is answered from memory.
    for warmth in ["cold", "warm"] {
        let open = world.open(&person);
        if open != ALL {
            return Some(format!("{}: before, {warmth}, only {open:?} were open", path.name));
        }
    }
    let answer = (path.act)(world, &person);
    if !(200..400).contains(&answer.status) {
        return Some(format!("{}: answered {}: {}", path.name, answer.status, answer.body));
    }
    let open = world.open(&person);
    let expected: Vec<Door> = ALL.iter().copied().filter(|door| !path.closes.contains(door)).collect();
    (open != expected).then(|| format!("{}: afterwards {open:?} were open, and not {expected:?}", path.name))
}

on_both_with! { "everything":
    fn every_path_closes_the_doors_it_must_and_no_other(gateway: &Gateway) {
        let world = World::new(gateway);
        let faults: Vec<String> = paths().iter().filter_map(|path| fault(&world, path)).collect();
        assert!(faults.is_empty(), "{} rows fail:\n{}", faults.len(), faults.join("\n"));
    }

    // The first request after the answer, for each door: in the matrix only the first door that is asked is the first.
    fn whichever_door_is_tried_first_is_closed(gateway: &Gateway) {
        let world = World::new(gateway);
        let rows = paths();
        let row = |name: &str| rows.iter().find(|path| path.name == name).unwrap();
        for path in ["user-patch-active", "user-delete", "role-narrowed", "idp-logout"].map(row) {
            for &door in path.closes {
                let person = person_of(&world, path);
                assert_eq!(world.open(&person), ALL);
                assert!((path.act)(&world, &person).status < 400);
                assert!(!is_open(gateway, &person, door), "{door:?} after {}", path.name);
            }
        }
    }
}
