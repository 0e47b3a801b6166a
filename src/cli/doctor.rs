//! `portcullis doctor`: checks an installation and says what to mend.

use std::process::ExitCode;

use super::{CliError, Location, print};
use crate::app;

/// Check an installation and say what to mend
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    location: Location,
}

pub(super) fn run(arguments: Arguments) -> Result<ExitCode, CliError> {
    let findings = app::doctor(&arguments.location.load(Vec::new())?)?;
    for finding in &findings {
        print(&format!("{} {}\n", if finding.healthy { "ok  " } else { "MEND" }, finding.sentence))?;
        if let Some(remedy) = &finding.remedy {
            print(&format!("     {remedy}\n"))?;
        }
    }
    Ok(ExitCode::from(u8::from(!findings.iter().all(|finding| finding.healthy))))
}
