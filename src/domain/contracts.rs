//! Access contracts: what an organization asserts about itself, upheld by every change.
//!
//! [`uphold`] runs in the transaction of each change, after its work and before it is kept. It looks at the people whom the
//! change has touched, which is everybody for a role or a catalogue and the members of its groups for a rule, under the policy as the change leaves it. So
//! no path can forget it: whatever touches nobody cannot break a contract, and what touches somebody says so, or its
//! revocation would not be noticed either.

use std::sync::Arc;

use serde_json::{Value, json};

use super::entitlements::Standing;
use super::impact::{Crowd, each_person};
use super::organizations::checked_name;
use super::{Gateway, GatewayError};
use crate::access::{Contract, Never, Policy, Who};
use crate::audit::{Action, Difference, Event, Target, TargetKind};
use crate::model::{Attribution, ContractId, OrganizationId, Timestamp};
use crate::store::contracts::{self, ContractRow};
use crate::store::{Audited, Change, Conn, StoreError, WriteTx, groups};

/// At most so many contracts: each change is held against all of them.
const MAX_CONTRACTS: usize = 100;

/// A contract as an admin writes it.
#[derive(Debug, Clone)]
pub struct ContractDraft {
    pub name: String,
    pub who: Who,
    pub never: Never,
}

/// A contract as an admin sees it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct ContractView {
    pub id: ContractId,
    pub name: String,
    pub who: Who,
    pub never: Never,
}

fn read(row: &ContractRow) -> Result<Contract, StoreError> {
    let corrupt = |error: serde_json::Error| StoreError::Corrupt(format!("contract {}: {error}", row.id));
    Ok(Contract {
        name: row.name.clone(),
        who: serde_json::from_str(&row.who).map_err(corrupt)?,
        never: serde_json::from_str(&row.never).map_err(corrupt)?,
    })
}

fn view(row: &ContractRow) -> Result<ContractView, StoreError> {
    let Contract { name, who, never } = read(row)?;
    let id = row.id.parse().map_err(|_| StoreError::Corrupt(format!("contract {}: no id", row.id)))?;
    Ok(ContractView { id, name, who, never })
}

fn told(contract: &Contract) -> Value {
    json!({ "name": contract.name, "who": contract.who, "never": contract.never })
}

impl ContractDraft {
    /// The contract, if it speaks of what there is.
    fn checked(
        &self,
        conn: &mut Conn,
        organization: OrganizationId,
        policy: &Policy,
    ) -> Result<Contract, GatewayError> {
        let name = checked_name("a contract's name", &self.name)?;
        let contract = Contract { name, who: self.who.clone(), never: self.never.clone() };
        contract.check(policy).map_err(|error| GatewayError::Invalid(error.to_string()))?;
        match contract.who {
            Who::Role(_) => {}
            Who::Group(group) => {
                groups::by_id(conn, organization, group)?.ok_or_else(|| GatewayError::not_found("group", group))?;
            }
        }
        Ok(contract)
    }
}

impl Gateway {
    /// All contracts, the oldest first.
    pub async fn list_contracts(
        self: &Arc<Self>,
        organization: OrganizationId,
    ) -> Result<Vec<ContractView>, GatewayError> {
        let rows = self.store.read(move |conn| contracts::all(conn, organization)).await?;
        Ok(rows.iter().map(view).collect::<Result<_, StoreError>>()?)
    }

    /// Makes a contract. One that is broken as things are is refused with who breaks it.
    pub async fn create_contract(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        draft: ContractDraft,
    ) -> Result<ContractView, GatewayError> {
        let gateway = Arc::clone(self);
        let id = ContractId::new(by.at, self.chance());
        self.change(organization, by, move |tx| {
            let policy = gateway.read_policy(tx.conn(), organization)?;
            let contract = draft.checked(tx.conn(), organization, &policy)?;
            if contracts::all(tx.conn(), organization)?.len() >= MAX_CONTRACTS {
                return Err(GatewayError::Invalid(format!("an organization has at most {MAX_CONTRACTS} contracts")));
            }
            check(tx, &policy, std::slice::from_ref(&contract), Crowd::Everybody)?;
            let row = row_of(&contract, organization, id, tx.now());
            gateway.contracted.lock().insert(organization, true);
            contracts::insert(tx, row.clone())?;
            let event = Event::new(Action::ContractCreated, target(&row))
                .with_difference(Difference::created(&told(&contract)));
            Ok(Audited::new(view(&row)?, event))
        })
        .await
    }

