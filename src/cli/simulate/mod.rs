//! `portcullis simulate okta|entra|google`: drives a gateway as that identity provider does.
//!
//! The newcomer's tour, the demo's data, and a check of an installation from outside: each provider sends the requests
//! that it sends in life, in its order, with its headers and shapes, and after each step looks whether the gateway
//! now holds what the provider expects. `--story` goes on to what all of this is for: groups become roles, a person is
//! allowed, is deactivated at the identity provider, and is refused.
//!
//! Nothing here knows the inside of the gateway; it may as well be another machine's.

mod company;
mod entra;
mod google;
mod okta;
mod story;
mod wire;

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use self::company::Company;
use self::wire::{SimulationError, Wire, say};
use crate::model::Secret;

/// Drive a gateway as an identity provider does, step by step
#[derive(Debug, Args)]
pub struct Arguments {
    /// Whose requests to send
    provider: Provider,
    /// SCIM base URL of the directory, e.g. http://127.0.0.1:8080/scim/v2
    #[arg(long)]
    base_url: String,
    /// Bearer token of the directory
    #[arg(long, env = "SIMULATE_TOKEN", hide_env_values = true, value_parser = secret)]
    token: Secret,
    /// How many people to push
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    people: u16,
    /// How many groups to push (Google pushes none)
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(0..=1_000))]
    groups: u16,
    /// Then turn groups into roles, ask for a decision, deactivate a person and ask again
    #[arg(long, requires_all = ["api_url", "api_key"])]
    story: bool,
    /// URL of the gateway itself, e.g. http://127.0.0.1:8080
    #[arg(long)]
    api_url: Option<String>,
    /// API key for mapping rules and decisions
    #[arg(long, env = "SIMULATE_API_KEY", hide_env_values = true, value_parser = secret)]
    api_key: Option<Secret>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Provider {
    Okta,
    Entra,
    Google,
}

/// Runs the simulation; fails at the first step that has not the effect its sender expects.
pub fn run(arguments: Arguments) -> ExitCode {
    let told = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(SimulationError::Runtime)
        .and_then(|runtime| runtime.block_on(simulate(arguments)));
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("  ✗ {}", wire::with_causes(&error));
            ExitCode::FAILURE
        }
    }
}

async fn simulate(arguments: Arguments) -> Result<(), SimulationError> {
    let company = Company::new(arguments.people.into(), arguments.groups.into());
    let mut scim = Wire::scim(&arguments.base_url, &arguments.token, arguments.provider.headers())?;
    say(&format!("{} at {}", arguments.provider.name(), arguments.base_url));
    match (arguments.story, arguments.api_url, arguments.api_key) {
        (true, Some(url), Some(key)) => {
            let gateway = Wire::api(&url, &key)?;
            story::tell(arguments.provider, &company, &mut scim, gateway).await?;
        }
        (true | false, _, _) => {
            let pushed = arguments.provider.push(&mut scim, &company).await?;
            arguments.provider.maintain(&mut scim, &company, &pushed).await?;
        }
    }
    say("Every step had the effect its sender expects.");
    Ok(())
}

/// The ids under which the gateway knows what was pushed, in the company's order.
#[derive(Debug, Default)]
struct Pushed {
    people: Vec<String>,
    groups: Vec<String>,
}

impl Pushed {
    fn person(&self, index: usize) -> Result<&str, SimulationError> {
        self.people.get(index).map(String::as_str).ok_or(SimulationError::TooSmall)
    }

    fn group(&self, index: usize) -> Result<&str, SimulationError> {
        self.groups.get(index).map(String::as_str).ok_or(SimulationError::TooSmall)
    }
}

impl Provider {
    fn name(self) -> &'static str {
        match self {
            Self::Okta => "Okta",
            Self::Entra => "Microsoft Entra ID",
            Self::Google => "Google Workspace",
        }
    }

    fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Okta => okta::HEADERS,
            Self::Entra => entra::HEADERS,
            Self::Google => google::HEADERS,
        }
    }

    /// Tests the connection and pushes the whole company; may be repeated.
    async fn push(self, scim: &mut Wire, company: &Company) -> Result<Pushed, SimulationError> {
        match self {
            Self::Okta => okta::push(scim, company).await,
            Self::Entra => entra::push(scim, company).await,
            Self::Google => google::push(scim, company).await,
        }
    }

    /// A working week: a profile changes, somebody changes groups, somebody leaves and comes back.
    async fn maintain(self, scim: &mut Wire, company: &Company, pushed: &Pushed) -> Result<(), SimulationError> {
        match self {
            Self::Okta => okta::maintain(scim, company, pushed).await,
            Self::Entra => entra::maintain(scim, company, pushed).await,
            Self::Google => google::maintain(scim, company, pushed).await,
        }
    }

    /// Deactivates or reactivates one person.
    async fn activate(self, scim: &mut Wire, id: &str, active: bool) -> Result<(), SimulationError> {
        match self {
            Self::Okta => okta::activate(scim, id, active).await,
            Self::Entra => entra::activate(scim, id, active).await,
            Self::Google => google::activate(scim, id, active).await,
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a clap value parser")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}
