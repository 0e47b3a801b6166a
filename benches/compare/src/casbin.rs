//! The same knowledge in Casbin: its model of roles with domains, a domain being a customer. Only this one person is
//! known to it, and only the one role.

use std::error::Error;

use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};

use crate::questions::{ASSIGNED, ROLE, customer};

const MODEL: &str = r#"
[request_definition]
r = sub, dom, act
[policy_definition]
p = sub, act
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && g(r.sub, p.sub, r.dom)
"#;

pub struct Casbin(Enforcer);

impl Casbin {
    pub async fn new(permissions: &[String]) -> Result<Self, Box<dyn Error>> {
        let mut enforcer = Enforcer::new(DefaultModel::from_str(MODEL).await?, MemoryAdapter::default()).await?;
        enforcer.enable_log(false);
        for key in permissions {
            enforcer.add_policy(vec![ROLE.to_owned(), key.clone()]).await?;
        }
        for n in 0..ASSIGNED {
            enforcer.add_grouping_policy(vec!["technician@example.com".to_owned(), ROLE.to_owned(), customer(n)]).await?;
        }
        Ok(Self(enforcer))
    }

    pub fn allows(&self, action: &str, customer: &str) -> bool {
        self.0.enforce(("technician@example.com", customer, action)).unwrap_or_default()
    }
}
