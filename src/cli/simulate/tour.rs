//! The order in which an identity provider says what it has to say: the connection is tested, everybody is pushed, and
//! then a working week goes by. Each step is told once it had its effect.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use serde_json::Value;

use super::company::{Company, Group, Person};
use super::crowd::{Failures, each};
use super::provider::{IdentityProvider, Member, Pushed, delete};
use super::wire::{SimulationError, Wire, check, is_member, text, total};

/// So many members are added with one request.
const MEMBERS_AT_ONCE: usize = 1_000;
/// An import reads so many people at most.
const MOST_IMPORTED: usize = 10_000;

/// One provider's push of one company.
pub(super) struct Tour<'a, P> {
    pub scim: &'a Wire,
    pub company: &'a Company,
    connections: usize,
    /// The ids under which the gateway knows what was pushed, in the company's order.
    people: Vec<Option<String>>,
    groups: Vec<Option<String>>,
    provider: PhantomData<P>,
}

impl<'a, P: IdentityProvider> Tour<'a, P> {
    pub(super) fn new(scim: &'a Wire, company: &'a Company, connections: usize) -> Self {
        Self { scim, company, connections, people: Vec::new(), groups: Vec::new(), provider: PhantomData }
    }

    /// All of it.
    pub(super) async fn whole(&mut self) -> Result<(), SimulationError> {
        self.push().await?;
        self.week().await
    }

    /// Tests the connection and pushes the whole company; may be repeated.
    pub(super) async fn push(&mut self) -> Result<(), SimulationError> {
        P::test_connection(self.scim).await?;
        self.scim.tell("test the connection");
        self.push_people().await?;
        self.push_groups().await?;
        self.is_complete().await
    }

    async fn push_people(&mut self) -> Result<(), SimulationError> {
        let (scim, company, failures) = (self.scim, self.company, Failures::default());
        let people = each(self.connections, company.people, &failures, |index| async move {
            P::assign(scim, &company.person(index)).await
        });
        self.people = people.await;
        self.tell(&failures, &format!("provision {} people: look up, create", company.people))
    }

    async fn push_groups(&mut self) -> Result<(), SimulationError> {
        let (company, failures) = (self.company, Failures::default());
        if company.groups.is_empty() {
            return Ok(());
        }
        let this = &*self;
        let groups = each(self.connections, company.groups.len(), &failures, |index| async move {
            let group = company.groups.get(index).ok_or(SimulationError::TooSmall)?;
            this.push_group(group).await
        });
        self.groups = groups.await;
        self.tell(&failures, &format!("provision {} groups: look up, create, add members", company.groups.len()))
    }

    async fn push_group(&self, group: &Group) -> Result<String, SimulationError> {
        let id = P::push_group(self.scim, &group.name).await?;
        let people: Vec<(String, Person)> = group
            .members
            .iter()
            .map(|&index| Ok((self.id(index)?.to_owned(), self.company.person(index))))
            .collect::<Result<_, SimulationError>>()?;
        let members: Vec<Member<'_>> = people.iter().map(|(id, person)| Member { id, person }).collect();
        let pushed = Pushed { id: &id, name: &group.name };
        for some in members.chunks(MEMBERS_AT_ONCE) {
            P::add_members(self.scim, pushed, some).await?;
        }
        let read = self.scim.get(&format!("/Groups/{id}")).await?;
        let count = read.get("members").and_then(Value::as_array).map_or(0, Vec::len);
        check(count == members.len(), || format!("`{}` has {count} members instead of {}", group.name, members.len()))?;
        Ok(id)
    }

    /// Tells the step; fails if anything of it did.
    fn tell(&self, failures: &Failures, step: &str) -> Result<(), SimulationError> {
        failures.check()?;
        self.scim.tell(step);
        Ok(())
    }

