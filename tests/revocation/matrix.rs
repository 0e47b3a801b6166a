//! Every path against every door: open before, and closed for the very next request after the 2xx.

use super::paths::{Path, paths};
use super::world::{ALL, Door, World, is_open};
use crate::support::Gateway;

/// What is wrong with this row, if anything is.
fn fault(world: &World<'_>, path: &Path) -> Option<String> {
    let person = if path.own_connection {
        world.person_through(path.held, &world.connection(path.name))
    } else {
        world.person(path.held)
    };
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

on_both! {
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
        for path in ["user-patch-active", "user-delete"].map(row) {
            for &door in path.closes {
                let person = world.person(path.held);
                assert_eq!(world.open(&person), ALL);
                assert!((path.act)(&world, &person).status < 300);
                assert!(!is_open(gateway, &person, door), "{door:?} after {}", path.name);
            }
        }
    }
}
