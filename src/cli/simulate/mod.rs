//! `portcullis simulate okta|entra|google|onelogin|jumpcloud|ping`: drives a gateway as that identity provider does.
//!
//! The newcomer's tour, the demo's data, a load generator, and a check of an installation from outside: each provider
//! sends the requests that it sends in life, in its order, with its headers, shapes, pages, retries and pace, and after
//! each step looks whether the gateway now holds what the provider expects. `--story` goes on to what all of this is for:
//! groups become roles, a person is allowed, is deactivated at the identity provider, and is refused.
//!
//! | file | what it has |
//! |---|---|
//! | `provider` | what each identity provider has to be able to say |
//! | `okta`, `entra`, `google`, `onelogin`, `jumpcloud`, `ping` | how it says it |
//! | `tour` | the order in which all of them do |
//! | `wire`, `manners` | requests, counted, paced and tried again |
//! | `crowd` | many things at once, and the failures among them |
//! | `company` | who is pushed |
//!
//! Nothing here knows the inside of the gateway; it may as well be another machine's.

mod company;
mod crowd;
mod entra;
mod google;
mod jumpcloud;
mod manners;
mod okta;
mod onelogin;
mod ping;
mod provider;
mod story;
mod tour;
mod wire;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};

use self::company::Company;
use self::provider::IdentityProvider;
use self::tour::Tour;
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
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    people: u32,
    /// How many groups to push (Google pushes none)
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    groups: u32,
    /// How many requests are under way at once
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    connections: u16,
    /// At most so many requests a second; 0 for no limit. Without it, as many as the provider is known to send
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    rate: Option<u32>,
    /// The most seconds to wait before a request is tried again, where the provider itself would wait for minutes. A
    /// `Retry-After` that the provider heeds is kept to, whatever stands here
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    patience: u64,
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
    #[value(name = "onelogin")]
    OneLogin,
    #[value(name = "jumpcloud")]
    JumpCloud,
    Ping,
}

/// Runs the simulation; fails at the first step that has not the effect its sender expects, or if anybody could not be
/// pushed.
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
    match arguments.provider {
        Provider::Okta => speak::<okta::Okta>(arguments).await,
        Provider::Entra => speak::<entra::Entra>(arguments).await,
        Provider::Google => speak::<google::Google>(arguments).await,
        Provider::OneLogin => speak::<onelogin::OneLogin>(arguments).await,
        Provider::JumpCloud => speak::<jumpcloud::JumpCloud>(arguments).await,
        Provider::Ping => speak::<ping::Ping>(arguments).await,
    }
}

async fn speak<P: IdentityProvider>(arguments: Arguments) -> Result<(), SimulationError> {
    let groups = if P::PUSHES_GROUPS { arguments.groups } else { 0 };
    let company = Company::new(arguments.people, groups);
    let mut manners = P::MANNERS;
    manners.patience = Duration::from_secs(arguments.patience);
    manners.rate = arguments.rate.unwrap_or(manners.rate);
    let scim = Wire::scim(&arguments.base_url, &arguments.token, P::HEADERS, manners)?;
    say(&format!("{} at {}", P::NAME, arguments.base_url));
    let mut tour = Tour::<P>::new(&scim, &company, arguments.connections.into());
    let gone = match (arguments.story, arguments.api_url, arguments.api_key) {
        (true, Some(url), Some(key)) => story::tell(&mut tour, &Wire::api(&url, &key)?).await,
        (true | false, _, _) => tour.whole().await,
    };
    scim.tell_totals();
    gone?;
    say("Every step had the effect its sender expects.");
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a clap value parser")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}
