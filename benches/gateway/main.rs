//! The gateway in process, on real databases: what batching brings, what the size of a group costs, how fast a
//! deactivation bites, what a rule that touches everybody costs, what a sign-in costs to verify.
//!
//! `gateway SUBJECT ROUNDS FOLDER [POSTGRES_URL]`, started by `script/bench`: SUBJECT is `batching`, `mapping`, `patching`,
//! `revocation` or `saml`, FOLDER is where SQLite files are made, the URL names an empty PostgreSQL database; without one the
//! subject runs on SQLite. Prints one JSON object. Without arguments it says so and ends.

mod batching;
mod mapping;
mod patching;
mod revocation;
mod saml;
mod site;

use std::error::Error;
use std::path::PathBuf;

use portcullis::store::Address;

/// The same as the binary's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let (Some(subject), Some(rounds), Some(folder)) = (arguments.next(), arguments.next(), arguments.next()) else {
        println!("gateway: started by script/bench with a subject, a number of rounds and a folder");
        return Ok(());
    };
    let (rounds, folder) = (rounds.parse()?, PathBuf::from(folder));
    let address = arguments.next().map(|url| Address::parse(&url)).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let figures = match subject.as_str() {
        "batching" => runtime.block_on(batching::measure(rounds, &folder)),
        "mapping" => runtime.block_on(mapping::measure(rounds, &folder, address)),
        "patching" => runtime.block_on(patching::measure(rounds, &folder, address)),
        "revocation" => runtime.block_on(revocation::measure(rounds, &folder, address)),
        "saml" => saml::measure(rounds),
        other => Err(format!("`{other}` is no subject").into()),
    }?;
    println!("{figures}");
    Ok(())
}

/// The value that `part` of all values do not exceed: 0.5 is the median.
fn percentile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let wanted = part * values.len() as f64;
    values.iter().enumerate().find(|(at, _)| (at + 1) as f64 >= wanted).map_or(f64::NAN, |(_, value)| *value)
}
