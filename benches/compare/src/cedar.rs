//! The same knowledge in Cedar, in both ways that its documentation names for roles in places; the faster one counts.
//!
//! * `linked`: a template for the role, linked once for each assignment;
//! * `attribute`: one policy for the role, and the customers of each person as an attribute.
//!
//! Only this one person is known to it, and requests are built beforehand, as is our question.

use std::error::Error;
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicyId, PolicySet, Request, SlotId, Template,
};

use crate::questions::{ASSIGNED, CUSTOMERS, ROLE, TEAMS, customer, team};

pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
}

impl Cedar {
    pub fn linked(permissions: &[String]) -> Result<Self, Box<dyn Error>> {
        let mut policies = PolicySet::new();
        let text = format!("permit(principal == ?principal, action in Action::\"{ROLE}\", resource in ?resource);");
        policies.add_template(Template::parse(Some(PolicyId::new(ROLE)), &text)?)?;
        for n in 0..ASSIGNED {
            let slots = [
                (SlotId::principal(), uid("User", "technician")?),
                (SlotId::resource(), uid("Customer", &customer(n))?),
            ];
            policies.link(PolicyId::new(ROLE), PolicyId::new(format!("assignment-{n}")), slots.into_iter().collect())?;
        }
        Ok(Self { authorizer: Authorizer::new(), policies, entities: entities(permissions)? })
    }

    pub fn attribute(permissions: &[String]) -> Result<Self, Box<dyn Error>> {
        let text = format!(
            "permit(principal, action in Action::\"{ROLE}\", resource) when {{ resource in principal.{ROLE} }};"
        );
        let policies = PolicySet::from_str(&text)?;
        Ok(Self { authorizer: Authorizer::new(), policies, entities: entities(permissions)? })
    }

    pub fn request(action: &str, n: usize) -> Result<Request, Box<dyn Error>> {
        let (user, action) = (uid("User", "technician")?, uid("Action", action)?);
        Ok(Request::new(user, action, uid("Device", &device(n))?, Context::empty(), None)?)
    }

    pub fn allows(&self, request: &Request) -> bool {
        self.authorizer.is_authorized(request, &self.policies, &self.entities).decision() == Decision::Allow
    }
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, Box<dyn Error>> {
    Ok(format!("{kind}::\"{id}\"").parse()?)
}

fn device(n: usize) -> String {
    format!("d-1 of {}", customer(n))
}

/// The person, the actions in their role, and a device of each customer, each customer in its team.
fn entities(permissions: &[String]) -> Result<Entities, Box<dyn Error>> {
    let reference = |kind: &str, id: &str| format!("{{\"type\":\"{kind}\",\"id\":\"{id}\"}}");
    let entity = |kind: &str, id: &str, attributes: &str, parent: Option<String>| {
        let uid = reference(kind, id);
        format!("{{\"uid\":{uid},\"attrs\":{attributes},\"parents\":[{}]}}", parent.unwrap_or_default())
    };
    let assigned: Vec<String> =
        (0..ASSIGNED).map(|n| format!("{{\"__entity\":{}}}", reference("Customer", &customer(n)))).collect();
    let mut all = vec![
        entity("User", "technician", &format!("{{\"{ROLE}\":[{}]}}", assigned.join(",")), None),
        entity("Action", ROLE, "{}", None),
    ];
    all.extend(permissions.iter().map(|key| entity("Action", key, "{}", Some(reference("Action", ROLE)))));
    all.extend((0..TEAMS).map(|n| entity("Team", &team(n), "{}", None)));
    for n in 0..CUSTOMERS {
        all.push(entity("Customer", &customer(n), "{}", Some(reference("Team", &team(n)))));
        all.push(entity("Device", &device(n), "{}", Some(reference("Customer", &customer(n)))));
    }
    Ok(Entities::from_json_str(&format!("[{}]", all.join(",")), None)?)
}