    /// Puts another contract in the place of this one.
    pub async fn change_contract(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ContractId,
        draft: ContractDraft,
    ) -> Result<ContractView, GatewayError> {
        let gateway = Arc::clone(self);
        self.change(organization, by, move |tx| {
            let stand = stored(tx, organization, id)?;
            let policy = gateway.read_policy(tx.conn(), organization)?;
            let (before, after) = (read(&stand)?, draft.checked(tx.conn(), organization, &policy)?);
            if before == after {
                return Ok(Audited::unchanged(view(&stand)?));
            }
            check(tx, &policy, std::slice::from_ref(&after), Crowd::Everybody)?;
            let created_at = stand.created_at;
            let row = ContractRow { created_at, ..row_of(&after, organization, id, tx.now()) };
            contracts::update(tx, &row)?;
            let event = Event::new(Action::ContractChanged, target(&row))
                .with_difference(Difference::between(&told(&before), &told(&after)));
            Ok(Audited::new(view(&row)?, event))
        })
        .await
    }

    /// Takes a contract away.
    pub async fn delete_contract(
        self: &Arc<Self>,
        by: Attribution,
        organization: OrganizationId,
        id: ContractId,
    ) -> Result<(), GatewayError> {
        self.change(organization, by, move |tx| {
            let row = stored(tx, organization, id)?;
            contracts::delete(tx, &row)?;
            let event = Event::new(Action::ContractDeleted, target(&row))
                .with_difference(Difference::deleted(&told(&read(&row)?)));
            Ok::<_, GatewayError>(Audited::new((), event))
        })
        .await
    }
}

/// Refuses a change that breaks a contract of its organization.
pub(super) fn uphold(gateway: &Gateway, tx: &mut WriteTx<'_>) -> Result<(), GatewayError> {
    let organization = tx.organization();
    let Some(crowd) = touched(tx) else { return Ok(()) };
    if gateway.contracted.lock().get(&organization) == Some(&false) {
        return Ok(());
    }
    let rows = contracts::all(tx.conn(), organization)?;
    if rows.is_empty() {
        gateway.contracted.lock().insert(organization, false);
        return Ok(());
    }
    let contracts = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let policy = gateway.read_policy(tx.conn(), organization)?;
    check(tx, &policy, &contracts, crowd)
}

impl Gateway {
    /// Whether the organization is known to have no contracts. Somebody new breaks none then, whatever the default role.
    pub(super) fn has_no_contracts(&self, organization: OrganizationId) -> bool {
        self.contracted.lock().get(&organization) == Some(&false)
    }
}

/// Whom the change has touched; none if nobody.
fn touched(tx: &WriteTx<'_>) -> Option<Crowd> {
    let mut people = Vec::new();
    for change in tx.touched() {
        match change {
            Change::User(_, user) => people.push(user.to_string()),
            Change::Group(_, group) => people.push(group.to_string()),
            Change::Policy(_) | Change::Organization(_) | Change::Everything => return Some(Crowd::Everybody),
            Change::Secret(_) => {}
        }
    }
    (!people.is_empty()).then_some(Crowd::Under(people))
}

fn check(tx: &mut WriteTx<'_>, policy: &Policy, contracts: &[Contract], crowd: Crowd) -> Result<(), GatewayError> {
    let (organization, now) = (tx.organization(), tx.now());
    let mut broken = None;
    each_person(tx.conn(), organization, crowd, |standing| {
        if broken.is_none() {
            let Standing { facts, groups } = &standing;
            broken = contracts.iter().find_map(|contract| contract.broken_by(policy, facts, groups, now));
        }
    })?;
    broken.map_or(Ok(()), |example| Err(GatewayError::Contract(Box::new(example))))
}

fn stored(tx: &mut WriteTx<'_>, organization: OrganizationId, id: ContractId) -> Result<ContractRow, GatewayError> {
    contracts::by_id(tx.conn(), organization, id)?.ok_or_else(|| GatewayError::not_found("access contract", id))
}

fn row_of(contract: &Contract, organization: OrganizationId, id: ContractId, now: Timestamp) -> ContractRow {
    ContractRow {
        organization_id: organization.to_string(),
        id: id.to_string(),
        name: contract.name.clone(),
        who: json!(contract.who).to_string(),
        never: json!(contract.never).to_string(),
        created_at: now.micros(),
        changed_at: now.micros(),
    }
}

fn target(row: &ContractRow) -> Target {
    Target::new(TargetKind::Contract, &row.id).named(&row.name)
}