    /// Nobody has been lost: as many are there as were pushed, and an import finds each.
    async fn is_complete(&self) -> Result<(), SimulationError> {
        let there = total(&self.scim.get("/Users?startIndex=1&count=1").await?)?;
        let pushed = u64::try_from(self.people.len()).unwrap_or(u64::MAX);
        check(there >= pushed, || format!("{pushed} people were pushed, and {there} are there"))?;
        let Some(page) = P::IMPORT_PAGE else { return Ok(()) };
        let mut found = BTreeSet::new();
        for start in (1..=MOST_IMPORTED).step_by(page) {
            let read = self.scim.get(&format!("/Users?startIndex={start}&count={page}")).await?;
            let resources = read.get("Resources").and_then(Value::as_array);
            for person in resources.into_iter().flatten() {
                found.insert(text(person, "id")?);
            }
            if u64::try_from(start + page).unwrap_or(u64::MAX) > total(&read)? {
                let lost = self.people.iter().flatten().find(|id| !found.contains(*id));
                check(lost.is_none(), || format!("the import lost `{}`", lost.map_or("", String::as_str)))?;
                break;
            }
        }
        self.scim.tell(&format!("import {} people page by page", found.len()));
        Ok(())
    }

    /// A working week: a profile changes, somebody changes groups, somebody leaves and comes back, and what was pushed for
    /// a while goes again.
    async fn week(&self) -> Result<(), SimulationError> {
        let (scim, person) = (self.scim, self.company.person(0));
        let member = Member { id: self.id(0)?, person: &person };
        P::change_profile(scim, member).await?;
        scim.tell("change a profile");
        if let (Some(group), Some(Some(id))) = (self.company.groups.first(), self.groups.first()) {
            self.regroup(Pushed { id, name: &group.name }, member).await?;
        }
        for (active, step) in [(false, P::TAKES_AWAY), (true, P::GIVES_BACK)] {
            self.activate(member, active).await?;
            scim.tell(step);
        }
        self.passing().await
    }

    /// Takes somebody's access away or gives it back, and looks whether that was done.
    pub(super) async fn activate(&self, member: Member<'_>, active: bool) -> Result<(), SimulationError> {
        P::activate(self.scim, member, active).await?;
        let read = self.scim.get(&format!("/Users/{}", member.id)).await?;
        check(read.get("active") == Some(&active.into()), || format!("`active` should be {active}: {read}"))
    }

    async fn regroup(&self, group: Pushed<'_>, member: Member<'_>) -> Result<(), SimulationError> {
        let path = format!("/Groups/{}", group.id);
        P::remove_member(self.scim, group, member).await?;
        let read = self.scim.get(&path).await?;
        check(!is_member(&read, member.id), || format!("the person is still in the group: {read}"))?;
        self.scim.tell("take a person out of a group");
        P::add_members(self.scim, group, &[member]).await?;
        let read = self.scim.get(&path).await?;
        check(is_member(&read, member.id), || format!("the person is not in the group: {read}"))?;
        self.scim.tell("put the person back");
        let renamed = format!("{} (renamed)", group.name);
        for name in [renamed.as_str(), group.name] {
            P::rename_group(self.scim, group, name).await?;
            let read = self.scim.get(&path).await?;
            check(text(&read, "displayName")? == name, || format!("the group is not renamed: {read}"))?;
            check(is_member(&read, member.id), || format!("renaming emptied the group: {read}"))?;
        }
        self.scim.tell("rename a group, and back");
        Ok(())
    }

    /// A group that is unlinked and somebody who is taken away for good, both pushed for that.
    async fn passing(&self) -> Result<(), SimulationError> {
        if !self.company.groups.is_empty() {
            let id = P::push_group(self.scim, &format!("{} passing group", P::NAME)).await?;
            delete(self.scim, &format!("/Groups/{id}")).await?;
            self.scim.tell("push a group, unlink and delete it");
        }
        let leaver = Person::leaver(P::NAME);
        let id = P::assign(self.scim, &leaver).await?;
        if P::remove_person(self.scim, Member { id: &id, person: &leaver }).await? {
            self.scim.is_gone(&format!("/Users/{id}")).await?;
            self.scim.tell("push a person and delete them");
        } else {
            self.activate(Member { id: &id, person: &leaver }, false).await?;
            self.scim.tell("push a person and unassign them: deactivated, never deleted");
        }
        Ok(())
    }

    /// The id of the person at this place of the company.
    pub(super) fn id(&self, index: usize) -> Result<&str, SimulationError> {
        self.people.get(index).and_then(Option::as_deref).ok_or(SimulationError::TooSmall)
    }
}
