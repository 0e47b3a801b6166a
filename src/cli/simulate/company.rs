//! The people and groups that a simulation pushes: always the same ones, so that a second run changes nothing.

const GIVEN: [&str; 25] = [
    "Ann", "Bob", "Chloé", "Dmitri", "Elif", "Farah", "Goran", "Hana", "Ivo", "Jun", "Kwame", "Léa", "Mateo", "Nadia",
    "Oskar", "Priya", "Quentin", "Rosa", "Søren", "Tariq", "Uma", "Vera", "Wen", "Yusuf", "Zoë",
];
const FAMILY: [&str; 13] = [
    "Lee", "Adeyemi", "Berg", "Costa", "Dubois", "Eriksen", "Fischer", "García", "Horvat", "Ito", "Jansen", "Kaya",
    "Núñez",
];
const TENANTS: [&str; 8] = ["acme", "globex", "initech", "umbra", "hooli", "vertex", "zenith", "orbit"];

/// A made-up company at `corp.example`. People are made when they are asked for: there may be a million.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) people: usize,
    pub(super) groups: Vec<Group>,
}

/// Somebody who works there.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) given: &'static str,
    pub(super) family: &'static str,
    /// Name and address at once, as most identity providers have it.
    pub(super) user_name: String,
    /// A number that the providers' own ids are made from.
    pub(super) number: usize,
}

/// A group and its members.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    /// Positions of people.
    pub(super) members: Vec<usize>,
}

impl Company {
    /// So many people, dealt out in turn to so many groups.
    pub(super) fn new(people: u32, groups: u32) -> Self {
        let (people, groups) = (count(people), count(groups));
        let groups = (0..groups)
            .map(|index| Group { name: group_name(index), members: (index..people).step_by(groups.max(1)).collect() })
            .collect();
        Self { people, groups }
    }

    /// The person at this place, always the same.
    pub(super) fn person(&self, number: usize) -> Person {
        let given = GIVEN.get(number % GIVEN.len()).copied().unwrap_or_default();
        let family = FAMILY.get(number % FAMILY.len()).copied().unwrap_or_default();
        // 25 and 13 have no common divisor: names repeat after 325 people, and then bear a number.
        let round = number / (GIVEN.len() * FAMILY.len());
        let suffix = if round == 0 { String::new() } else { (round + 1).to_string() };
        let user_name = format!("{}.{}{suffix}@corp.example", ascii(given), ascii(family));
        Person { given, family, user_name, number }
    }
}

impl Person {
    /// Somebody whom a provider pushes for a while.
    pub(super) fn leaver(provider: &str) -> Self {
        let word = provider.to_ascii_lowercase().replace(' ', "-");
        Self { given: "Passing", family: "Guest", user_name: format!("guest.{word}@corp.example"), number: 9_999_999 }
    }

    /// As it is displayed.
    pub(super) fn display_name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The first four are those of the story: managers of two tenants, members of one, and viewers of everything.
fn group_name(index: usize) -> String {
    match index {
        0 => "tenant-acme-managers".to_owned(),
        1 => "tenant-globex-managers".to_owned(),
        2 => "tenant-acme-members".to_owned(),
        3 => "MiOpsAI Viewers".to_owned(),
        later => {
            let tenant = TENANTS.get(later % TENANTS.len()).copied().unwrap_or("acme");
            format!("tenant-{tenant}-{later}-members")
        }
    }
}

fn ascii(name: &str) -> String {
    name.chars()
        .map(|letter| match letter {
            'é' | 'ë' => 'e',
            'ø' => 'o',
            'í' => 'i',
            'ú' => 'u',
            'ñ' => 'n',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_of_ten_thousand_people_share_a_user_name() {
        let company = Company::new(10_000, 4);
        let names: BTreeSet<_> = (0..company.people).map(|number| company.person(number).user_name).collect();
        assert_eq!(names.len(), 10_000);
    }

    #[test]
    fn no_two_of_a_thousand_groups_share_a_name() {
        let company = Company::new(1, 1_000);
        assert_eq!(company.groups.iter().map(|group| &group.name).collect::<BTreeSet<_>>().len(), 1_000);
    }

    #[test]
    fn user_names_are_plain_ascii() {
        let company = Company::new(400, 0);
        assert!((0..400).all(|number| company.person(number).user_name.is_ascii()));
    }

    #[test]
    fn everybody_is_in_exactly_one_group() {
        let company = Company::new(25, 4);
        let mut members: Vec<_> = company.groups.iter().flat_map(|group| group.members.clone()).collect();
        members.sort_unstable();
        assert_eq!(members, (0..25).collect::<Vec<_>>());
    }
}
